// SPDX-License-Identifier: MIT
#include "runner/diagnose/outcome.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/explanation.h"
#include "runner/diagnose/last_words.h"
#include "runner/diagnose/misuse.h"
#include "runner/diagnose/runtime.h"
#include "runner/diagnose/sanitizer.h"
#include "runner/diagnose/standard.h"
#include "runner/diagnose/terminate.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** So many failures of one allocation in a row are no honest retries. */
#define RETRIES_ENDLESS 1000
/** How far a stack pointer may be from the address its instruction wants. */
#define STACK_REACH UINT64_C(4096)

const char *outcome_name(enum outcome outcome) {
    static const char *const names[OUTCOME_COUNT] = {
        [OUTCOME_TOLERATED] = "tolerated", [OUTCOME_HANDLED] = "handled",
        [OUTCOME_ABORTED] = "aborted",     [OUTCOME_CRASHED] = "crashed",
        [OUTCOME_SILENT] = "silent",       [OUTCOME_HUNG] = "hung",
        [OUTCOME_LEAKED] = "leaked",       [OUTCOME_FLAKY] = "flaky",
        [OUTCOME_SURVIVED] = "survived",   [OUTCOME_SICK] = "sick",
    };
    return outcome < OUTCOME_COUNT ? names[outcome] : "unknown";
}

const char *outcome_class_name(enum crash_class class) {
    static const char *const names[CLASS_COUNT] = {
        [CLASS_NONE] = "none",
        [CLASS_NULL_DEREFERENCE] = "null dereference",
        [CLASS_WILD_POINTER] = "wild pointer",
        [CLASS_USE_AFTER_FREE] = "use after free",
        [CLASS_HEAP_CORRUPTION] = "heap corruption",
        [CLASS_STACK_OVERFLOW] = "stack overflow",
        [CLASS_ALLOCATOR_REENTRY] = "allocator re-entry",
        [CLASS_FAILURE_WHILE_THROWING] = "failure while throwing",
        [CLASS_UNCAUGHT_EXCEPTION] = "uncaught exception",
        [CLASS_ASSERTION] = "assertion",
        [CLASS_DELIBERATE_ABORT] = "deliberate abort",
        [CLASS_HANG] = "hang",
        [CLASS_SPINNING] = "spinning",
        [CLASS_OTHER] = "other",
        [CLASS_HEAP_OVERFLOW] = "heap overflow",
        [CLASS_HEAP_UNDERFLOW] = "heap underflow",
        [CLASS_DOUBLE_FREE] = "double free",
        [CLASS_INVALID_FREE] = "invalid free",
        [CLASS_SANITIZER] = "sanitizer",
        [CLASS_RUNTIME] = "run-time library",
        [CLASS_BUFFER_OVERFLOW] = "buffer overflow",
        [CLASS_STACK_SMASHING] = "stack smashing",
        [CLASS_FAILED_CHECK] = "failed check",
        [CLASS_UNEXPECTED_END] = "unexpected end",
        [CLASS_IGNORED_FAILURE] = "ignored failure",
    };
    return class < CLASS_COUNT ? names[class] : "unknown";
}

bool outcome_is_crash(int signal) {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
           signal == SIGFPE || signal == SIGSYS;
}

int outcome_rank(enum outcome outcome) {
    static const int ranks[OUTCOME_COUNT] = {
        [OUTCOME_CRASHED] = 0,  [OUTCOME_HUNG] = 1,    [OUTCOME_SICK] = 2,
        [OUTCOME_SILENT] = 3,   [OUTCOME_LEAKED] = 4,  [OUTCOME_ABORTED] = 5,
        [OUTCOME_FLAKY] = 6,    [OUTCOME_HANDLED] = 7, [OUTCOME_TOLERATED] = 8,
        [OUTCOME_SURVIVED] = 9,
    };
    return ranks[outcome];
}

