// SPDX-License-Identifier: MIT
#include "runner/diagnose/explanation.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/misuse.h"
#include "runner/diagnose/sentence.h"
#include "runner/diagnose/terminate.h"
#include "runner/util/figures.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

/** The most functions of a cycle that are named. */
#define CYCLE_SHOWN 7

/** Whether the calls that lead to both frames to blame are the same, as far as both are
 * known. */
static bool is_same_path(const struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    const struct outcome_frame *crash = sentence->crash + 1;
    const struct outcome_frame *injection = sentence->injection + 1;
    const struct outcome_frame *crash_end = facts->frames + facts->count;
    const struct outcome_frame *injection_end =
        facts->injection->frames + facts->injection->count;
    for (; crash < crash_end && injection < injection_end; crash++, injection++) {
        if (crash->offset != injection->offset) {
            return false;
        }
    }
    return true;
}

/** Whether the failed allocation was made by the very call that broke, as far as can be
 * told: a call has a line, or else the functions must do; and the path to it. */
static bool is_its_own_fault(const struct sentence *sentence) {
    const struct outcome_frame *crash = sentence->crash;
    const struct outcome_frame *injection = sentence->injection;
    if (!crash || !injection ||
        !callname_equal(sentence_called(sentence), sentence_allocating(sentence)) ||
        !is_same_path(sentence)) {
        return false;
    }
    if (crash->file) {
        return crash->line == injection->line && sentence_same_function(crash, injection);
    }
    return crash->module && injection->module &&
           strcmp(crash->module, injection->module) == 0;
}

/**
 * Whether what was passed on cannot have been NULL itself, but an address near it: of a
 * member of what is NULL, or of nothing. The function takes NULL, or it reads from the
 * address on that it is given.
 */
static bool is_passed_near_null(const struct sentence *sentence) {
    static const char *const taking[] = {"free", "cfree", "realloc", "reallocarray"};
    const struct outcome_facts *facts = sentence->facts;
    const char *called = sentence_called(sentence);
    if (!called || facts->address == 0 || facts->access == ACCESS_EXECUTE) {
        return false;
    }
    for (size_t i = 0; i < sizeof(taking) / sizeof(taking[0]); i++) {
        if (callname_equal(called, taking[i])) {
            return true;
        }
    }
    size_t length;
    const char *name = callname_plain(called, &length);
    return facts->access == ACCESS_READ && length > 3 && strncmp(name, "str", 3) == 0;
}

/** "is written through", "is read at offset 8" */
static void put_null_use(struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    static const char *const verbs[] = {[ACCESS_UNKNOWN] = "dereferenced",
                                        [ACCESS_READ] = "read",
                                        [ACCESS_WRITE] = "written"};
    if (facts->access == ACCESS_EXECUTE) {
        sentence_put(sentence, " is called as a function");
    } else if (sentence_called(sentence) && facts->signal != SIGABRT) {
        sentence_put(sentence, " is passed on to ");
        sentence_put_function(sentence, sentence_called(sentence));
    } else if (facts->address > 0) {
        sentence_put(sentence, " is %s at offset %" PRIu64, verbs[facts->access],
                     facts->address);
    } else {
        sentence_put(sentence, " is %s%s", verbs[facts->access],
                     facts->access == ACCESS_UNKNOWN ? "" : " through");
    }
}

static void null_dereference(struct sentence *sentence) {
    bool own_fault = is_its_own_fault(sentence);
    if (!own_fault && is_passed_near_null(sentence)) {
        sentence_put_after(sentence);
        sentence_put(sentence, "an address near NULL");
    } else if (sentence->facts->null_proven) {
        sentence_put(sentence, "the NULL from ");
        sentence_put_failure(sentence);
    } else {
        sentence_put_after(sentence);
        sentence_put(sentence, "a NULL");
    }
    if (own_fault) {
        sentence_put(sentence, " is used by ");
        sentence_put_function(sentence, sentence_called(sentence));
        sentence_put(sentence, " itself");
        return;
    }
    put_null_use(sentence);
    sentence_put_crash_place(sentence);
}

