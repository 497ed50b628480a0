// SPDX-License-Identifier: MIT
// A victim for explorations that does what none should, each time it runs. Its first
// argument names what; its second one is a file of its own to do it to. Then it gets
// memory, and does not look at what it got.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void get_memory(void) {
    for (int i = 0; i < 3; i++) {
        char *block = malloc(100);
        block[0] = 'x';
        free(block);
    }
}

/** Removes its input before it is through. */
static void delete_input(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        _exit(3);
    }
    unlink(path);
    get_memory();
    close(fd);
}

/** Takes all of its process group with it. */
static void kill_group(const char *path) {
    (void)path;
    get_memory();
    kill(0, SIGKILL);
}

/** The same, where memory is short only. */
static void kill_group_on_failure(const char *path) {
    (void)path;
    char *block = malloc(100);
    if (!block) {
        kill(0, SIGKILL);
    }
    free(block);
    get_memory();
}

/** Goes for the parent that started it, where memory is short only. */
static void stop_parent_on_failure(const char *path) {
    (void)path;
    char *block = malloc(100);
    if (!block) {
        kill(getppid(), SIGTERM);
        kill(getppid(), SIGINT);
    }
    free(block);
    get_memory();
}

static void close_all(const char *path) {
    (void)path;
    for (int fd = 0; fd < 1024; fd++) {
        close(fd);
    }
    get_memory();
}

/** Fills the disk, as far as it is let. */
static void fill_disk(const char *path) {
    static const char zeroes[1 << 16];
    signal(SIGXFSZ, SIG_IGN);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    while (fd >= 0 && write(fd, zeroes, sizeof(zeroes)) > 0) {
    }
    get_memory();
}

/** Leaves a daemon in a session of its own, which would live for a minute. */
static void leave_daemon(const char *path) {
    (void)path;
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (fork() == 0) {
            for (int fd = 0; fd < 1024; fd++) {
                close(fd);
            }
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
            sleep(60);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    get_memory();
}

/** Does nothing evil, slowly. */
static void go_on(const char *path) {
    (void)path;
    get_memory();
    for (int i = 0; i < 40; i++) {
        free(malloc(50));
        usleep(3000);
    }
}

static const struct {
    const char *name;
    void (*function)(const char *path);
} ways[] = {
    {"delete-input", delete_input},
    {"kill-group", kill_group},
    {"kill-group-on-failure", kill_group_on_failure},
    {"stop-parent-on-failure", stop_parent_on_failure},
    {"close-all", close_all},
    {"fill-disk", fill_disk},
    {"daemon", leave_daemon},
    {"go-on", go_on},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].function(argv[2]);
            return 0;
        }
    }
    return 2;
}
