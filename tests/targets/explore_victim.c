// SPDX-License-Identifier: MIT
// A victim for explorations: its first argument names the way it breaks.
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Loses a line where memory is short, and says nothing. */
static int wrong(void) {
    printf("first\n");
    char *line = malloc(100);
    if (line) {
        strcpy(line, "second\n");
        fputs(line, stdout);
    }
    free(line);
    return 0;
}

static int hang(void) {
    char *block = malloc(100);
    while (!block) {
        pause();
    }
    free(block);
    return 0;
}

/** Tries for ever, without a word to the kernel; in more places than children run at
 * once. */
static int stuck(void) {
    for (int i = 0; i < 6; i++) {
        char *volatile block = malloc(100);
        while (!block) {
        }
        free(block);
    }
    return 0;
}

/** Waits a little where there is no memory. */
static int slow(void) {
    for (int i = 0; i < 6; i++) {
        char *volatile block = malloc(100);
        if (!block) {
            usleep(200000);
        }
        free(block);
    }
    return 0;
}

/** Asks again and again: only where all fail is that for ever. */
static int spin(void) {
    char *block;
    while (!(block = malloc(100))) {
    }
    free(block);
    return 0;
}

static int null(void) {
    char *block = malloc(100);
    strcpy(block, "x");
    free(block);
    return 0;
}

static int handled(void) {
    char *block = malloc(100);
    if (!block) {
        static const char message[] = "victim: out of memory\n";
        return write(2, message, sizeof(message) - 1) > 0 ? 3 : 4;
    }
    free(block);
    return 0;
}

static int gives_up(void) {
    char *block = malloc(100);
    if (!block) {
        abort();
    }
    free(block);
    return 0;
}

/** Tries twice, and trusts the second try. */
static int persistent(void) {
    char *block = malloc(100);
    if (!block) {
        block = malloc(100);
    }
    block[0] = 'x';
    free(block);
    return 0;
}

/** Asks for less each time, at one place, and trusts the last try. */
static int humble(void) {
    char *block = NULL;
    for (size_t size = 400; size > 0 && !block; size -= 100) {
        block = malloc(size);
    }
    block[0] = 'x';
    free(block);
    return 0;
}

/** The way out of one failure does not expect a second one, of another place. */
static int pairs(void) {
    char *block = malloc(100);
    if (!block) {
        char *message = malloc(50);
        strcpy(message, "no memory");
        free(message);
    }
    free(block);
    for (int i = 0; i < 3; i++) {
        free(malloc(10));
    }
    return 0;
}

static void *work(void *argument) {
    char *block = malloc(100);
    block[0] = *(char *)argument;
    free(block);
    return NULL;
}

static int threads(void) {
    pthread_t thread;
    char x = 'x';
    if (pthread_create(&thread, NULL, work, &x) != 0) {
        return 3;
    }
    pthread_join(thread, NULL);
    return 0;
}

/** Needs what is on its standard input to come to the place. */
static int input(void) {
    char text[16] = "";
    if (read(0, text, sizeof(text) - 1) < 2 || strncmp(text, "go", 2) != 0) {
        return 0;
    }
    return null();
}

/** Writes a log, by a stream that it has open all the time. */
static int files(void) {
    FILE *log = fopen("victim.log", "a");
    if (!log) {
        return 3;
    }
    fputs("begin\n", log);
    for (int i = 0; i < 5; i++) {
        char *block = malloc(100);
        fprintf(log, "%d %s\n", i, block ? "good" : "bad");
        free(block);
    }
    fclose(log);
    char *block = malloc(200);
    if (!block) {
        unlink("victim.log");
        return 3;
    }
    free(block);
    return 0;
}

/** Prints without end. */
static int runaway(void) {
    char *block = malloc(100);
    while (!block) {
        static const char message[] = "no memory! no memory! no memory! no memory!\n";
        if (write(2, message, sizeof(message) - 1) < 0) {
            return 3;
        }
    }
    free(block);
    return 0;
}

/** Where all of them break that follow. */
static void drop(void *block) {
    free(block);
}

/** Gives back what it never got: addresses near NULL, of nothing, and inside a block. */
static int garbage(void) {
    static const uintptr_t near_null = 24, nothing = 0x4141414141414140;
    static char inside[64];
    char *block = malloc(101);
    drop(block ? block : (char *)near_null);
    block = malloc(102);
    drop(block ? block : (char *)nothing);
    block = malloc(103);
    drop(block ? block : inside + 24);
    return 0;
}

static const struct {
    const char *name;
    int (*function)(void);
} ways[] = {
    {"wrong", wrong},   {"hang", hang},       {"stuck", stuck},
    {"slow", slow},     {"spin", spin},       {"null", null},
    {"good", handled},  {"abort", gives_up},  {"persistent", persistent},
    {"pairs", pairs},   {"threads", threads}, {"input", input},
    {"files", files},   {"runaway", runaway}, {"garbage", garbage},
    {"humble", humble},
};

int main(int argc, char **argv) {
    static char buffer[4096];
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            return ways[i].function();
        }
    }
    return 2;
}
