// SPDX-License-Identifier: MIT
// Two walks that see the same frames. The first one takes cached steps, some nanoseconds
// each, and gives up where a frame is not simple: a signal handler's, or one that is laid
// out by an expression. Then the C++ unwinder begins anew, and what has been shown is
// passed over.
#include "preload/stack/stack.h"

#include "preload/stack/frames.h"
#include "walk.h"

#include <unwind.h>

/** No frame is larger. */
#define FRAME_MAX (UINT64_C(1) << 30)

struct walk {
    uintptr_t caller;
    mf_stack_visit *visit;
    void *context;
    /** Whether the caller's frame is reached. */
    bool begun;
    /** How many frames were shown, and how many of them are to be passed over. */
    uint64_t shown, known;
    /** Whether the walk has met what ends it, or makes its frames say little: code of which
     * nothing is known, code without a file, a visitor that has seen enough. */
    bool cut;
    /** The words that the quick walk goes by; NULL where nobody wants to know. */
    struct mf_trail *trail;
    /** The word that the frame pointer comes from, unless the trail has it. */
    const uintptr_t *fp_word;
};

/** Where the library lies, by its linker. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool is_own(uintptr_t address) {
    return address - (uintptr_t)__ehdr_start < (uintptr_t)_end - (uintptr_t)__ehdr_start;
}

/** Whether an address is the first one to show. */
static bool begins(const struct walk *walk, uintptr_t address) {
    return walk->caller ? address == walk->caller : !is_own(address);
}

/** Show a frame if it is one to show; whether to go on. */
static bool show(struct walk *walk, uintptr_t address,
                 const struct mf_known_frame *known) {
    walk->begun |= begins(walk, address);
    if (!walk->begun) {
        return true;
    }
    struct mf_stack_frame frame = {address, known->module, known->offset,
                                   known->function};
    walk->shown++;
    bool on = walk->visit(walk->context, &frame);
    walk->cut |= !on || !known->module || known->step.kind == MF_STEP_UNKNOWN;
    return on;
}

/** Note the words that the next step goes by, in the order in which they lead on. */
static void note_step(struct walk *walk, const struct mf_known_frame *known,
                      const uintptr_t *top) {
    struct mf_step step = known->step;
    if (!known->module) {
        mf_trail_spoil(walk->trail);
    }
    if (step.from_fp && walk->fp_word) {
        mf_trail_add(walk->trail, walk->fp_word);
        walk->fp_word = NULL;
    }
    mf_trail_add(walk->trail, &top[-1]);
    if (step.fp_at) {
        walk->fp_word = &top[step.fp_at];
    }
}

/** Note where the walk ends: what ends it for want of knowledge may come to be known. */
static void note_end(struct walk *walk, const struct mf_known_frame *known) {
    if (walk->trail && (known->step.kind != MF_STEP_END || !known->module)) {
        mf_trail_spoil(walk->trail);
    }
}

/** Go up by one frame; false where that would lead nowhere. */
static bool climb(struct walk *walk, struct mf_registers *registers,
                  const struct mf_known_frame *known) {
    struct mf_step step = known->step;
    uintptr_t base = step.from_fp ? registers->fp : registers->sp;
    uintptr_t cfa = base + (uintptr_t)(intptr_t)step.cfa;
    if (cfa - registers->sp - 1 >= FRAME_MAX || cfa % sizeof(uintptr_t)) {
        return false;
    }
    const uintptr_t *top = (const uintptr_t *)cfa;
    if (walk->trail) {
        note_step(walk, known, top);
    }
    registers->pc = top[-1];
    registers->fp = step.fp_at ? top[step.fp_at] : registers->fp;
    registers->sp = cfa;
    return true;
}

/** The quick walk; whether it came to the end. */
static bool walk_by_steps(struct walk *walk, struct mf_registers *registers) {
    while (registers->pc) {
        struct mf_known_frame known;
        mf_frames_find(registers->pc, &known);
        if (!show(walk, registers->pc, &known) || known.step.kind == MF_STEP_END ||
            known.step.kind == MF_STEP_UNKNOWN) {
            note_end(walk, &known);
            return true;
        }
        if (known.step.kind == MF_STEP_HARD || !climb(walk, registers, &known)) {
            return false;
        }
    }
    return true;
}

/** The unwinder's callback. */
static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data) {
    struct walk *walk = data;
    uintptr_t address = _Unwind_GetIP(context);
    walk->begun |= begins(walk, address);
    if (!walk->begun || !address) {
        return _URC_NO_REASON;
    }
    if (walk->known > 0) {
        walk->known--;
        return _URC_NO_REASON;
    }
    struct mf_known_frame known;
    mf_frames_find(address, &known);
    return show(walk, address, &known) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/** The words that mf_walk_begin() has read: the frame pointer, then where to go. */
static void begin_trail(struct walk *walk, const struct mf_registers *start) {
    const uintptr_t *top = (const uintptr_t *)start->sp;
    mf_trail_begin(walk->trail, start, walk->caller);
    mf_trail_add(walk->trail, &top[-1]);
    walk->fp_word = &top[-2];
}

bool mf_stack_walk_from(const struct mf_registers *start, struct mf_trail *trail,
                        uintptr_t caller, mf_stack_visit *visit, void *context) {
    struct walk walk = {
        .caller = caller,
        .visit = visit,
        .context = context,
        .trail = start ? trail : NULL,
    };
    struct mf_registers registers = {0, 0, 0};
    if (start) {
        registers = *start;
    }
    if (walk.trail) {
        begin_trail(&walk, start);
    }
    if (!start || !walk_by_steps(&walk, &registers)) {
        if (walk.trail) {
            mf_trail_spoil(walk.trail);
        }
        walk.known = walk.shown;
        walk.begun = false;
        _Unwind_Backtrace(on_frame, &walk);
    }
    if (!walk.shown && caller) {
        struct mf_known_frame known;
        mf_frames_find(caller, &known);
        show(&walk, caller, &known);
        return false;
    }
    return !walk.cut;
}

__attribute__((noinline)) void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit,
                                             void *context) {
    struct mf_registers start;
    mf_stack_walk_from(mf_walk_begin(&start) ? &start : NULL, NULL, caller, visit,
                       context);
}
