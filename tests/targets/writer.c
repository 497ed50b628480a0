// SPDX-License-Identifier: MIT
// A victim that writes a file: `writer WAY FILE`. Nothing but the file tells what it did.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Leaves out a line where memory is short. */
static void lines(FILE *file) {
    fputs("first\n", file);
    char *line = malloc(100);
    if (line) {
        strcpy(line, "second\n");
        fputs(line, file);
    }
    free(line);
}

/** Writes another time each time, but no less. */
static void changing(FILE *file) {
    char *line = malloc(100);
    if (line) {
        snprintf(line, 100, "process %d\n", (int)getpid());
        fputs(line, file);
    }
    free(line);
}

int main(int argc, char **argv) {
    static char buffer[4096];
    if (argc != 3) {
        return 2;
    }
    bool appends = strcmp(argv[1], "append") == 0;
    char *needed = malloc(10);
    if (!needed) {
        // No memory, no file, no word.
        return 0;
    }
    free(needed);
    FILE *file = fopen(argv[2], appends ? "a" : "w");
    if (!file) {
        return 3;
    }
    setvbuf(file, buffer, _IOFBF, sizeof(buffer));
    if (strcmp(argv[1], "changing") == 0) {
        changing(file);
    } else {
        lines(file);
    }
    return fclose(file) == 0 ? 0 : 4;
}
