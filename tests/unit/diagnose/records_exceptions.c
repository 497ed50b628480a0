// SPDX-License-Identifier: MIT
// Exceptions: those that nobody catches, and failures on their way.
#include "unit/diagnose/record.h"

#include <signal.h>

/** How Rust ends a program that may not unwind. */
#define RUST_PANICS                                                                      \
    RAISE "std::process::abort|app|/rustc/1/std/src/p.rs:5\n"                            \
          "std::panicking::panic_with_hook|app|/rustc/1/std/src/p.rs:6\n"

static const struct record list[] = {
    {
        .name = "calloc breaks while an exception is thrown",
        .broke = "__memset_avx2_unaligned_erms|libc.so.6\ncalloc|liballoc.so|alloc.c:9\n"
                 "__cxa_get_globals|libstdc++.so.6\n__cxa_throw|libstdc++.so.6\n"
                 "operator new|libstdc++.so.6\nload|app|app.cc:7\nmain|app|app.cc:30\n",
        .failed = "operator new|libstdc++.so.6\nload|app|app.cc:7\nmain|app|app.cc:30\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "calloc",
        .failed_in = "load",
        .explanation = "throwing an exception breaks in calloc() at alloc.c:9, after "
                       "malloc(16) for operator new failed at app.cc:7",
    },
    {
        .name = "a NULL under operator new that nobody throws from",
        .broke = "hook|app|app.cc:3\noperator new|app|app.cc:5\nmain|app|app.cc:30\n",
        .failed = "operator new|app|app.cc:4\nmain|app|app.cc:30\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "hook",
        .failed_in = "main",
    },
    {
        .name = "a NULL in a program's own terminate handler, no allocation in sight",
        .broke = "handler|app|app.cc:3\n__cxxabiv1::__terminate|libstdc++.so.6\n"
                 "std::terminate|libstdc++.so.6\n__cxa_throw|libstdc++.so.6\n"
                 "main|app|app.cc:30\n",
        .failed = "main|app|app.cc:29\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "handler",
        .failed_in = "main",
    },
    {
        .name = "no memory for the exception itself",
        .broke = RAISE "__cxxabiv1::__terminate|libstdc++.so.6\n"
                       "std::terminate|libstdc++.so.6\n"
                       "__cxa_allocate_exception|libstdc++.so.6\n" NEW_FAILS,
        .failed = "__cxa_allocate_exception|libstdc++.so.6\n" NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
        .explanation = "there is no memory for the exception itself, to be thrown at "
                       "app.cc:7, after malloc(16) for operator new[] failed at app.cc:7",
    },
    {
        .name = "the same, where the part that gives up has no name",
        .broke = TERMINATES "|libstdc++.so.6\n" NEW_FAILS,
        .failed = "__cxa_allocate_exception|libstdc++.so.6\n" NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
    },
    {
        .name = "an exception out of the reserve, thrown by what has no name",
        .broke = TERMINATES "|libstdc++.so.6\noperator new + 8|libstdc++.so.6\n"
                            "load|app|app.cc:7\nmain|app|app.cc:30\n",
        .failed = "__cxa_allocate_exception|libstdc++.so.6\n" NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'std::bad_alloc'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
    },
    {
        .name = "bad_alloc that nobody catches, its type by the thrower",
        .broke = TERMINATES "__cxa_throw|libstdc++.so.6\n" NEW_FAILS,
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .explanation = "std::bad_alloc for the failed malloc(16) for operator new[] at "
                       "app.cc:7 is never caught",
    },
    {
        .name = "a type by its words, as printed where there is no memory to decode it",
        .broke = TERMINATES "__cxa_throw|libstdc++.so.6\nload|app|app.cc:8\n"
                            "main|app|app.cc:30\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'St9bad_alloc'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .explanation = "std::bad_alloc is thrown at app.cc:8 and never caught, after "
                       "malloc(16) for operator new[] failed at app.cc:7",
    },
    {
        .name = "a nested type, not decoded",
        .broke = TERMINATES "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'N3app5error4fullE'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "app::error::full",
    },
    {
        .name = "a type too strange to decode is shown as it came",
        .broke = TERMINATES "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'St6vectorIiSaIiEE'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "St6vectorIiSaIiEE",
    },
    {
        .name = "a throw nobody may leave, in a library that names few of its functions",
        .broke = RAISE "|libstdc++.so.6\n|libstdc++.so.6\n|libstdc++.so.6\n"
                       "__gxx_personality_v0|libstdc++.so.6\n|libgcc_s.so.1\n"
                       "_Unwind_RaiseException|libgcc_s.so.1\n"
                       "__cxa_throw|libstdc++.so.6\n|libstdc++.so.6\n"
                       "load|app|app.cc:7\nmain|app|app.cc:30\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .explanation =
            "std::bad_alloc is thrown at app.cc:7 and reaches a noexcept function "
            "or a destructor, after malloc(16) for operator new[] failed at "
            "app.cc:7",
    },
    {
        .name = "a throw nobody may leave, as clang compiles it",
        .broke = TERMINATES "__clang_call_terminate|app\nload|app|app.cc:7\n"
                            "main|app|app.cc:30\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
    },
    {
        .name = "the same of a type that is not known",
        .broke = RAISE "|libstdc++.so.6\n__gxx_personality_v0|libstdc++.so.6\n"
                       "|libgcc_s.so.1\n_Unwind_RaiseException|libgcc_s.so.1\n"
                       "__cxa_throw|libstdc++.so.6\nload|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
        .explanation =
            "an exception is thrown at app.cc:8 and reaches a noexcept function or "
            "a destructor, after malloc(16) for operator new[] failed at "
            "app.cc:7",
    },
    {
        .name = "a program that gives up while an exception is on its way",
        .broke = RAISE "die|app|app.cc:3\n~thing|app|app.cc:5\n"
                       "_Unwind_Resume|libgcc_s.so.1\nload|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "die",
        .failed_in = "load",
    },
    {
        .name = "a type whose lengths are wrong",
        .broke = TERMINATES "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'St99bad_alloc'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "St99bad_alloc",
    },
    {
        .name = "a type of no length, and one that is nested without end",
        .broke = TERMINATES "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'N3app0'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "N3app0",
    },
    {
        .name = "libc++'s words",
        .broke = RAISE "abort_message|libc++abi.so.1\n"
                       "demangling_terminate_handler|libc++abi.so.1\n"
                       "std::terminate|libc++abi.so.1\n" NEW_FAILS,
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "libc++abi: terminating with uncaught exception of type "
                 "std::length_error: vector\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::length_error",
    },
    {
        .name = "std::__throw_length_error",
        .broke = TERMINATES "__cxa_throw|libstdc++.so.6\n"
                            "std::__throw_length_error|libstdc++.so.6\n"
                            "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::length_error",
    },
    {
        .name = "an exception of unknown type",
        .broke = TERMINATES "__cxa_throw|libstdc++.so.6\nload|app|app.cc:8\n",
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .explanation = "an exception is thrown at app.cc:8 in load() and never caught",
    },
    {
        .name = "a terminate handler of the program's own is not where it broke",
        .broke = RAISE "handler|app|app.cc:3\n__cxxabiv1::__terminate|libstdc++.so.6\n"
                       "std::terminate|libstdc++.so.6\n"
                       "__cxa_throw|libstdc++.so.6\n" NEW_FAILS,
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .explanation = "std::bad_alloc for the failed malloc(16) for operator new[] at "
                       "app.cc:7 is never caught",
    },
    {
        .name =
            "a throw that nobody may leave, before a handler of the program's own runs",
        .broke = "__cxxabiv1::__terminate|libstdc++.so.6\nstd::terminate|libstdc++.so.6\n"
                 "__gxx_personality_v0|libstdc++.so.6\n|libgcc_s.so.1\n"
                 "_Unwind_Resume|libgcc_s.so.1\nload|app|app.cc:7\nmain|app|app.cc:30\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words =
            "libmallocfail: before the program's own handler: terminate called after "
            "throwing an instance of 'St9bad_alloc'\n",
        .class = CLASS_FAILURE_WHILE_THROWING,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .explanation = "std::bad_alloc is thrown at app.cc:7 and reaches a noexcept "
                       "function or a destructor, after malloc(16) for operator new[] "
                       "failed at app.cc:7; mallocfail sent the SIGABRT, before the "
                       "program's own terminate handler",
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
        .explanation = "a check stops the program in std::thread::~thread() at app.cc:8, "
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
        .name = "a std::terminate() of the program's own",
        .broke = TERMINATES "load|app|app.cc:8\n",
        .failed = "main|app|app.cc:30\n",
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "load",
        .failed_in = "main",
        .detail = "terminate called without an active exception",
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

const struct records records_exceptions = {list, sizeof(list) / sizeof(list[0])};
