// SPDX-License-Identifier: MIT
#include "preload/explore/sharing.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/stack/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

struct mf_sharing mf_sharing;

void mf_sharing_map(int protection, int flags, int fd) {
    if ((flags & MAP_TYPE) == MAP_PRIVATE) {
        return;
    }
    bool fixed =
        !(flags & MAP_ANONYMOUS) && (mf_sys_open_flags(fd) & O_ACCMODE) == O_RDONLY;
    if (!(protection & PROT_WRITE) && !fixed) {
        atomic_store_explicit(&mf_sharing.latent, 1, memory_order_relaxed);
    }
}

static bool holds(const struct mf_maps_line *line, const void *address) {
    return (uintptr_t)address - line->start < line->end - line->start;
}

static bool is_ours(const struct mf_maps_line *line) {
    return holds(line, mf.head) || holds(line, mf_exploration.ids) ||
           holds(line, mf_exploration.points);
}

/** What the kernel is asked about mappings, and answers; as <linux/fs.h> has it since
 * Linux 6.11. */
struct query {
    uint64_t size, flags, address;
    uint64_t start, end, its_flags, page_size, offset, inode;
    uint32_t device_major, device_minor;
    uint32_t name_size, build_id_size;
    uint64_t name, build_id;
};

#define QUERY          _IOWR('f', 17, struct query)
#define QUERY_WRITABLE UINT64_C(0x02)
#define QUERY_SHARED   UINT64_C(0x08)
#define QUERY_OR_NEXT  UINT64_C(0x10)

/** Ask the kernel for writable shared mappings; -1 where it does not know the question. */
static int ask(int fd) {
    struct query query = {
        .size = sizeof(query),
        .flags = QUERY_WRITABLE | QUERY_SHARED | QUERY_OR_NEXT,
    };
    for (;;) {
        long fault = mf_sys_control(fd, QUERY, &query);
        if (fault) {
            return fault == -ENOENT ? 0 : -1;
        }
        const struct mf_maps_line line = {.start = query.start, .end = query.end};
        if (!is_ours(&line)) {
            return 1;
        }
        query.address = query.end;
    }
}

/** Look for mappings of others; true, too, where that cannot be told. */
static bool scan(void) {
    struct mf_maps maps;
    struct mf_maps_line line;
    if (!mf_maps_open(&maps)) {
        return true;
    }
    int answer = ask(maps.fd);
    bool found = answer > 0;
    while (answer < 0 && !found && mf_maps_next(&maps, &line)) {
        found = line.shared && line.writable && !is_ours(&line);
    }
    mf_maps_close(&maps);
    return found;
}

bool mf_sharing_found(void) {
    return atomic_load_explicit(&mf_sharing.latent, memory_order_relaxed) || scan();
}
