// SPDX-License-Identifier: MIT
/** Shell-like patterns over names: `*`, `?`, `[a-z]`, `[!a-z]` and `\` before a
 * character. */
#ifndef MF_CORE_POLICY_GLOB_H
#define MF_CORE_POLICY_GLOB_H

#include <stdbool.h>

/** The most `*` a pattern may hold: bounds the work of a match. */
#define MF_GLOB_STARS_MAX 8

/**
 * Whether a name matches a pattern as a whole. Bytes, no locale; `*` also matches `/`.
 * Pure and safe in a signal handler.
 */
bool mf_glob_match(const char *pattern, const char *name);

/**
 * Check a pattern.
 *
 * @return
 *         NULL when it is good, else what is wrong with it in a few words. Static.
 */
const char *mf_glob_fault(const char *pattern);

#endif
