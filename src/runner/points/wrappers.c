// SPDX-License-Identifier: MIT
#include "runner/points/wrappers.h"

#include "core/policy/glob.h"
#include "runner/code/demangle.h"
#include "runner/code/functions.h"
#include "runner/code/returnflow.h"
#include "runner/diagnose/callname.h"
#include "runner/util/printable.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/** How deep wrappers may call wrappers. */
#define DEPTH_MAX 16

/** A stack while its call site is held against others. */
struct candidate {
    struct stacks_entry *entry;
    struct frame site, caller;
    uint64_t size;
};

struct finder {
    struct wrappers *wrappers;
    struct stacks *stacks;
    const struct stacks_globs *named;
    struct candidate *list;
    size_t count;
    /** By module; opened on demand. */
    struct functions *functions;
    bool *opened;
    /** For the machine of the first file that is read; NULL = not yet. */
    struct microcodes *codes;
    unsigned machine;
};

/** What is known of the function that a call site is in. */
struct function {
    struct functions *functions;
    struct function_range range;
    uint64_t address;
    /** Decoded, without arguments; NULL = unknown. */
    char *name;
};

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int by_frame(const struct frame *one, const struct frame *other) {
    int order = compare(one->module, other->module);
    return order ? order : compare(one->offset, other->offset);
}

static int by_site(const void *a, const void *b) {
    const struct candidate *one = a;
    const struct candidate *other = b;
    int order = by_frame(&one->site, &other->site);
    order = order ? order : by_frame(&one->caller, &other->caller);
    return order ? order : compare(one->size, other->size);
}

/** List the stacks whose call site has a caller. */
static void collect(struct finder *finder) {
    struct stacks *stacks = finder->stacks;
    finder->count = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        struct stacks_entry *entry = &stacks->list[i];
        const struct frame *frames = &stacks->frames[entry->first];
        if (entry->near == 0 || entry->near >= entry->count ||
            frames[entry->near - 1].module >= stacks->modules.count ||
            stacks_is_runtime(stacks, &frames[entry->near - 1])) {
            continue;
        }
        finder->list[finder->count++] = (struct candidate){
            entry, frames[entry->near - 1], frames[entry->near], entry->size};
    }
    if (finder->count > 0) {
        qsort(finder->list, finder->count, sizeof(finder->list[0]), by_site);
    }
}

/** Look at the function that a place is in; its name is to be freed. */
static struct function look_at(struct finder *finder, struct frame place) {
    struct functions *functions = &finder->functions[place.module];
    if (!finder->opened[place.module]) {
        finder->opened[place.module] = true;
        functions_open(functions, &finder->stacks->modules.entries[place.module]);
    }
    struct function function = {.functions = functions};
    function.address = functions->base + place.offset;
    // The call may be the last instruction.
    uint64_t within = function.address - 1;
    const char *linkage = functions->file ? functions_name(functions, within) : NULL;
    if (!functions->file || !functions_find(functions, within, &function.range)) {
        function.range = (struct function_range){function.address, function.address};
    }
    function.name = linkage ? demangle(linkage) : NULL;
    if (function.name) {
        demangle_shorten(function.name);
        printable_fix(function.name);
    } else if (linkage) {
        function.name = printable_line(linkage);
    }
    return function;
}

/** Whether the user named a function. */
static bool is_named(const struct stacks_globs *named, const char *function) {
    for (unsigned i = 0; function && i < named->count; i++) {
        if (mf_glob_match(named->list[i], function)) {
            return true;
        }
    }
    return false;
}

/** Whether a wrapper was found in a function before. */
static bool is_found(const struct wrappers *wrappers, struct frame place,
                     uint64_t start) {
    for (size_t i = 0; i < wrappers->count; i++) {
        if (wrappers->list[i].place.module == place.module &&
            wrappers->list[i].start == start) {
            return true;
        }
    }
    return false;
}

/** The known one at a place; NULL if there is none. */
static const struct wrapper *at_place(const struct wrappers *wrappers,
                                      struct frame place) {
    for (size_t i = 0; i < wrappers->count; i++) {
        if (by_frame(&wrappers->list[i].place, &place) == 0) {
            return &wrappers->list[i];
        }
    }
    return NULL;
}

/** Whether the machine code of a function can be read. */
static bool can_read(struct finder *finder, const struct function *function) {
    const struct elffile *file = function->functions->file;
    unsigned machine = file ? elffile_machine(file) : EM_NONE;
    if (!finder->codes) {
        finder->codes = microcodes_new(machine);
        finder->machine = machine;
    }
    bool can = file && finder->codes && finder->machine == machine;
    finder->wrappers->unread |= !can;
    return can;
}

