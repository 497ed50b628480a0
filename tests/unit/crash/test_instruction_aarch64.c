// SPDX-License-Identifier: MIT
// Loads and stores, each assembled by clang for armv8.5-a.
#include "runner/crash/instruction.h"

#include "unit/unit.h"

struct sample {
    const char *text;
    uint32_t word;
    enum access wanted;
};

static const struct sample plain[] = {
    {"ldr x0, [x1]", 0xf9400020, ACCESS_READ},
    {"str x0, [x1]", 0xf9000020, ACCESS_WRITE},
    {"ldr w0, [x1, #4]", 0xb9400420, ACCESS_READ},
    {"str w0, [x1, #4]", 0xb9000420, ACCESS_WRITE},
    {"ldrb w0, [x1]", 0x39400020, ACCESS_READ},
    {"strb w0, [x1]", 0x39000020, ACCESS_WRITE},
    {"ldrh w0, [x1, x2, lsl #1]", 0x78627820, ACCESS_READ},
    {"strh w0, [x1, x2]", 0x78226820, ACCESS_WRITE},
    {"ldrsw x0, [x1]", 0xb9800020, ACCESS_READ},
    {"ldrsb x0, [x1]", 0x39800020, ACCESS_READ},
    {"ldrsb w0, [x1]", 0x39c00020, ACCESS_READ},
    {"ldrsh x0, [x1, #2]", 0x79800420, ACCESS_READ},
    {"ldrsw x0, [x1, x2, lsl #2]", 0xb8a27820, ACCESS_READ},
    {"ldr x0, [x1], #8", 0xf8408420, ACCESS_READ},
    {"str x0, [x1, #-16]!", 0xf81f0c20, ACCESS_WRITE},
    {"ldur x0, [x1, #-8]", 0xf85f8020, ACCESS_READ},
    {"stur w0, [x1, #-4]", 0xb81fc020, ACCESS_WRITE},
    {"ldursw x0, [x1, #-4]", 0xb89fc020, ACCESS_READ},
    {"ldtr x0, [x1]", 0xf8400820, ACCESS_READ},
    {"sttr x0, [x1]", 0xf8000820, ACCESS_WRITE},
    {"ldr x0, . + 8", 0x58000040, ACCESS_READ},
    {"ldr x0, . + 0x80000", 0x58400000, ACCESS_READ},
    {"ldrsw x0, . + 8", 0x98000040, ACCESS_READ},
    {"ldr q0, . + 0x10", 0x9c000080, ACCESS_READ},
    {"ldr d0, . + 0x80000", 0x5c400000, ACCESS_READ},
};

static const struct sample pairs[] = {
    {"ldp x29, x30, [sp], #32", 0xa8c27bfd, ACCESS_READ},
    {"stp x29, x30, [sp, #-32]!", 0xa9be7bfd, ACCESS_WRITE},
    {"ldp x0, x1, [x2]", 0xa9400440, ACCESS_READ},
    {"stp xzr, xzr, [x0, #16]", 0xa9017c1f, ACCESS_WRITE},
    {"ldpsw x0, x1, [x2]", 0x69400440, ACCESS_READ},
    {"ldnp q0, q1, [x2]", 0xac400440, ACCESS_READ},
    {"stnp q0, q1, [x2]", 0xac000440, ACCESS_WRITE},
    {"stp q0, q1, [x3, #32]", 0xad010460, ACCESS_WRITE},
};

static const struct sample vectors[] = {
    {"ldr q0, [x1]", 0x3dc00020, ACCESS_READ},
    {"str q0, [x1]", 0x3d800020, ACCESS_WRITE},
    {"ldr d0, [x1]", 0xfd400020, ACCESS_READ},
    {"str d0, [x1]", 0xfd000020, ACCESS_WRITE},
    {"ldr s0, [x1, x2, lsl #2]", 0xbc627820, ACCESS_READ},
    {"str b0, [x1]", 0x3d000020, ACCESS_WRITE},
    {"str q3, [x4, x5]", 0x3ca56883, ACCESS_WRITE},
    {"stur q0, [x1, #-16]", 0x3c9f0020, ACCESS_WRITE},
    {"ldur q0, [x1, #-16]", 0x3cdf0020, ACCESS_READ},
    {"ld1 {v0.16b}, [x0]", 0x4c407000, ACCESS_READ},
    {"st1 {v0.16b, v1.16b}, [x0], #32", 0x4c9fa000, ACCESS_WRITE},
    {"ld1r {v0.4s}, [x0]", 0x4d40c800, ACCESS_READ},
    {"st1 {v0.s}[1], [x0]", 0x0d009000, ACCESS_WRITE},
};

