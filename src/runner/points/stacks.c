// SPDX-License-Identifier: MIT
#include "runner/points/stacks.h"

#include "core/channel/stacktable.h"
#include "core/policy/glob.h"
#include "runner/diagnose/callname.h"
#include "runner/util/diag.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** In front of patterns that are for all of a stack. */
static const char anywhere[] = "stack:";

/** An allocation. */
struct call {
    uint64_t id, number;
};

/** What is read, and where it goes. */
struct reading {
    struct stacks *stacks;
    const struct channel *channel;
    struct mf_stack *table;
    const struct mf_frame *frames;
    /** The modules of the channel by their index. */
    uint32_t modules[MF_MODULES_MAX];
};

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int by_id(const void *a, const void *b) {
    const struct call *one = a;
    const struct call *other = b;
    int order = compare(one->id, other->id);
    return order ? order : compare(one->number, other->number);
}

static int by_place(const void *a, const void *b) {
    const struct frame *one = a;
    const struct frame *other = b;
    int order = compare(one->module, other->module);
    return order ? order : compare(one->offset, other->offset);
}

/** Make an entry of each distinct id; 0 on success. */
static int count_ids(struct stacks *stacks, const uint64_t *ids, size_t count) {
    struct call *calls = calloc(count + 1, sizeof(calls[0]));
    size_t known = 0;
    for (size_t i = 0; calls && i < count; i++) {
        if (ids[i]) {
            calls[known++] = (struct call){ids[i], i + 1};
        }
    }
    if (calls) {
        qsort(calls, known, sizeof(calls[0]), by_id);
        for (size_t i = 0; i < known; i++) {
            stacks->count += i == 0 || calls[i].id != calls[i - 1].id;
        }
        stacks->list = calloc(stacks->count + 1, sizeof(stacks->list[0]));
    }
    struct stacks_entry *entry = stacks->list;
    for (size_t i = 0; entry && i < known; i++) {
        if (i > 0 && calls[i].id != calls[i - 1].id) {
            entry++;
        }
        if (entry->allocations++ == 0) {
            entry->id = calls[i].id;
            entry->number = calls[i].number;
        }
    }
    free(calls);
    return entry ? 0 : -1;
}

/** Take over the channel's modules; 0 on success. */
static int read_modules(struct reading *reading) {
    struct modules *modules = &reading->stacks->modules;
    for (unsigned i = 0; i < MF_MODULES_MAX; i++) {
        struct mf_module module;
        reading->modules[i] = MODULE_NONE;
        if (modules_copy(reading->channel->head, i, &module)) {
            reading->modules[i] = modules_add(modules, &module);
            if (reading->modules[i] == MODULE_NONE) {
                return -1;
            }
        }
    }
    bool *runtime = calloc((size_t)modules->count + 1, sizeof(runtime[0]));
    for (uint32_t i = 0; runtime && i < modules->count; i++) {
        runtime[i] = callname_is_library(modules_name(modules, i));
    }
    reading->stacks->runtime = runtime;
    return runtime ? 0 : -1;
}

bool stacks_is_runtime(const struct stacks *stacks, const struct frame *frame) {
    return frame->module < stacks->modules.count && stacks->runtime[frame->module];
}

/** An entry's frames in the channel, NULL where they are not there; and its size. */
static const struct mf_frame *frames_of(const struct reading *reading,
                                        struct stacks_entry *entry, uint32_t *count) {
    const struct mf_stack *stack =
        mf_stacktable_find(reading->table, STACKS_ROOM, entry->id);
    *count = 0;
    if (!stack || atomic_load(&stack->id) != entry->id) {
        return NULL;
    }
    entry->size = stack->size;
    entry->function = stack->function;
    entry->cut = stack->cut;
    uint32_t first = stack->first, claimed = stack->count;
    if (claimed > MF_FRAMES_MAX || first > STACKS_FRAMES - MF_FRAMES_MAX) {
        return NULL;
    }
    *count = claimed;
    return &reading->frames[first];
}

