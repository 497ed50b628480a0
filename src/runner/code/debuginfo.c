// SPDX-License-Identifier: MIT
#include "runner/code/debuginfo.h"

#include "runner/code/debugfile.h"
#include "runner/util/fault_guard.h"

#include <dwarf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct debuginfo {
    /** NULL once libdw has crashed over it. */
    Dwfl *dwfl;
    Dwfl_Module *module;
    /** libdwfl's addresses less those in the file. */
    uint64_t bias;
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
        free(info);
    }
}

/** Find the unit that has an address. Not all compilers write an index of units, and what
 * libdwfl makes of one has no gaps: then they are asked one after another. */
static Dwarf_Die *find_unit(struct debuginfo *info, uint64_t address, Dwarf_Addr *bias) {
    Dwarf_Die *unit = dwfl_module_addrdie(info->module, address + info->bias, bias);
    if (unit && dwarf_haspc(unit, address + info->bias - *bias) > 0) {
        return unit;
    }
    unit = NULL;
    if (dwfl_module_getdwarf(info->module, bias)) {
        do {
            unit = dwfl_module_nextcu(info->module, unit, bias);
        } while (unit && dwarf_haspc(unit, address + info->bias - *bias) <= 0);
    }
    return unit;
}

/** Whether a DIE stands for code of a function. */
static bool is_function(Dwarf_Die *die) {
    int tag = dwarf_tag(die);
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
           tag == DW_TAG_entry_point;
}

/** Names and entry of a function. */
static void name_call(Dwarf_Die *die, struct debuginfo_call *call) {
    Dwarf_Attribute memory;
    Dwarf_Attribute *linkage = dwarf_attr_integrate(die, DW_AT_linkage_name, &memory);
    if (!linkage) {
        linkage = dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &memory);
    }
    call->linkage = linkage ? dwarf_formstring(linkage) : NULL;
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

/** Where a function is entered; of one in several parts the first; 0 = unknown. */
static Dwarf_Addr entry_of(Dwarf_Die *function) {
    Dwarf_Addr entry, base, end;
    if (dwarf_entrypc(function, &entry) == 0 ||
        dwarf_ranges(function, 0, &base, &entry, &end) > 0) {
        return entry;
    }
    return 0;
}

/** Go outwards through the DIEs around a function's. */
static size_t chain(Dwarf_Die *scopes, int count, struct debuginfo_call *calls,
                    size_t room) {
    size_t used = 0;
    for (int i = 0; i < count && used < room; i++) {
        if (!is_function(&scopes[i])) {
            continue;
        }
        struct debuginfo_call *call = &calls[used++];
        name_call(&scopes[i], call);
        if (!call->inlined) {
            call->entry = entry_of(&scopes[i]);
            break;
        }
        if (used < room) {
            set_call_line(&scopes[i], &calls[used]);
        }
    }
    return used;
}

/** A place in a unit, and the function whose code it is; its `addr` NULL where there is
 * none. */
struct place {
    Dwarf_Addr address;
    Dwarf_Die function;
};

/** Stop at the function that has an address. */
static int compare(Dwarf_Die *function, void *context) {
    struct place *place = context;
    if (dwarf_haspc(function, place->address) <= 0) {
        return DWARF_CB_OK;
    }
    place->function = *function;
    return DWARF_CB_ABORT;
}

/** Go on to a child that has the address; false where none does. */
static bool go_down(Dwarf_Die *die, Dwarf_Addr address) {
    Dwarf_Die child;
    if (dwarf_child(die, &child) != 0) {
        return false;
    }
    do {
        if (dwarf_haspc(&child, address) > 0) {
            *die = child;
            return true;
        }
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/** As find_calls(), for a function in a namespace, where Rust has its own: libdw looks for
 * scopes outside of those only. */
static size_t find_calls_in_namespace(Dwarf_Die *unit, Dwarf_Addr address,
                                      struct debuginfo_call *calls, size_t room) {
    struct place place = {.address = address};
    Dwarf_Die *around = NULL;
    dwarf_getfuncs(unit, compare, &place, 0);
    if (!place.function.addr) {
        return 0;
    }
    for (Dwarf_Die die = place.function; go_down(&die, address);) {
        place.function = is_function(&die) ? die : place.function;
    }
    int depth = dwarf_getscopes_die(&place.function, &around);
    size_t used = depth > 0 ? chain(around, depth, calls, room) : 0;
    free(around);
    return used;
}

/** Find the chain of calls at an address of a unit, without the innermost line. */
static size_t find_calls(Dwarf_Die *unit, Dwarf_Addr address,
                         struct debuginfo_call *calls, size_t room) {
    Dwarf_Die *scopes = NULL, *around = NULL;
    size_t used = 0;
    int count = dwarf_getscopes(unit, address, &scopes);
    for (int i = 0; i < count; i++) {
        if (is_function(&scopes[i])) {
            // The scopes of an inlined function are those of its definition: what it was
            // inlined into is around its own DIE.
            int depth = dwarf_getscopes_die(&scopes[i], &around);
            used = depth > 0 ? chain(around, depth, calls, room) : 0;
            break;
        }
    }
    free(around);
    free(scopes);
    return count > 0 ? used : find_calls_in_namespace(unit, address, calls, room);
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
    Dwarf_Die *unit = find_unit(work->info, work->address, &bias);
    if (!unit) {
        return;
    }
    Dwarf_Addr inside = work->address + work->info->bias - bias;
    size_t used = find_calls(unit, inside, calls, work->room);
    const char *directory = directory_of(unit);
    calls[0].directory = directory;
    for (size_t i = 0; i < used; i++) {
        calls[i].directory = directory;
        calls[i].entry += calls[i].entry ? bias - work->info->bias : 0;
    }
    Dwarf_Line *line = dwarf_getsrc_die(unit, inside);
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
    GElf_Sym symbol;
    GElf_Off offset;
    work->name =
        dwfl_module_addrinfo(work->info->module, work->address + work->info->bias,
                             &offset, &symbol, NULL, NULL, NULL);
    work->start = work->name ? work->address - offset : 0;
}

const char *debuginfo_symbol(struct debuginfo *info, uint64_t address, uint64_t *start) {
    struct work work = {.info = info, .address = address};
    guarded(find_symbol, &work);
    *start = work.start;
    return work.name;
}
