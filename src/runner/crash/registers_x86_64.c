// SPDX-License-Identifier: MIT
#include "runner/crash/registers.h"

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/** DWARF numbers. */
enum {
    RSP = 7,
    RIP = 16,
    COUNT,
};

int registers_read(struct registers *registers, pid_t tid) {
    struct user_regs_struct raw;
    struct iovec vector = {&raw, sizeof(raw)};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &vector) != 0) {
        return -1;
    }
    *registers = (struct registers){
        .pc = raw.rip,
        .sp = raw.rsp,
        .values = {raw.rax, raw.rdx, raw.rcx, raw.rbx, raw.rsi, raw.rdi, raw.rbp, raw.rsp,
                   raw.r8, raw.r9, raw.r10, raw.r11, raw.r12, raw.r13, raw.r14, raw.r15,
                   raw.rip},
        .count = COUNT,
    };
    return 0;
}

bool registers_return(struct registers *registers, struct memory *memory) {
    uint64_t address;
    if (!memory_read(memory, registers->sp, &address, sizeof(address))) {
        return false;
    }
    registers->sp += sizeof(address);
    registers->pc = address;
    registers->values[RSP] = registers->sp;
    registers->values[RIP] = address;
    return true;
}

static int set(pid_t tid, size_t offset, uint64_t value) {
    return ptrace(PTRACE_POKEUSER, tid, offset, value) == 0 ? 0 : -1;
}

int registers_answer(pid_t tid, long result) {
    return set(tid, offsetof(struct user, regs.orig_rax), UINT64_MAX) == 0
               ? set(tid, offsetof(struct user, regs.rax), (uint64_t)result)
               : -1;
}

int registers_set_argument(pid_t tid, unsigned at, uint64_t value) {
    static const size_t offsets[] = {
        offsetof(struct user, regs.rdi), offsetof(struct user, regs.rsi),
        offsetof(struct user, regs.rdx), offsetof(struct user, regs.r10),
        offsetof(struct user, regs.r8),  offsetof(struct user, regs.r9),
    };
    return set(tid, offsets[at % 6], value);
}
