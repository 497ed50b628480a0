// SPDX-License-Identifier: MIT
#include "runner/target/procfile.h"

#include "runner/util/clock.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/** So many threads of a process are looked at. */
#define THREADS_MAX 64
/** The most that is read of a file of strings. */
#define STRINGS_MAX (1 << 20)

size_t procfile_read(pid_t pid, const char *file, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/** A process's status as proc(5) has it; where a field's value begins, NULL for none. */
static const char *find_status(pid_t pid, const char *field, char *text, size_t size) {
    procfile_read(pid, "status", text, size);
    const char *line = strstr(text, field);
    return line ? line + strlen(field) : NULL;
}

pid_t procfile_process_of(pid_t tid) {
    char text[1024];
    const char *value = find_status(tid, "\nTgid:", text, sizeof(text));
    long pid = value ? strtol(value, NULL, 10) : 0;
    return pid > 0 ? (pid_t)pid : tid;
}

pid_t procfile_parent(pid_t pid) {
    char text[1024];
    const char *value = find_status(pid, "\nPPid:\t", text, sizeof(text));
    return value ? (pid_t)strtol(value, NULL, 10) : 0;
}

bool procfile_runs(pid_t pid) {
    char text[1024];
    const char *value = find_status(pid, "\nState:\t", text, sizeof(text));
    return value && !strchr("ZXx", *value);
}

bool procfile_is_idle(pid_t tid) {
    char text[1024];
    const char *value = find_status(tid, "\nState:\t", text, sizeof(text));
    return value && strchr("SD", *value);
}

/** Whether a mask of a thread's status has a signal. */
static bool has_signal(pid_t tid, const char *field, int signal) {
    char text[4096];
    const char *value = find_status(tid, field, text, sizeof(text));
    return value && signal > 0 && signal <= 64 &&
           (strtoull(value, NULL, 16) >> (signal - 1) & 1);
}

bool procfile_takes_signal(pid_t tid, int signal) {
    return has_signal(tid, "\nSigCgt:\t", signal) ||
           has_signal(tid, "\nSigBlk:\t", signal);
}

bool procfile_ignores_signal(pid_t tid, int signal) {
    return has_signal(tid, "\nSigIgn:\t", signal);
}

bool procfile_leaves_signal(pid_t tid, int signal) {
    return !procfile_takes_signal(tid, signal) && !procfile_ignores_signal(tid, signal);
}

struct procfile_share procfile_share(pid_t tid) {
    struct procfile_share share = {.tid = tid};
    char text[128];
    procfile_read(tid, "schedstat", text, sizeof(text));
    char *behind_run_time;
    share.ran_ns = strtoull(text, &behind_run_time, 10);
    share.waited_ns = strtoull(behind_run_time, NULL, 10);
    return share;
}

/** Whether a file is named as loaders are: ld-linux-x86-64.so.2, ld-2.31.so, ld.so.1. */
static bool is_loader(const char *path) {
    const char *name = path_base(path);
    return (strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0) &&
           strstr(name, ".so");
}

/** Whether the next word is an option's value. */
static bool has_value(const char *option) {
    static const char *const options[] = {
        "--library-path",         "--preload",           "--audit",        "--argv0",
        "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask", "--inhibit-rpath"};
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(option, options[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** Find the program that a process of the loader was told to run, as in "ld.so ./program": for
 * the kernel it is the loader. */
static void find_loaded(pid_t pid, char *path, size_t size) {
    size_t length = 0, at = 0;
    char *words = is_loader(path) ? procfile_strings(pid, "cmdline", &length) : NULL;
    at += words ? strlen(words) + 1 : 0;
    while (words && at < length && strncmp(words + at, "--", 2) == 0) {
        bool more = has_value(words + at);
        at += strlen(words + at) + 1;
        at += more && at < length ? strlen(words + at) + 1 : 0;
    }
    if (words && at < length) {
        snprintf(path, size, "%s", words + at);
    }
    free(words);
}

void procfile_image(pid_t pid, char *name, size_t size) {
    char path[64], target[4096];
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    target[length > 0 ? length : 0] = '\0';
    find_loaded(pid, target, sizeof(target));
    snprintf(name, size, "%s", path_base(target));
    printable_fix(name);
}

void procfile_thread_name(pid_t pid, pid_t tid, char name[16]) {
    char file[32], text[32];
    snprintf(file, sizeof(file), "task/%d/comm", (int)tid);
    procfile_read(pid, file, text, sizeof(text));
    text[strcspn(text, "\n")] = '\0';
    snprintf(name, 16, "%.15s", text);
    printable_fix(name);
}

size_t procfile_threads(pid_t pid, pid_t *tids, size_t room) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    size_t count = 0;
    for (struct dirent *entry; folder && count < room && (entry = readdir(folder));) {
        long tid = strtol(entry->d_name, NULL, 10);
        if (tid > 0) {
            tids[count++] = (pid_t)tid;
        }
    }
    if (folder) {
        closedir(folder);
    }
    return count;
}

bool procfile_is_stuck(pid_t tid) {
    char text[256];
    procfile_read(tid, "syscall", text, sizeof(text));
    if (strncmp(text, "running", strlen("running")) == 0) {
        return true;
    }
    // The call's number, the address of the word, the operation.
    char *at, *end;
    long number = strtol(text, &at, 10);
    strtoul(at, &at, 16);
    unsigned long operation = strtoul(at, &end, 16);
    // Conditions and semaphores are waited for by FUTEX_WAIT_BITSET.
    return end > at && number == SYS_futex && (operation & FUTEX_CMD_MASK) == FUTEX_WAIT;
}

struct procfile_share procfile_longest_wait(pid_t pid) {
    pid_t tids[THREADS_MAX];
    size_t count = procfile_threads(pid, tids, THREADS_MAX);
    struct procfile_share longest = {.tid = 0};
    for (size_t i = 0; i < count; i++) {
        struct procfile_share share = procfile_share(tids[i]);
        longest = i == 0 || share.waited_ns > longest.waited_ns ? share : longest;
    }
    return longest;
}

uint64_t procfile_start(pid_t pid) {
    char text[1024];
    const char *field =
        procfile_read(pid, "stat", text, sizeof(text)) ? strrchr(text, ')') : NULL;
    // The 22nd field; the name is the second.
    for (int i = 2; i < 22 && field; i++) {
        field = strchr(field + 1, ' ');
    }
    uint64_t tick = CLOCK_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
    return field ? strtoull(field, NULL, 10) * tick : 0;
}

uint64_t procfile_age(pid_t pid) {
    struct timespec now;
    uint64_t since = procfile_start(pid);
    if (since == 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    uint64_t now_ns = (uint64_t)now.tv_sec * CLOCK_SECOND + (uint64_t)now.tv_nsec;
    return now_ns > since ? now_ns - since : 0;
}

char *procfile_strings(pid_t pid, const char *file, size_t *size) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t room = 4096, used = 0;
    char *text = fd < 0 ? NULL : malloc(room + 2);
    ssize_t got = 1;
    while (text && got > 0 && used < STRINGS_MAX) {
        if (used == room) {
            room *= 2;
            char *grown = realloc(text, room + 2);
            if (!grown) {
                free(text);
            }
            text = grown;
        }
        got = text ? read(fd, text + used, room - used) : 0;
        used += got > 0 ? (size_t)got : 0;
    }
    if (text) {
        text[used] = text[used + 1] = '\0';
    }
    if (fd >= 0) {
        close(fd);
    }
    *size = used;
    return text;
}
