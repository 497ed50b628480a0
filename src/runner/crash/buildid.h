// SPDX-License-Identifier: MIT
/** The build id of a file that is mapped in a process, as the library finds it inside. */
#ifndef MF_RUNNER_CRASH_BUILDID_H
#define MF_RUNNER_CRASH_BUILDID_H

#include "core/channel/channel.h"
#include "runner/crash/memory.h"

/**
 * Read a build id out of the headers in memory: they are those of the file that was
 * loaded, whatever lies at its path now.
 *
 * @start, end
 *         The file's first mapping.
 * @id
 *         Where it goes.
 * @return
 *         How many bytes it has; 0 if there is none.
 */
uint32_t buildid_read(struct memory *memory, uint64_t start, uint64_t end,
                      unsigned char id[MF_BUILD_ID_MAX]);

#endif
