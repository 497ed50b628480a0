// SPDX-License-Identifier: MIT
/** One call at the gate, and what was found out about it so far: its stack above all. */
#ifndef MF_PRELOAD_CALL_VISIT_H
#define MF_PRELOAD_CALL_VISIT_H

#include "preload/base/state.h"

struct mf_visit {
    /** The policy that the call is decided by. */
    struct mf_active_policy *active;
    enum mf_function function;
    uint64_t size, freed;
    uintptr_t caller;
    uint64_t time_ns;
    /** The stack, walked on demand; of `depth` frames the first MF_FRAMES_MAX are kept.
     */
    unsigned depth;
    uintptr_t frames[MF_FRAMES_MAX];
    uint64_t stack_rules;
    uint64_t stack_id;
};

/** How long ago the counting began. */
static inline uint64_t mf_since_armed(uint64_t now) {
    return now > mf.armed_ns ? now - mf.armed_ns : 0;
}

/** Begin a visit, with nothing found out. */
static inline void mf_visit_begin(struct mf_visit *visit, enum mf_function function,
                                  uint64_t size, uint64_t freed, void *caller) {
    visit->active = NULL;
    visit->function = function;
    visit->size = size;
    visit->freed = freed;
    visit->caller = (uintptr_t)caller;
    visit->depth = 0;
    visit->stack_rules = 0;
}

/** Walk the stack once: its frames, their rules, and its id. */
void mf_visit_look_at_stack(struct mf_visit *visit);

/** How many frames of the stack are kept. */
static inline unsigned mf_visit_frame_count(const struct mf_visit *visit) {
    return visit->depth < MF_FRAMES_MAX ? visit->depth : MF_FRAMES_MAX;
}

/** Write the kept frames as places in modules. */
void mf_visit_write_frames(const struct mf_visit *visit, struct mf_frame *frames);

/** From the first failure of a process on: freed blocks are filled, where that is asked
 * for. */
void mf_visit_begin_fill(void);

/**
 * Write an injection into the journal, and count it.
 *
 * @rule
 *         The rule that failed it, or MF_RULE_PROGRAM.
 * @number
 *         The allocation's number in its process.
 */
void mf_visit_record(struct mf_visit *visit, struct mf_process *process, uint32_t rule,
                     uint64_t number);

#endif
