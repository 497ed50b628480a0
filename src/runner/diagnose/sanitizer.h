// SPDX-License-Identifier: MIT
/** What a sanitizer or valgrind reports, and which frames are its own. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_SANITIZER_H
#define MF_RUNNER_DIAGNOSE_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether a function is of a sanitizer's run-time library, which can be in the program
 * itself; NULL is not. */
bool sanitizer_is_function(const char *function);

/** Whether a module is a sanitizer's run-time library; NULL is not. */
bool sanitizer_is_module(const char *module);

/**
 * Find the headline of the last report in a text, without what differs from run to run:
 * "AddressSanitizer: heap-use-after-free".
 *
 * @headline
 *         Set to it, cut off if it does not fit; "" if there is no report.
 * @return
 *         Whether there is one.
 */
bool sanitizer_headline(const char *text, char *headline, size_t size);

/** Room for a place in a report, with its NUL. */
#define SANITIZER_PLACE_MAX 128

/**
 * The same of the first report: where the program goes on, what comes later may come of it.
 *
 * @place
 *         Set to where in the program's sources it says that the fault is, as "file.c:12";
 *         "" where it does not.
 */
bool sanitizer_first(const char *text, char *headline, size_t size,
                     char place[SANITIZER_PLACE_MAX]);

/** The same; where its line begins, NULL = there is no report. */
const char *sanitizer_next(const char *text, char *headline, size_t size,
                           char place[SANITIZER_PLACE_MAX]);

/** The most reports that are told apart. */
#define SANITIZER_REPORTS_MAX 16

/** The different reports of a run, to tell those that another run has, too. */
struct sanitizer_reports {
    /** What identifies them: the words without numbers, which may differ, and the place. */
    uint64_t ids[SANITIZER_REPORTS_MAX];
    size_t count;
    /** Whether there are more. */
    bool more;
};

/** Add those of a text. */
void sanitizer_reports_take(struct sanitizer_reports *reports, const char *text);

/** Where the first report of a text is that is not among others; its end if there is none. */
const char *sanitizer_other_report(const char *text,
                                   const struct sanitizer_reports *others);

/** Whether all are among others, and none is missing. */
bool sanitizer_reports_are_among(const struct sanitizer_reports *reports,
                                 const struct sanitizer_reports *others);

#endif
