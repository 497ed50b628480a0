// SPDX-License-Identifier: MIT
#include "runner/inplace/child.h"

#include "runner/crash/crash.h"
#include "runner/inplace/control.h"
#include "runner/inplace/origin.h"
#include "runner/run/filelimit.h"
#include "runner/run/timedwait.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <signal.h>

/** How long a child is given to stop that has run for too long. */
#define STOP_TIME (2 * CLOCK_SECOND)
/** It has to use this part of the least time, whatever a busy machine keeps from it. */
#define USED_PART 2

/** Whether a child is not that of a trial, but to verify what that showed. */
static bool is_further(const struct held *held) {
    return origin_is_asked(held) || control_is_asked(held);
}

void child_meet(struct held *held, pid_t pid, uint64_t limit_ns) {
    const struct mf_child *told = &held->explore->child;
    held->child = (struct child){
        .pid = pid,
        .limit_ns = limit_ns,
        .from = {told->written[0], told->written[1]},
        .known = SIGHTINGS_NONE,
    };
    timelimit_begin(&held->child.time);
    held->child.time.patient = held->job.plan->patient;
    if (is_further(held)) {
        // It has little time: a busy machine is not to take that.
        timelimit_account(&held->child.time, pid);
    }
}

uint64_t child_allowance(const struct child *child) {
    bool less = child->wall_ns && child->wall_ns < child->limit_ns;
    return less ? child->wall_ns : child->limit_ns;
}

bool child_is_hurried(const struct child *child) {
    return child->hurried || child_allowance(child) < child->least_ns ||
           USED_PART * child->given_ns < child->least_ns;
}

void child_look_for(struct inplace *inplace, struct held *held) {
    const struct mf_child *told = &held->explore->child;
    pid_t pid = atomic_load(&told->pid);
    if (!held->child.pid && atomic_load(&told->busy) && pid > 0 && pid != held->job.pid &&
        tracee_is_child(pid)) {
        child_meet(held, pid, inplace->campaign->plan.timeout_ns);
        tracee_adopt(&inplace->tracer, pid, held);
    }
}

/** Gather the facts of a child that stands still; `signal` 0 where it hangs. */
static void look_at(const struct inplace *inplace, struct held *held, int signal) {
    struct child *child = &held->child;
    child->crashed =
        crash_gather(&child->crash, child->pid, signal, &held->job.channel,
                     &inplace->campaign->defects->modules, inplace->look_time) == 0;
    child->hurried = child->crashed && child->crash.loop_cut;
}

/** The trial that a child is for; NULL where the target has written another number. */
static struct trial *trial_of(const struct held *held) {
    uint64_t point = held->explore->child.point;
    return point < held->count ? held->trials[point] : NULL;
}

/** A child is about to get a fatal signal; whether that is how it ends. */
static bool is_fatal(const struct inplace *inplace, struct held *held, int signal) {
    struct child *child = &held->child;
    enum control_stop stop = control_look(inplace, held, signal);
    if (stop != CONTROL_UNKNOWN) {
        return stop == CONTROL_ENDS;
    }
    struct campaign_look look = {
        .tid = child->pid,
        .signal = signal,
        .channel = &held->job.channel,
        .view = &held->view,
        .trial = trial_of(held),
        .failed = 1 + atomic_load(&held->explore->child.failed),
        .crash = &child->crash,
    };
    bool fatal = campaign_look(inplace->campaign, &look);
    child->crashed = look.crashed;
    child->known = look.known;
    child->glance = look.glance;
    if (fatal) {
        control_mark(inplace, held, signal);
    }
    return fatal;
}

/** Kill a child that stands still, and go on: it does nothing any more. */
static void end_child(struct inplace *inplace, struct held *held) {
    kill(held->child.pid, SIGKILL);
    held_finish(inplace, held, SIGKILL);
}

/** Whether a signal stops a child, which nobody will let go on. */
static bool stops_for_good(pid_t pid, int signal) {
    bool stops =
        signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    return stops && (signal == SIGSTOP || !procfile_takes_signal(pid, signal));
}

/** See where a child stands that has no end. */
static void look_at_hang(struct inplace *inplace, struct held *held) {
    uint64_t before = clock_now();
    if (control_is_asked(held)) {
        control_hangs(inplace, held);
    } else {
        look_at(inplace, held, 0);
    }
    timelimit_exclude(clock_now() - before);
    end_child(inplace, held);
}

/** A control is about to get a fatal signal: look, and let it go on. */
static void control_meets(struct inplace *inplace, struct held *held, int signal) {
    if (control_stops(inplace, held, signal)) {
        end_child(inplace, held);
    } else {
        tracee_resume(held->child.pid, signal);
    }
}

