// SPDX-License-Identifier: MIT
#include "preload/stack.h"

#include <stdbool.h>
#include <unwind.h>

struct capture {
    uintptr_t caller;
    uintptr_t *frames;
    unsigned count, room;
};

/** The unwinder's callback: begins to keep frames where the caller is reached. */
static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data) {
    struct capture *capture = data;
    uintptr_t address = _Unwind_GetIP(context);
    bool begun = capture->count > 0 || address == capture->caller;
    if (begun && address) {
        capture->frames[capture->count++] = address;
    }
    return capture->count < capture->room ? _URC_NO_REASON : _URC_END_OF_STACK;
}

unsigned mf_stack_capture(uintptr_t caller, uintptr_t *frames, unsigned room) {
    struct capture capture = {caller, frames, 0, room};
    _Unwind_Backtrace(on_frame, &capture);
    if (capture.count == 0) {
        frames[capture.count++] = caller;
    }
    return capture.count;
}
