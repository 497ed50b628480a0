// SPDX-License-Identifier: MIT
// A victim that builds a tree of N nodes by recursion: very many stacks, and three call
// sites.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *children[2];
    int key;
    char *name;
};

static struct node *add(struct node *tree, int key) {
    if (!tree) {
        char name[32];
        tree = calloc(1, sizeof(*tree));
        if (!tree) {
            return NULL;
        }
        tree->key = key;
        snprintf(name, sizeof(name), "%d", key);
        tree->name = strdup(name);
        return tree;
    }
    if (key < tree->key) {
        tree->children[0] = add(tree->children[0], key);
    } else {
        tree->children[1] = add(tree->children[1], key);
    }
    return tree;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1000;
    struct node *tree = NULL;
    for (int i = 0; i < count; i++) {
        struct node *grown = add(tree, rand() % 1000000);
        if (!grown) {
            fputs("no memory\n", stderr);
            return 1;
        }
        tree = grown;
    }
    return 0;
}
