// SPDX-License-Identifier: MIT
/** What a sanitizer or valgrind reports, and which frames are its own. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_SANITIZER_H
#define MF_RUNNER_DIAGNOSE_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
