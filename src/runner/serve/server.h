// SPDX-License-Identifier: MIT
/**
 * A server under test: it is started, traced with all that comes of it, driven by commands
 * beside it, and killed.
 *
 * What the library does in it is in preload/explore/serve.c.
 */
#ifndef MF_RUNNER_SERVE_SERVER_H
#define MF_RUNNER_SERVE_SERVER_H

#include "core/channel/serve.h"
#include "runner/run/job.h"
#include "runner/serve/client.h"
#include "runner/target/tree.h"
#include "runner/trials/campaign.h"

enum server_state {
    /** It was not started, or has been killed by us. */
    SERVER_NONE,
    SERVER_RUNS,
    /** One of its processes got a fatal signal. */
    SERVER_DIED,
    /** Its first process has ended. */
    SERVER_ENDED,
    /** It has written more than it may. */
    SERVER_FLOODED,
};

struct server {
    struct campaign *campaign;
    /** What is known of it, for the report. */
    struct served *served;
    /** Its channel and outputs last as long as this; its process does not. */
    struct job job;
    struct tracer tracer;
    struct tree tree;
    struct mf_serve *serve;
    struct mf_serve_stack *stacks;
    const struct mf_stack *table;
    enum server_state state;
    /** wait()'s, or the fatal signal. */
    int status;
    /** How many processes it left behind when its first one ended before it was ready. */
    size_t left_running;
    /** How many allocations have failed since it was started. */
    uint32_t failures;
    /** Whose failure it lives with now; NULL = nothing has failed yet. */
    const struct trial *trial;
    /** The last one that failed, and whose it is; NULL = none has since it was started. */
    struct mf_injection last;
    struct trial *last_trial;
    /** Where it broke, as campaign_look() says. */
    struct crash crash;
    bool crashed;
    uint32_t known;
    uint64_t glance;
    /** What talks to it, and what that writes. */
    struct client client;
    struct capture answer;
    /** How many threads are still to stop, for it is to be seen where they stand; and of which
     * process. */
    size_t running;
    pid_t hanging;
};

/** Begin, with nothing started; 0 on success, -1 with errno and nothing to destroy. */
int server_open(struct server *server, struct campaign *campaign, struct served *served);

/**
 * Start it and wait until it is ready.
 *
 * @again
 *         Whether it has been ready before: then it may need some tries, for a port that is
 *         still taken.
 * @return
 *         0; or the exit status, with the user told, and nothing running.
 */
int server_start(struct server *server, bool again);

/**
 * Run a command of the user's and wait for its end, or for that of the server.
 *
 * @phase
 *         What the server does meanwhile.
 * @limit_ns
 *         How long the command may take: it is killed then.
 * @return
 *         Whether it has ended by itself, with its status in `client`.
 */
bool server_ask(struct server *server, const char *command, enum mf_serve_phase phase,
                uint64_t limit_ns);

/** Wait for this time, or until the server ends or the user interrupts. */
void server_wait(struct server *server, uint64_t span_ns);

/** The thread that a server which does not answer hangs in, as far as can be seen: the one that
 * saw the last failure, if it runs or waits for a lock, or another one of its process; 0 = all
 * wait for work. */
pid_t server_find_stuck(const struct server *server);

/** See where that thread stands, else the first one of the process, and kill the server. */
void server_look(struct server *server);

/** Forget what is known of where it broke, before another allocation fails. */
void server_forget(struct server *server);

/** End it: by SIGTERM, where it is to have a moment for that, and by SIGKILL. */
void server_end(struct server *server, uint64_t moment_ns);

/** Show the user the last lines of what the last command wrote, and the server. */
void server_show_answer(const struct server *server);

/** Release it. It does not run. */
void server_close(struct server *server);

#endif
