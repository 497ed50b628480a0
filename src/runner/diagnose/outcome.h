// SPDX-License-Identifier: MIT
/**
 * What a run with an injection did, and why: a pure function of recorded facts.
 *
 * The facts name functions, so that they can be written down in a test as a backtrace is.
 */
#ifndef MF_RUNNER_DIAGNOSE_OUTCOME_H
#define MF_RUNNER_DIAGNOSE_OUTCOME_H

#include "runner/crash/facts.h"
#include "runner/diagnose/cycle.h"
#include "runner/diagnose/wrapper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    /** The clean run's status and output. */
    OUTCOME_TOLERATED,
    /** Another status or a message, ended by itself. */
    OUTCOME_HANDLED,
    /** SIGABRT by the program's own design. */
    OUTCOME_ABORTED,
    OUTCOME_CRASHED,
    /** The clean run's status, other output. */
    OUTCOME_SILENT,
    OUTCOME_HUNG,
    OUTCOME_LEAKED,
    OUTCOME_FLAKY,
    /** Cut off after so many allocations, for want of time: nothing had broken so far. */
    OUTCOME_SURVIVED,
    /** A server that answered, and did not serve any more afterwards as it had before. */
    OUTCOME_SICK,
    OUTCOME_COUNT,
};

enum crash_class {
    CLASS_NONE,
    CLASS_NULL_DEREFERENCE,
    CLASS_WILD_POINTER,
    CLASS_USE_AFTER_FREE,
    CLASS_HEAP_CORRUPTION,
    CLASS_STACK_OVERFLOW,
    CLASS_ALLOCATOR_REENTRY,
    CLASS_FAILURE_WHILE_THROWING,
    CLASS_UNCAUGHT_EXCEPTION,
    CLASS_ASSERTION,
    CLASS_DELIBERATE_ABORT,
    CLASS_HANG,
    CLASS_SPINNING,
    /** SIGILL, SIGFPE, and what fits nowhere else. */
    CLASS_OTHER,
    /** What only the page allocator sees. */
    CLASS_HEAP_OVERFLOW,
    CLASS_HEAP_UNDERFLOW,
    CLASS_DOUBLE_FREE,
    CLASS_INVALID_FREE,
    /** A sanitizer's report, by its own word. */
    CLASS_SANITIZER,
    /** A compiler's run-time library broke over an allocation of its own. */
    CLASS_RUNTIME,
    /** What libc stops in time, or finds on return. */
    CLASS_BUFFER_OVERFLOW,
    CLASS_STACK_SMASHING,
    /** A run-time library's check of another kind. */
    CLASS_FAILED_CHECK,
    /** The user wants another end of a run in which an allocation failed; wants that a
     * failure shows, and that the program ends then. */
    CLASS_UNEXPECTED_END,
    CLASS_IGNORED_FAILURE,
    CLASS_COUNT,
};

/** What an outcome counts for in signatures: they outlive a version, and so this stays as
 * it was with the first fourteen classes. */
#define OUTCOME_WEIGHT 14

/** A frame by its names; each may be NULL, the line 0. */
struct outcome_frame {
    /** Without argument lists and the like: "operator new", "std::terminate". */
    const char *function;
    /** The module's base name. */
    const char *module;
    const char *file;
    int line;
    /** Where in the module: tells two calls of one function apart. */
    uint64_t offset;
};

/** An injection by its names. */
struct outcome_injection {
    /** The allocation function and its size. */
    const char *function;
    uint64_t size;
    /** The name of the error of a resource function; NULL where it is an allocation. */
    const char *error;
    /** Innermost first; frames[0] is the caller. */
    const struct outcome_frame *frames;
    size_t count;
};

/** A block, and what became of it. */
struct outcome_heap {
    enum heap_fault fault;
    enum heap_finder finder;
    /** The block's; without one, of what was freed. */
    uint64_t address, size;
    bool freed;
    /** From the block's beginning to the byte in question. */
    int64_t offset;
    /** Who allocated it and who freed it; innermost first, `count` 0 = unknown. */
    const struct outcome_frame *allocation, *release;
    size_t allocation_count, release_count;
};

/** What is known of the end of a run. */
struct outcome_facts {
    bool timed_out;
    /** The first fatal signal, 0 = none. */
    int signal;
    /** siginfo's si_code and fault address. */
    int code;
    uint64_t address;
    /** Whether `address` is what was accessed (a general protection fault has none). */
    bool address_known;
    enum access access;
    /** The stack pointer, and the bounds of the stack it points into or just below; 0 =
     * unknown. */
    uint64_t sp, stack_low, stack_high;
    /** Whether some register holds CRASH_FREED_FILL, give or take an offset. */
    bool freed_fill_seen;
    /** Whether the NULL that was accessed is known to be the failed call's. */
    bool null_proven;
    /** The stack's innermost frames, named. */
    const struct outcome_frame *frames;
    size_t count;
    /** How many there are in all, and the cycle among them. */
    size_t total;
    struct cycle cycle;
    /** Where it did not end: the frame with the loop; 0 = it came back to none of them. */
    size_t loop;
    /** What libc's abort noted, "" = nothing. */
    const char *abort_message;
    /** The last lines on stderr, "" = unknown. */
    const char *last_words;
    /** The last injection of the thread, NULL = none. */
    const struct outcome_injection *injection;
    /** What the page allocator tells, NULL = nothing. */
    const struct outcome_heap *heap;
    /** How many injections the process saw, and how many of them from one stack at the
     * end, in a row. */
    uint64_t injections, same_in_a_row;
    /** Places that allocate for their callers, beside those with well-known names; NULL =
     * none. */
    const struct wrappers *wrappers;
    /** Index of the injection's frame that called the outermost of them, where that was
     * found earlier; else 0. */
    size_t caller;
};

/** The verdict on a crash. */
struct outcome_verdict {
    enum outcome outcome;
    enum crash_class class;
    /** Indices of the frame to blame in `frames` and in the injection's; the first
     * outside the C and C++ libraries and the allocator, and what wraps that. */
    size_t crash_site, injection_site;
    /** The same in the block's stacks. */
    size_t allocation_site, release_site;
    /** What is to blame, in one sentence on one line. */
    char explanation[512];
    /** More on the class: the exception's type, the assertion's text, libc's
     * message, a sanitizer's headline, the run-time library's name. */
    char detail[256];
};

/** Judge a run that died by a signal or did not end. */
void outcome_judge(const struct outcome_facts *facts, struct outcome_verdict *verdict);

/** "crashed" and the like: as in reports. Static. */
const char *outcome_name(enum outcome outcome);

/** "null dereference" and the like: as in reports. Static. */
const char *outcome_class_name(enum crash_class class);

/** Whether a signal by itself tells that the program broke. */
bool outcome_is_crash(int signal);

/** By severity: 0 is the worst. */
int outcome_rank(enum outcome outcome);

/** Whether an outcome is a defect by default. */
bool outcome_is_defect(enum outcome outcome);

#endif
