// SPDX-License-Identifier: MIT
/**
 * Whether this process shares memory with others: then what a child of it does could be
 * seen.
 */
#ifndef MF_PRELOAD_EXPLORE_SHARING_H
#define MF_PRELOAD_EXPLORE_SHARING_H

enum mf_sharing {
    MF_SHARING_NONE,
    /** Memory that can be read only; mprotect(2) may make it writable. */
    MF_SHARING_READABLE,
    MF_SHARING_WRITABLE,
};

/** What is shared, the library's own left aside; MF_SHARING_WRITABLE, too, where that
 * cannot be told. */
enum mf_sharing mf_sharing_look(void);

#endif
