// SPDX-License-Identifier: MIT
// Instructions as gcc, clang and the C library's hand-written functions have them, each
// assembled by GNU as; and what a crash in one of them says.
#include "runner/crash/instruction.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

// No address can be like these, and each sum of them tells which they were.
#define RAX UINT64_C(0xa100000000000000)
#define RCX UINT64_C(0xa200000000000100)
#define RDX UINT64_C(0xa300000000000200)
#define RBX UINT64_C(0xa400000000000300)
#define RSP UINT64_C(0xa500000000000400)
#define RBP UINT64_C(0xa600000000000500)
#define RSI UINT64_C(0xa700000000000600)
#define RDI UINT64_C(0xa800000000000700)
#define R8  UINT64_C(0xa900000000000800)
#define R9  UINT64_C(0xaa00000000000900)
#define R10 UINT64_C(0xab00000000000a00)
#define R11 UINT64_C(0xac00000000000b00)
#define R12 UINT64_C(0xad00000000000c00)
#define R13 UINT64_C(0xae00000000000d00)

/** In DWARF's order. */
static struct registers registers = {
    .pc = 0x401000,
    .sp = RSP,
    .values = {RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, 0xe,
               0xf, 0x401000},
    .count = 17,
};

#define READ(at)                                                                         \
    { ACCESS_READ, false, true, (at) }
#define WRITE(at)                                                                        \
    { ACCESS_WRITE, false, true, (at) }
#define JUMP(at)                                                                         \
    { ACCESS_READ, true, true, (at) }
#define GOES(at)                                                                         \
    { ACCESS_EXECUTE, false, true, (at) }
#define NOWHERE(access)                                                                  \
    { (access), false, false, 0 }
#define NOTHING                                                                          \
    { ACCESS_UNKNOWN, false, false, 0 }

struct sample {
    const char *text;
    /** Its bytes; room for more than any has. */
    char code[16];
    struct instruction wanted;
};

static const struct sample moves[] = {
    {"mov (%rax),%ecx", "\x8b\x08", READ(RAX)},
    {"mov %cl,(%rdi)", "\x88\x0f", WRITE(RDI)},
    {"movb $0,8(%rax)", "\xc6\x40\x08\x00", WRITE(RAX + 8)},
    {"movl $0,-4(%rbp)", "\xc7\x45\xfc\x00\x00\x00\x00", WRITE(RBP - 4)},
    {"mov 0x1000(%r12),%rax", "\x49\x8b\x84\x24\x00\x10\x00\x00", READ(R12 + 0x1000)},
    {"mov %rax,(%r13)", "\x49\x89\x45\x00", WRITE(R13)},
    {"mov (%rbx,%rcx,8),%rdx", "\x48\x8b\x14\xcb", READ(RBX + 8 * RCX)},
    {"mov %r9,(%r10,%r12,4)", "\x4f\x89\x0c\xa2", WRITE(R10 + 4 * R12)},
    {"mov %rax,8(%rsp)", "\x48\x89\x44\x24\x08", WRITE(RSP + 8)},
    {"mov 0x40(,%rsi,2),%rax", "\x48\x8b\x04\x75\x40\x00\x00\x00", READ(0x40 + 2 * RSI)},
    {"mov %rax,0x10", "\x48\x89\x04\x25\x10\x00\x00\x00", WRITE(0x10)},
    {"mov 0x2000(%rip),%rax", "\x48\x8b\x05\x00\x20\x00\x00", NOWHERE(ACCESS_READ)},
    {"mov %fs:(%rax),%ecx", "\x64\x8b\x08", NOWHERE(ACCESS_READ)},
    {"mov %edx,%fs:(%rax)", "\x64\x89\x10", NOWHERE(ACCESS_WRITE)},
    {"mov (%eax),%ecx", "\x67\x8b\x08", NOWHERE(ACCESS_READ)},
    {"movabs %al,0xdeadbeefcafef00d", "\xa2\x0d\xf0\xfe\xca\xef\xbe\xad\xde",
     WRITE(0xdeadbeefcafef00d)},
    {"movabs 0xdeadbeefcafef00d,%rax", "\x48\xa1\x0d\xf0\xfe\xca\xef\xbe\xad\xde",
     READ(0xdeadbeefcafef00d)},
    {"movslq (%rdi),%rax", "\x48\x63\x07", READ(RDI)},
    {"movzbl (%rdi),%eax", "\x0f\xb6\x07", READ(RDI)},
    {"movzwl 2(%r8),%eax", "\x41\x0f\xb7\x40\x02", READ(R8 + 2)},
    {"movsbl (%rdi,%rcx),%eax", "\x0f\xbe\x04\x0f", READ(RDI + RCX)},
    {"movnti %rax,(%rdi)", "\x48\x0f\xc3\x07", WRITE(RDI)},
    {"mov %ds,(%rdi)", "\x8c\x1f", WRITE(RDI)},
    {"cmove (%rdi),%rax", "\x48\x0f\x44\x07", READ(RDI)},
    {"sete (%rdi)", "\x0f\x94\x07", WRITE(RDI)},
    {"movbe (%rdi),%eax", "\x0f\x38\xf0\x07", READ(RDI)},
    {"movbe %eax,(%rdi)", "\x0f\x38\xf1\x07", WRITE(RDI)},
    {"crc32b (%rdi),%eax", "\xf2\x0f\x38\xf0\x07", READ(RDI)},
    {"crc32q (%rdi),%rax", "\xf2\x48\x0f\x38\xf1\x07", READ(RDI)},
    {"mov %rax,%rcx", "\x48\x89\xc1", NOTHING},
    {"lea (%rax),%rcx", "\x48\x8d\x08", NOTHING},
};

