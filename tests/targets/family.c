// SPDX-License-Identifier: MIT
// A victim with a family: `family WAY`. Whatever happens to the others, it exits with 0.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Trusts malloc. */
static void trust(void) {
    char *block = malloc(100);
    strcpy(block, "x");
    free(block);
}

/** Does not: without memory it ends at once. */
static void doubt(void) {
    char *block = malloc(100);
    if (!block) {
        _exit(3);
    }
    free(block);
}

/** Hands on to a child what it got. */
static char *heirloom;
static void inherit(void) {
    strcpy(heirloom, "x");
}

/** Says less where there is no memory. */
static void speak(void) {
    char *text = malloc(100);
    if (text) {
        strcpy(text, "a word\n");
        _exit(write(1, text, strlen(text)) > 0 ? 0 : 3);
    }
}

static void in_child(void (*work)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        work();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/** Runs itself as another program. */
static void execute(const char *self, const char *way) {
    pid_t pid = vfork();
    if (pid == 0) {
        execl(self, self, way, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    doubt();
    if (strcmp(way, "fork") == 0) {
        in_child(trust);
    } else if (strcmp(way, "careful") == 0) {
        in_child(doubt);
    } else if (strcmp(way, "second") == 0) {
        in_child(doubt);
        in_child(trust);
    } else if (strcmp(way, "exec") == 0) {
        execute(argv[0], "trust");
    } else if (strcmp(way, "trust") == 0) {
        trust();
    } else if (strcmp(way, "heir") == 0) {
        heirloom = malloc(50);
        in_child(inherit);
        free(heirloom);
    } else if (strcmp(way, "speaks") == 0) {
        in_child(speak);
    } else if (strcmp(way, "dies") == 0) {
        in_child(abort);
    }
    return 0;
}
