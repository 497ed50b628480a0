// SPDX-License-Identifier: MIT
#include "core/policy/policy_trigger.h"

#include <string.h>

#define AT(member)    offsetof(struct mf_rule, member)
#define TWO_TO_THE_64 18446744073709551616.0

/** What each trigger is called in a policy. */
static const char *const trigger_keys[] = {
    [MF_ALWAYS] = "",
    [MF_NTH] = "nth",
    [MF_RANGE] = "nth",
    [MF_EVERY] = "every",
    [MF_FROM] = "from",
    [MF_PROBABILITY] = "probability",
    [MF_HEAP_ABOVE] = "heap_above",
};

static int claim(struct mf_reader *reader, struct mf_rule *rule,
                 enum mf_trigger trigger) {
    if (rule->trigger == MF_ALWAYS) {
        rule->trigger = trigger;
        return 0;
    }
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "a second trigger beside ");
    mf_text_quote(&text, trigger_keys[rule->trigger]);
    mf_text_add(&text, "; a rule has one at most, make two rules of it");
    return -1;
}

int mf_read_every(struct mf_reader *reader, const json_t *value,
                  const struct mf_field *field, void *object) {
    return claim(reader, object, MF_EVERY) != 0
               ? -1
               : mf_read_integer(reader, value, field, object);
}

int mf_read_from(struct mf_reader *reader, const json_t *value,
                 const struct mf_field *field, void *object) {
    return claim(reader, object, MF_FROM) != 0
               ? -1
               : mf_read_integer(reader, value, field, object);
}

int mf_read_heap_above(struct mf_reader *reader, const json_t *value,
                       const struct mf_field *field, void *object) {
    return claim(reader, object, MF_HEAP_ABOVE) != 0
               ? -1
               : mf_read_integer(reader, value, field, object);
}

int mf_read_probability(struct mf_reader *reader, const json_t *value,
                        const struct mf_field *field, void *object) {
    (void)field;
    struct mf_rule *rule = object;
    double chance = json_number_value(value);
    if (claim(reader, rule, MF_PROBABILITY) != 0) {
        return -1;
    }
    if (!json_is_number(value)) {
        return mf_reader_expected(reader, "a number from 0 to 1", value);
    }
    if (!(chance >= 0 && chance <= 1)) {
        return mf_reader_fail(reader, "expected a number from 0 to 1; 1 in 100 is 0.01");
    }
    rule->probability = chance < 1 ? (uint64_t)(chance * TWO_TO_THE_64) : UINT64_MAX;
    return 0;
}

/** Put a count into the ascending list, unless it is there. */
static void insert_count(struct mf_rule *rule, uint64_t count) {
    uint64_t at = rule->nth_count;
    while (at > 0 && rule->nth[at - 1] > count) {
        at--;
    }
    if (at > 0 && rule->nth[at - 1] == count) {
        return;
    }
    memmove(rule->nth + at + 1, rule->nth + at, (rule->nth_count - at) * sizeof(count));
    rule->nth[at] = count;
    rule->nth_count++;
}

static int read_count(struct mf_reader *reader, const json_t *value, void *into) {
    uint64_t count;
    if (mf_reader_integer(reader, value, 1, &count) != 0) {
        return -1;
    }
    insert_count(into, count);
    return 0;
}

static int read_counts(struct mf_reader *reader, const json_t *value,
                       struct mf_rule *rule) {
    if (json_array_size(value) == 0) {
        return mf_reader_fail(reader,
                              "an empty list takes no call; put in numbers from 1 on");
    }
    if (json_array_size(value) > MF_POLICY_NTH_MAX) {
        return mf_reader_fail(reader,
                              "more than 256 numbers; use {\"from\": N, \"to\": M, "
                              "\"step\": K} or several rules");
    }
    return mf_reader_list(reader, value, read_count, rule);
}

static const struct mf_field nth_fields[] = {
    {.key = "from", .read = mf_read_integer, .offset = AT(from), .least = 1},
    {.key = "to", .read = mf_read_integer, .offset = AT(to), .least = 1},
    {.key = "step", .read = mf_read_integer, .offset = AT(step), .least = 1},
    {.key = NULL},
};
static const struct mf_fields nth_object = {
    .what = "an object with \"from\", and perhaps \"to\" and \"step\"",
    .fields = nth_fields};

static int read_counts_range(struct mf_reader *reader, const json_t *value,
                             struct mf_rule *rule) {
    rule->trigger = MF_RANGE;
    if (mf_read_fields(reader, value, &nth_object, rule) != 0) {
        return -1;
    }
    if (rule->from == 0) {
        return mf_reader_fail(reader,
                              "missing key \"from\": the first number of the range");
    }
    if (rule->from > rule->to) {
        return mf_reader_empty_range(reader, "from", rule->from, "to", rule->to);
    }
    return 0;
}

int mf_read_nth(struct mf_reader *reader, const json_t *value,
                const struct mf_field *field, void *object) {
    (void)field;
    if (claim(reader, object, MF_NTH) != 0) {
        return -1;
    }
    if (json_is_object(value)) {
        return read_counts_range(reader, value, object);
    }
    if (json_is_array(value)) {
        return read_counts(reader, value, object);
    }
    if (json_is_integer(value)) {
        return read_count(reader, value, object);
    }
    return mf_reader_expected(
        reader,
        "an integer >= 1, a list of them, or {\"from\": N, \"to\": M, \"step\": K}",
        value);
}
