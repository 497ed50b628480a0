// SPDX-License-Identifier: MIT
#include "runner/run/original.h"

#include "runner/util/capture.h"
#include "runner/util/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(struct original *original) {
    int saved = errno;
    free(original->path);
    free(original->kept);
    *original = (struct original){0};
    errno = saved;
}

/** Find out how it is called; 0 on success, -1 with errno. */
static int put_names(struct original *original, const char *name) {
    *original = (struct original){.path = realpath(name, NULL)};
    if (!original->path) {
        return -1;
    }
    const char *base = path_base(original->path);
    int folder = (int)(base - original->path);
    if (asprintf(&original->kept, "%.*s.%s.before-mallocfail", folder, original->path,
                 base) < 0) {
        original->kept = NULL;
        return -1;
    }
    return 0;
}

/** Give a copy the owner, the rights and the times that a file has, as far as we may. */
static int dress(int fd, const char *path) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return -1;
    }
    bool bad = fchown(fd, about.st_uid, about.st_gid) != 0 && errno != EPERM;
    const struct timespec times[2] = {about.st_atim, about.st_mtim};
    return bad || fchmod(fd, about.st_mode & 07777) != 0 || futimens(fd, times) != 0 ? -1
                                                                                     : 0;
}

/** Copy a file to an open one, which is closed; 0 on success, -1 with errno. */
static int fill(int fd, const char *from) {
    struct capture content;
    int bad = fd < 0 || capture_read(&content, from) != 0 ? -1 : 0;
    if (!bad) {
        bad =
            capture_print(&content, fd, UINT64_MAX) != 0 || dress(fd, from) != 0 ? -1 : 0;
        int saved = errno;
        capture_close(&content);
        errno = saved;
    }
    int saved = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = saved;
    return bad;
}

/** Have a copy take the name of what is kept, at once; 0 on success, -1 with errno. */
static int replace(const struct original *original) {
    char *name = NULL;
    if (asprintf(&name, "%s.XXXXXX", original->kept) < 0) {
        return -1;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    int bad = fill(fd, original->kept) != 0 || rename(name, original->path) != 0 ? -1 : 0;
    int saved = errno;
    if (bad && fd >= 0) {
        unlink(name);
    }
    free(name);
    errno = saved;
    return bad;
}

/** Keep a copy, where a file cannot have two names; 0 on success, -1 with errno. */
static int keep_copy(const struct original *original) {
    int fd = open(original->kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int bad = fill(fd, original->path);
    int saved = errno;
    if (bad && fd >= 0) {
        unlink(original->kept);
    }
    errno = saved;
    return bad;
}

/** Whether a file is the user's own: others' cannot be renamed everywhere. */
static bool is_own(const char *path) {
    struct stat about;
    return geteuid() == 0 || (stat(path, &about) == 0 && about.st_uid == geteuid());
}

/** Keep the file itself, and a copy in its place, or else the copy; 0 on success, -1 with
 * errno. */
static int keep(const struct original *original) {
    errno = 0;
    if (!is_own(original->path) || link(original->path, original->kept) != 0) {
        return errno == EEXIST ? -1 : keep_copy(original);
    }
    int bad = replace(original);
    int saved = errno;
    if (bad) {
        unlink(original->kept);
    }
    errno = saved;
    return bad;
}

int original_keep(struct original *original, const char *name) {
    bool none = put_names(original, name) != 0 && errno == ENOENT;
    if (!none && original->kept && keep(original) == 0) {
        return 0;
    }
    forget(original);
    return none ? 0 : -1;
}

/** Write what was kept to where it was, where it cannot be renamed. */
static int copy_back(const struct original *original) {
    struct capture content;
    if (capture_read(&content, original->kept) != 0) {
        return -1;
    }
    int bad = capture_save(&content, original->path);
    capture_close(&content);
    return bad ? -1 : unlink(original->kept);
}

/** Whether a copy was kept of a file that somebody else has: it stays that one's. */
static bool is_of_others(const struct original *original) {
    struct stat kept, about;
    return stat(original->kept, &kept) == 0 && stat(original->path, &about) == 0 &&
           kept.st_uid != about.st_uid;
}

int original_put_back(struct original *original) {
    int bad = 0;
    if (original->kept &&
        (is_of_others(original) || rename(original->kept, original->path) != 0)) {
        bad = copy_back(original);
    }
    forget(original);
    return bad;
}
