// SPDX-License-Identifier: MIT
// A victim whose output holds what moves from run to run: `moving WAY [FILE]`.
#include <fcntl.h>
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

/** The side a coin falls on: heads twice, tails once, in turn; the file counts. */
static const char *coin(const char *path) {
    char count[16] = "";
    int file = open(path, O_RDWR | O_CREAT, 0600);
    long thrown = read(file, count, sizeof(count) - 1) > 0 ? atol(count) : 0;
    pwrite(file, count, (size_t)snprintf(count, sizeof(count), "%ld\n", thrown + 1), 0);
    close(file);
    return thrown % 3 < 2 ? "heads" : "tails";
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    char *name = strdup("name");
    char *spare = malloc(16);
    if (strcmp(way, "clock") == 0) {
        usleep(100000);
        printf("%ld s\n", age(argv[2]));
    } else if (strcmp(way, "coin") == 0) {
        for (int size = 20; size < 24; size++) {
            free(malloc((size_t)size));
        }
        puts(coin(argv[2]));
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
