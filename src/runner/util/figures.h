// SPDX-License-Identifier: MIT
/** Numbers as people read them. */
#ifndef MF_RUNNER_UTIL_FIGURES_H
#define MF_RUNNER_UTIL_FIGURES_H

#include <stdint.h>

/** What a noun ends in by its number: "" or "s". */
const char *plural(uint64_t count);

/** The same of a noun like "process": "" or "es". */
const char *plural_es(uint64_t count);

/** A number in words, by value. */
struct figure {
    char text[40];
};

/** "1,234,567" */
struct figure figure_count(uint64_t number);

/** "512 bytes", "1 byte", "3.4 MiB" */
struct figure figure_bytes(uint64_t bytes);

/** "34.1 %" of a whole; "0.0 %" of nothing. */
struct figure figure_share(uint64_t part, uint64_t whole);

/** "1.234 s", "12.3 ms", "45 us" */
struct figure figure_time(uint64_t ns);

#endif