/** Take over one entry's frames, if there is room for them. */
static void read_frames(const struct reading *reading, struct stacks_entry *entry,
                        size_t room) {
    struct stacks *stacks = reading->stacks;
    uint32_t count;
    const struct mf_frame *frames = frames_of(reading, entry, &count);
    entry->first = (uint32_t)stacks->frame_count;
    for (uint32_t i = 0; i < count && stacks->frame_count < room; i++) {
        uint64_t module = frames[i].module;
        bool known = module < MF_MODULES_MAX;
        struct frame *place = &stacks->frames[stacks->frame_count++];
        place->module = known ? reading->modules[module] : MODULE_NONE;
        place->offset = frames[i].offset;
        if (entry->near == 0 && !stacks_is_runtime(stacks, place)) {
            entry->near = i + 1;
        }
        entry->count++;
    }
    if (entry->near == 0 && entry->count > 0) {
        entry->near = 1;
    }
    entry->own = entry->near;
}

/** Take over all frames; 0 on success. */
static int read_all_frames(const struct reading *reading) {
    struct stacks *stacks = reading->stacks;
    size_t room = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        uint32_t count;
        frames_of(reading, &stacks->list[i], &count);
        room += count;
    }
    // Each frame there is belongs to one stack, unless the target lies.
    room = room < STACKS_FRAMES ? room : STACKS_FRAMES;
    stacks->frames = calloc(room + 1, sizeof(stacks->frames[0]));
    for (size_t i = 0; stacks->frames && i < stacks->count; i++) {
        read_frames(reading, &stacks->list[i], room);
    }
    return stacks->frames ? 0 : -1;
}

/** A frame's place, with which all code that has no file is at one place. */
static struct frame place_of(const struct frame *frame) {
    return frame->module == MODULE_NONE ? (struct frame){MODULE_NONE, 0} : *frame;
}

/** Where a stack's site lies. */
static struct frame site_of(const struct stacks *stacks,
                            const struct stacks_entry *entry) {
    return entry->near > 0 ? place_of(&stacks->frames[entry->first + entry->near - 1])
                           : (struct frame){MODULE_NONE, 0};
}

/** Sort places, each once; how many they are. */
static size_t sort_places(struct frame *places, size_t count) {
    size_t distinct = 0;
    qsort(places, count, sizeof(places[0]), by_place);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_place(&places[i], &places[i - 1]) != 0) {
            places[distinct++] = places[i];
        }
    }
    return distinct;
}

/** The index of a place among others. */
static size_t find_place(const struct frame *places, size_t count, struct frame place) {
    const struct frame *found = bsearch(&place, places, count, sizeof(place), by_place);
    return (size_t)(found - places);
}

size_t stacks_place(const struct stacks *stacks, const struct frame *frame) {
    return find_place(stacks->places, stacks->place_count, place_of(frame));
}

/** Find the distinct places; 0 on success. */
static int find_places(struct stacks *stacks) {
    stacks->places = calloc(stacks->frame_count + 1, sizeof(stacks->places[0]));
    if (!stacks->places) {
        return -1;
    }
    for (size_t i = 0; i < stacks->frame_count; i++) {
        if (!stacks_is_runtime(stacks, &stacks->frames[i])) {
            stacks->places[stacks->place_count++] = place_of(&stacks->frames[i]);
        }
    }
    stacks->place_count = sort_places(stacks->places, stacks->place_count);
    return 0;
}

int stacks_settle(struct stacks *stacks) {
    struct frame *sites = calloc(stacks->count + 1, sizeof(sites[0]));
    if (!sites) {
        return -1;
    }
    for (size_t i = 0; i < stacks->count; i++) {
        sites[i] = site_of(stacks, &stacks->list[i]);
    }
    free(stacks->sites);
    stacks->sites = sites;
    stacks->site_count = sort_places(sites, stacks->count);
    for (size_t i = 0; i < stacks->count; i++) {
        struct frame site = site_of(stacks, &stacks->list[i]);
        stacks->list[i].site = (uint32_t)find_place(sites, stacks->site_count, site);
    }
    return 0;
}

void stacks_ask(struct mf_explore *explore, uint64_t offset) {
    explore->stacks_offset = offset;
    explore->stacks_room = STACKS_ROOM;
    explore->frames_offset = offset + STACKS_ROOM * sizeof(struct mf_stack);
    explore->frames_room = STACKS_FRAMES;
}

