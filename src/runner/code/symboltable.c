// SPDX-License-Identifier: MIT
#include "runner/code/symboltable.h"

#include <stdlib.h>
#include <string.h>

/** How many symbols before an address are looked at for one that holds it. */
#define LOOK_BACK 16

/** Add a function; goes without the rest when memory runs out. */
static bool collect(void *context, const struct elffile_symbol *symbol) {
    struct symboltable *table = context;
    if (!symbol->function) {
        return true;
    }
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 256;
        struct elffile_symbol *list =
            reallocarray(table->list, room, sizeof(table->list[0]));
        if (!list) {
            return false;
        }
        table->list = list;
        table->room = room;
    }
    table->list[table->count++] = *symbol;
    return true;
}

/** Whether a name tells that a sanitizer has put its function in the place of another one:
 * that is told by no other name of it. */
static bool is_interceptor(const struct elffile_symbol *symbol) {
    const char *name = symbol->name + strspn(symbol->name, "_");
    return name > symbol->name && strncmp(name, "interceptor_", 12) == 0;
}

/** Which of two names for one place is more for others' use; as strcmp(). */
static int compare_use(const struct elffile_symbol *a, const struct elffile_symbol *b) {
    if (is_interceptor(a) != is_interceptor(b)) {
        return is_interceptor(a) ? 1 : -1;
    }
    if (a->global != b->global) {
        return a->global ? 1 : -1;
    }
    size_t under_a = strspn(a->name, "_");
    size_t under_b = strspn(b->name, "_");
    return under_a == under_b ? 0 : under_a > under_b ? -1 : 1;
}

/** By address, the best name last: a shorter one is older and better known. */
static int compare(const void *left, const void *right) {
    const struct elffile_symbol *a = left;
    const struct elffile_symbol *b = right;
    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    int use = compare_use(a, b);
    if (use != 0) {
        return use;
    }
    size_t length_a = strlen(a->name), length_b = strlen(b->name);
    return length_a == length_b ? strcmp(b->name, a->name) : length_a > length_b ? -1 : 1;
}

void symboltable_read(struct symboltable *table, const struct elffile *file) {
    *table = (struct symboltable){0};
    elffile_symbols(file, collect, table);
    if (table->count > 0) {
        qsort(table->list, table->count, sizeof(table->list[0]), compare);
    }
}

void symboltable_destroy(struct symboltable *table) {
    free(table->list);
    *table = (struct symboltable){0};
}

const struct elffile_symbol *symboltable_prefer(const struct symboltable *table,
                                                const struct elffile_symbol *symbol,
                                                const char *name) {
    for (const struct elffile_symbol *other = symbol; other >= table->list; other--) {
        if (other->address != symbol->address || compare_use(other, symbol) != 0) {
            break;
        }
        if (strcmp(other->name, name) == 0) {
            return other;
        }
    }
    return symbol;
}

const struct elffile_symbol *symboltable_find(const struct symboltable *table,
                                              uint64_t address) {
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->list[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t back = 1; back <= LOOK_BACK && back <= low; back++) {
        const struct elffile_symbol *symbol = &table->list[low - back];
        if (address - symbol->address < symbol->size) {
            return symbol;
        }
    }
    return NULL;
}
