// SPDX-License-Identifier: MIT
// Nothing of breakpoints is known on this machine: nobody asks for the rest.
#include "runner/breakpoint/machine.h"

#include <errno.h>

const bool machine_has_breakpoints = false;

const unsigned char machine_call_code[MACHINE_CALL_LENGTH] = {0};

static int refuse(void) {
    errno = ENOSYS;
    return -1;
}

size_t machine_gate(unsigned char code[MACHINE_GATE_MAX], uint64_t at, uint64_t count,
                    bool resizes, size_t *stop) {
    (void)code, (void)at, (void)count, (void)resizes;
    *stop = 0;
    return 0;
}

size_t machine_refusal(unsigned char code[MACHINE_REFUSAL_MAX], uint64_t at,
                       const struct machine_errno *where) {
    (void)code, (void)at, (void)where;
    return 0;
}

size_t machine_jump(unsigned char code[8], uint64_t from, uint64_t to) {
    (void)code, (void)from, (void)to;
    return 0;
}

void machine_lead(unsigned char distance[4], uint64_t at, uint64_t to) {
    (void)distance, (void)at, (void)to;
}

int machine_read(struct machine_stop *stop, pid_t tid) {
    (void)stop, (void)tid;
    return refuse();
}

uint64_t machine_sp_at_entry(uint64_t sp) {
    return sp;
}

uint64_t machine_depth_in_gate(size_t offset, bool resizes) {
    (void)offset, (void)resizes;
    return 0;
}

uint64_t machine_depth_in_refusal(size_t offset, const struct machine_errno *where) {
    (void)offset, (void)where;
    return 0;
}

int machine_fail(pid_t tid, uint64_t refusal, int64_t value, int32_t error) {
    (void)tid, (void)refusal, (void)value, (void)error;
    return refuse();
}

int machine_keep(struct machine_registers *kept, pid_t tid) {
    (void)kept, (void)tid;
    return refuse();
}

int machine_restore(const struct machine_registers *kept, pid_t tid) {
    (void)kept, (void)tid;
    return refuse();
}

int machine_call(const struct machine_registers *kept, pid_t tid, uint64_t code,
                 long number, const uint64_t arguments[6]) {
    (void)kept, (void)tid, (void)code, (void)number, (void)arguments;
    return refuse();
}

long machine_result(pid_t tid) {
    (void)tid;
    return refuse();
}

uint64_t machine_pc(const struct machine_registers *kept) {
    (void)kept;
    return 0;
}
