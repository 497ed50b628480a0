// SPDX-License-Identifier: MIT
#include "runner/code/unitcode.h"

#include "runner/code/ranges.h"
#include "runner/util/fault_guard.h"

#include <dwarf.h>
#include <stdlib.h>

/** How deep DIEs are followed: no compiler nests them as deep. */
#define DEPTH_MAX 256

/** A call that was inlined into a function. */
struct inlined {
    Dwarf_Die die;
    /** What it was inlined into; RANGES_NONE = the function. */
    uint32_t outer;
};

struct function {
    Dwarf_Die die;
    /** Whether the rest is known. */
    bool read;
    /** Inner ones come before those around them, so that the first is the innermost. */
    struct inlined *inlined;
    uint32_t count, room;
    struct ranges ranges;
};

struct unitcode {
    Dwarf_Die unit;
    struct ranges own;
    /** Whether the rest is known. */
    bool read;
    struct function *functions;
    uint32_t count, room;
    struct ranges ranges;
};

/** Add a DIE's ranges; 0 on success. */
static int add_ranges(struct ranges *ranges, Dwarf_Die *die, uint32_t owner) {
    Dwarf_Addr base, low, high;
    ptrdiff_t at = 0;
    int bad = 0;
    while (!bad && (at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
        bad = ranges_add(ranges, low, high, owner);
    }
    return bad;
}

/** Room for one more in a list; 0 on success. */
static int grow(void *list, uint32_t count, uint32_t *room, size_t size) {
    void **at = list;
    if (count < *room) {
        return 0;
    }
    uint32_t more = *room ? 2 * *room : 8;
    void *grown = reallocarray(*at, more, size);
    if (!grown) {
        return -1;
    }
    *at = grown;
    *room = more;
    return 0;
}

struct unitcode *unitcode_new(Dwarf_Die *unit) {
    struct unitcode *code = calloc(1, sizeof(*code));
    if (code && add_ranges(&code->own, unit, 0) != 0) {
        unitcode_free(code);
        return NULL;
    }
    if (code) {
        code->unit = *unit;
        ranges_sort(&code->own);
    }
    return code;
}

void unitcode_free(struct unitcode *code) {
    if (!code) {
        return;
    }
    for (uint32_t i = 0; i < code->count; i++) {
        ranges_destroy(&code->functions[i].ranges);
        free(code->functions[i].inlined);
    }
    ranges_destroy(&code->ranges);
    ranges_destroy(&code->own);
    free(code->functions);
    free(code);
}

bool unitcode_holds(const struct unitcode *code, uint64_t address) {
    return ranges_find(&code->own, address) != RANGES_NONE;
}

int unitcode_ranges(const struct unitcode *code, struct ranges *ranges, uint32_t owner) {
    int bad = 0;
    for (size_t i = 0; i < code->own.count && !bad; i++) {
        bad = ranges_add(ranges, code->own.list[i].low, code->own.list[i].high, owner);
    }
    return bad;
}

/** Add an inlined call, behind those inlined into it, which are there since `first`. */
static int add_inlined(struct function *function, Dwarf_Die *die, uint32_t first) {
    if (grow(&function->inlined, function->count, &function->room,
             sizeof(function->inlined[0])) != 0) {
        return -1;
    }
    for (uint32_t i = first; i < function->count; i++) {
        if (function->inlined[i].outer == RANGES_NONE) {
            function->inlined[i].outer = function->count;
        }
    }
    function->inlined[function->count] = (struct inlined){*die, RANGES_NONE};
    return add_ranges(&function->ranges, die, function->count++);
}

/** Read what was inlined below a DIE; 0 on success. */
static int read_inlined(struct function *function, Dwarf_Die *parent, int depth) {
    Dwarf_Die die;
    int bad = 0;
    int more = depth < DEPTH_MAX ? dwarf_child(parent, &die) : 1;
    for (; more == 0 && !bad; more = dwarf_siblingof(&die, &die)) {
        uint32_t first = function->count;
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
            tag == DW_TAG_try_block || tag == DW_TAG_catch_block ||
            tag == DW_TAG_with_stmt) {
            bad = read_inlined(function, &die, depth + 1);
        }
        if (tag == DW_TAG_inlined_subroutine && !bad) {
            bad = add_inlined(function, &die, first);
        }
    }
    return bad;
}

/** Add a function that has code; 0 on success. */
static int add_function(struct unitcode *code, Dwarf_Die *die) {
    size_t before = code->ranges.count;
    if (grow(&code->functions, code->count, &code->room, sizeof(code->functions[0])) !=
            0 ||
        add_ranges(&code->ranges, die, code->count) != 0) {
        return -1;
    }
    if (code->ranges.count > before) {
        code->functions[code->count++] = (struct function){.die = *die};
    }
    return 0;
}

/** Read the functions below a DIE; 0 on success. */
static int read_functions(struct unitcode *code, Dwarf_Die *parent, int depth) {
    Dwarf_Die die;
    int bad = 0;
    int more = depth < DEPTH_MAX ? dwarf_child(parent, &die) : 1;
    for (; more == 0 && !bad; more = dwarf_siblingof(&die, &die)) {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram) {
            bad = add_function(code, &die);
        } else if (tag == DW_TAG_namespace || tag == DW_TAG_module) {
            // clang and rustc put functions there.
            bad = read_functions(code, &die, depth + 1);
        }
    }
    return bad;
}

/** The DIE that has a unit's functions: with -gsplit-dwarf it is in another file. */
static Dwarf_Die split_of(Dwarf_Die *unit) {
    Dwarf_Die split = {0};
    uint8_t type;
    bool is_split =
        dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
        type == DW_UT_skeleton && split.addr;
    if (!is_split) {
        return *unit;
    }
    dwarf_new_oom_handler(dwarf_cu_getdwarf(split.cu), fault_guard_leave);
    return split;
}

/** The function at an address; NULL = none. What there is no memory for is left out. */
static struct function *find_function(struct unitcode *code, uint64_t address) {
    if (!code->read) {
        Dwarf_Die top = split_of(&code->unit);
        code->read = true;
        read_functions(code, &top, 0);
        ranges_sort(&code->ranges);
    }
    uint32_t at = ranges_find(&code->ranges, address);
    struct function *function = at == RANGES_NONE ? NULL : &code->functions[at];
    if (function && !function->read) {
        function->read = true;
        read_inlined(function, &function->die, 0);
        ranges_sort(&function->ranges);
    }
    return function;
}

size_t unitcode_find(struct unitcode *code, uint64_t address, Dwarf_Die *dies,
                     size_t room) {
    struct function *function = find_function(code, address);
    size_t used = 0;
    if (!function) {
        return 0;
    }
    uint32_t at = ranges_find(&function->ranges, address);
    for (; at != RANGES_NONE && used < room; at = function->inlined[at].outer) {
        dies[used++] = function->inlined[at].die;
    }
    if (used < room) {
        dies[used++] = function->die;
    }
    return used;
}