static const struct sample sums[] = {
    {"add %eax,(%rdi)", "\x01\x07", WRITE(RDI)},
    {"add (%rdi),%eax", "\x03\x07", READ(RDI)},
    {"cmp %eax,(%rdi)", "\x39\x07", READ(RDI)},
    {"cmpb $0,(%rdi)", "\x80\x3f\x00", READ(RDI)},
    {"cmpl $1000,(%rdi)", "\x81\x3f\xe8\x03\x00\x00", READ(RDI)},
    {"addq $1,8(%rdi)", "\x48\x83\x47\x08\x01", WRITE(RDI + 8)},
    {"orb $1,(%rdi)", "\x80\x0f\x01", WRITE(RDI)},
    {"test %eax,(%rdi)", "\x85\x07", READ(RDI)},
    {"testb $1,(%rdi)", "\xf6\x07\x01", READ(RDI)},
    {"notl (%rdi)", "\xf7\x17", WRITE(RDI)},
    {"negq (%rdi)", "\x48\xf7\x1f", WRITE(RDI)},
    {"mulq (%rdi)", "\x48\xf7\x27", READ(RDI)},
    {"idivl (%rdi)", "\xf7\x3f", READ(RDI)},
    {"imul (%rdi),%eax", "\x0f\xaf\x07", READ(RDI)},
    {"imul $100,(%rdi),%eax", "\x6b\x07\x64", READ(RDI)},
    {"imul $1000,(%rdi),%eax", "\x69\x07\xe8\x03\x00\x00", READ(RDI)},
    {"incl (%rdi)", "\xff\x07", WRITE(RDI)},
    {"decb (%rdi)", "\xfe\x0f", WRITE(RDI)},
    {"shll (%rdi)", "\xd1\x27", WRITE(RDI)},
    {"shrb $3,(%rdi)", "\xc0\x2f\x03", WRITE(RDI)},
    {"sarl %cl,(%rdi)", "\xd3\x3f", WRITE(RDI)},
    {"shld $3,%eax,(%rdi)", "\x0f\xa4\x07\x03", WRITE(RDI)},
    {"shrd %cl,%eax,(%rdi)", "\x0f\xad\x07", WRITE(RDI)},
    {"btl $3,(%rdi)", "\x0f\xba\x27\x03", READ(RDI)},
    {"btsl $3,(%rdi)", "\x0f\xba\x2f\x03", WRITE(RDI)},
    {"btr %eax,(%rdi)", "\x0f\xb3\x07", WRITE(RDI)},
    {"bsf (%rdi),%eax", "\x0f\xbc\x07", READ(RDI)},
    {"popcnt (%rdi),%eax", "\xf3\x0f\xb8\x07", READ(RDI)},
};

