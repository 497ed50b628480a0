// SPDX-License-Identifier: MIT
#include "runner/serve/stuck.h"

#include "core/channel/journal.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

/** A thread is looked at so often, for so long of its own time, and for so long at most. */
#define LOOK_PERIOD (10 * CLOCK_MILLISECOND)
#define LOOK_TIME   (200 * CLOCK_MILLISECOND)
#define LOOK_MAX    (2 * CLOCK_SECOND)

/** The process that saw the last failure, and the thread that did; 0 = not known. */
static struct stuck find_suspect(const struct server *server) {
    struct stuck suspect = {.pid = server->job.pid};
    struct mf_injection injection;
    uint64_t cursor = 0;
    while (mf_journal_next(server->job.channel.head, &cursor, &injection)) {
        if (procfile_runs(injection.pid)) {
            bool own = procfile_process_of(injection.tid) == injection.pid;
            suspect = (struct stuck){injection.pid, own ? injection.tid : 0};
        }
    }
    return suspect;
}

/** Whether a thread is stuck, each time that it is looked at. */
static bool stays_stuck(struct server *server, pid_t tid) {
    uint64_t since = clock_now(), before = procfile_share(tid).waited_ns;
    while (procfile_is_stuck(tid)) {
        uint64_t span = clock_now() - since;
        uint64_t waited = procfile_share(tid).waited_ns - before;
        if (span >= LOOK_MAX || span >= LOOK_TIME + waited) {
            return true;
        }
        server_wait(server, LOOK_PERIOD);
        if (server->state != SERVER_RUNS || server->campaign->stopped_by) {
            return false;
        }
    }
    return false;
}

struct stuck stuck_find(struct server *server) {
    struct stuck suspect = find_suspect(server), found = {.pid = suspect.pid};
    pid_t tids[CRASH_THREADS_MAX];
    if (suspect.tid && stays_stuck(server, suspect.tid)) {
        return suspect;
    }
    size_t count = found.pid ? procfile_threads(found.pid, tids, CRASH_THREADS_MAX) : 0;
    for (size_t i = 0; i < count && !found.tid; i++) {
        bool stuck = tids[i] != suspect.tid && stays_stuck(server, tids[i]);
        found.tid = stuck ? tids[i] : 0;
    }
    return found;
}
