// SPDX-License-Identifier: MIT
// Enough of x86-64's instruction format (Intel SDM volume 2, chapter 2) to tell a load
// from a store and to work out the address: prefixes, one- and two-byte opcodes, ModRM,
// SIB.
#include "runner/instruction.h"

#include <stdbool.h>

/** A general register by its number in instructions, which DWARF numbers otherwise. */
static uint64_t general(const struct registers *registers, unsigned number) {
    static const unsigned char dwarf[] = {0, 2, 1,  3,  7,  6,  4,  5,
                                          8, 9, 10, 11, 12, 13, 14, 15};
    return registers->values[dwarf[number & 15]];
}

/** An instruction being read. */
struct decoder {
    const struct registers *registers;
    const unsigned char *code;
    size_t size, at;
    unsigned rex;
    bool prefix_66, prefix_f2, prefix_f3, segment;
};

static unsigned next(struct decoder *decoder) {
    return decoder->at < decoder->size ? decoder->code[decoder->at++] : 0x90;
}

static uint64_t displacement(struct decoder *decoder, unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint64_t)next(decoder) << (8 * i);
    }
    return bytes == 1 ? (uint64_t)(int64_t)(int8_t)value
                      : (uint64_t)(int64_t)(int32_t)value;
}

static void read_prefixes(struct decoder *decoder) {
    for (;;) {
        unsigned byte = next(decoder);
        switch (byte) {
        case 0x66:
            decoder->prefix_66 = true;
            break;
        case 0xf2:
            decoder->prefix_f2 = true;
            break;
        case 0xf3:
            decoder->prefix_f3 = true;
            break;
        case 0x64:
        case 0x65:
            decoder->segment = true;
            break;
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x26:
        case 0x67:
        case 0xf0:
            break;
        default:
            if ((byte & 0xf0) == 0x40) {
                decoder->rex = byte;
                return;
            }
            decoder->at--;
            return;
        }
    }
}

/** What a SIB byte adds up to. */
static uint64_t sib(struct decoder *decoder, unsigned mod) {
    unsigned byte = next(decoder);
    unsigned index = (byte >> 3 & 7) | (decoder->rex & 2) << 2;
    unsigned base = (byte & 7) | (decoder->rex & 1) << 3;
    uint64_t sum = 0;
    if (index != 4) {
        sum += general(decoder->registers, index) << (byte >> 6);
    }
    if ((byte & 7) == 5 && mod == 0) {
        return sum + displacement(decoder, 4);
    }
    return sum + general(decoder->registers, base);
}

/** The address a ModRM byte means; false where it means a register. */
static bool memory(struct decoder *decoder, unsigned modrm, uint64_t *address) {
    unsigned mod = modrm >> 6, low = modrm & 7;
    if (mod == 3) {
        return false;
    }
    uint64_t sum;
    bool relative = mod == 0 && low == 5;
    if (relative) {
        sum = displacement(decoder, 4);
    } else if (low == 4) {
        sum = sib(decoder, mod);
    } else {
        sum = general(decoder->registers, low | (decoder->rex & 1) << 3);
    }
    sum += mod == 1 ? displacement(decoder, 1) : mod == 2 ? displacement(decoder, 4) : 0;
    // Relative to the next instruction: near enough to be looked at, not to be believed.
    *address = relative ? decoder->registers->pc + sum : sum;
    return !decoder->segment;
}

/** One-byte opcodes with a ModRM byte that write to memory. */
static bool writes(unsigned opcode, unsigned extension) {
    switch (opcode) {
    case 0x88:
    case 0x89:
    case 0xc6:
    case 0xc7:
    case 0x86:
    case 0x87:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xc0:
    case 0xc1:
    case 0x8f:
        return true;
    case 0x80:
    case 0x81:
    case 0x83:
        return extension != 7;
    case 0xf6:
    case 0xf7:
        return extension == 2 || extension == 3;
    case 0xfe:
    case 0xff:
        return extension < 2;
    default:
        // add, or, adc, sbb, and, sub, xor with memory as the destination
        return opcode < 0x38 && (opcode & 6) == 0;
    }
}

/** Two-byte opcodes that write to memory. */
static bool writes_0f(unsigned opcode) {
    switch (opcode) {
    case 0x11:
    case 0x13:
    case 0x17:
    case 0x29:
    case 0x2b:
    case 0x7f:
    case 0xd6:
    case 0xe7:
    case 0xc3:
    case 0xb0:
    case 0xb1:
    case 0xc0:
    case 0xc1:
    case 0xc7:
    case 0xab:
    case 0xb3:
    case 0xbb:
        return true;
    default:
        return opcode >= 0x90 && opcode <= 0x9f;
    }
}

