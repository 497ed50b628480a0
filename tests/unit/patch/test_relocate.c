// SPDX-License-Identifier: MIT
// What a jump at a function's entry destroys, copied: the bytes that compilers write there.
#include "runner/patch/relocate.h"

#include "unit/unit.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS 0x1000
/** Of aarch64: a branch whose distance is still to come, and what does nothing. */
#define BRANCH 0x14000000
#define NOP    0xd503201f
/** A copy of x86-64 begins with endbr64. */
#define COPY "\xf3\x0f\x1e\xfa"

/** Code as it is and as it is copied; distances and addresses that are still to come are
 * zeros. */
struct example {
    const char *what;
    const char *bytes;
    size_t length;
    /** How much of that is behind the function. */
    size_t padding;
    const char *reason;
    const char *copy;
    size_t copied;
    uint8_t taken;
    bool calls;
    struct mf_patch_fix fix[3];
};

#define CODE(text)   text, sizeof(text) - 1
#define COPIED(text) NULL, COPY text, sizeof(COPY text) - 1
#define NEAR(target, at, end)                                                            \
    {                                                                                    \
        target, at, end, MF_PATCH_NEAR, {                                                \
            0                                                                            \
        }                                                                                \
    }

static const struct example examples[] = {
    {"push rbp; mov rbp, rsp; sub rsp, 16",
     CODE("\x55\x48\x89\xe5\x48\x83\xec\x10\x90"),
     0,
     COPIED("\x55\x48\x89\xe5\x48\x83\xec\x10\xe9\0\0\0\0"),
     8,
     false,
     {NEAR(0x1008, 13, 17)}},
    {"mov rax, [rip + 16]",
     CODE("\x48\x8b\x05\x10\0\0\0\xc3"),
     0,
     COPIED("\x48\x8b\x05\x10\0\0\0\xe9\0\0\0\0"),
     7,
     false,
     {NEAR(0x1017, 7, 11), NEAR(0x1007, 12, 16)}},
    {"cmp byte [rip + 16], 1, whose distance is not its end",
     CODE("\x80\x3d\x10\0\0\0\x01\xc3"),
     0,
     COPIED("\x80\x3d\x10\0\0\0\x01\xe9\0\0\0\0"),
     7,
     false,
     {NEAR(0x1017, 6, 11), NEAR(0x1007, 12, 16)}},
    {"test rdi, rdi; je .+7: a short branch",
     CODE("\x48\x85\xff\x74\x05\xc3"),
     0,
     COPIED("\x48\x85\xff\x0f\x84\0\0\0\0\xe9\0\0\0\0"),
     5,
     false,
     {NEAR(0x100a, 9, 13), NEAR(0x1005, 14, 18)}},
    {"jne, a long one",
     CODE("\x0f\x85\x10\0\0\0\xc3"),
     0,
     COPIED("\x0f\x85\0\0\0\0\xe9\0\0\0\0"),
     6,
     false,
     {NEAR(0x1016, 6, 10), NEAR(0x1006, 11, 15)}},
    {"sub rsp, 8; call: the return address is the old one",
     CODE("\x48\x83\xec\x08\xe8\xf3\x0f\0\0\xc3"),
     0,
     COPIED("\x48\x83\xec\x08\xff\x35\x05\0\0\0\xe9\0\0\0\0\0\0\0\0\0\0\0\0"),
     9,
     true,
     {NEAR(0x1ffc, 15, 19), {0x1009, 19, 0, MF_PATCH_ADDRESS, {0}}}},
    {"call [rip + 16], as for profiling",
     CODE("\xff\x15\x10\0\0\0\xc3"),
     0,
     COPIED("\xff\x35\x06\0\0\0\xff\x25\0\0\0\0\0\0\0\0\0\0\0\0"),
     6,
     true,
     {NEAR(0x1016, 12, 16), {0x1006, 16, 0, MF_PATCH_ADDRESS, {0}}}},
    {"jmp [rip + 16], and nothing behind it",
     CODE("\xff\x25\x10\0\0\0"),
     0,
     COPIED("\xff\x25\x10\0\0\0"),
     6,
     false,
     {NEAR(0x1016, 6, 10)}},
    {"xor eax, eax; ret, with a gap behind it",
     CODE("\x31\xc0\xc3\x66\x90"),
     2,
     COPIED("\x31\xc0\xc3"),
     5,
     false,
     {{0}}},
    {"xor eax, eax; ret, and the next function",
     CODE("\x31\xc0\xc3"),
     0,
     "it is too short",
     NULL,
     0,
     0,
     false,
     {{0}}},
    {"test edi, edi; jmp .-2, and the next function",
     CODE("\x85\xff\xeb\xfc"),
     0,
     "it is too short",
     NULL,
     0,
     0,
     false,
     {{0}}},
    {"loop",
     CODE("\xe2\x10\x90\x90\x90\xc3"),
     0,
     "it begins with a branch that has no long form",
     NULL,
     0,
     0,
     false,
     {{0}}},
    {"call rax",
     CODE("\xff\xd0\x90\x90\x90\xc3"),
     0,
     "it begins with a call by a register",
     NULL,
     0,
     0,
     false,
     {{0}}},
    {"no instruction",
     CODE("\x06\x06\x06\x06\x06\x06"),
     0,
     "its first instructions cannot be read",
     NULL,
     0,
     0,
     false,
     {{0}}},
};

