// SPDX-License-Identifier: MIT
#include "runner/results/resume.h"

#include "runner/results/exploration_json.h"
#include "runner/results/merging.h"
#include "runner/results/results.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Whether results are of a run with the same arguments, byte by byte. */
static bool has_same_arguments(const struct campaign *campaign, const json_t *results) {
    static const char *const keys[] = {"arguments", "arguments_bytes"};
    json_t *ours = json_object();
    bool same = exact_put_arguments(ours, keys[0], campaign->options->argv) == 0;
    for (size_t i = 0; i < 2 && same; i++) {
        const json_t *own = json_object_get(ours, keys[i]);
        const json_t *other = json_object_get(results, keys[i]);
        same = own ? json_equal(own, other) : !other;
    }
    json_decref(ours);
    return same;
}

/** Whether results are of the program that is explored. */
static bool is_same_program(const struct campaign *campaign, const json_t *results) {
    const char *arm = json_string_value(json_object_get(results, "arm"));
    const json_t *said = json_object_get(results, "allocator");
    const char *allocator = said ? json_string_value(said) : "next";
    const char *ours = mf_allocator_words[campaign->plan.allocator - 1];
    return has_same_arguments(campaign, results) && arm &&
           strcmp(arm, campaign->options->arm) == 0 && allocator &&
           strcmp(allocator, ours) == 0;
}

/** Whether runs were given what they are given now; `why` says what is another. */
static bool is_same_run(const struct campaign *campaign, const json_t *results,
                        char why[200]) {
    const json_t *run = json_object_get(results, "run");
    json_t *ours = exploration_run_json(campaign);
    const char *key;
    json_t *value;
    bool same = ours != NULL;
    json_object_foreach(ours, key, value) {
        if (same && !json_equal(json_object_get(run, key), value)) {
            snprintf(why, 200, "they are of other runs: --%s differs", key);
            same = false;
        }
    }
    json_decref(ours);
    return same;
}

static bool read_outcome(const json_t *entry, enum outcome *outcome) {
    const char *name = json_string_value(json_object_get(entry, "outcome"));
    for (unsigned i = 0; name && i < OUTCOME_COUNT; i++) {
        if (strcmp(name, outcome_name(i)) == 0) {
            *outcome = (enum outcome)i;
            return true;
        }
    }
    return false;
}

/** An id under a key; 0 = none. */
static uint64_t read_id(const json_t *entry, const char *key) {
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? strtoull(text, NULL, 16) : 0;
}

/** Whether an entry is of a trial. */
static bool is_of(const json_t *entry, const struct trial *trial) {
    const char *mode = json_string_value(json_object_get(entry, "mode"));
    const json_t *number = json_object_get(entry, "number");
    const json_t *second = json_object_get(entry, "second");
    const json_t *process = json_object_get(entry, "process");
    return mode && strcmp(mode, trial_mode_name(trial->mode)) == 0 &&
           (uint64_t)json_integer_value(number) == trial->point.number &&
           (uint64_t)json_integer_value(second) == trial->second &&
           json_integer_value(process) == (json_int_t)trial->point.process;
}

/** Whether no trial has been taken over that had this cause, and none is left open for it;
 * from now on one is. */
static bool is_first(struct campaign *campaign, uint64_t cause) {
    size_t count = campaign->resumed_cause_count;
    for (size_t i = 0; i < count; i++) {
        if (campaign->resumed_causes[i] == cause) {
            return false;
        }
    }
    void *grown = reallocarray(campaign->resumed_causes, count + 1, sizeof(cause));
    if (grown) {
        campaign->resumed_causes = grown;
        campaign->resumed_causes[campaign->resumed_cause_count++] = cause;
    }
    return true;
}

