// SPDX-License-Identifier: MIT
/** All registers of a stopped thread at once, as the kernel has them. */
#ifndef MF_RUNNER_CRASH_REGSET_H
#define MF_RUNNER_CRASH_REGSET_H

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

/** Read them; 0 on success, -1 with errno on failure. */
static inline int regset_get(pid_t tid, struct user_regs_struct *raw) {
    struct iovec vector = {raw, sizeof(*raw)};
    return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &vector) == 0 ? 0 : -1;
}

/** Write them; 0 on success, -1 with errno on failure. */
static inline int regset_set(pid_t tid, struct user_regs_struct *raw) {
    struct iovec vector = {raw, sizeof(*raw)};
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &vector) == 0 ? 0 : -1;
}

#endif
