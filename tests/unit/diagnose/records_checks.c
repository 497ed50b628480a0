// SPDX-License-Identifier: MIT
// Checks of run-time libraries that end a program, and what looks like one.
#include "unit/diagnose/record.h"

#include <signal.h>

/** How Rust ends a program that may not unwind. */
#define RUST_PANICS                                                                      \
    RAISE "std::process::abort|app|/rustc/1/std/src/p.rs:5\n"                            \
          "std::panicking::panic_with_hook|app|/rustc/1/std/src/p.rs:6\n"

static const struct record list[] = {
    {
        .name = "a number that is too large for an fd_set",
        .broke = RAISE "__libc_message|libc.so.6\n__fortify_fail|libc.so.6\n"
                       "__fdelt_chk|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "*** bit out of range 0 - FD_SETSIZE on fd_set ***: terminated",
        .class = CLASS_BUFFER_OVERFLOW,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** bit out of range 0 - FD_SETSIZE on fd_set ***: terminated",
    },
    {
        .name = "a jump into a function that has returned",
        .broke = RAISE "__libc_message|libc.so.6\n__fortify_fail|libc.so.6\n"
                       "____longjmp_chk|libc.so.6\n__longjmp_chk|libc.so.6\n"
                       "build|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "*** longjmp causes uninitialized stack frame ***: terminated",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** longjmp causes uninitialized stack frame ***: terminated",
        .explanation = "a check stops the program in __longjmp_chk() at tree.c:99, after "
                       "malloc(16) failed at tree.c:87",
    },
    {
        .name = "a format that may not write, by the words alone",
        .broke = RAISE "|libc.so.6\n|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "*** %n in writable segment detected ***\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** %n in writable segment detected ***",
    },
    {
        .name = "libc itself has no memory: it gives up",
        .broke = RAISE "__libc_message|libc.so.6\n__libc_fatal|libc.so.6\n"
                       "__cxa_thread_atexit_impl|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "Fatal glibc error: failed to register TLS destructor: out of memory",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "Fatal glibc error: failed to register TLS destructor: out of memory",
    },
    {
        .name = "a std::thread that is destroyed before it was joined",
        .broke = TERMINATES "std::thread::~thread|app|std_thread.h:160\n"
                            "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::terminate",
        .explanation = "std::thread::~thread() calls std::terminate() at app.cc:8, "
                       "after malloc(16) for operator new[] failed at app.cc:7",
    },
    {
        .name = "a destructor of the program's own that asks for std::terminate()",
        .broke = TERMINATES "guard::~guard|app|app.cc:4\nload|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "guard::~guard",
        .failed_in = "load",
        .detail = "std::terminate",
    },
    {
        .name = "without debug information nobody knows whose std::terminate() it is",
        .broke = TERMINATES "load|app\nmain|app\n",
        .failed = "main|app\n",
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "load",
        .failed_in = "main",
        .detail = "std::terminate",
        .explanation = "std::terminate() is called, without an exception, in load (app), "
                       "after malloc(16) failed in main (app)",
    },
    {
        .name = "a pure virtual call after an exception was caught",
        .broke = TERMINATES "__cxa_pure_virtual|libstdc++.so.6\nload|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "pure virtual method called\n"
                 "terminate called after throwing an instance of 'std::bad_alloc'\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "pure virtual method called",
        .explanation = "a pure virtual function is called at app.cc:8, after malloc(16) "
                       "for operator new[] failed at app.cc:7",
    },
    {
        .name = "a call of a deleted virtual function, nothing said",
        .broke = TERMINATES "__cxa_deleted_virtual|libstdc++.so.6\nload|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .class = CLASS_FAILED_CHECK,
        .broke_in = "load",
        .failed_in = "load",
    },
    {
        .name = "libstdc++'s debug mode",
        .broke = RAISE "|libstdc++.so.6\n"
                       "__gnu_debug::_Safe_iterator::operator*|app|safe_iterator.h:304\n"
                       "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "safe_iterator.h:304:\nIn function:\n    reference operator*()\n\n"
                 "Error: attempt to dereference a singular iterator.\n\n"
                 "Objects involved in the operation:\n    }\n",
        .class = CLASS_ASSERTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "attempt to dereference a singular iterator",
    },
    {
        .name = "the program's own words are none of libstdc++'s",
        .broke = RAISE "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "Error: attempt to go on without memory.\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "Error: attempt to go on without memory.",
    },
    {
        .name = "a panic that may not leave a function",
        .broke = RUST_PANICS
        "core::panicking::panic_nounwind|app|/rustc/1/core/src/p.rs:5\n"
        "core::panicking::panic_cannot_unwind|app|/rustc/1/core/src/p.rs:7\n"
        "app::callback|app|app.rs:2\nqsort_r|libc.so.6\napp::main|app|app.rs:4\n",
        .failed =
            "app::callback|app|app.rs:2\nqsort_r|libc.so.6\napp::main|app|app.rs:4\n",
        .signal = SIGABRT,
        .words = "thread 'main' (7) panicked at app.rs:2:102:\n"
                 "called `Result::unwrap()` on an `Err` value: CapacityOverflow\n"
                 "thread 'main' (7) panicked at library/core/src/panicking.rs:225:5:\n"
                 "panic in a function that cannot unwind\n"
                 "thread caused non-unwinding panic. aborting.\n",
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "app::callback",
        .failed_in = "app::callback",
        .detail =
            "panicked at app.rs:2:102: called `Result::unwrap()` on an `Err` value: "
            "CapacityOverflow",
        .explanation = "a panic at app.rs:2 reaches a function that must not unwind or a "
                       "destructor, after malloc(16) failed at app.rs:2",
    },
    {
        .name = "a panic in a destructor while another is under way, without names",
        .broke = RAISE "|app\n|app\napp::main|app|app.rs:4\n",
        .failed = "app::main|app|app.rs:3\n",
        .signal = SIGABRT,
        .words = "thread 'main' panicked at app.rs:4:1:\nno memory\n"
                 "thread 'main' panicked at library/core/src/panicking.rs:234:5:\n"
                 "panic in a destructor during cleanup\n"
                 "thread caused non-unwinding panic. aborting.\n",
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "",
        .failed_in = "app::main",
        .detail = "panicked at app.rs:4:1: no memory",
    },
    {
        .name = "an index that Rust checks, in the library as Debian builds it",
        .broke =
            RAISE "std::process::abort|app|library/std/src/process.rs:25\n"
                  "core::panicking::panic_bounds_check|app|library/core/src/p.rs:7\n"
                  "usize::index|app|/usr/src/rustc-1.85.1/library/core/src/i.rs:274\n"
                  "app::main|app|app.rs:4\n",
        .failed = "app::main|app|app.rs:3\n",
        .signal = SIGABRT,
        .words = "thread 'main' panicked at app.rs:4:1:\nindex out of bounds: the len is "
                 "0 but the index is 0\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "app::main",
        .failed_in = "app::main",
        .detail =
            "panicked at app.rs:4:1: index out of bounds: the len is 0 but the index "
            "is 0",
    },
    {
        .name = "a panic in the hook of another",
        .broke = RAISE "std::process::abort|app|/rustc/1/std/src/process.rs:25\n"
                       "std::panicking::panic_with_hook|app|/rustc/1/std/src/p.rs:8\n"
                       "core::panicking::panic_fmt|app|/rustc/1/core/src/p.rs:80\n"
                       "app::hook|app|app.rs:11\napp::main|app|app.rs:16\n",
        .failed = "app::hook|app|app.rs:9\napp::main|app|app.rs:16\n",
        .signal = SIGABRT,
        .words = "thread 'main' panicked at app.rs:11:13:\n\n"
                 "thread panicked while processing panic. aborting.\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "app::hook",
        .failed_in = "app::hook",
        .detail = "panicked at app.rs:11:13: thread panicked while processing panic. "
                  "aborting.",
    },
    {
        .name = "a NULL that Rust looked at",
        .broke = RUST_PANICS
        "core::panicking::panic_nounwind_fmt|app|/rustc/1/core/src/p.rs:5\n"
        "core::panicking::panic_null_pointer_dereference|app|/rustc/1/core/src/p.rs:7\n"
        "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .failed = "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .signal = SIGABRT,
        .words = "thread 'main' panicked at app.rs:3:78:\n"
                 "null pointer dereference occurred\n"
                 "thread caused non-unwinding panic. aborting.\n",
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "app::risky",
        .failed_in = "app::risky",
        .detail = "panicked at app.rs:3:78: null pointer dereference occurred",
        .explanation = "after malloc(16) failed at app.rs:3, a NULL is dereferenced at "
                       "app.rs:3, in the same function",
    },
    {
        .name = "another check of Rust's",
        .broke =
            RUST_PANICS "core::panicking::panic_nounwind|app|/rustc/1/core/src/p.rs:5\n"
                        "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .failed = "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .signal = SIGABRT,
        .words = "thread 'main' panicked at app.rs:3:78:\n"
                 "unsafe precondition(s) violated: it is NULL\n\nThis is a bug.\n"
                 "thread caused non-unwinding panic. aborting.\n",
        .class = CLASS_FAILED_CHECK,
        .broke_in = "app::risky",
        .failed_in = "app::risky",
        .detail = "panicked at app.rs:3:78: unsafe precondition(s) violated: it is NULL",
    },
    {
        .name = "Rust gives up for want of memory",
        .broke = RAISE "std::process::abort|app|/rustc/1/std/src/p.rs:5\n"
                       "alloc::alloc::handle_alloc_error|app|/rustc/1/alloc/src/a.rs:5\n"
                       "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .failed = "app::risky|app|app.rs:3\napp::main|app|app.rs:4\n",
        .signal = SIGABRT,
        .words = "memory allocation of 16 bytes failed\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "app::risky",
        .failed_in = "app::risky",
        .detail = "memory allocation of 16 bytes failed",
    },
};

const struct records records_checks = {list, sizeof(list) / sizeof(list[0])};
