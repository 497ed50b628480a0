// SPDX-License-Identifier: MIT
/**
 * A server under test: it is started, traced with all its processes, driven by the user's
 * commands, and killed.
 *
 * preload/explore/serve.c is the library's part, inside the server.
 */
#ifndef MF_RUNNER_SERVE_SERVER_H
#define MF_RUNNER_SERVE_SERVER_H

#include "core/channel/serve.h"
#include "runner/run/job.h"
#include "runner/serve/client.h"
#include "runner/target/tree.h"
#include "runner/trials/campaign.h"

enum server_state {
    /** It was not started, or the runner has killed it. */
    SERVER_NONE,
    SERVER_RUNS,
    /** One of its processes got a fatal signal. */
    SERVER_DIED,
    /** Its first process has ended. */
    SERVER_ENDED,
    /** It has reached the limit of output. */
    SERVER_FLOODED,
};

struct server {
    struct campaign *campaign;
    /** Its data for the report. */
    struct served *served;
    /** Its channel and outputs last as long as this struct; its processes change. */
    struct job job;
    struct tracer tracer;
    struct tree tree;
    struct mf_serve *serve;
    struct mf_serve_stack *stacks;
    const struct mf_stack *table;
    enum server_state state;
    /** The status, as from wait(), or the fatal signal. */
    int status;
    /** How many processes it left behind when its first one ended before it was ready. */
    size_t left_running;
    /** How many allocations have failed since it was started. */
    uint32_t failures;
    /** The trial whose failure came last, whose effects show now; NULL = nothing failed yet. */
    const struct trial *trial;
    /** The last injection, and its trial; NULL = there was none since the server was started. */
    struct mf_injection last;
    struct trial *last_trial;
    /** The place where it broke, from campaign_look(). */
    struct crash crash;
    bool crashed;
    uint32_t known;
    uint64_t glance;
    /** The user's command that is running, and its output. */
    struct client client;
    struct capture answer;
    /** How many threads have not stopped yet, to read their stacks; and their process. */
    size_t running;
    pid_t hanging;
};

/** Begin, with nothing started; 0 on success, -1 with errno and nothing to destroy. */
int server_open(struct server *server, struct campaign *campaign, struct served *served);

/**
 * Start it and wait until it is ready.
 *
 * @again
 *         Whether it has been ready before: then it may need several tries, because its port may
 *         still be in use.
 * @return
 *         0; or the exit status, after a message, with nothing running.
 */
int server_start(struct server *server, bool again);

/**
 * Run a command of the user's and wait for its end, or for that of the server.
 *
 * @phase
 *         The phase of the server meanwhile.
 * @limit_ns
 *         After this time the command is killed.
 * @return
 *         Whether the command has ended by itself, with its status in `client`.
 */
bool server_ask(struct server *server, const char *command, enum mf_serve_phase phase,
                uint64_t limit_ns);

/** Wait for this time, or until the server ends or the user interrupts. */
void server_wait(struct server *server, uint64_t span_ns);

/**
 * Read the stacks of one of its processes, and kill the server.
 *
 * @tid
 *         The thread in which it seems to hang; 0 = the first one.
 */
void server_look(struct server *server, pid_t pid, pid_t tid);

/** Forget the place where it broke, before another allocation fails. */
void server_forget(struct server *server);

/** End it: first by SIGTERM, if `moment_ns` is not 0, and after that time by SIGKILL. */
void server_end(struct server *server, uint64_t moment_ns);

/** Print the last lines that the last command and the server wrote. */
void server_show_answer(const struct server *server);

/** Release it. It must not be running. */
void server_close(struct server *server);

#endif