int stacks_read(struct stacks *stacks, const struct channel *channel, uint64_t offset,
                const uint64_t *ids, size_t count) {
    *stacks = (struct stacks){0};
    char *memory = (char *)channel->head + offset;
    struct reading *reading = calloc(1, sizeof(*reading));
    if (!reading) {
        return -1;
    }
    reading->stacks = stacks;
    reading->channel = channel;
    reading->table = (struct mf_stack *)(void *)memory;
    reading->frames =
        (const struct mf_frame *)(void *)(memory + STACKS_ROOM * sizeof(struct mf_stack));
    int bad = count_ids(stacks, ids, count) != 0 || read_modules(reading) != 0 ||
              read_all_frames(reading) != 0 || find_places(stacks) != 0 ||
              stacks_settle(stacks) != 0;
    free(reading);
    if (bad) {
        stacks_destroy(stacks);
        return -1;
    }
    return 0;
}

struct stacks_entry *stacks_find(const struct stacks *stacks, uint64_t id) {
    size_t low = 0;
    size_t high = stacks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stacks->list[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < stacks->count && stacks->list[low].id == id;
    return found ? &stacks->list[low] : NULL;
}

bool stacks_match(const struct stacks *stacks, const struct stacks_entry *entry,
                  const char *glob) {
    bool all = strncmp(glob, anywhere, sizeof(anywhere) - 1) == 0;
    uint32_t last = MODULE_NONE;
    glob += all ? sizeof(anywhere) - 1 : 0;
    for (uint32_t i = 0; i < (all ? entry->count : entry->near); i++) {
        uint32_t module = stacks->frames[entry->first + i].module;
        if (module >= stacks->modules.count || module == last) {
            continue;
        }
        last = module;
        // With all bytes, of which what is told has only those that can be shown.
        const char *path = stacks->modules.entries[module].path;
        const char *name = strchr(glob, '/') ? path : path_base(path);
        if (mf_glob_match(glob, name)) {
            return true;
        }
    }
    return false;
}

static bool match_any(const struct stacks *stacks, const struct stacks_entry *entry,
                      const struct stacks_globs *globs) {
    for (unsigned i = 0; i < globs->count; i++) {
        if (stacks_match(stacks, entry, globs->list[i])) {
            return true;
        }
    }
    return false;
}

int stacks_leave_out(struct stacks *stacks, const struct stacks_globs *only,
                     const struct stacks_globs *skip, const bool *out) {
    bool *kept = calloc(stacks->site_count + 1, sizeof(kept[0]));
    if (!kept) {
        return -1;
    }
    stacks->stacks_out = 0;
    stacks->sites_out = stacks->site_count;
    for (size_t i = 0; i < stacks->count; i++) {
        struct stacks_entry *entry = &stacks->list[i];
        entry->left_out = (only->count > 0 && !match_any(stacks, entry, only)) ||
                          match_any(stacks, entry, skip) || (out && out[i]);
        stacks->stacks_out += entry->left_out;
        stacks->sites_out -= !entry->left_out && !kept[entry->site];
        kept[entry->site] |= !entry->left_out;
    }
    free(kept);
    return 0;
}

uint64_t stacks_count(const struct stacks *stacks, uint32_t function) {
    uint64_t count = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        count += stacks->list[i].function == function ? stacks->list[i].allocations : 0;
    }
    return count;
}

void stacks_names(const struct stacks *stacks, char *text, size_t size) {
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < stacks->site_count; i++) {
        // They are sorted by module.
        const char *name = modules_name(&stacks->modules, stacks->sites[i].module);
        if (!name || (i > 0 && stacks->sites[i].module == stacks->sites[i - 1].module)) {
            continue;
        }
        const char *between = length > 0 ? ", " : "";
        size_t more = strlen(between) + strlen(name);
        if (length + more >= size) {
            break;
        }
        length += (size_t)snprintf(text + length, size - length, "%s%s", between, name);
    }
    printable_fix(text);
}

const char *stacks_add_glob(struct stacks_globs *globs, const char *glob) {
    bool all = strncmp(glob, anywhere, sizeof(anywhere) - 1) == 0;
    const char *bare = glob + (all ? sizeof(anywhere) - 1 : 0);
    if (!*bare) {
        return "it is empty";
    }
    if (globs->count >= STACKS_GLOBS_MAX) {
        return "more than 32 of them";
    }
    const char *fault = mf_glob_fault(bare);
    if (!fault) {
        globs->list[globs->count++] = glob;
    }
    return fault;
}

void stacks_destroy(struct stacks *stacks) {
    free(stacks->list);
    free(stacks->frames);
    free(stacks->places);
    free(stacks->sites);
    free(stacks->runtime);
    modules_destroy(&stacks->modules);
    *stacks = (struct stacks){0};
}