static const struct sample locks[] = {
    {"lock incl (%rdi)", "\xf0\xff\x07", WRITE(RDI)},
    {"lock cmpxchg %edx,(%rdi)", "\xf0\x0f\xb1\x17", WRITE(RDI)},
    {"lock xadd %eax,(%rdi)", "\xf0\x0f\xc1\x07", WRITE(RDI)},
    {"xchg %eax,(%rdi)", "\x87\x07", WRITE(RDI)},
    {"lock cmpxchg16b (%rdi)", "\xf0\x48\x0f\xc7\x0f", WRITE(RDI)},
};

static const struct sample stack[] = {
    {"push %rbp", "\x55", WRITE(RSP - 8)},
    {"push %r15", "\x41\x57", WRITE(RSP - 8)},
    {"push $1", "\x6a\x01", WRITE(RSP - 8)},
    {"pushf", "\x9c", WRITE(RSP - 8)},
    {"pop %rbx", "\x5b", READ(RSP)},
    {"pop (%rdi)", "\x8f\x07", WRITE(RDI)},
    {"call . + 0x1000", "\xe8\xfb\x0f\x00\x00", WRITE(RSP - 8)},
    {"leave", "\xc9", READ(RBP)},
    {"ret", "\xc3", JUMP(RSP)},
    {"ret $8", "\xc2\x08\x00", JUMP(RSP)},
    {"bnd ret", "\xf2\xc3", JUMP(RSP)},
};

static const struct sample jumps[] = {
    {"call *%rax", "\xff\xd0", GOES(RAX)},
    {"call *%r11", "\x41\xff\xd3", GOES(R11)},
    {"jmp *%rdx", "\xff\xe2", GOES(RDX)},
    {"call *(%rax)", "\xff\x10", JUMP(RAX)},
    {"call *0x18(%rax)", "\xff\x50\x18", JUMP(RAX + 0x18)},
    {"notrack jmp *(%rbx,%rax,8)", "\x3e\xff\x24\xc3", JUMP(RBX + 8 * RAX)},
};

static const struct sample strings[] = {
    {"lodsb", "\xac", READ(RSI)},
    {"rep stosq", "\xf3\x48\xab", WRITE(RDI)},
    {"repne scasb", "\xf2\xae", READ(RDI)},
};

