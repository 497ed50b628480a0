// SPDX-License-Identifier: MIT
// A server lives with many failures, one after the other, and what breaks it may be an earlier
// one: so each place that broke is tried once more, in a server in which nothing else has
// failed. What no drive comes to again, for it happens once in a server's life, is tried in
// the first drive of a new one.
#include "runner/serve/trying.h"

#include "core/channel/journal.h"
#include "runner/serve/drive.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <string.h>

/** How long a server has to end by itself that has done nothing wrong. */
#define MOMENT (CLOCK_SECOND)
/** So often a stack is tried where the server broke before it failed. */
#define TRIES_MAX 3

/** Start it anew; 0, or the exit status. */
static int renew(struct server *server, uint64_t moment_ns) {
    server_end(server, moment_ns);
    return campaign_goes_on(server->campaign) ? server_start(server, true) : 0;
}

/** Take over what the journal says of the failure. */
static void read_failure(struct server *server, struct trial *trial) {
    const struct channel *channel = &server->job.channel;
    struct mf_injection entry;
    uint64_t cursor = 0;
    if (!mf_journal_next(channel->head, &cursor, &entry)) {
        return;
    }
    trial->failed = 1;
    trial->stack_id = entry.stack_id;
    trial->point.number = entry.number;
    trial->seen = entry.number;
    if (entry.process < channel_processes(channel)) {
        trial->seen = mf_process_seen(channel_process(channel, entry.process));
    }
    server->last = entry;
    server->last_trial = trial;
}

/** Have the journal say once more what failed last. */
static void recall_failure(struct server *server) {
    struct mf_head *head = server->job.channel.head;
    head->journal[0] = server->last;
    atomic_store(&head->journal[0].ready, 1);
    atomic_store(&head->journal_used, 1);
    // It was not there any more when the server broke.
    server->crash.journal_used = 1;
}

/** Judge a trial by what came of its drive. */
static void note(struct server *server, struct trial *trial, const struct drive *drive) {
    struct campaign *campaign = server->campaign;
    trial->served.drive = drive->status;
    trial->served.unanswered = drive->unanswered;
    const struct end end = {
        .status = drive->end,
        .timed_out = drive->timed_out,
        .streams = server->job.streams,
        .given = &drive->judgement,
    };
    const struct campaign_sight sight = {
        .channel = &server->job.channel,
        .crash = server->crashed ? &server->crash : NULL,
        .known = server->known,
    };
    campaign_judge(campaign, trial, &end, &sight);
    if (server->crashed && trial->sighting) {
        glimpses_add(&campaign->glimpses, server->glance, trial->sighting - 1);
    }
}

/** Drive it while an allocation of a trial's stack fails, and again for as long as nothing
 * breaks, for it may show late. */
static struct drive drive_on(struct server *server, struct trial *trial) {
    struct drive drive = drive_try(server, trial);
    const struct drive first = drive;
    if (!drive.whole || !drive.failed || drive.broke) {
        return drive;
    }
    read_failure(server, trial);
    for (int i = 0; i < DRIVES_LATE && drive.whole && !drive.broke; i++) {
        drive = drive_again(server, trial);
    }
    if (!drive.broke) {
        return first;
    }
    drive.failed = true;
    recall_failure(server);
    return drive;
}

bool trying_once(struct server *server, struct trial *trial) {
    struct drive drive = drive_on(server, trial);
    if (drive.whole && drive.failed) {
        read_failure(server, trial);
        note(server, trial, &drive);
    }
    return !drive.whole || drive.failed || drive.broke;
}

/** Take back that a trial hung: it did so once only. */
static void waver(struct campaign *campaign, struct trial *trial) {
    const struct trial before = *trial;
    campaign_reopen(campaign, trial);
    trial->state = TRIAL_DONE;
    trial->outcome = OUTCOME_FLAKY;
    trial->failed = before.failed;
    trial->seen = before.seen;
    trial->stack_id = before.stack_id;
    trial->spinning = false;
    campaign->wavering++;
    campaign_count(campaign, trial);
}

/** Whether a trial is the first that shows what it does. */
static bool is_first(const struct campaign *campaign, const struct trial *trial) {
    return trial->sighting && campaign->sightings.list[trial->sighting - 1].trial ==
                                  (size_t)(trial - campaign->trials);
}

/** Whether two drives broke the server alike. What hangs in the drive itself, or in the look at
 * its health, is chance. */
static bool is_same(enum outcome one, enum outcome other) {
    bool hang = one == OUTCOME_HUNG || one == OUTCOME_SICK;
    return one == other || (hang && (other == OUTCOME_HUNG || other == OUTCOME_SICK));
}