/** A child is about to get a signal. */
static void on_signal(struct inplace *inplace, struct held *held,
                      const struct tracee_event *event) {
    struct child *child = &held->child;
    uint64_t most = inplace->campaign->oracle.file_max;
    bool sized = !child->fatal && filelimit_breaks(event->tid, event->signal, most);
    bool fatal =
        sized || (!child->fatal && crash_is_delivered(event->tid, event->signal));
    if (child->timed_out && event->signal == SIGSTOP) {
        look_at_hang(inplace, held);
    } else if (stops_for_good(event->tid, event->signal) ||
               (!child->fatal && !origin_is_asked(held) &&
                crash_is_deadline(event->tid, event->signal))) {
        child->timed_out = true;
        // It would make no use of more.
        child->given_ns = child_allowance(child);
        look_at_hang(inplace, held);
    } else if (event->signal == SIGXFSZ && !child->fatal && !origin_is_asked(held) &&
               campaign_is_flood(inplace->campaign, held->job.streams)) {
        child->fatal = event->signal;
        look_at_hang(inplace, held);
    } else if ((fatal || event->signal == SIGXFSZ) && !child->fatal &&
               !is_further(held) &&
               filelimit_is_own(held->job.streams, event->tid, event->signal, most)) {
        child->limited = true;
        end_child(inplace, held);
    } else if (fatal && origin_is_asked(held)) {
        origin_compare(inplace, held, event->signal);
        end_child(inplace, held);
    } else if (fatal && control_is_asked(held)) {
        control_meets(inplace, held, event->signal);
    } else if (fatal && is_fatal(inplace, held, event->signal)) {
        child->fatal = event->signal;
        child->own_size = sized;
        end_child(inplace, held);
    } else {
        tracee_resume(event->tid, event->signal);
    }
}

void child_stops(struct inplace *inplace, struct held *held,
                 const struct tracee_event *event) {
    switch (enclosed_stops(&held->child.enclosed, held, event)) {
    case ENCLOSED_ENDS:
        end_child(inplace, held);
        break;
    case ENCLOSED_OTHER:
        on_signal(inplace, held, event);
        break;
    case ENCLOSED_SEEN_TO:
        break;
    }
}

/** Whether a child does only what another one did until its time was over; it has been
 * killed then. */
static bool is_recognised(const struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    struct child *child = &held->child;
    if (!child->timed_out && !child->recognised && !child->cut && !is_further(held)) {
        child->known = campaign_recognise(campaign, &child->patience, &held->job.channel,
                                          1 + atomic_load(&held->explore->child.failed),
                                          clock_now() - child->time.since_ns);
        child->recognised = child->known != SIGHTINGS_NONE;
        if (child->recognised) {
            child->fatal = campaign_recognised_signal(campaign, child->known);
            child->timed_out = !child->fatal;
            kill(child->pid, SIGKILL);
        }
    }
    return child->recognised;
}

/** End a child before it comes to its end. */
static void cut(struct child *child) {
    child->cut = true;
    kill(child->pid, SIGKILL);
}

void child_press(const struct inplace *inplace, struct held *held, bool all) {
    struct child *child = &held->child;
    if (!child->pid || (!all && is_recognised(inplace, held))) {
        return;
    }
    uint64_t horizon =
        child->horizon_ns ? child->horizon_ns : inplace->campaign->horizon.time_ns;
    // What verifies has a time of its own.
    if (!all && !child->cut && !child->timed_out && !is_further(held) &&
        clock_now() - child->time.since_ns >= horizon) {
        cut(child);
        return;
    }
    bool spent = timelimit_left(&child->time, child->limit_ns, child->pid) == 0;
    bool over =
        spent || (child->wall_ns && clock_now() - child->time.since_ns >= child->wall_ns);
    bool asked = origin_is_asked(held) &&
                 timelimit_left(&child->time, held->origin_limit_ns, child->pid) == 0;
    uint64_t now = clock_now();
    bool late = child->until_ns && now >= child->until_ns;
    if (all || asked || late || (child->timed_out && now >= child->stop_until_ns)) {
        child->hurried |= late;
        child->timed_out |= late;
        kill(child->pid, SIGKILL);
    } else if (over && !spent && !child->timed_out && !is_further(held) &&
               timedwait_is_in(child->pid)) {
        // It may come to an end by itself: the clock tells nothing of it.
        cut(child);
        child->waited = true;
    } else if (over && !child->timed_out && !child->cut) {
        child->timed_out = true;
        // Who sleeps needs no processor.
        bool all_used = spent || procfile_is_idle(child->pid);
        child->given_ns =
            all_used ? child_allowance(child) : timelimit_spent(&child->time, child->pid);
        child->stop_until_ns = clock_now() + STOP_TIME;
        kill(child->pid, SIGSTOP);
    }
}
