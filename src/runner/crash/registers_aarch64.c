// SPDX-License-Identifier: MIT
#include "runner/crash/registers.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/** DWARF numbers. */
enum {
    LR = 30,
    SP,
    COUNT,
};

int registers_read(struct registers *registers, pid_t tid) {
    struct user_regs_struct raw;
    struct iovec vector = {&raw, sizeof(raw)};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &vector) != 0) {
        return -1;
    }
    *registers = (struct registers){.pc = raw.pc, .sp = raw.sp, .count = COUNT};
    for (unsigned i = 0; i < SP; i++) {
        registers->values[i] = raw.regs[i];
    }
    registers->values[SP] = raw.sp;
    return 0;
}

bool registers_return(struct registers *registers, struct memory *memory) {
    (void)memory;
    registers->pc = registers->values[LR];
    return true;
}

static int set(pid_t tid, unsigned at, uint64_t value) {
    struct user_regs_struct raw;
    struct iovec vector = {&raw, sizeof(raw)};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &vector) != 0) {
        return -1;
    }
    raw.regs[at] = value;
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &vector) == 0 ? 0 : -1;
}

int registers_answer(pid_t tid, long result) {
    int none = -1;
    struct iovec vector = {&none, sizeof(none)};
    return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &vector) == 0
               ? set(tid, 0, (uint64_t)result)
               : -1;
}

int registers_set_argument(pid_t tid, unsigned at, uint64_t value) {
    return set(tid, at % 6, value);
}
