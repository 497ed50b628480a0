// SPDX-License-Identifier: MIT
/**
 * What a process has open, as far as a child that shares it must know.
 *
 * A child has its parent's open files, offsets and all. While it runs the parent stands
 * still, so offsets are put back afterwards; what loses its contents when it is read (a
 * pipe, a socket) is left to the effect barrier, which asks the runner before each read.
 */
#ifndef MF_PRELOAD_EXPLORE_DESCRIPTORS_H
#define MF_PRELOAD_EXPLORE_DESCRIPTORS_H

#include "core/channel/explore.h"

#include <stdbool.h>
#include <stdint.h>

/** The most descriptors that are listed. */
#define MF_DESCRIPTORS_MAX 256

/** A file whose offset a child may move. */
struct mf_descriptor {
    int32_t fd;
    int64_t offset;
};

struct mf_descriptors {
    uint32_t count;
    /** Bytes in the captured stdout and stderr. */
    uint64_t written[2];
    /** Whether something but the captures is open for writing; for reading, too. */
    bool writable, changeable;
    /** Whether something is open that loses what is read from it. */
    bool consumable;
    struct mf_descriptor entries[MF_DESCRIPTORS_MAX];
    /** All that were open the last time, and how many there were of them. */
    int32_t known[MF_DESCRIPTORS_MAX];
    uint64_t known_count;
    /** The device of /proc; 0 = not asked for yet. */
    uint64_t proc_device;
};

/**
 * List what is open.
 *
 * @return
 *         MF_POINT_HELD where a child can have all of it, else what stands against that.
 */
enum mf_point_state mf_descriptors_list(struct mf_descriptors *list);

/** Put all offsets back that a child has moved. */
void mf_descriptors_rewind(const struct mf_descriptors *list);

#endif