static const struct sample locks[] = {
    {"ldxr w0, [x1]", 0x885f7c20, ACCESS_READ},
    {"stxr w2, w0, [x1]", 0x88027c20, ACCESS_WRITE},
    {"ldaxr x0, [x1]", 0xc85ffc20, ACCESS_READ},
    {"stlxr w2, x0, [x1]", 0xc802fc20, ACCESS_WRITE},
    {"ldxp x0, x1, [x2]", 0xc87f0440, ACCESS_READ},
    {"stxp w3, x0, x1, [x2]", 0xc8230440, ACCESS_WRITE},
    {"ldar x0, [x1]", 0xc8dffc20, ACCESS_READ},
    {"stlr x0, [x1]", 0xc89ffc20, ACCESS_WRITE},
    {"ldapr x0, [x1]", 0xf8bfc020, ACCESS_READ},
    {"ldapur x0, [x1, #8]", 0xd9408020, ACCESS_READ},
    {"stlur x0, [x1, #8]", 0xd9008020, ACCESS_WRITE},
    {"ldapursw x0, [x1, #8]", 0x99808020, ACCESS_READ},
    {"ldadd w0, w1, [x2]", 0xb8200041, ACCESS_WRITE},
    {"ldaddal x0, x1, [x2]", 0xf8e00041, ACCESS_WRITE},
    {"stadd w0, [x2]", 0xb820005f, ACCESS_WRITE},
    {"swp x0, x1, [x2]", 0xf8208041, ACCESS_WRITE},
    {"swpa x0, x1, [x2]", 0xf8a08041, ACCESS_WRITE},
    {"cas w0, w1, [x2]", 0x88a07c41, ACCESS_WRITE},
    {"casal x0, x1, [x2]", 0xc8e0fc41, ACCESS_WRITE},
    {"casp x0, x1, x2, x3, [x4]", 0x48207c82, ACCESS_WRITE},
    {"ldset x0, x1, [x2]", 0xf8203041, ACCESS_WRITE},
    {"ldraa x0, [x1]", 0xf8200420, ACCESS_READ},
};

static const struct sample idle[] = {
    {"add x0, x1, x2", 0x8b020020, ACCESS_UNKNOWN},
    {"mov x0, #1", 0xd2800020, ACCESS_UNKNOWN},
    {"ret", 0xd65f03c0, ACCESS_UNKNOWN},
    {"bl . + 8", 0x94000002, ACCESS_UNKNOWN},
    {"fadd d0, d1, d2", 0x1e622820, ACCESS_UNKNOWN},
    {"adrp x0, .", 0x90000000, ACCESS_UNKNOWN},
    {"nop", 0xd503201f, ACCESS_UNKNOWN},
    {"udf #0", 0x00000000, ACCESS_UNKNOWN},
};

static enum access access_of(uint32_t word, size_t size) {
    const struct registers registers = {.count = 33};
    struct instruction got =
        instruction_read(&registers, (const unsigned char *)&word, size, NULL);
    ck_assert(!got.address_known && !got.jumps);
    return got.access;
}

static void check(const struct sample *samples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        enum access got = access_of(samples[i].word, sizeof(samples[i].word));
        ck_assert_msg(got == samples[i].wanted, "%s: access %d", samples[i].text, got);
    }
}

#define CHECK(samples) check(samples, sizeof(samples) / sizeof((samples)[0]))

START_TEST(general_registers_are_loaded_or_stored) {
    CHECK(plain);
}
END_TEST

START_TEST(so_are_pairs) {
    CHECK(pairs);
}
END_TEST

START_TEST(so_are_vectors) {
    CHECK(vectors);
}
END_TEST

START_TEST(locked_ones_store_unless_they_only_load) {
    CHECK(locks);
}
END_TEST

START_TEST(others_touch_nothing) {
    CHECK(idle);
}
END_TEST

START_TEST(code_that_ends_early_is_not_known) {
    for (size_t size = 0; size < sizeof(plain[0].word); size++) {
        ck_assert_int_eq(access_of(plain[0].word, size), ACCESS_UNKNOWN);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("instruction_aarch64");
    TCase *test = tcase_create("instruction_aarch64");
    tcase_add_test(test, general_registers_are_loaded_or_stored);
    tcase_add_test(test, so_are_pairs);
    tcase_add_test(test, so_are_vectors);
    tcase_add_test(test, locked_ones_store_unless_they_only_load);
    tcase_add_test(test, others_touch_nothing);
    tcase_add_test(test, code_that_ends_early_is_not_known);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
