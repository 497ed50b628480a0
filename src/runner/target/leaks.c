// SPDX-License-Identifier: MIT
#include "runner/target/leaks.h"

#include "core/policy/mix.h"
#include "runner/code/functions.h"
#include "runner/code/modules.h"
#include "runner/target/leftopen.h"
#include "runner/util/path.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

size_t leaks_room(void) {
    return sizeof(struct mf_account);
}

void leaks_set_up(struct mf_explore *explore, uint64_t offset,
                  enum mf_account_mode mode) {
    explore->account_offset = offset;
    explore->account_mode = mode;
}

/** The account in the channel; NULL if there is none. */
static const struct mf_account *blocks_of(const struct channel *channel) {
    const struct mf_explore *explore = &channel->head->explore;
    uint64_t offset = explore->account_offset;
    // The target may have changed it.
    if (explore->account_mode == MF_ACCOUNT_OFF || offset > channel->size ||
        channel->size - offset < sizeof(struct mf_account) ||
        offset % _Alignof(struct mf_account) != 0) {
        return NULL;
    }
    return (const struct mf_account *)(const void *)((const char *)channel->head +
                                                     offset);
}

/** Whether the first process has become another program: then it freed nothing. */
static bool has_executed(const struct channel *channel) {
    int pid = atomic_load(&channel_process(channel, 0)->pid);
    for (unsigned i = 1; i < channel_processes(channel); i++) {
        if (atomic_load(&channel_process(channel, i)->pid) == pid) {
            return true;
        }
    }
    return false;
}

/** Whether a module's name is like one of some patterns, which end with NULL. */
static bool is_named(const struct mf_module *module, const char *const *patterns) {
    const char *name = path_base(module->path);
    while (*patterns && fnmatch(*patterns, name, 0) != 0) {
        patterns++;
    }
    return *patterns;
}

