// SPDX-License-Identifier: MIT
/** Code that runs on its caller's behalf: the standard libraries of C++ and Rust, which are
 * compiled into programs, and GLib where it ends the program. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_STANDARD_H
#define MF_RUNNER_DIAGNOSE_STANDARD_H

#include "runner/diagnose/outcome.h"

/** Whether a frame of a stack is of such a standard library. */
bool standard_of(const struct outcome_frame *frames, size_t count, size_t at);

/** How many of the innermost frames are GLib's and what it called, where GLib ends the
 * program; 0 = it does not. Where nobody but the loader called it, those of GLib's that only
 * report. */
size_t standard_glib_ends(const struct outcome_frame *frames, size_t count);

#endif
