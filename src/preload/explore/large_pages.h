// SPDX-License-Identifier: MIT
/**
 * Large pages: cloning copies an entry of the page tables for each page. A large page has
 * one where 512 small ones have 512.
 */
#ifndef MF_PRELOAD_EXPLORE_LARGE_PAGES_H
#define MF_PRELOAD_EXPLORE_LARGE_PAGES_H

#include "core/channel/explore.h"

/**
 * A child has ended. Where cloning has been dear often enough, and there are points enough to
 * make it worth while, move the process's memory to large pages.
 *
 * That is memory that is private, anonymous and not locked, where a large page takes no more
 * of it than the small ones did. What it holds stays the same. Nothing is moved where large
 * pages are switched off, or where the kernel cannot do it (before Linux 6.1); and nothing in a
 * suite, where nobody knows which points are to come.
 *
 * @child
 *         Its account.
 */
void mf_large_pages_consider(const struct mf_child *child);

#endif
