// SPDX-License-Identifier: MIT
#include "runner/results/baseline.h"

#include "runner/results/exploration_json.h"
#include "runner/results/fingerprint.h"
#include "runner/util/json.h"
#include "runner/util/outfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A known defect: its signatures, what it is known by in other builds, and a line for
 * people. */
static json_t *entry_of(const struct campaign *campaign, const struct defects *defects,
                        const struct defect *defect) {
    json_t *entry = json_object();
    json_t *list = json_array();
    char *name = fingerprint_of(defects, defect);
    int bad = 0;
    for (size_t i = 0; i < defect->signature_count; i++) {
        bad |= json_array_append_new(list, json_id(defect->signatures[i]));
    }
    bad |= json_put(entry, "signatures", json_finished(list, bad));
    bad |= json_put(entry, "cause", json_id(defect->cause));
    bad |= json_put(entry, "name", name ? json_text(name) : NULL);
    bad |= json_put(entry, "programs", exploration_programs(campaign, defect->cause));
    bad |= json_put(entry, "builds", fingerprint_builds(defects, defect));
    bad |= json_put(entry, "what", json_text(defect->finding.verdict.explanation));
    free(name);
    return json_finished(entry, bad);
}

/** Whether a text is this number. */
static bool is_id(const json_t *value, uint64_t id) {
    char text[32];
    snprintf(text, sizeof(text), "%016" PRIx64, id);
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/** Whether a list of names has one. */
static bool has_name(const json_t *list, const json_t *name) {
    const json_t *other;
    size_t at;
    json_array_foreach(list, at, other) {
        if (json_equal(other, name)) {
            return true;
        }
    }
    return false;
}

/** Whether an entry is of other programs only than these. One that names none is of these. */
static bool is_foreign(const json_t *entry, const json_t *own) {
    const json_t *programs = json_object_get(entry, "programs");
    const json_t *name;
    size_t at;
    json_array_foreach(programs, at, name) {
        if (has_name(own, name)) {
            return false;
        }
    }
    return json_array_size(programs) > 0;
}

/** Whether an entry is of a defect, as it is in the same build. */
static bool is_of(const json_t *entry, const struct defect *defect) {
    size_t at;
    json_t *value;
    json_array_foreach(json_object_get(entry, "signatures"), at, value) {
        for (size_t i = 0; i < defect->signature_count; i++) {
            if (is_id(value, defect->signatures[i])) {
                return true;
            }
        }
    }
    return is_id(json_object_get(entry, "cause"), defect->cause);
}

/** Whether an entry is of a defect of this name in another build. */
static bool is_of_fingerprint(const json_t *entry, const struct defects *defects,
                              const struct defect *defect, const char *name) {
    const char *known = json_string_value(json_object_get(entry, "name"));
    if (!known || !name || !name[0] || strcmp(known, name) != 0) {
        return false;
    }
    json_t *builds = fingerprint_builds(defects, defect);
    bool is = fingerprint_is_rebuilt(json_object_get(entry, "builds"), builds);
    json_decref(builds);
    return is;
}

/** Mark all defects that an entry is of; whether there are any. */
static bool mark(const json_t *entry, struct defects *defects) {
    bool found = false;
    for (size_t i = 0; i < defects->count; i++) {
        if (is_of(entry, defects->list[i])) {
            defects->list[i]->known = true;
            found = true;
        }
    }
    return found;
}

/** Mark one defect that an entry is of in another build; whether there is one. Two of one
 * name are two: a new one does not hide behind one that is known. */
static bool mark_fingerprint(const json_t *entry, struct defects *defects, char **names) {
    for (size_t i = 0; i < defects->count; i++) {
        struct defect *defect = defects->list[i];
        if (!defect->known && is_of_fingerprint(entry, defects, defect, names[i])) {
            defect->known = true;
            return true;
        }
    }
    return false;
}

/** Compare what is known with what was found; 0, or -1 when memory ran out. */
static int compare(const json_t *known, const json_t *own,
                   const struct campaign *campaign, struct defects *defects) {
    size_t count = json_array_size(known);
    bool *found = calloc(count + 1, sizeof(*found));
    char **names = calloc(defects->count + 1, sizeof(names[0]));
    bool whole = found && names;
    for (size_t i = 0; whole && i < defects->count; i++) {
        names[i] = fingerprint_of(defects, defects->list[i]);
        whole = names[i];
    }
    for (size_t at = 0; whole && at < count; at++) {
        found[at] = mark(json_array_get(known, at), defects);
    }
    // Those that are known for certain are taken by now.
    for (size_t at = 0; whole && at < count; at++) {
        const json_t *entry = json_array_get(known, at);
        const char *what = json_string_value(json_object_get(entry, "what"));
        if (!found[at] && !mark_fingerprint(entry, defects, names) &&
            !is_foreign(entry, own)) {
            diag_note(campaign->diag, "of the baseline, not found any more: %s",
                      what ? what : "(without a description)");
        }
    }
    for (size_t i = 0; names && i < defects->count; i++) {
        free(names[i]);
    }
    free(names);
    free(found);
    return whole ? 0 : -1;
}

/** The entry of a list that is of a defect; NULL = none. */
static json_t *find_entry(const json_t *list, const struct defects *defects,
                          json_t *entry) {
    for (size_t i = 0; i < defects->count; i++) {
        json_t *other;
        size_t at;
        json_array_foreach(list, at, other) {
            if (is_of(entry, defects->list[i]) && is_of(other, defects->list[i])) {
                return other;
            }
        }
    }
    return NULL;
}

/** Keep what an earlier entry says of other programs than these; non-zero when memory ran
 * out. */
static int keep_others(json_t *list, json_t *entry, const json_t *own,
                       const struct defects *defects) {
    json_t *found = find_entry(list, defects, entry);
    json_t *others = json_array();
    json_t *name;
    size_t at;
    int bad = !others;
    json_array_foreach(json_object_get(entry, "programs"), at, name) {
        if (!has_name(own, name)) {
            json_t *into = found ? json_object_get(found, "programs") : others;
            bad |= has_name(into, name) ? 0 : json_array_append(into, name);
        }
    }
    if (!bad && !found && json_array_size(others) > 0) {
        bad = json_object_set(entry, "programs", others) | json_array_append(list, entry);
    }
    json_decref(others);
    return bad;
}

static int save(const struct campaign *campaign, const struct defects *defects,
                const json_t *known, const json_t *own) {
    json_t *list = json_array();
    struct outfile file;
    json_t *entry;
    size_t at;
    int bad = 0;
    for (size_t i = 0; i < defects->count; i++) {
        if (defect_counts(defects->list[i], campaign->options->aborts)) {
            bad |= json_array_append_new(list,
                                         entry_of(campaign, defects, defects->list[i]));
        }
    }
    json_array_foreach(known, at, entry) {
        bad |= keep_others(list, entry, own, defects);
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

/** Tell that it cannot be written, for the reason in errno; -1. */
static int tell_fault(const char *path, const struct diag *diag) {
    diag_error(diag, "cannot write the baseline '%s': %s", path, strerror(errno));
    return -1;
}

/** Read it; what it says is NULL where there is none yet. 0 on success, -1 with the user
 * told. */
static int load(const struct campaign_options *options, json_t **object,
                const struct diag *diag) {
    json_error_t error;
    *object = json_load_file(options->baseline, JSON_REJECT_DUPLICATES, &error);
    if (options->update_baseline || json_is_array(json_object_get(*object, "known"))) {
        return 0;
    }
    diag_error(diag, "cannot read the baseline '%s': %s", options->baseline,
               *object ? "it is none" : error.text);
    json_decref(*object);
    return -1;
}

int baseline_foresee(const struct campaign_options *options, const struct diag *diag) {
    json_t *object;
    if (!options->baseline) {
        return 0;
    }
    if (load(options, &object, diag) != 0) {
        return -1;
    }
    json_decref(object);
    return options->update_baseline && outfile_try(options->baseline) != 0
               ? tell_fault(options->baseline, diag)
               : 0;
}

int baseline_apply(const struct campaign *campaign, struct defects *defects) {
    const char *path = campaign->options->baseline;
    json_t *object;
    if (!path) {
        return 0;
    }
    if (load(campaign->options, &object, campaign->diag) != 0) {
        return -1;
    }
    const json_t *known = json_object_get(object, "known");
    json_t *own = exploration_programs(campaign, 0);
    int bad = !own || compare(known, own, campaign, defects) != 0;
    if (bad) {
        diag_no_memory(campaign->diag);
    } else if (campaign->options->update_baseline &&
               save(campaign, defects, known, own) != 0) {
        bad = tell_fault(path, campaign->diag);
    }
    json_decref(own);
    json_decref(object);
    if (bad || !campaign->options->update_baseline) {
        return bad ? -1 : 0;
    }
    for (size_t i = 0; i < defects->count; i++) {
        defects->list[i]->known = true;
    }
    return 0;
}
