// SPDX-License-Identifier: MIT
#include "preload/stack.h"

#include <unwind.h>

struct walk {
    uintptr_t caller;
    mf_stack_visit *visit;
    void *context;
    bool begun;
};

/** The unwinder's callback: begins to show frames where the caller is reached. */
static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data) {
    struct walk *walk = data;
    uintptr_t address = _Unwind_GetIP(context);
    walk->begun |= address == walk->caller;
    if (!walk->begun || !address) {
        return _URC_NO_REASON;
    }
    return walk->visit(walk->context, address) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit, void *context) {
    struct walk walk = {caller, visit, context, false};
    _Unwind_Backtrace(on_frame, &walk);
    if (!walk.begun) {
        visit(context, caller);
    }
}
