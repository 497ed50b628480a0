// SPDX-License-Identifier: MIT
#include "runner/suite/hangs.h"

#include "runner/crash/crash.h"
#include "runner/crash/loop.h"
#include "runner/crash/looped.h"
#include "runner/inplace/child.h"
#include "runner/inplace/control.h"
#include "runner/inplace/origin.h"
#include "runner/target/procfile.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/** A child hangs only if it was given so many times what its process takes from there on. */
#define HANG_TIMES 4
/** ... or if it has so many times more allocations fail than its process makes. */
#define SPIN_TIMES 2
/** ... or than its control takes, which began at the same time, with the same. */
#define CONTROL_TIMES 2
/** A child is looked at when it has run for so long, and for as long as its process. */
#define LOOK_AFTER (30 * CLOCK_MILLISECOND)
/** ... and again after so long. */
#define LOOK_PERIOD (20 * CLOCK_MILLISECOND)
/** How often it is looked whether processes still run. */
#define WATCH_PERIOD (10 * CLOCK_MILLISECOND)
/** The fourth that is recognised at a place, the sixteenth and so on are waited for, for this
 * part of their time. */
#define AUDIT_BASE 4
#define AUDIT_PART 4

/** The least time after which a child is said to hang. */
static uint64_t time_min(const struct campaign *campaign) {
    uint64_t given = campaign->options->timeout_ns;
    return given && given < HANGS_TIME_MIN ? given : HANGS_TIME_MIN;
}

/** Whether a child has run for long enough to be looked at. */
static bool is_due(const struct held *held, const struct hang_look *before) {
    uint64_t now = clock_now();
    uint64_t age = held->explore->child.age_ns;
    uint64_t after = age > LOOK_AFTER ? age : LOOK_AFTER;
    return now - held->child.time.since_ns >= after &&
           now - before->looked_ns >= LOOK_PERIOD;
}

void hangs_begin(struct hangs *hangs, size_t desk) {
    hangs->looks[desk] = (struct hang_look){.sighting = SIGHTINGS_NONE};
}

/** End a child whose end is known. */
static void end(struct child *child, uint32_t sighting) {
    child->known = sighting;
    child->timed_out = true;
    // Where it stands tells that more would be of no use.
    child->given_ns = child_allowance(child);
    kill(child->pid, SIGKILL);
}

void hangs_press(struct hangs *hangs, struct held *held, size_t desk) {
    struct child *child = &held->child;
    struct hang_look *look = &hangs->looks[desk];
    if (child->timed_out || child->recognised || origin_is_asked(held) ||
        control_is_asked(held)) {
        return;
    }
    if (child->patience.audited) {
        if (look->audit_ns && clock_now() - look->looked_ns >= look->audit_ns) {
            end(child, child->patience.audited - 1);
        }
    } else if (hangs->place_room > 0 && !look->asked && !child->enclosed.stepping &&
               is_due(held, look)) {
        look->asked = tracee_interrupt(child->pid) == 0;
    }
}

/** Find the place where a stack is; its frame, SIZE_MAX = it is at none. */
static size_t find_place(const struct hangs *hangs, const struct campaign *campaign,
                         const struct raw_stack *stack, uint32_t *sighting) {
    for (size_t i = 0; i < hangs->place_room && i < campaign->sightings.count; i++) {
        const struct sighting *known = &campaign->sightings.list[i].sighting;
        bool usable =
            hangs->places[i].limit_ns > 0 && !hangs->places[i].refuted && known->crashed;
        size_t at = usable ? looped_find(&known->crash, stack) : SIZE_MAX;
        if (at != SIZE_MAX) {
            *sighting = (uint32_t)i;
            return at;
        }
    }
    return SIZE_MAX;
}

