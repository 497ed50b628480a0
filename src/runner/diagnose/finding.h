// SPDX-License-Identifier: MIT
/**
 * A finding: a defect in one run, with names and a verdict, and with a signature that is the
 * same for this defect in every run.
 */
#ifndef MF_RUNNER_DIAGNOSE_FINDING_H
#define MF_RUNNER_DIAGNOSE_FINDING_H

#include "runner/diagnose/cause.h"
#include "runner/diagnose/named_stack.h"
#include "runner/diagnose/sanitizer.h"

/** Size of a line of a program's output, with its NUL. */
#define FINDING_LINE_MAX 80

/** Where a run's output first differs from the oracle's. */
struct finding_difference {
    /** "stdout", a watched file's name, or "exit status"; "" = nowhere. */
    char where[128];
    /** The byte, from 0, and its line, from 1; line 0 = the difference is not in output. */
    uint64_t offset, line;
    /** The expected and the actual line, or in parentheses why there is none. Safe to print on
     * a terminal. */
    char wanted[FINDING_LINE_MAX], got[FINDING_LINE_MAX];
};

/** Leaked blocks of one stack. */
struct finding_leak {
    uint64_t blocks, bytes;
    struct named_stack stack;
};

/** Maximum number of stacks of leaked blocks, and of descriptors, that are listed. */
#define FINDING_LEAKS_MAX 8

/** Descriptors that were left open. */
struct finding_open {
    size_t count;
    /** What the first ones refer to; safe to print on a terminal. */
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
    /** The id of the loop that it hangs in; 0 = unknown. */
    uint64_t loop;
    /** The injection to blame, with its stack; `injected` false = none. */
    bool injected;
    struct mf_injection injection;
    struct named_stack injection_stack;
    /** The stacks that allocated and freed the block, if the page allocator knows it. */
    struct named_stack allocation_stack, release_stack;
    /** enum mf_allocator: the one that the program used. */
    uint32_t allocator;
    /** Functions by name and resource functions that fail; NULL = none. */
    const struct mf_patches *own;
    /** How many injections the process had. */
    uint64_t injections;
    /** For a hang: the stacks of the crash's other threads. */
    struct named_stack *threads;
    size_t thread_count;
    /** For a silent run: where its output differs. */
    struct finding_difference difference;
    /** The place in a sanitizer's report, as "file.c:12"; "" = none. */
    char reported[SANITIZER_PLACE_MAX];
    /** Leaked blocks, those first that have most calls in common with the failed allocation; at
     * most FINDING_LEAKS_MAX stacks. */
    struct finding_leak *leaks;
    size_t leak_count;
    /** The totals of all stacks. */
    uint64_t leaked_blocks, leaked_bytes;
    struct finding_open open;
};

/** The input of a finding; it must outlive the finding. */
struct finding_context {
    /** The injection to blame. */
    const struct cause *cause;
    /** enum mf_allocator: the one that the program used. */
    uint32_t allocator;
    /** Functions by name; NULL = none. */
    const struct mf_patches *own;
    struct modules *modules;
    struct symbols *symbols;
    /** The target's last lines on stderr, "" = unknown. */
    const char *last_words;
    /** The program's wrappers; NULL = only those with well-known names. */
    const struct wrappers *wrappers;
    /** The frame that called them, if a reproducer has it; see outcome.h. */
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
 * Make a finding of a run that ended by itself or was not traced, and so has no crash.
 *
 * @what
 *         What went wrong: the rest of a sentence that begins "after malloc(1) failed, ".
 * @return
 *         0 on success, -1 when memory ran out.
 */
int finding_judge_end(struct finding *finding, const struct finding_context *context,
                      enum outcome outcome, const char *what);

/**
 * Add leaked blocks of a stack. Ignored if there are FINDING_LEAKS_MAX stacks already.
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
