// SPDX-License-Identifier: MIT
// Policies that nobody would write: random bytes, and valid policies with random changes.
// Each is read, or refused with an error that can be shown.
#include "core/policy/policy.h"

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#define VALID "tests/policies/valid"

static _Alignas(MF_ARENA_ALIGN) unsigned char memory[MF_POLICY_ARENA_SIZE];
static struct mf_arena arena;
static struct mf_policy policy;
static struct mf_policy_error error;
static struct unit_names valid;

static void begin(void) {
    arena = (struct mf_arena){.memory = memory, .size = sizeof(memory)};
    memset(&policy, 0xa5, sizeof(policy));
    memset(&error, 0, sizeof(error));
}

static int parse(const char *text, size_t length) {
    return mf_policy_parse(text, length, &arena, &policy, &error);
}

static uint64_t random_state;

static uint64_t random_below(uint64_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

static void assert_is_sentence(const char *text, size_t size) {
    size_t length = strnlen(text, size);
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_lt(length, size);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        ck_assert_msg(byte >= 0x20 && byte != 0x7f, "control character in %s", text);
    }
}

/** Parse a copy of exactly the length: success, or an error that can be shown. */
static void assert_survives(const char *text, size_t length) {
    char *exact = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, length);
    if (parse(exact, length) != 0) {
        ck_assert_int_ge(error.line, 1);
        ck_assert_int_ge(error.column, 1);
        ck_assert_int_eq(error.path[0], '$');
        assert_is_sentence(error.path, sizeof(error.path));
        assert_is_sentence(error.text, sizeof(error.text));
    }
    ck_assert_uint_eq(arena.used, 0);
    free(exact);
}

START_TEST(random_bytes_are_survived) {
    static const char letters[] = "{{{}}[],:\"\"\"\\u0 1e-tfn\n";
    char text[300];
    random_state = 1;
    for (int round = 0; round < 1000; round++) {
        size_t length = random_below(sizeof(text));
        for (size_t i = 0; i < length; i++) {
            text[i] = round % 2 ? letters[random_below(sizeof(letters) - 1)]
                                : (char)random_below(256);
        }
        text[0] = round % 3 ? '{' : text[0];
        assert_survives(text, length);
    }
}
END_TEST

struct mutant {
    char text[8192];
    size_t length;
};

static void replace(struct mutant *mutant, size_t at, size_t old_length, const char *new,
                    size_t length) {
    if (mutant->length - old_length + length > sizeof(mutant->text)) {
        return;
    }
    memmove(mutant->text + at + length, mutant->text + at + old_length,
            mutant->length - at - old_length);
    memcpy(mutant->text + at, new, length);
    mutant->length = mutant->length - old_length + length;
}

static void mutate(struct mutant *mutant) {
    static const char *const pieces[] = {
        "{}",
        "[]",
        "null",
        "-1",
        "0",
        "1e999",
        "99999999999999999999",
        "\"\"",
        "\\",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"nth\":1",
        "\xff",
        "{",
        "]",
        ",",
        ":",
        "[[[[[[[[[[[[[[[[[[[[",
        "\"",
        "\n",
        "\"*[\"",
        "{\"from\":2}",
    };
    size_t at = random_below(mutant->length + 1);
    size_t rest = mutant->length - at;
    size_t cut = rest > 0 ? random_below(rest < 20 ? rest + 1 : 20) : 0;
    char byte = (char)random_below(256);
    const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
    switch (random_below(4)) {
    case 0:
        replace(mutant, at, rest > 0, &byte, 1);
        break;
    case 1:
        replace(mutant, at, cut, "", 0);
        break;
    case 2:
        replace(mutant, at, cut, piece, strlen(piece));
        break;
    default:
        replace(mutant, at, 0, piece, strlen(piece));
    }
}

START_TEST(mutated_policies_are_survived) {
    static struct mutant mutant;
    random_state = 2;
    for (int round = 0; round < 1000; round++) {
        struct unit_file file = unit_read(VALID, valid.names[round % valid.count]);
        mutant.length = file.length < 4096 ? file.length : 4096;
        memcpy(mutant.text, file.bytes, mutant.length);
        free(file.bytes);
        for (uint64_t times = random_below(4); times < 4; times++) {
            mutate(&mutant);
        }
        assert_survives(mutant.text, mutant.length);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("policy mutants");
    TCase *tests = tcase_create("robustness");
    valid = unit_list(VALID, ".json");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, random_bytes_are_survived);
    tcase_add_test(tests, mutated_policies_are_survived);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
