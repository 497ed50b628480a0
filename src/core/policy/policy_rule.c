// SPDX-License-Identifier: MIT
#include "core/policy/policy_rule.h"

#include "core/policy/errnos.h"
#include "core/policy/policy_trigger.h"
#include "core/policy/resource.h"
#include "core/policy/spelling.h"

#include <string.h>

#define NS_PER_MS          UINT64_C(1000000)
#define TWO_TO_THE_64      18446744073709551616.0
#define RULE_AT(member)    offsetof(struct mf_rule, member)
#define ROOM(type, member) sizeof(((struct type *)NULL)->member)

static const char *const actions[] = {[MF_FAIL] = "fail", [MF_SPARE] = "spare", NULL};
static const char *const counters[] = {
    [MF_PER_PROCESS] = "process", [MF_PER_THREAD] = "thread", NULL};

/* Functions */

/** Offer all words that stand for functions. */
static void offer_functions(struct mf_spelling *spelling) {
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        mf_spelling_offer(spelling, mf_function_name(i));
    }
    for (unsigned i = MF_GROUP_NONE + 1; i < MF_GROUP_COUNT; i++) {
        mf_spelling_offer(spelling, mf_resource_group_name(i));
    }
    mf_spelling_offer(spelling, MF_FUNCTIONS_DEFAULT_WORD);
}

/** "; did you mean ...?", where there is a likely word. */
static bool add_likely(struct mf_text *text, const struct mf_spelling *spelling) {
    if (spelling->likely) {
        mf_text_add(text, "; did you mean ");
        mf_text_quote(text, spelling->likely);
        mf_text_add(text, "?");
    }
    return spelling->likely;
}

static int refuse_function(struct mf_reader *reader, const char *name) {
    struct mf_spelling spelling = {.word = name};
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "unknown function ");
    mf_text_quote(&text, name);
    offer_functions(&spelling);
    if (add_likely(&text, &spelling)) {
        return -1;
    }
    for (unsigned i = 0; i < MF_MMAP; i++) {
        mf_text_add(&text, i > 0 ? ", " : "; known: ");
        mf_text_add(&text, mf_function_name(i));
    }
    mf_text_add(&text, ", and those in mallocfail-policy(5)");
    return -1;
}

static int read_function(struct mf_reader *reader, const json_t *value, void *into) {
    if (!json_is_string(value)) {
        return mf_reader_expected(reader, "the name of a function", value);
    }
    if (mf_reader_printable(reader, value) != 0) {
        return -1;
    }
    const char *name = json_string_value(value);
    mf_functions functions = mf_functions_read(name);
    for (unsigned i = 0; !functions && i < reader->named_count; i++) {
        bool same = strcmp(reader->named[i].name, name) == 0;
        functions = same ? MF_FUNCTION_BIT(MF_NAMED + i) : 0;
    }
    if (!functions) {
        return refuse_function(reader, name);
    }
    *(mf_functions *)into |= functions;
    return 0;
}

static int read_functions(struct mf_reader *reader, const json_t *value,
                          const struct mf_field *field, void *object) {
    mf_functions *functions = (mf_functions *)((char *)object + field->offset);
    *functions = 0;
    if (!json_is_array(value)) {
        return mf_reader_expected(reader, "a list of functions such as [\"malloc\"]",
                                  value);
    }
    if (json_array_size(value) == 0) {
        return mf_reader_fail(reader, "an empty list selects no call; name a function or "
                                      "leave \"functions\" out");
    }
    return mf_reader_list(reader, value, read_function, functions);
}

/** "errno", by name. */
static int read_error(struct mf_reader *reader, const json_t *value,
                      const struct mf_field *field, void *object) {
    if (!json_is_string(value)) {
        return mf_reader_expected(reader, "the name of an error such as \"ENOSPC\"",
                                  value);
    }
    if (mf_reader_printable(reader, value) != 0) {
        return -1;
    }
    struct mf_spelling spelling = {.word = json_string_value(value)};
    int32_t error = mf_errno_find(spelling.word);
    *(int32_t *)((char *)object + field->offset) = error;
    if (error) {
        return 0;
    }
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "unknown error ");
    mf_text_quote(&text, spelling.word);
    for (unsigned i = 0; mf_errno_known(i); i++) {
        mf_spelling_offer(&spelling, mf_errno_known(i));
    }
    if (!add_likely(&text, &spelling)) {
        mf_text_add(&text, "; expected a name from errno(3) such as EMFILE or ENOSPC");
    }
    return -1;
}

/* Sizes and times: both are ranges that two keys narrow */

