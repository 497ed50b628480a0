// SPDX-License-Identifier: MIT
/**
 * What the page allocator of a stopped process tells of a crash: which block was meant,
 * how it was missed, and who allocated and freed it. All of it is read from the process,
 * so every number is hostile.
 */
#ifndef MF_RUNNER_CRASH_HEAP_H
#define MF_RUNNER_CRASH_HEAP_H

#include "runner/crash/facts.h"
#include "runner/crash/stopped.h"
#include "runner/target/channelfile.h"

/**
 * Ask about the thread that the process is turned to.
 *
 * @facts
 *         Set to HEAP_FAULT_NONE where no page allocator has to do with it.
 * @signal, address
 *         What the thread is about to get, and the fault's address; 0 = unknown.
 */
void heap_gather(struct heap_facts *facts, struct stopped *stopped,
                 const struct channel *channel, int signal, uint64_t address);

#endif
