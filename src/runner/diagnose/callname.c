// SPDX-License-Identifier: MIT
#include "runner/diagnose/callname.h"

#include <dlfcn.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** What libraries put in front of their own names for a function. */
static const char *const aliases[] = {
    "__cxxabiv1::", "__gnu_cxx::",     "__GI_",
    "__libc_",      "___interceptor_", "__interceptor_"};

/** What libc's functions end in by a jump, which leaves nothing else of them on the stack:
 * their parts, by full name. */
static const struct {
    const char *part, *whole;
} parts[] = {
    {"__libc_malloc2", "malloc"},
    {"__libc_calloc2", "calloc"},
    {"_int_free", "free"},
    {"_int_free_chunk", "free"},
    {"tcache_double_free_verify", "free"},
    {"tcache_free_init", "free"},
    {"malloc_printerr_tail", "free"},
    {"opendir_tail", "opendir"},
};

static const char *const allocations[] = {
    "malloc",         "calloc",        "realloc",  "reallocarray", "memalign",
    "posix_memalign", "aligned_alloc", "valloc",   "pvalloc",      "_int_malloc",
    "_int_realloc",   "_int_memalign", "sysmalloc"};

/** What names of allocating functions end in. */
static const char *const verbs[] = {
    "malloc",  "malloc0", "calloc",   "realloc",  "zalloc",    "reallocarray", "strdup",
    "strndup", "memdup",  "memalign", "malloc_n", "malloc0_n", "realloc_n"};

/** And what may stand in front of that; every name that ends in '_' too. */
static const char *const prefixes[] = {
    "",        "x",   "xx", "e",  "s",  "ck", "safe",        "safesys",
    "checked", "x2n", "x2", "xn", "xi", "my", "Perl_safesys"};

static const char *const throwing[] = {
    "__cxa_throw",
    "__cxa_rethrow",
    "__cxa_allocate_exception",
    "__cxa_allocate_dependent_exception",
    "__cxa_init_primary_exception",
    "__cxa_get_globals",
    "__cxa_call_terminate",
    "__cxa_call_unexpected",
    "__gxx_personality_v0",
    "std::rethrow_exception",
};

static const char *const terminate[] = {
    "std::terminate", "__terminate", "__verbose_terminate_handler",
    "demangling_terminate_handler", "__clang_call_terminate"};

static const char *const assertion[] = {
    "__assert_fail",        "__assert_fail_base",
    "__assert_perror_fail", "__assert",
    "__assert_rtn",         "std::__glibcxx_assert_fail",
    "g_assertion_message",  "g_assertion_message_expr"};

/** How the names of modules begin that nobody has to mend. */
static const char *const libraries[] = {
    "libc.so",       "libc-",      "libc.musl",     "ld-linux",      "ld-musl",
    "libstdc++.so",  "libc++.so",  "libc++abi",     "libgcc_s.so",   "libpthread",
    "libm.so",       "libdl.so",   "librt.so",      "libasan.so",    "libubsan.so",
    "libtsan.so",    "liblsan.so", "libunwind.so",  "libhwasan.so",  "libclang_rt.",
    "libmallocfail", "[vdso]",     "linux-vdso.so", CALLNAME_ARCHIVE};

/** And of allocators. */
static const char *const allocators[] = {"libjemalloc", "libtcmalloc", "libmimalloc"};

