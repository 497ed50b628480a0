// SPDX-License-Identifier: MIT
#include "runner/run/footprint.h"

#include "runner/util/highfd.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** What each run does that writes a file and ends. That a file was changed or removed is
 * not among it: another program may do so for as long as several runs take. */
#define EVENTS (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR)
/** How long others are watched for what they write, in ns. */
#define OTHERS_TIME 50000000
/** More names than that are as good as all. */
#define NAMES_MAX 4096

/** Watch a directory, if it is one. */
static void watch(struct footprint *footprint, const char *path) {
    int number = inotify_add_watch(footprint->fd, path, EVENTS);
    for (size_t i = 0; i < footprint->directory_count; i++) {
        if (number < 0 || footprint->directories[i].number == number) {
            return;
        }
    }
    void *grown =
        number < 0 ? NULL
                   : reallocarray(footprint->directories, footprint->directory_count + 1,
                                  sizeof(footprint->directories[0]));
    if (!grown) {
        return;
    }
    footprint->directories = grown;
    char *copy = strdup(path);
    if (copy) {
        footprint->directories[footprint->directory_count++] =
            (struct footprint_directory){number, copy};
    }
}

/** Watch the directory that an argument lies in, and the one that it is. */
static void watch_argument(struct footprint *footprint, const char *argument) {
    const char *slash = strrchr(argument, '/');
    watch(footprint, argument);
    char *directory =
        slash && slash > argument ? strndup(argument, (size_t)(slash - argument)) : NULL;
    if (directory) {
        watch(footprint, directory);
    }
    free(directory);
}

void footprint_begin(struct footprint *footprint, char *const *argv) {
    static const char *const places[] = {".", "/tmp", "/var/tmp", "/dev/shm"};
    *footprint = (struct footprint){.fd = -1};
    int fd = highfd_move(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (fd < 0) {
        return;
    }
    footprint->fd = fd;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        watch(footprint, places[i]);
    }
    static const char *const variables[] = {"TMPDIR", "HOME", "XDG_RUNTIME_DIR"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *path = getenv(variables[i]);
        if (path) {
            watch(footprint, path);
        }
    }
    for (int i = 0; argv[i]; i++) {
        watch_argument(footprint, argv[i]);
    }
}

static bool has(const struct footprint_names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** Take note of a name, which is taken over. */
static void add(struct footprint_names *names, char *name) {
    size_t count = names->count;
    if (!name || count == NAMES_MAX || has(names, name)) {
        free(name);
        return;
    }
    void *grown = reallocarray(names->list, count + 1, sizeof(name));
    if (!grown) {
        free(name);
        return;
    }
    names->list = grown;
    names->list[names->count++] = name;
}

/** Take note of a name, which is taken over, unless nothing written there stays. */
static void add_file(struct footprint_names *names, char *name) {
    struct stat file;
    bool stays = !name || stat(name, &file) != 0 ||
                 !(S_ISFIFO(file.st_mode) || S_ISCHR(file.st_mode));
    if (stays) {
        add(names, name);
    } else {
        free(name);
    }
}

/** Take note of what an event is about. */
static void add_event(const struct footprint *footprint, struct footprint_names *names,
                      const struct inotify_event *event) {
    for (size_t i = 0; event->len > 0 && i < footprint->directory_count; i++) {
        char *name = NULL;
        if (footprint->directories[i].number == event->wd) {
            const char *path = footprint->directories[i].path;
            int length = asprintf(&name, "%s/%s", path, event->name);
            add_file(names, length < 0 ? NULL : name);
        }
    }
}

void footprint_read(const struct footprint *footprint, struct footprint_names *names) {
    _Alignas(struct inotify_event) char events[16384];
    ssize_t got;
    int queued = 0;
    if (footprint->fd <= 0) {
        return;
    }
    // No more than there is now: somebody may write faster than this reads.
    ioctl(footprint->fd, FIONREAD, &queued);
    while (queued > 0 && (got = read(footprint->fd, events, sizeof(events))) > 0) {
        const char *at = events;
        queued -= (int)got;
        while (at < events + got) {
            const struct inotify_event *event = (const void *)at;
            add_event(footprint, names, event);
            at += sizeof(*event) + event->len;
        }
    }
}

void footprint_end(const struct footprint *footprint) {
    for (size_t i = 0; i < footprint->directory_count; i++) {
        inotify_rm_watch(footprint->fd, footprint->directories[i].number);
    }
}

void footprint_forget(struct footprint_names *names) {
    for (size_t i = 0; i < names->count; i++) {
        free(names->list[i]);
    }
    free(names->list);
    *names = (struct footprint_names){0};
}

/** Whether one of a process's descriptors is that file, open for writing: the link's mode
 * tells (proc(5), /proc/pid/fd). */
static bool process_holds(const char *pid, const struct stat *file) {
    char path[PATH_MAX];
    struct stat held, link;
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *directory = opendir(path);
    const struct dirent *entry;
    while (directory && !found && (entry = readdir(directory))) {
        found =
            fstatat(dirfd(directory), entry->d_name, &held, 0) == 0 &&
            held.st_ino == file->st_ino && held.st_dev == file->st_dev &&
            S_ISREG(held.st_mode) &&
            fstatat(dirfd(directory), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
            (link.st_mode & S_IWUSR);
    }
    if (directory) {
        closedir(directory);
    }
    return found;
}

/** Whether a process that we may look at has the file open for writing. */
static bool is_held(const char *name) {
    struct stat file;
    bool held = false;
    DIR *processes = stat(name, &file) == 0 ? opendir("/proc") : NULL;
    const struct dirent *entry;
    while (processes && !held && (entry = readdir(processes))) {
        held = isdigit((unsigned char)entry->d_name[0]) &&
               process_holds(entry->d_name, &file);
    }
    if (processes) {
        closedir(processes);
    }
    return held;
}

/** Drop the names for which a test says so. */
static void drop_where(struct footprint_names *names,
                       bool (*test)(const struct footprint_names *others,
                                    const char *name),
                       const struct footprint_names *others) {
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (test(others, names->list[i])) {
            free(names->list[i]);
        } else {
            names->list[kept++] = names->list[i];
        }
    }
    names->count = kept;
}

static bool has_not(const struct footprint_names *others, const char *name) {
    return !has(others, name);
}

static bool is_others(const struct footprint_names *others, const char *name) {
    return has(others, name) || is_held(name);
}

void footprint_keep_written(const struct footprint *footprint,
                            struct footprint_names *names) {
    struct footprint_names again = {0};
    footprint_read(footprint, &again);
    drop_where(names, has_not, &again);
    footprint_forget(&again);
}

void footprint_drop_others(const struct footprint *footprint,
                           struct footprint_names *names) {
    const struct timespec pause = {0, OTHERS_TIME};
    struct footprint_names others = {0};
    if (names->count == 0) {
        return;
    }
    nanosleep(&pause, NULL);
    footprint_read(footprint, &others);
    drop_where(names, is_others, &others);
    footprint_forget(&others);
}

void footprint_destroy(struct footprint *footprint) {
    if (footprint->fd > 0) {
        close(footprint->fd);
    }
    for (size_t i = 0; i < footprint->directory_count; i++) {
        free(footprint->directories[i].path);
    }
    free(footprint->directories);
    *footprint = (struct footprint){0};
}
