// SPDX-License-Identifier: MIT
#include "preload/explore/sharing.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/stack/maps.h"

#include <fcntl.h>
#include <sys/mman.h>

struct mf_sharing mf_sharing;

void mf_sharing_map(int protection, int flags, int fd) {
    if ((flags & MAP_TYPE) == MAP_PRIVATE) {
        return;
    }
    atomic_store_explicit(&mf_sharing.none, 0, memory_order_relaxed);
    bool fixed =
        !(flags & MAP_ANONYMOUS) && (mf_sys_open_flags(fd) & O_ACCMODE) == O_RDONLY;
    if (!(protection & PROT_WRITE) && !fixed) {
        atomic_store_explicit(&mf_sharing.latent, 1, memory_order_relaxed);
    }
}

void mf_sharing_attach(void) {
    atomic_store_explicit(&mf_sharing.none, 0, memory_order_relaxed);
}

static bool holds(const struct mf_maps_line *line, const void *address) {
    return (uintptr_t)address - line->start < line->end - line->start;
}

static bool is_ours(const struct mf_maps_line *line) {
    return holds(line, mf.head) || holds(line, mf_exploration.ids) ||
           holds(line, mf_exploration.points);
}

/** Look for mappings of others; true, too, where that cannot be told. */
static bool scan(void) {
    struct mf_maps maps;
    struct mf_maps_line line;
    if (!mf_maps_open(&maps)) {
        return true;
    }
    bool found = false;
    while (!found && mf_maps_next(&maps, &line)) {
        found = line.shared && line.writable && !is_ours(&line);
    }
    mf_maps_close(&maps);
    return found;
}

bool mf_sharing_found(void) {
    if (atomic_load_explicit(&mf_sharing.latent, memory_order_relaxed)) {
        return true;
    }
    if (!atomic_load_explicit(&mf_sharing.none, memory_order_relaxed)) {
        atomic_store_explicit(&mf_sharing.none, !scan(), memory_order_relaxed);
    }
    return !atomic_load_explicit(&mf_sharing.none, memory_order_relaxed);
}
