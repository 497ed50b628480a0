// SPDX-License-Identifier: MIT
#include "core/channel/control.h"

#include <string.h>

uint32_t mf_control_write(struct mf_control *control, const struct mf_policy *policy,
                          uint64_t now) {
    // An odd number is left behind by a writer that died half-way.
    uint32_t sequence = atomic_load(&control->sequence) | 1;
    atomic_store(&control->sequence, sequence);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(&control->policy, policy, sizeof(*policy));
    control->given_ns = now;
    // 0 is for "never", also once the numbers have come round.
    sequence = sequence + 1 ? sequence + 1 : 2;
    atomic_store(&control->sequence, sequence);
    return sequence;
}

static bool is_terminated(const char *text, size_t room) {
    return text[room - 1] == '\0';
}

static bool place_holds(const struct mf_place *place) {
    return is_terminated(place->module, sizeof(place->module)) &&
           is_terminated(place->function, sizeof(place->function));
}

/** Whether a rule is one that deciding can rely on. */
static bool rule_holds(const struct mf_rule *rule) {
    return is_terminated(rule->name, sizeof(rule->name)) &&
           is_terminated(rule->thread_name, sizeof(rule->thread_name)) &&
           is_terminated(rule->process, sizeof(rule->process)) &&
           place_holds(&rule->caller) && place_holds(&rule->stack) &&
           rule->trigger <= MF_HEAP_ABOVE && rule->nth_count <= MF_POLICY_NTH_MAX &&
           (rule->trigger != MF_EVERY || rule->every > 0) &&
           (rule->trigger != MF_RANGE ||
            (rule->step > 0 && rule->from > 0 && rule->from <= rule->to));
}

static bool policy_holds(const struct mf_policy *policy) {
    bool holds = policy->rule_count <= MF_POLICY_RULES_MAX &&
                 is_terminated(policy->description, sizeof(policy->description));
    for (uint32_t i = 0; holds && i < policy->rule_count; i++) {
        holds = rule_holds(&policy->rules[i]);
    }
    return holds;
}

bool mf_control_read(const struct mf_control *control, struct mf_policy *policy,
                     uint32_t *sequence, uint64_t *given_ns) {
    *sequence = atomic_load_explicit(&control->sequence, memory_order_acquire);
    if (*sequence == 0 || *sequence & 1) {
        return false;
    }
    memcpy(policy, &control->policy, sizeof(*policy));
    *given_ns = control->given_ns;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&control->sequence, memory_order_relaxed) == *sequence &&
           policy_holds(policy);
}
