// SPDX-License-Identifier: MIT
/**
 * The program's own allocation functions, by name, as described by `--allocation` and by
 * "allocations" in a policy.
 *
 * NAME[:size=ARG|ARG*ARG][:fail=VALUE][:errno=E]: which arguments give the size, counted
 * from 1; what the function returns if it fails, and with which errno.
 */
#ifndef MF_CORE_POLICY_NAMED_H
#define MF_CORE_POLICY_NAMED_H

#include "core/policy/text.h"

#include <stdint.h>

/** The most of them; each has its own function number, from MF_NAMED on. */
#define MF_NAMED_MAX 8
/** Room for the description of one, with its NUL. */
#define MF_NAMED_TEXT_MAX 160
/** The arguments that come in registers on all machines. */
#define MF_NAMED_ARGUMENTS 6

struct mf_named {
    /** The description as given. */
    char text[MF_NAMED_TEXT_MAX];
    /** The function's name alone. */
    char name[MF_NAMED_TEXT_MAX];
    /** The arguments whose product is the size, counted from 1; 0 = none. */
    uint32_t sizes[2];
    /** The errno to set; 0 = leave errno unchanged. */
    int32_t error;
    uint32_t reserved;
    int64_t value;
};

/**
 * Read the description of one.
 *
 * @why
 *         On failure, what is wrong is added to it.
 * @return
 *         0 on success, -1 on failure.
 */
int mf_named_read(struct mf_named *named, const char *text, struct mf_text *why);

#endif
