// SPDX-License-Identifier: MIT
#include "core/policy/policy.h"

#include "unit/unit.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALID   "tests/policies/valid"
#define INVALID "tests/policies/invalid"
#define READY   "policies"

#define MS UINT64_C(1000000)

static _Alignas(MF_ARENA_ALIGN) unsigned char memory[MF_POLICY_ARENA_SIZE];
static struct mf_arena arena;
static struct mf_policy policy;
static struct mf_policy_error error;
static struct unit_names valid, invalid, ready;

static void begin(void) {
    arena = (struct mf_arena){.memory = memory, .size = sizeof(memory)};
    memset(&policy, 0xa5, sizeof(policy));
    memset(&error, 0, sizeof(error));
}

static int parse(const char *text, size_t length) {
    return mf_policy_parse(text, length, &arena, &policy, &error);
}

static void assert_parses(const char *text, size_t length) {
    int status = parse(text, length);
    ck_assert_msg(status == 0, "%d:%d: %s: %s", error.line, error.column, error.path,
                  error.text);
}

/** Read a policy whose rules are given, and return the first. */
static const struct mf_rule *rule(const char *rules) {
    char text[4096];
    int length =
        snprintf(text, sizeof(text), "{ \"version\": 1, \"rules\": [ %s ] }", rules);
    assert_parses(text, (size_t)length);
    return &policy.rules[0];
}

static void assert_refused(const char *text, const char *sentence) {
    ck_assert_int_eq(parse(text, strlen(text)), -1);
    ck_assert_str_eq(error.text, sentence);
}

/* Case files: one test each */

static void assert_accepted(const char *folder, const char *name) {
    struct unit_file file = unit_read(folder, name);
    assert_parses(file.bytes, file.length);
    ck_assert_str_eq(error.text, "");
    free(file.bytes);
}

START_TEST(is_accepted) {
    assert_accepted(VALID, valid.names[_i]);
}
END_TEST

START_TEST(ready_policy_is_accepted_and_described) {
    assert_accepted(READY, ready.names[_i]);
    ck_assert_uint_gt(strlen(policy.description), 20);
}
END_TEST

/** The name of the file with the expected error of a case. */
static void error_name(char *name, size_t size, const char *json) {
    snprintf(name, size, "%.*s.error", (int)(strlen(json) - strlen(".json")), json);
}

START_TEST(is_refused_as_expected) {
    char name[256], found[512];
    struct unit_file json = unit_read(INVALID, invalid.names[_i]);
    ck_assert_int_eq(parse(json.bytes, json.length), -1);
    error_name(name, sizeof(name), invalid.names[_i]);
    struct unit_file expected = unit_read(INVALID, name);
    int length = snprintf(found, sizeof(found), "%d:%d: %s: %s\n", error.line,
                          error.column, error.path, error.text);
    ck_assert_msg((size_t)length == expected.length &&
                      memcmp(found, expected.bytes, expected.length) == 0,
                  "\nexpected %.*s   found %s", (int)expected.length, expected.bytes,
                  found);
    free(json.bytes);
    free(expected.bytes);
}
END_TEST

/** A test case for each policy, so that each shows under its name. */
static void add_files(Suite *suite, const struct unit_names *files, const TTest *test) {
    for (size_t i = 0; i < files->count; i++) {
        if (strstr(files->names[i], ".schema.")) {
            continue;
        }
        TCase *tests = tcase_create(files->names[i]);
        tcase_add_checked_fixture(tests, begin, NULL);
        tcase_add_loop_test(tests, test, (int)i, (int)i + 1);
        suite_add_tcase(suite, tests);
    }
}

/* What is read */

START_TEST(an_empty_policy_has_the_defaults) {
    const char *text = "{ \"version\": 1, \"rules\": [] }";
    assert_parses(text, strlen(text));
    ck_assert_str_eq(policy.description, "");
    ck_assert_uint_eq(policy.seed, 1);
    ck_assert_uint_eq(policy.arm, MF_ARM_LOAD);
    ck_assert_uint_eq(policy.rule_count, 0);
}
END_TEST

START_TEST(an_empty_rule_fails_the_malloc_family_always) {
    const struct mf_rule *bare = rule("{}");
    ck_assert_str_eq(bare->name, "rule 1");
    ck_assert_uint_eq(bare->action, MF_FAIL);
    ck_assert_uint_eq(bare->trigger, MF_ALWAYS);
    ck_assert_uint_eq(bare->counter, MF_PER_PROCESS);
    ck_assert_uint_eq(bare->functions, MF_FUNCTIONS_DEFAULT);
    ck_assert_uint_eq(bare->times, UINT64_MAX);
}
END_TEST

