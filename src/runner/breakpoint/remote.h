// SPDX-License-Identifier: MIT
/** A process that has just executed its image, and stands at its beginning: system calls are
 * made in its name, and its memory is written. */
#ifndef MF_RUNNER_BREAKPOINT_REMOTE_H
#define MF_RUNNER_BREAKPOINT_REMOTE_H

#include "runner/breakpoint/machine.h"

struct remote {
    pid_t pid;
    /** Its memory, /proc/PID/mem. */
    int memory;
    /** Where its system calls are made, and what was there. */
    uint64_t code;
    unsigned char before[MACHINE_CALL_LENGTH];
    struct machine_registers registers;
    /** Which signals it held back. */
    uint64_t mask;
};

/** Open the memory of a process, for both ways; -1 with errno. */
int remote_open_memory(pid_t pid);

/** Read or write all of a stretch of memory, code included; 0 on success, -1 with errno. */
int remote_read(int memory, uint64_t address, void *bytes, size_t length);
int remote_write(int memory, uint64_t address, const void *bytes, size_t length);

/**
 * Begin with a process at the stop for its exec.
 *
 * @memory
 *         Opened by remote_open_memory().
 * @return
 *         0 on success, -1 with errno.
 */
int remote_begin(struct remote *remote, pid_t pid, int memory);

/** Make a system call; what it returns, -1 with errno on failure. */
long remote_call(struct remote *remote, long number, const uint64_t arguments[6]);

/** End with it: it is as it was. 0 on success, -1 with errno. */
int remote_end(struct remote *remote);

#endif
