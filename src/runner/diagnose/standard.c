// SPDX-License-Identifier: MIT
#include "runner/diagnose/standard.h"

#include "runner/diagnose/callname.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool begins_as_one_of(const char *text, const char *const *table, size_t count) {
    for (size_t i = 0; text && i < count; i++) {
        if (strncmp(text, table[i], strlen(table[i])) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether a source file is one of Rust's own libraries, as rustc's makers built them. */
static bool is_rusts_own(const char *file) {
    static const char *const folders[] = {
        "/rustc/",           "/rust/deps/",        "library/std/src/",
        "library/core/src/", "library/alloc/src/", "library/panic_",
        "/usr/src/rustc-"}; // Debian's
    size_t length = file ? strlen(file) : 0;
    return length > 3 && strcmp(file + length - 3, ".rs") == 0 &&
           (begins_as_one_of(file, folders, COUNT(folders)) ||
            strstr(file, "/rustlib/src/rust/"));
}

/** Whether a name is one that nothing but Rust's run-time has. */
static bool is_rusts_runtime(const char *function) {
    static const char *const names[] = {"std::rt::lang_start",
                                        "std::sys::backtrace::__rust_",
                                        "std::panicking::",
                                        "core::panicking::",
                                        "rust_begin_unwind",
                                        "alloc::alloc::handle_alloc_error",
                                        "__rust",
                                        "__rdl_",
                                        "__rg_",
                                        "std::alloc::rust_oom",
                                        "std::sys_common::backtrace::__rust_"};
    return begins_as_one_of(function, names, COUNT(names));
}

/** Whether the stack is of a program in Rust: its scopes could be anybody's. */
static bool is_rust(const struct outcome_frame *frames, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (is_rusts_runtime(frames[i].function) || is_rusts_own(frames[i].file)) {
            return true;
        }
    }
    return false;
}

/** Whether a source file is a header of libc's whose functions are inlined: wrappers that
 * check sizes, and atoi() and the like. */
static bool is_libcs_header(const char *file) {
    static const char *const names[] = {"bits/", "stdlib.h", "ctype.h"};
    static const char folder[] = "/usr/include/";
    const char *name = file ? strstr(file, folder) : NULL;
    name = name ? name + strlen(folder) : NULL;
    // Debian has headers in a folder of the machine's.
    const char *machine = name ? strstr(name, "-linux-") : NULL;
    const char *slash = machine ? strchr(machine, '/') : NULL;
    return begins_as_one_of(slash ? slash + 1 : name, names, COUNT(names));
}

bool standard_of(const struct outcome_frame *frames, size_t count, size_t at) {
    static const char *const scopes[] = {"core::", "alloc::", "hashbrown::"};
    const struct outcome_frame *frame = &frames[at];
    return callname_is_template(frame->function) || is_libcs_header(frame->file) ||
           is_rusts_own(frame->file) || is_rusts_runtime(frame->function) ||
           (begins_as_one_of(frame->function, scopes, COUNT(scopes)) &&
            is_rust(frames, count));
}

size_t standard_glib_ends(const struct outcome_frame *frames, size_t count) {
    static const char *const glib[] = {"libglib-2.0.so"};
    static const char *const reporting[] = {"g_log", "g_malloc", "g_realloc", "g_slice_"};
    size_t at = 0, behind = 0;
    while (at < count && callname_is_library(frames[at].module)) {
        at++;
    }
    size_t first = at;
    while (at < count && begins_as_one_of(frames[at].module, glib, COUNT(glib))) {
        bool reports = begins_as_one_of(frames[at].function, reporting, COUNT(reporting));
        at++;
        behind = reports ? at : behind;
    }
    bool called = at < count && !callname_is_library(frames[at].module);
    return at == first ? 0 : called ? at : behind;
}