START_TEST(an_empty_rule_selects_all) {
    const struct mf_rule *bare = rule("{}");
    ck_assert_uint_eq(bare->size_min, 0);
    ck_assert_uint_eq(bare->size_max, UINT64_MAX);
    ck_assert_uint_eq(bare->after_ns, 0);
    ck_assert_uint_eq(bare->before_ns, UINT64_MAX);
    ck_assert_str_eq(bare->caller.module, "");
    ck_assert_uint_eq(bare->caller.has_id, 0);
    ck_assert_str_eq(bare->stack.function, "");
    ck_assert_uint_eq(bare->stack.has_id, 0);
    ck_assert_str_eq(bare->thread_name, "");
    ck_assert_uint_eq(bare->thread_index, 0);
    ck_assert_str_eq(bare->process, "");
}
END_TEST

START_TEST(rules_keep_their_order_and_are_named_by_it) {
    rule("{ \"nth\": 1 }, { \"name\": \"x\" }, { \"action\": \"spare\" }");
    ck_assert_uint_eq(policy.rule_count, 3);
    ck_assert_str_eq(policy.rules[0].name, "rule 1");
    ck_assert_str_eq(policy.rules[1].name, "x");
    ck_assert_str_eq(policy.rules[2].name, "rule 3");
    ck_assert_uint_eq(policy.rules[2].action, MF_SPARE);
}
END_TEST

START_TEST(the_64th_rule_is_read) {
    struct unit_file file = unit_read(VALID, "rules-64.json");
    assert_parses(file.bytes, file.length);
    ck_assert_uint_eq(policy.rule_count, 64);
    ck_assert_str_eq(policy.rules[63].name, "rule 64");
    ck_assert_uint_eq(policy.rules[63].nth[0], 64);
    free(file.bytes);
}
END_TEST

START_TEST(everything_is_read) {
    struct unit_file file = unit_read(VALID, "everything.json");
    assert_parses(file.bytes, file.length);
    const struct mf_rule *third = &policy.rules[1];
    ck_assert_uint_eq(policy.seed, 7);
    ck_assert_uint_eq(policy.arm, MF_ARM_MAIN);
    ck_assert_str_eq(policy.rules[0].stack.function, "SSL_*init*");
    ck_assert_str_eq(third->name, "the third kind");
    ck_assert_uint_eq(third->functions, MF_FUNCTION_BIT(MF_MALLOC) |
                                            MF_FUNCTION_BIT(MF_CALLOC) |
                                            MF_FUNCTION_BIT(MF_MMAP));
    ck_assert_uint_eq(third->size_min, 65);
    ck_assert_uint_eq(third->size_max, 65536);
    ck_assert_uint_eq(third->after_ns, 50 * MS);
    ck_assert_uint_eq(third->before_ns, 60000 * MS);
    ck_assert_str_eq(third->caller.module, "libxml2.so*");
    ck_assert_str_eq(third->caller.function, "xml*");
    ck_assert_uint_eq(third->caller.id, UINT64_C(0x0123456789abcdef));
    ck_assert_uint_eq(third->caller.has_id, 1);
    ck_assert_str_eq(third->stack.module, "xmllint");
    ck_assert_uint_eq(third->stack.id, UINT64_C(0xfedcba9876543210));
    ck_assert_str_eq(third->thread_name, "worker-[0-9]*");
    ck_assert_uint_eq(third->thread_index, 2);
    ck_assert_str_eq(third->process, "xmllint");
    ck_assert_uint_eq(third->trigger, MF_EVERY);
    ck_assert_uint_eq(third->every, 100);
    ck_assert_uint_eq(third->counter, MF_PER_THREAD);
    ck_assert_uint_eq(third->times, 3);
    free(file.bytes);
}
END_TEST

START_TEST(a_policy_says_which_allocator_serves) {
    static const uint32_t aligns[] = {0, 16, 1, 2, 4, 8};
    char text[100];
    int length = snprintf(text, sizeof(text),
                          "{ \"version\": 1, \"allocator\": \"%s\", \"rules\": [] }",
                          mf_allocator_words[_i]);
    assert_parses(text, (size_t)length);
    ck_assert_uint_eq(policy.allocator, (uint32_t)_i);
    ck_assert_uint_eq(mf_allocator_find(mf_allocator_words[_i]), (uint32_t)_i);
    ck_assert_uint_eq(mf_allocator_align(policy.allocator), aligns[_i]);
}
END_TEST

