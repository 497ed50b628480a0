// SPDX-License-Identifier: MIT
#include "preload/explore/descriptors.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/** So many numbers are tried one by one before the kernel is asked for a list. */
#define DENSE_MAX 64

/** Whether sharing a device file does no harm: null, zero, full, random, urandom. */
static bool is_harmless(uint64_t device) {
    return device == 0x103 || device == 0x105 || device == 0x107 || device == 0x108 ||
           device == 0x109;
}

/** Which capture of the target's own a file is; -1 = none. */
static int capture_of(const struct mf_sys_file *file) {
    const struct mf_explore *explore = &mf.head->explore;
    for (int i = 0; i < 2; i++) {
        if (explore->own_inode[i] == file->inode &&
            explore->own_device[i] == file->device) {
            return i;
        }
    }
    return -1;
}

/** Whether a descriptor can be shared as it is: what can only be written to, for the
 * barrier lets the child write to its own output only. */
static bool can_share(int fd, const struct mf_sys_file *file, long flags) {
    return fd > 2 && (flags & O_ACCMODE) == O_WRONLY &&
           (file->kind == S_IFIFO || file->kind == S_IFCHR);
}

/** Whether an open file can be opened anew, and is no output that is not captured. */
static bool can_part(int fd, const struct mf_sys_file *file, long flags) {
    bool output = (fd == 1 || fd == 2) && (flags & O_ACCMODE) != O_RDONLY;
    return file->kind == S_IFDIR || (file->kind == S_IFREG && !output);
}

/** Take note of one open descriptor; whether a child can have it. */
static bool add(struct mf_descriptors *list, int fd, const struct mf_sys_file *file) {
    if (file->kind == S_IFCHR && is_harmless(file->stands_for)) {
        return true;
    }
    int capture = capture_of(file);
    long flags = mf_sys_open_flags(fd);
    list->writable |= capture < 0 && (flags & O_ACCMODE) != O_RDONLY;
    list->changeable |= capture < 0 && (flags & O_ACCMODE) == O_RDWR;
    if (flags >= 0 && ((flags & O_PATH) || can_share(fd, file, flags))) {
        return true;
    }
    if (flags < 0 || list->count == MF_DESCRIPTORS_MAX ||
        (capture < 0 && !can_part(fd, file, flags))) {
        return false;
    }
    struct mf_descriptor *entry = &list->entries[list->count++];
    entry->fd = fd;
    entry->kind = capture >= 0 ? (uint32_t)capture : MF_DESCRIPTOR_FILE;
    entry->open_flags = (int32_t)flags;
    entry->fd_flags = mf_sys_fd_flags(fd) & FD_CLOEXEC ? O_CLOEXEC : 0;
    entry->offset = capture >= 0 ? 0 : mf_sys_offset(fd);
    if (capture >= 0 && file->kind == S_IFREG) {
        list->written[capture] = file->size;
    }
    return true;
}

/** Forget what was listed, for another way to list it. */
static void begin(struct mf_descriptors *list) {
    list->count = 0;
    list->writable = list->changeable = false;
    memset(list->written, 0, sizeof(list->written));
}

/** Remember an open number for the next time. */
static void know(struct mf_descriptors *list, int fd) {
    if (list->known_count < MF_DESCRIPTORS_MAX) {
        list->known[list->known_count] = fd;
    }
    list->known_count++;
}

/** Take the numbers of the last time: if all are open, and no more, there are no others.
 */
static bool add_known(struct mf_descriptors *list, uint64_t open, bool *all) {
    begin(list);
    *all = open == list->known_count && open <= MF_DESCRIPTORS_MAX;
    for (uint64_t i = 0; i < open && *all; i++) {
        struct mf_sys_file file;
        *all = mf_sys_look(list->known[i], &file) == 0;
        if (*all && !add(list, list->known[i], &file)) {
            return false;
        }
    }
    return true;
}

