// SPDX-License-Identifier: MIT
// Functions that allocate for their callers, and some that only look so. Each is called from
// two places or more.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
    struct list *next;
    int value;
};

struct text {
    char *bytes;
    size_t length;
};

static size_t obtained;

// A wrapper.
static void *obtain(size_t size) {
    void *block = malloc(size);
    obtained += block ? size : 0;
    return block;
}

// One that does not come back without.
static void *obtain_or_die(size_t size) {
    void *block = malloc(size);
    if (!block) {
        fputs("out of memory\n", stderr);
        exit(3);
    }
    return block;
}

// A wrapper of a wrapper.
static char *copy(const char *text) {
    size_t size = strlen(text) + 1;
    char *block = obtain(size);
    return block ? memcpy(block, text, size) : NULL;
}

// One that hands out the memory by a pointer: only the user can tell.
static int hand_out(void **where, size_t size) {
    *where = malloc(size);
    return *where ? 0 : -1;
}

// A constructor: it asks for the same each time.
static struct list *add(struct list *to, int value) {
    struct list *item = obtain(sizeof(*item));
    if (item) {
        item->next = to;
        item->value = value;
    }
    return item;
}

// It keeps what it gets, and returns nothing.
static void set(struct text *text, size_t size) {
    free(text->bytes);
    text->bytes = calloc(1, size);
}

// Unchecked: the NULL from obtain() is written to.
static struct list *careless(void) {
    struct list *item = obtain(3 * sizeof(*item));
    item->next = NULL;
    return item;
}

static void *twice(size_t size) {
    void *one = NULL, *other = NULL;
    hand_out(&one, size);
    hand_out(&other, size + 1);
    free(one);
    return other;
}

int main(void) {
    struct text text = {NULL, 0};
    char *name = copy("name"), *other = copy("another name");
    void *died = obtain_or_die(5), *again = obtain_or_die(6);
    struct list *list = add(NULL, 1);
    list = list ? add(list, 2) : NULL;
    set(&text, 7);
    set(&text, 8);
    void *handed = twice(9);
    struct list *item = careless();
    printf("%d\n", name && other && list && handed && text.bytes);
    free(item), free(handed), free(text.bytes);
    free(list ? list->next : NULL), free(list);
    free(again), free(died), free(other), free(name);
    return 0;
}
