// SPDX-License-Identifier: MIT
/** Notices: actions of the program that the library prepares for. Keep errno. */
#ifndef MF_PRELOAD_POLICY_NOTICE_H
#define MF_PRELOAD_POLICY_NOTICE_H

#include <stdbool.h>

/**
 * The program is about to give up rights or calls: learn now what takes some.
 *
 * @strict
 *         Whether that is seccomp's strict mode.
 */
void mf_notice_shut_in(bool strict);

/** The program may not trace, or be traced: the runner is to say why. */
void mf_notice_trace_refused(void);

/** A second thread may be about to start: end the time of exact solo leases. */
void mf_notice_second_thread(void);

/** The program maps memory of no file to write to, by mmap(): it may be for a pool of its
 * own. */
void mf_notice_mapping(const void *caller);

#endif