struct range {
    uint64_t min, max;
};

static const struct mf_field size_fields[] = {
    {.key = "min", .read = mf_read_integer, .offset = offsetof(struct range, min)},
    {.key = "max", .read = mf_read_integer, .offset = offsetof(struct range, max)},
    {.key = NULL},
};
static const struct mf_fields size_object = {
    .what = "an object with \"min\" or \"max\", in bytes", .fields = size_fields};

/** "size" and "above_size" together: what both allow. */
static int check_sizes(struct mf_reader *reader, const struct mf_rule *rule) {
    if (rule->size_min <= rule->size_max) {
        return 0;
    }
    return mf_reader_empty_range(reader, "above_size", rule->size_min - 1, "size.max",
                                 rule->size_max);
}

static int read_size(struct mf_reader *reader, const json_t *value,
                     const struct mf_field *field, void *object) {
    (void)field;
    struct mf_rule *rule = object;
    struct range size = {0, UINT64_MAX};
    if (mf_read_fields(reader, value, &size_object, &size) != 0) {
        return -1;
    }
    if (size.min > size.max) {
        return mf_reader_empty_range(reader, "min", size.min, "max", size.max);
    }
    rule->size_min = size.min > rule->size_min ? size.min : rule->size_min;
    rule->size_max = size.max;
    return check_sizes(reader, rule);
}

static int read_above_size(struct mf_reader *reader, const json_t *value,
                           const struct mf_field *field, void *object) {
    (void)field;
    struct mf_rule *rule = object;
    uint64_t above;
    if (mf_reader_integer(reader, value, 0, &above) != 0) {
        return -1;
    }
    rule->size_min = above + 1 > rule->size_min ? above + 1 : rule->size_min;
    return check_sizes(reader, rule);
}

static int refuse_milliseconds(struct mf_reader *reader) {
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "too many milliseconds; the most are ");
    mf_text_number(&text, UINT64_MAX / NS_PER_MS);
    return -1;
}

/** "after_ms" or "before_ms", into nanoseconds; the later of the two is told of a
 * conflict. */
static int read_milliseconds(struct mf_reader *reader, const json_t *value,
                             const struct mf_field *field, void *object) {
    struct mf_rule *rule = object;
    uint64_t ms;
    if (mf_reader_integer(reader, value, 0, &ms) != 0) {
        return -1;
    }
    if (ms > UINT64_MAX / NS_PER_MS) {
        return refuse_milliseconds(reader);
    }
    *(uint64_t *)((char *)object + field->offset) = ms * NS_PER_MS;
    if (rule->after_ns >= rule->before_ns) {
        return mf_reader_empty_range(reader, "after_ms", rule->after_ns / NS_PER_MS,
                                     "before_ms", rule->before_ns / NS_PER_MS);
    }
    return 0;
}

/* Places and threads */

static int hex_digit(char digit) {
    static const char digits[] = "0123456789abcdef", capitals[] = "0123456789ABCDEF";
    const char *low = digit ? strchr(digits, digit) : NULL;
    const char *high = digit ? strchr(capitals, digit) : NULL;
    return low ? (int)(low - digits) : high ? (int)(high - capitals) : -1;
}

static int read_id(struct mf_reader *reader, const json_t *value,
                   const struct mf_field *field, void *object) {
    (void)field;
    struct mf_place *place = object;
    const char *digits = json_is_string(value) ? json_string_value(value) : "";
    size_t count = 0;
    for (place->id = 0; hex_digit(digits[count]) >= 0; count++) {
        place->id = place->id << 4 | (uint64_t)hex_digit(digits[count]);
    }
    if (count != 16 || json_string_length(value) != 16) {
        return mf_reader_fail(
            reader, "expected a string of 16 hexadecimal digits, as reports show ids");
    }
    place->has_id = 1;
    return 0;
}

static const struct mf_field place_fields[] = {
    {.key = "module",
     .read = mf_read_glob,
     .offset = offsetof(struct mf_place, module),
     .room = ROOM(mf_place, module)},
    {.key = "function",
     .read = mf_read_glob,
     .offset = offsetof(struct mf_place, function),
     .room = ROOM(mf_place, function)},
    {.key = "id", .read = read_id},
    {.key = NULL},
};
static const struct mf_fields place_object = {
    .what = "an object with \"module\", \"function\" or \"id\"", .fields = place_fields};

static int read_place(struct mf_reader *reader, const json_t *value,
                      const struct mf_field *field, void *object) {
    return mf_read_fields(reader, value, &place_object, (char *)object + field->offset);
}

