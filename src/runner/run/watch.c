// SPDX-License-Identifier: MIT
#include "runner/run/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Where a file is for a run; to be freed, NULL when memory ran out. */
static char *path_of(const char *name, const char *directory) {
    char *path = NULL;
    if (!directory || name[0] == '/') {
        return strdup(name);
    }
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/** Open a file of a view; -1 when memory ran out. */
static int look_at(struct capture *file, const char *name, const char *directory) {
    char *path = path_of(name, directory);
    if (!path) {
        return -1;
    }
    // A file that cannot be read is as good as none.
    (void)capture_read(file, path);
    free(path);
    return 0;
}

int watch_look(const struct watch *watch, const char *directory,
               struct watch_view *view) {
    int bad = 0;
    *view = (struct watch_view){0};
    if (watch->count == 0) {
        return 0;
    }
    view->files = calloc(watch->count, sizeof(view->files[0]));
    for (size_t i = 0; view->files && i < watch->count; i++) {
        view->files[view->count++].fd = -1;
        bad |= look_at(&view->files[i], watch->names[i], directory);
    }
    if (bad || !view->files) {
        watch_forget(view);
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

int watch_keep(struct watch_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        if (view->files[i].fd >= 0 && capture_copy(&view->files[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

void watch_forget(struct watch_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        capture_close(&view->files[i]);
    }
    free(view->files);
    *view = (struct watch_view){0};
}

/** Whether a file is a run's own: there is none at the beginning. */
static bool is_own(const struct watch *watch, size_t at) {
    return watch->scratch && watch->names[at][0] != '/';
}

/** Whether a file is kept already, by another name that the user gave for it. */
static bool is_kept(const struct watch *watch, size_t at) {
    char *path = realpath(watch->names[at], NULL);
    bool found = false;
    for (size_t i = 0; path && i < at && !found; i++) {
        found = watch->originals[i].kept && strcmp(watch->originals[i].path, path) == 0;
    }
    free(path);
    return found;
}

/** Keep what a file is; 0 on success, -1 with errno. */
static int keep_first(struct watch *watch, size_t at) {
    struct capture *file = &watch->before.files[at];
    if (is_own(watch, at)) {
        capture_close(file);
        return 0;
    }
    if (file->fd < 0) {
        // What is there and is no file could not be put back.
        errno = EINVAL;
        return access(watch->names[at], F_OK) == 0 ? -1 : 0;
    }
    if (capture_size(file) > CAPTURE_MAX) {
        errno = EFBIG;
        return -1;
    }
    if (capture_copy(file) != 0) {
        return -1;
    }
    return is_kept(watch, at) ? 0
                              : original_keep(&watch->originals[at], watch->names[at]);
}

/** The user has what was kept again. */
static void put_originals_back(struct watch *watch) {
    for (size_t i = 0; watch->originals && i < watch->count; i++) {
        (void)original_put_back(&watch->originals[i]);
    }
    free(watch->originals);
    watch->originals = NULL;
}

const char *watch_begin(struct watch *watch) {
    if (watch->count == 0) {
        return NULL;
    }
    watch->originals = calloc(watch->count, sizeof(watch->originals[0]));
    if (!watch->originals || watch_look(watch, NULL, &watch->before) != 0) {
        free(watch->originals);
        watch->originals = NULL;
        errno = ENOMEM;
        return watch->names[0];
    }
    for (size_t i = 0; i < watch->count; i++) {
        if (keep_first(watch, i) != 0) {
            int saved = errno;
            put_originals_back(watch);
            watch_forget(&watch->before);
            errno = saved;
            return watch->names[i];
        }
    }
    return NULL;
}

const char *watch_fault(int reason) {
    return reason == EINVAL  ? "it is not a readable regular file"
           : reason == EFBIG ? "it is too large"
           : reason == EEXIST
               ? "'.NAME.before-mallocfail' in its folder is a copy made by a "
                 "mallocfail that "
                 "was killed or still runs; move it back, or remove it"
               : strerror(reason);
}

bool watch_is_shared(const struct watch *watch) {
    for (size_t i = 0; i < watch->count; i++) {
        if (!is_own(watch, i) || strncmp(watch->names[i], "../", 3) == 0) {
            return true;
        }
    }
    return false;
}

/** Put one file back, if it has changed; 0 on success, -1 with errno. */
static int put_back(const char *name, const struct capture *content) {
    struct capture now;
    if (content->fd < 0) {
        return unlink(name) == 0 || errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    }
    bool same = capture_read(&now, name) == 0 && capture_same(&now, content);
    capture_close(&now);
    return same ? 0 : capture_save(content, name);
}

int watch_restore(const struct watch *watch) {
    for (size_t i = 0; i < watch->before.count; i++) {
        if (!is_own(watch, i) &&
            put_back(watch->names[i], &watch->before.files[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

void watch_end(struct watch *watch) {
    put_originals_back(watch);
    (void)watch_restore(watch);
    watch_forget(&watch->before);
}
