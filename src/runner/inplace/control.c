// SPDX-License-Identifier: MIT
#include "runner/inplace/control.h"

#include "core/policy/mix.h"
#include "runner/crash/crash.h"
#include "runner/crash/looped.h"
#include "runner/inplace/child.h"
#include "runner/inplace/held.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** What the control of a crash may take: so many times what the first child took, and some
 * more. */
#define TIMES     10
#define TIME_MORE (50 * CLOCK_MILLISECOND)
/** So many controls of a process may not come to its end; then no more are cloned. */
#define INCOMPLETE_MAX 3
/** The control of a hang has to run for this part of its time, in quarters. */
#define ENOUGH 3
/** This part of what its target may be held is for a look at it. */
#define LOOK_PART 8

bool control_is_asked(const struct held *held) {
    return held->explore->child.returned == MF_FURTHER_CONTROL;
}

/** What distinguishes a held process from all others, also from earlier ones with its number. */
static uint64_t process_of(const struct held *held) {
    return mf_mix((uint64_t)held->job.pid) ^ procfile_start(held->job.pid);
}

/** What is known of a process and a key; NULL = nothing. */
static struct control_own *find(const struct controls *controls, uint64_t id,
                                uint64_t key) {
    for (size_t i = controls->count; i-- > 0;) {
        struct control_own *own = &controls->list[i];
        if (own->process == id && own->key == key) {
            return own;
        }
    }
    return NULL;
}

/** What is known of a process; NULL = it has had no control. */
static struct control_process *find_process(const struct controls *controls,
                                            uint64_t id) {
    for (size_t i = controls->process_count; i-- > 0;) {
        if (controls->processes[i].id == id) {
            return &controls->processes[i];
        }
    }
    return NULL;
}

/** Make room for one more; 0 on success, -1 when memory ran out. */
static int grow(struct controls *controls) {
    if (controls->count == controls->room) {
        size_t room = 2 * controls->room + 64;
        void *grown = reallocarray(controls->list, room, sizeof(controls->list[0]));
        if (!grown) {
            return -1;
        }
        controls->list = grown;
        controls->room = room;
    }
    return 0;
}

/** The same for processes. */
static int grow_processes(struct controls *controls) {
    if (controls->process_count == controls->process_room) {
        size_t room = 2 * controls->process_room + 64;
        void *grown =
            reallocarray(controls->processes, room, sizeof(controls->processes[0]));
        if (!grown) {
            return -1;
        }
        controls->processes = grown;
        controls->process_room = room;
    }
    return 0;
}

/** Remember one; where memory runs out it is not, and the finding stays. */
static void learn(struct controls *controls, const struct control_own *own) {
    struct control_own *known = find(controls, own->process, own->key);
    if (known) {
        uint32_t sighting = known->sighting;
        *known = *own;
        known->sighting = own->sighting == SIGHTINGS_NONE ? sighting : own->sighting;
        return;
    }
    if (grow(controls) == 0) {
        controls->list[controls->count++] = *own;
    }
}

/** Note that a control has ended, or not; the same holds for memory. */
static void learn_end(struct controls *controls, uint64_t id, bool complete) {
    struct control_process *process = find_process(controls, id);
    if (!process && grow_processes(controls) == 0) {
        process = &controls->processes[controls->process_count++];
        *process = (struct control_process){.id = id};
    }
    if (process) {
        process->complete |= complete;
        process->incomplete += !complete;
    }
}

/** What identifies a signal and all of the stack; 0 = it cannot be read. */
static uint64_t key_of(const struct inplace *inplace, struct held *held, int signal) {
    struct modules *modules = &inplace->campaign->defects->modules;
    struct crash crash;
    if (crash_gather_stack(&crash, held->child.pid, signal, &held->job.channel,
                           &held->view, modules) != 0) {
        return 0;
    }
    view_leave(&held->view);
    bool null = crash.address_known && crash.address < CRASH_NULL_PAGE;
    uint64_t what = mf_mix((uint64_t)signal + MF_MIX_STEP) ^ null;
    uint64_t key =
        mf_mix(what ^ modules_stack_id(modules, crash.stack.frames, crash.stack.count));
    crash_destroy(&crash);
    return key;
}

