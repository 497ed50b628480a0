// SPDX-License-Identifier: MIT
/**
 * A finding: one defect as a run showed it, named and judged, with a signature that is
 * equal for the same defect in every run.
 */
#ifndef MF_RUNNER_DIAGNOSE_FINDING_H
#define MF_RUNNER_DIAGNOSE_FINDING_H

#include "runner/diagnose/cause.h"
#include "runner/diagnose/named_stack.h"
#include "runner/diagnose/sanitizer.h"

/** Room for a line of a program's output, with its NUL. */
#define FINDING_LINE_MAX 80

/** Where a run's output first is another than the oracle's. */
struct finding_difference {
    /** "stdout", a watched file's name, or "exit status"; "" = nowhere. */
    char where[128];
    /** The byte from 0, and its line from 1; 0 = it is not about bytes. */
    uint64_t offset, line;
    /** What was wanted there and what came: a line, or in parentheses why there is none.
     * Fit for a terminal. */
    char wanted[FINDING_LINE_MAX], got[FINDING_LINE_MAX];
};

/** Blocks that were left, of one stack. */
struct finding_leak {
    uint64_t blocks, bytes;
    struct named_stack stack;
};

/** The most stacks whose leaked blocks are told, and descriptors that are named. */
#define FINDING_LEAKS_MAX 8

/** Descriptors that were left open. */
struct finding_open {
    size_t count;
    /** What the first of them refer to; fit for a terminal. */
    char names[FINDING_LEAKS_MAX][64];
};

struct finding {
    struct outcome_verdict verdict;
    uint64_t signature;
    /** The facts; not owned. */
    const struct crash *crash;
    struct cycle cycle;
    /** Where it broke. */
    struct named_stack crash_stack;
    /** The id of the loop that it hangs in; 0 where that is not known. */
    uint64_t loop;
    /** The injection that is to blame, with its stack; `injected` false = none. */
    bool injected;
    struct mf_injection injection;
    struct named_stack injection_stack;
    /** Who allocated and who freed the block, where the page allocator knows of one. */
    struct named_stack allocation_stack, release_stack;
    /** enum mf_allocator: which one served. */
    uint32_t allocator;
    /** What functions fail beside memory's, by name or for other resources; NULL = none. */
    const struct mf_patches *own;
    /** How many injections the process saw. */
    uint64_t injections;
    /** The other threads, where it hangs: one stack for each of the crash's. */
    struct named_stack *threads;
    size_t thread_count;
    /** Where its output differs, if it is silent. */
    struct finding_difference difference;
    /** Where a sanitizer says the fault is, in a program that goes on; "" = no place. */
    char reported[SANITIZER_PLACE_MAX];
    /** What it left, if it has leaked: the oldest first, not all of many. */
    struct finding_leak *leaks;
    size_t leak_count;
    /** All of it. */
    uint64_t leaked_blocks, leaked_bytes;
    struct finding_open open;
};

/** What findings are made of, all to outlive them. */
struct finding_context {
    /** The injection that is to blame. */
    const struct cause *cause;
    /** enum mf_allocator: which one served. */
    uint32_t allocator;
    /** What functions by name there were; NULL = none. */
    const struct mf_patches *own;
    struct modules *modules;
    struct symbols *symbols;
    /** The target's last words on stderr, "" = unknown. */
    const char *last_words;
    /** What is known of the program's wrappers; NULL = nothing but by name. */
    const struct wrappers *wrappers;
    /** Who called them, where a reproducer tells; see outcome.h. */
    size_t caller;
};

/**
 * Make a finding of a crash.
 *
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int finding_make(struct finding *finding, const struct finding_context *context,
                 const struct crash *crash);

/**
 * Judge a run that ended by itself or was not traced, as there is no crash to judge by.
 *
 * @what
 *         What it did wrong, a sentence that goes on from "after malloc(1) failed, ".
 * @return
 *         0 on success, -1 when memory ran out.
 */
int finding_judge_end(struct finding *finding, const struct finding_context *context,
                      enum outcome outcome, const char *what);

/**
 * Say that blocks of a stack were left; those of too many stacks are not told.
 *
 * @frames
 *         Innermost first.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int finding_add_leak(struct finding *finding, const struct finding_context *context,
                     const struct finding_leak *amount, const struct frame *frames,
                     size_t count);

/** Release a finding. */
void finding_destroy(struct finding *finding);

#endif
