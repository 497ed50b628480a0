// SPDX-License-Identifier: MIT
// getpid(): a child that is tried in place takes the target's number for its own. The barrier
// stops the system call, and the runner answers it; here it takes no stop. What the C library
// calls for itself does not come by here: raise() and abort() need the child's own number, and
// the barrier lets that call through (barrier_open()).
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"

#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT pid_t getpid(void) {
    return mf_exploration.target ? mf_exploration.target : mf_sys_pid();
}