/** The key of a hang in the list. */
static uint64_t key_of_hang(uint32_t sighting) {
    return mf_mix((uint64_t)sighting + MF_MIX_STEP);
}

enum control_stop control_look(const struct inplace *inplace, struct held *held,
                               int signal) {
    struct child *child = &held->child;
    child->stop_key = 0;
    if (!inplace->controls || !find_process(inplace->controls, process_of(held))) {
        return CONTROL_UNKNOWN;
    }
    child->stop_key = key_of(inplace, held, signal);
    const struct control_own *own =
        find(inplace->controls, process_of(held), child->stop_key);
    if (!own) {
        return CONTROL_UNKNOWN;
    }
    if (own->ends && own->sighting == SIGHTINGS_NONE) {
        return CONTROL_UNKNOWN;
    }
    if (own->ends) {
        child->own = own->sighting + 1;
        return CONTROL_ENDS;
    }
    // The failure may have kept it from setting its handler.
    child->differs = !procfile_takes_signal(child->pid, signal);
    return child->differs ? CONTROL_UNKNOWN : CONTROL_GOES_ON;
}

/** The entry of a sighting; NULL = there is none of that number. */
static struct sightings_entry *entry_of(const struct campaign *campaign,
                                        uint32_t sighting) {
    return sighting < campaign->sightings.count ? &campaign->sightings.list[sighting]
                                                : NULL;
}

void control_mark(const struct inplace *inplace, struct held *held, int signal) {
    struct child *child = &held->child;
    const struct sightings_entry *entry = entry_of(inplace->campaign, child->known);
    bool caused = entry && entry->control == SIGHTINGS_CAUSED;
    if (inplace->controls && !child->stop_key && !caused) {
        child->stop_key = key_of(inplace, held, signal);
    }
}

/** What is known of the first of some reports, if a process makes them all by itself; NULL = it
 * does not, or there are none. */
static struct control_own *find_reports(const struct controls *controls, uint64_t id,
                                        const struct sanitizer_reports *reports) {
    bool all = reports->count > 0 && !reports->more;
    for (size_t i = 0; i < reports->count && all; i++) {
        all = find(controls, id, reports->ids[i]);
    }
    return all ? find(controls, id, reports->ids[0]) : NULL;
}

void control_read(const struct inplace *inplace, struct held *held, int status) {
    struct child *child = &held->child;
    if (!inplace->controls || !WIFEXITED(status) || child->fatal || child->timed_out ||
        child->cut) {
        return;
    }
    judge_read_reports(&child->reports, &held->job.streams[1]);
    const struct control_own *own =
        find_reports(inplace->controls, process_of(held), &child->reports);
    child->own = own && own->sighting != SIGHTINGS_NONE ? own->sighting + 1 : 0;
}

void control_note(const struct inplace *inplace, struct held *held,
                  const struct trial *trial) {
    const struct child *child = &held->child;
    struct sightings_entry *entry = entry_of(inplace->campaign, trial->sighting - 1);
    if (entry && child->differs) {
        entry->control = SIGHTINGS_CAUSED;
    }
    uint64_t took = clock_now() - child->time.since_ns;
    bool whole = child->timed_out && !child->recognised && !child->patience.audited;
    bool hang = trial->outcome == OUTCOME_HUNG;
    held->control = (struct control){
        .trial = (size_t)(trial - inplace->campaign->trials),
        .sighting = trial->sighting - 1,
        .hang = hang,
        .key = child->stop_key,
        .reports = child->reports,
        .limit_ns = !hang   ? TIMES * took + TIME_MORE
                    : whole ? child_allowance(child)
                            : took,
    };
}

/** A trial ended as its process does when nothing fails. */
static void excuse(struct campaign *campaign, struct trial *trial, uint32_t sighting) {
    campaign->progress.defects -= campaign_counts(campaign, trial);
    // A report does not end it.
    bool failed = WIFEXITED(trial->status) && WEXITSTATUS(trial->status) != 0;
    trial->outcome = failed ? OUTCOME_HANDLED : OUTCOME_TOLERATED;
    trial->own = sighting + 1;
    trial->sighting = 0;
    trial->spinning = false;
}