/** String instructions have their addresses in rsi and rdi. */
static enum access string_access(const struct registers *registers, unsigned opcode,
                                 uint64_t *address) {
    bool stores = opcode == 0xaa || opcode == 0xab;
    bool moves = opcode == 0xa4 || opcode == 0xa5;
    uint64_t from = general(registers, 6), to = general(registers, 7);
    // Of a move's two addresses the bad one is the one in the first page, if any is.
    bool bad_to =
        stores || (moves && (to < OUTCOME_NULL_PAGE || from >= OUTCOME_NULL_PAGE));
    *address = bad_to ? to : from;
    return bad_to ? ACCESS_WRITE : ACCESS_READ;
}

/** Instructions of one VEX-coded form differ from their two-byte fathers in prefixes
 * only. */
static unsigned vex_opcode(struct decoder *decoder, unsigned first) {
    unsigned byte = next(decoder);
    if (first == 0xc5) {
        decoder->rex = byte & 0x80 ? 0 : 4;
    } else {
        decoder->rex = (byte & 0x20 ? 0 : 1) | (byte & 0x40 ? 0 : 2);
        next(decoder);
    }
    return next(decoder);
}

static enum access two_byte(struct decoder *decoder, unsigned opcode, uint64_t *address) {
    uint64_t at;
    if (opcode == 0x38 || opcode == 0x3a) {
        next(decoder);
        return memory(decoder, next(decoder), &at) ? (*address = at, ACCESS_READ)
                                                   : ACCESS_UNKNOWN;
    }
    if (!memory(decoder, next(decoder), &at)) {
        return ACCESS_UNKNOWN;
    }
    *address = at;
    bool load = decoder->prefix_f3 && opcode == 0x7e;
    return writes_0f(opcode) && !load ? ACCESS_WRITE : ACCESS_READ;
}

static enum access one_byte(struct decoder *decoder, unsigned opcode, uint64_t *address) {
    uint64_t at;
    if ((opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf)) {
        return string_access(decoder->registers, opcode, address);
    }
    if ((opcode >= 0x50 && opcode <= 0x57) || opcode == 0xe8 || opcode == 0x68 ||
        opcode == 0x6a) {
        *address = decoder->registers->sp - 8;
        return ACCESS_WRITE;
    }
    if ((opcode >= 0x58 && opcode <= 0x5f) || opcode == 0xc3 || opcode == 0xc9) {
        *address = decoder->registers->sp;
        return ACCESS_READ;
    }
    bool has_modrm = (opcode < 0x40 && (opcode & 7) < 4) || opcode == 0x63 ||
                     opcode == 0x69 || opcode == 0x6b ||
                     (opcode >= 0x80 && opcode <= 0x8f) || opcode == 0xc0 ||
                     opcode == 0xc1 || opcode == 0xc6 || opcode == 0xc7 ||
                     (opcode >= 0xd0 && opcode <= 0xdf && (opcode & 0xfc) != 0xd4) ||
                     opcode == 0xf6 || opcode == 0xf7 || opcode == 0xfe || opcode == 0xff;
    if (!has_modrm) {
        return ACCESS_UNKNOWN;
    }
    unsigned modrm = next(decoder);
    if (!memory(decoder, modrm, &at)) {
        return ACCESS_UNKNOWN;
    }
    *address = at;
    return writes(opcode, modrm >> 3 & 7) ? ACCESS_WRITE : ACCESS_READ;
}

enum access instruction_access(const struct registers *registers,
                               const unsigned char *code, size_t size,
                               uint64_t *address) {
    struct decoder decoder = {.registers = registers, .code = code, .size = size};
    read_prefixes(&decoder);
    unsigned opcode = next(&decoder);
    if (opcode == 0xc4 || opcode == 0xc5) {
        return two_byte(&decoder, vex_opcode(&decoder, opcode), address);
    }
    if (opcode == 0x62) {
        // EVEX: its bits are left aside, the address is not told.
        decoder.at += 3;
        return writes_0f(next(&decoder)) ? ACCESS_WRITE : ACCESS_READ;
    }
    return opcode == 0x0f ? two_byte(&decoder, next(&decoder), address)
                          : one_byte(&decoder, opcode, address);
}
