/* SPDX-License-Identifier: MIT */
/**
 * mallocfail's API for programs under test: libmallocfail.so, when it is preloaded, gives
 * these functions a body. They are weak: nothing has to be linked, and without the
 * library they are NULL, so ask first:
 *
 *     if (mallocfail_arm) {
 *         mallocfail_arm();
 *     }
 */
#ifndef MALLOCFAIL_H
#define MALLOCFAIL_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Begin to count and fail allocations, under a policy with "arm": "api". Counts of the
 * whole process. Safe on any thread; not in a signal handler.
 *
 * @return
 *         0 on success, -1 when the policy is armed already or by other means.
 */
__attribute__((weak)) int mallocfail_arm(void);

/**
 * Let every allocation pass again until the next mallocfail_arm(). Calls of other threads
 * that are under way may still fail.
 *
 * @return
 *         0 on success, -1 when nothing was armed through mallocfail_arm().
 */
__attribute__((weak)) int mallocfail_disarm(void);

#ifdef __cplusplus
}
#endif

#endif