/** Note that of a trial; of one that hung only the end tells how long its process takes. */
static void note_own(struct campaign *campaign, struct trial *trial, uint32_t sighting) {
    if (trial->outcome == OUTCOME_HUNG) {
        trial->own = sighting + 1;
    } else {
        excuse(campaign, trial, sighting);
    }
}

/** What is known already of the process of what was noted, which did the same for as long; NULL
 * = nothing. */
static struct control_own *find_noted(const struct inplace *inplace,
                                      const struct held *held) {
    const struct control *control = &held->control;
    if (control->reports.count > 0) {
        return find_reports(inplace->controls, process_of(held), &control->reports);
    }
    uint64_t key = control->hang ? key_of_hang(control->sighting) : control->key;
    struct control_own *own = find(inplace->controls, process_of(held), key);
    return own && 4 * own->limit_ns >= (control->hang ? ENOUGH * control->limit_ns : 0)
               ? own
               : NULL;
}

/** The process of a trial comes by itself to what that did. */
static void conclude(const struct inplace *inplace, struct held *held,
                     struct sightings_entry *entry, struct control_own *own) {
    struct campaign *campaign = inplace->campaign;
    const struct control *control = &held->control;
    entry->control = SIGHTINGS_OWN;
    own->sighting = control->sighting;
    struct trial *trial = &campaign->trials[control->trial];
    note_own(campaign, trial, control->sighting);
    if (trial->mode == TRIAL_ONCE && trial[1].inferred) {
        note_own(campaign, &trial[1], control->sighting);
    }
    if (!control->hang && !own->ends && campaign_goes_on(campaign)) {
        atomic_store(&held->explore->child.again, MF_FURTHER_AGAIN);
    }
}

/** Whether a control can decide what was noted. */
static bool is_needed(const struct inplace *inplace, const struct held *held,
                      struct sightings_entry *entry) {
    const struct control *control = &held->control;
    if (entry->sighting.crashed && entry->sighting.crash.null_proven) {
        entry->control = SIGHTINGS_CAUSED;
    }
    bool comparable = entry->sighting.crashed ? control->hang || control->key
                                              : control->reports.count > 0;
    return entry->control != SIGHTINGS_CAUSED && comparable &&
           campaign_goes_on(inplace->campaign);
}

/** Note where in a sighting's text the first report is that its process does not make by itself. */
static void find_caused(const struct inplace *inplace, const struct held *held,
                        struct sightings_entry *entry) {
    const struct sanitizer_reports *all = &held->control.reports;
    struct sanitizer_reports known = {.count = 0};
    const char *text = entry->sighting.outputs[1];
    for (size_t i = 0; i < all->count; i++) {
        if (find(inplace->controls, process_of(held), all->ids[i])) {
            known.ids[known.count++] = all->ids[i];
        }
    }
    const char *other = text ? sanitizer_other_report(text, &known) : NULL;
    if (other && *other && entry->trial == held->control.trial) {
        entry->sighting.caused_at = (size_t)(other - text);
    }
}

void control_ask(const struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    struct control *control = &held->control;
    struct sightings_entry *entry = entry_of(campaign, control->sighting);
    if (!inplace->controls || !entry || !is_needed(inplace, held, entry)) {
        return;
    }
    struct control_own *own = find_noted(inplace, held);
    if (own) {
        conclude(inplace, held, entry, own);
        return;
    }
    const struct control_process *process =
        find_process(inplace->controls, process_of(held));
    if (process && process->complete) {
        entry->control = SIGHTINGS_CAUSED;
        find_caused(inplace, held, entry);
        return;
    }
    if (process && process->incomplete >= INCOMPLETE_MAX) {
        return;
    }
    uint64_t now = clock_now(), until = held->child.held_until_ns;
    uint64_t left = until > now ? until - now : 0;
    if (control->hang ? 4 * left >= ENOUGH * control->limit_ns : left > 0) {
        atomic_store(&held->explore->child.again, MF_FURTHER_CONTROL);
    }
}

