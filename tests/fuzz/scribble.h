// SPDX-License-Identifier: MIT
/** A channel that hostile targets have scribbled over. */
#ifndef MF_FUZZ_SCRIBBLE_H
#define MF_FUZZ_SCRIBBLE_H

#include "runner/target/channelfile.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Begin with a channel as a runner makes it, and one of everything in use.
 *
 * It is the same one with each input, wiped where it was scribbled on: what takes the
 * time is not to read 25 MB and more, but to have the kernel make their pages.
 *
 * @policy
 *         Its policy; the same each time.
 * @extra
 *         Bytes behind it; the same each time.
 */
struct channel scribble_begin(const char *policy, size_t extra);

/**
 * Scribble over it.
 *
 * @data, @size
 *         A list of scribbles, of 16 bytes each: where (8), what (7), how often (1);
 *         256 of them count.
 * @starts, @count
 *         Where what is in use begins: most places would never be read.
 */
void scribble(struct channel *channel, const uint8_t *data, size_t size,
              const size_t *starts, size_t count);

#endif
