// SPDX-License-Identifier: MIT
// Exceptions: those that nobody catches, and failures on their way.
#include "unit/diagnose/record.h"

#include <signal.h>

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
        .explanation = "there is no memory for the exception object at "
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
        .outcome = OUTCOME_CRASHED,
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
        .outcome = OUTCOME_CRASHED,
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
        .name = "a C++ library that is inside the program is not where it is thrown",
        .broke = RAISE "__gnu_cxx::__verbose_terminate_handler|app\n"
                       "__cxxabiv1::__terminate|app\nstd::terminate|app\n"
                       "__cxa_throw|app\nload|app|app.cc:7\nmain|app|app.cc:30\n",
        .failed = "load|app|app.cc:7\nmain|app|app.cc:30\n",
        .signal = SIGABRT,
        .words = "terminate called after throwing an instance of 'std::bad_alloc'\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
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
};

const struct records records_exceptions = {list, sizeof(list) / sizeof(list[0])};
