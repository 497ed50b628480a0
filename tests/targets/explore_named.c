// SPDX-License-Identifier: MIT
// A victim for explorations, which breaks in functions that are told by their names. Its
// first argument names the way.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Uses a block without a look at it. */
static void break_here(char *block) {
    block[0] = 'x';
}

/** Loses an entry of a table where memory is short, and says nothing. */
static void lose_entry(int number) {
    char *entry = malloc(100);
    if (entry) {
        snprintf(entry, 100, "entry %d\n", number);
        fputs(entry, stdout);
    }
    free(entry);
}

static int silent(void) {
    for (int i = 0; i < 3; i++) {
        lose_entry(i);
    }
    return 0;
}

static void wait_for_memory(void) {
    char *block = malloc(100);
    while (!block) {
        pause();
    }
    free(block);
}

static int hang(void) {
    wait_for_memory();
    return 0;
}

static void insist(void) {
    char *block;
    while (!(block = malloc(100))) {
    }
    free(block);
}

static int spin(void) {
    insist();
    return 0;
}

/** Only the second failure is fatal: that of the message of the first. */
static void complain(void) {
    char *message = malloc(50);
    break_here(message);
    free(message);
}

static int pairs(void) {
    char *block = malloc(100);
    if (!block) {
        complain();
    }
    free(block);
    free(malloc(10));
    return 0;
}

static int persistent(void) {
    char *block = NULL;
    for (int i = 0; i < 3 && !block; i++) {
        block = malloc(100);
    }
    break_here(block);
    free(block);
    return 0;
}

static void *work(void *argument) {
    char *block = malloc(100);
    break_here(block);
    free(block);
    return argument;
}

static int threads(void) {
    pthread_t threads[3];
    size_t count = 0;
    while (count < 3 && pthread_create(&threads[count], NULL, work, NULL) == 0) {
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    return count == 3 ? 0 : 3;
}

/** What its child dies of is all the same to it, as it is to a shell. */
static int children(void) {
    char *block = malloc(100);
    pid_t child = fork();
    if (child == 0) {
        break_here(block);
        free(malloc(20));
        _exit(0);
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    free(block);
    return 0;
}

/** Sums numbers of its standard input. */
static int input(void) {
    char line[64];
    long sum = 0;
    while (fgets(line, sizeof(line), stdin)) {
        char *copy = strdup(line);
        break_here(copy);
        sum += strtol(line, NULL, 10);
        free(copy);
    }
    printf("%ld\n", sum);
    return 0;
}

/** Appends to a file of its working directory, which has to be new. */
static int files(void) {
    FILE *file = fopen("victim.db", "wx");
    if (!file) {
        return 3;
    }
    for (int i = 0; i < 3; i++) {
        char *record = malloc(100);
        if (record) {
            snprintf(record, 100, "record %d\n", i);
        }
        break_here(record);
        fputs(record, file);
        free(record);
    }
    return fclose(file) == 0 ? 0 : 3;
}

static void extra(void) {
    free(malloc(30));
}

/** From the third run on, which a file of its working directory counts, it allocates more
 * than in the two before; from the eighth on, still more. */
static int moves(void) {
    int runs = open("victim.runs", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (runs < 0 || write(runs, "x", 1) != 1) {
        return 3;
    }
    off_t count = lseek(runs, 0, SEEK_END);
    close(runs);
    for (off_t more = (count > 2) + (count > 7); more > 0; more--) {
        extra();
    }
    char *first = malloc(10);
    free(first);
    char *second = malloc(20);
    break_here(second);
    free(second);
    free(malloc(40));
    free(malloc(50));
    return first ? 0 : 4;
}

static const struct {
    const char *name;
    int (*function)(void);
} ways[] = {
    {"silent", silent},     {"hang", hang},       {"spin", spin},
    {"pairs", pairs},       {"threads", threads}, {"persistent", persistent},
    {"children", children}, {"input", input},     {"files", files},
    {"moves", moves},
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
