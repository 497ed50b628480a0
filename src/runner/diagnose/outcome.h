// SPDX-License-Identifier: MIT
/**
 * The outcome of a run with an injection, and its explanation: a pure function of recorded
 * facts.
 *
 * The facts have names of functions, so that a test can write them like a backtrace.
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
    /** Cut off at the horizon for lack of time: nothing had broken so far. */
    OUTCOME_SURVIVED,
    /** A server that answered, but then failed its health check. */
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
    /** SIGILL, SIGFPE, and everything else. */
    CLASS_OTHER,
    /** Only the page allocator finds these. */
    CLASS_HEAP_OVERFLOW,
    CLASS_HEAP_UNDERFLOW,
    CLASS_DOUBLE_FREE,
    CLASS_INVALID_FREE,
    /** A sanitizer's report; `detail` has its headline. */
    CLASS_SANITIZER,
    /** A compiler's run-time library broke because an allocation of its own failed. */
    CLASS_RUNTIME,
    /** libc's checks: a fortified function, and the stack protector. */
    CLASS_BUFFER_OVERFLOW,
    CLASS_STACK_SMASHING,
    /** Another failed check of a run-time library. */
    CLASS_FAILED_CHECK,
    /** Against the user's requirements: --expect-status, --expect-message, and --strict. */
    CLASS_UNEXPECTED_END,
    CLASS_IGNORED_FAILURE,
    CLASS_COUNT,
};

/** Factor of the outcome in signatures. Signatures must not change between versions, so this
 * remains the number of the first classes. */
#define OUTCOME_WEIGHT 14

/** A frame by its names; any of them may be NULL, the line 0. */
struct outcome_frame {
    /** Without argument lists and template arguments: "operator new", "std::terminate". */
    const char *function;
    /** The module's base name. */
    const char *module;
    const char *file;
    int line;
    /** Offset in the module, which distinguishes two calls of one function. */
    uint64_t offset;
};

/** An injection by its names. */
struct outcome_injection {
    /** The allocation function and its size. */
    const char *function;
    uint64_t size;
    /** The name of the error of a resource function; NULL if it is an allocation. */
    const char *error;
    /** Innermost first; frames[0] is the caller. */
    const struct outcome_frame *frames;
    size_t count;
};

/** A block, and the misuse of it. */
struct outcome_heap {
    enum heap_fault fault;
    enum heap_finder finder;
    /** Of the block; if there is none, of the address that was freed. */
    uint64_t address, size;
    bool freed;
    /** From the block's beginning to the byte in question. */
    int64_t offset;
    /** The stacks that allocated and freed it; innermost first, `count` 0 = unknown. */
    const struct outcome_frame *allocation, *release;
    size_t allocation_count, release_count;
};

/** The facts about the end of a run. */
struct outcome_facts {
    bool timed_out;
    /** The first fatal signal, 0 = none. */
    int signal;
    /** siginfo's si_code and fault address. */
    int code;
    uint64_t address;
    /** Whether `address` is the address accessed (a general protection fault has none). */
    bool address_known;
    enum access access;
    /** The stack pointer, and the bounds of the stack that it points into or just below; 0 =
     * unknown. */
    uint64_t sp, stack_low, stack_high;
    /** Whether a register holds CRASH_FREED_FILL, plus or minus an offset. */
    bool freed_fill_seen;
    /** Whether the NULL that was accessed is known to come from the failed call. */
    bool null_proven;
    /** The stack's innermost frames, named. */
    const struct outcome_frame *frames;
    size_t count;
    /** The number of all frames, and the cycle among them. */
    size_t total;
    struct cycle cycle;
    /** For a hang: the index of the frame with the loop; 0 = no loop was found. */
    size_t loop;
    /** Whether it is known to loop, if only in the innermost function. */
    bool loops;
    /** The message that libc's abort recorded, "" = none. */
    const char *abort_message;
    /** The last lines on stderr, "" = unknown. */
    const char *last_words;
    /** The last injection of the thread, NULL = none. */
    const struct outcome_injection *injection;
    /** That of another process, where this one had none: only its place is found. */
    const struct outcome_injection *elsewhere;
    /** What the page allocator found, NULL = nothing. */
    const struct outcome_heap *heap;
    /** How many injections the process had, and how many of the last ones, without a break, had
     * the same stack. */
    uint64_t injections, same_in_a_row;
    /** Whether an exception that is thrown there comes to a function that lets none out: the C++
     * library does not go there where nobody further out would catch it. */
    bool stopped;
    /** Functions that allocate for their callers, in addition to those with well-known names;
     * NULL = none. */
    const struct wrappers *wrappers;
    /** Index of the injection's frame that called the outermost of these, if it was found
     * earlier; else 0. */
    size_t caller;
};

/** The verdict on a crash. */
struct outcome_verdict {
    enum outcome outcome;
    enum crash_class class;
    /** Indices of the frame to blame, in `frames` and in the injection's frames: the first one
     * outside the C and C++ libraries, the allocator and its wrappers. */
    size_t crash_site, injection_site;
    /** The same in the block's stacks. */
    size_t allocation_site, release_site;
    /** The explanation, one sentence on one line. */
    char explanation[512];
    /** More on the class: the exception's type, the assertion's text, libc's
     * message, a sanitizer's headline, the run-time library's name. */
    char detail[256];
};

/** Judge a run that a signal killed or that did not end. */
void outcome_judge(const struct outcome_facts *facts, struct outcome_verdict *verdict);

/** The outcome's name in reports, such as "crashed". Static. */
const char *outcome_name(enum outcome outcome);

/** The class's name in reports, such as "null dereference". Static. */
const char *outcome_class_name(enum crash_class class);

/** Whether a signal by itself means that the program broke. */
bool outcome_is_crash(int signal);

/** The rank of an outcome by severity: 0 is the worst. */
int outcome_rank(enum outcome outcome);

/** Whether an outcome is a defect by default. */
bool outcome_is_defect(enum outcome outcome);

#endif