static struct relocate_code code_of(struct microcodes *codes, const char *bytes,
                                    size_t length, size_t padding) {
    return (struct relocate_code){
        .codes = codes,
        .bytes = (const unsigned char *)bytes,
        .length = length - padding,
        .padding = padding,
        .address = ADDRESS,
    };
}

START_TEST(x86_64) {
    const struct example *example = &examples[_i];
    struct microcodes *codes = microcodes_new(EM_X86_64);
    struct mf_patch patch = {0};
    struct relocate_code code =
        code_of(codes, example->bytes, example->length, example->padding);
    const char *reason = relocate_x86_64.copy(&code, &patch);
    ck_assert_pstr_eq(reason, example->reason);
    if (!reason) {
        ck_assert_uint_eq(patch.taken, example->taken);
        ck_assert_uint_eq(patch.copied, example->copied);
        ck_assert_mem_eq(patch.copy, example->copy, example->copied);
        ck_assert_uint_eq(patch.calls, example->calls);
    }
    for (unsigned i = 0; !reason && i < patch.fixes; i++) {
        const struct mf_patch_fix *fix = &patch.fix[i];
        ck_assert_uint_eq(fix->target, example->fix[i].target);
        ck_assert_uint_eq(fix->at, example->fix[i].at);
        ck_assert_uint_eq(fix->kind, example->fix[i].kind);
        if (fix->kind == MF_PATCH_NEAR) {
            ck_assert_uint_eq(fix->end, example->fix[i].end);
        }
    }
    microcodes_free(codes);
}
END_TEST

START_TEST(branches_into_what_is_taken) {
    // add rdi, 1; cmp rdi, rsi; jne .-7, to its second instruction
    static const char inner[] = "\x48\x83\xc7\x01\x48\x39\xf7\x75\xfb\xc3";
    // the same, to its first one
    static const char outer[] = "\x48\x83\xc7\x01\x48\x39\xf7\x75\xf7\xc3";
    struct microcodes *codes = microcodes_new(EM_X86_64);
    struct relocate_code code = code_of(codes, inner, sizeof(inner) - 1, 0);
    ck_assert_pstr_eq(relocate_check_targets(&code, ADDRESS, ADDRESS + 7),
                      "a branch leads into its first instructions");
    code.bytes = (const unsigned char *)outer;
    ck_assert_pstr_eq(relocate_check_targets(&code, ADDRESS, ADDRESS + 7), NULL);
    microcodes_free(codes);
}
END_TEST

