// SPDX-License-Identifier: MIT
/** A victim that is run under ptrace until it crashes. */
#ifndef MF_TESTS_TRACED_H
#define MF_TESTS_TRACED_H

#include <stddef.h>
#include <sys/types.h>

struct traced {
    pid_t pid;
    /** The thread that crashed: it stands where it did. */
    pid_t tid;
    /** What it wrote to its stdout. */
    char output[4096];
    size_t length;
};

/**
 * Run a program until it gets SIGSEGV; ends the test where it does not.
 *
 * @path
 *         The program; one without a slash is one of the victims.
 * @how
 *         Its one argument; NULL for none.
 */
void traced_start(struct traced *traced, const char *path, const char *how);

/** Kill it. */
void traced_end(struct traced *traced);

/** The path of a victim, in a buffer of 4096 bytes. */
void traced_path(char *path, const char *victim);

#endif
