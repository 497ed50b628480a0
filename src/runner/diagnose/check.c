// SPDX-License-Identifier: MIT
#include "runner/diagnose/check.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/last_words.h"
#include "runner/diagnose/terminate.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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

enum crash_class check_failed(const struct outcome_facts *facts, char *message,
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
