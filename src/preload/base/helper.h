// SPDX-License-Identifier: MIT
/** Another program that answers a question, while the library starts. */
#ifndef MF_PRELOAD_BASE_HELPER_H
#define MF_PRELOAD_BASE_HELPER_H

#include <stddef.h>

/**
 * Run a program, and read what it writes to its standard output. It has no environment. Its
 * end does not concern the calling program: no signal says so, and no wait(2) finds it.
 *
 * @argv
 *         What the program is given, from its name on; NULL ends it.
 * @return
 *         How many bytes it has written, up to `size`.
 */
size_t mf_helper_ask(const char *program, char *const *argv, void *answer, size_t size);

#endif
