// SPDX-License-Identifier: MIT
// A victim that frees all it allocates, unless an allocation fails: `leaker WAY`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Frees on its way out whatever it got; the block of `keep` bytes only if all went
 * well. */
static int work(size_t keep, int bad) {
    char *first = malloc(keep);
    if (!first) {
        return bad;
    }
    char *second = malloc(20);
    if (!second) {
        return bad;
    }
    free(second);
    free(first);
    return 0;
}

/** Frees on every way out. */
static int careful(void) {
    char *first = malloc(10);
    char *second = first ? malloc(20) : NULL;
    free(second);
    free(first);
    return second ? 0 : 1;
}

/** Loses a copy that the C library made, and all its pieces. */
static int copies(void) {
    char *copy = strdup("a text");
    char *grown = copy ? realloc(copy, 100) : NULL;
    if (!grown) {
        return 0;
    }
    char *third = calloc(3, 10);
    if (!third) {
        return 0;
    }
    free(third);
    free(grown);
    return 0;
}

/** Prints, by a stream whose buffer the C library keeps; on error from another place. */
static int prints(void) {
    char *block = malloc(10);
    if (!block) {
        printf("no memory\n");
        return 1;
    }
    printf("good\n");
    free(block);
    return 0;
}

/** Has no time for the ways out. */
static int hurried(void) {
    char *first = malloc(10);
    char *second = malloc(20);
    if (!first || !second) {
        _exit(3);
    }
    free(first);
    free(second);
    return 0;
}

static void *table[4];

static void *grab(size_t size) {
    return malloc(size);
}

/** Keeps a table until the end, as most programs do; one way out loses a block that
 * came from the same call site as the table. */
static int keeps_table(void) {
    table[0] = grab(64);
    if (!table[0]) {
        return 1;
    }
    char *first = grab(100);
    if (!first) {
        return 1;
    }
    char *second = malloc(200);
    if (!second) {
        return 1;
    }
    free(second);
    free(first);
    return 0;
}

/** Keeps the table, and a copy by strdup(); one way out loses another copy. */
static int keeps_copies(void) {
    table[0] = strdup("kept");
    char *lost = strdup("lost copy");
    char *second = lost ? malloc(200) : NULL;
    if (!second) {
        return 1;
    }
    free(second);
    free(lost);
    return table[0] == NULL;
}

/** Keeps what it made at the first use, which is a later one if that fails. */
static void *cache(void) {
    return table[0] ? table[0] : (table[0] = malloc(64));
}

static int keeps_cache(void) {
    if (cache()) {
        return 0;
    }
    return cache() ? 1 : 2;
}

/** Keeps a buffer that it lets grow; if that fails, the one it has does, or, where it is
 * careless, that is lost. */
static int keeps_buffer(int careless) {
    table[0] = malloc(64);
    char *grown = table[0] ? realloc(table[0], 5000) : NULL;
    if (!grown) {
        table[0] = careless ? malloc(10) : table[0];
        return 1;
    }
    table[0] = grown;
    if (careless) {
        free(table[0]);
    }
    return 0;
}

/** Lose what all callers hold, if it fails at the bottom. */
static int many_0(void) {
    char *block = malloc(20);
    free(block);
    return !block;
}

/** One of the callers: each has a call site of its own. */
#define CALLER(N, INNER)                                                                 \
    static int many_##N(void) {                                                          \
        char *block = malloc(10);                                                        \
        int lost = block && many_##INNER();                                              \
        if (!lost) {                                                                     \
            free(block);                                                                 \
        }                                                                                \
        return lost;                                                                     \
    }
CALLER(1, 0)
CALLER(2, 1)
CALLER(3, 2)
CALLER(4, 3)
CALLER(5, 4)
CALLER(6, 5)
CALLER(7, 6)
CALLER(8, 7)
CALLER(9, 8)
CALLER(10, 9)
CALLER(11, 10)
CALLER(12, 11)

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    if (strcmp(way, "quiet") == 0) {
        return work(100, 0);
    } else if (strcmp(way, "loud") == 0) {
        return work(100, 1);
    } else if (strcmp(way, "careful") == 0) {
        return careful();
    } else if (strcmp(way, "copies") == 0) {
        return copies();
    } else if (strcmp(way, "prints") == 0) {
        return prints();
    } else if (strcmp(way, "hurried") == 0) {
        return hurried();
    } else if (strcmp(way, "many") == 0) {
        return many_12();
    } else if (strcmp(way, "child") == 0) {
        // What a fork holds is none of its parent's.
        int status = careful();
        return fork() == 0 ? malloc(30) == NULL : status;
    } else if (strcmp(way, "keeps") == 0) {
        return malloc(10) == NULL;
    } else if (strcmp(way, "keeps-table") == 0) {
        return keeps_table();
    } else if (strcmp(way, "keeps-copies") == 0) {
        return keeps_copies();
    } else if (strcmp(way, "keeps-cache") == 0) {
        return keeps_cache();
    } else if (strncmp(way, "keeps-buffer", 12) == 0) {
        return keeps_buffer(way[12] != '\0');
    } else if (strcmp(way, "becomes") == 0) {
        char *block = malloc(10);
        execl(argv[0], argv[0], "careful", (char *)NULL);
        free(block);
    }
    return 2;
}
