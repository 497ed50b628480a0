// SPDX-License-Identifier: MIT
#include "runner/serve/drive.h"

#include "core/channel/stacktable.h"
#include "runner/points/stacks.h"
#include "runner/serve/stuck.h"
#include "runner/util/clock.h"

#include <stdio.h>
#include <sys/wait.h>

bool drive_learn(struct server *server) {
    server->served->drives++;
    return server_ask(server, server->served->drive, MF_SERVE_LEARN,
                      server->campaign->plan.timeout_ns);
}

bool drive_is_healthy(struct server *server) {
    const struct served *served = server->served;
    const char *command = served->health ? served->health : served->drive;
    server->served->checks++;
    return server_ask(server, command, MF_SERVE_BETWEEN,
                      server->campaign->plan.timeout_ns) &&
           server->client.status == 0;
}

/** Have the next allocation of a stack fail. */
static void want(struct server *server, uint64_t stack_id) {
    struct mf_stack *table = (struct mf_stack *)server->table;
    const struct mf_stack *stack =
        stack_id ? mf_stacktable_find(table, STACKS_ROOM, stack_id) : NULL;
    uint32_t index = stack && atomic_load(&stack->id) == stack_id
                         ? (uint32_t)(stack - server->table) + 1
                         : 0;
    atomic_store(&server->serve->wanted, index);
}

/** Whether it goes on, as far as the user and the budget say. */
static bool goes_on(const struct server *server) {
    return !server->campaign->stopped_by && !server->campaign->out_of_time;
}

/** Say what it did wrong. */
static void put(struct drive *drive, enum outcome outcome, const char *before,
                int status) {
    char name[32];
    drive->judgement.outcome = outcome;
    if (WIFSIGNALED(status)) {
        snprintf(drive->judgement.words, sizeof(drive->judgement.words),
                 "%s is killed by %s", before, signals_name(WTERMSIG(status), name));
    } else {
        snprintf(drive->judgement.words, sizeof(drive->judgement.words),
                 "%s ends with exit status %d", before, WEXITSTATUS(status));
    }
}

/** Judge a server that is there no more. */
static void judge_end_of(const struct server *server, struct drive *drive) {
    const struct end end = {
        .status = server->status,
        .streams = server->job.streams,
    };
    drive->broke = true;
    drive->timed_out = false;
    drive->end = server->status;
    drive->judgement = judge_end(&end, &server->campaign->oracle);
    if (server->state == SERVER_FLOODED) {
        drive->judgement.outcome = OUTCOME_HUNG;
        drive->judgement.runaway = true;
        drive->timed_out = true;
    } else if (server->state == SERVER_ENDED && WIFEXITED(server->status) &&
               drive->judgement.outcome != OUTCOME_CRASHED) {
        put(drive, OUTCOME_ABORTED, "the server", server->status);
    }
}

/** Judge a server whose command had no end. */
static void judge_unanswered(struct server *server, struct drive *drive) {
    drive->broke = true;
    drive->timed_out = true;
    drive->judgement.outcome = OUTCOME_HUNG;
    if (drive->healthy) {
        snprintf(drive->judgement.words, sizeof(drive->judgement.words),
                 "the drive does not end, but the server still serves others");
    } else {
        const struct stuck stuck = stuck_find(server);
        server_look(server, stuck.pid, stuck.tid);
    }
}

/** Judge a server that is ill after a drive that came to its end. */
static void judge_sick(struct server *server, struct drive *drive) {
    const struct client *client = &server->client;
    const char *what = server->served->health ? "the command of --health"
                                              : "another drive, in which nothing fails,";
    char before[80];
    drive->broke = true;
    snprintf(before, sizeof(before), "the drive ends, and afterwards %s", what);
    put(drive, OUTCOME_SICK, before, client->status);
    if (client->timed_out) {
        snprintf(drive->judgement.words, sizeof(drive->judgement.words),
                 "%s does not end", before);
    }
    // The command may have a time limit of its own.
    const struct stuck stuck = stuck_find(server);
    if (stuck.tid) {
        server_look(server, stuck.pid, stuck.tid);
    }
}

/** Judge a server that goes on. */
static void judge_going(const struct server *server, struct drive *drive) {
    const struct end end = {.status = 0, .streams = server->job.streams};
    drive->judgement = judge_end(&end, &server->campaign->oracle);
    // A sanitizer may have reported something, and let it go on.
    drive->broke = drive->judgement.outcome == OUTCOME_CRASHED;
    if (drive->judgement.outcome == OUTCOME_TOLERATED && drive->status != 0) {
        drive->judgement.outcome = OUTCOME_HANDLED;
    }
}

/** Judge a server after a drive. */
static void judge(struct server *server, struct drive *drive) {
    if (server->state == SERVER_RUNS) {
        if (drive->unanswered) {
            judge_unanswered(server, drive);
        } else if (!drive->healthy) {
            judge_sick(server, drive);
        } else if (!drive->failed && drive->status != 0) {
            drive->broke = true;
            put(drive, OUTCOME_SICK, "a later drive, in which nothing fails,",
                drive->status);
        } else {
            judge_going(server, drive);
        }
    }
    // It may have ended while it was looked at.
    if (server->state != SERVER_RUNS && server->state != SERVER_NONE) {
        judge_end_of(server, drive);
    }
}

/** Drive it while an allocation of a stack fails, or none (0). */
static struct drive drive_with(struct server *server, const struct trial *trial,
                               uint64_t stack_id) {
    struct drive drive = {0};
    const struct mf_head *head = server->job.channel.head;
    server_forget(server);
    server->trial = trial;
    server->served->drives++;
    want(server, stack_id);
    bool answered = server_ask(server, server->served->drive, MF_SERVE_TRY,
                               server->campaign->plan.timeout_ns);
    atomic_store(&server->serve->wanted, 0);
    drive.status = server->client.status;
    drive.unanswered = !answered && server->client.timed_out;
    drive.failed = atomic_load(&head->journal_used) > 0;
    server->failures += drive.failed;
    if (server->state == SERVER_RUNS && goes_on(server)) {
        // Where nothing failed and the drive went well, there is nothing to look for.
        bool plain = !drive.failed && answered && drive.status == 0;
        drive.healthy = plain || drive_is_healthy(server);
    }
    drive.whole = goes_on(server);
    if (!drive.whole) {
        return drive;
    }
    judge(server, &drive);
    return drive;
}

struct drive drive_try(struct server *server, const struct trial *trial) {
    return drive_with(server, trial, trial->point.stack_id);
}

struct drive drive_again(struct server *server, const struct trial *last) {
    return drive_with(server, last, 0);
}
