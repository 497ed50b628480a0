// SPDX-License-Identifier: MIT
// What a jump at a function's entry destroys, copied: the bytes that compilers write there.
#include "runner/patch/relocate.h"

#include "unit/unit.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS 0x1000
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

static const struct {
    const char *what;
    uint32_t word;
    bool refused;
} words[] = {
    {"stp x29, x30, [sp, #-32]!", 0xa9be7bfd, false},
    {"paciasp", 0xd503233f, false},
    {"sub sp, sp, #32", 0xd10083ff, false},
    {"mov x1, x0", 0xaa0003e1, false},
    {"ldr x1, [x0]", 0xf9400001, false},
    {"ret", 0xd65f03c0, false},
    {"b .+8", 0x14000002, true},
    {"bl .+8", 0x94000002, true},
    {"b.eq .+8", 0x54000040, true},
    {"cbz x0, .+8", 0xb4000040, true},
    {"cbnz w0, .+8", 0x35000040, true},
    {"tbz w0, #3, .+8", 0x36180040, true},
    {"tbnz x0, #40, .+8", 0xb7400040, true},
    {"adr x0, .+8", 0x10000040, true},
    {"adrp x0, .", 0x90000000, true},
    {"ldr x0, .+8", 0x58000040, true},
    {"ldr w0, .+8", 0x18000040, true},
    {"ldr q0, .+8", 0x9c000040, true},
};

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
        ck_assert_uint_eq(patch.taken, 4);
        ck_assert_uint_eq(patch.copied, 12);
        ck_assert_mem_eq(patch.copy + 4, bytes, 4);
        ck_assert_uint_eq(patch.fix[0].kind, MF_PATCH_BRANCH26);
        ck_assert_uint_eq(patch.fix[0].target, ADDRESS + 4);
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
