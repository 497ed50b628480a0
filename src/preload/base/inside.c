// SPDX-License-Identifier: MIT
#include "preload/base/inside.h"

#include "preload/base/sys.h"

#include <unwind.h>

/** A call that a call of ours leads to, or a signal's handler on the same stack, is no
 * farther down. */
#define NEAR ((uintptr_t)256 << 10)

/** The code of this library. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

/** A look up the stack. */
struct look {
    uintptr_t here, entered;
    /** Where the frame that holds `here` ends, and the one that holds `entered`; 0 = not
     * come to yet. */
    uintptr_t end_of_here, end_of_entered;
    /** Whether the latter runs code of ours. */
    bool ours;
};

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data) {
    struct look *look = data;
    uintptr_t end = _Unwind_GetCFA(context);
    if (!look->end_of_here && end > look->here) {
        look->end_of_here = end;
    }
    if (end <= look->entered) {
        return _URC_NO_REASON;
    }
    look->end_of_entered = end;
    look->ours = _Unwind_GetIP(context) - (uintptr_t)__ehdr_start <
                 (uintptr_t)(etext - __ehdr_start);
    return _URC_END_OF_STACK;
}

/** Whether a frame other than the one we are called from holds the place. */
static bool frame_holds(uintptr_t here, uintptr_t entered) {
    struct look look = {.here = here, .entered = entered};
    _Unwind_Backtrace(on_frame, &look);
    return !look.end_of_entered || (look.ours && look.end_of_entered != look.end_of_here);
}

/** Whether a mark is as it was made. */
static bool is_whole(uintptr_t at) {
    const struct mf_inside_mark *mark = (const struct mf_inside_mark *)at;
    for (int i = 0; i < MF_INSIDE_WORDS; i++) {
        if (mark->words[i] != ~at) {
            return false;
        }
    }
    return true;
}

bool mf_inside_still(uintptr_t here) {
    uintptr_t entered = atomic_load_explicit(&mf_self.inside, memory_order_relaxed);
    uintptr_t below = entered - here;
    if (below == 0) {
        return false;
    }
    if (below < NEAR) {
        // While the library starts, the loader may be at work below us.
        bool starting = atomic_load_explicit(&mf.stage, memory_order_relaxed) < MF_READY;
        return is_whole(entered) && (starting || frame_holds(here, entered));
    }
    // Higher up, or far down: another stack, unless the frame is gone.
    return mf_is_shut_in() || mf_sys_on_signal_stack(entered);
}