uint64_t control_share(const struct inplace *inplace, uint64_t left_ns,
                       uint64_t least_ns) {
    uint64_t half = left_ns / 2;
    return inplace->controls && half > least_ns ? half : left_ns;
}

void control_meet(struct held *held, uint64_t left_ns) {
    held->child.limit_ns = held->control.limit_ns;
    // What is left then is for a look at it.
    held->child.wall_ns = left_ns - left_ns / LOOK_PART;
    held->child.until_ns = clock_now() + left_ns;
}

bool control_stops(const struct inplace *inplace, struct held *held, int signal) {
    struct control *control = &held->control;
    struct control_own own = {
        .process = process_of(held),
        .key = key_of(inplace, held, signal),
        .sighting = SIGHTINGS_NONE,
        .ends = procfile_leaves_signal(held->child.pid, signal),
    };
    if (own.key) {
        learn(inplace->controls, &own);
    }
    control->met |= own.key && own.key == control->key;
    control->ended |= own.ends;
    return own.ends;
}

void control_hangs(const struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    struct control *control = &held->control;
    const struct sightings_entry *entry = entry_of(campaign, control->sighting);
    struct crash crash;
    uint64_t took = clock_now() - held->child.time.since_ns;
    if (!entry || !control->hang || 4 * took < ENOUGH * control->limit_ns ||
        crash_gather_stack(&crash, held->child.pid, 0, &held->job.channel, &held->view,
                           &campaign->defects->modules) != 0) {
        return;
    }
    view_leave(&held->view);
    control->met = looped_is_at(&entry->sighting.crash, &crash.stack);
    crash_destroy(&crash);
    if (control->met) {
        const struct control_own own = {
            .process = process_of(held),
            .key = key_of_hang(control->sighting),
            .sighting = control->sighting,
            .limit_ns = control->limit_ns,
        };
        learn(inplace->controls, &own);
    }
}

/** Learn what a control reported. */
static void learn_reports(const struct inplace *inplace, const struct held *held) {
    const struct control *control = &held->control;
    struct sanitizer_reports reports;
    judge_read_reports(&reports, &held->job.streams[1]);
    for (size_t i = 0; i < reports.count; i++) {
        const struct control_own own = {
            .process = process_of(held),
            .key = reports.ids[i],
            .sighting = control->reports.count > 0 ? control->sighting : SIGHTINGS_NONE,
            .ends = true,
        };
        learn(inplace->controls, &own);
    }
}

void control_finish(const struct inplace *inplace, struct held *held, int status) {
    const struct child *child = &held->child;
    struct control *control = &held->control;
    struct sightings_entry *entry = entry_of(inplace->campaign, control->sighting);
    // The target writes what says that this child is a control.
    if (!inplace->controls || !entry ||
        control->trial >= inplace->campaign->trial_count) {
        return;
    }
    bool complete =
        control->ended ||
        (status != SIGKILL && !child->timed_out && !child->cut &&
         !atomic_load(&held->explore->child.cut) && !child->enclosed.barred[0]);
    learn_reports(inplace, held);
    control->met |= control->reports.count > 0;
    struct control_own *own = control->met ? find_noted(inplace, held) : NULL;
    learn_end(inplace->controls, process_of(held), complete);
    if (own) {
        conclude(inplace, held, entry, own);
    } else if (complete) {
        entry->control = SIGHTINGS_CAUSED;
        entry->compared = control->trial;
        entry->compared_ns = control->hang ? clock_now() - child->time.since_ns : 0;
        find_caused(inplace, held, entry);
    }
    *control = (struct control){.sighting = SIGHTINGS_NONE};
}

void control_settle(struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        const struct sightings_entry *entry =
            trial->state == TRIAL_DONE ? entry_of(campaign, trial->sighting - 1) : NULL;
        if (entry && (entry->control == SIGHTINGS_OWN || trial->own)) {
            excuse(campaign, trial, trial->sighting - 1);
        }
    }
}

void controls_destroy(struct controls *controls) {
    free(controls->list);
    free(controls->processes);
}