static const struct mf_field thread_fields[] = {
    {.key = "name",
     .read = mf_read_glob,
     .offset = RULE_AT(thread_name),
     .room = ROOM(mf_rule, thread_name)},
    {.key = "index",
     .read = mf_read_integer,
     .offset = RULE_AT(thread_index),
     .least = 1},
    {.key = NULL},
};
static const struct mf_fields thread_object = {
    .what = "an object with \"name\" or \"index\"", .fields = thread_fields};

static int read_thread(struct mf_reader *reader, const json_t *value,
                       const struct mf_field *field, void *object) {
    (void)field;
    return mf_read_fields(reader, value, &thread_object, object);
}

/* Rules */

static const struct mf_field rule_fields[] = {
    {.key = "name",
     .read = mf_read_string,
     .offset = RULE_AT(name),
     .room = ROOM(mf_rule, name)},
    {.key = "action", .read = mf_read_word, .offset = RULE_AT(action), .words = actions},
    {.key = "functions", .read = read_functions, .offset = RULE_AT(functions)},
    {.key = "errno", .read = read_error, .offset = RULE_AT(error)},
    {.key = "size", .read = read_size},
    {.key = "above_size", .read = read_above_size},
    {.key = "after_ms", .read = read_milliseconds, .offset = RULE_AT(after_ns)},
    {.key = "before_ms", .read = read_milliseconds, .offset = RULE_AT(before_ns)},
    {.key = "after_failures", .read = mf_read_integer, .offset = RULE_AT(after_failures)},
    {.key = "caller", .read = read_place, .offset = RULE_AT(caller)},
    {.key = "stack", .read = read_place, .offset = RULE_AT(stack)},
    {.key = "thread", .read = read_thread},
    {.key = "process",
     .read = mf_read_glob,
     .offset = RULE_AT(process),
     .room = ROOM(mf_rule, process)},
    {.key = "process_index",
     .read = mf_read_integer,
     .offset = RULE_AT(process_index),
     .least = 1},
    {.key = "nth", .read = mf_read_nth},
    {.key = "every", .read = mf_read_every, .offset = RULE_AT(every), .least = 1},
    {.key = "from", .read = mf_read_from, .offset = RULE_AT(from), .least = 1},
    {.key = "probability", .read = mf_read_probability},
    {.key = "heap_above", .read = mf_read_heap_above, .offset = RULE_AT(heap_above)},
    {.key = "counter",
     .read = mf_read_word,
     .offset = RULE_AT(counter),
     .words = counters},
    {.key = "times", .read = mf_read_integer, .offset = RULE_AT(times), .least = 1},
    {.key = NULL},
};
const struct mf_fields mf_rule_fields = {.what = "a rule, an object such as {\"nth\": 1}",
                                         .fields = rule_fields,
                                         .optional = true};

/** Whether there are functions that an error is for. */
static int check_error(struct mf_reader *reader, const struct mf_rule *rule) {
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        if ((rule->functions & MF_FUNCTION_BIT(i)) && mf_resource_of(i)) {
            return 0;
        }
    }
    return mf_reader_fail(reader, "\"errno\" is for functions such as open, and the rule "
                                  "selects none: name them in \"functions\"");
}

static void name_rule(struct mf_rule *rule, size_t number) {
    struct mf_text name = mf_text_begin(rule->name, sizeof(rule->name));
    mf_text_add(&name, "rule ");
    mf_text_number(&name, number);
}

static int read_rule(struct mf_reader *reader, const json_t *value, void *into) {
    struct mf_policy *policy = into;
    if (policy->rule_count == MF_POLICY_RULES_MAX) {
        return mf_reader_fail(reader, "too many rules; 64 are allowed");
    }
    struct mf_rule *rule = &policy->rules[policy->rule_count++];
    memset(rule, 0, sizeof(*rule));
    name_rule(rule, policy->rule_count);
    rule->functions = MF_FUNCTIONS_DEFAULT;
    rule->size_max = rule->before_ns = rule->to = rule->times = UINT64_MAX;
    rule->step = 1;
    if (mf_read_fields(reader, value, &mf_rule_fields, rule) != 0) {
        return -1;
    }
    return rule->error ? check_error(reader, rule) : 0;
}

int mf_read_rules(struct mf_reader *reader, const json_t *value,
                  const struct mf_field *field, void *object) {
    (void)field;
    if (!json_is_array(value)) {
        return mf_reader_expected(reader, "a list of rules such as [{\"nth\": 1}]",
                                  value);
    }
    return mf_reader_list(reader, value, read_rule, object);
}
