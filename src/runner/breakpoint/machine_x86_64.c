// SPDX-License-Identifier: MIT
// A gate keeps all registers: where functions of one file call each other, compilers know
// which ones the other leaves alone. While it stops, the two that it uses lie on the stack,
// below the return address.
#include "runner/breakpoint/machine.h"

#include "runner/crash/regset.h"

#include <string.h>

/** What lies on the stack below the return address while a gate stops. */
#define KEPT_SIZE 16

const bool machine_has_breakpoints = true;

/** Code that is being written. */
struct writer {
    unsigned char *code;
    size_t length;
    /** Where it lies in the process. */
    uint64_t at;
};

static void put(struct writer *writer, const void *bytes, size_t length) {
    memcpy(writer->code + writer->length, bytes, length);
    writer->length += length;
}

/** Put an instruction that ends in the distance of an address. */
static void put_near(struct writer *writer, const void *opcode, size_t length,
                     uint64_t target) {
    put(writer, opcode, length);
    int32_t distance = (int32_t)(target - (writer->at + writer->length + 4));
    put(writer, &distance, sizeof(distance));
}

#define PUT(writer, ...)                                                                 \
    put(writer, (const unsigned char[]){__VA_ARGS__},                                    \
        sizeof((const unsigned char[]){__VA_ARGS__}))
#define PUT_NEAR(writer, target, ...)                                                    \
    put_near(writer, (const unsigned char[]){__VA_ARGS__},                               \
             sizeof((const unsigned char[]){__VA_ARGS__}), target)

size_t machine_gate(unsigned char code[MACHINE_GATE_MAX], uint64_t at, uint64_t count,
                    bool resizes, size_t *stop) {
    struct writer writer = {code, 0, at};
    size_t over = 0;
    if (resizes) {
        PUT(&writer, 0x48, 0x85, 0xf6); // test %rsi,%rsi
        PUT(&writer, 0x74, 0);          // je the copy
        over = writer.length;
    }
    PUT(&writer, 0x41, 0x53);                       // push %r11
    PUT(&writer, 0x41, 0x52);                       // push %r10
    PUT_NEAR(&writer, count, 0x4c, 0x8b, 0x1d);     // mov counter(%rip),%r11
    PUT(&writer, 0x41, 0xba, 1, 0, 0, 0);           // mov $1,%r10d
    PUT(&writer, 0xf0, 0x4d, 0x0f, 0xc1, 0x13);     // lock xadd %r10,(%r11)
    PUT_NEAR(&writer, count + 8, 0x4c, 0x3b, 0x15); // cmp stop(%rip),%r10
    PUT(&writer, 0x72, 1);                          // jb over the next one
    PUT(&writer, 0xcc);                             // int3
    *stop = writer.length;
    PUT(&writer, 0x41, 0x5a); // pop %r10
    PUT(&writer, 0x41, 0x5b); // pop %r11
    if (resizes) {
        code[over - 1] = (unsigned char)(writer.length - over);
    }
    return writer.length;
}

size_t machine_refusal(unsigned char code[MACHINE_REFUSAL_MAX], uint64_t at,
                       const struct machine_errno *where) {
    struct writer writer = {code, 0, at};
    PUT(&writer, 0x41, 0x53);       // push %r11, the value
    PUT(&writer, 0x45, 0x85, 0xd2); // test %r10d,%r10d
    PUT(&writer, 0x74, 0);          // je to the end
    size_t over = writer.length;
    if (where->function) {
        PUT(&writer, 0x41, 0x52, 0x41, 0x52);     // push %r10, twice
        PUT_NEAR(&writer, where->function, 0xe8); // call
        PUT(&writer, 0x41, 0x5a, 0x41, 0x5a);     // pop %r10, twice
        PUT(&writer, 0x44, 0x89, 0x10);           // mov %r10d,(%rax)
    } else if (where->known) {
        int32_t distance = (int32_t)where->distance;
        PUT(&writer, 0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0); // mov %fs:0,%rax
        PUT(&writer, 0x44, 0x89, 0x90); // mov %r10d,distance(%rax)
        put(&writer, &distance, sizeof(distance));
    }
    code[over - 1] = (unsigned char)(writer.length - over);
    PUT(&writer, 0x58); // pop %rax
    PUT(&writer, 0xc3); // ret
    return writer.length;
}

