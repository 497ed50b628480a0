// SPDX-License-Identifier: MIT
#include "runner/code/debuginfo.h"

#include "runner/code/debugfile.h"
#include "runner/code/die.h"
#include "runner/code/ranges.h"
#include "runner/code/symbolindex.h"
#include "runner/code/unitcode.h"
#include "runner/util/fault_guard.h"

#include <dwarf.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** A compilation unit that has been asked. */
struct unit {
    /** libdwfl's, one for each unit. */
    Dwarf_Die *die;
    struct unitcode *code;
};

struct debuginfo {
    /** NULL once libdw has crashed over it. */
    Dwfl *dwfl;
    Dwfl_Module *module;
    /** libdwfl's addresses less those in the file. */
    uint64_t bias;
    /** tsearch()'s tree of them. */
    void *units;
    /** All units, from when an address was not found by the file's own index of them;
     * the addresses they hold, as in the DIEs, and those less the file's. */
    bool listed;
    struct unit **list;
    uint32_t count;
    struct ranges ranges;
    Dwarf_Addr bias_listed;
    /** All symbols, from when one is asked for. */
    bool indexed;
    struct symbolindex symbols;
};

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = debugfile_find,
    .section_address = dwfl_offline_section_address,
};

/** A call of libdw, for the guard. */
struct work {
    struct debuginfo *info;
    const char *path;
    struct unpack *unpack;
    uint64_t address;
    struct debuginfo_call *calls;
    size_t room, used;
    const char *name;
    uint64_t start;
};

/** Make such a call; one that did not return was the last. */
static void guarded(fault_guard_function *function, struct work *work) {
    if (work->info->dwfl && !fault_guard_call(function, work)) {
        work->info->dwfl = NULL;
    }
}

/** Have libdw leave the call, rather than end the process, when memory runs out. */
static void set_oom_handler(Dwarf *dwarf) {
    if (dwarf) {
        dwarf_new_oom_handler(dwarf, fault_guard_leave);
        set_oom_handler(dwarf_getalt(dwarf));
    }
}

/** Give libdwfl its one file; `used` says whether it took it. */
static void report(void *context) {
    struct work *work = context;
    struct debuginfo *info = work->info;
    int fd = open(work->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return;
    }
    dwfl_report_begin(info->dwfl);
    info->module = dwfl_report_offline(info->dwfl, work->path, work->path, fd);
    if (!info->module) {
        close(fd);
    }
    GElf_Addr bias;
    void **userdata;
    if (info->module &&
        dwfl_module_info(info->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL)) {
        *userdata = work->unpack;
    }
    if (dwfl_report_end(info->dwfl, NULL, NULL) == 0 && info->module &&
        dwfl_module_getelf(info->module, &bias)) {
        info->bias = bias;
        work->used = 1;
        set_oom_handler(dwfl_module_getdwarf(info->module, &bias));
    }
}

static void finish(void *context) {
    struct work *work = context;
    dwfl_end(work->info->dwfl);
}

static void free_unit(void *unit) {
    unitcode_free(((struct unit *)unit)->code);
    free(unit);
}

struct debuginfo *debuginfo_open(const char *path, struct unpack *unpack) {
    struct debuginfo *info = calloc(1, sizeof(*info));
    if (!info) {
        return NULL;
    }
    struct work work = {.info = info, .path = path, .unpack = unpack};
    info->dwfl = dwfl_begin(&callbacks);
    guarded(report, &work);
    if (!info->dwfl || work.used == 0) {
        debuginfo_close(info);
        return NULL;
    }
    return info;
}

void debuginfo_close(struct debuginfo *info) {
    if (info) {
        struct work work = {.info = info};
        guarded(finish, &work);
        tdestroy(info->units, free_unit);
        symbolindex_destroy(&info->symbols);
        ranges_destroy(&info->ranges);
        free(info->list);
        free(info);
    }
}

static int by_die(const void *a, const void *b) {
    const struct unit *one = a, *other = b;
    return (one->die > other->die) - (one->die < other->die);
}

/** A unit that is asked; NULL when memory ran out. */
static struct unit *enter(struct debuginfo *info, Dwarf_Die *die) {
    struct unit key = {.die = die};
    struct unit **found = tfind(&key, &info->units, by_die);
    if (found) {
        return *found;
    }
    struct unit *unit = calloc(1, sizeof(*unit));
    struct unitcode *code = unit ? unitcode_new(die) : NULL;
    if (code) {
        *unit = (struct unit){die, code};
    }
    if (!code || !tsearch(unit, &info->units, by_die)) {
        unitcode_free(code);
        free(unit);
        return NULL;
    }
    return unit;
}

/** List all units; those that there is no memory for are left out. */
static void list_units(struct debuginfo *info) {
    Dwarf_Die *die = NULL;
    uint32_t room = 0;
    info->listed = true;
    while ((die = dwfl_module_nextcu(info->module, die, &info->bias_listed))) {
        if (info->count == room) {
            room = room ? 2 * room : 64;
            void *grown = reallocarray(info->list, room, sizeof(struct unit *));
            if (!grown) {
                break;
            }
            info->list = grown;
        }
        struct unit *unit = enter(info, die);
        if (unit && unitcode_ranges(unit->code, &info->ranges, info->count) == 0) {
            info->list[info->count++] = unit;
        }
    }
    ranges_sort(&info->ranges);
}

