// SPDX-License-Identifier: MIT
// A machine nobody has written down: no stacks from outside.
#include "runner/crash/registers.h"

#include <errno.h>

int registers_read(struct registers *registers, pid_t tid) {
    (void)registers, (void)tid;
    errno = ENOSYS;
    return -1;
}

bool registers_return(struct registers *registers, struct memory *memory) {
    (void)registers, (void)memory;
    return false;
}

void registers_place(struct registers *registers, uint64_t pc, uint64_t sp) {
    (void)registers, (void)pc, (void)sp;
}

int registers_read_call(struct registers_call *call, pid_t tid) {
    (void)call, (void)tid;
    errno = ENOSYS;
    return -1;
}

int registers_answer(pid_t tid, long result) {
    (void)tid, (void)result;
    errno = ENOSYS;
    return -1;
}

int registers_redo(pid_t tid, const struct registers_call *call) {
    (void)tid, (void)call;
    errno = ENOSYS;
    return -1;
}

int registers_restore(pid_t tid, const struct registers_call *call) {
    (void)tid, (void)call;
    errno = ENOSYS;
    return -1;
}

const struct registers_trap registers_trap = {.length = 0};

int registers_set_pc(pid_t tid, uint64_t pc) {
    (void)tid, (void)pc;
    errno = ENOSYS;
    return -1;
}
