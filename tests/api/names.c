/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct names *names_new(void) {
    return (struct names *)calloc(1, sizeof(struct names));
}

int names_add(struct names *names, const char *name) {
    size_t size = strlen(name) + 1;
    char *copy = (char *)malloc(size);
#ifndef FLAW
    if (!copy) {
        return -1;
    }
#endif
    memcpy(copy, name, size);
    char **list = (char **)realloc(names->list, (names->count + 1) * sizeof(*list));
    if (!list) {
        free(copy);
        return -1;
    }
    list[names->count++] = copy;
    names->list = list;
    return 0;
}

char *names_join(const struct names *names) {
    size_t size = 1;
    for (size_t i = 0; i < names->count; i++) {
        size += strlen(names->list[i]) + 1;
    }
    char *all = (char *)calloc(size, 1);
    for (size_t i = 0; all && i < names->count; i++) {
        strcat(strcat(all, i > 0 ? "," : ""), names->list[i]);
    }
    return all;
}

void names_free(struct names *names) {
    for (size_t i = 0; names && i < names->count; i++) {
        free(names->list[i]);
    }
    if (names) {
        free(names->list);
    }
    free(names);
}
