// SPDX-License-Identifier: MIT
/** Words for a shell. */
#ifndef MF_RUNNER_UTIL_SHELLWORD_H
#define MF_RUNNER_UTIL_SHELLWORD_H

#include <stdio.h>

/** Write one word so that a shell reads it as it is. */
void shellword_put(const char *word, FILE *stream);

#endif
