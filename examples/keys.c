// SPDX-License-Identifier: MIT
// README's example: a tree of keys that trusts malloc.
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *left, *right;
    int key;
};

static struct node *add(struct node *root, int key) {
    if (!root) {
        struct node *fresh = malloc(sizeof(*fresh));
        fresh->left = fresh->right = NULL;
        fresh->key = key;
        return fresh;
    }
    struct node **side = key < root->key ? &root->left : &root->right;
    *side = add(*side, key);
    return root;
}

int main(void) {
    static const int keys[] = {5, 2, 8, 1, 9};
    struct node *root = NULL;
    for (int i = 0; i < 5; i++) {
        root = add(root, keys[i]);
    }
    puts("five keys");
    return 0;
}