/** Take the numbers from 0 on until as many are found as are open. */
static bool add_dense(struct mf_descriptors *list, uint64_t open, bool *all) {
    begin(list);
    list->known_count = 0;
    for (int fd = 0; fd < DENSE_MAX && list->known_count < open; fd++) {
        struct mf_sys_file file;
        if (mf_sys_look(fd, &file) != 0) {
            continue;
        }
        know(list, fd);
        if (!add(list, fd, &file)) {
            return false;
        }
    }
    *all = list->known_count == open;
    return true;
}

/** What getdents64(2) writes. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/** A descriptor's number by its name; -1 for "." and "..". */
static int number(const char *name) {
    int value = name[0] == '.' ? -1 : 0;
    for (; value >= 0 && *name; name++) {
        value = value * 10 + (*name - '0');
    }
    return value;
}

/** Take the descriptors that a piece of the kernel's list names. */
static bool add_entries(struct mf_descriptors *list, const char *at, const char *end,
                        int folder) {
    while (at < end) {
        const struct entry *entry = (const void *)at;
        int fd = number(entry->name);
        struct mf_sys_file file;
        at += entry->length;
        if (fd < 0 || fd == folder || mf_sys_look(fd, &file) != 0) {
            continue;
        }
        know(list, fd);
        if (!add(list, fd, &file)) {
            return false;
        }
    }
    return true;
}

/** Take what the kernel lists. */
static bool add_listed(struct mf_descriptors *list) {
    int folder = mf_sys_open_as("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return false;
    }
    _Alignas(struct entry) char piece[2048];
    long got;
    bool fine = true;
    begin(list);
    list->known_count = 0;
    while (fine && (got = mf_sys_list(folder, piece, sizeof(piece))) != 0) {
        fine = got > 0 && add_entries(list, piece, piece + got, folder);
    }
    mf_sys_close(folder);
    return fine;
}

bool mf_descriptors_list(struct mf_descriptors *list) {
    // Since Linux 6.2 this size tells how many descriptors are open.
    struct mf_sys_file folder;
    uint64_t open = mf_sys_look_at("/proc/self/fd", &folder) == 0 ? folder.size : 0;
    bool all = false;
    if (open > 0 && !add_known(list, open, &all)) {
        return false;
    }
    if (open > 0 && !all && !add_dense(list, open, &all)) {
        return false;
    }
    return all || add_listed(list);
}

/** The name under which the kernel shows a descriptor of a process. */
static const char *name_of(char name[64], int32_t pid, int32_t fd) {
    char digits[MF_DIGITS];
    strcpy(name, "/proc/");
    strcat(name, pid ? mf_decimal(digits, (uint64_t)pid) : "self");
    strcat(name, "/fd/");
    strcat(name, mf_decimal(digits, (uint64_t)fd));
    return name;
}

/** Put a freshly opened file in a descriptor's place. */
static bool replace(const struct mf_descriptor *entry, int fresh) {
    bool done = fresh >= 0 && mf_sys_dup(fresh, entry->fd, entry->fd_flags) >= 0;
    if (fresh >= 0) {
        mf_sys_close(fresh);
    }
    return done;
}

static bool reopen(const struct mf_descriptor *entry) {
    char name[64];
    // What says how a path is looked up has no place in a second look-up.
    int flags = (entry->open_flags & ~(O_NOFOLLOW | O_TMPFILE)) | O_CLOEXEC;
    int fresh = mf_sys_open_as(name_of(name, 0, entry->fd), flags);
    bool placed = fresh < 0 || entry->offset <= 0 ||
                  mf_sys_seek(fresh, entry->offset) == entry->offset;
    return replace(entry, fresh) && placed;
}

static bool recapture(const struct mf_descriptor *entry, int32_t runner,
                      const int32_t capture[2]) {
    char name[64];
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY;
    return replace(entry,
                   mf_sys_open_as(name_of(name, runner, capture[entry->kind]), flags));
}

bool mf_descriptors_part(const struct mf_descriptors *list, int32_t runner,
                         const int32_t capture[2]) {
    for (uint32_t i = 0; i < list->count; i++) {
        const struct mf_descriptor *entry = &list->entries[i];
        bool done = entry->kind == MF_DESCRIPTOR_FILE ? reopen(entry)
                                                      : recapture(entry, runner, capture);
        if (!done) {
            return false;
        }
    }
    return true;
}
