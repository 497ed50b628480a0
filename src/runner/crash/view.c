// SPDX-License-Identifier: MIT
#include "runner/crash/view.h"

#include <errno.h>

/** Forget what was learnt from files. */
static void forget_files(struct view *view) {
    unwind_close(view->unwind);
    view->unwind = NULL;
    view->last_words = 0;
    view->last_words_known = false;
}

int view_turn_to(struct view *view, pid_t pid, struct modules *modules) {
    struct stopped next;
    if (stopped_open(&next, pid, modules) != 0) {
        int saved = errno;
        view_destroy(view);
        errno = saved;
        return -1;
    }
    bool same = stopped_take_over(&next, &view->stopped);
    if (!same) {
        forget_files(view);
    }
    stopped_close(&view->stopped);
    view->stopped = next;
    if (view->unwind && !unwind_renew(view->unwind)) {
        unwind_close(view->unwind);
        view->unwind = NULL;
    }
    return 0;
}

struct unwind *view_unwind(struct view *view) {
    if (!view->unwind) {
        view->unwind = unwind_open(&view->stopped);
    }
    return view->unwind;
}

uint64_t view_last_words(struct view *view) {
    if (!view->last_words_known) {
        view->last_words = stopped_symbol(&view->stopped, "__abort_msg");
        view->last_words_known = true;
    }
    return view->last_words;
}

void view_leave(struct view *view) {
    stopped_leave(&view->stopped);
}

void view_destroy(struct view *view) {
    forget_files(view);
    stopped_close(&view->stopped);
}
