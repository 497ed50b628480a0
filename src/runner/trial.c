// SPDX-License-Identifier: MIT
#include "runner/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [TRIAL_ONCE] = "once",
    [TRIAL_PERSISTENT] = "persistent",
    [TRIAL_PAIRS] = "pairs",
};

/** Which process fails, as a member of a rule. */
static void write_process(const struct trial_terms *terms, char *text, size_t size) {
    text[0] = '\0';
    // What is no plain name would have to be quoted, for JSON and as a glob.
    if (terms->image[0] && !strpbrk(terms->image, "*?[]\\\"")) {
        snprintf(text, size, "\"process\":\"%s\",", terms->image);
    }
}

/** What fails, as a member of a rule. */
static void write_trigger(const struct trial *trial, const struct trial_terms *terms,
                          char *text, size_t size) {
    const struct point *point = &trial->point;
    if (trial->mode == TRIAL_PERSISTENT) {
        snprintf(text, size, "\"from\":%" PRIu64, point->number);
    } else if (trial->mode == TRIAL_PAIRS) {
        snprintf(text, size, "\"nth\":[%" PRIu64 ",%" PRIu64 "]", point->number,
                 trial->second);
    } else if (terms->by_stack && point->stack_id) {
        snprintf(text, size, "\"stack\":{\"id\":\"%016" PRIx64 "\"},\"nth\":%" PRIu64,
                 point->stack_id, point->occurrence);
    } else {
        snprintf(text, size, "\"nth\":%" PRIu64, point->number);
    }
}

void trial_policy(const struct trial *trial, const struct trial_terms *terms,
                  char policy[TRIAL_POLICY_MAX]) {
    char process[128], trigger[128];
    write_process(terms, process, sizeof(process));
    write_trigger(trial, terms, trigger, sizeof(trigger));
    snprintf(policy, TRIAL_POLICY_MAX,
             "{\"version\":1,\"arm\":\"%.8s\",\"rules\":[{%s%s}]}", terms->arm, process,
             trigger);
}

const char *trial_mode_name(enum trial_mode mode) {
    return names[mode];
}

unsigned trial_mode_bit(const char *name, size_t length) {
    for (unsigned i = 0; i < TRIAL_MODES; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0) {
            return 1u << i;
        }
    }
    return 0;
}