/** See where a child stands. */
static struct hang_look look_at(const struct hangs *hangs, struct campaign *campaign,
                                struct held *held) {
    struct hang_look look = {.sighting = SIGHTINGS_NONE, .looked_ns = clock_now()};
    struct crash crash;
    struct unwind_return returns[LOOP_FRAMES_MAX];
    if (crash_gather_stack(&crash, held->child.pid, 0, &held->job.channel, &held->view,
                           &campaign->defects->modules) != 0) {
        return look;
    }
    size_t at = find_place(hangs, campaign, &crash.stack, &look.sighting);
    if (at != SIZE_MAX) {
        size_t count = unwind_returns(view_unwind(&held->view), returns, LOOP_FRAMES_MAX);
        // What is left out of the stack is further in.
        size_t frame = count - crash.stack.count + at + 1;
        look.slot = count >= crash.stack.count && frame < count ? returns[frame].slot : 0;
    }
    crash_destroy(&crash);
    view_leave(&held->view);
    return look;
}

/** Whether the so manieth that is found at a place is waited for. */
static bool is_audited(size_t found) {
    while (found > 1 && found % AUDIT_BASE == 0) {
        found /= AUDIT_BASE;
    }
    return found == 1;
}

bool hangs_recognise(struct hangs *hangs, struct campaign *campaign, struct held *held,
                     size_t desk) {
    struct child *child = &held->child;
    const struct hang_look before = hangs->looks[desk];
    if (!before.asked || child->timed_out || child->recognised) {
        return false;
    }
    const struct hang_look look = look_at(hangs, campaign, held);
    hangs->looks[desk] = look;
    if (look.sighting == SIGHTINGS_NONE || look.slot == 0 ||
        look.sighting != before.sighting || look.slot != before.slot) {
        return false;
    }
    size_t found = ++hangs->places[look.sighting].found;
    if (found > 1 && is_audited(found)) {
        child->patience.audited = look.sighting + 1;
        hangs->looks[desk].audit_ns = child->limit_ns / AUDIT_PART;
        return false;
    }
    child->recognised = true;
    end(child, look.sighting);
    return true;
}

/** A trial was cut off, and would not have been for ever. */
static void take_back(struct campaign *campaign, struct trial *trial) {
    if (trial->state == TRIAL_DONE && trial->outcome == OUTCOME_HUNG) {
        trial->outcome = OUTCOME_SURVIVED;
        trial->spinning = false;
        trial->sighting = trial->own = 0;
        campaign->survived++;
    }
}

/** Remember a place where a child has hung; NULL when memory ran out. */
static struct hang_place *place_of(struct hangs *hangs, uint32_t sighting) {
    if (sighting >= hangs->place_room) {
        size_t room = 2 * (size_t)sighting + 16;
        void *grown = reallocarray(hangs->places, room, sizeof(hangs->places[0]));
        if (!grown) {
            return NULL;
        }
        hangs->places = grown;
        memset(hangs->places + hangs->place_room, 0,
               (room - hangs->place_room) * sizeof(hangs->places[0]));
        hangs->place_room = room;
    }
    return &hangs->places[sighting];
}

/** Add one to those that are to be confirmed; non-zero when memory ran out. */
static int add(struct hangs *hangs, const struct hang *hang) {
    if (hangs->count == hangs->room) {
        size_t room = 2 * hangs->room + 64;
        void *grown = reallocarray(hangs->list, room, sizeof(hangs->list[0]));
        if (!grown) {
            return -1;
        }
        hangs->list = grown;
        hangs->room = room;
    }
    hangs->list[hangs->count++] = *hang;
    return 0;
}

struct hang hangs_expect(const struct held *held) {
    const struct child *child = &held->child;
    bool recognised = child->recognised || child->patience.audited;
    return (struct hang){
        .holder = held->job.pid,
        .limit_ns =
            recognised ? clock_now() - child->time.since_ns : child_allowance(child),
        .audited = child->patience.audited,
        .recognised = recognised,
    };
}

