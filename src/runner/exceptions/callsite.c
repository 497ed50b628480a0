// SPDX-License-Identifier: MIT
// The format: Linux Standard Base, "Exception Frames" for the descriptions of functions in
// .eh_frame, and the Itanium C++ ABI, "Exception Handling Tables", for what they point to.
#include "runner/exceptions/callsite.h"

#include <string.h>

/** The most bytes of a table's head: two encodings, two addresses and two lengths. */
#define HEAD_MAX 32

/** How addresses are encoded: the form in the lower half, what they count from in the other. */
enum {
    ENCODED_NOT = 0xff,
    ENCODED_FORM = 0x0f,
    ENCODED_BASE = 0x70,
    ENCODED_NEAR = 0x10
};

/** Bytes that are read from the front, and the address of the next one. */
struct reader {
    const unsigned char *at;
    size_t left;
    uint64_t address;
    /** Whether something was met that is not understood. */
    bool bad;
};

static struct reader reader_at(const struct elffile *file, uint64_t address,
                               size_t length) {
    const unsigned char *bytes = elffile_bytes(file, address, length);
    return (struct reader){bytes, bytes ? length : 0, address, !bytes};
}

static uint64_t take(struct reader *reader, size_t size) {
    uint64_t number = 0;
    if (size > sizeof(number) || size > reader->left) {
        reader->bad = true;
        return 0;
    }
    memcpy(&number, reader->at, size);
    reader->at += size;
    reader->left -= size;
    reader->address += size;
    return number;
}

/** A number of variable length; the sign of a signed one is nothing that matters here. */
static uint64_t take_leb(struct reader *reader) {
    uint64_t number = 0;
    for (unsigned shift = 0; !reader->bad; shift += 7) {
        uint64_t byte = take(reader, 1);
        number |= shift < 64 ? (byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) {
            break;
        }
    }
    return number;
}

/** An encoded address, of those kinds that compilers use here. */
static uint64_t take_encoded(struct reader *reader, unsigned encoding) {
    uint64_t from = (encoding & ENCODED_BASE) == ENCODED_NEAR ? reader->address : 0;
    reader->bad |= (encoding & ENCODED_BASE) != 0 && from == 0;
    uint64_t number = 0;
    switch (encoding & ENCODED_FORM) {
    case 0x01: // uleb128
        number = take_leb(reader);
        break;
    case 0x03: // udata4
        number = take(reader, 4);
        break;
    case 0x0b: // sdata4
        number = (uint64_t)(int64_t)(int32_t)take(reader, 4);
        break;
    case 0x00: // an address
    case 0x04: // udata8
    case 0x0c: // sdata8
        number = take(reader, 8);
        break;
    default:
        reader->bad = true;
    }
    return number ? from + number : 0;
}

/** An entry of .eh_frame, behind its length. */
static struct reader entry_at(const struct elffile *file, uint64_t address) {
    struct reader length = reader_at(file, address, 4);
    uint64_t count = take(&length, 4);
    struct reader entry = reader_at(file, address + 4, count);
    entry.bad |= count == 0 || count == UINT32_MAX;
    return entry;
}

/** How functions with a common part encode where their tables are. */
static unsigned read_common(struct reader *common) {
    unsigned encoding = ENCODED_NOT;
    take(common, 4);
    unsigned version = (unsigned)take(common, 1);
    const unsigned char *letters = common->at;
    while (take(common, 1) != 0) {
    }
    take_leb(common);
    take_leb(common);
    if (version == 1) {
        take(common, 1);
    } else {
        take_leb(common);
    }
    if (common->bad || *letters++ != 'z') {
        return ENCODED_NOT;
    }
    take_leb(common);
    for (; *letters && !common->bad; letters++) {
        unsigned kind =
            *letters == 'S' || *letters == 'B' ? 0 : (unsigned)take(common, 1);
        if (*letters == 'L') {
            encoding = kind;
        } else if (*letters == 'P') {
            take_encoded(common, kind);
        }
    }
    return common->bad ? ENCODED_NOT : encoding;
}

/** Where the table of a function is, by its description; 0 = it has none. */
static uint64_t find_table(const struct elffile *file, uint64_t description) {
    enum { BEGIN_AND_SIZE = 8 };
    struct reader own = entry_at(file, description);
    uint64_t back = take(&own, 4);
    struct reader common = entry_at(file, description + 4 - back);
    unsigned encoding = own.bad || common.bad ? ENCODED_NOT : read_common(&common);
    if (encoding == ENCODED_NOT) {
        return 0;
    }
    take(&own, BEGIN_AND_SIZE);
    take_leb(&own);
    uint64_t table = take_encoded(&own, encoding);
    return own.bad ? 0 : table;
}

/** The head of a table, of which nothing tells how long it is: as much as the file has. */
static struct reader head_at(const struct elffile *file, uint64_t table) {
    struct reader head = {.bad = true};
    for (size_t length = HEAD_MAX; head.bad && length > 4; length /= 2) {
        head = reader_at(file, table, length);
    }
    return head;
}

uint64_t callsite_landing_pad(const struct functions *functions, uint64_t address) {
    struct function_range range;
    uint64_t description = functions_description(functions, address, &range);
    uint64_t table = description ? find_table(functions->file, description) : 0;
    if (!table) {
        return 0;
    }
    struct reader head = head_at(functions->file, table);
    uint64_t pads = range.low;
    unsigned encoding = (unsigned)take(&head, 1);
    if (encoding != ENCODED_NOT) {
        pads = take_encoded(&head, encoding);
    }
    if (take(&head, 1) != ENCODED_NOT) {
        take_leb(&head); // how far it is to the types
    }
    encoding = (unsigned)take(&head, 1);
    uint64_t length = take_leb(&head);
    if (head.bad) {
        return 0;
    }
    struct reader calls = reader_at(functions->file, head.address, length);
    while (calls.left > 0 && !calls.bad) {
        uint64_t begin = range.low + take_encoded(&calls, encoding);
        uint64_t size = take_encoded(&calls, encoding);
        uint64_t pad = take_encoded(&calls, encoding);
        take_leb(&calls); // what is done there
        if (!calls.bad && address >= begin && address - begin < size) {
            return pad ? pads + pad : 0;
        }
    }
    return 0;
}
