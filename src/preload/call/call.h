// SPDX-License-Identifier: MIT
/** One call of an interposed function, and the data about it that is known so far, mainly its
 * stack. */
#ifndef MF_PRELOAD_CALL_CALL_H
#define MF_PRELOAD_CALL_CALL_H

#include "core/channel/channel.h"
#include "core/policy/decide.h"
#include "preload/stack/known.h"
#include "preload/stack/sites.h"

struct mf_interposed_call {
    /** The data that rules use; it must be the first member, because decide.h passes it back.
     * Function and size are set at once, the rest when rules are evaluated. */
    struct mf_call facts;
    /** Bytes of live heap that it frees if it succeeds (realloc). */
    uint64_t freed;
    /** The return address of the interposed function. */
    uintptr_t caller;
    /** The errno if it fails; 0 = the function's most likely error. */
    int32_t error;
    /** The call sites under the policy that decides the call; NULL if there is none. */
    struct mf_sites *sites;
    /** The stack, walked on demand; of `depth` frames the first MF_FRAMES_MAX are kept. */
    unsigned depth;
    uintptr_t frames[MF_FRAMES_MAX];
    uint64_t stack_id;
    /** Whether other stacks may have that id: its frames are not all known. */
    bool cut;
    /** Whether a frame is the program's own. */
    bool in_program;
    /** Rules whose stack filter matches the names of a frame, as bits. */
    uint64_t frame_rules;
    /** Rules whose stack filter matches, as bits; valid if `asked`. */
    uint64_t stack_rules;
    bool asked;
    /** Registers to begin a walk with, in a frame that outlives the call; NULL = unknown. */
    const struct mf_registers *start;
};

_Static_assert(offsetof(struct mf_interposed_call, facts) == 0, "holds() finds the rest");

/** Begin a call; only the arguments are known. `start` may be NULL. */
static inline void mf_call_begin(struct mf_interposed_call *call,
                                 enum mf_function function, uint64_t size, uint64_t freed,
                                 void *caller, const struct mf_registers *start) {
    call->facts.function = function;
    call->facts.size = size;
    call->freed = freed;
    call->caller = (uintptr_t)caller;
    call->error = 0;
    call->sites = NULL;
    call->depth = 0;
    call->frame_rules = 0;
    call->asked = false;
    call->start = start;
}

/** Walk the stack, and keep the trail of the walk. */
void mf_call_trail_stack(struct mf_interposed_call *call, struct mf_trail *trail);

/** Walk the stack once: its frames, their rules, and its id. */
void mf_call_look_at_stack(struct mf_interposed_call *call);

/** The rules whose stack filters match, bit N for rule N. Walks the stack only if it is not
 * known. */
uint64_t mf_call_stack_rules(struct mf_interposed_call *call);

/** Walk the stack, and keep the frames that remain when recursion is folded. */
void mf_call_fold_stack(struct mf_interposed_call *call);

/** How many frames of the stack are kept. */
static inline unsigned mf_call_frame_count(const struct mf_interposed_call *call) {
    return call->depth < MF_FRAMES_MAX ? call->depth : MF_FRAMES_MAX;
}

/** Write the kept frames as places in modules. */
void mf_call_write_frames(const struct mf_interposed_call *call, struct mf_frame *frames);

/**
 * Write an injection into the journal, and count it.
 *
 * @rule
 *         The rule that made it fail, or MF_RULE_PROGRAM.
 * @number
 *         The allocation's number in its process.
 */
void mf_call_record(struct mf_interposed_call *call, struct mf_process *process,
                    uint32_t rule, uint64_t number);

/**
 * Count an injection with the same stack as this thread's last one in the same entry, if no
 * other thread has written an entry meanwhile.
 *
 * @return
 *         Whether it is counted; if not, the caller writes it with mf_call_record().
 */
bool mf_call_repeat(const struct mf_interposed_call *call, struct mf_process *process,
                    uint64_t number);

#endif