void hangs_note(struct hangs *hangs, struct campaign *campaign, struct trial *trial,
                const struct hang *end) {
    struct hang hang = *end;
    hang.trial = (size_t)(trial - campaign->trials);
    if (hang.audited && hang.audited <= hangs->place_room &&
        trial->outcome != OUTCOME_HUNG) {
        hangs->places[hang.audited - 1].refuted = true;
    }
    if (trial->outcome != OUTCOME_HUNG) {
        return;
    }
    hang.spinning = trial->spinning;
    hang.failed = trial->failed;
    hang.number = trial->point.number;
    struct hang_place *place =
        trial->sighting && !hang.spinning ? place_of(hangs, trial->sighting - 1) : NULL;
    if (place && !hang.recognised && hang.limit_ns > place->limit_ns &&
        hang.limit_ns >= time_min(campaign)) {
        place->limit_ns = hang.limit_ns;
    }
    if (add(hangs, &hang) != 0) {
        take_back(campaign, trial);
    }
}

/** Whether a process is held at a desk. */
static bool is_held(const struct mf_suite *suite, pid_t pid) {
    for (uint32_t i = 0; i < suite->desk_count; i++) {
        if (atomic_load(&suite->desks[i].holder) == pid) {
            return true;
        }
    }
    return false;
}

/** How many allocations a process has made; 0 = nobody knows. */
static uint64_t calls_of(const struct channel *channel, pid_t pid) {
    for (unsigned i = channel_processes(channel); i-- > 0;) {
        const struct mf_process *process = channel_process(channel, i);
        if (atomic_load(&process->pid) == pid) {
            return mf_process_seen(process);
        }
    }
    return 0;
}

void hangs_watch(struct hangs *hangs, const struct mf_suite *suite,
                 const struct channel *channel) {
    uint64_t now = clock_now();
    uint64_t span = now - hangs->looked_ns;
    bool due = now - hangs->watched_ns >= WATCH_PERIOD;
    hangs->looked_ns = now;
    hangs->watched_ns = due ? now : hangs->watched_ns;
    for (size_t i = 0; i < hangs->count; i++) {
        struct hang *hang = &hangs->list[i];
        hang->settled = hang->settled || (due && !procfile_runs(hang->holder));
        uint64_t calls =
            hang->spinning && !hang->settled ? calls_of(channel, hang->holder) : 0;
        hang->own_calls = calls > hang->number ? calls - hang->number : hang->own_calls;
        if (!hang->settled && !is_held(suite, hang->holder)) {
            hang->own_ns += span;
        }
    }
}

/** Whether a child's control has ended in far less time. */
static bool is_compared(const struct hang *hang, const struct campaign *campaign) {
    uint32_t at = campaign->trials[hang->trial].sighting;
    const struct sightings_entry *entry = at ? &campaign->sightings.list[at - 1] : NULL;
    return entry && entry->compared == hang->trial && entry->compared_ns > 0 &&
           CONTROL_TIMES * entry->compared_ns <= hang->limit_ns;
}

/** Whether a child was given far more time than its process has taken, or made far more
 * allocations that failed than that makes. */
static bool is_confirmed(const struct hang *hang, const struct campaign *campaign) {
    if (hang->spinning) {
        return SPIN_TIMES * hang->own_calls <= hang->failed;
    }
    return (hang->recognised || hang->limit_ns >= time_min(campaign)) &&
           (HANG_TIMES * hang->own_ns <= hang->limit_ns || is_compared(hang, campaign));
}

/** Take back those that were waited for, or those that were recognised by them. */
static void take_back_all(const struct hangs *hangs, struct campaign *campaign,
                          bool recognised) {
    for (size_t i = 0; i < hangs->count; i++) {
        const struct hang *hang = &hangs->list[i];
        struct trial *trial = &campaign->trials[hang->trial];
        if (hang->recognised != recognised || (!trial->sighting && !hang->spinning) ||
            (is_confirmed(hang, campaign) &&
             (!recognised || campaign_shows(campaign, trial->sighting - 1)))) {
            continue;
        }
        take_back(campaign, trial);
        // What follows from it does not any more.
        if (trial->mode == TRIAL_ONCE && trial[1].inferred) {
            take_back(campaign, &trial[1]);
        }
    }
}

void hangs_settle(const struct hangs *hangs, struct campaign *campaign) {
    take_back_all(hangs, campaign, false);
    take_back_all(hangs, campaign, true);
}

void hangs_destroy(struct hangs *hangs) {
    free(hangs->list);
    free(hangs->places);
}
