// SPDX-License-Identifier: MIT
#include "runner/code/functions.h"

#include <string.h>

/** The usual form of the table, as the Linux Standard Base has it: version 1; a pointer of
 * 4 bytes, relative to itself; a count of 4 bytes; entries of twice 4 bytes, relative to
 * the table. */
static const unsigned char usual[] = {1, 0x1b, 0x03, 0x3b};

enum { HEAD = 12, ENTRY = 8 };

/** The longest function whose end is guessed. */
#define GUESS_MAX 4096

/** Find the table for unwinding. */
static void read_table(struct functions *functions) {
    size_t length;
    uint64_t table = elffile_unwind_table(functions->file, &length);
    const unsigned char *bytes =
        table && length > HEAD ? elffile_bytes(functions->file, table, length) : NULL;
    if (!bytes || memcmp(bytes, usual, sizeof(usual)) != 0) {
        return;
    }
    uint32_t count;
    memcpy(&count, bytes + HEAD - sizeof(count), sizeof(count));
    size_t room = (length - HEAD) / ENTRY;
    functions->table = table;
    functions->entries = bytes + HEAD;
    functions->count = count < room ? count : room;
}

void functions_begin(struct functions *functions, struct elffile *file) {
    *functions = (struct functions){.file = file};
    if (file) {
        functions->base = elffile_base(file);
        symboltable_read(&functions->symbols, file);
        read_table(functions);
    }
}

void functions_open(struct functions *functions, const struct mf_module *module) {
    char path[sizeof(module->path)];
    functions_begin(functions, modules_open(module, path));
}

void functions_open_path(struct functions *functions, const char *path) {
    functions_begin(functions, elffile_open(path));
}

void functions_close(struct functions *functions) {
    symboltable_destroy(&functions->symbols);
    elffile_close(functions->file);
    *functions = (struct functions){0};
}

/** An address that is told relative to another one. */
static uint64_t near(uint64_t address, const unsigned char *bytes) {
    int32_t relative;
    memcpy(&relative, bytes, sizeof(relative));
    return address + (uint64_t)(int64_t)relative;
}

/** Where a function of the table begins. */
static uint64_t start_of(const struct functions *functions, size_t at) {
    return near(functions->table, functions->entries + at * ENTRY);
}

/** Where the description of a function is, which the table points to. */
static uint64_t description_of(const struct functions *functions, size_t at) {
    return near(functions->table, functions->entries + at * ENTRY + 4);
}

/** Read a description: its length, its common part, and where the function begins and how
 * long it is, in 4 bytes each. */
static bool read_description(const struct functions *functions, uint64_t where,
                             struct function_range *range) {
    enum { BEGIN = 8, SIZE = 12, END = 16 };
    const unsigned char *bytes = elffile_bytes(functions->file, where, END);
    uint32_t size;
    if (!bytes) {
        return false;
    }
    memcpy(&size, bytes + SIZE, sizeof(size));
    range->low = near(where + BEGIN, bytes + BEGIN);
    range->high = range->low + size;
    return true;
}

/** Read that of an entry of the table. They may be written otherwise. */
static bool describe(const struct functions *functions, size_t at,
                     struct function_range *range) {
    return read_description(functions, description_of(functions, at), range) &&
           range->low == start_of(functions, at);
}

/** How many functions of the table begin at an address or below. */
static size_t count_up_to(const struct functions *functions, uint64_t address) {
    size_t low = 0;
    size_t high = functions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (start_of(functions, middle) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool functions_find(const struct functions *functions, uint64_t address,
                    struct function_range *range) {
    size_t upto = count_up_to(functions, address);
    const struct elffile_symbol *symbol = symboltable_find(&functions->symbols, address);
    if (upto > 0 && describe(functions, upto - 1, range) && address < range->high) {
        return true;
    }
    if (symbol) {
        *range = (struct function_range){symbol->address, symbol->address + symbol->size};
    }
    return symbol != NULL;
}

bool functions_guess(const struct functions *functions, uint64_t address,
                     struct function_range *range) {
    const struct symboltable *symbols = &functions->symbols;
    size_t upto = count_up_to(functions, address);
    uint64_t next = upto < functions->count ? start_of(functions, upto) : UINT64_MAX;
    for (size_t i = 0; i < symbols->count; i++) {
        uint64_t start = symbols->list[i].address;
        next = start > address && start < next ? start : next;
    }
    *range = (struct function_range){address, next};
    return next != UINT64_MAX && next - address <= GUESS_MAX;
}

const char *functions_name(const struct functions *functions, uint64_t address) {
    const struct elffile_symbol *symbol = symboltable_find(&functions->symbols, address);
    return symbol ? symbol->name : NULL;
}

/** Look for a description among all of them: static programs have no table. */
static uint64_t search_descriptions(const struct functions *functions, uint64_t address,
                                    struct function_range *range) {
    size_t left;
    uint64_t at = elffile_section(functions->file, ".eh_frame", &left);
    const unsigned char *bytes = at ? elffile_bytes(functions->file, at, left) : NULL;
    uint32_t words[2];
    while (bytes && left > sizeof(words)) {
        memcpy(words, bytes, sizeof(words));
        size_t length = words[0] + sizeof(words[0]);
        // The end, or a form that is not used for so little.
        if (words[0] == 0 || length > left) {
            break;
        }
        if (words[1] != 0 && read_description(functions, at, range) &&
            address >= range->low && address < range->high) {
            return at;
        }
        bytes += length;
        at += length;
        left -= length;
    }
    return 0;
}

uint64_t functions_description(const struct functions *functions, uint64_t address,
                               struct function_range *range) {
    size_t upto = count_up_to(functions, address);
    bool found =
        upto > 0 && describe(functions, upto - 1, range) && address < range->high;
    return found                   ? description_of(functions, upto - 1)
           : functions->count == 0 ? search_descriptions(functions, address, range)
                                   : 0;
}
