// SPDX-License-Identifier: MIT
#include "runner/results/baseline.h"

#include "runner/formats/document.h"
#include "runner/results/exploration_json.h"
#include "runner/results/fingerprint.h"
#include "runner/util/json.h"
#include "runner/util/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Marks an entry of the file, in memory, that is to stay. */
#define KEPT "kept"

/** What the file is to know of a finding: its signatures, what it is known by in other builds,
 * its programs, and a line for people; and whether it counts. */
static json_t *entry_of_finding(const json_t *finding) {
    static const char *const copied[][2] = {{"signatures", "signatures"},
                                            {"cause", "cause"},
                                            {"programs", "programs"},
                                            {"explanation", "what"}};
    json_t *print = json_object_get(finding, "fingerprint");
    json_t *entry = json_object();
    int bad = print ? json_object_update(entry, print) : 0;
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        json_t *value = json_object_get(finding, copied[i][0]);
        bad |= value ? json_object_set(entry, copied[i][1], value) : 0;
    }
    bad |= json_put(entry, "defect", json_boolean(document_is_defect(finding)));
    return json_finished(entry, bad);
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

/** Whether two entries are of one defect, as it is in the same build. */
static bool is_same(const json_t *one, const json_t *other) {
    const json_t *cause = json_object_get(one, "cause");
    const json_t *signature;
    size_t at;
    json_array_foreach(json_object_get(one, "signatures"), at, signature) {
        if (has_name(json_object_get(other, "signatures"), signature)) {
            return true;
        }
    }
    return cause && json_equal(cause, json_object_get(other, "cause"));
}

/** Whether an entry is of a defect that has the same name in another build. */
static bool is_rebuilt(const json_t *entry, const json_t *found) {
    const char *known = json_string_value(json_object_get(entry, "name"));
    const char *name = json_string_value(json_object_get(found, "name"));
    return known && name && name[0] && strcmp(known, name) == 0 &&
           fingerprint_is_rebuilt(json_object_get(entry, "builds"),
                                  json_object_get(found, "builds"));
}

static bool is_known(const json_t *found) {
    return json_is_true(json_object_get(found, "known"));
}

/** Mark all defects that an entry is of; whether there are any. */
static bool mark(const json_t *entry, const json_t *list, int *bad) {
    json_t *found;
    size_t at;
    bool any = false;
    json_array_foreach(list, at, found) {
        if (is_same(entry, found)) {
            *bad |= json_put(found, "known", json_true());
            any = true;
        }
    }
    return any;
}

/** Mark one defect that an entry is of in another build; whether there is one. Two of one
 * name are two: a new one does not hide behind one that is known. */
static bool mark_rebuilt(const json_t *entry, const json_t *list, int *bad) {
    json_t *found;
    size_t at;
    json_array_foreach(list, at, found) {
        if (!is_known(found) && is_rebuilt(entry, found)) {
            *bad |= json_put(found, "known", json_true());
            return true;
        }
    }
    return false;
}

/** Compare what is known with what was found; 0, or -1 when memory ran out.
 *
 * @whole
 *         Whether all was tried to its end: else what was not found may be there still.
 */
static int compare(const json_t *known, const json_t *list, const json_t *own, bool whole,
                   const struct diag *diag) {
    size_t count = json_array_size(known);
    bool *found = calloc(count + 1, sizeof(*found));
    int bad = !found;
    for (size_t at = 0; !bad && at < count; at++) {
        found[at] = mark(json_array_get(known, at), list, &bad);
    }
    // Those that are known for certain are taken by now.
    for (size_t at = 0; !bad && at < count; at++) {
        const json_t *entry = json_array_get(known, at);
        const char *what = json_string_value(json_object_get(entry, "what"));
        if (found[at] || mark_rebuilt(entry, list, &bad) || is_foreign(entry, own)) {
            continue;
        }
        if (whole) {
            diag_note(diag, "of the baseline, not found any more: %s",
                      what ? what : "(without a description)");
        } else {
            diag_note(diag,
                      "of the baseline, not found, but not all was tried to its end: %s",
                      what ? what : "(without a description)");
            bad |= json_put(json_array_get(known, at), KEPT, json_true());
        }
    }
    free(found);
    return bad ? -1 : 0;
}

/** The entry of a list that is of the same defect; NULL = none. */
static json_t *find_entry(const json_t *list, const json_t *entry) {
    json_t *other;
    size_t at;
    json_array_foreach(list, at, other) {
        if (is_same(entry, other)) {
            return other;
        }
    }
    return NULL;
}

/** Keep what an earlier entry says of other programs than these; non-zero when memory ran
 * out. */