/** How the processor's name begins in the names of functions written for it. */
static const char *const processors[] = {"_avx",     "_sse",   "_evex",
                                         "_ssse3",   "_asimd", "_sve",
                                         "_generic", "_erms",  "_internal"};

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_in(const char *const *table, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** The name behind what libraries put in front. */
static const char *bare(const char *function) {
    for (size_t i = 0; i < COUNT(aliases); i++) {
        if (begins(function, aliases[i])) {
            function += strlen(aliases[i]);
        }
    }
    return function;
}

const char *callname_whole(const char *function) {
    for (size_t i = 0; function && i < COUNT(parts); i++) {
        if (strcmp(parts[i].part, function) == 0) {
            return parts[i].whole;
        }
    }
    return function;
}

bool callname_is_allocators(const char *function) {
    static const char *const beginnings[] = {
        "_int_",  "malloc_consolidate", "unlink_chunk", "_mi_", "mi_", "je_", "tcache_",
        "arena_", "tcmalloc::"};
    bool is = false;
    for (size_t i = 0; function && i < COUNT(beginnings); i++) {
        is |= begins(function, beginnings[i]);
    }
    return is;
}

bool callname_is_allocation(const char *function) {
    return function &&
           (begins(function, "operator new") ||
            is_in(allocations, COUNT(allocations), bare(callname_whole(function))));
}

/** Whether a name is one of the prefixes and a verb. */
static bool is_prefix(const char *name, size_t length) {
    if (length > 0 && name[length - 1] == '_') {
        return true;
    }
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        if (strlen(prefixes[i]) == length && strncmp(prefixes[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

bool callname_is_wrapper(const char *function) {
    if (!function || callname_is_allocation(function)) {
        return function != NULL;
    }
    const char *name = bare(function);
    size_t length = strlen(name);
    for (size_t i = 0; i < COUNT(verbs); i++) {
        size_t tail = strlen(verbs[i]);
        if (length >= tail && strcmp(name + length - tail, verbs[i]) == 0 &&
            is_prefix(name, length - tail)) {
            return true;
        }
    }
    return false;
}

bool callname_is_template(const char *function) {
    return function && (begins(function, "std::") || begins(function, "__gnu_cxx::") ||
                        begins(function, "__gnu_debug::"));
}

bool callname_is_terminate(const char *function) {
    return function && is_in(terminate, COUNT(terminate), bare(function));
}

bool callname_is_throwing(const char *function) {
    return function &&
           (begins(function, "_Unwind_RaiseException") ||
            begins(function, "_Unwind_Resume") || begins(function, "std::__throw_") ||
            callname_is_terminate(function) ||
            is_in(throwing, COUNT(throwing), bare(function)));
}

bool callname_is_assertion(const char *function) {
    return function && (is_in(assertion, COUNT(assertion), function) ||
                        is_in(assertion, COUNT(assertion), bare(function)));
}

bool callname_is_sleep(const char *function) {
    static const char *const names[] = {"sleep", "usleep", "nanosleep", "clock_nanosleep",
                                        "thrd_sleep"};
    return function && is_in(names, COUNT(names), bare(function));
}

static bool begins_as(const char *const *table, size_t count, const char *name) {
    for (size_t i = 0; name && i < count; i++) {
        if (begins(name, table[i])) {
            return true;
        }
    }
    return false;
}

bool callname_is_allocator(const char *module) {
    return begins_as(allocators, COUNT(allocators), module);
}

bool callname_is_library(const char *module) {
    return begins_as(libraries, COUNT(libraries), module) ||
           callname_is_allocator(module);
}

const char *callname_plain(const char *function, size_t *length) {
    const char *name = bare(callname_whole(function));
    *length = strlen(name);
    for (size_t i = 0; i < COUNT(processors); i++) {
        const char *found = begins(name, "__") ? strstr(name, processors[i]) : NULL;
        if (found && (size_t)(found - name) < *length) {
            *length = (size_t)(found - name);
        }
    }
    // Only names that were cut are known to carry underscores of the library's own.
    while (*length < strlen(name) && *name == '_') {
        name++;
        (*length)--;
    }
    return name;
}

bool callname_is_beginning(const char *function) {
    static const char *const names[] = {
        "__libc_start_main",
        "__libc_start_call_main",
        "__libc_start_main_impl",
        "libc_start_main_stage2",
        "start_thread",
        "clone3",
        "__clone3",
        "clone",
        "__clone",
    };
    return function && is_in(names, COUNT(names), function);
}

bool callname_is_libcs(const char *function) {
    // The inner functions of glibc and musl, by how their names begin.
    static const char *const inner[] = {
        "__",
        "_IO_",
        "_int_",
        "_dl_",
        "_nl_",
        "malloc_",
        "tcache_",
        "arena_get",
        "sysmalloc",
        "sysfree",
        "unlink_",
        "vfprintf",
        "vfwprint",
        "printf_positional",
        "buffered_vf",
        "outstring",
        "fatal_error",
        "ptmalloc",
        "get_meta",
        "get_nominal",
        "nontrivial_free",
        "alloc_slot",
        "alloc_group",
        "a_crash",
        "a_fetch",
        "enframe",
        "queue",
        "dequeue",
        "static_init_tls",
        "start_thread",
        "libc_start_",
    };
    if (!function) {
        return false;
    }
    for (size_t i = 0; i < COUNT(inner); i++) {
        if (begins(function, inner[i])) {
            return true;
        }
    }
    // What our own C library has by this name, others have, too.
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    libc = libc ? libc : dlopen("libc.so", RTLD_LAZY | RTLD_NOLOAD);
    bool found = libc && dlsym(libc, function);
    if (libc) {
        dlclose(libc);
    }
    return found;
}

bool callname_equal(const char *a, const char *b) {
    if (!a || !b) {
        return false;
    }
    size_t a_length, b_length;
    const char *a_plain = callname_plain(a, &a_length);
    const char *b_plain = callname_plain(b, &b_length);
    return a_length == b_length && strncmp(a_plain, b_plain, a_length) == 0;
}