static const struct sample floats[] = {
    {"flds (%rdi)", "\xd9\x07", READ(RDI)},
    {"fldt (%rdi)", "\xdb\x2f", READ(RDI)},
    {"fstpt (%rdi)", "\xdb\x3f", WRITE(RDI)},
    {"fstps (%rdi)", "\xd9\x1f", WRITE(RDI)},
    {"fstpl 8(%rdi)", "\xdd\x5f\x08", WRITE(RDI + 8)},
    {"fistpll (%rdi)", "\xdf\x3f", WRITE(RDI)},
    {"fisttpl (%rdi)", "\xdb\x0f", WRITE(RDI)},
    {"fildl (%rdi)", "\xdb\x07", READ(RDI)},
    {"fnstcw (%rdi)", "\xd9\x3f", WRITE(RDI)},
    {"fldcw (%rdi)", "\xd9\x2f", READ(RDI)},
    {"fadds (%rdi)", "\xd8\x07", READ(RDI)},
    {"movss (%rdi),%xmm0", "\xf3\x0f\x10\x07", READ(RDI)},
    {"movsd %xmm0,(%rdi)", "\xf2\x0f\x11\x07", WRITE(RDI)},
    {"movups (%rsi),%xmm0", "\x0f\x10\x06", READ(RSI)},
    {"movaps %xmm0,(%rdi)", "\x0f\x29\x07", WRITE(RDI)},
    {"movlps (%rdi),%xmm0", "\x0f\x12\x07", READ(RDI)},
    {"movhpd %xmm0,(%rdi)", "\x66\x0f\x17\x07", WRITE(RDI)},
    {"movd %xmm0,(%rdi)", "\x66\x0f\x7e\x07", WRITE(RDI)},
    {"movq %xmm0,(%rdi)", "\x66\x0f\xd6\x07", WRITE(RDI)},
    {"movq %xmm9,%r8", "\x66\x4d\x0f\x7e\xc8", NOTHING},
    {"movq (%rdi),%xmm0", "\xf3\x0f\x7e\x07", READ(RDI)},
    {"movdqu (%rsi),%xmm0", "\xf3\x0f\x6f\x06", READ(RSI)},
    {"movdqa %xmm0,(%rdi)", "\x66\x0f\x7f\x07", WRITE(RDI)},
    {"movntdq %xmm0,(%rdi)", "\x66\x0f\xe7\x07", WRITE(RDI)},
    {"cvtsi2sdl (%rdi),%xmm0", "\xf2\x0f\x2a\x07", READ(RDI)},
    {"ucomiss (%rdi),%xmm0", "\x0f\x2e\x07", READ(RDI)},
    {"pcmpeqb (%rdi),%xmm0", "\x66\x0f\x74\x07", READ(RDI)},
    {"pinsrw $1,(%rdi),%xmm0", "\x66\x0f\xc4\x07\x01", READ(RDI)},
    {"pshufb (%rdi),%xmm0", "\x66\x0f\x38\x00\x07", READ(RDI)},
    {"pextrd $1,%xmm0,(%rdi)", "\x66\x0f\x3a\x16\x07\x01", WRITE(RDI)},
    {"pextrb $1,%xmm0,(%rdi)", "\x66\x0f\x3a\x14\x07\x01", WRITE(RDI)},
    {"pcmpistri $0x1a,(%rdi),%xmm0", "\x66\x0f\x3a\x63\x07\x1a", READ(RDI)},
    {"stmxcsr (%rdi)", "\x0f\xae\x1f", WRITE(RDI)},
    {"ldmxcsr (%rdi)", "\x0f\xae\x17", READ(RDI)},
    {"fxsave (%rdi)", "\x0f\xae\x07", WRITE(RDI)},
    {"xsave 0x40(%rsp)", "\x0f\xae\x64\x24\x40", WRITE(RSP + 0x40)},
    {"xsavec 0x40(%rsp)", "\x0f\xc7\x64\x24\x40", WRITE(RSP + 0x40)},
    {"xrstor 0x40(%rsp)", "\x0f\xae\x6c\x24\x40", READ(RSP + 0x40)},
};

