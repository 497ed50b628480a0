// SPDX-License-Identifier: MIT
// NULLs and wild pointers, and who is to blame for them.
#include "unit/diagnose/record.h"

#include <signal.h>

static const struct record list[] = {
    {
        .name = "a NULL is written through",
        .broke = "build|tree|/src/tree.c:91\nmain|tree|/src/tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation = "the NULL from malloc(16) at tree.c:87 is written through at "
                       "tree.c:91, in the same function",
    },
    {
        .name = "a NULL is written through of unknown origin",
        .broke = "build|tree|/src/tree.c:91\nmain|tree|/src/tree.c:120\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, a NULL is written through at "
            "tree.c:91, in the same function",
    },
    {
        .name = "a NULL is read at an offset, in the caller",
        .broke = "main|tree|/src/tree.c:122\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 8,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "build",
        .explanation = "the NULL from malloc(16) at tree.c:87 is read at offset 8 at "
                       "tree.c:122, in its caller main()",
    },
    {
        .name = "two calls up",
        .broke = "outer|tree|tree.c:40\nmain|tree|tree.c:50\n",
        .failed = "inner|tree|tree.c:3\nmiddle|tree|tree.c:20\nouter|tree|tree.c:39\n"
                  "main|tree|tree.c:50\n",
        .signal = SIGSEGV,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "outer",
        .failed_in = "inner",
        .explanation =
            "the NULL from malloc(16) at tree.c:3 is dereferenced at tree.c:40, 2 "
            "calls up in outer()",
    },
    {
        .name = "in a function it calls",
        .broke = "use|tree|tree.c:9\nmain|tree|tree.c:50\n",
        .failed = "main|tree|tree.c:49\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "use",
        .failed_in = "main",
        .explanation =
            "the NULL from malloc(16) at tree.c:49 is read through at tree.c:9, "
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
        .explanation =
            "after malloc(16) failed at tree.c:3, a NULL is written at offset 24 "
            "at tree.c:9 in run()",
    },
    {
        .name = "passed on to libc, whose inner function has the processor's name",
        .broke = "__strlen_avx2|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "strdup|libc.so.6\ncopy|tree|tree.c:3\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "copy",
        .explanation =
            "the NULL from malloc(16) for strdup() at tree.c:3 is passed on to "
            "strlen() at tree.c:12, in its caller main()",
    },
    {
        .name = "passed on to a deeper part of libc",
        .broke = "__memmove_avx_unaligned_erms|libc.so.6\n_IO_file_xsputn|libc.so.6\n"
                 "fwrite|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "main|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation =
            "the NULL from malloc(16) at tree.c:11 is passed on to fwrite() at "
            "tree.c:12, in the same function",
    },
    {
        .name = "libc stumbles over a failure of its own",
        .broke = "inside|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "deeper|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation = "the NULL from malloc(16) for setlocale() at tree.c:12 is used by "
                       "setlocale() itself",
    },
    {
        .name = "the same where the origin is unknown",
        .broke = "inside|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .failed = "deeper|libc.so.6\nsetlocale|libc.so.6\nmain|tree|tree.c:12\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation =
            "after malloc(16) for setlocale() failed at tree.c:12, a NULL is used "
            "by setlocale() itself",
    },
    {
        .name = "the same under a program without names",
        .broke = "inside|libc.so.6\ngetpwuid_r|libc.so.6\n|tar\n",
        .failed = "deeper|libc.so.6\ngetpwuid_r|libc.so.6\n|tar\n|tar\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .explanation = "the NULL from malloc(16) for getpwuid_r() in tar is used by "
                       "getpwuid_r() itself",
    },
    {
        .name = "two calls of one function of libc, by different ways",
        .broke = "strlen|libc.so.6\nstrdup|libc.so.6\ncopy + 18|libjq.so.1\nuse + "
                 "9|libjq.so.1\n",
        .failed = "strdup|libc.so.6\ncopy + 18|libjq.so.1\nmake + 4|libjq.so.1\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "copy",
        .failed_in = "copy",
        .explanation =
            "the NULL from malloc(16) for strdup() in copy (libjq.so.1) is passed "
            "on to strdup() in copy (libjq.so.1), the same function",
    },
    {
        .name = "two calls of one function of libc, on different lines",
        .broke = "inside|libc.so.6\nfopen|libc.so.6\nmain|tree|tree.c:14\n",
        .failed = "deeper|libc.so.6\nfopen|libc.so.6\nmain|tree|tree.c:12\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation =
            "the NULL from malloc(16) for fopen() at tree.c:12 is passed on to "
            "fopen() at tree.c:14, in the same function",
    },
    {
        .name = "no debug information",
        .broke = "jv_copy|libjq.so.1\nmain|jq\n",
        .failed = "jv_mem_alloc|libjq.so.1\njv_copy|libjq.so.1\nmain|jq\n",
        .signal = SIGSEGV,
        .address = 4,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "jv_copy",
        .failed_in = "jv_mem_alloc",
        .explanation = "the NULL from malloc(16) in jv_mem_alloc (libjq.so.1) is read at "
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
        .explanation =
            "after malloc(16) failed in setup (tree), a NULL is read through in "
            "run (tree)",
    },
    {
        .name = "no symbols at all: nothing is made up",
        .broke = "|stripped\n|stripped\n__libc_start_call_main|libc.so.6\n",
        .failed = "|stripped\n__libc_start_call_main|libc.so.6\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .class = CLASS_NULL_DEREFERENCE,
        .explanation =
            "after malloc(16) failed in stripped, a NULL is written through in "
            "stripped",
    },
    {
        .name = "an empty stack",
        .broke = "",
        .failed = "",
        .signal = SIGSEGV,
        .class = CLASS_NULL_DEREFERENCE,
        .explanation =
            "after malloc(16) failed, a NULL is dereferenced at an unknown place",
    },
    {
        .name = "nothing had failed",
        .broke = "main|tree|tree.c:9\n",
        .signal = SIGSEGV,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .explanation = "a NULL is dereferenced at tree.c:9 in main()",
    },
    {
        .name = "a NULL is called",
        .broke = "|\nmain|tree|tree.c:12\n",
        .failed = "main|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_EXECUTE,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation = "the NULL from malloc(16) at tree.c:11 is called as a function at "
                       "tree.c:12, in the same function",
    },
    {
        .name = "a wrapper that gives back NULL: its caller is to blame",
        .broke = "main|tree|tree.c:12\n",
        .failed = "xmalloc|tree|util.c:3\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_READ,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "main",
        .failed_in = "main",
        .explanation =
            "the NULL from malloc(16) for xmalloc() at tree.c:11 is read through "
            "at tree.c:12, in the same function",
    },
    {
        .name = "a wrapper that breaks: it is to blame itself",
        .broke = "__memset_avx2_unaligned_erms|libc.so.6\nmy_calloc|tree|util.c:9\n"
                 "main|tree|tree.c:11\n",
        .failed = "my_calloc|tree|util.c:8\nmain|tree|tree.c:11\n",
        .signal = SIGSEGV,
        .access = ACCESS_WRITE,
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "my_calloc",
        .failed_in = "my_calloc",
        .explanation = "the NULL from malloc(16) at util.c:8 is passed on to memset() at "
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
        .explanation =
            "after malloc(16) for xmalloc() failed at tree.c:87, a NULL is read "
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
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "use",
        .failed_in = "use",
        .explanation = "the NULL from malloc(16) for std::vector<char>::push_back() at "
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
        .proven = true,
        .class = CLASS_NULL_DEREFERENCE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation = "the NULL from malloc(16) at tree.c:87 is read at offset 65535 at "
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
        .explanation =
            "after malloc(16) failed at tree.c:87, the address 0x10000 is written "
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
        .explanation =
            "after malloc(16) failed at tree.c:87, a wild address is accessed by "
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
        .explanation =
            "after malloc(16) failed at tree.c:87, the address 0x7f0000001000 is "
            "read at tree.c:91, in the same function",
    },
    {
        .name = "what is freed lies nowhere: its head cannot be read",
        .broke = "__libc_free|libc.so.6\ndestroy|tree|tree.c:9\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x5555555573,
        .access = ACCESS_READ,
        .class = CLASS_INVALID_FREE,
        .broke_in = "destroy",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, 0x555555557b, which is not a heap block, "
            "is freed at tree.c:9, in its callee destroy()",
    },
    {
        .name = "what realloc() is given is text",
        .broke = "realloc|libc.so.6\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = UNKNOWN,
        .class = CLASS_INVALID_FREE,
        .broke_in = "build",
        .failed_in = "build",
        .explanation =
            "after malloc(16) failed at tree.c:87, a wild address, which is not "
            "a heap block, is given to realloc() at tree.c:99, in the same "
            "function",
    },
    {
        .name = "a block whose head says that it is another arena's",
        .broke = "free|libc.so.6\ndestroy|tree|tree.c:9\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGSEGV,
        .address = 0x550000000000,
        .access = ACCESS_READ,
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "destroy",
        .failed_in = "build",
    },
    {
        .name = "no block, as libc says",
        .broke = LIBC_DIES "_int_free|libc.so.6\nfree|libc.so.6\nfree|libmallocfail.so\n"
                           "destroy|tree|tree.c:9\nbuild|tree|tree.c:99\n",
        .failed = TREE,
        .signal = SIGABRT,
        .message = "free(): invalid pointer",
        .class = CLASS_HEAP_CORRUPTION,
        .broke_in = "destroy",
        .failed_in = "build",
        .detail = "free(): invalid pointer",
        .explanation =
            "libc found no block of malloc()'s, or one whose head is overwritten, "
            "in free() at tree.c:9 in destroy(), after malloc(16) failed at "
            "tree.c:87",
    },
};

const struct records records_pointers = {list, sizeof(list) / sizeof(list[0])};
