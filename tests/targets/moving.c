// SPDX-License-Identifier: MIT
// A victim whose output holds what moves from run to run: `moving WAY [FILE]`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** How many seconds ago the file was made: the same in runs that follow at once. */
static long age(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (long)(time(NULL) - about.st_mtime) : -1;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    char *name = strdup("name");
    char *spare = malloc(16);
    if (strcmp(way, "clock") == 0) {
        usleep(100000);
        printf("%ld s\n", age(argv[2]));
    } else {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("process %d\n", (int)getpid());
        printf("fine\n");
        printf("took %ld ns\n", now.tv_nsec);
        fprintf(stderr, "warning after %ld ns\n", now.tv_nsec);
    }
    if (strcmp(way, "wrong") == 0) {
        printf("%s\n", name ? name : "nobody");
    }
    free(spare);
    free(name);
    return 0;
}
