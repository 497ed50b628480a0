// SPDX-License-Identifier: MIT
// The format: Linux Standard Base, "Exception Frames", and DWARF 5, section 6.4. Of each
// row of the table that the instructions describe only the canonical frame address, the
// frame pointer and the return address are kept.
#include "preload/stack/cfi.h"

#include "walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** The deepest nesting of remembered rows. */
#define ROWS_MAX 4

/** What the unwinder's own look-up fills in. */
struct bases {
    void *text, *data, *function;
};

/** libgcc's: finds the description of the function that an address lies in. */
const void *_Unwind_Find_FDE(void *pc, struct bases *bases);

/** Bytes that are read from the front. */
struct bytes {
    const uint8_t *at, *end;
    /** Whether something was met that is not simple. */
    bool hard;
};

/** Where a register's value at the caller is. */
enum where {
    UNCHANGED,
    UNDEFINED,
    SAVED,
    ELSEWHERE,
};

struct place {
    enum where where;
    int64_t offset;
};

/** One row of the table. */
struct row {
    /** The register that the canonical frame address counts from; -1 = an expression. */
    int64_t base;
    int64_t cfa;
    struct place fp, ra;
};

/** A function's table while it is read. */
struct table {
    uint64_t code_unit;
    int64_t data_unit;
    /** The size of an address in the function's description. */
    size_t address_size;
    /** Whether augmentation data follow there. */
    bool augmented;
    struct row row, first, remembered[ROWS_MAX];
    unsigned depth;
    /** Where the present row begins to hold, and the address that is wanted. */
    uintptr_t location, wanted;
};

static const uint8_t *take(struct bytes *bytes, uint64_t count) {
    const uint8_t *at = bytes->at;
    if ((uint64_t)(bytes->end - at) < count) {
        bytes->hard = true;
        bytes->at = bytes->end;
        return NULL;
    }
    bytes->at += count;
    return at;
}

static uint64_t take_number(struct bytes *bytes, size_t size) {
    uint64_t number = 0;
    const uint8_t *at = take(bytes, size);
    if (at) {
        memcpy(&number, at, size);
    }
    return number;
}

/** A number of variable length. */
static uint64_t take_uleb(struct bytes *bytes) {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint64_t byte = take_number(bytes, 1);
        number |= shift < 64 ? (byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) {
            return number;
        }
    }
}

/** The same with a sign. */
static int64_t take_sleb(struct bytes *bytes) {
    uint64_t number = 0;
    for (unsigned shift = 0;;) {
        uint64_t byte = take_number(bytes, 1);
        number |= shift < 64 ? (byte & 0x7f) << shift : 0;
        shift += 7;
        if (!(byte & 0x80)) {
            bool negative = (byte & 0x40) && shift < 64;
            return (int64_t)(negative ? number | ~UINT64_C(0) << shift : number);
        }
    }
}

/** How many bytes an encoded address takes; 0 = not simple. */
static size_t encoded_size(unsigned encoding) {
    static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8};
    return encoding == 0xff ? 0 : sizes[encoding & 0xf];
}

/** The augmentation of the common part: which addresses are encoded how. */
static void read_augmentation(struct bytes *bytes, const char *letters,
                              struct table *table) {
    if (*letters && *letters != 'z') {
        bytes->hard = true;
        return;
    }
    uint64_t length = *letters ? take_uleb(bytes) : 0;
    table->augmented = *letters;
    struct bytes data = {bytes->at, bytes->at, false};
    data.end = take(bytes, length) ? bytes->at : data.at;
    for (letters += table->augmented; *letters && !data.hard; letters++) {
        size_t size;
        switch (*letters) {
        case 'R':
            table->address_size = encoded_size((unsigned)take_number(&data, 1));
            break;
        case 'L':
            take_number(&data, 1);
            break;
        case 'P':
            size = encoded_size((unsigned)take_number(&data, 1));
            data.hard |= size == 0;
            take(&data, size);
            break;
        default:
            data.hard = true;
        }
    }
    bytes->hard |= data.hard || table->address_size == 0;
}