static int keep_others(json_t *list, json_t *entry, const json_t *own) {
    json_t *found = find_entry(list, entry);
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

/** The entries of all defects that count, as they are written. */
static json_t *entries_of(const json_t *found) {
    json_t *list = json_array();
    json_t *value;
    size_t at;
    int bad = 0;
    json_array_foreach(found, at, value) {
        json_t *entry = json_deep_copy(value);
        if (json_is_true(json_object_get(value, "defect"))) {
            json_object_del(entry, "defect");
            json_object_del(entry, "known");
            bad |= json_array_append(list, entry);
        }
        json_decref(entry);
    }
    return json_finished(list, bad);
}

static int save(const char *path, const json_t *found, const json_t *known,
                const json_t *own) {
    json_t *list = entries_of(found);
    struct outfile file;
    json_t *entry;
    size_t at;
    int bad = !list;
    json_array_foreach(known, at, entry) {
        bool kept = json_object_del(entry, KEPT) == 0;
        bad |= kept ? json_array_append(list, entry) : keep_others(list, entry, own);
    }
    json_t *object = bad ? NULL
                         : json_pack("{s:s, s:i, s:O}", "schema", "mallocfail-baseline",
                                     "schema_version", 1, "known", list);
    json_decref(list);
    errno = object ? errno : ENOMEM;
    if (!object || outfile_open(&file, path) != 0) {
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

/** Read it; what it says is NULL if there is none yet. 0 on success, -1 with the user
 * told. */
static int load(const struct campaign_options *options, json_t **object,
                const struct diag *diag) {
    json_error_t error;
    *object = json_load_file(options->baseline, JSON_REJECT_DUPLICATES, &error);
    if (options->update_baseline || json_is_array(json_object_get(*object, "known"))) {
        return 0;
    }
    if (access(options->baseline, F_OK) != 0) {
        diag_error(diag, "there is no baseline '%s': --update-baseline makes it",
                   options->baseline);
    } else {
        char why[200] = "it is not a baseline";
        if (!*object) {
            json_why(&error, why);
        }
        diag_error(diag, "cannot read the baseline '%s': %s", options->baseline, why);
    }
    json_decref(*object);
    return -1;
}

int baseline_foresee(const struct campaign_options *options, const struct diag *diag) {
    json_t *object;
    if (options->update_baseline && !options->baseline) {
        diag_error(diag, "--update-baseline needs --baseline FILE");
        return -1;
    }
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

/** Hold what was found against the file, which is written anew where that is wanted; 0 on
 * success, -1 with the user told. */
static int hold(const struct campaign_options *options, const json_t *found,
                const json_t *own, bool whole, const struct diag *diag) {
    json_t *object = NULL;
    if (load(options, &object, diag) != 0) {
        return -1;
    }
    const json_t *known = json_object_get(object, "known");
    int bad = 0;
    if (!found || compare(known, found, own, whole, diag) != 0) {
        diag_no_memory(diag);
        bad = -1;
    } else if (options->update_baseline &&
               save(options->baseline, found, known, own) != 0) {
        bad = tell_fault(options->baseline, diag);
    }
    json_decref(object);
    return bad;
}

/** What the file is to know of a defect. */
static json_t *entry_of_defect(const struct campaign *campaign,
                               const struct defects *defects,
                               const struct defect *defect) {
    json_t *entry = fingerprint_json(defects, defect);
    json_t *signatures = json_array();
    int bad = 0;
    for (size_t i = 0; i < defect->signature_count; i++) {
        bad |= json_array_append_new(signatures, json_id(defect->signatures[i]));
    }
    bad |= json_put(entry, "signatures", signatures);
    bad |= json_put(entry, "cause", json_id(defect->cause));
    bad |= json_put(entry, "programs", exploration_programs(campaign, defect->cause));
    bad |= json_put(entry, "what", json_text(defect->finding.verdict.explanation));
    bad |= json_put(entry, "defect",
                    json_boolean(defect_counts(defect, campaign->options->aborts)));
    return json_finished(entry, bad);
}

/** What the file is to know of all defects of a campaign. */
static json_t *list_defects(const struct campaign *campaign,
                            const struct defects *defects) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < defects->count; i++) {
        bad |= json_array_append_new(
            list, entry_of_defect(campaign, defects, defects->list[i]));
    }
    return json_finished(list, bad);
}

int baseline_apply(const struct campaign *campaign, struct defects *defects) {
    const struct campaign_options *options = campaign->options;
    if (!options->baseline) {
        return 0;
    }
    json_t *own = exploration_programs(campaign, 0);
    json_t *found = own ? list_defects(campaign, defects) : NULL;
    bool whole = campaign_is_complete(campaign) && options->choice.shards == 0;
    int bad = hold(options, found, own, whole, campaign->diag);
    for (size_t i = 0; i < defects->count && !bad; i++) {
        defects->list[i]->known =
            options->update_baseline || is_known(json_array_get(found, i));
    }
    json_decref(found);
    json_decref(own);
    return bad;
}

int baseline_apply_joined(const struct campaign_options *options, json_t *results,
                          const struct diag *diag) {
    const json_t *findings = json_object_get(results, "findings");
    json_t *found = json_array();
    json_t *finding;
    size_t at;
    int bad = 0;
    if (!options->baseline) {
        json_decref(found);
        return 0;
    }
    json_array_foreach(findings, at, finding) {
        bad |= json_array_append_new(found, entry_of_finding(finding));
    }
    found = json_finished(found, bad);
    bad = hold(options, found, json_object_get(results, "programs"),
               json_is_true(json_object_get(results, "complete")), diag);
    json_array_foreach(findings, at, finding) {
        bool known = options->update_baseline || is_known(json_array_get(found, at));
        bad |= bad ? 0 : json_put(finding, "known", json_boolean(known));
    }
    json_decref(found);
    return bad | (bad ? 0 : json_put(results, "baseline", json_true()));
}