START_TEST(a_policy_says_when_it_arms) {
    static const char *const words[] = {"load", "main", "startup", "api"};
    static const uint32_t arms[] = {MF_ARM_LOAD, MF_ARM_MAIN, MF_ARM_STARTUP, MF_ARM_API};
    char text[100];
    int length =
        snprintf(text, sizeof(text), "{ \"version\": 1, \"arm\": \"%s\", \"rules\": [] }",
                 words[_i]);
    assert_parses(text, (size_t)length);
    ck_assert_uint_eq(policy.arm, arms[_i]);
}
END_TEST

START_TEST(functions_of_the_program_are_read) {
    static const char text[] =
        "{ \"version\": 1, \"rules\": [ { \"functions\": [\"b::c\"] } ], "
        "\"allocations\": [\"a\", \"b::c:errno=EMFILE:size=2*3:fail=-1\", \"d(int):x\"] }";
    assert_parses(text, sizeof(text) - 1);
    ck_assert_uint_eq(policy.named_count, 3);
    ck_assert_str_eq(policy.named[0].name, "a");
    ck_assert_int_eq(policy.named[0].error, ENOMEM);
    ck_assert_int_eq(policy.named[0].value, 0);
    ck_assert_uint_eq(policy.named[0].sizes[0], 0);
    ck_assert_str_eq(policy.named[1].name, "b::c");
    ck_assert_int_eq(policy.named[1].error, EMFILE);
    ck_assert_int_eq(policy.named[1].value, -1);
    ck_assert_uint_eq(policy.named[1].sizes[0], 2);
    ck_assert_uint_eq(policy.named[1].sizes[1], 3);
    ck_assert_str_eq(policy.named[2].name, "d(int):x");
    ck_assert_uint_eq(policy.rules[0].functions, MF_FUNCTION_BIT(MF_NAMED + 1));
}
END_TEST

START_TEST(every_function_can_be_named) {
    char text[100];
    for (unsigned i = 0; i < MF_NAMED; i++) {
        snprintf(text, sizeof(text), "{ \"functions\": [\"%s\"] }", mf_function_name(i));
        ck_assert_uint_eq(rule(text)->functions, MF_FUNCTION_BIT(i));
    }
}
END_TEST

START_TEST(sizes_are_inclusive_and_intersected) {
    const struct mf_rule *sized = rule("{ \"above_size\": 64 }");
    ck_assert_uint_eq(sized->size_min, 65);
    ck_assert_uint_eq(sized->size_max, UINT64_MAX);
    sized = rule("{ \"above_size\": 99, \"size\": { \"min\": 10, \"max\": 100 } }");
    ck_assert_uint_eq(sized->size_min, 100);
    ck_assert_uint_eq(sized->size_max, 100);
    sized = rule("{ \"size\": { \"min\": 100 }, \"above_size\": 10 }");
    ck_assert_uint_eq(sized->size_min, 100);
    sized = rule("{ \"above_size\": 9223372036854775807 }");
    ck_assert_uint_eq(sized->size_min, UINT64_C(1) << 63);
}
END_TEST

START_TEST(the_longest_time_is_not_mistaken_for_none) {
    const struct mf_rule *timed = rule("{ \"before_ms\": 18446744073709 }");
    ck_assert_uint_eq(timed->before_ns, UINT64_C(18446744073709) * MS);
    ck_assert_uint_ne(timed->before_ns, UINT64_MAX);
}
END_TEST

START_TEST(nth_takes_one_number) {
    const struct mf_rule *nth = rule("{ \"nth\": 50 }");
    ck_assert_uint_eq(nth->trigger, MF_NTH);
    ck_assert_uint_eq(nth->nth_count, 1);
    ck_assert_uint_eq(nth->nth[0], 50);
}
END_TEST

START_TEST(nth_sorts_a_list_and_drops_doubles) {
    const struct mf_rule *nth = rule("{ \"nth\": [7, 3, 9223372036854775807, 3, 1, 7] }");
    ck_assert_uint_eq(nth->trigger, MF_NTH);
    ck_assert_uint_eq(nth->nth_count, 4);
    ck_assert_uint_eq(nth->nth[0], 1);
    ck_assert_uint_eq(nth->nth[1], 3);
    ck_assert_uint_eq(nth->nth[2], 7);
    ck_assert_uint_eq(nth->nth[3], INT64_MAX);
}
END_TEST