/** The common part of several functions, up to its instructions. */
static void read_common(struct bytes *bytes, struct table *table) {
    take_number(bytes, 4);
    uint64_t version = take_number(bytes, 1);
    const char *letters = (const char *)bytes->at;
    while (take_number(bytes, 1)) {
    }
    table->code_unit = take_uleb(bytes);
    table->data_unit = take_sleb(bytes);
    uint64_t ra = version == 1 ? take_number(bytes, 1) : take_uleb(bytes);
    table->address_size = sizeof(void *);
    bytes->hard |= (version != 1 && version != 3) || ra != MF_REGISTER_RA;
    read_augmentation(bytes, letters, table);
}

/** Where the row keeps a register; NULL for one that does not matter. */
static struct place *place_in(struct row *row, uint64_t number) {
    return number == MF_REGISTER_FP   ? &row->fp
           : number == MF_REGISTER_RA ? &row->ra
                                      : NULL;
}

static void put(struct table *table, uint64_t number, enum where where, int64_t offset) {
    struct place *place = place_in(&table->row, number);
    if (place) {
        *place = (struct place){where, offset};
    }
}

static void restore(struct table *table, uint64_t number) {
    struct place *place = place_in(&table->row, number);
    if (place) {
        *place = *place_in(&table->first, number);
    }
}

static void advance(struct table *table, uint64_t units) {
    table->location += units * table->code_unit;
}

/** An instruction about the canonical frame address; whether it was one. */
static bool obey_cfa(struct bytes *bytes, struct table *table, unsigned code) {
    struct row *row = &table->row;
    switch (code) {
    case 0x0c: // def_cfa
        row->base = (int64_t)take_uleb(bytes);
        row->cfa = (int64_t)take_uleb(bytes);
        return true;
    case 0x0d: // def_cfa_register
        row->base = (int64_t)take_uleb(bytes);
        return true;
    case 0x0e: // def_cfa_offset
        row->cfa = (int64_t)take_uleb(bytes);
        return true;
    case 0x0f: // def_cfa_expression
        row->base = -1;
        take(bytes, take_uleb(bytes));
        return true;
    case 0x12: // def_cfa_sf
        row->base = (int64_t)take_uleb(bytes);
        row->cfa = take_sleb(bytes) * table->data_unit;
        return true;
    case 0x13: // def_cfa_offset_sf
        row->cfa = take_sleb(bytes) * table->data_unit;
        return true;
    default:
        return false;
    }
}

/** An instruction about a register that is named in full; whether it was one. */
static bool obey_register(struct bytes *bytes, struct table *table, unsigned code) {
    if ((code < 0x05 || code > 0x09) && code != 0x10 && code != 0x11 && code != 0x14 &&
        code != 0x15 && code != 0x16) {
        return false;
    }
    uint64_t number = take_uleb(bytes);
    switch (code) {
    case 0x05: // offset_extended
        put(table, number, SAVED, (int64_t)take_uleb(bytes) * table->data_unit);
        break;
    case 0x06: // restore_extended
        restore(table, number);
        break;
    case 0x07: // undefined
        put(table, number, UNDEFINED, 0);
        break;
    case 0x08: // same_value
        put(table, number, UNCHANGED, 0);
        break;
    case 0x11: // offset_extended_sf
        put(table, number, SAVED, take_sleb(bytes) * table->data_unit);
        break;
    case 0x10: // expression
    case 0x16: // val_expression
        take(bytes, take_uleb(bytes));
        put(table, number, ELSEWHERE, 0);
        break;
    default: // register, val_offset, val_offset_sf
        take_uleb(bytes);
        put(table, number, ELSEWHERE, 0);
        break;
    }
    return true;
}

