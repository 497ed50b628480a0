// SPDX-License-Identifier: MIT
/**
 * The desks of a suite: where its processes are held while a child of each goes on without
 * its memory. What the library does is in preload/explore/suite.c; children are tried and
 * judged as those of an exploration (runner/inplace).
 */
#ifndef MF_RUNNER_SUITE_DESKS_H
#define MF_RUNNER_SUITE_DESKS_H

#include "core/channel/suite.h"
#include "runner/suite/hangs.h"
#include "runner/suite/reach.h"
#include "runner/suite/spared.h"
#include "runner/trials/commands.h"

/** The command of the latest process at a desk, as the process named it, and one more than its
 * number among the commands. */
struct desks_holder {
    int32_t pid;
    uint32_t told, number;
};

struct desks {
    struct inplace inplace;
    struct hangs hangs;
    struct controls controls;
    /** What all processes share. */
    struct channel channel;
    struct mf_suite *suite;
    struct mf_suite_stack *stacks;
    const struct mf_stack *table;
    const struct mf_frame *frames;
    /** One more than the index of the first trial of each stack; 0 = it has none. */
    uint32_t *trials;
    /** Whose the trials are. */
    struct commands commands;
    struct reach reach;
    struct spared *spared;
    /** Until when a child may be looked at while others wait: for each desk, until when that may
     * go on; 0 = nobody waits there. */
    struct look_time look_time;
    uint64_t waits[MF_SUITE_DESKS_MAX];
    struct desks_holder holders[MF_SUITE_DESKS_MAX];
    /** When it was last looked whether the holders still run. */
    uint64_t cleared_ns;
    /** Processes that ended while they were held. */
    size_t ended_held;
};

/** What the processes are told; see suite.h of the channel. */
struct desks_terms {
    const char *const *globs;
    size_t glob_count;
    uint64_t hold_ns;
    /** In thousandths of the suite's own time; 0 = any time. */
    uint64_t within;
};

/** Make the channel and the desks; 0 on success, -1 with errno and nothing to destroy. */
int desks_open(struct desks *desks, struct campaign *campaign,
               const struct desks_terms *terms);

/** See to those that want a child traced, and to those whose time is over. */
void desks_attend(struct desks *desks);

/** Act on an event of a child. */
void desks_act(struct desks *desks, const struct tracee_event *event);

/** Stop holding processes: kill the children, and let all continue. */
void desks_dismiss(struct desks *desks);

/** The first trial of a stack, which is made if there is none; NULL where the channel names
 * none. */
struct trial *desks_trial_of(struct desks *desks, uint64_t stack);

/** The stack id of an entry of the table. */
uint64_t desks_stack_id(const struct desks *desks, uint64_t stack);

/** Whether a stack is not to be tried, by its modules and functions. */
bool desks_is_spared(const struct desks *desks, uint64_t stack);

/** The first trial of a stack; NULL = there is none, for it is not to be tried. */
const struct trial *desks_trial(const struct desks *desks, uint64_t stack);

/** Release them. */
void desks_close(struct desks *desks);

#endif
