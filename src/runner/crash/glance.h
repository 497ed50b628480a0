// SPDX-License-Identifier: MIT
/**
 * A glance at a thread that is about to get a fatal signal: whether it broke where another
 * one broke before. It takes some 10 us where walking its stack takes 100.
 *
 * It repeats what the walk of another stack has read (see unwind_reads()), and hashes where
 * that leads: a return address to code, a frame's link up the stack. Other words, as saved
 * registers are, do not count. Where all is the same, a walk would come to the same frames.
 */
#ifndef MF_RUNNER_CRASH_GLANCE_H
#define MF_RUNNER_CRASH_GLANCE_H

#include "runner/crash/maps.h"
#include "runner/crash/registers.h"
#include "runner/crash/unwind.h"

#include <sys/types.h>

/** A word that is read: where it is, by its distance from the stack pointer or a register's
 * number; and whether it is an address in the stack by which a frame is found, rather than
 * one of code. */
#define GLANCE_REGISTER  UINT32_C(0x80000000)
#define GLANCE_LINK      UINT32_C(0x40000000)
#define GLANCE_WHERE     UINT32_C(0x3fffffff)
#define GLANCE_STEPS_MAX (UNWIND_READS_MAX + REGISTERS_MAX)

/** In so many files there may be places. */
#define GLANCE_FILES_MAX 16

/** A thread that is glanced at. */
struct glance {
    pid_t tid;
    struct registers registers;
    const struct maps *maps;
    /** The files with places, each by its first mapping. */
    size_t files[GLANCE_FILES_MAX];
    size_t file_count;
    /** Of the signal, the instruction, and what was read so far. */
    uint64_t hash;
    /** A piece of the stack, and where it begins from the stack pointer on. */
    uint64_t start;
    size_t length;
    unsigned char bytes[4096];
};

/**
 * Begin with a thread that is stopped under ptrace.
 *
 * @maps
 *         What is mapped in it, or was in a process of the same program; read here where it
 *         is all zeroes. What is to be remembered must be hashed by the thread's own. Must
 *         outlive the glance.
 * @return
 *         0 on success, -1 where it cannot be read.
 */
int glance_begin(struct glance *glance, pid_t tid, int signal, struct maps *maps);

/** Add one word to the hash; 0 on success, -1 where it cannot be read. */
int glance_step(struct glance *glance, uint32_t step);

/**
 * The whole hash: of all that was read, and of the files that it leads to. These are known by
 * what is mapped now, for a file may have been overwritten, and an inode's number used again.
 *
 * @return
 *         0 where they cannot be read.
 */
uint64_t glance_end(const struct glance *glance);

/** Work out which words tell where the thread stands, from what a walk of its stack has
 * read; how many, 0 where they cannot be read. */
size_t glance_plan(struct glance *glance, const struct unwind_reads *reads,
                   uint32_t steps[GLANCE_STEPS_MAX]);

#endif
