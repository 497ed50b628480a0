// SPDX-License-Identifier: MIT
/** A drive: the user's command that has the server work, with an allocation that fails
 * meanwhile or without; and a look at the server's health afterwards. */
#ifndef MF_RUNNER_SERVE_DRIVE_H
#define MF_RUNNER_SERVE_DRIVE_H

#include "runner/serve/server.h"

/** So many drives show what a failure may come to late: which of several workers a command
 * reaches is chance. */
#define DRIVES_LATE 8

/** What came of a drive. */
struct drive {
    /** Whether it was seen to its end: neither the user nor the budget ended it. */
    bool whole;
    /** Whether the allocation that was wanted failed. */
    bool failed;
    /** Whether the server has to be started anew. */
    bool broke;
    /** How the command ended, wait()'s; and whether it had to be ended. */
    int status;
    bool unanswered;
    /** Whether the server's health is good. */
    bool healthy;
    struct judgement judgement;
    /** How the server ended, as judge_end() takes it. */
    int end;
    bool timed_out;
};

/** Drive it while nothing fails, learning the stacks; whether the command has ended by itself,
 * with its status in the server's client. */
bool drive_learn(struct server *server);

/** Whether its health is good: by the command for that, or by a drive in which nothing
 * fails. */
bool drive_is_healthy(struct server *server);

/**
 * Drive it while an allocation of a trial's stack fails, and judge what comes of it. Where the
 * server has broken it is seen where, as far as it is traced; it may stand still then.
 */
struct drive drive_try(struct server *server, const struct trial *trial);

/** The same while nothing fails: what has failed before may show late. A drive that does not
 * end with 0 is a sick server's. */
struct drive drive_again(struct server *server, const struct trial *last);

#endif
