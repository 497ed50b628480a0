// SPDX-License-Identifier: MIT
#include "runner/target/program.h"

#include "runner/util/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** How many scripts may lead to one another, as in Linux. */
#define LEVELS_MAX 5
/** How much of a file's beginning Linux looks at. */
#define LINE_MAX_BYTES 256

/** Whether a file can be executed; else errno says why not. */
static bool is_executable(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
        return false;
    }
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/** FOLDER/NAME, where an empty folder means the current one. */
static char *join(const char *folder, size_t length, const char *name) {
    size_t size = length + strlen(name) + 3;
    char *path = malloc(size);
    if (path) {
        snprintf(path, size, "%.*s/%s", length ? (int)length : 1, length ? folder : ".",
                 name);
    }
    return path;
}

/** Look along PATH; NULL with errno: the last failure other than that there is no such
 * file. */
static char *search(const char *name) {
    const char *folder = getenv("PATH");
    if (!folder) {
        folder = "/bin:/usr/bin";
    }
    int reason = ENOENT;
    for (;;) {
        size_t length = strcspn(folder, ":");
        char *path = join(folder, length, name);
        if (!path || is_executable(path)) {
            return path;
        }
        if (errno != ENOENT && errno != ENOTDIR) {
            reason = errno;
        }
        free(path);
        folder += length;
        if (!*folder) {
            break;
        }
        folder++;
    }
    errno = reason;
    return NULL;
}

/** The path to execute; NULL with errno. */
static char *resolve(const char *name) {
    if (name[0] == '\0') {
        errno = ENOENT;
        return NULL;
    }
    if (!strchr(name, '/')) {
        return search(name);
    }
    return is_executable(name) ? strdup(name) : NULL;
}

/** Tell why a file cannot be executed, and as which exit status that counts. */
static int refuse(const char *name, const char *what, const struct diag *diag) {
    int reason = errno;
    if (reason == ENOMEM) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    diag_error(diag, "cannot run %s'%s': %s", what, name, strerror(reason));
    return reason == ENOENT || reason == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

/**
 * Read a script's first line.
 *
 * @line
 *         Filled with the beginning of the file, NUL-terminated.
 * @return
 *         Its interpreter, inside `line`; NULL where the file is no script.
 */
static char *interpreter_of(const char *path, char line[LINE_MAX_BYTES + 1]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return NULL;
    }
    ssize_t length = read(fd, line, LINE_MAX_BYTES);
    close(fd);
    if (length < 2 || line[0] != '#' || line[1] != '!') {
        return NULL;
    }
    line[length] = '\0';
    char *name = line + 2 + strspn(line + 2, " \t");
    name[strcspn(name, " \t\n")] = '\0';
    return name;
}

/** Follow `#!` lines from `path` to what is loaded. */
static int follow(struct program *program, const struct diag *diag) {
    char line[LINE_MAX_BYTES + 1];
    program->binary = strdup(program->path);
    for (int level = 0; program->binary; level++) {
        const char *name = interpreter_of(program->binary, line);
        if (!name) {
            return 0;
        }
        if (level == LEVELS_MAX) {
            diag_error(diag, "cannot run '%s': too many scripts for scripts",
                       program->path);
            return STATUS_CANNOT_RUN;
        }
        if (!is_executable(name)) {
            diag_error(diag, "'%s' is a script for '%s'", program->binary, name);
            return refuse(name, "the interpreter ", diag);
        }
        free(program->binary);
        program->binary = strdup(name);
    }
    diag_no_memory(diag);
    return STATUS_FAILED;
}

int program_find(struct program *program, const char *name, const struct diag *diag) {
    *program = (struct program){0};
    program->path = resolve(name);
    if (!program->path) {
        return refuse(name, "", diag);
    }
    int status = follow(program, diag);
    if (status != 0) {
        program_destroy(program);
    }
    return status;
}

bool program_exists(const char *name) {
    char *path = resolve(name);
    bool exists = path != NULL;
    free(path);
    return exists;
}

int program_anchor(struct program *program) {
    if (program->path[0] == '/') {
        return 0;
    }
    char *here = getcwd(NULL, 0);
    char *path = NULL;
    int length = here ? asprintf(&path, "%s/%s", here, program->path) : -1;
    free(here);
    if (length < 0) {
        return -1;
    }
    free(program->path);
    program->path = path;
    return 0;
}

void program_destroy(struct program *program) {
    free(program->binary);
    free(program->path);
    *program = (struct program){0};
}
