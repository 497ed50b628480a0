// SPDX-License-Identifier: MIT
/**
 * A finding: one defect as a run showed it, named and judged, with a signature that is
 * equal for the same defect in every run, and a policy that brings it back.
 */
#ifndef MF_RUNNER_DIAGNOSE_FINDING_H
#define MF_RUNNER_DIAGNOSE_FINDING_H

#include "runner/code/symbol.h"
#include "runner/crash/crash.h"
#include "runner/diagnose/outcome.h"
#include "runner/target/leaks.h"

#include <jansson.h>

/** The most places of a stack that are named; a call inlined there is one more frame. */
#define FINDING_PLACES_MAX 192

/** A frame of a finding. */
struct finding_frame {
    struct frame place;
    /** Never NULL; its fields may be. */
    const struct symbol *symbol;
};

/** A stack with names, innermost first. */
struct finding_stack {
    struct finding_frame *frames;
    size_t count;
    /** How many frames the raw stack had. */
    size_t total;
};

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
    struct finding_stack stack;
};

struct finding {
    struct outcome_verdict verdict;
    uint64_t signature;
    /** The facts; not owned. */
    const struct crash *crash;
    struct cycle cycle;
    /** Where it broke. */
    struct finding_stack crash_stack;
    /** The injection that is to blame, with its stack; `injected` false = none. */
    bool injected;
    struct mf_injection injection;
    struct finding_stack injection_stack;
    /** Who allocated and who freed the block, where the page allocator knows of one. */
    struct finding_stack allocation_stack, release_stack;
    /** enum mf_allocator: which one served. */
    uint32_t allocator;
    /** How many injections the process saw. */
    uint64_t injections;
    /** The other threads, where it hangs: one stack for each of the crash's. */
    struct finding_stack *threads;
    size_t thread_count;
    /** Where its output differs, if it is silent. */
    struct finding_difference difference;
    /** What it left, if it has leaked: the oldest first, not all of many. */
    struct finding_leak *leaks;
    size_t leak_count;
    /** All of it. */
    uint64_t leaked_blocks, leaked_bytes;
};

/** What findings are made of: of one run, all to outlive them. */
struct finding_source {
    const struct channel *channel;
    struct modules *modules;
    struct symbols *symbols;
    /** The target's last words on stderr, "" = unknown. */
    const char *last_words;
};

/**
 * Make a finding of a crash.
 *
 * @return
 *         0 on success, -1 when memory ran out, with nothing to destroy.
 */
int finding_make(struct finding *finding, const struct finding_source *source,
                 const struct crash *crash);

/**
 * Judge a run that ended by itself or was not traced, as there is no crash to judge by.
 *
 * @what
 *         What it did wrong, a sentence that goes on from "after malloc(1) failed, ".
 * @return
 *         0 on success, -1 when memory ran out.
 */
int finding_judge_end(struct finding *finding, const struct finding_source *source,
                      enum outcome outcome, const char *what);

/** Say which blocks were left; 0 on success, -1 when memory ran out. */
int finding_add_leaks(struct finding *finding, const struct finding_source *source,
                      const struct leaks *leaks);

/** Release a finding. */
void finding_destroy(struct finding *finding);

/**
 * Whether a crash of a run is the one its process died of. A fault that the program lived
 * with is not, when another crash came later; nor is what a signal handler does about the
 * crash it was called for.
 *
 * @crashes
 *         All crashes of the run, in order.
 */
bool finding_counts(const struct crash *crashes, size_t count, size_t index);

/**
 * The policy that brings a finding back: it spares the calls in front of the failed one,
 * then fails the first from the same stack.
 *
 * @arm
 *         enum mf_arm of the policy that found it.
 * @path, @argv
 *         The program, for replay; NULL leaves them out.
 * @return
 *         A new reference, NULL when memory ran out.
 */
json_t *finding_reproducer(const struct finding *finding, uint32_t arm,
                           char *const *argv);

/**
 * The command that brings a finding back, quoted for a shell.
 *
 * @file
 *         Its reproducer's file; NULL puts the policy into the command.
 * @return
 *         To be freed; NULL where no injection is to blame or memory ran out.
 */
char *finding_command(const struct finding *finding, uint32_t arm, char *const *argv,
                      const char *file);

#endif
