// SPDX-License-Identifier: MIT
/**
 * Recording: functions that do what the next allocator's do, and note it in the trace.
 *
 * They stand in `mf_hot.next` where the trace is on, so that it costs nothing where it is
 * off. They keep errno, and can be called wherever the functions behind them can.
 */
#ifndef MF_PRELOAD_TRACE_RECORD_H
#define MF_PRELOAD_TRACE_RECORD_H

#include "core/policy/function.h"

#include <stdint.h>

/** Put the functions in place, where the environment asks for a trace. Called once, while
 * the library starts, when `mf_hot.next` is as it is to be. */
void mf_record_start(void);

/** Note that a policy makes a call fail; nothing where the trace is off. */
void mf_record_refused(enum mf_function function, uint64_t size, uintptr_t caller);

#endif