static void wild_pointer(struct sentence *sentence) {
    static const char *const verbs[] = {[ACCESS_UNKNOWN] = "accessed",
                                        [ACCESS_READ] = "read",
                                        [ACCESS_WRITE] = "written to",
                                        [ACCESS_EXECUTE] = "jumped to"};
    const struct outcome_facts *facts = sentence->facts;
    sentence_put_after(sentence);
    if (facts->address_known) {
        sentence_put(sentence, "the address 0x%" PRIx64 " is %s", facts->address,
                     verbs[facts->access]);
    } else {
        sentence_put(sentence, "a wild address is %s", verbs[facts->access]);
    }
    if (sentence_called(sentence)) {
        sentence_put(sentence, " by ");
        sentence_put_function(sentence, sentence_called(sentence));
    }
    sentence_put_crash_place(sentence);
}

static void use_after_free(struct sentence *sentence) {
    if (misuse_known(sentence->facts)) {
        misuse_write(sentence);
        return;
    }
    sentence_put_after(sentence);
    sentence_put(sentence, "memory that was freed is ");
    if (sentence_called(sentence)) {
        sentence_put(sentence, "passed on to ");
        sentence_put_function(sentence, sentence_called(sentence));
    } else {
        sentence_put(sentence, "used");
    }
    sentence_put_crash_place(sentence);
}

/** " in free() at tree.c:99, after malloc(16) failed at tree.c:87" */
static void put_stopped(struct sentence *sentence) {
    if (sentence_called(sentence)) {
        sentence_put(sentence, " in ");
        sentence_put_function(sentence, sentence_called(sentence));
    }
    sentence_put_plain_crash_place(sentence);
    sentence_put_cause(sentence);
}

static void heap_corruption(struct sentence *sentence) {
    const char *message = sentence->verdict->detail;
    bool said = sentence->facts->signal == SIGABRT || message[0];
    if (strstr(message, "(): invalid pointer")) {
        sentence_put(sentence, "libc found no block of malloc()'s, or one whose head is "
                               "overwritten,");
    } else {
        sentence_put(sentence, said ? "libc found the heap broken"
                                    : "the allocator ran into a broken heap");
    }
    put_stopped(sentence);
}

static void buffer_overflow(struct sentence *sentence) {
    sentence_put(sentence, "libc stopped a buffer overflow");
    put_stopped(sentence);
}

static void stack_smashing(struct sentence *sentence) {
    sentence_put(sentence, "libc found the stack overwritten");
    sentence_put_plain_crash_place(sentence);
    sentence_put_cause(sentence);
}

static void failed_check(struct sentence *sentence) {
    const char *called = sentence_called(sentence);
    if (callname_equal(called, "__cxa_pure_virtual")) {
        sentence_put(sentence, "a pure virtual function is called");
    } else if (callname_equal(called, "__cxa_rethrow")) {
        sentence_put(sentence, "'throw;' has no exception to throw again");
    } else if (strcmp(sentence->verdict->detail, "std::terminate") != 0) {
        sentence_put(sentence, "a check stops the program");
        put_stopped(sentence);
        return;
    } else if (called && !callname_is_terminate(called)) {
        sentence_put_function(sentence, called);
        sentence_put(sentence, " calls std::terminate()");
    } else {
        sentence_put(sentence, "std::terminate() is called, without an exception,");
    }
    sentence_put_plain_crash_place(sentence);
    sentence_put_cause(sentence);
}

/** The frames of a cycle, in the order of calls: the outermost first. */
static const struct outcome_frame *cycle_frame(const struct outcome_facts *facts,
                                               size_t at) {
    size_t length = facts->cycle.length;
    return &facts->frames[facts->cycle.start + length - 1 - at % length];
}

/** Whether a frame of a cycle is the one before it again, inlined into itself. */
static bool is_repeated(const struct outcome_facts *facts, size_t at) {
    size_t length = facts->cycle.length;
    return length > 1 && callname_equal(cycle_frame(facts, at)->function,
                                        cycle_frame(facts, at + length - 1)->function);
}

/** How well a cycle may be said to begin with a frame. */
static int rank(const struct sentence *sentence, const struct outcome_frame *frame) {
    if (callname_is_allocation(frame->function)) {
        return 3;
    }
    if (sentence->injection && sentence_same_function(frame, sentence->injection)) {
        return 2;
    }
    return frame->function && !callname_is_library(frame->module);
}

/** Where to begin with a cycle: at the same function, wherever the stack was cut off. */
static size_t cycle_beginning(const struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    size_t best = 0;
    for (size_t i = 1; i < facts->cycle.length; i++) {
        const struct outcome_frame *frame = cycle_frame(facts, i);
        const struct outcome_frame *so_far = cycle_frame(facts, best);
        int better = rank(sentence, frame) - rank(sentence, so_far);
        if (is_repeated(facts, i)) {
            continue;
        }
        if (is_repeated(facts, best) || better > 0 ||
            (better == 0 && frame->function && so_far->function &&
             strcmp(frame->function, so_far->function) < 0)) {
            best = i;
        }
    }
    return best;
}

