// SPDX-License-Identifier: MIT
#include "runner/trials/trial.h"

#include "core/policy/resource.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [TRIAL_ONCE] = "once",
    [TRIAL_PERSISTENT] = "persistent",
    [TRIAL_PAIRS] = "pairs",
};

/** An image's name, as a member of a rule; its length, 0 if there is none. */
static int write_image(const char *image, char *text, size_t size) {
    if (!image[0]) {
        return 0;
    }
    int length = snprintf(text, size, "\"process\":\"%s\",", image);
    // What would have to be quoted, for JSON and as a glob, is any byte: a name need not
    // be text.
    char *name = text + strlen("\"process\":\"");
    for (char *end = text + length - strlen("\","); name < end; name++) {
        if (*name < ' ' || *name > '~' || strchr("*?[]\\\"", *name)) {
            *name = '?';
        }
    }
    return length;
}

/** Which process fails, as members of a rule. */
static void write_process(const struct trial *trial, const struct trial_terms *terms,
                          char *text, size_t size) {
    unsigned process = trial->point.process;
    bool own = process == 0 || process > terms->processes->count;
    const char *image = own ? terms->image : terms->processes->list[process - 1].image;
    uint64_t index = own ? 1 : terms->processes->list[process - 1].index;
    text[0] = '\0';
    int length = write_image(image, text, size);
    // Where processes come in another order each time, the stack has to tell them apart.
    if (length > 0 && (own || !terms->by_stack)) {
        snprintf(text + length, size - (size_t)length, "\"process_index\":%" PRIu64 ",",
                 index);
    }
}

/** What the text of a trial's rules has in common. */
struct members {
    /** Which process, and which functions are counted; which fail together with the point:
     * members of a rule. */
    char process[128], functions[1600], kin[1600];
};

/** Write a list of functions, as a member of a rule. */
static void write_functions(mf_functions functions, char *text, size_t size) {
    struct mf_text member = mf_text_begin(text, size);
    mf_text_add(&member, "\"functions\":[");
    mf_functions_write(functions, &member);
    mf_text_add(&member, "],");
}

static void write_members(const struct trial *trial, const struct trial_terms *terms,
                          struct members *members) {
    mf_functions counted = MF_FUNCTIONS_DEFAULT | terms->also;
    members->functions[0] = members->kin[0] = '\0';
    write_process(trial, terms, members->process, sizeof(members->process));
    if (terms->also) {
        write_functions(counted, members->functions, sizeof(members->functions));
        write_functions(mf_resource_kin(trial->point.function) & counted, members->kin,
                        sizeof(members->kin));
    }
}

/**
 * The rules, where points are found by their stack: the point, and what is to fail after
 * it.
 */
static void write_by_stack(const struct trial *trial, const struct members *members,
                           char *text, size_t size) {
    const struct point *point = &trial->point;
    int length = snprintf(
        text, size, "{%s%s\"stack\":{\"id\":\"%016" PRIx64 "\"},\"nth\":%" PRIu64 "}",
        members->process, members->functions, point->stack_id, point->occurrence);
    text += length;
    size -= (size_t)length;
    if (trial->mode == TRIAL_PERSISTENT) {
        snprintf(text, size, ",{%s%s\"after_failures\":1}", members->process,
                 members->kin);
    } else if (trial->mode == TRIAL_PAIRS) {
        snprintf(text, size, ",{%s%s\"after_failures\":1,\"nth\":%" PRIu64 "}",
                 members->process, members->functions, trial->second - point->number);
    }
}

/** The rules, where points are found by their number. */
static void write_by_number(const struct trial *trial, const struct members *members,
                            char *text, size_t size) {
    uint64_t number = trial->point.number;
    const char *process = members->process, *functions = members->functions;
    if (trial->mode == TRIAL_PERSISTENT && functions[0]) {
        snprintf(text, size, "{%s%s\"nth\":%" PRIu64 "},{%s%s\"after_failures\":1}",
                 process, functions, number, process, members->kin);
    } else if (trial->mode == TRIAL_PERSISTENT) {
        snprintf(text, size, "{%s\"from\":%" PRIu64 "}", process, number);
    } else if (trial->mode == TRIAL_PAIRS) {
        snprintf(text, size, "{%s%s\"nth\":[%" PRIu64 ",%" PRIu64 "]}", process,
                 functions, number, trial->second);
    } else {
        snprintf(text, size, "{%s%s\"nth\":%" PRIu64 "}", process, functions, number);
    }
}

void trial_policy(const struct trial *trial, const struct trial_terms *terms,
                  char policy[TRIAL_POLICY_MAX]) {
    struct members members;
    char rules[TRIAL_POLICY_MAX - 64];
    write_members(trial, terms, &members);
    if (terms->by_stack && trial->point.stack_id) {
        write_by_stack(trial, &members, rules, sizeof(rules));
    } else {
        write_by_number(trial, &members, rules, sizeof(rules));
    }
    snprintf(policy, TRIAL_POLICY_MAX, "{\"version\":1,\"arm\":\"%.8s\",\"rules\":[%s]}",
             terms->arm, rules);
}

const char *trial_mode_name(enum trial_mode mode) {
    return names[mode];
}

bool trial_is_good(const struct trial *trial) {
    return trial->state == TRIAL_DONE &&
           (trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED);
}

void trial_count_leaks(const struct trial *trials, size_t count,
                       size_t counts[LEAKINGS]) {
    memset(counts, 0, LEAKINGS * sizeof(counts[0]));
    for (size_t i = 0; i < count; i++) {
        counts[trial_is_good(&trials[i]) ? trials[i].leaks : LEAKING_KNOWN]++;
    }
}

const char *trial_leaks_words(enum leaking leaking) {
    static const char *const words[LEAKINGS] = {
        [LEAKING_ENDED] = "of processes that did not end by themselves",
        [LEAKING_THREADS] = "of processes with other threads",
        [LEAKING_UNTRACKED] = "of processes whose blocks could not be tracked",
        [LEAKING_HELD] = "that ended inside functions which held what is left",
        [LEAKING_REPLACED] =
            "that left as many blocks of a call site, or descriptors, as the clean run, but others",
        [LEAKING_RUN] = "in runs whose blocks could not be compared",
    };
    return words[leaking];
}

const char *trial_left_words(enum trial_left left) {
    static const char *const words[TRIAL_LEFTS] = {
        [TRIAL_LEFT] = "not tried",
        [TRIAL_LEFT_FRESH] = "tried after the suite",
        [TRIAL_LEFT_UNKNOWN] = "the command is not known",
        [TRIAL_LEFT_PIPE] = "the command's input was a pipe",
        [TRIAL_LEFT_GONE] = "the command's program, directory or input is gone",
        [TRIAL_LEFT_UNCLEAN] =
            "the command does not end by itself, or ends differently each time",
        [TRIAL_LEFT_ELSEWHERE] = "the command did not reach the stack again",
        [TRIAL_LEFT_TIME] = "there was no time left",
    };
    return left < TRIAL_LEFTS ? words[left] : NULL;
}

unsigned trial_mode_bit(const char *name, size_t length) {
    for (unsigned i = 0; i < TRIAL_MODES; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0) {
            return 1u << i;
        }
    }
    return 0;
}