/** The frame that stands `level` calls out of a stack's call site; NULL = there is none. */
static const struct frame *frame_at(const struct finder *finder,
                                    const struct candidate *candidate, uint32_t level) {
    const struct stacks_entry *entry = candidate->entry;
    uint32_t at = entry->near - 1 + level;
    return at < entry->count ? &finder->stacks->frames[entry->first + at] : NULL;
}

/** How many calls out of their call site the stacks of a group have other callers; 0 =
 * they have not, or not where the program's own code calls. */
static uint32_t find_fork(const struct finder *finder, const struct candidate *group,
                          size_t count) {
    for (uint32_t level = 1; level <= DEPTH_MAX; level++) {
        const struct frame *first = frame_at(finder, &group[0], level);
        bool same = true;
        for (size_t i = 0; i < count; i++) {
            const struct frame *other = frame_at(finder, &group[i], level);
            if (!first || !other) {
                return 0;
            }
            same = same && by_frame(first, other) == 0;
        }
        if (!same) {
            return level;
        }
        if (stacks_is_runtime(finder->stacks, first) ||
            first->module >= finder->stacks->modules.count) {
            return 0;
        }
    }
    return 0;
}

/** Whether one of the callers at a level looks at what it gets: else what it calls returns
 * nothing, and has only left the pointer in the register of results. */
static bool is_used(struct finder *finder, const struct candidate *group, size_t count,
                    uint32_t level) {
    /** How many are asked. */
    enum { CALLERS_MAX = 16 };
    bool used = false;
    const struct frame *last = NULL;
    for (size_t i = 0, asked = 0; i < count && asked < CALLERS_MAX && !used; i++) {
        const struct frame *frame = frame_at(finder, &group[i], level);
        if (frame->module >= finder->stacks->modules.count ||
            (last && by_frame(frame, last) == 0)) {
            continue;
        }
        struct function caller = look_at(finder, *frame);
        used = can_read(finder, &caller) &&
               returnflow_uses(finder->codes, caller.functions->file, caller.range,
                               caller.address);
        free(caller.name);
        last = frame;
        asked++;
    }
    return used;
}

/** Whether the function that is `level` calls out returns what it is given there. */
static bool returns(struct finder *finder, const struct candidate *group,
                    uint32_t level) {
    struct function function = look_at(finder, *frame_at(finder, &group[0], level));
    bool is = can_read(finder, &function) &&
              returnflow_returns(finder->codes, function.functions->file, function.range,
                                 function.address);
    free(function.name);
    return is;
}

static bool sizes_differ(const struct candidate *group, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (group[i].size != group[0].size) {
            return true;
        }
    }
    return false;
}

/** Whether a group's call site is in a wrapper, by what it does: callers differ, be it of
 * a wrapper that calls it alone, and so does what they ask for. A place with one caller is
 * one where the same function has another. */
static bool allocates_for_callers(struct finder *finder, const struct candidate *group,
                                  size_t count, uint64_t start) {
    uint32_t fork = find_fork(finder, group, count);
    if (!sizes_differ(group, count) || fork == 0) {
        return fork != 1 && is_found(finder->wrappers, group[0].site, start) &&
               returns(finder, group, 0);
    }
    for (uint32_t level = 0; level < fork; level++) {
        if (!returns(finder, group, level)) {
            return false;
        }
    }
    return is_used(finder, group, count, fork);
}

/** Enter a wrapper; takes its name over. 0 on success. */
static int enter(struct finder *finder, enum wrapper_kind kind, struct frame place,
                 struct function *function) {
    struct wrappers *wrappers = finder->wrappers;
    if (wrappers->count == wrappers->room) {
        size_t room = wrappers->room ? 2 * wrappers->room : 16;
        void *grown = reallocarray(wrappers->list, room, sizeof(wrappers->list[0]));
        if (!grown) {
            return -1;
        }
        wrappers->list = grown;
        wrappers->room = room;
    }
    wrappers->list[wrappers->count++] = (struct wrapper){
        .kind = kind,
        .module = modules_name(&finder->stacks->modules, place.module),
        .function = function->name,
        .place = place,
        .start = function->range.low - function->functions->base,
    };
    function->name = NULL;
    return 0;
}

/** Leave out the call sites of a group; whether there was anything behind them. */
static bool leave_out(struct finder *finder, struct candidate *group, size_t count) {
    const struct stacks *stacks = finder->stacks;
    bool moved = false;
    for (size_t i = 0; i < count; i++) {
        struct stacks_entry *entry = group[i].entry;
        uint32_t at = entry->near;
        while (at < entry->count &&
               stacks_is_runtime(stacks, &stacks->frames[entry->first + at])) {
            at++;
        }
        if (at < entry->count) {
            entry->near = at + 1;
            moved = true;
        }
    }
    return moved;
}

