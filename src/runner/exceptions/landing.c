// SPDX-License-Identifier: MIT
#include "runner/exceptions/landing.h"

#include "runner/code/callee.h"
#include "runner/exceptions/callsite.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** The most places that code is followed to, and instructions that are read in all. */
#define PLACES_MAX 256
#define STEPS_MAX  8192

/** What a call is the end of. */
enum ending {
    /** Of nothing: it returns. */
    ENDING_NOTHING,
    /** The exception goes on. */
    ENDING_PASSED,
    /** It ends the program. */
    ENDING_STOPPED,
    /** Of this way: of a handler that is not meant, or what has nothing to do with it. */
    ENDING_WAY,
};

static const struct {
    const char *name;
    enum ending ending;
} endings[] = {
    {"_Unwind_Resume", ENDING_PASSED},
    {"_Unwind_Resume_or_Rethrow", ENDING_PASSED},
    {"__cxa_end_cleanup", ENDING_PASSED},
    {"_ZSt9terminatev", ENDING_STOPPED},
    {"__cxa_call_terminate", ENDING_STOPPED},
    {"__clang_call_terminate", ENDING_STOPPED},
    {"__cxa_begin_catch", ENDING_WAY},
    {"__cxa_get_exception_ptr", ENDING_WAY},
    {"__cxa_rethrow", ENDING_WAY},
    {"__cxa_throw", ENDING_WAY},
    {"__stack_chk_fail", ENDING_WAY},
    {"__assert_fail", ENDING_WAY},
    {"abort", ENDING_WAY},
    {"exit", ENDING_WAY},
    {"_exit", ENDING_WAY},
};

/** The code that is followed from a landing pad on. */
struct way {
    const struct functions *functions;
    struct microcodes *codes;
    /** Where it is to be read from, in the order that they were found in. */
    uint64_t places[PLACES_MAX];
    size_t count, steps;
    bool passed, stopped, lost;
};

/** Note a place to read from. */
static void add(struct way *way, uint64_t address) {
    for (size_t i = 0; i < way->count; i++) {
        if (way->places[i] == address) {
            return;
        }
    }
    if (address == 0 || way->count == PLACES_MAX) {
        way->lost = true;
        return;
    }
    way->places[way->count++] = address;
}

/** The name of the function that begins where a call or a jump goes; NULL = it has none. */
static const char *name_of(const struct way *way, const struct microcode *code) {
    const struct elffile_symbol *own =
        code->target ? symboltable_find(&way->functions->symbols, code->target) : NULL;
    return own && own->address == code->target
               ? own->name
               : callee_name(way->codes, way->functions->file, code);
}

/** What a call or a jump is the end of. */
static enum ending ending_of(const struct way *way, const struct microcode *code) {
    const char *name = name_of(way, code);
    for (size_t i = 0; name && i < COUNT(endings); i++) {
        if (strcmp(name, endings[i].name) == 0) {
            return endings[i].ending;
        }
    }
    return ENDING_NOTHING;
}

/** Take note of what an instruction is the end of; whether it is. */
static bool ends(struct way *way, const struct microcode *code) {
    enum ending ending = ending_of(way, code);
    way->passed |= ending == ENDING_PASSED;
    way->stopped |= ending == ENDING_STOPPED;
    return ending != ENDING_NOTHING;
}

/** Follow an instruction; whether the next one comes after it. */
static bool follow(struct way *way, const struct microcode *code) {
    switch (code->kind) {
    case MICROCODE_CALL:
        return !ends(way, code);
    case MICROCODE_JUMP:
        if (!ends(way, code)) {
            add(way, code->target);
        }
        return false;
    case MICROCODE_BRANCH:
        add(way, code->target);
        return true;
    case MICROCODE_RETURN:
    case MICROCODE_STOP:
        return false;
    default:
        return true;
    }
}

/** Read on from a place, as far as its function goes. */
static void read_on(struct way *way, uint64_t address) {
    const struct functions *functions = way->functions;
    struct function_range range;
    if (!functions_find(functions, address, &range)) {
        way->lost = true;
        return;
    }
    size_t left = range.high - address;
    const unsigned char *bytes = elffile_bytes(functions->file, address, left);
    struct microcode code;
    while (bytes && left > 0 && way->steps++ < STEPS_MAX) {
        if (!microcodes_read(way->codes, bytes, left, address, &code)) {
            break;
        }
        if (!follow(way, &code)) {
            return;
        }
        bytes += code.length;
        left -= code.length;
        address += code.length;
    }
    way->lost = true;
}

enum landing landing_of(const struct functions *functions, uint64_t address) {
    uint64_t pad = callsite_landing_pad(functions, address);
    if (!pad) {
        return LANDING_PASSES;
    }
    struct way way = {.functions = functions,
                      .codes = microcodes_new(elffile_machine(functions->file))};
    if (!way.codes) {
        return LANDING_UNKNOWN;
    }
    add(&way, pad);
    for (size_t i = 0; i < way.count; i++) {
        read_on(&way, way.places[i]);
    }
    microcodes_free(way.codes);
    return way.passed    ? LANDING_PASSES
           : way.stopped ? LANDING_STOPS
           : way.lost    ? LANDING_UNKNOWN
                         : LANDING_PASSES;
}
