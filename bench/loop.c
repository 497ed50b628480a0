// SPDX-License-Identifier: MIT
// What explorations are measured against: a plain loop of fresh processes, each with a
// policy of its own and the library preloaded, some at once. As an exploration does, it
// fails each of COUNT allocations alone, and with all that follow. Prints failures tried
// per second. Usage: loop JOBS COUNT LIBRARY PROGRAM [ARGUMENT...]
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int start(const char *which, int number, const char *library, char **argv) {
    char policy[128];
    snprintf(policy, sizeof(policy), "{\"version\":1,\"rules\":[{\"%s\":%d}]}", which,
             number);
    setenv("MALLOCFAIL_POLICY", policy, 1);
    setenv("LD_PRELOAD", library, 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    unsetenv("LD_PRELOAD");
    return error;
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fputs("usage: loop JOBS COUNT LIBRARY PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    int jobs = atoi(argv[1]), count = atoi(argv[2]), running = 0;
    double begin = now();
    for (int i = 0; i < 2 * count; i++) {
        if (running == jobs && wait(NULL) > 0) {
            running--;
        }
        if (start(i < count ? "nth" : "from", i % count + 1, argv[3], argv + 4) != 0) {
            perror(argv[4]);
            return 1;
        }
        running++;
    }
    while (wait(NULL) > 0) {
    }
    printf("%.1f\n", 2 * count / (now() - begin));
    return 0;
}