size_t machine_jump(unsigned char code[8], uint64_t from, uint64_t to) {
    struct writer writer = {code, 0, from};
    PUT_NEAR(&writer, to, 0xe9);
    return writer.length;
}

void machine_lead(unsigned char distance[4], uint64_t at, uint64_t to) {
    int32_t near = (int32_t)(to - (at + sizeof(near)));
    memcpy(distance, &near, sizeof(near));
}

int machine_read(struct machine_stop *stop, pid_t tid) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    *stop = (struct machine_stop){
        .pc = raw.rip,
        .counted = raw.r10,
        .arguments = {raw.rdi, raw.rsi, raw.rdx, raw.rcx, raw.r8, raw.r9},
    };
    return 0;
}

uint64_t machine_sp_at_entry(uint64_t sp) {
    return sp + KEPT_SIZE;
}

uint64_t machine_depth_in_gate(size_t offset, bool resizes) {
    // Two are pushed at first, and popped at last: instructions of 2 bytes each.
    enum { SKIP = 5, PUSHED = 4, POPPED = 33 };
    size_t skip = resizes ? SKIP : 0;
    size_t at = offset > skip ? offset - skip : 0;
    size_t depth = at >= PUSHED ? 16 : at >= 2 ? 8 : 0;
    return at >= POPPED ? 0 : at >= POPPED - 2 ? 8 : depth;
}

uint64_t machine_depth_in_refusal(size_t offset, const struct machine_errno *where) {
    // By the lengths of the instructions above.
    if (where->function) {
        static const unsigned char depths[] = {0,  0,  8,  8,  8,  8,  8,  8,
                                               8,  16, 16, 24, 24, 24, 24, 24,
                                               24, 24, 16, 16, 8,  8,  8,  8};
        return offset < sizeof(depths) ? depths[offset] : 0;
    }
    size_t end = where->known ? 23 : 7;
    return offset >= 2 && offset <= end ? 8 : 0;
}

int machine_fail(pid_t tid, uint64_t refusal, int64_t value, int32_t error) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.rip = refusal;
    raw.rsp += KEPT_SIZE;
    raw.r11 = (uint64_t)value;
    raw.r10 = (uint32_t)error;
    raw.orig_rax = UINT64_MAX;
    return regset_set(tid, &raw);
}

_Static_assert(sizeof(struct user_regs_struct) <= sizeof(struct machine_registers),
               "there is room for all");

int machine_keep(struct machine_registers *kept, pid_t tid) {
    struct user_regs_struct raw;
    int result = regset_get(tid, &raw);
    memcpy(kept->bytes, &raw, sizeof(raw));
    return result;
}

int machine_restore(const struct machine_registers *kept, pid_t tid) {
    struct user_regs_struct raw;
    memcpy(&raw, kept->bytes, sizeof(raw));
    return regset_set(tid, &raw);
}

const unsigned char machine_call_code[MACHINE_CALL_LENGTH] = {0x0f, 0x05, 0xcc, 0xcc};

int machine_call(const struct machine_registers *kept, pid_t tid, uint64_t code,
                 long number, const uint64_t arguments[6]) {
    struct user_regs_struct raw;
    memcpy(&raw, kept->bytes, sizeof(raw));
    raw.orig_rax = UINT64_MAX;
    raw.rax = (uint64_t)number;
    raw.rdi = arguments[0];
    raw.rsi = arguments[1];
    raw.rdx = arguments[2];
    raw.r10 = arguments[3];
    raw.r8 = arguments[4];
    raw.r9 = arguments[5];
    raw.rip = code;
    return regset_set(tid, &raw);
}

long machine_result(pid_t tid) {
    struct user_regs_struct raw;
    return regset_get(tid, &raw) == 0 ? (long)raw.rax : -1;
}

uint64_t machine_pc(const struct machine_registers *kept) {
    struct user_regs_struct raw;
    memcpy(&raw, kept->bytes, sizeof(raw));
    return raw.rip;
}
