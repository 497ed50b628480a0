// SPDX-License-Identifier: MIT
/** A signal sent by the caller's own instruction, x86-64. */
#ifndef MF_PRELOAD_MACHINE_TGKILL_H
#define MF_PRELOAD_MACHINE_TGKILL_H

#include <sys/syscall.h>

/**
 * tgkill(2): 0 or -errno. Whoever looks at the thread when the signal has come finds it
 * in code of ours, whose callers can be told; in a C library without call frame
 * information, as musl, they cannot.
 */
static inline long mf_tgkill(int pid, int tid, int signal) {
    long result = SYS_tgkill;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"((long)pid), "S"((long)tid), "d"((long)signal)
                     : "rcx", "r11", "memory");
    return result;
}

#endif
