// SPDX-License-Identifier: MIT
// They are looked at twice. One that waits both times and has used no processor in between
// has waited all the time. So when the second look begins all of them wait at once, and
// nobody is left to wake them but the thread that looks.
#include "preload/explore/threads.h"

#include "preload/base/sys.h"
#include "preload/explore/numbers.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

/** With more threads than these none is looked at. */
#define OTHERS_MAX 64
/** Room for the name of a thread's file. */
#define NAME_MAX_TASK 64

struct others {
    int own, count;
    int tids[OTHERS_MAX];
    /** What each has used of a processor, in ns. */
    uint64_t used[OTHERS_MAX];
};

/** Whether there are other threads than this one. */
static bool has_others(void) {
    // A folder's links: itself, its parent, and its subfolders.
    struct mf_sys_file tasks;
    return mf_sys_look_at("/proc/self/task", &tasks) != 0 || tasks.links != 3;
}

static bool take(int tid, int folder, void *context) {
    struct others *others = context;
    (void)folder;
    if (tid != others->own && others->count < OTHERS_MAX) {
        others->tids[others->count] = tid;
    }
    others->count += tid != others->own;
    return true;
}

/** Read what a file of a thread says; its length. */
static long read_of(int tid, const char *file, char *text, size_t size) {
    char name[NAME_MAX_TASK] = "/proc/self/task/", digits[MF_DIGITS];
    strcat(strcat(name, mf_decimal(digits, (uint64_t)tid)), file);
    int fd = mf_sys_open(name, false);
    long length = fd < 0 ? 0 : mf_sys_read(fd, text, size);
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    return length;
}

/** Read a number, decimal or hexadecimal behind "0x", and the space behind it. */
static uint64_t next_number(const char **at, const char *end) {
    uint64_t value = 0, base = 10;
    for (; *at < end && **at != ' ' && **at != '\n'; ++*at) {
        char digit = **at;
        if (digit == 'x') {
            base = 16;
        } else {
            value =
                value * base + (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
    }
    *at += *at < end;
    return value;
}

/** Whether a thread stands in a wait of futex(2) that no other process and no clock ends:
 * the call's number, and its arguments. */
static bool waits(int tid) {
    char text[256];
    uint64_t call[5] = {0};
    long length = read_of(tid, "/syscall", text, sizeof(text));
    if (length <= 0 || text[0] < '0' || text[0] > '9') {
        return false;
    }
    const char *at = text;
    for (int i = 0; i < 5; i++) {
        call[i] = next_number(&at, text + length);
    }
    uint32_t command = (uint32_t)call[2] & ~(uint32_t)FUTEX_CLOCK_REALTIME;
    return call[0] == SYS_futex && call[4] == 0 &&
           (command == FUTEX_WAIT_PRIVATE || command == FUTEX_WAIT_BITSET_PRIVATE);
}

/** Whether a thread has no child, which could work in the same memory. */
static bool is_childless(int tid) {
    char first;
    return read_of(tid, "/children", &first, 1) == 0;
}

/** Whether all wait, and what they have used till then. */
static bool all_wait(struct others *others) {
    for (int i = 0; i < others->count; i++) {
        others->used[i] = mf_sys_used(others->tids[i]);
        if (!others->used[i] || !waits(others->tids[i])) {
            return false;
        }
    }
    return true;
}

/** Whether they still wait, and have done nothing else. */
static bool all_still_wait(const struct others *others) {
    for (int i = 0; i < others->count; i++) {
        int tid = others->tids[i];
        if (!waits(tid) || mf_sys_used(tid) != others->used[i] || !is_childless(tid)) {
            return false;
        }
    }
    return true;
}

enum mf_threads mf_threads_look(void) {
    if (!has_others()) {
        return MF_THREADS_NONE;
    }
    struct others others = {.own = mf_sys_tid()}, again = {.own = others.own};
    bool wait =
        others.own == mf_sys_pid() && mf_numbers_each("/proc/self/task", take, &others) &&
        others.count <= OTHERS_MAX && all_wait(&others) &&
        mf_numbers_each("/proc/self/task", take, &again) && again.count == others.count &&
        memcmp(again.tids, others.tids, sizeof(others.tids)) == 0 &&
        all_still_wait(&others);
    return wait ? MF_THREADS_WAIT : MF_THREADS_RUN;
}
