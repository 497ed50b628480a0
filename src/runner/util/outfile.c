// SPDX-License-Identifier: MIT
#include "runner/util/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/** Whether a path stands for something that cannot or must not be replaced. */
static bool is_in_place(const char *path) {
    struct stat status;
    return begins_with(path, "/dev/") || begins_with(path, "/proc/") ||
           (stat(path, &status) == 0 && !S_ISREG(status.st_mode));
}

/** A descriptor of what is written in place; -1 with errno. */
static int open_in_place(const char *path) {
    if (strcmp(path, "-") == 0) {
        return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    }
    return open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
}

/** The name to replace: where a link leads, if it is one. */
static char *follow(const char *path) {
    char *real = realpath(path, NULL);
    return real || errno != ENOENT ? real : strdup(path);
}

/** Give a temporary file the permissions that any new file gets. */
static int set_usual_mode(int fd) {
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask);
}

/** Make the file that will be renamed to `path`, which is taken over; its descriptor, or
 * -1 with errno. */
static int open_temporary(struct outfile *file, char *path) {
    file->path = path;
    size_t size = file->path ? strlen(file->path) + sizeof(".XXXXXX") : 0;
    char *name = size ? malloc(size) : NULL;
    if (!name) {
        return -1;
    }
    snprintf(name, size, "%s.XXXXXX", file->path);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        int saved = errno;
        free(name);
        errno = saved;
        return -1;
    }
    file->temporary = name;
    return set_usual_mode(fd) == 0 ? fd : (close(fd), -1);
}

/** Remove what is there so far; errno stays. */
static void discard(struct outfile *file) {
    int saved = errno;
    if (file->temporary) {
        unlink(file->temporary);
    }
    free(file->temporary);
    free(file->path);
    *file = (struct outfile){0};
    errno = saved;
}

/** Begin with a descriptor; -1 is an error. As outfile_open(). */
static int begin(struct outfile *file, int fd) {
    if (fd < 0) {
        discard(file);
        return -1;
    }
    file->stream = fdopen(fd, "w");
    if (!file->stream) {
        int saved = errno;
        close(fd);
        errno = saved;
        discard(file);
        return -1;
    }
    return 0;
}

int outfile_open(struct outfile *file, const char *path) {
    *file = (struct outfile){0};
    bool in_place = strcmp(path, "-") == 0 || is_in_place(path);
    return begin(file,
                 in_place ? open_in_place(path) : open_temporary(file, follow(path)));
}

int outfile_open_own(struct outfile *file, const char *path) {
    *file = (struct outfile){0};
    return begin(file, open_temporary(file, strdup(path)));
}

/** A file in a folder that has no name, or no longer one; -1 with errno. */
static int open_nameless(const char *folder) {
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *name = NULL;
    if (fd >= 0 || asprintf(&name, "%s/.mallocfail.XXXXXX", folder) < 0) {
        return fd;
    }
    fd = mkostemp(name, O_CLOEXEC);
    int saved = errno;
    if (fd >= 0) {
        unlink(name);
    }
    free(name);
    errno = saved;
    return fd;
}

int outfile_try_folder(const char *folder) {
    static const char block[4096];
    struct rlimit limit;
    int fd = open_nameless(folder);
    if (fd < 0) {
        return -1;
    }
    // Writing beyond the limit would bring SIGXFSZ.
    bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < sizeof(block);
    ssize_t done = limited ? 0 : write(fd, block, sizeof(block));
    int reason = limited ? EFBIG : done < 0 ? errno : ENOSPC;
    close(fd);
    errno = reason;
    return done == (ssize_t)sizeof(block) ? 0 : -1;
}

/** The same of what is written in place. A pipe is left alone: its reader would see. */
static int try_in_place(const char *path) {
    struct stat status;
    bool known = stat(path, &status) == 0;
    if (known && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (known && !S_ISCHR(status.st_mode) && !S_ISREG(status.st_mode)) {
        return 0;
    }
    int fd = open_in_place(path);
    if (fd < 0) {
        return -1;
    }
    // Devices that are always full say so even of nothing.
    int bad = known && S_ISCHR(status.st_mode) ? (int)write(fd, "", 0) : 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return bad < 0 ? -1 : 0;
}

int outfile_try(const char *path) {
    if (strcmp(path, "-") == 0) {
        return 0;
    }
    if (is_in_place(path)) {
        return try_in_place(path);
    }
    char *name = follow(path);
    char *slash = name ? strrchr(name, '/') : NULL;
    if (slash) {
        slash[slash == name] = '\0';
    }
    int bad = name ? outfile_try_folder(slash ? name : ".") : -1;
    int saved = errno;
    free(name);
    errno = saved;
    return bad;
}

int outfile_close(struct outfile *file, int good) {
    bool written = good && fflush(file->stream) == 0 && !ferror(file->stream);
    int reason = errno;
    if (fclose(file->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && file->temporary) {
        written = rename(file->temporary, file->path) == 0;
        reason = errno;
        if (written) {
            free(file->temporary);
            file->temporary = NULL;
        }
    }
    errno = reason;
    discard(file);
    return written ? 0 : -1;
}
