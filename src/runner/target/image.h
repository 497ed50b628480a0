// SPDX-License-Identifier: MIT
/** Whether injection can reach a program: what its file says before it is started. */
#ifndef MF_RUNNER_TARGET_IMAGE_H
#define MF_RUNNER_TARGET_IMAGE_H

#include "runner/util/diag.h"

/** What stands in the way of a preloaded library, or has to be known to it. */
enum image_fact {
    /** For another machine or word size than the library. */
    IMAGE_FOREIGN = 1 << 0,
    /** Asks for no dynamic loader: linked statically. */
    IMAGE_STATIC = 1 << 1,
    /** Runs as another user or group: the loader drops what the environment asks for. */
    IMAGE_SET_ID = 1 << 2,
    /** Gains capabilities: the same. */
    IMAGE_CAPABLE = 1 << 3,
    /** Has a sanitizer's run-time library, with its allocator, inside. */
    IMAGE_SANITIZED = 1 << 4,
    /** Has a malloc of its own inside. */
    IMAGE_OWN_MALLOC = 1 << 5,
    /** Loads gcc's shared AddressSanitizer. */
    IMAGE_LIBASAN = 1 << 6,
    /** Loads another shared sanitizer with an allocator. */
    IMAGE_LIBSAN = 1 << 7,
    /** Cannot be read, so nothing else is known. */
    IMAGE_UNREADABLE = 1 << 8,
    /** Neither ELF nor script. */
    IMAGE_UNKNOWN = 1 << 9,
    /** Of musl, and the library of another C library. */
    IMAGE_MUSL = 1 << 10,
    /** Of glibc, and the library of another C library. */
    IMAGE_GLIBC = 1 << 11,
    /** Which sanitizer it is: AddressSanitizer or its like, ThreadSanitizer,
     * MemorySanitizer. */
    IMAGE_ADDRESS = 1 << 12,
    IMAGE_THREAD = 1 << 13,
    IMAGE_MEMORY = 1 << 14,
};

/**
 * Look at an executable.
 *
 * @path
 *         The file that is loaded; see program.h.
 * @library
 *         The library that is to be preloaded into it.
 * @facts
 *         Set to the image_facts that hold.
 * @return
 *         0 on success, -1 with errno when the library is no ELF file or memory ran out.
 */
int image_inspect(const char *path, const char *library, unsigned *facts);

/**
 * Tell the user of each fact that matters, and what to do instead.
 *
 * @return
 *         0 when the program can be tested, else the exit status.
 */
int image_judge(const char *path, unsigned facts, const struct diag *diag);

#endif