/** The other instructions. */
static void obey_rest(struct bytes *bytes, struct table *table, unsigned code) {
    switch (code) {
    case 0x00: // nop
        break;
    case 0x02: // advance_loc1
        advance(table, take_number(bytes, 1));
        break;
    case 0x03: // advance_loc2
        advance(table, take_number(bytes, 2));
        break;
    case 0x04: // advance_loc4
        advance(table, take_number(bytes, 4));
        break;
    case 0x0a: // remember_state
        if (table->depth == ROWS_MAX) {
            bytes->hard = true;
        } else {
            table->remembered[table->depth++] = table->row;
        }
        break;
    case 0x0b: // restore_state
        if (table->depth == 0) {
            bytes->hard = true;
        } else {
            table->row = table->remembered[--table->depth];
        }
        break;
    case 0x2e: // GNU_args_size
        take_uleb(bytes);
        break;
    default:
        bytes->hard = true;
    }
}

/** Follow instructions up to the row that holds for the wanted address. */
static void follow(struct bytes *bytes, struct table *table) {
    while (bytes->at < bytes->end && !bytes->hard && table->location < table->wanted) {
        unsigned code = (unsigned)take_number(bytes, 1);
        unsigned low = code & 0x3f;
        switch (code & 0xc0) {
        case 0x40: // advance_loc
            advance(table, low);
            break;
        case 0x80: // offset
            put(table, low, SAVED, (int64_t)take_uleb(bytes) * table->data_unit);
            break;
        case 0xc0: // restore
            restore(table, low);
            break;
        default:
            if (!obey_cfa(bytes, table, code) && !obey_register(bytes, table, code)) {
                obey_rest(bytes, table, code);
            }
        }
    }
}

/** The bytes of an entry of .eh_frame behind its length. */
static struct bytes entry_at(const uint8_t *at) {
    uint32_t length;
    memcpy(&length, at, sizeof(length));
    bool hard = length == 0 || length == UINT32_MAX;
    return (struct bytes){at + 4, at + 4 + (hard ? 0 : length), hard};
}

/** Read a function's table up to the wanted row; whether all of that was simple. */
static bool read_table(struct table *table, const uint8_t *description) {
    struct bytes own = entry_at(description);
    int32_t back = (int32_t)take_number(&own, 4);
    struct bytes common = entry_at(description + 4 - back);
    read_common(&common, table);
    if (own.hard || common.hard) {
        return false;
    }
    take(&own, 2 * table->address_size);
    if (table->augmented) {
        take(&own, take_uleb(&own));
    }
    follow(&common, table);
    table->first = table->row;
    follow(&own, table);
    return !own.hard && !common.hard;
}

/** The step that a row stands for. */
static struct mf_step step_of(const struct row *row) {
    const int64_t word = sizeof(uintptr_t);
    struct mf_step hard = {0};
    if (row->ra.where == UNDEFINED) {
        return (struct mf_step){.kind = MF_STEP_END};
    }
    bool based = row->base == MF_REGISTER_SP || row->base == MF_REGISTER_FP;
    bool saved = row->fp.where == SAVED && row->fp.offset % word == 0 &&
                 row->fp.offset < 0 && row->fp.offset / word > INT16_MIN;
    if (!based || row->cfa <= 0 || row->cfa > INT32_MAX || row->ra.where != SAVED ||
        row->ra.offset != -word || (!saved && row->fp.where != UNCHANGED)) {
        return hard;
    }
    return (struct mf_step){
        .kind = MF_STEP_UP,
        .from_fp = row->base == MF_REGISTER_FP,
        .fp_at = (int16_t)(saved ? row->fp.offset / word : 0),
        .cfa = (int32_t)row->cfa,
    };
}

struct mf_step mf_cfi_step(uintptr_t address, uintptr_t *function) {
    struct bases bases = {0};
    // The call may be a function's last instruction: look one byte back.
    const uint8_t *description = _Unwind_Find_FDE((void *)(address - 1), &bases);
    *function = (uintptr_t)bases.function;
    if (!description) {
        return (struct mf_step){.kind = MF_STEP_UNKNOWN};
    }
    struct table table = {
        .location = (uintptr_t)bases.function,
        .wanted = address,
    };
    table.row.base = -1;
    return read_table(&table, description) ? step_of(&table.row) : (struct mf_step){0};
}
