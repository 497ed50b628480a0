// SPDX-License-Identifier: MIT
#include "runner/run/footprint.h"

#include "runner/util/highfd.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define EVENTS                                                                           \
    (IN_CREATE | IN_MODIFY | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)
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

/** Take note of what an event is about. */
static void add_event(const struct footprint *footprint, struct footprint_names *names,
                      const struct inotify_event *event) {
    for (size_t i = 0; event->len > 0 && i < footprint->directory_count; i++) {
        char *name = NULL;
        if (footprint->directories[i].number == event->wd) {
            const char *path = footprint->directories[i].path;
            int length = asprintf(&name, "%s/%s", path, event->name);
            add(names, length < 0 ? NULL : name);
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

const char *footprint_common(const struct footprint_names *one,
                             const struct footprint_names *other) {
    for (size_t i = 0; i < one->count; i++) {
        if (has(other, one->list[i])) {
            return one->list[i];
        }
    }
    return NULL;
}

void footprint_forget(struct footprint_names *names) {
    for (size_t i = 0; i < names->count; i++) {
        free(names->list[i]);
    }
    free(names->list);
    *names = (struct footprint_names){0};
}

bool footprint_has(const struct footprint *footprint, const char *name) {
    struct footprint_names names = {0};
    footprint_read(footprint, &names);
    bool found = has(&names, name);
    footprint_forget(&names);
    return found;
}

bool footprint_has_idle(const struct footprint *footprint, const char *name) {
    const struct timespec pause = {0, OTHERS_TIME};
    nanosleep(&pause, NULL);
    return footprint_has(footprint, name);
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
