// SPDX-License-Identifier: MIT
/**
 * What a process has open, as far as a child that branches off must know: which
 * descriptors it can share, which it opens anew, and which make branching unsound.
 */
#ifndef MF_PRELOAD_EXPLORE_DESCRIPTORS_H
#define MF_PRELOAD_EXPLORE_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

/** The most descriptors that are listed. */
#define MF_DESCRIPTORS_MAX 256

/** What a child does with a descriptor. */
enum mf_descriptor_kind {
    /** Captured stdout and stderr: replaced by the child's own capture. */
    MF_DESCRIPTOR_STDOUT,
    MF_DESCRIPTOR_STDERR,
    /** A regular file or folder: opened anew, so that the offset is the child's own. */
    MF_DESCRIPTOR_FILE,
};

struct mf_descriptor {
    int32_t fd;
    /** enum mf_descriptor_kind */
    uint32_t kind;
    /** As open(2) and dup3(2) take them. */
    int32_t open_flags, fd_flags;
    int64_t offset;
};

/** Those of them that a child has to do something about. */
struct mf_descriptors {
    uint32_t count;
    /** Bytes in the captured stdout and stderr. */
    uint64_t written[2];
    /** Whether something but the captures is open for writing; for reading, too. */
    bool writable, changeable;
    struct mf_descriptor entries[MF_DESCRIPTORS_MAX];
    /** All that were open the last time, and how many there were of them. */
    int32_t known[MF_DESCRIPTORS_MAX];
    uint64_t known_count;
};

/**
 * List what is open.
 *
 * @return
 *         Whether a child can have all of it without the parent noticing.
 */
bool mf_descriptors_list(struct mf_descriptors *list);

/**
 * In the child: make every listed descriptor its own.
 *
 * @runner
 *         The runner's pid.
 * @capture
 *         Its descriptors for the child's stdout and stderr.
 * @return
 *         Whether that worked for all of them.
 */
bool mf_descriptors_part(const struct mf_descriptors *list, int32_t runner,
                         const int32_t capture[2]);

#endif
