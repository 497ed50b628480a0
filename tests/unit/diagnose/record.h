// SPDX-License-Identifier: MIT
/**
 * Recorded facts of crashes and other ends, with what is to be said of them. Stacks are
 * written as backtrace.h reads them. A family of records has a file, records_*.c.
 */
#ifndef MF_TESTS_RECORD_H
#define MF_TESTS_RECORD_H

#include "runner/diagnose/outcome.h"

/** An address that is not known. */
#define UNKNOWN UINT64_MAX

/** What was seen, and what it is to be called. */
struct record {
    const char *name;
    /** The stack at the end, and that of the failed allocation; NULL = none failed. */
    const char *broke, *failed;
    /** 0 = it ran out of time. */
    int signal;
    uint64_t address;
    enum access access;
    const char *message, *words;

    enum outcome outcome;
    enum crash_class class;
    /** The function to blame, where it broke and where the allocation failed. */
    const char *broke_in, *failed_in;
    const char *detail;
    const char *explanation;
    /** What is seldom of interest: where the stack is, what registers hold. */
    uint64_t sp, stack_low;
    bool fill;
    /** Whether the NULL is known to be the failed call's. */
    bool proven;
    uint64_t in_a_row;
    /** siginfo's si_code; 0 = the kernel's. */
    int code;
};

struct records {
    const struct record *list;
    size_t count;
};

extern const struct records records_checks, records_pointers, records_memory,
    records_exceptions, records_ends;

/** Stacks that many have. */
#define TREE                                                                             \
    "build|tree|/src/tree.c:87\n"                                                        \
    "main|tree|/src/tree.c:120\n"                                                        \
    "__libc_start_call_main|libc.so.6\n_start|tree\n"
#define RAISE                                                                            \
    "__pthread_kill_implementation|libc.so.6\n"                                          \
    "raise|libc.so.6\nabort|libc.so.6\n"
#define LIBC_DIES    RAISE "__libc_message|libc.so.6\nmalloc_printerr|libc.so.6\n"
#define ASSERT_FAILS RAISE "__assert_fail_base|libc.so.6\n__assert_fail|libc.so.6\n"
#define TERMINATES                                                                       \
    RAISE "__gnu_cxx::__verbose_terminate_handler|libstdc++.so.6\n"                      \
          "__cxxabiv1::__terminate|libstdc++.so.6\nstd::terminate|libstdc++.so.6\n"
#define NEW_FAILS                                                                        \
    "operator new|libstdc++.so.6\noperator new[]|libstdc++.so.6\n"                       \
    "load|app|app.cc:7\nmain|app|app.cc:30\n"

#endif