START_TEST(nth_takes_the_longest_list) {
    struct unit_file file = unit_read(VALID, "nth-list-longest.json");
    assert_parses(file.bytes, file.length);
    ck_assert_uint_eq(policy.rules[0].nth_count, MF_POLICY_NTH_MAX);
    for (unsigned i = 0; i < MF_POLICY_NTH_MAX; i++) {
        ck_assert_uint_eq(policy.rules[0].nth[i], i + 1);
    }
    free(file.bytes);
}
END_TEST

START_TEST(nth_takes_a_range) {
    const struct mf_rule *nth =
        rule("{ \"nth\": { \"from\": 10, \"to\": 20, \"step\": 5 } }");
    ck_assert_uint_eq(nth->trigger, MF_RANGE);
    ck_assert_uint_eq(nth->from, 10);
    ck_assert_uint_eq(nth->to, 20);
    ck_assert_uint_eq(nth->step, 5);
}
END_TEST

START_TEST(nth_takes_a_range_that_is_open) {
    const struct mf_rule *nth = rule("{ \"nth\": { \"from\": 10 } }");
    ck_assert_uint_eq(nth->trigger, MF_RANGE);
    ck_assert_uint_eq(nth->to, UINT64_MAX);
    ck_assert_uint_eq(nth->step, 1);
}
END_TEST

START_TEST(the_other_triggers_are_read) {
    const struct mf_rule *from = rule("{ \"from\": 5 }");
    ck_assert_uint_eq(from->trigger, MF_FROM);
    ck_assert_uint_eq(from->from, 5);
    const struct mf_rule *heap = rule("{ \"heap_above\": 1048576 }");
    ck_assert_uint_eq(heap->trigger, MF_HEAP_ABOVE);
    ck_assert_uint_eq(heap->heap_above, 1048576);
}
END_TEST

START_TEST(probability_is_a_part_of_two_to_the_64) {
    ck_assert_uint_eq(rule("{ \"probability\": 0 }")->probability, 0);
    ck_assert_uint_eq(rule("{ \"probability\": -0.0 }")->probability, 0);
    ck_assert_uint_eq(rule("{ \"probability\": 0.5 }")->probability, UINT64_C(1) << 63);
    ck_assert_uint_eq(rule("{ \"probability\": 25e-2 }")->probability, UINT64_C(1) << 62);
    ck_assert_uint_eq(rule("{ \"probability\": 1 }")->probability, UINT64_MAX);
    ck_assert_uint_eq(rule("{ \"probability\": 1.0 }")->probability, UINT64_MAX);
    ck_assert_uint_lt(rule("{ \"probability\": 0.9999999999999999 }")->probability,
                      UINT64_MAX);
    ck_assert_uint_eq(policy.rules[0].trigger, MF_PROBABILITY);
}
END_TEST

/* Manners */

static void *jansson_malloc(size_t size) {
    return malloc(size);
}

static void jansson_free(void *block) {
    free(block);
}

START_TEST(jansson_and_the_arena_are_left_as_found) {
    json_malloc_t malloc_now;
    json_free_t free_now;
    json_set_alloc_funcs(jansson_malloc, jansson_free);
    void *block = mf_arena_take(&arena, 1, 100);
    size_t used = arena.used;
    rule("{ \"nth\": 1 }");
    ck_assert_uint_eq(arena.used, used);
    assert_refused("{ \"version\": 1, ",
                   "cannot be read: string or '}' expected near end "
                   "of file; is a closing bracket or quote missing?");
    ck_assert_uint_eq(arena.used, used);
    assert_refused("{ \"version\": 1 }",
                   "missing key \"rules\"; write \"rules\": [] for none");
    ck_assert_uint_eq(arena.used, used);
    ck_assert_uint_eq(mf_arena_size(&arena, block), 100);
    json_get_alloc_funcs(&malloc_now, &free_now);
    ck_assert(malloc_now == jansson_malloc);
    ck_assert(free_now == jansson_free);
}
END_TEST

START_TEST(the_same_text_reads_the_same_twice) {
    static struct mf_policy first;
    struct unit_file file = unit_read(VALID, "everything.json");
    assert_parses(file.bytes, file.length);
    first = policy;
    memset(&policy, 0x5a, sizeof(policy));
    assert_parses(file.bytes, file.length);
    ck_assert_mem_eq(&first, &policy,
                     offsetof(struct mf_policy, rules) +
                         policy.rule_count * sizeof(struct mf_rule));
    free(file.bytes);
}
END_TEST

