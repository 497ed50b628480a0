// SPDX-License-Identifier: MIT
#include "runner/target/lease_timer.h"

#include "runner/util/clock.h"

/** The longest time in which a process may arm unnoticed. */
#define PERIOD_MAX (20 * CLOCK_MILLISECOND)
#define PERIOD_MIN CLOCK_MILLISECOND
/** When to see whether a recall was overwritten. */
#define RETRY (CLOCK_MILLISECOND / 10)

/** Enter an edge where it belongs, unless it is there. */
static void add(struct lease_timer *lease_timer, uint64_t edge) {
    unsigned at = 0;
    while (at < lease_timer->count && lease_timer->edges[at] < edge) {
        at++;
    }
    if (at < lease_timer->count && lease_timer->edges[at] == edge) {
        return;
    }
    for (unsigned i = lease_timer->count; i > at; i--) {
        lease_timer->edges[i] = lease_timer->edges[i - 1];
    }
    lease_timer->edges[at] = edge;
    lease_timer->count++;
}

static uint64_t clamp(uint64_t span) {
    if (span < PERIOD_MIN) {
        return PERIOD_MIN;
    }
    return span < PERIOD_MAX ? span : PERIOD_MAX;
}

void lease_timer_init(struct lease_timer *lease_timer, const struct mf_policy *policy) {
    *lease_timer = (struct lease_timer){0};
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].after_ns > 0) {
            add(lease_timer, policy->rules[i].after_ns);
        }
        if (policy->rules[i].before_ns < UINT64_MAX) {
            add(lease_timer, policy->rules[i].before_ns);
        }
    }
    lease_timer->period =
        lease_timer->count > 0 ? clamp(lease_timer->edges[0] / 2) : CLOCK_NEVER;
}

/** How long ago a process armed; 0 while it has not. */
static uint64_t armed_for(const struct mf_process *process, uint64_t now) {
    uint64_t armed = atomic_load(&process->armed_ns);
    if (atomic_load(&process->stage) != MF_STAGE_ARMED || armed == 0 || armed > now) {
        return 0;
    }
    return now - armed;
}

/** Take back the leases of older epochs; whether there was one. */
static bool recall(struct mf_process *process) {
    uint32_t epoch = atomic_load(&process->epoch);
    uint32_t counters = atomic_load(&process->counters_used);
    bool recalled = false;
    for (uint32_t i = 0; i < counters && i < MF_THREAD_COUNTERS_MAX; i++) {
        struct mf_thread_counter *counter = &process->counters[i];
        if (atomic_load(&counter->owner) != 0 && atomic_load(&counter->epoch) != epoch &&
            atomic_load(&counter->left) >= 0) {
            atomic_fetch_sub(&counter->left, MF_THREAD_COUNTER_RECALL);
            recalled = true;
        }
    }
    return recalled;
}

/** Look after one process; after how many ns to look again. */
static uint64_t tend(struct lease_timer *lease_timer, struct mf_process *process,
                     unsigned char *passed, uint64_t now) {
    uint64_t age = armed_for(process, now);
    bool edge = false;
    while (*passed < lease_timer->count && age > 0 &&
           lease_timer->edges[*passed] <= age) {
        (*passed)++;
        edge = true;
    }
    if (edge) {
        atomic_fetch_add(&process->epoch, 1);
    }
    if (*passed > 0 && recall(process)) {
        return RETRY;
    }
    return *passed < lease_timer->count && age > 0 ? lease_timer->edges[*passed] - age
                                                   : CLOCK_NEVER;
}

uint64_t lease_timer_run(struct lease_timer *lease_timer, const struct channel *channel,
                         uint64_t now) {
    uint64_t wake = lease_timer->period;
    unsigned used = lease_timer->count > 0 ? channel_processes(channel) : 0;
    for (unsigned i = 0; i < used; i++) {
        uint64_t next =
            tend(lease_timer, channel_process(channel, i), &lease_timer->passed[i], now);
        wake = next < wake ? next : wake;
    }
    return wake;
}
