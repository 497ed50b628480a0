// SPDX-License-Identifier: MIT
// Moving takes as long as some 40 children do that have all the small pages. Nobody knows how
// many children are to come, so it is done when as many have been: at worst everything takes
// twice as long as it could have. Where cloning is dear again, because the program has grown,
// it is done again after twice as many.
//
// A child that writes to a large page splits its own mapping of it and copies 4096 bytes as
// before; the target, whose large page it stays, needs no new one.
#include "preload/explore/large_pages.h"

#include "preload/base/state.h"
#include "preload/explore/exploration.h"
#include "preload/stack/maps.h"

#include <errno.h>
#include <string.h>

/** What makes a clone dear: memory of 100 MB and more. */
#define DEAR_NS  2000000
#define DEAR_MIN 40
/** A mapping is searched only where so large a part of it is there: a sanitizer's shadow has
 * terabytes. */
#define PART_MIN 64

#define LARGE_PAGE  ((uintptr_t)2 << 20)
#define SMALL_PAGE  ((uintptr_t)4096)
#define LARGE_PAGES "/sys/kernel/mm/transparent_hugepage/"
/** MADV_COLLAPSE of Linux 6.1; older headers lack it. */
#define COLLAPSE 25

/** So many entries of /proc/self/pagemap are read at once. */
#define ENTRIES 128
/** What an entry says: the page is there, and in no other process. */
#define OWN (UINT64_C(1) << 63 | UINT64_C(1) << 56)

static bool says(const char *file, const char *what) {
    char text[64];
    int fd = mf_sys_open(file, false);
    long length = fd < 0 ? 0 : mf_sys_read(fd, text, sizeof(text) - 1);
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
    return strstr(text, what);
}

/** Whether there are large pages of the size we know, and they are not switched off. */
static bool has_large_pages(void) {
    return says(LARGE_PAGES "hpage_pmd_size", "2097152\n") &&
           !says(LARGE_PAGES "enabled", "[never]");
}

/** Whether all small pages are there whose place a large one would take. What was only read
 * so far is not: all of it is one page of zeros. */
static bool is_whole(int pagemap, uintptr_t start) {
    uint64_t entries[ENTRIES];
    bool whole = mf_sys_seek(pagemap, (long)(start / SMALL_PAGE * sizeof(*entries))) >= 0;
    for (uintptr_t at = 0; whole && at < LARGE_PAGE; at += ENTRIES * SMALL_PAGE) {
        whole = mf_sys_read(pagemap, entries, sizeof(entries)) == sizeof(entries);
        for (int i = 0; whole && i < ENTRIES; i++) {
            whole = (entries[i] & OWN) == OWN;
        }
    }
    return whole;
}

/** Move what can be moved of one mapping; whether there is room for large pages. */
static bool move(int pagemap, const struct mf_maps_line *line) {
    uintptr_t at = (line->start + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    bool room = true;
    for (; room && at < line->end && line->end - at >= LARGE_PAGE; at += LARGE_PAGE) {
        if (is_whole(pagemap, at)) {
            long fault = mf_sys_madvise((void *)at, LARGE_PAGE, COLLAPSE);
            // What is short: the machine's memory, or what a control group may have.
            room = fault != -ENOMEM && fault != -EBUSY;
            mf_exploration.desk->explore.moved += fault == 0 ? LARGE_PAGE : 0;
        }
    }
    return room;
}

/** How much of a mapping is there, by its line in smaps: "   1234 kB". */
static uint64_t resident(const char *text) {
    uint64_t kilobytes = 0;
    for (; text && *text && *text != 'k'; text++) {
        kilobytes = *text == ' ' ? kilobytes : 10 * kilobytes + (uint64_t)(*text - '0');
    }
    return kilobytes << 10;
}

/** Whether a mapping's flags leave it where it is: locked, or not to be forked. */
static bool is_fixed(const char *flags) {
    return strstr(flags, " lo") || strstr(flags, " dc") || strstr(flags, " wf");
}

static void move_all(int pagemap) {
    struct mf_maps maps;
    struct mf_maps_line line;
    bool more = mf_maps_open_details(&maps);
    if (!more) {
        return;
    }
    while (more && mf_maps_next(&maps, &line)) {
        bool own = line.writable && !line.shared && (!line.path || line.path[0] == '[');
        uint64_t there = resident(mf_maps_detail(&maps, "Rss:"));
        const char *flags = mf_maps_detail(&maps, "VmFlags:");
        bool fits = own && there >= (line.end - line.start) / PART_MIN;
        more = flags && (!fits || is_fixed(flags) || move(pagemap, &line));
    }
    mf_maps_close(&maps);
}

/** Move the memory. No time counts meanwhile: the target does not run. */
static void take(void) {
    int pagemap = mf_sys_open("/proc/self/pagemap", false);
    if (pagemap >= 0) {
        atomic_store(&mf_exploration.desk->explore.moving, 1);
        atomic_store(&mf_exploration.desk->explore.moved, 0);
        move_all(pagemap);
        atomic_store(&mf_exploration.desk->explore.moving, 0);
        mf_sys_close(pagemap);
    }
}

/** Whether so many dear clones make it time: 40, 80, 160, and so on. */
static bool is_due(uint32_t dear) {
    uint32_t times = dear / DEAR_MIN;
    return times && dear % DEAR_MIN == 0 && (times & (times - 1)) == 0;
}

void mf_large_pages_consider(const struct mf_child *child) {
    bool many = mf_exploration.points_count - child->point > DEAR_MIN;
    if (child->fork_ns >= DEAR_NS && is_due(++mf_exploration.dear) && many &&
        has_large_pages()) {
        take();
    }
}
