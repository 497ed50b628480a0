// SPDX-License-Identifier: MIT
#include "runner/diagnose/terminate.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/last_words.h"
#include "runner/diagnose/runtime.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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

size_t terminate_find(const struct outcome_facts *facts) {
    size_t named = find(facts, 0, callname_is_terminate);
    if (named < facts->count) {
        return named;
    }
    size_t at = 0;
    while (at < facts->count && callname_is_library(facts->frames[at].module) &&
           !callname_is_throwing(facts->frames[at].function)) {
        at++;
    }
    bool throwing = at < facts->count && callname_is_throwing(facts->frames[at].function);
    return throwing ? at : facts->count;
}

bool terminate_is_ours(const struct outcome_facts *facts) {
    const char *module = facts->count > 0 ? facts->frames[0].module : NULL;
    bool libcs = !module || strncmp(module, "libc.", strlen("libc.")) == 0 ||
                 strncmp(module, "libc-", strlen("libc-")) == 0 ||
                 strncmp(module, "ld-", strlen("ld-")) == 0;
    return facts->signal == SIGABRT && !libcs && terminate_find(facts) < facts->count;
}

bool terminate_is_reported(const struct outcome_facts *facts, size_t terminate) {
    bool only =
        terminate < facts->count && strstr(facts->last_words, "MemorySanitizer: ");
    for (size_t i = 0; only && i <= terminate; i++) {
        only = callname_is_library(facts->frames[i].module) ||
               runtime_of(facts->frames, facts->count, i);
    }
    return only;
}

static bool is_one_of(const char *const *names, size_t count, const char *function) {
    for (size_t i = 0; i < count; i++) {
        if (callname_equal(function, names[i])) {
            return true;
        }
    }
    return false;
}

/** Whether it is a step of throwing that ends the program where it gets no memory. */
static bool needs_memory_to_throw(const char *function) {
    static const char *const names[] = {"__cxa_allocate_exception",
                                        "__cxa_allocate_dependent_exception",
                                        "__cxa_get_globals"};
    return is_one_of(names, COUNT(names), function);
}

/** Whether it is a step that only an exception gets to which a function must not let out:
 * nobody is asked about one that nobody catches. */
static bool is_stopping(const char *function) {
    static const char *const names[] = {"__gxx_personality_v0", "__cxa_call_terminate",
                                        "__cxa_call_unexpected",
                                        "__clang_call_terminate"};
    return is_one_of(names, COUNT(names), function);
}

/**
 * Whether a frame is what the failed allocation's function does without memory: compilers
 * split that off, and then it has no name. The place that it was called from tells.
 */
static bool is_split_off(const struct outcome_facts *facts, size_t at) {
    const struct outcome_injection *injection = facts->injection;
    return injection && injection->count > 1 && at + 1 < facts->count &&
           !facts->frames[at].function && callname_is_library(facts->frames[at].module) &&
           facts->frames[at + 1].offset == injection->frames[1].offset;
}

/** Whether the failed allocation was an operator new that throws. */
static bool is_new_that_throws(const struct outcome_injection *injection) {
    static const char new[] = "operator new";
    size_t news = 0;
    while (injection && news < injection->count && injection->frames[news].function &&
           strcmp(injection->frames[news].function, new) == 0) {
        news++;
    }
    bool array = injection && news < injection->count &&
                 injection->frames[news].function &&
                 strcmp(injection->frames[news].function, "operator new[]") == 0;
    // The one that does not throw calls the one that does.
    return news == 1 || (news == 0 && array);
}

/**
 * Whether a function that must not let an exception out stops one by itself: gcc 12 has it
 * call std::terminate(), where it is part of another function, and says that there is no
 * exception. It is one that the failed operator new was called for.
 */
static bool is_stopped_inline(const struct outcome_facts *facts, size_t from) {
    const struct outcome_injection *injection = facts->injection;
    const char *function = function_at(facts, from);
    if (!function || callname_is_template(function) || !is_new_that_throws(injection)) {
        return false;
    }
    for (size_t i = 0; i < injection->count; i++) {
        if (callname_equal(injection->frames[i].function, function)) {
            return true;
        }
    }
    return false;
}

/**
 * Whether the C++ library, or a destructor, asks for std::terminate() by itself: of a
 * std::thread that was not joined, for one. Such functions are inlined: without debug
 * information that is what a call without an exception is taken for.
 */
static bool is_asked_for(const struct outcome_facts *facts, size_t at, bool none) {
    const struct outcome_frame *frame = at < facts->count ? &facts->frames[at] : NULL;
    const char *function = frame ? frame->function : NULL;
    if (function && (callname_is_template(function) || strstr(function, "::~"))) {
        return true;
    }
    return frame && none && !frame->file && frame->module &&
           !callname_is_library(frame->module);
}

/** Whether only a bug throws an exception of a type: a check of the C++ library failed. Others
 * are how programs tell that something is not to be had. */