/** Parse with arenas that grow from nothing until one is large enough. */
START_TEST(a_small_arena_gives_an_error) {
    struct unit_file file = unit_read(VALID, "everything.json");
    int status = -1;
    for (size_t size = 0; status != 0; size += 16) {
        arena = (struct mf_arena){.memory = memory, .size = size};
        status = parse(file.bytes, file.length);
        if (status != 0) {
            ck_assert_str_eq(error.text, "too large: it has more values than there is "
                                         "memory set aside for");
        }
        ck_assert_uint_eq(arena.used, 0);
        ck_assert_uint_lt(size, 65536);
    }
    free(file.bytes);
}
END_TEST

/** Fill a text of the largest size with one element again and again. */
static void assert_fits(const char *head, const char *element, const char *tail) {
    static char text[MF_POLICY_TEXT_MAX];
    size_t used = strlen(head), step = strlen(element);
    memcpy(text, head, used);
    for (; used + step + strlen(tail) <= sizeof(text); used += step) {
        memcpy(text + used, element, step);
    }
    memcpy(text + used - 1, tail, strlen(tail));
    begin();
    ck_assert_int_eq(parse(text, used - 1 + strlen(tail)), -1);
    ck_assert_msg(!strstr(error.text, "too large"), "%s: %s", element, error.text);
    ck_assert_msg(!strstr(error.text, "cannot be read"), "%s: %s", element, error.text);
}

START_TEST(the_arena_is_enough_for_the_most_wasteful_texts) {
    assert_fits("{ \"version\": 1, \"rules\": [", "{},", "] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "{},", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "[],", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "[{}],", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "1,", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "\"\",", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "{\"\":{}},", "] ] }");
    assert_fits("{ \"version\": 1, \"rules\": [ [", "{\"a\":{},\"b\":{}},", "] ] }");
}
END_TEST

static TCase *reading(void) {
    TCase *tests = tcase_create("reading");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, an_empty_policy_has_the_defaults);
    tcase_add_test(tests, an_empty_rule_fails_the_malloc_family_always);
    tcase_add_test(tests, an_empty_rule_selects_all);
    tcase_add_test(tests, rules_keep_their_order_and_are_named_by_it);
    tcase_add_test(tests, the_64th_rule_is_read);
    tcase_add_test(tests, everything_is_read);
    tcase_add_loop_test(tests, a_policy_says_when_it_arms, 0, 4);
    tcase_add_loop_test(tests, a_policy_says_which_allocator_serves, 0,
                        MF_ALLOCATOR_COUNT);
    tcase_add_test(tests, functions_of_the_program_are_read);
    tcase_add_test(tests, every_function_can_be_named);
    tcase_add_test(tests, sizes_are_inclusive_and_intersected);
    tcase_add_test(tests, the_longest_time_is_not_mistaken_for_none);
    tcase_add_test(tests, nth_takes_one_number);
    tcase_add_test(tests, nth_sorts_a_list_and_drops_doubles);
    tcase_add_test(tests, nth_takes_the_longest_list);
    tcase_add_test(tests, nth_takes_a_range);
    tcase_add_test(tests, nth_takes_a_range_that_is_open);
    tcase_add_test(tests, the_other_triggers_are_read);
    tcase_add_test(tests, probability_is_a_part_of_two_to_the_64);
    return tests;
}

static TCase *manners(void) {
    TCase *tests = tcase_create("manners");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, jansson_and_the_arena_are_left_as_found);
    tcase_add_test(tests, the_same_text_reads_the_same_twice);
    tcase_add_test(tests, a_small_arena_gives_an_error);
    tcase_add_test(tests, the_arena_is_enough_for_the_most_wasteful_texts);
    return tests;
}

int main(void) {
    Suite *suite = suite_create("policy");
    valid = unit_list(VALID, ".json");
    invalid = unit_list(INVALID, ".json");
    ready = unit_list(READY, ".json");
    suite_add_tcase(suite, reading());
    suite_add_tcase(suite, manners());
    add_files(suite, &valid, is_accepted);
    add_files(suite, &invalid, is_refused_as_expected);
    add_files(suite, &ready, ready_policy_is_accepted_and_described);
    return unit_run(suite);
}
