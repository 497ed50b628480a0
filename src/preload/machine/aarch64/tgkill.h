// SPDX-License-Identifier: MIT
/** A signal sent by the caller's own instruction, aarch64. */
#ifndef MF_PRELOAD_MACHINE_TGKILL_H
#define MF_PRELOAD_MACHINE_TGKILL_H

#include <sys/syscall.h>

/**
 * tgkill(2): 0 or -errno. Whoever looks at the thread when the signal has come finds it
 * in code of ours, whose callers can be told; in a C library without call frame
 * information, as musl, they cannot.
 */
static inline long mf_tgkill(int pid, int tid, int signal) {
    register long number __asm__("x8") = SYS_tgkill;
    register long result __asm__("x0") = pid;
    register long second __asm__("x1") = tid;
    register long third __asm__("x2") = signal;
    __asm__ volatile("svc 0"
                     : "+r"(result)
                     : "r"(number), "r"(second), "r"(third)
                     : "memory", "cc");
    return result;
}

#endif