static bool is_of_bug(const char *type) {
    static const char std[] = "std::", inner[] = "__1::";
    static const char *const names[] = {
        "logic_error",         "invalid_argument",   "out_of_range",
        "length_error",        "domain_error",       "future_error",
        "bad_optional_access", "bad_variant_access", "bad_function_call",
        "bad_any_cast",        "bad_typeid",         "bad_cast",
        "bad_weak_ptr",        "__non_rtti_object"};
    bool is = false;
    if (strncmp(type, std, strlen(std)) != 0) {
        return false;
    }
    type += strlen(std);
    type += strncmp(type, inner, strlen(inner)) == 0 ? strlen(inner) : 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        is |= strcmp(type, names[i]) == 0;
    }
    return is;
}

static void decide(struct outcome_verdict *verdict, enum outcome outcome,
                   enum crash_class class) {
    verdict->outcome = outcome;
    verdict->class = class;
}

/** The first frame behind all of std::terminate()'s. */
static size_t behind(const struct outcome_facts *facts, size_t terminate) {
    while (callname_is_terminate(function_at(facts, terminate))) {
        terminate++;
    }
    return terminate;
}

void terminate_judge(const struct outcome_facts *facts, size_t terminate,
                     struct outcome_verdict *verdict) {
    const size_t room = sizeof(verdict->detail);
    bool stopped = facts->stopped || find(facts, 0, is_stopping) < facts->count;
    size_t at = behind(facts, terminate);
    const char *failed = is_split_off(facts, at) ? facts->injection->frames[0].function
                                                 : function_at(facts, at);
    if (needs_memory_to_throw(failed)) {
        decide(verdict, OUTCOME_ABORTED, CLASS_FAILURE_WHILE_THROWING);
        return;
    }
    bool thrown = find(facts, at, callname_is_throwing) < facts->count;
    bool none = strstr(facts->last_words, "without an active exception") != NULL;
    bool rethrown = none && callname_equal(function_at(facts, at), "__cxa_rethrow");
    if (stopped || (!thrown && none && is_stopped_inline(facts, at))) {
        decide(verdict, OUTCOME_CRASHED, CLASS_FAILURE_WHILE_THROWING);
        last_words_exception(facts, verdict->detail, room);
    } else if (rethrown || (!thrown && is_asked_for(facts, at, none))) {
        decide(verdict, OUTCOME_CRASHED, CLASS_FAILED_CHECK);
        snprintf(verdict->detail, room, "std::terminate");
    } else if (!thrown && none) {
        decide(verdict, OUTCOME_ABORTED, CLASS_DELIBERATE_ABORT);
        last_words_last_line(facts->last_words, verdict->detail, room);
    } else {
        last_words_exception(facts, verdict->detail, room);
        decide(verdict, is_of_bug(verdict->detail) ? OUTCOME_CRASHED : OUTCOME_ABORTED,
               CLASS_UNCAUGHT_EXCEPTION);
    }
}

/** A check: the function that only a failed one calls, with a scope a beginning of its name;
 * and how a line of its message begins, where all versions agree. What a later one calls
 * stands in front of it. */
static const struct check {
    const char *function, *line;
    enum crash_class class;
} checks[] = {
    {"__stack_chk_fail", "*** stack smashing", CLASS_STACK_SMASHING},
    {"__chk_fail", "*** buffer overflow", CLASS_BUFFER_OVERFLOW},
    {"__fdelt_chk", "*** bit out of range", CLASS_BUFFER_OVERFLOW},
    {"____longjmp_chk", "*** longjmp causes", CLASS_FAILED_CHECK},
    {NULL, "*** %n in writable", CLASS_FAILED_CHECK},
    {NULL, "*** invalid %N$ use", CLASS_FAILED_CHECK},
    {"__fortify_fail", NULL, CLASS_FAILED_CHECK},
    {"__cxa_pure_virtual", "pure virtual method called", CLASS_FAILED_CHECK},
    {"__cxa_deleted_virtual", "deleted virtual method called", CLASS_FAILED_CHECK},
    {"__gnu_debug::_Error_formatter::", NULL, CLASS_ASSERTION},
    {"core::panicking::panic_cannot_unwind", "panic in a function that cannot unwind",
     CLASS_FAILURE_WHILE_THROWING},
    {"core::panicking::panic_no_unwind", NULL, CLASS_FAILURE_WHILE_THROWING},
    {"core::panicking::panic_in_cleanup", "panic in a destructor during cleanup",
     CLASS_FAILURE_WHILE_THROWING},
    {"core::panicking::panic_null_pointer", "null pointer dereference occurred",
     CLASS_NULL_DEREFERENCE},
    {"core::panicking::panic_nounwind", "thread caused non-unwinding panic",
     CLASS_FAILED_CHECK},
};

