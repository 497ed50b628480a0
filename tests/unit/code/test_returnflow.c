// SPDX-License-Identifier: MIT
// Whether functions return what a call in them has returned: compiled with and without
// optimisation, for this machine and for another one where there is a compiler for it.
#include "runner/code/returnflow.h"

#include "unit/unit.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** flows.c as a library. */
struct built {
    struct functions functions;
    struct microcodes *codes;
};

/** Compile it. */
static void build(struct built *built, const char *compiler, const char *flags) {
    char command[8192];
    struct mf_module module = {.path = ""};
    snprintf(module.path, sizeof(module.path), "%s/flows.%d.so", getenv("MF_BUILD"),
             getpid());
    snprintf(command, sizeof(command),
             "%s %s -w -shared -fPIC -fvisibility=hidden -o %s "
             "\"$MF_SOURCE\"/tests/unit/code/flows.c 2>&1",
             compiler, flags, module.path);
    ck_assert_int_eq(system(command), 0);
    functions_open(&built->functions, &module);
    unlink(module.path);
    ck_assert_ptr_nonnull(built->functions.file);
    built->codes = microcodes_new(elffile_machine(built->functions.file));
    ck_assert_ptr_nonnull(built->codes);
}

static void destroy(struct built *built) {
    microcodes_free(built->codes);
    functions_close(&built->functions);
}

static uint64_t address_of(const struct built *built, const char *name) {
    const struct symboltable *symbols = &built->functions.symbols;
    for (size_t i = 0; i < symbols->count; i++) {
        if (strcmp(symbols->list[i].name, name) == 0) {
            return symbols->list[i].address;
        }
    }
    ck_abort_msg("no %s", name);
}

/** The return address of its first call of source(). */
static uint64_t behind_call(const struct built *built, struct function_range range) {
    uint64_t source = address_of(built, "source");
    size_t length = range.high - range.low;
    const unsigned char *bytes = elffile_bytes(built->functions.file, range.low, length);
    struct microcode code;
    ck_assert_ptr_nonnull(bytes);
    for (size_t at = 0; at < length; at += code.length) {
        ck_assert(microcodes_read(built->codes, bytes + at, length - at, range.low + at,
                                  &code));
        if (code.kind == MICROCODE_CALL && code.target == source) {
            return range.low + at + code.length;
        }
    }
    ck_abort_msg("no call");
}

typedef bool answer_of(struct microcodes *codes, const struct elffile *file,
                       struct function_range function, uint64_t from);

static void check(const struct built *built, const char *name, answer_of *ask,
                  bool answer, const char *how) {
    struct function_range range;
    ck_assert(functions_find(&built->functions, address_of(built, name), &range));
    bool is = ask(built->codes, built->functions.file, range, behind_call(built, range));
    ck_assert_msg(is == answer, "%s, %s", name, how);
}

static void check_all(const char *compiler, const char *flags) {
    static const char *const giving[] = {
        "gives_or_dies",        "gives_and_counts",        "gives_behind_a_header",
        "gives_a_copy",         "gives_a_copy_in_the_end", "gives_zeroes",
        "gives_what_it_filled",
    };
    static const char *const others[] = {
        "tells_whether",  "tells_failure",           "tells_of_another",
        "gives_a_length", "gives_what_it_was_given",
    };
    static const char *const looking[] = {"looks", "looks_later", "gives_and_counts"};
    static const char *const ignoring[] = {"ignores", "ignores_and_tells"};
    struct built built;
    build(&built, compiler, flags);
#define CHECK(list, question, answer)                                                    \
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {                        \
        check(&built, list[i], question, answer, flags);                                 \
    }
    CHECK(giving, returnflow_returns, true)
    CHECK(others, returnflow_returns, false)
    CHECK(looking, returnflow_uses, true)
    CHECK(ignoring, returnflow_uses, false)
    destroy(&built);
}

static const char *const flags[] = {"-O0", "-O1",
                                    "-O2", "-O2 -fcf-protection=none",
                                    "-Os", "-O2 -fno-plt -fomit-frame-pointer"};

START_TEST(this_machine) {
    const char *compiler = getenv("CC");
    check_all(compiler ? compiler : "cc", flags[_i]);
}
END_TEST

START_TEST(aarch64) {
    static const char *const others[] = {"-O0", "-O1", "-O2"};
    check_all("aarch64-linux-gnu-gcc", others[_i]);
}
END_TEST

int main(void) {
    struct microcodes *codes = microcodes_new(EM_X86_64);
    Suite *suite = suite_create("returnflow");
    TCase *cases = tcase_create("returnflow");
    if (!codes) {
        puts("1..0 # SKIP no capstone");
        return 0;
    }
    microcodes_free(codes);
    tcase_add_loop_test(cases, this_machine, 0, sizeof(flags) / sizeof(flags[0]));
    if (system("command -v aarch64-linux-gnu-gcc >/dev/null") == 0) {
        tcase_add_loop_test(cases, aarch64, 0, 3);
    }
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