/**
 * Try once more what broke the server, in a new one.
 *
 * @belated
 *         Whether it broke in a later drive.
 * @return
 *         0, or the exit status.
 */
static int confirm(struct server *server, struct trial *trial, bool belated) {
    struct campaign *campaign = server->campaign;
    bool timed = trial->outcome == OUTCOME_HUNG || trial->outcome == OUTCOME_SICK;
    if (!is_first(campaign, trial) || !campaign_goes_on(campaign)) {
        return 0;
    }
    if (trial->served.earlier == 0 && !timed && !belated) {
        trial->served.alone = TRIAL_ALONE;
        return 0;
    }
    struct drive drive = belated ? drive_on(server, trial) : drive_try(server, trial);
    if (!drive.whole) {
        return 0;
    }
    bool same = drive.failed && is_same(drive.judgement.outcome, trial->outcome);
    trial->served.alone = same ? TRIAL_ALONE : TRIAL_NOT_ALONE;
    if (!same &&
        (belated ? trial->outcome == OUTCOME_SICK : trial->served.earlier == 0)) {
        waver(campaign, trial);
    }
    return drive.broke ? renew(server, 0) : renew(server, MOMENT);
}

/** It broke, and nothing had failed in this drive: what failed last is to blame. The trial of
 * that; NULL = nothing has failed since it was started. */
static struct trial *blame_last(struct server *server, const struct drive *drive) {
    struct trial *trial = server->last_trial;
    server->served->belated++;
    if (!trial || trial->state != TRIAL_DONE) {
        return NULL;
    }
    const struct trial before = *trial;
    campaign_reopen(server->campaign, trial);
    trial->failed = before.failed;
    trial->seen = before.seen;
    trial->stack_id = before.stack_id;
    trial->served = before.served;
    recall_failure(server);
    note(server, trial, drive);
    return trial;
}

/** What failed in a drive before has broken it: blame that, and start it anew; 0, or the exit
 * status. */
static int blame_and_renew(struct server *server, const struct drive *drive) {
    struct trial *last = blame_last(server, drive);
    int status = renew(server, 0);
    return status == 0 && last ? confirm(server, last, true) : status;
}

/** Nothing more is tried in it: what failed last may show in one more drive, where its health is
 * told by another command. 0, or the exit status. */
static int drive_out(struct server *server) {
    if (!server->served->health || !server->last_trial || server->state != SERVER_RUNS ||
        !campaign_goes_on(server->campaign)) {
        return 0;
    }
    struct drive drive = drive_again(server, server->last_trial);
    return drive.whole && drive.broke ? blame_and_renew(server, &drive) : 0;
}

/** Try a stack; 0, or the exit status. */
static int try_stack(struct server *server, struct trial *trial) {
    int status = 0;
    for (unsigned i = 0; i < TRIES_MAX && status == 0; i++) {
        uint32_t earlier = server->failures;
        struct drive drive = drive_try(server, trial);
        if (!drive.whole) {
            return 0;
        }
        if (drive.failed) {
            read_failure(server, trial);
            trial->served.earlier = earlier;
            note(server, trial, &drive);
            status = drive.broke ? renew(server, 0) : 0;
            return status == 0 ? confirm(server, trial, false) : status;
        }
        if (!drive.broke) {
            trial->state = TRIAL_PUT_OFF;
            return 0;
        }
        status = blame_and_renew(server, &drive);
    }
    return status;
}

/** Try those that are in a state; 0, or the exit status.
 *
 * @fresh
 *         Each in a new server.
 */
static int try_all(struct server *server, enum trial_state state, bool fresh) {
    struct campaign *campaign = server->campaign;
    for (size_t i = 0; i < campaign->trial_count && campaign_goes_on(campaign); i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state != state) {
            continue;
        }
        int status = fresh ? drive_out(server) : 0;
        if (status == 0 && fresh) {
            status = renew(server, MOMENT);
        }
        trial->state = TRIAL_OPEN;
        if (status == 0 && campaign_goes_on(campaign)) {
            status = try_stack(server, trial);
        }
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

int trying_stacks(struct server *server) {
    struct campaign *campaign = server->campaign;
    int status = try_all(server, TRIAL_OPEN, false);
    if (status == 0) {
        status = try_all(server, TRIAL_PUT_OFF, true);
    }
    if (status == 0) {
        status = drive_out(server);
    }
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        server->served->not_again += trial->state == TRIAL_PUT_OFF;
        trial->state = trial->state == TRIAL_PUT_OFF ? TRIAL_OPEN : trial->state;
    }
    campaign->cut_short = status != 0;
    return status;
}