/** Whether a place is in the C library or the dynamic linker. */
static bool is_libc(const struct mf_head *head, const struct mf_frame *frame) {
    // No further than these names go: libpthreadpool.so.0 and libnss_corp.so.2 are others'.
    static const char *const patterns[] = {
        "libc.so*",       "libc-*.so",         "libc.musl*",      "ld-linux*",
        "ld-musl*",       "ld-[0-9]*.so",      "ld.so*",          "ld64.so*",
        "libpthread.so*", "libpthread-*.so",   "libnss_files*",   "libnss_dns*",
        "libnss_compat*", "libnss_systemd*",   "libnss_resolve*", "libnss_myhostname*",
        "libnss_db*",     "libnss_mymachine*", "libnss_hesiod*",  NULL};
    struct mf_module module;
    return modules_copy(head, frame->module, &module) && is_named(&module, patterns);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** The functions of the C library that allocate deep inside, but all of it for their callers.
 * Of others, such as fopen(), the block that tells is their own; and getaddrinfo() fills a
 * cache, too. */
static const char *const givers[] = {
    "asprintf",
    "vasprintf",
    "scanf",
    "vscanf",
    "fscanf",
    "vfscanf",
    "sscanf",
    "vsscanf",
    "wscanf",
    "vwscanf",
    "fwscanf",
    "vfwscanf",
    "swscanf",
    "vswscanf",
    "fclose", // what open_memstream() gives gets its size there, or in fflush()
    "fflush",
    "argz_replace",
    "posix_spawn_file_actions_addchdir_np",
    "posix_spawn_file_actions_addclose",
    "posix_spawn_file_actions_adddup2",
    "posix_spawn_file_actions_addopen",
    "realpath",
    "tempnam",
    "glob",
    "wordexp",
    "getifaddrs",
    "canonicalize_file_name",
    "get_current_dir_name",
};

/** The functions of the C library that allocate for themselves, and are called by the program. */
static const char *const keepers[] = {
    "getpwuid",       "getpwnam",      "getpwent",       "getgrgid",
    "getgrnam",       "getgrent",      "getspnam",       "gethostbyname",
    "gethostbyname2", "gethostbyaddr", "gethostent",     "getservbyname",
    "getservbyport",  "getservent",    "getprotobyname", "getprotobynumber",
    "getprotoent",    "getnetbyname",  "getnetbyaddr",   "setenv",
    "putenv",         "setlocale",     "textdomain",     "bindtextdomain",
    "tzset",
};

/** A C library's name of a function, or of a form of it: __asprintf_chk, __isoc99_sscanf. */
static bool is_form_of(const char *symbol, const char *name) {
    static const char *const starts[] = {"__isoc99_", "__isoc23_", "_IO_", "__", ""};
    static const char *const rests[] = {"", "64", "_chk"};
    size_t length = strlen(name), skip = 0;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]) && skip == 0; i++) {
        size_t start = strlen(starts[i]);
        skip = strncmp(symbol, starts[i], start) == 0 ? start : 0;
    }
    bool same = strncmp(symbol + skip, name, length) == 0;
    for (size_t i = 0; same && i < sizeof(rests) / sizeof(rests[0]); i++) {
        if (strcmp(symbol + skip + length, rests[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** A module's functions. Most processes have the same few, and reading them takes a while. */
static const struct functions *functions_of(const struct mf_module *module) {
    static struct {
        struct mf_module module;
        struct functions functions;
    } known[16];
    static unsigned last;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (module->build_id_length == known[i].module.build_id_length &&
            memcmp(module->build_id, known[i].module.build_id, MF_BUILD_ID_MAX) == 0 &&
            strcmp(module->path, known[i].module.path) == 0) {
            return &known[i].functions;
        }
    }
    last = (last + 1) % (sizeof(known) / sizeof(known[0]));
    functions_close(&known[last].functions);
    functions_open(&known[last].functions, module);
    known[last].module = *module;
    return &known[last].functions;
}

/** The name of the function that a return address is in; NULL = unknown. */
static const char *name_at(const struct mf_module *module, const struct mf_frame *frame) {
    const struct functions *functions = functions_of(module);
    return functions_name(functions, functions->base + frame->offset - 1);
}

/** Whether a place is in one of some functions of the C library. */
static bool is_one_of(const struct mf_head *head, const struct mf_frame *frame,
                      const char *const *names, size_t count) {
    struct mf_module module;
    const char *name =
        modules_copy(head, frame->module, &module) ? name_at(&module, frame) : NULL;
    for (size_t i = 0; name && i < count; i++) {
        if (is_form_of(name, names[i])) {
            return true;
        }
    }
    return false;
}

/** Whether the function of the C library that the program called gives its memory away. */
static bool is_given(const struct mf_head *head, const struct mf_frame *frames,
                     size_t count) {
    size_t outer = 1;
    while (outer + 1 < count && is_libc(head, &frames[outer + 1])) {
        outer++;
    }
    return is_one_of(head, &frames[outer], givers, COUNT(givers));
}

/** Whether the C library allocated for itself, as far as frames tell that it is in. */
static bool is_kept(const struct mf_head *head, const struct mf_frame *frames,
                    size_t count) {
    return count < 2 || is_one_of(head, &frames[0], keepers, COUNT(keepers)) ||
           (is_libc(head, &frames[1]) && !is_given(head, frames, count));
}

/** Whether a place is in the C++ run-time library. */
static bool is_libcxx(const struct mf_head *head, const struct mf_frame *frame) {
    static const char *const patterns[] = {"libstdc++.so*", "libc++abi.so*", "libc++.so*",
                                           NULL};
    struct mf_module module;
    return modules_copy(head, frame->module, &module) && is_named(&module, patterns);
}

/** Whether a function of the C++ run-time library allocates an exception, or its message. */
static bool makes_exception(const char *name) {
    static const char *const makers[] = {
        "__cxa_allocate_exception",
        // std::logic_error::logic_error(...) and the other one that all errors derive from.
        "_ZNSt11logic_errorC", "_ZNSt13runtime_errorC"};
    for (size_t i = 0; i < COUNT(makers); i++) {
        if (strncmp(name, makers[i], strlen(makers[i])) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether the C++ run-time library allocates for an exception. Who calls exit() where it is
 * caught has no chance to free it. */
static bool is_exception(const struct mf_head *head, const struct mf_frame *frames,
                         size_t count) {
    struct mf_module module;
    bool is = false;
    for (size_t i = 0; !is && i < count && is_libcxx(head, &frames[i]); i++) {
        const char *name = modules_copy(head, frames[i].module, &module)
                               ? name_at(&module, &frames[i])
                               : NULL;
        is = name && makes_exception(name);
    }
    return is;
}

bool leaks_are_inner(const struct mf_head *head, const struct mf_frame *frames,
                     size_t count) {
    if (count > 1 && is_exception(head, frames, count)) {
        return true;
    }
    return count > 0 && is_libc(head, &frames[0]) && is_kept(head, frames, count);
}

/** Whether a place is in a run-time library, or in a function that allocates for its callers. */
static bool is_between(const struct mf_head *head, const struct mf_frame *frame,
                       const struct leaks_wrappers *wrappers) {
    struct mf_module module;
    if (!modules_copy(head, frame->module, &module)) {
        return false;
    }
    return is_libc(head, frame) || is_libcxx(head, frame) ||
           (wrappers->is && wrappers->is(wrappers->context, name_at(&module, frame)));
}

uint64_t leaks_site(const struct mf_head *head, const struct mf_frame *frames,
                    size_t count, uint64_t caller_id,
                    const struct leaks_wrappers *wrappers) {
    struct mf_module module;
    size_t at = 0;
    while (at + 1 < count && is_between(head, &frames[at], wrappers)) {
        at++;
    }
    if (at == 0 || !modules_copy(head, frames[at].module, &module)) {
        return caller_id;
    }
    uint64_t site = mf_mix(frames[at].offset);
    for (const char *byte = module.path; *byte; byte++) {
        site = mf_mix(site ^ (unsigned char)*byte);
    }
    return site;
}

/** Take an origin over, with its frames in a place of their own. */
static void take(struct leak *leak, const struct mf_origin *origin,
                 const struct mf_frame *from, struct mf_frame *frames) {
    uint64_t count = origin->frame_count;
    *leak = (struct leak){
        .caller_id = origin->caller_id,
        .stack_id = origin->id,
        .instead = origin->instead,
        .blocks = atomic_load(&origin->blocks),
        .bytes = atomic_load(&origin->bytes),
        .frames = frames,
        .frame_count = count < MF_FRAMES_MAX ? count : MF_FRAMES_MAX,
    };
    memcpy(frames, from, leak->frame_count * sizeof(frames[0]));
}

int leaks_gather(struct leaks *leaks, const struct channel *channel,
                 const struct leaks_wrappers *wrappers) {
    const struct mf_account *blocks = blocks_of(channel);
    *leaks = (struct leaks){.open = leaks->open,
                            .open_count = leaks->open_count,
                            .open_known = leaks->open_known};
    if (!blocks || channel_processes(channel) == 0) {
        return 0;
    }
    uint64_t used = atomic_load(&blocks->origins_used);
    used = used < MF_ORIGINS_MAX ? used : MF_ORIGINS_MAX;
    leaks->lost = atomic_load(&blocks->lost);
    leaks->executed = has_executed(channel);
    leaks->known = leaks->lost == 0 && !leaks->executed;
    uint64_t left = 0;
    for (uint64_t i = 0; i < used; i++) {
        left += atomic_load(&blocks->origins[i].blocks) != 0;
    }
    leaks->list = calloc(left + 1, sizeof(leaks->list[0]));
    leaks->frames = calloc((left + 1) * MF_FRAMES_MAX, sizeof(leaks->frames[0]));
    if (!leaks->list || !leaks->frames) {
        leaks->known = false;
        return -1;
    }
    for (uint64_t i = 0; i < used && leaks->count < left; i++) {
        struct leak *leak = &leaks->list[leaks->count];
        if (atomic_load(&blocks->origins[i].blocks) != 0) {
            take(leak, &blocks->origins[i], blocks->frames[i],
                 &leaks->frames[leaks->count * MF_FRAMES_MAX]);
            leak->site_id = leaks_site(channel->head, leak->frames, leak->frame_count,
                                       leak->caller_id, wrappers);
            leaks->count +=
                !leaks_are_inner(channel->head, leak->frames, leak->frame_count);
        }
    }
    return 0;
}

/** What a clean run keeps of one stack, as far as it has not been subtracted. */
struct kept {
    /** What it is found by: the id of a call site. */
    uint64_t place;
    const struct leak *leak;
    uint64_t blocks, bytes;
};

/** Take what is kept off a leak. */
static void subtract(struct leak *leak, struct kept *kept) {
    uint64_t blocks = leak->blocks < kept->blocks ? leak->blocks : kept->blocks;
    if (blocks == 0) {
        return;
    }
    uint64_t bytes = kept->bytes / kept->blocks * blocks;
    uint64_t left = leak->blocks - blocks;
    // Blocks of one stack need not be of one size.
    leak->bytes =
        bytes < leak->bytes ? leak->bytes - bytes : leak->bytes / leak->blocks * left;
    leak->blocks = left;
    kept->bytes -= bytes;
    kept->blocks -= blocks;
}

/** What is kept is subtracted by. */
enum likeness { SAME_STACK, SAME_SITE, REFUSED_THERE };

static int by_place(const void *a, const void *b) {
    const struct kept *one = a, *other = b;
    return (one->place > other->place) - (one->place < other->place);
}

/** The first of a sorted list that does not come before a place. */
static size_t find(const struct kept *kept, size_t count, uint64_t place) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kept[middle].place < place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Where a leak's blocks would be in a clean run; 0 = nowhere. */
static uint64_t wanted_place(const struct leak *leak, enum likeness likeness) {
    return likeness == SAME_STACK  ? leak->stack_id
           : likeness == SAME_SITE ? leak->site_id
                                   : leak->instead;
}

/** Subtract from all leaks what is kept at the same place. */
static void subtract_all(struct leaks *leaks, struct kept *kept, size_t count,
                         enum likeness likeness) {
    for (size_t i = 0; i < count; i++) {
        const struct leak *leak = kept[i].leak;
        kept[i].place = likeness == SAME_STACK  ? leak->stack_id
                        : likeness == SAME_SITE ? leak->site_id
                                                : leak->caller_id;
    }
    qsort(kept, count, sizeof(kept[0]), by_place);
    for (size_t i = 0; i < leaks->count; i++) {
        struct leak *leak = &leaks->list[i];
        uint64_t place = wanted_place(leak, likeness), before = leak->blocks;
        for (size_t k = find(kept, count, place);
             place != 0 && k < count && leak->blocks > 0 && kept[k].place == place; k++) {
            subtract(leak, &kept[k]);
        }
        // One whose realloc() was refused may be kept as the moved one is, or be lost.
        leaks->replaced |= likeness != SAME_STACK && leak->blocks < before;
    }
}

int leaks_forgive(struct leaks *leaks, const struct leaks *clean) {
    leftopen_forgive(leaks, clean);
    size_t left = 0, count = clean->count;
    struct kept *kept = calloc(count + 1, sizeof(kept[0]));
    if (!kept) {
        leaks->known = false;
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct leak *leak = &clean->list[i];
        kept[i] = (struct kept){0, leak, leak->blocks, leak->bytes};
    }
    // Equal stacks first, so that what is left is told with the stack that has more.
    subtract_all(leaks, kept, count, SAME_STACK);
    subtract_all(leaks, kept, count, SAME_SITE);
    subtract_all(leaks, kept, count, REFUSED_THERE);
    free(kept);
    for (size_t i = 0; i < leaks->count; i++) {
        if (leaks->list[i].blocks > 0) {
            leaks->list[left++] = leaks->list[i];
        }
    }
    leaks->count = left;
    return 0;
}

bool leaks_leave_held(struct leaks *leaks) {
    size_t left = 0, count = leaks->count;
    for (size_t i = 0; i < count; i++) {
        if (!leaks->list[i].held) {
            leaks->list[left++] = leaks->list[i];
        }
    }
    leaks->count = left;
    bool open = leaks->open_held && leaks->open_count > 0;
    leaks->open_count = open ? 0 : leaks->open_count;
    return open || left < count;
}

/** Take over what another clean run has open, where this one was not looked at. */
static void take_open(struct leaks *leaks, struct leaks *other) {
    free(leaks->open);
    leaks->open = other->open;
    leaks->open_count = other->open_count;
    leaks->open_known = true;
    other->open = NULL;
    other->open_count = 0;
}

int leaks_widen(struct leaks *leaks, struct leaks *other) {
    if (!leaks->open_known && other->open_known) {
        take_open(leaks, other);
    }
    if (!leaks->known || !other->known) {
        return 0;
    }
    if (leaks_forgive(other, leaks) != 0) {
        return -1;
    }
    size_t count = leaks->count + other->count;
    struct leak *list = realloc(leaks->list, (count + 1) * sizeof(list[0]));
    if (!list) {
        return -1;
    }
    if (other->count > 0) {
        memcpy(list + leaks->count, other->list, other->count * sizeof(list[0]));
    }
    // They are only compared with: their frames go with the other one.
    for (size_t i = leaks->count; i < count; i++) {
        list[i].frames = NULL;
        list[i].frame_count = 0;
    }
    leaks->list = list;
    leaks->count = count;
    for (size_t i = 0; i < other->open_count; i++) {
        if (leftopen_add(leaks, other->open[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

uint64_t leaks_blocks(const struct leaks *leaks) {
    uint64_t sum = 0;
    for (size_t i = 0; i < leaks->count; i++) {
        sum += leaks->list[i].blocks;
    }
    return sum;
}

uint64_t leaks_bytes(const struct leaks *leaks) {
    uint64_t sum = 0;
    for (size_t i = 0; i < leaks->count; i++) {
        sum += leaks->list[i].bytes;
    }
    return sum;
}

void leaks_destroy(struct leaks *leaks) {
    free(leaks->list);
    free(leaks->frames);
    free(leaks->open);
    *leaks = (struct leaks){0};
}