bool outcome_is_defect(enum outcome outcome) {
    return outcome == OUTCOME_CRASHED || outcome == OUTCOME_SILENT ||
           outcome == OUTCOME_HUNG || outcome == OUTCOME_SICK;
}

/** The frame's function at an index, NULL beyond the end. */
static const char *function_at(const struct outcome_facts *facts, size_t at) {
    return at < facts->count ? facts->frames[at].function : NULL;
}

/** Index of the first frame from `from` on whose function is of a kind; else `count`. */
static size_t find(const struct outcome_facts *facts, size_t from,
                   bool (*is_kind)(const char *function)) {
    while (from < facts->count && !is_kind(facts->frames[from].function)) {
        from++;
    }
    return from;
}

static bool has(const struct outcome_facts *facts,
                bool (*is_kind)(const char *function)) {
    return find(facts, 0, is_kind) < facts->count;
}

static void decide(struct outcome_verdict *verdict, enum outcome outcome,
                   enum crash_class class) {
    verdict->outcome = outcome;
    verdict->class = class;
}

static bool is_null(const struct outcome_facts *facts) {
    return facts->address_known && facts->address < CRASH_NULL_PAGE;
}

/** Whether the address came out of freed memory. Registers may hold what was freed by
 * chance: they do not count where the address is plainly a NULL's. */
static bool is_freed_fill(const struct outcome_facts *facts) {
    if (facts->address_known && crash_is_freed_fill(facts->address)) {
        return true;
    }
    return facts->freed_fill_seen && !is_null(facts);
}

/** Whether the stack's own memory is what was not there. */
static bool is_off_stack(const struct outcome_facts *facts) {
    if (!facts->sp) {
        return false;
    }
    if (!facts->address_known) {
        return facts->sp < facts->stack_low;
    }
    bool below_stack = facts->address < facts->stack_low;
    bool above_sp = facts->address + STACK_REACH >= facts->sp;
    bool at_sp = above_sp && facts->address < facts->sp + STACK_REACH;
    return at_sp || (below_stack && above_sp);
}

static bool is_stack_overflow(const struct outcome_facts *facts) {
    if (is_off_stack(facts)) {
        return true;
    }
    if (facts->sp && facts->address_known) {
        // The stack is deep, but it is not what was not there.
        return false;
    }
    return facts->cycle.repeats >= CYCLE_ENDLESS && !is_null(facts) &&
           !is_freed_fill(facts);
}

/** Whether the cycle goes through an allocation function. */
static bool reenters_allocator(const struct outcome_facts *facts) {
    for (size_t i = 0; i < facts->cycle.length; i++) {
        if (callname_is_allocation(function_at(facts, facts->cycle.start + i))) {
            return true;
        }
    }
    return false;
}

static enum crash_class class_of_recursion(const struct outcome_facts *facts) {
    return reenters_allocator(facts) ? CLASS_ALLOCATOR_REENTRY : CLASS_STACK_OVERFLOW;
}

/** Whether the crash is in the machinery of exceptions, for an allocation or in one. */
static bool is_while_throwing(const struct outcome_facts *facts) {
    return has(facts, callname_is_throwing) && has(facts, callname_is_allocation);
}

static bool frees_or_allocates(const char *function) {
    static const char *const names[] = {
        "free",        "malloc_consolidate",     "unlink_chunk", "_int_free_merge_chunk",
        "tcache_get",  "_int_free_create_chunk", "tcache_put",   "_int_free_maybe_trim",
        "tcache_free", "nontrivial_free",        "get_meta",     "alloc_slot",
        "cfree"};
    const char *whole = callname_whole(function);
    if (callname_is_allocation(function)) {
        return true;
    }
    for (size_t i = 0; function && i < COUNT(names); i++) {
        if (callname_equal(whole, names[i])) {
            return true;
        }
    }
    return false;
}

/** Whether libc's own allocator is what stumbled. */
static bool is_in_allocator(const struct outcome_facts *facts) {
    return facts->count > 0 && callname_is_library(facts->frames[0].module) &&
           frees_or_allocates(facts->frames[0].function);
}

