// SPDX-License-Identifier: MIT
#include "runner/crash/registers.h"

#include <elf.h>
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
