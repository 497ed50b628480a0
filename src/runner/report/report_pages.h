// SPDX-License-Identifier: MIT
/** The limits that the page allocator reached, in words. */
#ifndef MF_RUNNER_REPORT_REPORT_PAGES_H
#define MF_RUNNER_REPORT_REPORT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Say why it had no more pages.
 *
 * @blocks
 *         How many live blocks it was to have then.
 * @refused
 *         Whether it was the kernel that had no more.
 */
void report_pages_full(uint64_t blocks, bool refused, char *text, size_t size);

#endif