/** Find the unit that has an address. Not all compilers write an index of units, and what
 * libdwfl makes of one has no gaps. */
static struct unit *find_unit(struct debuginfo *info, uint64_t address,
                              Dwarf_Addr *bias) {
    Dwarf_Die *die = dwfl_module_addrdie(info->module, address + info->bias, bias);
    struct unit *unit = die ? enter(info, die) : NULL;
    if (unit && unitcode_holds(unit->code, address + info->bias - *bias)) {
        return unit;
    }
    if (!info->listed) {
        list_units(info);
    }
    *bias = info->bias_listed;
    uint32_t at = ranges_find(&info->ranges, address + info->bias - *bias);
    return at == RANGES_NONE ? NULL : info->list[at];
}

/** Names and entry of a function. */
static void name_call(Dwarf_Die *die, struct debuginfo_call *call) {
    call->linkage = die_linkage(die);
    call->name = dwarf_diename(die);
    call->inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;
}

/** An attribute that is a number; 0 where it is not there. */
static Dwarf_Word number(Dwarf_Die *die, unsigned attribute) {
    Dwarf_Attribute memory;
    Dwarf_Word value;
    bool good = dwarf_formudata(dwarf_attr(die, attribute, &memory), &value) == 0;
    return good ? value : 0;
}

/** libdw names a file it does not know "???". */
static const char *known_file(const char *name) {
    return name && strcmp(name, "???") != 0 ? name : NULL;
}

/** Where an inlined function was called: that is the line of the function around it. */
static void set_call_line(Dwarf_Die *inlined, struct debuginfo_call *outer) {
    Dwarf_Die unit;
    Dwarf_Files *files;
    outer->line = (int)number(inlined, DW_AT_call_line);
    if (dwarf_hasattr(inlined, DW_AT_call_file) &&
        dwarf_diecu(inlined, &unit, NULL, NULL) &&
        dwarf_getsrcfiles(&unit, &files, NULL) == 0) {
        outer->file = known_file(
            dwarf_filesrc(files, number(inlined, DW_AT_call_file), NULL, NULL));
    }
}

/** Find the chain of calls at an address of a unit, without the innermost line. */
static size_t find_calls(struct unitcode *code, Dwarf_Addr address,
                         struct debuginfo_call *calls, size_t room) {
    Dwarf_Die dies[DEBUGINFO_CALLS_MAX];
    size_t used = unitcode_find(code, address, dies,
                                room < DEBUGINFO_CALLS_MAX ? room : DEBUGINFO_CALLS_MAX);
    for (size_t i = 0; i < used; i++) {
        name_call(&dies[i], &calls[i]);
        if (!calls[i].inlined) {
            calls[i].entry = die_entry(&dies[i]);
        } else if (i + 1 < used) {
            set_call_line(&dies[i], &calls[i + 1]);
        }
    }
    return used;
}

/** Where a unit was compiled; NULL = unknown. */
static const char *directory_of(Dwarf_Die *unit) {
    Dwarf_Attribute memory;
    Dwarf_Attribute *directory = dwarf_attr(unit, DW_AT_comp_dir, &memory);
    return directory ? dwarf_formstring(directory) : NULL;
}

/** debuginfo_find() with libdw unguarded. */
static void find(void *context) {
    struct work *work = context;
    struct debuginfo_call *calls = work->calls;
    Dwarf_Addr bias;
    struct unit *unit = find_unit(work->info, work->address, &bias);
    if (!unit) {
        return;
    }
    Dwarf_Addr inside = work->address + work->info->bias - bias;
    size_t used = find_calls(unit->code, inside, calls, work->room);
    const char *directory = directory_of(unit->die);
    calls[0].directory = directory;
    for (size_t i = 0; i < used; i++) {
        calls[i].directory = directory;
        calls[i].entry += calls[i].entry ? bias - work->info->bias : 0;
    }
    Dwarf_Line *line = dwarf_getsrc_die(unit->die, inside);
    if (line) {
        calls[0].file = known_file(dwarf_linesrc(line, NULL, NULL));
        calls[0].line = dwarf_lineno(line, &calls[0].line) == 0 ? calls[0].line : 0;
        used = used > 0 ? used : 1;
    }
    work->used = used;
}

size_t debuginfo_find(struct debuginfo *info, uint64_t address,
                      struct debuginfo_call *calls, size_t room) {
    struct work work = {.info = info, .address = address, .calls = calls, .room = room};
    memset(calls, 0, room * sizeof(calls[0]));
    guarded(find, &work);
    if (work.used == 0) {
        memset(calls, 0, room * sizeof(calls[0]));
    }
    return work.used;
}

/** debuginfo_symbol() with libdw unguarded. */
static void find_symbol(void *context) {
    struct work *work = context;
    struct debuginfo *info = work->info;
    Dwarf_Addr start;
    if (!info->indexed) {
        info->indexed = true;
        symbolindex_read(&info->symbols, info->module);
    }
    work->name = symbolindex_find(&info->symbols, info->module,
                                  work->address + info->bias, &start);
    work->start = work->name ? start - info->bias : 0;
}

const char *debuginfo_symbol(struct debuginfo *info, uint64_t address, uint64_t *start) {
    struct work work = {.info = info, .address = address};
    guarded(find_symbol, &work);
    *start = work.start;
    return work.name;
}