/** Whose own allocation a compiler's run-time library broke over; NULL = it did not. */
static const char *runtime_at_fault(const struct outcome_facts *facts) {
    const struct outcome_injection *injection = facts->injection;
    const char *broke = runtime_innermost(facts->frames, facts->count);
    if (!broke || !injection) {
        return NULL;
    }
    if (strcmp(broke, "libgcov") == 0 || strcmp(broke, "libclang_rt.profile") == 0 ||
        strcmp(broke, "libgcc") == 0) {
        const char *failed = runtime_innermost(injection->frames, injection->count);
        return failed && strcmp(failed, broke) == 0 ? broke : NULL;
    }
    bool checks = strstr(facts->last_words, "CHECK failed: ");
    return runtime_is_sanitizers_end(facts->frames, facts->count) && checks ? broke
                                                                            : NULL;
}

/** SIGSEGV or SIGBUS. */
static enum crash_class class_of_fault(const struct outcome_facts *facts) {
    if (facts->code <= 0 && !facts->address_known) {
        // Somebody sent it: no instruction is to blame.
        return CLASS_OTHER;
    }
    if (misuse_known(facts) && !is_off_stack(facts)) {
        return misuse_class(facts->heap);
    }
    if (is_stack_overflow(facts)) {
        return class_of_recursion(facts);
    }
    if (is_while_throwing(facts)) {
        return CLASS_FAILURE_WHILE_THROWING;
    }
    if (is_freed_fill(facts)) {
        return CLASS_USE_AFTER_FREE;
    }
    if (is_null(facts)) {
        return CLASS_NULL_DEREFERENCE;
    }
    if (misuse_is_of_no_block(facts)) {
        return CLASS_INVALID_FREE;
    }
    return is_in_allocator(facts) ? CLASS_HEAP_CORRUPTION : CLASS_WILD_POINTER;
}

/** Whether a function is where Rust panics. */
static bool is_panicking(const char *function) {
    return function && strncmp(function, "core::panicking::", 17) == 0;
}

/** SIGABRT. */
static void judge_abort(const struct outcome_facts *facts,
                        struct outcome_verdict *verdict) {
    const size_t room = sizeof(verdict->detail);
    size_t terminate = terminate_find(facts);
    char place[SANITIZER_PLACE_MAX];
    enum crash_class check;
    if (misuse_known(facts)) {
        decide(verdict, OUTCOME_CRASHED, misuse_class(facts->heap));
    } else if (terminate_is_reported(facts, terminate)) {
        terminate_judge(facts, terminate, verdict);
    } else if (runtime_is_sanitizers_end(facts->frames, facts->count)) {
        decide(verdict, OUTCOME_CRASHED, CLASS_SANITIZER);
        sanitizer_headline(facts->last_words, verdict->detail, room);
    } else if (last_words_broken_heap(facts, verdict->detail, room)) {
        decide(verdict, OUTCOME_CRASHED, CLASS_HEAP_CORRUPTION);
    } else if (last_words_assertion(facts, verdict->detail, room) ||
               (standard_glib_ends(facts->frames, facts->count) > 0 &&
                last_words_glib_assertion(facts->last_words, verdict->detail, room)) ||
               has(facts, callname_is_assertion)) {
        decide(verdict, OUTCOME_CRASHED, CLASS_ASSERTION);
    } else if ((check = terminate_failed_check(facts, verdict->detail, room))) {
        decide(verdict, OUTCOME_CRASHED, check);
    } else if (has(facts, is_panicking) &&
               last_words_failed_check(facts->last_words, verdict->detail, room, place,
                                       sizeof(place))) {
        decide(verdict, OUTCOME_CRASHED, CLASS_FAILED_CHECK);
    } else if (terminate < facts->count) {
        terminate_judge(facts, terminate, verdict);
    } else {
        decide(verdict, OUTCOME_ABORTED, CLASS_DELIBERATE_ABORT);
        last_words_parting(facts->abort_message[0] ? facts->abort_message
                                                   : facts->last_words,
                           verdict->detail, room);
    }
}