/** Whether a function is what a check calls. */
static bool is_calling(const char *function, const char *name) {
    return strstr(name, "::") ? strncmp(function, name, strlen(name)) == 0
                              : callname_equal(function, name);
}

static bool is_on_stack(const struct outcome_facts *facts, const char *name) {
    for (size_t i = 0; name && i < facts->count; i++) {
        const char *function = facts->frames[i].function;
        if (function && is_calling(function, name)) {
            return true;
        }
    }
    return false;
}

/** The first line of what was said that begins with words; NULL where none does. */
static const char *said(const struct outcome_facts *facts, const char *words) {
    const char *const texts[] = {facts->abort_message, facts->last_words};
    const char *line = NULL;
    for (size_t i = 0; words && !line && i < COUNT(texts); i++) {
        line = last_words_find_line(texts[i], words);
    }
    return line;
}

/** Whether libstdc++ ends the program at once: not by std::terminate(). */
static bool is_libstdcxxs_end(const struct outcome_facts *facts) {
    size_t at = 0;
    while (at < facts->count && facts->frames[at].module &&
           strncmp(facts->frames[at].module, "libc.", strlen("libc.")) == 0) {
        at++;
    }
    return at < facts->count && facts->frames[at].module &&
           strncmp(facts->frames[at].module, "libstdc++", strlen("libstdc++")) == 0 &&
           terminate_find(facts) == facts->count;
}

/** Copy what libstdc++'s debug mode says: "Error: attempt to ...". Whether it does. */
static bool debug_mode_said(const struct outcome_facts *facts, char *text, size_t size) {
    static const char sign[] = "Error: ";
    const char *line = said(facts, sign);
    text[0] = '\0';
    if (line) {
        last_words_line(line + strlen(sign), text, size);
        text[strcspn(text, ".")] = '\0';
    }
    return line != NULL;
}

enum crash_class terminate_failed_check(const struct outcome_facts *facts, char *message,
                                        size_t size) {
    for (size_t i = 0; i < COUNT(checks); i++) {
        const char *line = said(facts, checks[i].line);
        if (!line && !is_on_stack(facts, checks[i].function)) {
            continue;
        }
        last_words_line(line ? line : facts->abort_message, message, size);
        if (checks[i].class == CLASS_ASSERTION) {
            (void)debug_mode_said(facts, message, size);
        }
        last_words_panic(facts->last_words, message, size);
        return checks[i].class;
    }
    bool debug_mode = is_libstdcxxs_end(facts) && debug_mode_said(facts, message, size);
    return debug_mode ? CLASS_ASSERTION : CLASS_NONE;
}

static void failure_while_throwing(struct sentence *sentence) {
    const char *type = sentence->verdict->detail;
    if (strncmp(type, "panicked at ", strlen("panicked at ")) == 0) {
        sentence_put(sentence, "a panic");
        sentence_put_plain_crash_place(sentence);
        sentence_put(sentence,
                     " reaches a function that must not unwind or a destructor");
    } else if (sentence->verdict->outcome == OUTCOME_CRASHED &&
               sentence->facts->signal == SIGABRT) {
        sentence_put(sentence, "%s is thrown", type[0] ? type : "an exception");
        sentence_put_plain_crash_place(sentence);
        sentence_put(sentence, " and reaches a noexcept function or a destructor");
    } else if (sentence->facts->signal == SIGABRT) {
        sentence_put(sentence, "there is no memory for the exception object");
        sentence_put_plain_crash_place(sentence);
    } else {
        sentence_put(sentence, "throwing an exception breaks in ");
        if (sentence->crash) {
            sentence_put_actor(sentence, sentence->crash);
        } else {
            sentence_put(sentence, "an unknown place");
        }
    }
    sentence_put_cause(sentence);
}

static void uncaught_exception(struct sentence *sentence) {
    const char *type = sentence->verdict->detail;
    sentence_put(sentence, "%s ", type[0] ? type : "an exception");
    if (strcmp(type, "std::bad_alloc") == 0 && sentence->crash && sentence->injection &&
        sentence_same_function(sentence->crash, sentence->injection) &&
        sentence->crash->line == sentence->injection->line) {
        sentence_put(sentence, "for the failed ");
        sentence_put_failure(sentence);
        sentence_put(sentence, " is never caught");
        return;
    }
    sentence_put(sentence, "is thrown");
    sentence_put_plain_crash_place(sentence);
    sentence_put(sentence, " and never caught");
    char what[128];
    last_words_what(sentence->facts->last_words, type, what, sizeof(what));
    if (what[0]) {
        sentence_put(sentence, ": %s", what);
    }
    sentence_put_cause(sentence);
}

void terminate_write(struct sentence *sentence) {
    if (sentence->verdict->class == CLASS_UNCAUGHT_EXCEPTION) {
        uncaught_exception(sentence);
    } else {
        failure_while_throwing(sentence);
    }
}
