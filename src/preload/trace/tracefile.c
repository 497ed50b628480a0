// SPDX-License-Identifier: MIT
// The file is opened anew for each chunk: a descriptor that stays would be seen by the
// program, closed by some, and its number would be missing to others. It is grown before
// it is mapped, for a page that the disk has no room for would kill the program.
#include "preload/trace/tracefile.h"

#include "preload/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/** How many names are tried for a process's file. */
#define NAMES_MAX 100
/** How many times a writer's chunks become twice as large. */
#define DOUBLINGS 4

/** Make a file that is not there yet, and remember which one it is. */
static int make(const char *path) {
    struct mf_sys_file file;
    int fd = mf_sys_create(path, 0666);
    if (fd >= 0 && mf_sys_look(fd, &file) == 0) {
        mf_recorder.device = file.device;
        mf_recorder.inode = file.inode;
    }
    return fd;
}

/** Make the process's file: as it was asked for, or with the process's id behind, or with
 * a number behind that. A descriptor or -errno. */
static int make_any(void) {
    char pid[MF_DIGITS], number[MF_DIGITS];
    const char *id = mf_decimal(pid, (uint64_t)mf_sys_pid());
    int fd = -EEXIST;
    for (unsigned i = 0; i < NAMES_MAX && fd == -EEXIST; i++) {
        strcpy(mf_recorder.path, mf_recorder.wanted);
        if (i > 0) {
            strcat(strcat(mf_recorder.path, "."), id);
        }
        if (i > 1) {
            strcat(strcat(mf_recorder.path, "."), mf_decimal(number, i));
        }
        fd = make(mf_recorder.path);
    }
    return fd;
}

/** Open the process's file again, if it still is the same. */
static int open_again(void) {
    struct mf_sys_file file;
    int fd = mf_sys_open(mf_recorder.path, true);
    if (fd >= 0 && (mf_sys_look(fd, &file) != 0 || file.device != mf_recorder.device ||
                    file.inode != mf_recorder.inode)) {
        mf_sys_close(fd);
        fd = -ENOENT;
    }
    return fd;
}

static struct mf_trace_moment moment(void) {
    return (struct mf_trace_moment){mf_ticks(), mf_sys_now()};
}

/** Write the head of a new file. */
static void describe(struct mf_trace_head *head) {
    head->begin = moment();
    head->began_ns = mf_sys_now_real();
    head->version = MF_TRACE_VERSION;
    head->flags = mf_recorder.with_stacks ? MF_TRACE_HAS_STACKS : 0;
    head->pid = mf_sys_pid();
    head->parent = mf_sys_parent();
    mf_sys_image(head->image, sizeof(head->image));
    int fd = mf_sys_open("/proc/self/cmdline", false);
    if (fd >= 0) {
        long got = mf_sys_read(fd, head->command, sizeof(head->command));
        head->command_length = got > 0 ? (uint32_t)got : 0;
        mf_sys_close(fd);
    }
    atomic_store(&head->used, MF_TRACE_UNIT);
    head->ready = moment();
    atomic_store_explicit(&head->magic, MF_TRACE_MAGIC, memory_order_release);
}

bool mf_tracefile_open(void) {
    int fd = make_any();
    if (fd < 0) {
        return false;
    }
    struct mf_trace_head *head = NULL;
    if (mf_sys_grow(fd, 0, MF_TRACE_UNIT) == 0) {
        head = mf_sys_map_shared(fd, 0, MF_TRACE_UNIT);
    }
    mf_sys_close(fd);
    if (head) {
        describe(head);
        mf_recorder.head = head;
    }
    return head;
}

/** Reserve and map a stretch of the file. */
static void *map(uint64_t offset, uint64_t size) {
    int fd = open_again();
    void *at = NULL;
    if (fd >= 0 && mf_sys_grow(fd, offset, size) == 0) {
        at = mf_sys_map_shared(fd, offset, size);
    }
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    return at;
}

struct mf_trace_chunk *mf_tracefile_extend(struct mf_writer *writer,
                                           enum mf_trace_content content, uint64_t size) {
    struct mf_trace_chunk **place =
        content == MF_TRACE_EVENTS ? &writer->events : &writer->definitions;
    uint32_t sequence = writer->sequence[content];
    if (mf_is_shut_in()) {
        return NULL;
    }
    size = size ? size : MF_TRACE_UNIT << (sequence < DOUBLINGS ? sequence : DOUBLINGS);
    uint64_t offset =
        atomic_fetch_add_explicit(&mf_recorder.head->used, size, memory_order_relaxed);
    struct mf_trace_chunk *chunk = map(offset, size);
    if (!chunk) {
        return NULL;
    }
    if (*place) {
        mf_sys_unmap(*place, (*place)->size);
    }
    *place = chunk;
    writer->sequence[content]++;
    chunk->content = content;
    chunk->stream = (uint32_t)(writer - mf_recorder.writers);
    chunk->sequence = sequence;
    chunk->size = size;
    chunk->begin = moment();
    return chunk;
}
