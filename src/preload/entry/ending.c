// SPDX-License-Identifier: MIT
// _exit() and _Exit(). They cannot fail by us: interposed because the leaks of a suite's
// process are read when it ends. What the C library calls for itself, as exit() does at last,
// does not come by here; see start.c for that.
#include "preload/base/next.h"
#include "preload/base/sys.h"
#include "preload/explore/leaving.h"

#include <stdlib.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static _Noreturn void end(int status) {
    mf_leaving_tell();
    if (mf_hot.next.exit_now) {
        mf_hot.next.exit_now(status);
    }
    mf_sys_exit(status);
}

EXPORT _Noreturn void _exit(int status) {
    end(status);
}

EXPORT _Noreturn void _Exit(int status) {
    end(status);
}
