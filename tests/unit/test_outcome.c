// SPDX-License-Identifier: MIT
// Recorded facts, written down as backtraces are: a frame a line, innermost first, as
// "function|module|file:line"; what is left out is unknown.
#include "runner/outcome.h"

#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 200
/** The most frames that are named: as findings have them. */
#define NAMED_MAX 192
#define UNKNOWN   UINT64_MAX

/** Frames out of a text. */
struct stack {
    char text[20000];
    struct outcome_frame frames[FRAMES_MAX];
    uint64_t keys[FRAMES_MAX];
    size_t count;
};

static uint64_t hash(const char *text) {
    uint64_t sum = 5381;
    for (; *text; text++) {
        sum = sum * 33 + (unsigned char)*text;
    }
    return sum;
}

/** Cut a field off a line; NULL where it is empty or missing. */
static char *field(char **rest) {
    char *start = strsep(rest, "|");
    return start && *start ? start : NULL;
}

static void read_frame(struct stack *stack, char *line) {
    ck_assert_uint_lt(stack->count, FRAMES_MAX);
    stack->keys[stack->count] = hash(line);
    struct outcome_frame *frame = &stack->frames[stack->count++];
    char *function = field(&line);
    char *module = field(&line);
    char *file = field(&line);
    char *offset = function ? strstr(function, " + ") : NULL;
    uint64_t value = offset ? strtoull(offset + 3, NULL, 0) : 0;
    if (offset) {
        *offset = '\0';
    }
    char *colon = file ? strchr(file, ':') : NULL;
    int number = colon ? atoi(colon + 1) : 0;
    if (colon) {
        *colon = '\0';
    }
    *frame = (struct outcome_frame){function, module, file, number, value};
}

static void read_stack(struct stack *stack, const char *text) {
    memset(stack, 0, sizeof(*stack));
    ck_assert_uint_lt(strlen(text), sizeof(stack->text));
    strcpy(stack->text, text);
    char *rest = stack->text;
    while (rest && *rest) {
        read_frame(stack, strsep(&rest, "\n"));
    }
}

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
    const char *culprit;
    /** What is seldom of interest: where the stack is, what registers hold. */
    uint64_t sp, stack_low;
    bool fill;
    uint64_t in_a_row;
    /** siginfo's si_code; 0 = the kernel's. */
    int code;
};

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

