// SPDX-License-Identifier: MIT
/**
 * The policy: which allocations fail, as written in JSON (mallocfail-policy(5)) and as
 * read.
 *
 * `struct mf_policy` has a fixed size and no pointers, so that it can be in static memory
 * inside a target.
 */
#ifndef MF_CORE_POLICY_POLICY_H
#define MF_CORE_POLICY_POLICY_H

#include "core/policy/allocator.h"
#include "core/policy/arena.h"
#include "core/policy/function.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most bytes of JSON text. */
#define MF_POLICY_TEXT_MAX 65536
/** The most rules. */
#define MF_POLICY_RULES_MAX 64
/** The most numbers in a list given to "nth". */
#define MF_POLICY_NTH_MAX 256
/** Room for a rule's name, with its NUL. */
#define MF_POLICY_NAME_MAX 64
/** Room for a pattern, with its NUL. */
#define MF_POLICY_GLOB_MAX 128
/** Room for the description, with its NUL. */
#define MF_POLICY_DESCRIPTION_MAX 512
/** Arena bytes that are enough for every accepted text of up to MF_POLICY_TEXT_MAX
 * bytes. */
#define MF_POLICY_ARENA_SIZE (8u << 20)
/** The deepest accepted nesting of arrays and objects; the format needs 5. */
#define MF_POLICY_DEPTH_MAX 16

/** When counting, and so failing, begins. */
enum mf_arm {
    /** When the library's constructor ran: the default. */
    MF_ARM_LOAD,
    /** When main is entered. */
    MF_ARM_MAIN,
    /** From the first call on, start-up code included. */
    MF_ARM_STARTUP,
    /** When the program calls mallocfail_arm(). */
    MF_ARM_API,
};

/** What happens to a call that a rule takes. */
enum mf_action {
    MF_FAIL,
    MF_SPARE,
};

/** Which of the calls that a rule has counted it takes. */
enum mf_trigger {
    MF_ALWAYS,
    /** Those whose count is in `nth`. */
    MF_NTH,
    /** Counts from `from` to `to` in steps of `step`. */
    MF_RANGE,
    /** Each `every`th. */
    MF_EVERY,
    /** The `from`th and all after. */
    MF_FROM,
    /** By chance, see `probability`. */
    MF_PROBABILITY,
    /** Those that would make the live heap larger than `heap_above`. */
    MF_HEAP_ABOVE,
};

/** Whether a rule counts the calls of the process or of each thread. */
enum mf_counter {
    MF_PER_PROCESS,
    MF_PER_THREAD,
};

/** A filter on code: one return address has to satisfy all the parts that are given. */
struct mf_place {
    /** Glob of the module's base name; "" = any. */
    char module[MF_POLICY_GLOB_MAX];
    /** Glob of the function's name; "" = any. */
    char function[MF_POLICY_GLOB_MAX];
    /** Stack id of the whole stack (`stack`) or of the call site (`caller`); see
     * has_id. */
    uint64_t id;
    uint64_t has_id;
};

/** Whether a place filters anything. */
static inline bool mf_place_given(const struct mf_place *place) {
    return place->module[0] || place->function[0] || place->has_id;
}

struct mf_rule {
    /** As given, or "rule N" (N from 1). */
    char name[MF_POLICY_NAME_MAX];
    /** enum mf_action, enum mf_trigger, enum mf_counter. */
    uint32_t action, trigger, counter;
    /** The errno for functions that give out resources other than memory; 0 = each fails
     * with its most likely error. */
    int32_t error;
    /** Selected functions. */
    mf_functions functions;
    /** Selected sizes in bytes, inclusive; 0 and UINT64_MAX when not given. */
    uint64_t size_min, size_max;
    /** Selected time since arming in ns: after_ns <= t < before_ns; 0 and UINT64_MAX. */
    uint64_t after_ns, before_ns;
    /** Selects calls only after this many allocations of the process have failed. */
    uint64_t after_failures;
    struct mf_place caller;
    struct mf_place stack;
    /** Glob of the thread's name (comm); "" = any. */
    char thread_name[MF_POLICY_GLOB_MAX];
    /** 1 = the first thread to allocate, 2 = the second one to allocate; 0 = any. */
    uint64_t thread_index;
    /** Glob of the image's base name; "" = any. */
    char process[MF_POLICY_GLOB_MAX];
    /** 1 = the first process of its image, 2 = the next one; 0 = any. */
    uint64_t process_index;
    /** MF_NTH: the counts, ascending, each once. */
    uint64_t nth[MF_POLICY_NTH_MAX];
    uint64_t nth_count;
    /** MF_RANGE (all three), MF_FROM (from); from >= 1, to >= from, step >= 1. */
    uint64_t from, to, step;
    /** MF_EVERY, >= 1. */
    uint64_t every;
    /** MF_PROBABILITY: fails when a 64-bit hash is below; UINT64_MAX for p = 1. */
    uint64_t probability;
    /** MF_HEAP_ABOVE: bytes. */
    uint64_t heap_above;
    /** Takes at most this many calls; UINT64_MAX when not given, else >= 1. */
    uint64_t times;
};

struct mf_policy {
    char description[MF_POLICY_DESCRIPTION_MAX];
    uint64_t seed;
    /** enum mf_arm */
    uint32_t arm;
    uint32_t rule_count;
    /** enum mf_allocator */
    uint32_t allocator;
    /** Whether the policy declares that it reproduces a finding: then the program must not
     * ask for failures itself, unless there are no rules. */
    uint32_t reproduces;
    /** The program's own functions that are allocations. */
    uint32_t named_count;
    struct mf_named named[MF_NAMED_MAX];
    struct mf_rule rules[MF_POLICY_RULES_MAX];
};

/** The first error in a policy. */
struct mf_policy_error {
    /** 1-based place in the text; column counts bytes. */
    int line, column;
    /** JSON path, "$.rules[0].size"; "$" where there is none (syntax errors). */
    char path[160];
    /** What is wrong and what was expected; no newline. */
    char text[256];
};

/**
 * Read a policy.
 *
 * Allocates from the arena only and leaves it as it was found. jansson's memory functions
 * are set for the length of the call and then put back, so no other thread may use
 * jansson meanwhile.
 *
 * @text
 *         JSON, UTF-8, not necessarily NUL-terminated.
 * @length
 *         Bytes of it; more than MF_POLICY_TEXT_MAX are refused.
 * @arena
 *         MF_POLICY_ARENA_SIZE bytes are always enough.
 * @policy
 *         Filled on success; undefined after an error.
 * @error
 *         Filled on failure, else untouched.
 * @return
 *         0 on success, -1 on failure.
 */
int mf_policy_parse(const char *text, size_t length, struct mf_arena *arena,
                    struct mf_policy *policy, struct mf_policy_error *error);

#endif