static const struct sample wide[] = {
    {"vmovdqu (%rdi),%ymm0", "\xc5\xfe\x6f\x07", READ(RDI)},
    {"vmovdqu %ymm0,(%rdi)", "\xc5\xfe\x7f\x07", WRITE(RDI)},
    {"vmovdqu %ymm0,-0x20(%rdi,%rdx)", "\xc5\xfe\x7f\x44\x17\xe0",
     WRITE(RDI + RDX - 0x20)},
    {"vmovdqu (%r9,%r10,2),%ymm1", "\xc4\x81\x7e\x6f\x0c\x51", READ(R9 + 2 * R10)},
    {"vmovdqa %ymm8,(%r13)", "\xc4\x41\x7d\x7f\x45\x00", WRITE(R13)},
    {"vmovd %xmm0,(%rdi)", "\xc5\xf9\x7e\x07", WRITE(RDI)},
    {"vmovq (%rdi),%xmm0", "\xc5\xfa\x7e\x07", READ(RDI)},
    {"vmovss %xmm0,(%rdi)", "\xc5\xfa\x11\x07", WRITE(RDI)},
    {"vpcmpeqb (%rdi),%ymm0,%ymm1", "\xc5\xfd\x74\x0f", READ(RDI)},
    {"vpbroadcastb (%rdi),%ymm0", "\xc4\xe2\x7d\x78\x07", READ(RDI)},
    {"vfmadd132ps (%rdi),%ymm1,%ymm2", "\xc4\xe2\x75\x98\x17", READ(RDI)},
    {"vfmadd231sd 8(%rdi),%xmm1,%xmm2", "\xc4\xe2\xf1\xb9\x57\x08", READ(RDI + 8)},
    {"vpmaskmovd (%rdi),%ymm1,%ymm2", "\xc4\xe2\x75\x8c\x17", READ(RDI)},
    {"vpmaskmovd %ymm1,%ymm2,(%rdi)", "\xc4\xe2\x6d\x8e\x0f", WRITE(RDI)},
    {"vmaskmovps %ymm1,%ymm2,(%rdi)", "\xc4\xe2\x6d\x2e\x0f", WRITE(RDI)},
    {"vextracti128 $1,%ymm0,(%rdi)", "\xc4\xe3\x7d\x39\x07\x01", WRITE(RDI)},
    {"vpextrq $1,%xmm0,(%rdi)", "\xc4\xe3\xf9\x16\x07\x01", WRITE(RDI)},
    {"vpgatherdd %ymm1,(%rdi,%ymm2,4),%ymm3", "\xc4\xe2\x75\x90\x1c\x97",
     NOWHERE(ACCESS_READ)},
    {"vpermq $1,(%rdi),%ymm0", "\xc4\xe3\xfd\x00\x07\x01", READ(RDI)},
    {"vstmxcsr (%rdi)", "\xc5\xf8\xae\x1f", WRITE(RDI)},
    {"kmovq (%rdi),%k1", "\xc4\xe1\xf8\x90\x0f", READ(RDI)},
    {"kmovq %k1,(%rdi)", "\xc4\xe1\xf8\x91\x0f", WRITE(RDI)},
    {"bextr %rax,(%rdi),%rcx", "\xc4\xe2\xf8\xf7\x0f", READ(RDI)},
    {"vzeroupper", "\xc5\xf8\x77", NOTHING},
};