static const struct record records[] = {
    {
        .name = "a NULL is written through",
        .broke = "build|tree|/src/tree.c:91\nmain|tree|/src/tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .culprit = "the NULL from malloc(16) at tree.c:87 is written through at "
                   "tree.c:91, in the same function",
    },
    {
        .name = "a NULL is read at an offset, in the caller",
        .broke = "main|tree|/src/tree.c:122\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 8,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "build",
        .culprit = "the NULL from malloc(16) at tree.c:87 is read at offset 8 at "
                   "tree.c:122, in its caller main()",
    },
    {
        .name = "two calls up",
        .broke = "outer|tree|tree.c:40\nmain|tree|tree.c:50\n",
        .failed = "inner|tree|tree.c:3\nmiddle|tree|tree.c:20\nouter|tree|tree.c:39\n"
                  "main|tree|tree.c:50\n",
        .signal = SIGSEGV,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "outer",
        .failed_in = "inner",
        .culprit = "the NULL from malloc(16) at tree.c:3 is dereferenced at tree.c:40, 2 "
                   "calls up in outer()",
    },
    {
        .name = "in a function it calls",
        .broke = "use|tree|tree.c:9\nmain|tree|tree.c:50\n",
        .failed = "main|tree|tree.c:49\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "use",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) at tree.c:49 is read through at tree.c:9, "
                   "in its callee use()",
    },
    {
        .name = "elsewhere: not said to be the same NULL",
        .broke = "run|tree|tree.c:9\nmain|tree|tree.c:50\n",
        .failed = "setup|tree|tree.c:3\nmain|tree|tree.c:49\n",
        .signal = SIGSEGV,
        .address = 24,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "run",
        .failed_in = "setup",
        .culprit = "after malloc(16) failed at tree.c:3, a NULL is written at offset 24 "
                   "at tree.c:9 in run()",
    },
    {
        .name = "passed on to libc, whose inner function has the processor's name",
        .broke = "__strlen_avx2|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "strdup|libc.so.6\ncopy|tree|tree.c:3\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "copy",
        .culprit = "the NULL from malloc(16) for strdup() at tree.c:3 is passed on to "
                   "strlen() at tree.c:12, in its caller main()",
    },
    {
        .name = "passed on to a deeper part of libc",
        .broke = "__memmove_avx_unaligned_erms|libc.so.6\n_IO_file_xsputn|libc.so.6\n"
                 "fwrite|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "main|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) at tree.c:11 is passed on to fwrite() at "
                   "tree.c:12, in the same function",
    },
    {
        .name = "libc stumbles over a failure of its own",
        .broke = "inside|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "deeper|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) for setlocale() at tree.c:12 is used by "
                   "setlocale() itself",
    },
    {
        .name = "the same under a program without names",
        .broke = "inside|libc.so.6\ngetpwuid_r|libc.so.6\n|tar\n",
        .failed = "deeper|libc.so.6\ngetpwuid_r|libc.so.6\n|tar\n|tar\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .culprit = "the NULL from malloc(16) for getpwuid_r() in tar is used by "
                   "getpwuid_r() itself",
    },
    {
        .name = "two calls of one function of libc, by different ways",
        .broke = "strlen|libc.so.6\nstrdup|libc.so.6\ncopy + 18|libjq.so.1\nuse + "
                 "9|libjq.so.1\n",
        .failed = "strdup|libc.so.6\ncopy + 18|libjq.so.1\nmake + 4|libjq.so.1\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "copy",
        .failed_in = "copy",
        .culprit = "the NULL from malloc(16) for strdup() in copy (libjq.so.1) is passed "
                   "on to strdup() in copy (libjq.so.1), the same function",
    },
    {
        .name = "two calls of one function of libc, on different lines",
        .broke = "inside|libc.so.6\nfopen|libc.so.6\nmain|tree|tree.c:14\n",
        .failed = "deeper|libc.so.6\nfopen|libc.so.6\nmain|tree|tree.c:12\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) for fopen() at tree.c:12 is passed on to "
                   "fopen() at tree.c:14, in the same function",
    },
    {
        .name = "no debug information",
        .broke = "jv_copy|libjq.so.1\nmain|jq\n",
        .failed = "jv_mem_alloc|libjq.so.1\njv_copy|libjq.so.1\nmain|jq\n",
        .signal = SIGSEGV,
        .address = 4,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "jv_copy",
        .failed_in = "jv_mem_alloc",
        .culprit = "the NULL from malloc(16) in jv_mem_alloc (libjq.so.1) is read at "
                   "offset 4 in jv_copy (libjq.so.1), its caller",
    },
    {
        .name = "a function without a line is named once",
        .broke = "run|tree\nmain|tree\n",
        .failed = "setup|tree\nmain|tree\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "run",
        .failed_in = "setup",
        .culprit = "after malloc(16) failed in setup (tree), a NULL is read through in "
                   "run (tree)",
    },
    {
        .name = "no symbols at all: nothing is made up",
        .broke = "|stripped\n|stripped\n__libc_start_call_main|libc.so.6\n",
        .failed = "|stripped\n__libc_start_call_main|libc.so.6\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .culprit = "after malloc(16) failed in stripped, a NULL is written through in "
                   "stripped",
    },
    {
        .name = "an empty stack",
        .broke = "",
        .failed = "",
        .signal = SIGSEGV,
        .class = CLASS_NULL_DEREFERENCE,
        .culprit = "after malloc(16) failed, a NULL is dereferenced at an unknown place",
    },
    {
        .name = "nothing had failed",
        .broke = "main|tree|tree.c:9\n",
        .signal = SIGSEGV,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .culprit = "a NULL is dereferenced at tree.c:9 in main()",
    },
    {
        .name = "a NULL is called",
        .broke = "|\nmain|tree|tree.c:12\n",
        .failed = "main|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_EXECUTE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) at tree.c:11 is called as a function at "
                   "tree.c:12, in the same function",
    },
    {
        .name = "a wrapper that gives back NULL: its caller is to blame",
        .broke = "main|tree|tree.c:12\n",
        .failed = "xmalloc|tree|util.c:3\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .culprit = "the NULL from malloc(16) for xmalloc() at tree.c:11 is read through "
                   "at tree.c:12, in the same function",
    },
    {
        .name = "a wrapper that breaks: it is to blame itself",
        .broke = "__memset_avx2_unaligned_erms|libc.so.6\nmy_calloc|tree|util.c:9\n"
                 "main|tree|tree.c:11\n",
        .failed = "my_calloc|tree|util.c:8\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "my_calloc",
        .failed_in = "my_calloc",
        .culprit = "the NULL from malloc(16) at util.c:8 is passed on to memset() at "
                   "util.c:9, in the same function",
    },
    {
        .name = "a wrapper's error path breaks: its caller never saw the NULL",
        .broke = "complain|tree|util.c:20\ndie|tree|util.c:30\nxmalloc|tree|util.c:40\n"
                 "build|tree|tree.c:87\nmain|tree|tree.c:120\n",
        .failed = "xmalloc|tree|util.c:38\nbuild|tree|tree.c:87\nmain|tree|tree.c:120\n",
        .signal = SIGSEGV,
        .address = 32,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "complain",
        .failed_in = "build",
        .culprit = "after malloc(16) for xmalloc() failed at tree.c:87, a NULL is read "
                   "at offset 32 at util.c:20 in complain()",
    },
    {
        .name = "C++: the library's templates are not to blame",
        .broke = "std::string::size|app|basic_string.h:40\nuse|app|app.cc:9\n"
                 "main|app|app.cc:30\n",
        .failed = "operator new|libstdc++.so.6\n"
                  "std::__new_allocator<char>::allocate|app|new_allocator.h:90\n"
                  "std::vector<char>::push_back|app|stl_vector.h:10\nuse|app|app.cc:8\n",
        .signal = SIGSEGV,
        .address = 8,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "use",
        .failed_in = "use",
        .culprit = "the NULL from malloc(16) for std::vector<char>::push_back() at "
                   "app.cc:8 is passed on to std::string::size() at app.cc:9, in the "
                   "same function",
    },
    {
        .name = "the last address that is taken for NULL",
        .broke = "build|tree|tree.c:91\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 65535,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .culprit = "the NULL from malloc(16) at tree.c:87 is read at offset 65535 at "
                   "tree.c:91, in the same function",
    },
    {
        .name = "the first that is not",
        .broke = "build|tree|tree.c:91\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 65536,
        .access = ACCESS_WRITE,
        .class = CLASS_WILD_POINTER,
        .broke_in = "build",
        .failed_in = "build",
        .culprit = "after malloc(16) failed at tree.c:87, the address 0x10000 is written "
                   "to at tree.c:91, in the same function",
    },
    {
        .name = "an address that is not known is not NULL",
        .broke = "__strlen_avx2|libc.so.6\nbuild|tree|tree.c:91\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .class = CLASS_WILD_POINTER,
        .broke_in = "build",
        .failed_in = "build",
        .culprit = "after malloc(16) failed at tree.c:87, a wild address is accessed by "
                   "strlen() at tree.c:91, in the same function",
    },
    {
        .name = "SIGBUS beyond a file's end",
        .broke = "build|tree|tree.c:91\n",
        .failed = TREE,
        .signal = SIGBUS,
        .address = 0x7f0000001000,
        .access = ACCESS_READ,
        .class = CLASS_WILD_POINTER,
        .broke_in = "build",
        .failed_in = "build",
        .culprit = "after malloc(16) failed at tree.c:87, the address 0x7f0000001000 is "
                   "read at tree.c:91, in the same function",
    },
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
        .culprit = "after malloc(16) failed at tree.c:87, memory that was freed is used "
                   "at tree.c:95, in the same function",
    },
    {
        .name = "freed memory, by the address",
        .broke = "__strlen_avx2|libc.so.6\nshow|tree|tree.c:9\nbuild|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = OUTCOME_FREED_FILL + 16,
        .access = ACCESS_READ,
        .class = CLASS_USE_AFTER_FREE,
        .broke_in = "show",
        .failed_in = "build",
        .culprit = "after malloc(16) failed at tree.c:87, memory that was freed is "
                   "passed on to strlen() at tree.c:9, in its callee show()",
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
        .address = OUTCOME_FREED_FILL - 70000,
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
        .culprit = "libc found the heap broken in free() at tree.c:9 in destroy(), after "
                   "malloc(16) failed at tree.c:87",
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
        .culprit = "libc found the heap broken in xmalloc() at tree.c:120 in main(), "
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
        .culprit = "die() at tree.c:9 gives up, after malloc(16) failed at tree.c:87",
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
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** stack smashing detected ***: terminated",
        .culprit = "libc found the stack overwritten at tree.c:99, after malloc(16) "
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
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "*** buffer overflow detected ***: terminated",
        .culprit = "libc stopped a buffer overflow in __memcpy_chk() at tree.c:99, after "
                   "malloc(16) failed at tree.c:87",
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
        .culprit = "the allocator ran into a broken heap in malloc() at tree.c:99, after "
                   "malloc(16) failed at tree.c:87",
    },
    {
        .name = "AddressSanitizer's word decides",
        .broke = RAISE "__sanitizer::Abort|libasan.so.8\nbuild|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "==7==ERROR: AddressSanitizer: heap-use-after-free on address "
                 "0x602000000010\nREAD of size 8, a heap-buffer-overflow it is not\n",
        .class = CLASS_USE_AFTER_FREE,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "AddressSanitizer: heap-use-after-free on address 0x602000000010",
    },
    {
        .name = "AddressSanitizer on a NULL",
        .broke = "build|tree|tree.c:95\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .words = "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 "
                 "(pc 0x1 bp 0x2)\n",
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x1 bp "
                  "0x2)",
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
        .culprit = "after malloc(16) failed at tree.c:87, the stack ran out at tree.c:9 "
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
        .culprit = "throwing an exception breaks in calloc() at alloc.c:9, after "
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
        .culprit = "there is no memory for the exception itself, to be thrown at "
                   "app.cc:7, after malloc(16) for operator new[] failed at app.cc:7",
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
        .culprit = "std::bad_alloc for the failed malloc(16) for operator new[] at "
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
        .culprit = "std::bad_alloc is thrown at app.cc:8 and never caught, after "
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
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "std::bad_alloc",
        .culprit = "std::bad_alloc for the failed malloc(16) for operator new[] at "
                   "app.cc:7 is never caught",
    },
    {
        .name = "a throw nobody may leave, as clang compiles it",
        .broke = TERMINATES "__clang_call_terminate|app\nload|app|app.cc:7\n"
                            "main|app|app.cc:30\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
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
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_UNCAUGHT_EXCEPTION,
        .broke_in = "load",
        .failed_in = "load",
        .culprit = "an exception is thrown at app.cc:8 and never caught, after "
                   "malloc(16) for operator new[] failed at app.cc:7",
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
        .culprit = "an exception is thrown at app.cc:8 in load() and never caught",
    },
    {
        .name = "std::terminate() without any exception",
        .broke = TERMINATES "std::thread::~thread|app|std_thread.h:160\n"
                            "load|app|app.cc:8\n",
        .failed = NEW_FAILS,
        .signal = SIGABRT,
        .words = "terminate called without an active exception\n",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "load",
        .failed_in = "load",
        .detail = "terminate called without an active exception",
    },
    {
        .name = "an assertion, by what libc keeps",
        .broke = ASSERT_FAILS "build|tree|tree.c:88\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "tree: tree.c:88: build: Assertion `node && *name != '\\0'' failed.",
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .detail = "node && *name != '\\0'",
        .culprit = "the assertion 'node && *name != '\\0'' fails at tree.c:88, after "
                   "malloc(16) failed at tree.c:87",
    },
    {
        .name = "an assertion, by its function alone",
        .broke = ASSERT_FAILS "build|tree|tree.c:88\nmain|tree|tree.c:120\n",
        .failed = TREE,
        .signal = SIGABRT,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_ASSERTION,
        .broke_in = "build",
        .failed_in = "build",
        .culprit =
            "an assertion fails at tree.c:88, after malloc(16) failed at tree.c:87",
    },
    {
        .name = "an assertion in musl's words",
        .broke = "raise|ld-musl-x86_64.so.1\nabort|ld-musl-x86_64.so.1\n"
                 "__assert_fail|ld-musl-x86_64.so.1\nbuild|tree|tree.c:88\n",
        .failed = TREE,
        .signal = SIGABRT,
        .words = "Assertion failed: node (tree.c: build: 88)\n",
        .outcome = OUTCOME_ABORTED,
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
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_ASSERTION,
        .broke_in = "g_assertion_message_expr",
        .failed_in = "build",
        .detail = "(node != NULL)",
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
        .culprit = "die() at util.c:33 gives up, after malloc(16) for xmalloc() failed "
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
        .culprit = "build (tree) gives up, after malloc(16) failed at tree.c:87",
    },
    {
        .name = "GLib gives up by a breakpoint",
        .broke = "_g_log_abort|libglib-2.0.so.0\ng_logv|libglib-2.0.so.0\n"
                 "g_malloc|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .failed = "g_malloc|libglib-2.0.so.0\nbuild|tree|tree.c:88\n",
        .signal = SIGTRAP,
        .outcome = OUTCOME_ABORTED,
        .class = CLASS_DELIBERATE_ABORT,
        .broke_in = "_g_log_abort",
        .failed_in = "build",
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
        .culprit = "after malloc(16) failed at tree.c:87, an instruction that traps "
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
        .culprit = "after malloc(16) failed at tree.c:87, an impossible calculation "
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
        .culprit = "after malloc(16) failed at tree.c:87, a SIGSEGV that was sent ends "
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
        .culprit = "after malloc(16) failed at tree.c:42, the program waits in "
                   "pthread_mutex_lock() at tree.c:40, in the same function, without end",
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
        .culprit = "after malloc(16) failed at tree.c:87, the program runs on at "
                   "tree.c:40 in search(), without end",
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
        .culprit = "malloc(16) at tree.c:87 failed 12,345 times in a row",
    },
};

#define RECORDS (sizeof(records) / sizeof(records[0]))

static const char *text_of(const char *text) {
    return text ? text : "";
}

/** The function of a frame, "" where there is none. */
static const char *function_at(const struct stack *stack, size_t at) {
    return at < stack->count ? text_of(stack->frames[at].function) : "";
}

static struct outcome_facts facts_of(const struct record *record,
                                     const struct stack *broke) {
    bool fault = record->signal == SIGSEGV || record->signal == SIGBUS;
    bool known = fault && record->address != UNKNOWN;
    return (struct outcome_facts){
        .timed_out = record->signal == 0,
        .signal = record->signal,
        .code = record->code ? record->code : 1,
        .address = known ? record->address : 0,
        .address_known = known,
        .access = record->access,
        .sp = record->sp,
        .stack_low = record->stack_low,
        .stack_high = record->stack_low ? record->stack_low + 0x800000 : 0,
        .freed_fill_seen = record->fill,
        .frames = broke->frames,
        .count = broke->count,
        .total = broke->count,
        .cycle = cycle_find(broke->keys, broke->count),
        .abort_message = text_of(record->message),
        .last_words = text_of(record->words),
        .injections = record->failed != NULL,
        .same_in_a_row = record->in_a_row,
    };
}

START_TEST(a_record_is_judged_right) {
    const struct record *record = &records[_i];
    struct stack broke, failed;
    read_stack(&broke, record->broke);
    read_stack(&failed, text_of(record->failed));
    struct outcome_injection injection = {"malloc", 16, failed.frames, failed.count};
    struct outcome_facts facts = facts_of(record, &broke);
    facts.injection = record->failed ? &injection : NULL;
    enum outcome wanted = record->outcome ? record->outcome : OUTCOME_CRASHED;
    struct outcome_verdict verdict;
    memset(&verdict, 'x', sizeof(verdict));
    outcome_judge(&facts, &verdict);
    ck_assert_msg(verdict.class == record->class, "%s: it is called '%s'", record->name,
                  outcome_class_name(verdict.class));
    ck_assert_msg(verdict.outcome == wanted, "%s: it %s", record->name,
                  outcome_name(verdict.outcome));
    const char *broke_in = function_at(&broke, verdict.crash_site);
    ck_assert_msg(strcmp(broke_in, text_of(record->broke_in)) == 0,
                  "%s: '%s' is blamed for the crash", record->name, broke_in);
    const char *failed_in = function_at(&failed, verdict.injection_site);
    ck_assert_msg(strcmp(failed_in, text_of(record->failed_in)) == 0,
                  "%s: '%s' is blamed for the failure", record->name, failed_in);
    ck_assert_msg(strcmp(verdict.detail, text_of(record->detail)) == 0,
                  "%s: the detail is '%s'", record->name, verdict.detail);
    ck_assert_msg(!record->culprit || strcmp(verdict.culprit, record->culprit) == 0,
                  "%s: %s", record->name, verdict.culprit);
    ck_assert_msg(strlen(verdict.culprit) > 10, "%s: no culprit", record->name);
}
END_TEST

START_TEST(there_is_a_record_of_each_class) {
    bool seen[CLASS_COUNT] = {[CLASS_NONE] = true,
                              // Told by a cycle: below.
                              [CLASS_ALLOCATOR_REENTRY] = true,
                              // Told by the page allocator: test_misuse.c.
                              [CLASS_HEAP_OVERFLOW] = true,
                              [CLASS_HEAP_UNDERFLOW] = true,
                              [CLASS_DOUBLE_FREE] = true,
                              [CLASS_INVALID_FREE] = true};
    for (size_t i = 0; i < RECORDS; i++) {
        seen[records[i].class] = true;
    }
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        ck_assert_msg(seen[i], "%s", outcome_class_name((enum crash_class)i));
    }
}
END_TEST

/** A stack too deep to be named: `top`, then `middle` again and again, then `bottom`,
 * `total` frames in all. */
static struct outcome_facts deep(const char *top, const char *middle, const char *bottom,
                                 size_t total, struct stack *named) {
    static struct stack first, again, last;
    read_stack(&first, top);
    read_stack(&again, middle);
    read_stack(&last, bottom);
    uint64_t *keys = malloc(total * sizeof(keys[0]));
    ck_assert_ptr_nonnull(keys);
    memset(named, 0, sizeof(*named));
    for (size_t i = 0; i < total; i++) {
        size_t to_go = total - i;
        bool in_last = to_go <= last.count;
        const struct stack *from = i < first.count ? &first : in_last ? &last : &again;
        size_t at = i < first.count ? i
                    : in_last       ? last.count - to_go
                                    : (i - first.count) % again.count;
        keys[i] = from->keys[at];
        if (i < NAMED_MAX) {
            named->frames[named->count++] = from->frames[at];
        }
    }
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 2,
        .frames = named->frames,
        .count = named->count,
        .total = total,
        .cycle = cycle_find(keys, total),
        .abort_message = "",
        .last_words = "",
    };
    free(keys);
    return facts;
}

/** The article's first backtrace, as lldb printed it: malloc calls puts, which allocates
 * a buffer for stdout. */
START_TEST(the_article_s_malloc_with_puts_inside) {
    struct stack named;
    struct outcome_facts facts =
        deep("ioctl + 67|libsystem_kernel.dylib\nisatty + 43|libsystem_c.dylib\n"
             "__smakebuf + 60|libsystem_c.dylib\n",
             "__swsetup + 155|libsystem_c.dylib\n__sfvwrite + 73|libsystem_c.dylib\n"
             "puts + 144|libsystem_c.dylib\nmalloc + 27|program|program.c:6\n"
             "__smakebuf + 108|libsystem_c.dylib\n",
             "operator new(unsigned long) + 30|dyld\n"
             "std::__1::vector<char const*>::insert + 343|dyld\n"
             "dyld::registerImageStateBatchChangeHandler + 147|dyld\n"
             "dyld_register_image_state_change_handler + 76|libdyld.dylib\n"
             "_dyld_initializer + 47|libdyld.dylib\n"
             "libSystem_initializer + 116|libSystem.B.dylib\n"
             "ImageLoaderMachO::doModInitFunctions + 265|dyld\n"
             "ImageLoaderMachO::doInitialization + 40|dyld\n"
             "ImageLoader::recursiveInitialization + 305|dyld\n"
             "ImageLoader::recursiveInitialization + 198|dyld\n"
             "ImageLoader::processInitializers + 127|dyld\n"
             "ImageLoader::runInitializers + 75|dyld\n"
             "dyld::initializeMainExecutable() + 208|dyld\ndyld::_main + 3793|dyld\n"
             "dyldbootstrap::start + 512|dyld\n_dyld_start + 54|dyld\n",
             130953, &named);
    facts.address = 0x7fff5f3ffff8;
    facts.address_known = true;
    facts.access = ACCESS_WRITE;
    ck_assert_uint_eq(facts.count, NAMED_MAX);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_int_eq(verdict.class, CLASS_ALLOCATOR_REENTRY);
    ck_assert_str_eq(
        verdict.culprit,
        "malloc() is called again from within itself, without end: 26,186 times "
        "malloc → puts → __sfvwrite → __swsetup → __smakebuf");
}
END_TEST

/** The article's second one: an operator new that throws, and throwing needs calloc. */
START_TEST(the_article_s_calloc_that_zeroes_a_null) {
    struct stack stack;
    read_stack(&stack, "_platform_bzero + 94|dyld\ncalloc + 52|dyld\n"
                       "__cxa_get_globals + 100|dyld\n__cxa_throw + 25|dyld\n"
                       "operator new(unsigned long) + 87|dyld\n");
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 1,
        .address = 8,
        .address_known = true,
        .access = ACCESS_WRITE,
        .frames = stack.frames,
        .count = stack.count,
        .total = stack.count,
        .abort_message = "",
        .last_words = "",
    };
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_CRASHED);
    ck_assert_int_eq(verdict.class, CLASS_FAILURE_WHILE_THROWING);
    ck_assert_str_eq(verdict.culprit,
                     "throwing an exception breaks in _platform_bzero (dyld)");
}
END_TEST

#define ENDLESS "grow|tree|tree.c:30\nadd_node|tree|tree.c:20\nreport|tree|tree.c:40\n"

/** An endless recursion of three functions after a failure in one of them. */
static struct outcome_facts endless(struct stack *named,
                                    struct outcome_injection *failure, size_t frames) {
    static struct stack failed;
    read_stack(&failed, "report|tree|tree.c:41\ngrow|tree|tree.c:30\n");
    *failure = (struct outcome_injection){"malloc", 24, failed.frames, failed.count};
    struct outcome_facts facts =
        deep("vsnprintf|libc.so.6\n", ENDLESS, "main|tree|tree.c:50\n", frames, named);
    facts.injection = failure;
    return facts;
}

START_TEST(an_endless_recursion_is_named_from_where_it_failed) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 130952);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.culprit,
                     "report() and 2 more functions call each other without end: 43,650 "
                     "times report → add_node → grow, after malloc(24) failed at "
                     "tree.c:41");
}
END_TEST

START_TEST(an_endless_recursion_is_named_alike_wherever_it_was_cut_off) {
    struct stack named;
    struct outcome_verdict first, other;
    struct outcome_facts facts = deep("", ENDLESS, "", 9000, &named);
    outcome_judge(&facts, &first);
    facts =
        deep("", "add_node|tree|tree.c:20\nreport|tree|tree.c:40\ngrow|tree|tree.c:30\n",
             "", 9000, &named);
    outcome_judge(&facts, &other);
    ck_assert_str_eq(first.culprit, other.culprit);
    ck_assert_str_eq(first.culprit,
                     "add_node() and 2 more functions call each other without end: 3,000 "
                     "times add_node → grow → report");
}
END_TEST

START_TEST(a_recursion_that_has_not_come_to_its_end_yet_is_one) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 130952);
    facts.signal = 0;
    facts.timed_out = true;
    facts.same_in_a_row = 5000;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.outcome, OUTCOME_HUNG);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    facts = endless(&named, &failure, 2 + 3 * 999);
    facts.signal = 0;
    facts.timed_out = true;
    facts.same_in_a_row = 5000;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_SPINNING);
}
END_TEST

START_TEST(a_call_inlined_into_itself_is_named_once) {
    struct stack named;
    struct outcome_facts facts =
        deep("", "inner|t|t.c:9\ninner|t|t.c:9\nouter|t|t.c:4\nouter|t|t.c:4\n", "", 8000,
             &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_str_eq(verdict.culprit,
                     "inner() and 1 more function call each other without end: 2,000 "
                     "times inner → outer");
}
END_TEST

START_TEST(a_cycle_beyond_the_named_frames_is_no_riddle) {
    struct outcome_frame *frames = calloc(2, sizeof(frames[0]));
    ck_assert_ptr_nonnull(frames);
    frames[1] = (struct outcome_frame){"report", "tree", "tree.c", 40, 0};
    struct outcome_facts facts = {
        .signal = SIGSEGV,
        .code = 1,
        .frames = frames,
        .count = 2,
        .total = 200000,
        .cycle = {0, 5, 40000},
        .abort_message = "",
        .last_words = "",
    };
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.culprit, "the stack ran out at tree.c:40 in report()");
    free(frames);
}
END_TEST

START_TEST(a_function_that_calls_itself_is_said_to) {
    struct stack named;
    struct outcome_facts facts = deep("", "report|tree|tree.c:40\n", "", 5000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
    ck_assert_str_eq(verdict.culprit,
                     "report() calls itself without end: 5,000 times report");
}
END_TEST

START_TEST(a_long_cycle_is_cut_short) {
    struct stack named;
    struct outcome_facts facts = deep(
        "",
        "h|t|t.c:8\ng|t|t.c:7\nf|t|t.c:6\ne|t|t.c:5\nd|t|t.c:4\nc|t|t.c:3\nb|t|t.c:2\n"
        "a|t|t.c:1\n",
        "", 16000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_str_eq(verdict.culprit,
                     "a() and 7 more functions call each other without end: 2,000 times "
                     "a → b → c → d → e → f → g → …");
}
END_TEST

START_TEST(a_null_at_the_end_of_an_honest_recursion_is_a_null) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 9001);
    ck_assert_uint_ge(facts.cycle.repeats, 1000);
    facts.address_known = true;
    facts.address = 8;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_NULL_DEREFERENCE);
    facts.address = OUTCOME_FREED_FILL;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_USE_AFTER_FREE);
}
END_TEST

START_TEST(an_honest_recursion_is_no_overflow) {
    struct stack named;
    struct outcome_injection failure;
    struct outcome_facts facts = endless(&named, &failure, 2 + 3 * 999);
    ck_assert_uint_eq(facts.cycle.repeats, 999);
    facts.address_known = true;
    facts.address = 0x123456789000;
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_WILD_POINTER);
    facts = endless(&named, &failure, 2 + 3 * 1000);
    facts.address_known = true;
    facts.address = 0x123456789000;
    outcome_judge(&facts, &verdict);
    ck_assert_int_eq(verdict.class, CLASS_STACK_OVERFLOW);
}
END_TEST

START_TEST(a_sentence_too_long_is_cut_in_front_of_a_character) {
    static char lines[8][200];
    char middle[2000] = "";
    for (size_t i = 0; i < 8; i++) {
        size_t length = 80 + (size_t)_i + i;
        memset(lines[i], 'a' + (int)i, length);
        strcpy(lines[i] + length, "|t\n");
        strcat(middle, lines[i]);
    }
    struct stack named;
    struct outcome_facts facts = deep("", middle, "", 16000, &named);
    struct outcome_verdict verdict;
    outcome_judge(&facts, &verdict);
    size_t length = strlen(verdict.culprit);
    ck_assert_uint_lt(length, sizeof(verdict.culprit));
    ck_assert_uint_gt(length, sizeof(verdict.culprit) - 10);
    ck_assert_str_eq(verdict.culprit + length - 3, "...");
    // Every character but the last dots' is a letter or the whole of an arrow.
    const char *arrow = verdict.culprit;
    while ((arrow = strpbrk(arrow, "\xe2\x86\x92"))) {
        ck_assert_int_eq(strncmp(arrow, "→", strlen("→")), 0);
        arrow += strlen("→");
    }
}
END_TEST

START_TEST(every_outcome_and_class_has_a_name_of_its_own) {
    for (int i = 0; i < CLASS_COUNT; i++) {
        ck_assert_ptr_nonnull(outcome_class_name((enum crash_class)i));
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(outcome_class_name((enum crash_class)i),
                             outcome_class_name((enum crash_class)k));
        }
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        ck_assert_ptr_nonnull(outcome_name((enum outcome)i));
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(outcome_name((enum outcome)i),
                             outcome_name((enum outcome)k));
        }
    }
    ck_assert_str_eq(outcome_class_name(CLASS_ALLOCATOR_REENTRY), "allocator re-entry");
    ck_assert_str_eq(outcome_name(OUTCOME_TOLERATED), "tolerated");
}
END_TEST

START_TEST(defects_are_what_the_design_says) {
    static const bool defects[OUTCOME_COUNT] = {
        [OUTCOME_CRASHED] = true, [OUTCOME_SILENT] = true, [OUTCOME_HUNG] = true};
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        ck_assert_int_eq(outcome_is_defect((enum outcome)i), defects[i]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outcome");
    TCase *test = tcase_create("outcome");
    tcase_add_loop_test(test, a_record_is_judged_right, 0, (int)RECORDS);
    tcase_add_test(test, there_is_a_record_of_each_class);
    tcase_add_test(test, the_article_s_malloc_with_puts_inside);
    tcase_add_test(test, the_article_s_calloc_that_zeroes_a_null);
    tcase_add_test(test, an_endless_recursion_is_named_from_where_it_failed);
    tcase_add_test(test, an_endless_recursion_is_named_alike_wherever_it_was_cut_off);
    tcase_add_test(test, a_recursion_that_has_not_come_to_its_end_yet_is_one);
    tcase_add_test(test, a_call_inlined_into_itself_is_named_once);
    tcase_add_test(test, a_cycle_beyond_the_named_frames_is_no_riddle);
    tcase_add_test(test, a_function_that_calls_itself_is_said_to);
    tcase_add_test(test, a_long_cycle_is_cut_short);
    tcase_add_test(test, a_null_at_the_end_of_an_honest_recursion_is_a_null);
    tcase_add_test(test, an_honest_recursion_is_no_overflow);
    tcase_add_loop_test(test, a_sentence_too_long_is_cut_in_front_of_a_character, 0, 8);
    tcase_add_test(test, every_outcome_and_class_has_a_name_of_its_own);
    tcase_add_test(test, defects_are_what_the_design_says);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
