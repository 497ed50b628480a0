// SPDX-License-Identifier: MIT
/**
 * From text to policy: check what a parser should not be shown, let jansson build its
 * tree in the arena, read the tree by tables, throw it away by winding the arena back.
 */
#include "core/policy/policy.h"

#include "core/policy/policy_rule.h"
#include "core/policy/policy_syntax.h"
#include "core/policy/reader.h"

#include <jansson.h>
#include <setjmp.h>
#include <string.h>

#define POLICY_AT(member) offsetof(struct mf_policy, member)

struct memory {
    struct mf_arena *arena;
    /** Where to go on when the arena is used up. */
    jmp_buf used_up;
};

/** What jansson allocates from while a parse lasts: its callbacks carry no argument. */
static struct memory *memory;

/**
 * Never NULL: jansson's lexer drops characters when its buffer cannot grow, and then
 * reads past the buffer's end. So its parse is left as it stands; all it has is in the
 * arena.
 */
static void *take(size_t size) {
    void *block = mf_arena_take(memory->arena, MF_ARENA_ALIGN, size);
    if (!block) {
        longjmp(memory->used_up, 1);
    }
    return block;
}

static void give(void *block) {
    mf_arena_give(memory->arena, block);
}

static const char *const arms[] = {
    [MF_ARM_LOAD] = "load",
    [MF_ARM_MAIN] = "main",
    [MF_ARM_STARTUP] = "startup",
    [MF_ARM_API] = "api",
    NULL,
};

static int read_version(struct mf_reader *reader, const json_t *value,
                        const struct mf_field *field, void *object) {
    (void)field, (void)object;
    uint64_t version;
    if (mf_reader_integer(reader, value, 1, &version) != 0) {
        return -1;
    }
    if (version == 1) {
        return 0;
    }
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "version ");
    mf_text_number(&text, version);
    mf_text_add(&text, " is not known; this mallocfail reads version 1");
    return -1;
}

/** Read one function of the program's own. */
static int read_allocation(struct mf_reader *reader, const json_t *value, void *into) {
    struct mf_policy *policy = into;
    char bytes[160];
    struct mf_text why = mf_text_begin(bytes, sizeof(bytes));
    if (!json_is_string(value)) {
        return mf_reader_expected(reader, "a function such as \"pool_get:size=1\"",
                                  value);
    }
    if (mf_reader_printable(reader, value) != 0) {
        return -1;
    }
    if (policy->named_count == MF_NAMED_MAX) {
        return mf_reader_fail(reader, "more than 8 functions of the program's own");
    }
    if (mf_named_read(&policy->named[policy->named_count], json_string_value(value),
                      &why) != 0) {
        return mf_reader_fail(reader, bytes);
    }
    policy->named_count++;
    return 0;
}

static int read_allocations(struct mf_reader *reader, const json_t *value,
                            const struct mf_field *field, void *object) {
    struct mf_policy *policy = object;
    (void)field;
    policy->named_count = 0;
    return json_is_array(value)
               ? mf_reader_list(reader, value, read_allocation, policy)
               : mf_reader_expected(
                     reader, "a list of functions such as [\"pool_get:size=1\"]", value);
}

/** What a finding says of itself, for mallocfail replay: only that it does is kept. */
static int read_reproduces(struct mf_reader *reader, const json_t *value,
                           const struct mf_field *field, void *object) {
    (void)field;
    ((struct mf_policy *)object)->reproduces = 1;
    return json_is_object(value) ? 0 : mf_reader_expected(reader, "an object", value);
}

static const struct mf_field version_field = {.key = "version", .read = read_version};

static const struct mf_field policy_fields[] = {
    {.key = "version", .read = read_version},
    {.key = "description",
     .read = mf_read_text,
     .offset = POLICY_AT(description),
     .room = MF_POLICY_DESCRIPTION_MAX},
    {.key = "seed", .read = mf_read_integer, .offset = POLICY_AT(seed)},
    {.key = "arm", .read = mf_read_word, .offset = POLICY_AT(arm), .words = arms},
    {.key = "allocator",
     .read = mf_read_word,
     .offset = POLICY_AT(allocator),
     .words = mf_allocator_words},
    {.key = "allocations", .read = read_allocations},
    {.key = "rules", .read = mf_read_rules},
    {.key = "reproduces", .read = read_reproduces},
    {.key = NULL},
};
static const struct mf_fields policy_object = {
    .what = "a policy, an object",
    .fields = policy_fields,
    .optional = true,
    .inner = &mf_rule_fields,
    .inner_place = "a rule, inside \"rules\"",
};

/** The version goes first: it decides what the other keys mean. Without one it is 1. */
static int check_version(struct mf_reader *reader, const json_t *root) {
    const json_t *version = json_object_get(root, "version");
    if (!version) {
        return 0;
    }
    mf_reader_enter(reader, "version", 0);
    int status = read_version(reader, version, &version_field, NULL);
    mf_reader_leave(reader);
    return status;
}

/** The program's own functions go next: rules name them. */
static int take_allocations(struct mf_reader *reader, const json_t *root,
                            struct mf_policy *policy) {
    const json_t *allocations = json_object_get(root, "allocations");
    int status = 0;
    if (allocations) {
        mf_reader_enter(reader, "allocations", 0);
        status = read_allocations(reader, allocations, NULL, policy);
        mf_reader_leave(reader);
    }
    reader->named = policy->named;
    reader->named_count = policy->named_count;
    return status;
}

static int read_policy(struct mf_reader *reader, const json_t *root,
                       struct mf_policy *policy) {
    memset(policy, 0, sizeof(*policy));
    policy->seed = 1;
    if (json_is_array(root)) {
        return mf_read_rules(reader, root, NULL, policy);
    }
    if (check_version(reader, root) != 0 || take_allocations(reader, root, policy) != 0 ||
        mf_read_fields(reader, root, &policy_object, policy) != 0) {
        return -1;
    }
    if (!json_object_get(root, "rules")) {
        return mf_reader_fail(reader,
                              "missing key \"rules\"; write \"rules\": [] for none");
    }
    return 0;
}

static int parse(struct mf_reader *reader, struct mf_policy *policy) {
    json_error_t found;
    const json_t *root = json_loadb(reader->text, reader->length,
                                    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &found);
    if (root) {
        return read_policy(reader, root, policy);
    }
    mf_syntax_explain(reader->text, reader->length, &found, reader->error);
    return -1;
}

static int parse_or_run_out(struct mf_reader *reader, struct mf_policy *policy) {
    if (setjmp(memory->used_up) == 0) {
        return parse(reader, policy);
    }
    mf_syntax_too_large(reader->error);
    return -1;
}

int mf_policy_parse(const char *text, size_t length, struct mf_arena *arena,
                    struct mf_policy *policy, struct mf_policy_error *error) {
    if (mf_syntax_check(text, length, error) != 0) {
        return -1;
    }
    struct mf_reader reader = {.text = text, .length = length, .error = error};
    struct memory during = {.arena = arena};
    size_t mark = arena->used;
    json_malloc_t malloc_before;
    json_free_t free_before;
    json_get_alloc_funcs(&malloc_before, &free_before);
    json_set_alloc_funcs(take, give);
    json_object_seed(1);
    memory = &during;
    int status = parse_or_run_out(&reader, policy);
    memory = NULL;
    json_set_alloc_funcs(malloc_before, free_before);
    arena->used = mark;
    return status;
}