static const struct sample widest[] = {
    {"vmovdqu64 (%rdi),%zmm16", "\x62\xe1\xfe\x48\x6f\x07", READ(RDI)},
    {"vmovdqu64 %ymm16,(%rdi)", "\x62\xe1\xfe\x28\x7f\x07", WRITE(RDI)},
    {"vmovdqu64 %ymm16,0x1001(%r9,%rdx)", "\x62\xc1\xfe\x28\x7f\x84\x11\x01\x10\x00\x00",
     WRITE(R9 + RDX + 0x1001)},
    {"vmovdqu64 (%r8,%r10,8),%ymm17", "\x62\x81\xfe\x28\x6f\x0c\xd0", READ(R8 + 8 * R10)},
    {"vmovdqu64 %ymm16,0x40(%rdi)", "\x62\xe1\xfe\x28\x7f\x47\x02",
     NOWHERE(ACCESS_WRITE)},
    {"vpcmpeqb (%rdi),%ymm16,%k0", "\x62\xf1\x7d\x20\x74\x07", READ(RDI)},
    {"vpminub (%rdi),%ymm17,%ymm18", "\x62\xe1\x75\x20\xda\x17", READ(RDI)},
    {"vpternlogd $1,(%rdi),%zmm1,%zmm2", "\x62\xf3\x75\x48\x25\x17\x01", READ(RDI)},
    {"vfmadd132ps (%rdi),%zmm1,%zmm2", "\x62\xf2\x75\x48\x98\x17", READ(RDI)},
    {"vpmovdb %zmm0,(%rdi)", "\x62\xf2\x7e\x48\x31\x07", WRITE(RDI)},
    {"vpmovzxbd (%rdi),%zmm0", "\x62\xf2\x7d\x48\x31\x07", READ(RDI)},
    {"vpcompressd %zmm0,(%rdi){%k1}", "\x62\xf2\x7d\x49\x8b\x07", WRITE(RDI)},
    {"vpscatterdd %zmm0,(%rdi,%zmm1,4){%k1}", "\x62\xf2\x7d\x49\xa0\x04\x8f",
     NOWHERE(ACCESS_WRITE)},
    {"vextracti64x4 $1,%zmm0,(%rdi)", "\x62\xf3\xfd\x48\x3b\x07\x01", WRITE(RDI)},
    {"vmovsh %xmm0,(%rdi)", "\x62\xf5\x7e\x08\x11\x07", WRITE(RDI)},
    {"vaddph (%rdi),%zmm1,%zmm2", "\x62\xf5\x74\x48\x58\x17", READ(RDI)},
};

static const struct sample idle[] = {
    {"hlt", "\xf4", NOTHING},
    {"nop", "\x90", NOTHING},
    {"ud2", "\x0f\x0b", NOTHING},
    {"cpuid", "\x0f\xa2", NOTHING},
    {"jmp . + 0x1000", "\xe9\xfb\x0f\x00\x00", NOTHING},
    {"nopw 0(%rax,%rax,1)", "\x66\x0f\x1f\x04\x00", NOTHING},
    {"prefetcht0 (%rdi)", "\x0f\x18\x0f", NOTHING},
};

static struct instruction read_code(const char *code, size_t size,
                                    const uint64_t *fault) {
    return instruction_read(&registers, (const unsigned char *)code, size, fault);
}

static void check(const struct sample *samples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct sample *sample = &samples[i];
        const struct instruction *wanted = &sample->wanted;
        struct instruction got = read_code(sample->code, sizeof(sample->code), NULL);
        ck_assert_msg(got.access == wanted->access && got.jumps == wanted->jumps,
                      "%s: access %d, jumps %d", sample->text, got.access, got.jumps);
        ck_assert_msg(got.address_known == wanted->address_known, "%s: address known: %d",
                      sample->text, got.address_known);
        ck_assert_msg(!got.address_known || got.address == wanted->address,
                      "%s: address %#jx", sample->text, (uintmax_t)got.address);
    }
}

#define CHECK(samples) check(samples, sizeof(samples) / sizeof((samples)[0]))

START_TEST(moves_load_or_store) {
    CHECK(moves);
}
END_TEST

START_TEST(sums_store_unless_they_compare) {
    CHECK(sums);
}
END_TEST

START_TEST(locked_ones_store) {
    CHECK(locks);
}
END_TEST

START_TEST(the_stack_is_written_and_read) {
    CHECK(stack);
}
END_TEST

START_TEST(calls_and_jumps_go_somewhere) {
    CHECK(jumps);
}
END_TEST

START_TEST(strings_have_their_own_registers) {
    CHECK(strings);
}
END_TEST

START_TEST(floats_and_vectors_load_or_store) {
    CHECK(floats);
}
END_TEST

START_TEST(vex_has_the_same_and_more) {
    CHECK(wide);
}
END_TEST

START_TEST(evex_has_the_same_and_more) {
    CHECK(widest);
}
END_TEST

START_TEST(others_touch_nothing) {
    CHECK(idle);
}
END_TEST

