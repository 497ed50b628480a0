// SPDX-License-Identifier: MIT
/**
 * Which calls made the effect barrier end children, and at which call sites it always does:
 * points there are not tried in place any more.
 */
#ifndef MF_RUNNER_TRIALS_BARRED_H
#define MF_RUNNER_TRIALS_BARRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Room for a system call's name, with its NUL. */
#define BARRED_NAME_MAX 24
/** The most system calls that are told apart. */
#define BARRED_CALLS_MAX 32

struct barred {
    /** For each call site, how many children went on from there, and how many of them
     * were ended by the barrier. */
    struct barred_site {
        uint32_t tried, ended;
    } * sites;
    size_t site_count;
    /** How often each system call was the reason. */
    struct barred_call {
        char name[BARRED_NAME_MAX];
        size_t count;
    } calls[BARRED_CALLS_MAX];
    size_t call_count;
};

/** Begin, for so many call sites; without memory nothing is learnt. */
void barred_init(struct barred *barred, size_t sites);

/**
 * Note how a child ended.
 *
 * @site
 *         The index of the failed allocation's call site; any other number = unknown.
 * @name
 *         The system call that the barrier ended it for; "" = none.
 * @return
 *         Its index; BARRED_CALLS_MAX if there is none, or no room.
 */
size_t barred_note(struct barred *barred, size_t site, const char *name);

/** Whether no child from a call site has come to an end of its own, of some. */
bool barred_is_hopeless(const struct barred *barred, size_t site);

/** Print the system calls, the most frequent ones first: "rename, 12 times; socket". */
void barred_print(struct barred *barred, FILE *stream);

/** Release it. */
void barred_destroy(struct barred *barred);

#endif
