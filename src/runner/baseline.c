// SPDX-License-Identifier: MIT
#include "runner/baseline.h"

#include "runner/json.h"
#include "runner/outfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** A known defect: its signatures, and a line for people. */
static json_t *entry_of(const struct defect *defect) {
    json_t *entry = json_object();
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < defect->signature_count; i++) {
        bad |= json_array_append_new(list, json_id(defect->signatures[i]));
    }
    bad |= json_put(entry, "signatures", json_finished(list, bad));
    bad |= json_put(entry, "what", json_text(defect->finding.verdict.culprit));
    return json_finished(entry, bad);
}

/** Whether an entry is of a defect. */
static bool is_of(const json_t *entry, const struct defect *defect) {
    size_t at;
    json_t *value;
    json_array_foreach(json_object_get(entry, "signatures"), at, value) {
        for (size_t i = 0; i < defect->signature_count; i++) {
            char text[32];
            snprintf(text, sizeof(text), "%016" PRIx64, defect->signatures[i]);
            if (json_is_string(value) && strcmp(json_string_value(value), text) == 0) {
                return true;
            }
        }
    }
    return false;
}

/** Compare what is known with what was found. */
static void compare(const json_t *known, const struct campaign *campaign,
                    struct defects *defects) {
    size_t at;
    json_t *entry;
    json_array_foreach(known, at, entry) {
        bool found = false;
        for (size_t i = 0; i < defects->count; i++) {
            if (is_of(entry, defects->list[i])) {
                defects->list[i]->known = true;
                found = true;
            }
        }
        const char *what = json_string_value(json_object_get(entry, "what"));
        if (!found) {
            diag_note(campaign->diag, "of the baseline, not found any more: %s",
                      what ? what : "(without a description)");
        }
    }
}

static int save(const struct campaign *campaign, const struct defects *defects) {
    json_t *list = json_array();
    struct outfile file;
    int bad = 0;
    for (size_t i = 0; i < defects->count; i++) {
        if (defect_counts(defects->list[i], campaign->options->aborts)) {
            bad |= json_array_append_new(list, entry_of(defects->list[i]));
        }
    }
    json_t *object = bad ? NULL
                         : json_pack("{s:s, s:i, s:O}", "schema", "mallocfail-baseline",
                                     "schema_version", 1, "known", list);
    json_decref(list);
    errno = object ? errno : ENOMEM;
    if (!object || outfile_open(&file, campaign->options->baseline) != 0) {
        json_decref(object);
        return -1;
    }
    int good = json_dumpf(object, file.stream, JSON_INDENT(2)) == 0 &&
               fputc('\n', file.stream) != EOF;
    json_decref(object);
    return outfile_close(&file, good);
}

int baseline_apply(const struct campaign *campaign, struct defects *defects) {
    const char *path = campaign->options->baseline;
    json_error_t error;
    if (!path) {
        return 0;
    }
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const json_t *known = json_object_get(object, "known");
    if (!json_is_array(known) && !campaign->options->update_baseline) {
        diag_error(campaign->diag, "cannot read the baseline '%s': %s", path,
                   object ? "it is none" : error.text);
        json_decref(object);
        return -1;
    }
    compare(known, campaign, defects);
    json_decref(object);
    if (!campaign->options->update_baseline) {
        return 0;
    }
    if (save(campaign, defects) != 0) {
        diag_error(campaign->diag, "cannot write the baseline '%s': %s", path,
                   strerror(errno));
        return -1;
    }
    for (size_t i = 0; i < defects->count; i++) {
        defects->list[i]->known = true;
    }
    return 0;
}