/** A first instruction of aarch64, and what its copy has behind the landing. */
static const struct {
    const char *what;
    uint32_t word;
    bool refused;
    uint32_t words[4];
    unsigned count;
    /** Where its branches go, in the order of the fixes, and the address that is kept
     * behind; 0 = none. */
    uint64_t branches[2], address;
} words[] = {
    {"stp x29, x30, [sp, #-32]!",
     0xa9be7bfd,
     false,
     {0xa9be7bfd, BRANCH},
     2,
     {0x1004},
     0},
    {"paciasp", 0xd503233f, false, {0xd503233f, BRANCH}, 2, {0x1004}, 0},
    {"ret", 0xd65f03c0, false, {0xd65f03c0, BRANCH}, 2, {0x1004}, 0},
    {"b .+8", 0x14000002, false, {BRANCH}, 1, {0x1008}, 0},
    {"b .-8", 0x17fffffe, false, {BRANCH}, 1, {0xff8}, 0},
    {"bl .+8", 0x94000002, false, {0x5800007e, BRANCH, NOP}, 3, {0x1008}, 0x1004},
    {"b.eq .+16",
     0x54000080,
     false,
     {0x54000040, BRANCH, BRANCH},
     3,
     {0x1004, 0x1010},
     0},
    {"cbz x0, .+16",
     0xb4000080,
     false,
     {0xb4000040, BRANCH, BRANCH},
     3,
     {0x1004, 0x1010},
     0},
    {"cbnz w3, .-4",
     0x35ffffe3,
     false,
     {0x35000043, BRANCH, BRANCH},
     3,
     {0x1004, 0xffc},
     0},
    {"tbz w0, #3, .+16",
     0x36180080,
     false,
     {0x36180040, BRANCH, BRANCH},
     3,
     {0x1004, 0x1010},
     0},
    {"tbnz x0, #40, .-4",
     0xb747ffe0,
     false,
     {0xb7400040, BRANCH, BRANCH},
     3,
     {0x1004, 0xffc},
     0},
    {"adr x5, .+9", 0x30000045, false, {0x58000065, BRANCH, NOP}, 3, {0x1004}, 0x1009},
    {"adrp x1, .+0x21000",
     0xb0000101,
     false,
     {0x58000061, BRANCH, NOP},
     3,
     {0x1004},
     0x22000},
    {"ldr x0, .+8", 0x58000040, true, {0}, 0, {0}, 0},
    {"ldr w0, .+8", 0x18000040, true, {0}, 0, {0}, 0},
    {"ldr q0, .+8", 0x9c000040, true, {0}, 0, {0}, 0},
};

/** Whether the fixes of a copy are those that are wanted. */
static void check_fixes(const struct mf_patch *patch, const uint64_t branches[2],
                        uint64_t address) {
    unsigned branch = 0;
    for (unsigned i = 0; i < patch->fixes; i++) {
        const struct mf_patch_fix *fix = &patch->fix[i];
        bool branches_here = fix->kind == MF_PATCH_BRANCH26;
        ck_assert_uint_eq(fix->target, branches_here ? branches[branch++] : address);
        ck_assert(branches_here || (fix->at == 16 && fix->kind == MF_PATCH_ADDRESS));
    }
    ck_assert(branch == 2 || branches[branch] == 0);
    ck_assert(!address || patch->fixes == branch + 1);
}

START_TEST(aarch64) {
    unsigned char bytes[8] = {0};
    struct mf_patch patch = {0};
    memcpy(bytes, &words[_i].word, sizeof(words[_i].word));
    struct relocate_code code = {
        .bytes = bytes, .length = sizeof(bytes), .address = ADDRESS};
    const char *reason = relocate_aarch64.copy(&code, &patch);
    ck_assert_msg(!reason == !words[_i].refused, "%s: %s", words[_i].what,
                  reason ? reason : "not refused");
    if (!reason) {
        size_t length = words[_i].count * sizeof(uint32_t);
        ck_assert_uint_eq(patch.taken, 4);
        ck_assert_uint_eq(patch.copied, 4 + length + (words[_i].address ? 8 : 0));
        ck_assert_mem_eq(patch.copy + 4, words[_i].words, length);
        check_fixes(&patch, words[_i].branches, words[_i].address);
    }
}
END_TEST

START_TEST(machines) {
    ck_assert_ptr_eq(relocate_machine(EM_X86_64), &relocate_x86_64);
    ck_assert_ptr_eq(relocate_machine(EM_AARCH64), &relocate_aarch64);
    ck_assert_ptr_null(relocate_machine(EM_386));
}
END_TEST

int main(void) {
    struct microcodes *codes = microcodes_new(EM_X86_64);
    Suite *suite = suite_create("relocate");
    TCase *cases = tcase_create("relocate");
    if (codes) {
        tcase_add_loop_test(cases, x86_64, 0, sizeof(examples) / sizeof(examples[0]));
        tcase_add_test(cases, branches_into_what_is_taken);
    }
    microcodes_free(codes);
    tcase_add_loop_test(cases, aarch64, 0, sizeof(words) / sizeof(words[0]));
    tcase_add_test(cases, machines);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