/** Take an entry over, if it can be one of this trial. */
static void take(struct campaign *campaign, struct trial *trial, const json_t *entry) {
    uint64_t id = read_id(entry, "stack_id");
    enum outcome outcome;
    bool fits = id == trial->point.stack_id || !trial->point.stack_id;
    // What did not come back is worth another try.
    uint64_t cause = read_id(entry, "cause");
    if (!fits || !read_outcome(entry, &outcome) || outcome == OUTCOME_FLAKY) {
        return;
    }
    if (cause && is_first(campaign, cause)) {
        trial->shows = true;
        return;
    }
    trial->shows = false;
    trial->cause = cause;
    trial->state = TRIAL_DONE;
    trial->outcome = outcome;
    trial->stack_id = id;
    const json_t *failed = json_object_get(entry, "failed");
    trial->failed = failed ? (uint64_t)json_integer_value(failed) : 1;
    trial->status = (int)json_integer_value(json_object_get(entry, "wait_status"));
    trial->seen = (uint64_t)json_integer_value(json_object_get(entry, "seen"));
    trial->spinning = json_is_true(json_object_get(entry, "spinning"));
    trial->in_place = json_is_true(json_object_get(entry, "in_place"));
    campaign->in_place += trial->in_place;
    trial->inferred = json_is_true(json_object_get(entry, "inferred"));
    campaign->inferred += trial->inferred;
    trial->recognised = json_is_true(json_object_get(entry, "recognised"));
    campaign->recognised += trial->recognised;
    campaign->survived += outcome == OUTCOME_SURVIVED;
    campaign->done++;
    campaign->resumed++;
}

static int by_number(const void *a, const void *b) {
    const struct trial *one = *(struct trial *const *)a;
    const struct trial *other = *(struct trial *const *)b;
    uint64_t x = one->point.number;
    uint64_t y = other->point.number;
    return (x > y) - (x < y);
}

/** The first trial, in order of numbers, with this number or a later one. */
static size_t first_at(struct trial *const *sorted, size_t count, uint64_t number) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle]->point.number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Find each entry's trial; 0 on success, -1 when memory ran out. */
static int match(struct campaign *campaign, const json_t *entries) {
    size_t count = campaign->trial_count;
    struct trial **sorted = calloc(count + 1, sizeof(sorted[0]));
    json_t *entry;
    size_t at;
    if (!sorted) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &campaign->trials[i];
    }
    qsort(sorted, count, sizeof(sorted[0]), by_number);
    json_array_foreach(entries, at, entry) {
        json_int_t value = json_integer_value(json_object_get(entry, "number"));
        uint64_t number = value > 0 ? (uint64_t)value : 0;
        for (size_t i = first_at(sorted, count, number);
             i < count && sorted[i]->point.number == number; i++) {
            if (sorted[i]->state == TRIAL_OPEN && is_of(entry, sorted[i])) {
                take(campaign, sorted[i], entry);
            }
        }
    }
    free(sorted);
    return 0;
}

int resume_trials(struct campaign *campaign, const char *directory) {
    char why[200] = "they are of another program, or of other options";
    json_t *results = merging_load(directory, why);
    int result = -1;
    if (results && is_same_program(campaign, results) &&
        is_same_run(campaign, results, why)) {
        json_decref(campaign->resumed_findings);
        campaign->resumed_findings = json_incref(json_object_get(results, "findings"));
        result = match(campaign, json_object_get(results, "trials"));
    } else {
        diag_error(campaign->diag, "cannot resume from the results in '%s': %s",
                   directory, why);
    }
    json_decref(results);
    return result;
}

size_t resume_begin_showing(struct campaign *campaign) {
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        count += trial->shows;
        if (trial->state == TRIAL_OPEN && !trial->shows) {
            trial->state = TRIAL_PUT_OFF;
        }
    }
    return count;
}

void resume_end_showing(struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_PUT_OFF) {
            trial->state = TRIAL_OPEN;
        }
    }
}

/** Whether a cause stands by what earlier results say alone. */
static bool is_kept(const struct campaign *campaign, const struct defects *defects,
                    uint64_t cause) {
    if (!cause || defects_find(defects, cause)) {
        return false;
    }
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->cause == cause) {
            return true;
        }
    }
    return false;
}

json_t *resume_kept(const struct campaign *campaign, const struct defects *defects) {
    const char *directory = campaign->options->directory;
    json_t *list = json_array();
    json_t *finding;
    size_t at;
    int bad = 0;
    json_array_foreach(campaign->resumed_findings, at, finding) {
        if (is_kept(campaign, defects, read_id(finding, "cause"))) {
            json_t *copy = json_copy(finding);
            if (campaign->unwritten ||
                strcmp(directory, campaign->options->resume) != 0) {
                bad |= json_put(copy, "reproducer", json_null());
            }
            bad |= json_array_append_new(list, copy);
        }
    }
    return json_finished(list, bad);
}

size_t resume_count(const json_t *kept, bool only_new) {
    json_t *finding;
    size_t at, count = 0;
    json_array_foreach(kept, at, finding) {
        count += json_is_true(json_object_get(finding, "defect")) &&
                 !(only_new && json_is_true(json_object_get(finding, "known")));
    }
    return count;
}
