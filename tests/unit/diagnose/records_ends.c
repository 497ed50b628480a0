// SPDX-License-Identifier: MIT
// Programs that give up, and programs that do not end.
#include "unit/diagnose/record.h"

#include <signal.h>

static const struct record list[] = {
    {
        .name = "an assertion, by what libc keeps",
        .broke = ASSERT_FAILS "build|tree|tree.c:88\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "tree: tree.c:88: build: Assertion `node && *name != '\\0'' failed.",
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "node && *name != '\\0'",
        .explanation = "the assertion 'node && *name != '\\0'' fails at tree.c:88, after "
                       "malloc(16) failed at tree.c:87",
    },
    {
        .name = "an assertion, by its function alone",
        .broke = ASSERT_FAILS "build|tree|tree.c:88\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGABRT,
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "an assertion fails at tree.c:88, after malloc(16) failed at tree.c:87",
    },
    {
        .name = "an assertion in musl's words",
        .broke = "raise|ld-musl-x86_64.so.1\nabort|ld-musl-x86_64.so.1\n"
                 "__assert_fail|ld-musl-x86_64.so.1\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "Assertion failed: node (tree.c: build: 88)\n",
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "node (tree.c: build: 88)",
    },
    {
        .name = "an assertion in GLib's words",
        .broke =
            RAISE "g_assertion_message_expr|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "**\nERROR:tree.c:88:build: assertion failed: (node != NULL)\n",
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "(node != NULL)",
    },
    {
        .name = "an assertion of GLib's whose function has no name",
        .broke = RAISE "-|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "**\nTree:ERROR:tree.c:88:build: 'node' should not be NULL\n",
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "'node' should not be NULL",
    },
    {
        .name = "Rust gets no memory for a vector",
        .broke = RAISE
        "std::process::abort|shop|library/std/src/process.rs:2533\n"
        "alloc::raw_vec::handle_error|shop|library/alloc/src/raw_vec/mod.rs:888\n"
        "alloc::vec::Vec::push|shop|/rustc/59/library/alloc/src/vec/mod.rs:9\n"
        "shop::add|shop|src/main.rs:88\n",
        .failed = "alloc::alloc::alloc|shop|/rustc/59/library/alloc/src/alloc.rs:95\n"
                  "alloc::vec::Vec::push|shop|/rustc/59/library/alloc/src/vec/mod.rs:9\n"
                  "shop::add|shop|src/main.rs:88\n",
        .signal = SIGABRT,
        .words = "memory allocation of 16 bytes failed\nstack backtrace:\n   0: more\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "shop::add",
        .failed_in = "shop::add",
        .detail = "memory allocation of 16 bytes failed",
    },
    {
        .name = "Rust panics where it cannot, without debug information",
        .broke = RAISE "std::process::abort|shop\nrust_begin_unwind|shop\n"
                       "core::option::unwrap_failed|shop\nshop::add|shop\n",
        .failed = "shop::add|shop\n",
        .signal = SIGABRT,
        .words =
            "\nthread 'main' (7) panicked at src/main.rs:88:5:\nno memory\nnote: run\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "shop::add",
        .failed_in = "shop::add",
        .detail = "panicked at src/main.rs:88:5: no memory",
    },
    {
        .name = "C++ with scopes that are called as Rust's",
        .broke = RAISE "core::give_up|tree|core.cc:3\nalloc::node|tree|alloc.cc:5\n",
        .failed = "alloc::node|tree|alloc.cc:4\n",
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "core::give_up",
        .failed_in = "alloc::node",
    },
    {
        .name = "xmalloc that dies",
        .broke =
            RAISE "die|tree|util.c:33\nxmalloc|tree|util.c:40\nbuild|tree|tree.c:87\n",
        .failed = "xmalloc|tree|util.c:38\nbuild|tree|tree.c:87\n",
        .signal = SIGABRT,
        .words = "starting\ntree: out of memory\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "die",
        .failed_in = "build",
        .detail = "tree: out of memory",
        .explanation =
            "die() at util.c:33 gives up, after malloc(16) for xmalloc() failed "
            "at tree.c:87",
    },
    {
        .name = "libc gives up for reasons of its own",
        .broke = RAISE "__libc_message|libc.so.6\n__libc_fatal|libc.so.6\n"
                       "pthread_exit|libc.so.6\nbuild|tree\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "libgcc_s.so.1 must be installed for pthread_exit to work",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "libgcc_s.so.1 must be installed for pthread_exit to work",
        .explanation = "build (tree) gives up, after malloc(16) failed at tree.c:87",
    },
    {
        .name = "GLib gives up by a breakpoint",
        .broke = "_g_log_abort|libglib-2.0.so.0\ng_logv|libglib-2.0.so.0\n"
                 "g_malloc|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .failed = "g_malloc|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .signal = SIGTRAP,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .words = "\n(process:7): Tree-ERROR **: 20:00:36.089: gmem.c:136: no memory\n",
        .broke_in = "build",
        .failed_in = "build",
        .detail = "gmem.c:136: no memory",
    },
    {
        .name = "a check of GLib's whose message is to be fatal",
        .broke = "_g_log_abort|libglib-2.0.so.0\ng_logv|libglib-2.0.so.0\n"
                 "g_log|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGTRAP,
        .class = CLASS_ASSERTION,
        .words = "\n(process:7): Tree-CRITICAL **: 20:00:36.089: build: assertion "
                 "'leaf != NULL' failed\n",
        .broke_in = "build",
        .failed_in = "build",
        .detail = "leaf != NULL",
    },
    {
        .name = "a breakpoint of one's own",
        .broke = "build|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGTRAP,
        .class = CLASS_OTHER,
        .broke_in = "build",
        .failed_in = "build",
    },
    {
        .name = "__builtin_trap",
        .broke = "build|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGILL,
        .class = CLASS_OTHER,
        .broke_in = "build",
        .failed_in = "build",
        .explanation = "after malloc(16) failed at tree.c:87, an illegal instruction "
                       "(SIGILL) ends the program at tree.c:88, in the same function",
    },
    {
        .name = "a division by zero",
        .broke = "average|tree|tree.c:8\nmain|tree|tree.c:121\n",
        .failed = TREE,
        .signal = SIGFPE,
        .class = CLASS_OTHER,
        .broke_in = "average",
        .failed_in = "build",
        .explanation = "after malloc(16) failed at tree.c:87, an arithmetic error "
                       "(SIGFPE) ends the program at tree.c:8 in average()",
    },
    {
        .name = "a SIGSEGV that was sent is no pointer's fault",
        .broke = "__pthread_kill_implementation|libc.so.6\nraise|libc.so.6\n"
                 "build|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .code = -6,
        .class = CLASS_OTHER,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, a SIGSEGV that was sent ends "
            "the program at tree.c:88, in the same function",
    },
    {
        .name = "a lock that is never given back",
        .broke =
            "futex_wait|libc.so.6\n__lll_lock_wait|libc.so.6\n"
            "pthread_mutex_lock|libc.so.6\nadd|tree|tree.c:40\nmain|tree|tree.c:121\n",
        .failed = "add|tree|tree.c:42\nmain|tree|tree.c:120\n",
        .outcome = OUTCOME_HUNG,
        .class = CLASS_HANG,
        .broke_in = "add",
        .failed_in = "add",
        .explanation =
            "after malloc(16) failed at tree.c:42, the program waits in "
            "pthread_mutex_lock() at tree.c:40, in the same function, and does not end in "
            "its time (--timeout)",
    },
    {
        .name = "a sleep, which may be one of a few",
        .broke = "clock_nanosleep|libc.so.6\nsleep|libc.so.6\nadd|tree|tree.c:40\n"
                 "main|tree|tree.c:121\n",
        .failed = "add|tree|tree.c:42\nmain|tree|tree.c:120\n",
        .outcome = OUTCOME_HUNG,
        .class = CLASS_HANG,
        .broke_in = "add",
        .failed_in = "add",
        .explanation =
            "after malloc(16) failed at tree.c:42, the program waits in sleep() at "
            "tree.c:40, in the same function at the time-out, after 1 failed allocation; "
            "--timeout TIME waits longer",
    },
    {
        .name = "a loop that has nothing to do with allocations",
        .broke = "search|tree|tree.c:40\nmain|tree|tree.c:121\n",
        .failed = TREE,
        .in_a_row = 999,
        .outcome = OUTCOME_HUNG,
        .class = CLASS_HANG,
        .broke_in = "search",
        .failed_in = "build",
        .explanation = "after malloc(16) failed at tree.c:87, the program runs on at "
                       "tree.c:40 in search(), and does not end in its time (--timeout)",
    },
    {
        .name = "an allocator's list that leads to itself",
        .broke =
            "_mi_page_free_collect|tree|page.c:268\nmi_process_done|tree|init.c:728\n",
        .failed = TREE,
        .in_a_row = 1,
        .outcome = OUTCOME_HUNG,
        .class = CLASS_HANG,
        .broke_in = "_mi_page_free_collect",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, the program runs on at page.c:268 in "
            "_mi_page_free_collect(), without end, as where a block has been freed twice: "
            "--allocator pages looks for that",
    },
    {
        .name = "one allocation, tried for ever",
        .broke = "build|tree|tree.c:87\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .in_a_row = 12345,
        .outcome = OUTCOME_HUNG,
        .class = CLASS_SPINNING,
        .broke_in = "build",
        .failed_in = "build",
        .explanation = "malloc(16) at tree.c:87 failed 12,345 times in a row",
    },
};

const struct records records_ends = {list, sizeof(list) / sizeof(list[0])};