/** GLib's fatal messages end in a breakpoint. */
static bool is_glib_error(const char *function) {
    static const char *const names[] = {"_g_log_abort", "g_logv", "g_log",
                                        "g_log_structured_array", "g_log_writer_default"};
    for (size_t i = 0; function && i < COUNT(names); i++) {
        if (strcmp(function, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_signal(const struct outcome_facts *facts,
                         struct outcome_verdict *verdict) {
    switch (facts->signal) {
    case SIGSEGV:
    case SIGBUS:
        decide(verdict, OUTCOME_CRASHED, class_of_fault(facts));
        break;
    case SIGABRT:
        judge_abort(facts, verdict);
        break;
    case SIGTRAP:
        if (has(facts, is_glib_error) &&
            last_words_glib_check(facts->last_words, verdict->detail,
                                  sizeof(verdict->detail))) {
            decide(verdict, OUTCOME_CRASHED, CLASS_ASSERTION);
            break;
        }
        if (has(facts, is_glib_error)) {
            decide(verdict, OUTCOME_ABORTED, CLASS_DELIBERATE_ABORT);
            last_words_parting(facts->last_words, verdict->detail,
                               sizeof(verdict->detail));
            break;
        }
        // fall through
    default:
        decide(verdict, OUTCOME_CRASHED, CLASS_OTHER);
    }
}

/** Whether a frame is the C library's part of the program, which has called main; not where
 * main has ended, for then nobody else is to blame. */
static bool is_start(const struct outcome_frame *frames, size_t at) {
    const char *called = at > 0 ? frames[at - 1].function : NULL;
    bool starts = called && strncmp(called, "__libc_start_main", 17) == 0;
    for (size_t i = 0; i < at && starts; i++) {
        starts = !callname_equal(frames[i].function, "exit");
    }
    return starts;
}

/** Whether nobody is to blame for what a frame does: libraries, and nowhere at all. */
static bool is_inside(const struct outcome_frame *frames, size_t count, size_t at) {
    const struct outcome_frame *frame = &frames[at];
    return callname_is_library(frame->module) || runtime_of(frames, count, at) ||
           is_start(frames, at) || (!frame->module && !frame->function) ||
           standard_of(frames, count, at) || callname_is_throwing(frame->function);
}

/** Whether a frame allocates for its caller. */
static bool is_wrapper(const struct outcome_facts *facts,
                       const struct outcome_frame *frame) {
    return callname_is_wrapper(frame->function) ||
           wrappers_have(facts->wrappers, frame->module, frame->offset);
}

/** The first frame to blame from `from` on, or else that of an allocator's library, as
 * where its constructor runs out of memory; 0 if there is neither. */
static size_t find_site(const struct outcome_frame *frames, size_t count, size_t from) {
    for (size_t i = from; i < count; i++) {
        if (!is_inside(frames, count, i)) {
            return i;
        }
    }
    while (from < count && !callname_is_allocator(frames[from].module)) {
        from++;
    }
    return from < count ? from : 0;
}

/** The first frame to blame from `from` on that is no wrapper, if there is one. */
static size_t find_caller(const struct outcome_facts *facts,
                          const struct outcome_frame *frames, size_t count, size_t from) {
    for (size_t i = from; i < count; i++) {
        if (!is_inside(frames, count, i) && !is_wrapper(facts, &frames[i])) {
            return i;
        }
    }
    return find_site(frames, count, from);
}

/** The function that a frame's code is in, where it was inlined there: which of the inlined
 * ones a loop was stopped in is chance. */
static size_t function_of(const struct outcome_facts *facts, size_t at) {
    const struct outcome_frame *frames = facts->frames;
    while (at + 1 < facts->count && frames[at].module && frames[at + 1].module &&
           strcmp(frames[at].module, frames[at + 1].module) == 0 &&
           frames[at].offset > 0 && frames[at].offset == frames[at + 1].offset) {
        at++;
    }
    return at;
}

/** The first frame that may be to blame: not of what ends a program on its behalf, nor of
 * its own terminate handler. */
static size_t first_site(const struct outcome_facts *facts,
                         const struct outcome_verdict *verdict) {
    if (verdict->outcome == OUTCOME_HUNG) {
        return facts->loop;
    }
    size_t terminate = facts->signal == SIGABRT ? terminate_find(facts) : facts->count;
    if (terminate < facts->count && (verdict->class == CLASS_UNCAUGHT_EXCEPTION ||
                                     verdict->class == CLASS_FAILURE_WHILE_THROWING ||
                                     verdict->class == CLASS_FAILED_CHECK)) {
        return terminate;
    }
    bool ended = verdict->class == CLASS_ASSERTION || verdict->outcome == OUTCOME_ABORTED;
    return ended ? standard_glib_ends(facts->frames, facts->count) : 0;
}

/**
 * Find who is to blame. Wrappers pass on what they are given, so their callers are:
 * except for a wrapper that broke before it could.
 */
static void find_sites(const struct outcome_facts *facts,
                       struct outcome_verdict *verdict) {
    const struct outcome_injection *injection =
        facts->injection ? facts->injection : facts->elsewhere;
    // What is no block may be found out in the allocator, or break it.
    bool of_heap = verdict->class == CLASS_HEAP_CORRUPTION || is_in_allocator(facts);
    size_t from = first_site(facts, verdict);
    verdict->crash_site = of_heap ? find_caller(facts, facts->frames, facts->count, from)
                                  : find_site(facts->frames, facts->count, from);
    if (verdict->outcome == OUTCOME_HUNG) {
        verdict->crash_site = function_of(facts, verdict->crash_site);
    }
    if (facts->heap) {
        const struct outcome_heap *heap = facts->heap;
        verdict->allocation_site =
            find_caller(facts, heap->allocation, heap->allocation_count, 0);
        verdict->release_site = find_caller(facts, heap->release, heap->release_count, 0);
    }
    if (!injection) {
        return;
    }
    verdict->injection_site = find_caller(facts, injection->frames, injection->count, 0);
    if (verdict->injection_site < facts->caller && facts->caller < injection->count) {
        verdict->injection_site = facts->caller;
    }
    const char *broken = function_at(facts, verdict->crash_site);
    for (size_t i = 0; verdict->outcome == OUTCOME_CRASHED && i < verdict->injection_site;
         i++) {
        if (callname_equal(injection->frames[i].function, broken) &&
            !is_inside(injection->frames, injection->count, i)) {
            verdict->injection_site = i;
        }
    }
}

/** It did not end in its time: endless recursion is on its way to the end of the stack,
 * and where it was stopped is chance. */
static void judge_hang(const struct outcome_facts *facts,
                       struct outcome_verdict *verdict) {
    if (facts->cycle.repeats >= CYCLE_ENDLESS) {
        decide(verdict, OUTCOME_CRASHED, class_of_recursion(facts));
    } else {
        decide(verdict, OUTCOME_HUNG,
               facts->same_in_a_row >= RETRIES_ENDLESS ? CLASS_SPINNING : CLASS_HANG);
    }
}

void outcome_judge(const struct outcome_facts *facts, struct outcome_verdict *verdict) {
    *verdict = (struct outcome_verdict){.outcome = OUTCOME_CRASHED};
    if (facts->timed_out) {
        judge_hang(facts, verdict);
    } else {
        judge_signal(facts, verdict);
    }
    const char *runtime = facts->timed_out ? NULL : runtime_at_fault(facts);
    if (runtime) {
        decide(verdict, OUTCOME_ABORTED, CLASS_RUNTIME);
        snprintf(verdict->detail, sizeof(verdict->detail), "%s", runtime);
    }
    find_sites(facts, verdict);
    explanation_write(facts, verdict);
}
