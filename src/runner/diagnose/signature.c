// SPDX-License-Identifier: MIT
#include "runner/diagnose/signature.h"

#include "core/policy/mix.h"

/** The id of what a cycle does, wherever it was cut off: its frames added up. */
static uint64_t cycle_id(const struct finding *finding, const struct modules *modules) {
    uint64_t sum = 0;
    for (size_t i = 0; i < finding->cycle.length; i++) {
        size_t at = finding->cycle.start + i;
        if (at < finding->crash_stack.count) {
            sum += modules_stack_id(modules, &finding->crash_stack.frames[at].raw, 1);
        }
    }
    return sum;
}

uint64_t signature_of_crash(const struct finding *finding,
                            const struct modules *modules) {
    const struct crash *crash = finding->crash;
    uint64_t where = 0;
    if (finding->cycle.length > 0) {
        where = cycle_id(finding, modules);
    } else if (crash->signal != 0) {
        where = modules_stack_id(modules, crash->stack.frames, crash->stack.count);
    }
    uint64_t injected = finding->injected ? finding->injection.stack_id : 0;
    uint64_t what = finding->verdict.outcome * OUTCOME_WEIGHT + finding->verdict.class;
    return mf_mix(mf_mix(injected + MF_MIX_STEP) ^ mf_mix(what + 1) ^ where);
}

uint64_t signature_of_end(const struct finding *finding) {
    return mf_mix(mf_mix(finding->injection.stack_id + MF_MIX_STEP) ^
                  finding->verdict.outcome);
}
