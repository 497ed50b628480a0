// SPDX-License-Identifier: MIT
/** A signal sent to a thread, any machine: by the C library's call. */
#ifndef MF_PRELOAD_MACHINE_TGKILL_H
#define MF_PRELOAD_MACHINE_TGKILL_H

#include <sys/syscall.h>
#include <unistd.h>

/** tgkill(2): 0, or -1 with errno set. */
static inline long mf_tgkill(int pid, int tid, int signal) {
    return syscall(SYS_tgkill, pid, tid, signal);
}

#endif
