// SPDX-License-Identifier: MIT
/** What goes wrong with memory when nobody looks whether there is any. The allocations
 * that are to fail have 1,000 bytes; `wild` has 512 MiB. */
#include "bug.h"

#include <stdint.h>

struct node {
    /** In front, so that `next` is not where an allocator keeps its notes. */
    long value, weight;
    struct node *next;
    char text[976];
};

BUG(struct node *, make_node, long value) {
    struct node *node = malloc(sizeof(*node)); // FAILS null-write
    LAUNDER(node);
    node->value = value; // BREAKS null-write
    node->next = NULL;
    return node;
}

BUG(void, null_write, void) {
    free(make_node(7));
    STAY;
}

BUG(struct node *, find_node, void) {
    struct node *node = calloc(1, sizeof(*node)); // FAILS null-read
    LAUNDER(node);
    return node;
}

BUG(void, null_read, void) {
    struct node *node = find_node();
    struct node *volatile next = node->next; // BREAKS null-read
    free(next);
    free(node);
}

BUG(size_t, measure, const char *text) {
    size_t length = strlen(text); // BREAKS null-libc
    LAUNDER(text);
    return length;
}

BUG(void, null_libc, void) {
    char *text = calloc(1, 1000); // FAILS null-libc
    LAUNDER(text);
    volatile size_t length = measure(text);
    (void)length;
    free(text);
}

/** One crash behind two failures. */
BUG(void, two_ways, void) {
    char *first = calloc(1, 1000);  // FAILS two-ways 1
    char *second = calloc(1, 1000); // FAILS two-ways 2
    LAUNDER(first);
    LAUNDER(second);
    volatile size_t length = measure(first ? second : first);
    (void)length;
    free(second);
    free(first);
}

BUG(void, nothing, void) {
    STAY;
}

typedef void handler(void);

BUG(handler *, make_handler, void) {
    char *block = malloc(1000); // FAILS null-call
    LAUNDER(block);
    free(block);
    return block ? nothing : NULL;
}

BUG(void, null_call, void) {
    handler *volatile handle = make_handler();
    handle(); // BREAKS null-call
    STAY;
}

/** A field so far into a block that its address is no NULL's any more. */
BUG(void, wild, void) {
    char *block = malloc(0x20000000); // FAILS wild
    LAUNDER(block);
    block[0x10000008] = 1; // BREAKS wild
    free(block);
}

/** Text where a function should be: what was to be set was not. */
BUG(void, wild_call, void) {
    handler *handle = nothing;
    char *block = malloc(1000); // FAILS wild-call
    if (!block) {
        memset(&handle, 'x', sizeof(handle));
    }
    LAUNDER(handle);
    handle(); // BREAKS wild-call
    free(block);
}

/** The same where a text should be. */
BUG(void, wild_read, void) {
    const char *text = "good";
    char *block = malloc(1000); // FAILS wild-read
    if (!block) {
        memset(&text, 'x', sizeof(text));
    }
    LAUNDER(text);
    volatile char first = text[0]; // BREAKS wild-read
    (void)first;
    free(block);
}

/** More is written to the stack than there is room for: where to return to is text. */
BUG(void, smash, size_t count) {
    char room[8];
    char *text = room;
    LAUNDER(text);
    memset(text, 'y', count);
    LAUNDER(text);
}

BUG(void, wild_return, void) {
    char *block = malloc(1000); // FAILS wild-return
    smash(block ? sizeof(block) : 64);
    free(block);
}

/** The error path frees the head of the list, then wants the rest of it. */
BUG(void, freed, void) {
    // No struct's size, so that they are not taken for what is to fail.
    size_t first = 200, second = 201;
    struct node *head = calloc(1, first);
    struct node *rest = calloc(1, second);
    char *more = malloc(1000); // FAILS freed
    LAUNDER(head);
    LAUNDER(rest);
    if (head && rest) {
        head->next = rest;
    }
    if (!more) {
        free(head);
        LAUNDER(head);
        rest = head->next;
        rest->value = 0; // BREAKS freed
    }
    free(more);
    free(rest);
    free(head);
}

/** The error path frees what the way out frees again. */
BUG(void, double_free, void) {
    char *buffer = malloc(100);
    char *more = malloc(1000); // FAILS double-free
    if (!more) {
        free(buffer);
    }
    free(more);
    LAUNDER(buffer);
    free(buffer); // BREAKS double-free
    STAY;
}

/** The buffer could not grow, and is taken for grown. */
BUG(void, overrun, void) {
    char *buffer = malloc(24);
    char *next = malloc(24);
    char *grown = realloc(buffer, 1000); // FAILS overrun
    char *volatile use = grown ? grown : buffer;
    memset(use, 'x', 1000);
    char *volatile last = malloc(5000); // BREAKS overrun
    free(last);
    free(next);
    free(use);
}

int main(int argc, char *argv[]) {
    static const struct bug bugs[] = {
        {"null-write", null_write},   {"null-read", null_read},
        {"null-libc", null_libc},     {"two-ways", two_ways},
        {"null-call", null_call},     {"wild", wild},
        {"wild-call", wild_call},     {"wild-read", wild_read},
        {"wild-return", wild_return}, {"freed", freed},
        {"double-free", double_free}, {"overrun", overrun},
    };
    return run_bug(bugs, sizeof(bugs) / sizeof(bugs[0]), argc, argv);
}
