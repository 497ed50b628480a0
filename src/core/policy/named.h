// SPDX-License-Identifier: MIT
/**
 * Functions of the program that are allocations, by name: what `--allocation` and
 * "allocations" in a policy say of them.
 *
 * NAME[:size=ARG|ARG*ARG][:fail=VALUE][:errno=E]: which arguments tell the size, from 1 on;
 * what the function returns where it fails, and with which errno.
 */
#ifndef MF_CORE_POLICY_NAMED_H
#define MF_CORE_POLICY_NAMED_H

#include "core/policy/text.h"

#include <stdint.h>

/** The most of them; each is a function with a number of its own, from MF_NAMED on. */
#define MF_NAMED_MAX 8
/** Room for all that is said of one, with its NUL. */
#define MF_NAMED_TEXT_MAX 160
/** The arguments that come in registers on all machines. */
#define MF_NAMED_ARGUMENTS 6

struct mf_named {
    /** As it was given. */
    char text[MF_NAMED_TEXT_MAX];
    /** The function's name alone. */
    char name[MF_NAMED_TEXT_MAX];
    /** The arguments whose product is the size, from 1 on; 0 = none. */
    uint32_t sizes[2];
    /** 0 = errno is left alone. */
    int32_t error;
    uint32_t reserved;
    int64_t value;
};

/**
 * Read what is said of one.
 *
 * @why
 *         Where what is wrong is added.
 * @return
 *         0 on success, -1 on failure.
 */
int mf_named_read(struct mf_named *named, const char *text, struct mf_text *why);

#endif
