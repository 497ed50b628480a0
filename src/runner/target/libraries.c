// SPDX-License-Identifier: MIT
#include "runner/target/libraries.h"

#include "runner/code/elffile.h"
#include "runner/util/wait.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Start the loader so that it only lists; its pid, or -1. */
static pid_t start(const char *loader, const char *program, const int ends[2]) {
    char *const argv[] = {(char *)loader, (char *)"--list", (char *)program, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    if (posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                         0) != 0 ||
        posix_spawn(&pid, loader, &actions, NULL, argv, environ) != 0) {
        pid = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/** Find the path in a line: "libx.so.1 => /usr/lib/libx.so.1 (0x...)". */
static char *path_in(char *line) {
    char *path = strchr(line, '/');
    char *end = path ? strstr(path, " (0x") : NULL;
    if (end) {
        *end = '\0';
    }
    return end ? path : NULL;
}

static void read_lines(FILE *stream, libraries_visit *visit, void *context) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stream) >= 0) {
        const char *path = path_in(line);
        if (path) {
            visit(context, path);
        }
    }
    free(line);
}

/** List with the loader that is known. */
static int list(const char *loader, const char *program, libraries_visit *visit,
                void *context) {
    int ends[2], status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = start(loader, program, ends);
    close(ends[1]);
    FILE *stream = pid > 0 ? fdopen(ends[0], "r") : NULL;
    if (stream) {
        read_lines(stream, visit, context);
        fclose(stream);
    } else {
        close(ends[0]);
    }
    if (pid > 0) {
        wait_through(pid, &status, 0);
    }
    return stream && status == 0 ? 0 : -1;
}

int libraries_list(const char *program, libraries_visit *visit, void *context) {
    struct elffile *file = elffile_open(program);
    const char *loader = file ? elffile_interpreter(file) : NULL;
    int result = loader ? list(loader, program, visit, context) : -1;
    elffile_close(file);
    return result;
}