/** Judge the stacks of one call site: 1 = it moves, 0 = it stays, -1 = memory ran out. */
static int judge(struct finder *finder, struct candidate *group, size_t count) {
    struct frame site = group[0].site;
    if (at_place(finder->wrappers, site)) {
        return leave_out(finder, group, count);
    }
    struct function function = look_at(finder, site);
    uint64_t start = function.range.low - function.functions->base;
    bool template = callname_is_template(function.name);
    bool named = is_named(finder->named, function.name);
    bool known = callname_is_wrapper(function.name);
    bool is =
        template || named || known || allocates_for_callers(finder, group, count, start);
    enum wrapper_kind kind = named   ? WRAPPER_NAMED
                             : known ? WRAPPER_KNOWN
                                     : WRAPPER_FOUND;
    int bad = is && (named || !template) ? enter(finder, kind, site, &function) : 0;
    free(function.name);
    return bad ? -1 : is && leave_out(finder, group, count);
}

/** Judge all call sites, until none moves any more; 0 on success. */
static int judge_all(struct finder *finder) {
    int moved = 1;
    for (unsigned depth = 0; depth < DEPTH_MAX && moved > 0; depth++) {
        collect(finder);
        moved = 0;
        for (size_t i = 0, next; i < finder->count && moved >= 0; i = next) {
            for (next = i + 1;
                 next < finder->count &&
                 by_frame(&finder->list[next].site, &finder->list[i].site) == 0;
                 next++) {
            }
            int result = judge(finder, &finder->list[i], next - i);
            moved = result < 0 ? -1 : moved | result;
        }
    }
    return moved < 0 ? -1 : 0;
}

int wrappers_find(struct wrappers *wrappers, struct stacks *stacks,
                  const struct stacks_globs *named) {
    *wrappers = (struct wrappers){0};
    size_t modules = (size_t)stacks->modules.count + 1;
    struct finder finder = {
        .wrappers = wrappers,
        .stacks = stacks,
        .named = named,
        .list = calloc(stacks->count + 1, sizeof(finder.list[0])),
        .functions = calloc(modules, sizeof(finder.functions[0])),
        .opened = calloc(modules, sizeof(finder.opened[0])),
    };
    int bad = !finder.list || !finder.functions || !finder.opened ||
              judge_all(&finder) != 0 || stacks_settle(stacks) != 0;
    for (size_t i = 0; finder.functions && i < modules; i++) {
        functions_close(&finder.functions[i]);
    }
    microcodes_free(finder.codes);
    free(finder.opened);
    free(finder.functions);
    free(finder.list);
    return bad ? -1 : 0;
}

/** The question of wrappers_by_name(). */
static bool is_by_name(const void *context, const char *function) {
    char *name = function ? demangle(function) : NULL;
    if (name) {
        demangle_shorten(name);
    }
    const char *shown = name ? name : function;
    bool is = callname_is_template(shown) || callname_is_wrapper(shown) ||
              is_named(context, shown);
    free(name);
    return is;
}

struct leaks_wrappers wrappers_by_name(const struct stacks_globs *named) {
    return (struct leaks_wrappers){is_by_name, named};
}

bool wrappers_is_again(const struct wrappers *wrappers, size_t at) {
    const struct wrapper *wrapper = &wrappers->list[at];
    struct wrappers before = {.list = wrappers->list, .count = at};
    return is_found(&before, wrapper->place, wrapper->start);
}

/** Whether a pattern matches the function of one. */
static bool match(const struct wrappers *wrappers, const char *glob) {
    for (size_t i = 0; i < wrappers->count; i++) {
        const char *function = wrappers->list[i].function;
        if (function && mf_glob_match(glob, function)) {
            return true;
        }
    }
    return false;
}

void wrappers_check(const struct wrappers *wrappers, const struct stacks_globs *named,
                    const struct diag *diag) {
    for (unsigned i = 0; i < named->count; i++) {
        if (!match(wrappers, named->list[i])) {
            diag_warn(diag, "--wrapper '%s' matches no function that allocates",
                      named->list[i]);
        }
    }
}

void wrappers_destroy(struct wrappers *wrappers) {
    for (size_t i = 0; i < wrappers->count; i++) {
        free(wrappers->list[i].function);
    }
    free(wrappers->list);
    *wrappers = (struct wrappers){0};
}
