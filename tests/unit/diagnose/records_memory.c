// SPDX-License-Identifier: MIT
// Memory that was freed, a heap or a stack that was written over, a stack that ran out.
#include "unit/diagnose/record.h"

#include <signal.h>

static const struct record list[] = {
    {
        .name = "freed memory, seen in a register",
        .broke = "build|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .access = ACCESS_READ,
        .fill = true,
        .class = CLASS_USE_AFTER_FREE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, memory that was freed is used "
            "at tree.c:95, in the same function",
    },
    {
        .name = "freed memory, by the address",
        .broke = "__strlen_avx2|libc.so.6\nshow|tree|tree.c:9\nbuild|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = CRASH_FREED_FILL + 16,
        .access = ACCESS_READ,
        .class = CLASS_USE_AFTER_FREE,
        .broke_in = "show",
        .failed_in = "build",
        .explanation = "after malloc(16) failed at tree.c:87, memory that was freed is "
                       "passed on to strlen() at tree.c:9, in its callee show()",
    },
    {
        .name = "libc's inner function has the outer one's name: vasprintf",
        .broke = "build|tree|tree.c:95\n",
        .failed = "__vasprintf_internal|libc.so.6\nbuild|tree|tree.c:87\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) for vasprintf() failed at tree.c:87, a NULL is read "
            "through at tree.c:95, in the same function",
    },
    {
        .name = "libc's inner function has the outer one's name: opendir",
        .broke = "build|tree|tree.c:95\n",
        .failed = "opendir_tail|libc.so.6\nbuild|tree|tree.c:87\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) for opendir() failed at tree.c:87, a NULL is read "
            "through at tree.c:95, in the same function",
    },
    {
        .name = "a NULL while a register still holds what was freed",
        .broke = "build|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .fill = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
    },
    {
        .name = "an address not quite out of freed memory",
        .broke = "build|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = CRASH_FREED_FILL - 70000,
        .access = ACCESS_READ,
        .class = CLASS_WILD_POINTER,
        .broke_in = "build",
        .failed_in = "build",
    },
    {
        .name = "a double free",
        .broke = LIBC_DIES "_int_free|libc.so.6\nfree|libc.so.6\nfree|libmallocfail.so\n"
                           "destroy|tree|tree.c:9\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "free(): double free detected in tcache 2",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "destroy",
        .failed_in = "build",
        .detail = "free(): double free detected in tcache 2",
        .explanation =
            "libc found the heap broken in free() at tree.c:9 in destroy(), after "
            "malloc(16) failed at tree.c:87",
    },
    {
        .name = "a double free, found by what free() ends in by a jump",
        .broke = LIBC_DIES "tcache_double_free_verify|libc.so.6\n"
                           "destroy|tree|tree.c:9\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "free(): double free detected in tcache 2",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "destroy",
        .failed_in = "build",
        .detail = "free(): double free detected in tcache 2",
        .explanation =
            "libc found the heap broken in free() at tree.c:9 in destroy(), after "
            "malloc(16) failed at tree.c:87",
    },
    {
        .name = "a broken heap, found by what malloc() ends in by a jump",
        .broke = "__libc_malloc2|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "build",
        .failed_in = "build",
        .explanation = "the allocator ran into a broken heap in malloc() at tree.c:99, "
                       "after malloc(16) failed at tree.c:87",
    },
    {
        .name = "an allocation finds the heap broken, for a wrapper",
        .broke = LIBC_DIES "_int_malloc|libc.so.6\nmalloc|libc.so.6\n"
                           "malloc|libmallocfail.so\nxmalloc|tree|util.c:3\n"
                           "main|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "malloc(): corrupted top size",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "main",
        .failed_in = "build",
        .detail = "malloc(): corrupted top size",
        .explanation = "libc found the heap broken in xmalloc() at tree.c:120 in main(), "
                       "after malloc(16) failed at tree.c:87",
    },
    {
        .name = "libc's message on stderr only, behind others",
        .broke = RAISE "main|tree|tree.c:9\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "tree: no memory\nmunmap_chunk(): invalid pointer\n",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "main",
        .failed_in = "build",
        .detail = "munmap_chunk(): invalid pointer",
    },
    {
        .name = "a program's own message that only looks like libc's",
        .broke = RAISE "die|tree|tree.c:9\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "malloc(): out of memory\n\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "die",
        .failed_in = "build",
        .detail = "malloc(): out of memory",
        .explanation = "die() at tree.c:9 gives up, after malloc(16) failed at tree.c:87",
    },
    {
        .name = "an assertion of malloc's own is a broken heap",
        .broke = RAISE "__libc_message|libc.so.6\n__malloc_assert|libc.so.6\n"
                       "sysmalloc|libc.so.6\nmalloc|libc.so.6\nbuild|tree|tree.c:91\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "Fatal glibc error: malloc assertion failure in sysmalloc: (old_top "
                   "== initial_top (av) && old_size == 0)",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "Fatal glibc error: malloc assertion failure in sysmalloc: (old_top "
                  "== initial_top (av) && old_size == 0)",
    },
    {
        .name = "a smashed stack",
        .broke = RAISE "__libc_message|libc.so.6\n__fortify_fail|libc.so.6\n"
                       "__stack_chk_fail|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "*** stack smashing detected ***: terminated",
        .class = CLASS_STACK_SMASHING,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** stack smashing detected ***: terminated",
        .explanation = "libc found the stack overwritten at tree.c:99, after malloc(16) "
                       "failed at tree.c:87",
    },
    {
        .name = "a buffer overflow that libc stopped",
        .broke = RAISE "__libc_message|libc.so.6\n__fortify_fail|libc.so.6\n"
                       "__chk_fail|libc.so.6\n__memcpy_chk|libc.so.6\n"
                       "build|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "*** buffer overflow detected ***: terminated",
        .class = CLASS_BUFFER_OVERFLOW,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** buffer overflow detected ***: terminated",
        .explanation =
            "libc stopped a buffer overflow in __memcpy_chk() at tree.c:99, after "
            "malloc(16) failed at tree.c:87",
    },
    {
        .name = "the place of a header's wrapper is its caller's line",
        .broke = RAISE "__libc_message|libc.so.6\n__fortify_fail|libc.so.6\n"
                       "__chk_fail|libc.so.6\n__read_chk|libc.so.6\n"
                       "read|tree|/usr/include/x86_64-linux-gnu/bits/unistd.h:38\n"
                       "build|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "*** buffer overflow detected ***: terminated",
        .class = CLASS_BUFFER_OVERFLOW,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** buffer overflow detected ***: terminated",
        .explanation = "libc stopped a buffer overflow in read() at tree.c:99, after "
                       "malloc(16) failed at tree.c:87",
    },
    {
        .name = "a header of the program's own is the program's",
        .broke = "put|tree|/src/include/bits/put.h:38\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "put",
        .failed_in = "build",
    },
    {
        .name = "the allocator itself runs into a broken heap",
        .broke = "_int_malloc|libc.so.6\nmalloc|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x4141414141,
        .access = ACCESS_WRITE,
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "the allocator ran into a broken heap in malloc() at tree.c:99, after "
            "malloc(16) failed at tree.c:87",
    },
    {
        .name = "AddressSanitizer's word decides",
        .broke = RAISE "__sanitizer::Abort|libasan.so.8\nbuild|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "==7==ERROR: AddressSanitizer: heap-use-after-free on address "
                 "0x602000000010\nREAD of size 8, a heap-buffer-overflow it is not\n",
        .class = CLASS_SANITIZER,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "AddressSanitizer: heap-use-after-free",
        .explanation = "after malloc(16) failed at tree.c:87, AddressSanitizer finds "
                       "heap-use-after-free at tree.c:95, in the same function",
    },
    {
        .name = "UndefinedBehaviorSanitizer inside the program",
        .broke = RAISE "__sanitizer::Abort|tree\nhandleIntegerOverflowImpl|tree\n"
                       "__ubsan_handle_add_overflow_abort|tree\nbuild|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "tree.c:95:9: runtime error: signed integer overflow: 2147483647 + 1 "
                 "cannot be represented in type 'int'\n",
        .class = CLASS_SANITIZER,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "UndefinedBehaviorSanitizer: signed integer overflow: 2147483647 + 1 "
                  "cannot be represented in type 'int'",
    },
    {
        .name = "ThreadSanitizer's report has a process id",
        .broke = RAISE "abort|libtsan.so.2\n__tsan::ReportRace|libtsan.so.2\n"
                       "build|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n",
        .class = CLASS_SANITIZER,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "ThreadSanitizer: data race",
    },
    {
        .name = "libgcov over an allocation of its own",
        .broke = "write_one_data|tree\ngcov_do_dump|tree\n__gcov_exit|tree\n"
                 "_sub_D_00100_1|tree|tree.c:130\n_dl_fini|ld-linux-x86-64.so.2\n",
        .failed = "gcov_do_dump|tree\n__gcov_exit|tree\n"
                  "_sub_D_00100_1|tree|tree.c:130\n_dl_fini|ld-linux-x86-64.so.2\n",
        .signal = SIGSEGV,
        .class = CLASS_RUNTIME,
        .outcome = OUTCOME_ABORTED,
        .broke_in = "write_one_data",
        .failed_in = "gcov_do_dump",
        .detail = "libgcov",
        .explanation =
            "libgcov, the compiler's run-time library, breaks by itself, after "
            "its own malloc(16) failed",
    },
    {
        .name = "libgcc over an allocation of its own, before main()",
        .broke = "btree_allocate_node|tree\nbtree_insert.isra.0|tree\n"
                 "frame_dummy|tree\n__libc_start_main|tree\n",
        .failed = "btree_allocate_node|tree\nbtree_insert.isra.0|tree\n"
                  "frame_dummy|tree\n__libc_start_main|tree\n",
        .signal = SIGSEGV,
        .class = CLASS_RUNTIME,
        .outcome = OUTCOME_ABORTED,
        .broke_in = "__libc_start_main",
        .failed_in = "__libc_start_main",
        .detail = "libgcc",
        .explanation = "libgcc, the compiler's run-time library, breaks by itself, after "
                       "its own malloc(16) failed",
    },
    {
        .name = "libgcc over one of its own, for a caller",
        .broke = "btree_allocate_node|tree\nbtree_insert.isra.0|tree\n"
                 "__register_frame_info|tree\ncompile|tree|tree.c:70\n",
        .failed = "btree_allocate_node|tree\nbtree_insert.isra.0|tree\n"
                  "__register_frame_info|tree\ncompile|tree|tree.c:70\n",
        .signal = SIGSEGV,
        .class = CLASS_RUNTIME,
        .outcome = OUTCOME_ABORTED,
        .broke_in = "compile",
        .failed_in = "compile",
        .detail = "libgcc",
        .explanation = "libgcc, the compiler's run-time library, breaks by itself, after "
                       "its own malloc(16) failed",
    },
    {
        .name = "the stack runs out without a cycle",
        .broke = "deep|tree|tree.c:9\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x7ffc00000ff8,
        .access = ACCESS_WRITE,
        .sp = 0x7ffc00001000,
        .stack_low = 0x7ffc00001000,
        .class = CLASS_STACK_OVERFLOW,
        .broke_in = "deep",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, the stack ran out at tree.c:9 "
            "in deep()",
    },
    {
        .name = "a frame so large that it is far below the stack",
        .broke = "deep|tree|tree.c:9\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x7ffbfff80000,
        .access = ACCESS_WRITE,
        .sp = 0x7ffbfff00000,
        .stack_low = 0x7ffc00001000,
        .class = CLASS_STACK_OVERFLOW,
        .broke_in = "deep",
        .failed_in = "build",
    },
    {
        .name = "a stack pointer outside its stack, without an address",
        .broke = "deep|tree|tree.c:9\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .sp = 0x7ffc00000f00,
        .stack_low = 0x7ffc00001000,
        .class = CLASS_STACK_OVERFLOW,
        .broke_in = "deep",
        .failed_in = "build",
    },
    {
        .name = "a frame so large that no stack is near any more",
        .broke = "deep|tree|tree.c:9\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x7ffbf0000ff8,
        .access = ACCESS_WRITE,
        .sp = 0x7ffbf0001000,
        .class = CLASS_STACK_OVERFLOW,
        .broke_in = "deep",
        .failed_in = "build",
    },
    {
        .name = "a wild pointer while the stack is all right",
        .broke = "deep|tree|tree.c:9\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x7ff000000000,
        .access = ACCESS_WRITE,
        .sp = 0x7ffc00002000,
        .stack_low = 0x7ffc00001000,
        .class = CLASS_WILD_POINTER,
        .broke_in = "deep",
        .failed_in = "build",
    },
};

const struct records records_memory = {list, sizeof(list) / sizeof(list[0])};