/** What it does where one address could not be accessed. */
static enum access access_at(const char *code, uint64_t fault) {
    return read_code(code, 2, &fault).access;
}

START_TEST(of_two_operands_the_one_that_failed_counts) {
    ck_assert_int_eq(access_at("\xf3\xa4", RSI), ACCESS_READ);
    ck_assert_int_eq(access_at("\xf3\xa4", RSI + 31), ACCESS_READ);
    ck_assert_int_eq(access_at("\xf3\xa4", RDI), ACCESS_WRITE);
    ck_assert_int_eq(access_at("\xf3\xa4", RDI + 63), ACCESS_WRITE);
    // call *(%rax) and push (%rax), where the stack has come to its end
    ck_assert_int_eq(access_at("\xff\x10", RAX), ACCESS_READ);
    ck_assert_int_eq(access_at("\xff\x10", RSP - 8), ACCESS_WRITE);
    ck_assert_int_eq(access_at("\xff\x30", RAX), ACCESS_READ);
    ck_assert_int_eq(access_at("\xff\x30", RSP - 8), ACCESS_WRITE);
    // call *%rax looks at the stack only
    ck_assert_int_eq(access_at("\xff\xd0", RSP - 8), ACCESS_WRITE);
}
END_TEST

START_TEST(of_two_operands_the_one_that_is_no_address_counts) {
    struct registers copying = registers;
    uint64_t *from = &copying.values[4], *to = &copying.values[5];
    const unsigned char code[] = {0xf3, 0x48, 0xa5};
    *from = 0x7fff00000000;
    struct instruction got = instruction_read(&copying, code, sizeof(code), NULL);
    ck_assert_int_eq(got.access, ACCESS_WRITE);
    ck_assert_uint_eq(got.address, *to);
    *from = RSI;
    *to = 0x7fff00000000;
    got = instruction_read(&copying, code, sizeof(code), NULL);
    ck_assert_int_eq(got.access, ACCESS_READ);
    ck_assert_uint_eq(got.address, *from);
}
END_TEST

START_TEST(code_that_ends_early_is_read_no_further) {
    // Each opcode with each sort of operand, cut everywhere; a sanitizer would see it.
    static const char endings[] = "\x84\x25\x11\x22\x33\x44\x55";
    static const char *const beginnings[] = {"",     "\x66\xf2\x4f",     "\x0f",
                                             "\xc4", "\x62\xf1\x7d\x48", "\x0f\x38"};
    for (unsigned opcode = 0; opcode < 256 * 6; opcode++) {
        char code[16];
        size_t length = strlen(strcpy(code, beginnings[opcode / 256]));
        code[length++] = (char)opcode;
        memcpy(code + length, endings, sizeof(endings));
        length += sizeof(endings);
        for (size_t size = 0; size <= length; size++) {
            char *exact = malloc(size + 1);
            memcpy(exact + 1, code, size);
            ck_assert_int_le(read_code(exact + 1, size, NULL).access, ACCESS_EXECUTE);
            free(exact);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("instruction_x86_64");
    TCase *test = tcase_create("instruction_x86_64");
    tcase_add_test(test, moves_load_or_store);
    tcase_add_test(test, sums_store_unless_they_compare);
    tcase_add_test(test, locked_ones_store);
    tcase_add_test(test, the_stack_is_written_and_read);
    tcase_add_test(test, calls_and_jumps_go_somewhere);
    tcase_add_test(test, strings_have_their_own_registers);
    tcase_add_test(test, floats_and_vectors_load_or_store);
    tcase_add_test(test, vex_has_the_same_and_more);
    tcase_add_test(test, evex_has_the_same_and_more);
    tcase_add_test(test, others_touch_nothing);
    tcase_add_test(test, of_two_operands_the_one_that_failed_counts);
    tcase_add_test(test, of_two_operands_the_one_that_is_no_address_counts);
    tcase_add_test(test, code_that_ends_early_is_read_no_further);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
