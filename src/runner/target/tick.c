// SPDX-License-Identifier: MIT
#include "runner/target/tick.h"

#include "runner/util/clock.h"

/** The longest time in which a process may arm unnoticed. */
#define PERIOD_MAX (20 * CLOCK_MILLISECOND)
#define PERIOD_MIN CLOCK_MILLISECOND
/** When to see whether a recall was overwritten. */
#define RETRY (CLOCK_MILLISECOND / 10)

/** Enter an edge where it belongs, unless it is there. */
static void add(struct tick *tick, uint64_t edge) {
    unsigned at = 0;
    while (at < tick->count && tick->edges[at] < edge) {
        at++;
    }
    if (at < tick->count && tick->edges[at] == edge) {
        return;
    }
    for (unsigned i = tick->count; i > at; i--) {
        tick->edges[i] = tick->edges[i - 1];
    }
    tick->edges[at] = edge;
    tick->count++;
}

static uint64_t clamp(uint64_t span) {
    if (span < PERIOD_MIN) {
        return PERIOD_MIN;
    }
    return span < PERIOD_MAX ? span : PERIOD_MAX;
}

void tick_init(struct tick *tick, const struct mf_policy *policy) {
    *tick = (struct tick){0};
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].after_ns > 0) {
            add(tick, policy->rules[i].after_ns);
        }
        if (policy->rules[i].before_ns < UINT64_MAX) {
            add(tick, policy->rules[i].before_ns);
        }
    }
    tick->period = tick->count > 0 ? clamp(tick->edges[0] / 2) : CLOCK_NEVER;
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
    uint32_t lanes = atomic_load(&process->lanes_used);
    bool recalled = false;
    for (uint32_t i = 0; i < lanes && i < MF_LANES_MAX; i++) {
        struct mf_lane *lane = &process->lanes[i];
        if (atomic_load(&lane->owner) != 0 && atomic_load(&lane->epoch) != epoch &&
            atomic_load(&lane->left) >= 0) {
            atomic_fetch_sub(&lane->left, MF_LANE_RECALL);
            recalled = true;
        }
    }
    return recalled;
}

/** Look after one process; after how many ns to look again. */
static uint64_t tend(struct tick *tick, struct mf_process *process, unsigned char *passed,
                     uint64_t now) {
    uint64_t age = armed_for(process, now);
    bool edge = false;
    while (*passed < tick->count && age > 0 && tick->edges[*passed] <= age) {
        (*passed)++;
        edge = true;
    }
    if (edge) {
        atomic_fetch_add(&process->epoch, 1);
    }
    if (*passed > 0 && recall(process)) {
        return RETRY;
    }
    return *passed < tick->count && age > 0 ? tick->edges[*passed] - age : CLOCK_NEVER;
}

uint64_t tick_run(struct tick *tick, const struct channel *channel, uint64_t now) {
    uint64_t wake = tick->period;
    unsigned used = tick->count > 0 ? channel_processes(channel) : 0;
    for (unsigned i = 0; i < used; i++) {
        uint64_t next = tend(tick, channel_process(channel, i), &tick->passed[i], now);
        wake = next < wake ? next : wake;
    }
    return wake;
}