/** How many functions a cycle goes through. */
static size_t cycle_functions(const struct outcome_facts *facts) {
    size_t count = 0;
    for (size_t i = 0; i < facts->cycle.length; i++) {
        count += !is_repeated(facts, i);
    }
    return count ? count : 1;
}

static void put_cycle(struct sentence *sentence, size_t beginning) {
    const struct outcome_facts *facts = sentence->facts;
    size_t shown = 0;
    sentence_put_number(sentence, facts->cycle.repeats);
    sentence_put(sentence, " times ");
    for (size_t i = 0; i < facts->cycle.length; i++) {
        if (i > 0 && is_repeated(facts, beginning + i)) {
            continue;
        }
        if (shown++ == CYCLE_SHOWN) {
            sentence_put(sentence, " → …");
            break;
        }
        const char *function = cycle_frame(facts, beginning + i)->function;
        size_t length = 1;
        const char *name = function ? callname_plain(function, &length) : "?";
        sentence_put(sentence, "%s%.*s", i > 0 ? " → " : "", (int)length, name);
    }
}

static void stack_overflow(struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    size_t length = facts->cycle.length;
    if (length == 0 || facts->cycle.start + length > facts->count) {
        sentence_put_after(sentence);
        sentence_put(sentence, "the stack ran out");
        sentence_put_crash_place(sentence);
        return;
    }
    size_t beginning = cycle_beginning(sentence);
    size_t functions = cycle_functions(facts);
    const struct outcome_frame *first = cycle_frame(facts, beginning);
    if (first->function) {
        sentence_put_function(sentence, first->function);
    } else {
        sentence_put(sentence, "a function");
    }
    if (sentence->verdict->class == CLASS_ALLOCATOR_REENTRY) {
        sentence_put(sentence, " is called again from within itself,");
    } else if (functions == 1) {
        sentence_put(sentence, " calls itself");
    } else {
        sentence_put(sentence, " and %zu more function%s call each other", functions - 1,
                     plural(functions - 1));
    }
    sentence_put(sentence, " without end: ");
    put_cycle(sentence, beginning);
    sentence_put_cause(sentence);
}

static void assertion(struct sentence *sentence) {
    const char *asserted = sentence->verdict->detail;
    sentence_put(sentence,
                 asserted[0] ? "the assertion '%s' fails" : "an assertion fails%s",
                 asserted);
    sentence_put_plain_crash_place(sentence);
    sentence_put_cause(sentence);
}

/** Who gives up, or loops. */
static void put_who(struct sentence *sentence) {
    if (sentence->crash) {
        sentence_put_actor(sentence, sentence->crash);
    } else {
        sentence_put(sentence, "the program");
    }
}

static void deliberate_abort(struct sentence *sentence) {
    put_who(sentence);
    sentence_put(sentence, " gives up");
    sentence_put_cause(sentence);
}

/** Nobody knows whether it would end: it may be a long one. */
static void put_out_of_time(struct sentence *sentence) {
    sentence_put(sentence, ", and does not end in its time (--timeout)");
}

static void hang(struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    bool allocator =
        facts->count > 0 && callname_is_allocators(facts->frames[0].function);
    sentence_put_after(sentence);
    if (facts->loop > 0 || (facts->loops && !allocator)) {
        put_who(sentence);
        sentence_put(sentence, " loops");
        put_out_of_time(sentence);
        return;
    }
    sentence_put(sentence, "the program %s",
                 sentence_called(sentence) ? "waits in " : "runs on");
    if (sentence_called(sentence)) {
        sentence_put_function(sentence, sentence_called(sentence));
    }
    sentence_put_crash_place(sentence);
    if (callname_is_sleep(sentence_called(sentence))) {
        sentence_put(sentence, " at the time-out, after ");
        sentence_put_number(sentence, sentence->facts->injections);
        sentence_put(sentence, " failed %s%s; --timeout TIME waits longer",
                     sentence->facts->injection && sentence->facts->injection->error
                         ? "call"
                         : "allocation",
                     sentence->facts->injections == 1 ? "" : "s");
    } else if (allocator) {
        sentence_put(sentence, ", without end, as where a block has been freed twice: "
                               "--allocator pages looks for that");
    } else {
        put_out_of_time(sentence);
    }
}

