// SPDX-License-Identifier: MIT
#include "runner/diagnose/runtime.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/sanitizer.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** How the names of their functions begin that lie in programs. */
static const struct {
    const char *prefix, *name;
    /** Whether it calls nothing but its own: so whatever it calls is its own. */
    bool closed;
} functions[] = {
    {"__gcov_exit", "libgcov", true},
    {"__gcov_dump", "libgcov", true},
    {"__gcov_init", "libgcov", true},
    {"__gcov_merge", "libgcov", true},
    {"__gcov_read", "libgcov", true},
    {"__gcov_write", "libgcov", true},
    {"gcov_", "libgcov", true},
    // What gcc has call them before main() and after it.
    {"_sub_D_", "libgcov", false},
    {"_sub_I_", "libgcov", false},
    {"__llvm_profile_", "libclang_rt.profile", true},
    {"lprof", "libclang_rt.profile", true},
    {"llvm_gcov_", "libclang_rt.profile", true},
    {"llvm_gcda_", "libclang_rt.profile", true},
    {"__llvm_gcov_", "libclang_rt.profile", true},
    {"llvm_writeout_", "libclang_rt.profile", true},
    // Since gcc 13 its table of unwinding information takes memory before main(), in static
    // programs.
    {"frame_dummy", "libgcc", true},
    {"__register_frame", "libgcc", true},
    {"__deregister_frame", "libgcc", true},
    {"__ubsan_handle_", "libubsan", true},
    {"__asan_report_", "libasan", true},
};

/** The library that a function's name tells; NULL = none. */
static const char *by_function(const char *function, bool closed_only) {
    for (size_t i = 0; function && i < COUNT(functions); i++) {
        if (strncmp(function, functions[i].prefix, strlen(functions[i].prefix)) == 0 &&
            (functions[i].closed || !closed_only)) {
            return functions[i].name;
        }
    }
    return NULL;
}

/** The library that a sanitizer's frame is of. */
static const char *by_sanitizer(const struct outcome_frame *frame) {
    static const struct {
        const char *part, *name;
    } names[] = {{"asan", "libasan"},
                 {"ubsan", "libubsan"},
                 {"tsan", "libtsan"},
                 {"msan", "libmsan"},
                 {"lsan", "liblsan"}};
    const char *told = sanitizer_is_module(frame->module)       ? frame->module
                       : sanitizer_is_function(frame->function) ? frame->function
                                                                : NULL;
    for (size_t i = 0; told && i < COUNT(names); i++) {
        if (strstr(told, names[i].part)) {
            return names[i].name;
        }
    }
    return told ? "a sanitizer" : NULL;
}

/** Whether a frame is a sanitizer's stand-in for a function of the C library. */
static bool is_interceptor(const struct outcome_frame *frame) {
    static const char *const beginnings[] = {"__interceptor_", "___interceptor_"};
    bool is = false;
    for (size_t i = 0; frame->function && i < COUNT(beginnings); i++) {
        is |= strncmp(frame->function, beginnings[i], strlen(beginnings[i])) == 0;
    }
    return is;
}

/** The library of what such a stand-in calls of its own, which has plain names; it also calls
 * functions of the program. */
static const char *by_interceptor(const struct outcome_frame *frames, size_t count,
                                  size_t at) {
    static const char *const helpers[] = {"printf_common",     "scanf_common",
                                          "StrtolFixAndCheck", "MemcmpInterceptorCommon",
                                          "StrstrCheck",       "read_msghdr",
                                          "write_msghdr",      "read_iovec",
                                          "write_iovec",       "read_sockaddr",
                                          "write_hostent",     "PosixSpawnImpl",
                                          "ioctl_common_pre",  "ioctl_common_post"};
    bool called = at + 1 < count && is_interceptor(&frames[at + 1]);
    for (size_t i = 0; called && frames[at].function && i < COUNT(helpers); i++) {
        if (strcmp(frames[at].function, helpers[i]) == 0) {
            return "a sanitizer";
        }
    }
    return NULL;
}

const char *runtime_of(const struct outcome_frame *frames, size_t count, size_t at) {
    /** How far a function that calls its own can be from one that is known by name. */
    enum { DEPTH = 4 };
    const char *library = by_sanitizer(&frames[at]);
    library = library ? library : by_function(frames[at].function, false);
    library = library ? library : by_interceptor(frames, count, at);
    for (size_t i = at + 1; i < count && i <= at + DEPTH && !library; i++) {
        library = by_function(frames[i].function, true);
    }
    return library;
}

const char *runtime_innermost(const struct outcome_frame *frames, size_t count) {
    size_t at = 0;
    while (at < count && !by_sanitizer(&frames[at]) &&
           (callname_is_library(frames[at].module) || !frames[at].module)) {
        at++;
    }
    return at < count ? runtime_of(frames, count, at) : NULL;
}

/** Whether a frame is of how a process ends itself, as the C library does it. */
static bool is_ending(const struct outcome_frame *frame) {
    static const char *const c_libraries[] = {"libc.", "libc-", "libpthread", "ld-musl"};
    static const char *const passed_on[] = {"abort", "raise", "kill", "pthread_kill"};
    for (size_t i = 0; frame->module && i < COUNT(c_libraries); i++) {
        if (strncmp(frame->module, c_libraries[i], strlen(c_libraries[i])) == 0) {
            return true;
        }
    }
    // clang's minimal runtime tells its last words in what only looks like one of these:
    // __ubsan_handle_..._minimal_abort().
    static const char handler[] = "__ubsan_handle_";
    if (frame->function && strncmp(frame->function, handler, strlen(handler)) == 0) {
        return false;
    }
    // A sanitizer has functions in front of these.
    for (size_t i = 0; frame->function && i < COUNT(passed_on); i++) {
        const char *tail = strrchr(frame->function, '_');
        if (by_sanitizer(frame) && (strcmp(frame->function, passed_on[i]) == 0 ||
                                    (tail && strcmp(tail + 1, passed_on[i]) == 0))) {
            return true;
        }
    }
    return !frame->module && !frame->function;
}

bool runtime_is_sanitizers_end(const struct outcome_frame *frames, size_t count) {
    size_t at = 0;
    while (at < count && is_ending(&frames[at])) {
        at++;
    }
    return at < count && by_sanitizer(&frames[at]);
}
