// SPDX-License-Identifier: MIT
#include "preload/explore/numbers.h"

#include "preload/base/sys.h"

#include <fcntl.h>

/** What getdents64(2) writes. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/** The number that a name is; -1 for "." and "..". */
static int number(const char *name) {
    int value = name[0] == '.' ? -1 : 0;
    for (; value >= 0 && *name; name++) {
        value = value * 10 + (*name - '0');
    }
    return value;
}

bool mf_numbers_each(const char *path,
                     bool (*take)(int number, int folder, void *context), void *context) {
    _Alignas(struct entry) char piece[2048];
    int folder = mf_sys_open_as(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long got = folder;
    bool wanted = folder >= 0;
    while (wanted && (got = mf_sys_list(folder, piece, sizeof(piece))) > 0) {
        for (const char *at = piece; wanted && at < piece + got;) {
            const struct entry *entry = (const void *)at;
            int value = number(entry->name);
            at += entry->length;
            wanted = value < 0 || take(value, folder, context);
        }
    }
    if (folder >= 0) {
        mf_sys_close(folder);
    }
    return got >= 0;
}
