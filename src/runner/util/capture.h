// SPDX-License-Identifier: MIT
/** What a run writes to a standard stream: a file without a name, in memory. */
#ifndef MF_RUNNER_UTIL_CAPTURE_H
#define MF_RUNNER_UTIL_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most that a run may write into one file, and where the clean run needs more. */
#define CAPTURE_MAX  (UINT64_C(64) << 20)
#define CAPTURE_MOST (UINT64_C(1) << 30)

struct capture {
    /** Above 2; -1 = closed. */
    int fd;
};

/** Begin an empty one; 0 on success, -1 with errno. */
int capture_open(struct capture *capture);

/** Take a regular file for one, to be read; 0 on success, -1 with errno and closed. */
int capture_read(struct capture *capture, const char *path);

/** Have it hold a copy of what it holds now, for the file may change. 0 on success, -1
 * with errno and unchanged. */
int capture_copy(struct capture *capture);

/** Cut it to so many bytes, and have whoever writes or reads it go on from there. */
void capture_rewind(const struct capture *capture, uint64_t size);

/** End it; fine on one that is closed. */
void capture_close(struct capture *capture);

/** Which file it is: device and inode. */
void capture_identify(const struct capture *capture, uint64_t *device, uint64_t *inode);

/** How many bytes were written. */
uint64_t capture_size(const struct capture *capture);

/** Whether two hold the same. */
bool capture_same(const struct capture *one, const struct capture *other);

/** Whether `part` is how `whole` begins, perhaps not to its end. */
bool capture_begins(const struct capture *whole, const struct capture *part);

/** How many bytes, from an offset in each on, two have in common. */
uint64_t capture_common(const struct capture *one, uint64_t from,
                        const struct capture *other, uint64_t other_from);

/** Read what it has from an offset on; how much that was. */
size_t capture_part(const struct capture *capture, uint64_t offset, char *data,
                    size_t size);

/**
 * Read its last bytes.
 *
 * @text
 *         Filled, and terminated; what is no text is left in.
 * @return
 *         How many bytes there are.
 */
size_t capture_tail(const struct capture *capture, char *text, size_t size);

/** Write it to a descriptor, `max` bytes at most; 0 on success, -1 with errno. */
int capture_print(const struct capture *capture, int fd, uint64_t max);

/** Copy it to a file; 0 on success, -1 with errno. */
int capture_save(const struct capture *capture, const char *path);

#endif
