// SPDX-License-Identifier: MIT
#include "preload/explore/sharing.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/stack/maps.h"

#include <errno.h>
#include <sys/ioctl.h>

static bool holds(const struct mf_maps_line *line, const void *address) {
    return (uintptr_t)address - line->start < line->end - line->start;
}

static bool is_ours(const struct mf_maps_line *line) {
    return holds(line, mf.head) || holds(line, mf_exploration.ids) ||
           holds(line, mf_exploration.points) || holds(line, mf_exploration.desk) ||
           holds(line, mf_exploration.stacks) || holds(line, mf_exploration.frames) ||
           holds(line, mf_exploration.suite);
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

/** Take one more mapping into account. */
static enum mf_sharing add(enum mf_sharing sharing, const struct mf_maps_line *line) {
    if (!line->shared || is_ours(line) || sharing == MF_SHARING_WRITABLE) {
        return sharing;
    }
    return line->writable ? MF_SHARING_WRITABLE : MF_SHARING_READABLE;
}

/** Ask the kernel for shared mappings; whether it knows the question. */
static bool ask(int fd, enum mf_sharing *sharing) {
    struct query query = {
        .size = sizeof(query),
        .flags = QUERY_SHARED | QUERY_OR_NEXT,
    };
    long fault = 0;
    while (*sharing != MF_SHARING_WRITABLE &&
           (fault = mf_sys_control(fd, QUERY, &query)) == 0) {
        const struct mf_maps_line line = {
            .start = query.start,
            .end = query.end,
            .shared = true,
            .writable = query.its_flags & QUERY_WRITABLE,
        };
        *sharing = add(*sharing, &line);
        query.address = query.end;
    }
    return !fault || fault == -ENOENT;
}

enum mf_sharing mf_sharing_look(void) {
    struct mf_maps maps;
    struct mf_maps_line line;
    enum mf_sharing sharing = MF_SHARING_NONE;
    if (!mf_maps_open(&maps)) {
        return MF_SHARING_WRITABLE;
    }
    if (!ask(maps.fd, &sharing)) {
        while (mf_maps_next(&maps, &line)) {
            sharing = add(sharing, &line);
        }
    }
    mf_maps_close(&maps);
    return sharing;
}
