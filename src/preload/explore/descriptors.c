// SPDX-License-Identifier: MIT
#include "preload/explore/descriptors.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/numbers.h"

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

/** Whether a file is a capture of the target's own stdout or stderr; its size is noted. */
static bool note_capture(struct mf_descriptors *list, const struct mf_sys_file *file) {
    const struct mf_explore *explore = &mf.head->explore;
    for (int i = 0; i < 2; i++) {
        if (explore->own_inode[i] == file->inode &&
            explore->own_device[i] == file->device) {
            list->written[i] = file->size;
            return true;
        }
    }
    return false;
}

/** Whether a file is one of /proc: what a child reads there is about itself. */
static bool is_of_proc(struct mf_descriptors *list, const struct mf_sys_file *file) {
    struct mf_sys_file proc;
    if (!list->proc_device && mf_sys_look_at("/proc/self/stat", &proc) == 0) {
        list->proc_device = proc.device;
    }
    return list->proc_device && file->device == list->proc_device;
}

/** Take note of one open descriptor; MF_POINT_HELD where a child can have it. */
static enum mf_point_state add(struct mf_descriptors *list, int fd,
                               const struct mf_sys_file *file) {
    if (file->kind == S_IFCHR && is_harmless(file->stands_for)) {
        return MF_POINT_HELD;
    }
    bool capture = note_capture(list, file);
    long flags = mf_sys_open_flags(fd);
    if (flags < 0 || (!capture && is_of_proc(list, file))) {
        return flags < 0 ? MF_POINT_DESCRIPTORS : MF_POINT_PROC;
    }
    bool written = (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
    // The barrier lets a child write to these two, whatever they are; children of a suite
    // get others.
    if ((fd == 1 || fd == 2) && mf_exploration.suite) {
        return MF_POINT_HELD;
    }
    if ((fd == 1 || fd == 2) && written && !capture) {
        return MF_POINT_DESCRIPTORS;
    }
    list->writable |= written && !capture;
    list->changeable |= (flags & O_ACCMODE) == O_RDWR && !capture;
    if (file->kind != S_IFREG && file->kind != S_IFDIR) {
        list->consumable |= (flags & O_ACCMODE) != O_WRONLY && !(flags & O_PATH);
        return MF_POINT_HELD;
    }
    if (list->count == MF_DESCRIPTORS_MAX) {
        return MF_POINT_DESCRIPTORS;
    }
    list->entries[list->count++] = (struct mf_descriptor){fd, mf_sys_offset(fd)};
    return MF_POINT_HELD;
}

/** Forget what was listed, for another way to list it. */
static void begin(struct mf_descriptors *list) {
    list->count = 0;
    list->writable = list->changeable = list->consumable = false;
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
static enum mf_point_state add_known(struct mf_descriptors *list, uint64_t open,
                                     bool *all) {
    enum mf_point_state state = MF_POINT_HELD;
    begin(list);
    *all = open == list->known_count && open <= MF_DESCRIPTORS_MAX;
    for (uint64_t i = 0; i < open && *all && state == MF_POINT_HELD; i++) {
        struct mf_sys_file file;
        *all = mf_sys_look(list->known[i], &file) == 0;
        if (*all) {
            state = add(list, list->known[i], &file);
        }
    }
    return state;
}

/** Take the numbers from 0 on until as many are found as are open. */
static enum mf_point_state add_dense(struct mf_descriptors *list, uint64_t open,
                                     bool *all) {
    enum mf_point_state state = MF_POINT_HELD;
    begin(list);
    list->known_count = 0;
    for (int fd = 0; fd < DENSE_MAX && list->known_count < open && state == MF_POINT_HELD;
         fd++) {
        struct mf_sys_file file;
        if (mf_sys_look(fd, &file) == 0) {
            know(list, fd);
            state = add(list, fd, &file);
        }
    }
    *all = list->known_count == open;
    return state;
}

/** What the kernel's list has come to. */
struct listing {
    struct mf_descriptors *list;
    enum mf_point_state state;
};

/** Take a descriptor that the kernel's list names. */
static bool add_named(int fd, int folder, void *context) {
    struct listing *listing = context;
    struct mf_sys_file file;
    if (fd != folder && mf_sys_look(fd, &file) == 0) {
        know(listing->list, fd);
        listing->state = add(listing->list, fd, &file);
    }
    return listing->state == MF_POINT_HELD;
}

/** Take what the kernel lists. */
static enum mf_point_state add_listed(struct mf_descriptors *list) {
    struct listing listing = {list, MF_POINT_HELD};
    begin(list);
    list->known_count = 0;
    return mf_numbers_each("/proc/self/fd", add_named, &listing) ? listing.state
                                                                 : MF_POINT_DESCRIPTORS;
}

enum mf_point_state mf_descriptors_list(struct mf_descriptors *list) {
    // Since Linux 6.2 this size tells how many descriptors are open.
    struct mf_sys_file folder;
    uint64_t open = mf_sys_look_at("/proc/self/fd", &folder) == 0 ? folder.size : 0;
    bool all = false;
    enum mf_point_state state = MF_POINT_HELD;
    if (open > 0) {
        state = add_known(list, open, &all);
    }
    if (open > 0 && !all && state == MF_POINT_HELD) {
        state = add_dense(list, open, &all);
    }
    return all || state != MF_POINT_HELD ? state : add_listed(list);
}

void mf_descriptors_rewind(const struct mf_descriptors *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        const struct mf_descriptor *entry = &list->entries[i];
        if (entry->offset >= 0 && mf_sys_offset(entry->fd) != entry->offset) {
            mf_sys_seek(entry->fd, entry->offset);
        }
    }
}
