// SPDX-License-Identifier: MIT
/** What a child tells the run-time libraries of sanitizers that are in its process. */
#ifndef MF_PRELOAD_BASE_SANITIZERS_H
#define MF_PRELOAD_BASE_SANITIZERS_H

/**
 * Have them end this process by SIGABRT behind a report after which they would have it exit, and
 * write reports to its standard error. What goes on behind a report still does.
 *
 * Called in the child of a suite's process, which keeps its own options. A run-time library that
 * shows none of its functions, as gcc's where it is linked statically, is not told, nor is
 * ThreadSanitizer: its reports are only read.
 */
void mf_sanitizers_brief(void);

#endif