static void spinning(struct sentence *sentence) {
    if (sentence->facts->injection) {
        sentence_put_failure(sentence);
    } else {
        sentence_put(sentence, "an allocation");
    }
    sentence_put(sentence, " failed ");
    sentence_put_number(sentence, sentence->facts->same_in_a_row);
    sentence_put(sentence, " times in a row");
    if (sentence->facts->loop > 0 && sentence->crash && sentence->injection &&
        !sentence_same_function(sentence->crash, sentence->injection)) {
        sentence_put(sentence, ": ");
        put_who(sentence);
        sentence_put(sentence, " loops");
    }
}

/** "AddressSanitizer finds heap-use-after-free" */
static void sanitizer(struct sentence *sentence) {
    const char *headline = sentence->verdict->detail;
    const char *colon = strstr(headline, ": ");
    sentence_put_after(sentence);
    if (colon) {
        sentence_put(sentence, "%.*s finds %s", (int)(colon - headline), headline,
                     colon + 2);
    } else {
        sentence_put(sentence, "a sanitizer ends the program");
    }
    sentence_put_crash_place(sentence);
}

static void runtime(struct sentence *sentence) {
    const struct outcome_injection *injection = sentence->facts->injection;
    sentence_put(sentence, "%s, the compiler's run-time library, breaks by itself",
                 sentence->verdict->detail);
    if (injection) {
        sentence_put(sentence, ", after its own ");
        sentence_put_call(sentence);
        sentence_put(sentence, " failed");
    }
}

static void other(struct sentence *sentence) {
    static const struct {
        int signal;
        const char *what;
    } signals[] = {
        {SIGFPE, "an arithmetic error (SIGFPE)"},
        {SIGILL, "an illegal instruction (SIGILL)"},
        {SIGTRAP, "a breakpoint (SIGTRAP)"},
        {SIGXFSZ, "a file above the program's own limit, or a SIGXFSZ that was sent,"},
        {SIGSYS, "a forbidden system call (SIGSYS)"},
        {SIGSEGV, "a SIGSEGV that was sent"},
        {SIGBUS, "a SIGBUS that was sent"},
    };
    int signal = sentence->facts->signal;
    sentence_put_after(sentence);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (signals[i].signal == signal) {
            sentence_put(sentence, "%s ends the program", signals[i].what);
            sentence_put_crash_place(sentence);
            return;
        }
    }
    sentence_put(sentence, "signal %d ends the program", signal);
    sentence_put_crash_place(sentence);
}

void explanation_write(const struct outcome_facts *facts,
                       struct outcome_verdict *verdict) {
    static void (*const writers[CLASS_COUNT])(struct sentence *) = {
        [CLASS_NONE] = other,
        [CLASS_NULL_DEREFERENCE] = null_dereference,
        [CLASS_WILD_POINTER] = wild_pointer,
        [CLASS_USE_AFTER_FREE] = use_after_free,
        [CLASS_HEAP_CORRUPTION] = heap_corruption,
        [CLASS_STACK_OVERFLOW] = stack_overflow,
        [CLASS_ALLOCATOR_REENTRY] = stack_overflow,
        [CLASS_FAILURE_WHILE_THROWING] = terminate_write,
        [CLASS_UNCAUGHT_EXCEPTION] = terminate_write,
        [CLASS_ASSERTION] = assertion,
        [CLASS_DELIBERATE_ABORT] = deliberate_abort,
        [CLASS_HANG] = hang,
        [CLASS_SPINNING] = spinning,
        [CLASS_OTHER] = other,
        [CLASS_HEAP_OVERFLOW] = misuse_write,
        [CLASS_HEAP_UNDERFLOW] = misuse_write,
        [CLASS_DOUBLE_FREE] = misuse_write,
        [CLASS_INVALID_FREE] = misuse_write,
        [CLASS_SANITIZER] = sanitizer,
        [CLASS_RUNTIME] = runtime,
        [CLASS_BUFFER_OVERFLOW] = buffer_overflow,
        [CLASS_STACK_SMASHING] = stack_smashing,
        [CLASS_FAILED_CHECK] = failed_check,
    };
    struct sentence sentence = sentence_begin(facts, verdict, verdict->explanation,
                                              sizeof(verdict->explanation));
    writers[verdict->class](&sentence);
    if (terminate_is_ours(facts)) {
        sentence_put(&sentence, "; mallocfail sent the SIGABRT, before the program's own "
                                "terminate handler");
    }
    sentence_end(&sentence);
}
