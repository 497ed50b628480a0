// SPDX-License-Identifier: MIT
// Enough of x86-64's instruction format (Intel SDM volume 2, chapter 2 and appendix A) to
// tell a load from a store and to work out the address. The maps have a letter for each
// opcode, sixteen a line:
//
//   R, W   reads or writes (or both) what its ModRM byte means
//   G      so it does, or not, by its ModRM byte's middle: see groups
//   u, o   pushes, pops         e      leave: pops from where rbp points
//   j      returns              C, J   call and jump to where the operand points
//   U      pushes what it reads
//   r, w   reads or writes at an address of eight bytes
//   m, c, l, s, t   the string instructions movs, cmps, lods, stos, scas
//   .      none of these
#include "runner/crash/instruction.h"

#include <stddef.h>

static const char one_byte[] = "WWRR....WWRR...."
                               "WWRR....WWRR...."
                               "WWRR....WWRR...."
                               "WWRR....RRRR...."
                               "................"
                               "uuuuuuuuoooooooo"
                               "...R....uRuR...."
                               "................"
                               "GG.GRRWWWWRRW.RW"
                               "............uo.."
                               "rrwwmmcc..sslltt"
                               "................"
                               "WWjj..WWue......"
                               "WWWW....RGRGRGRG"
                               "........u......."
                               "......GG......GG";

/** Behind 0f, and map 1 of VEX and EVEX. */
static const char two_byte[] = "..RR............"
                               "RWRWRRRW........"
                               "........RWRWRRRR"
                               "................"
                               "RRRRRRRRRRRRRRRR"
                               ".RRRRRRRRRRRRRRR"
                               "RRRRRRRRRRRRRRRR"
                               "R...RRR.RRRRRRWW"
                               "................"
                               "WWWWWWWWWWWWWWWW"
                               "uo.RWW..uo.WWWGR"
                               "WWRWRRRRR.GWRRRR"
                               "WWRWR.RG........"
                               "RRRRRRW.RRRRRRRR"
                               "RRRRRRRWRRRRRRRR"
                               "RRRRRRR.RRRRRRR.";

_Static_assert(sizeof(one_byte) == 257 && sizeof(two_byte) == 257, "all opcodes");

/** What the opcodes with G do, by the three bits in the middle of the ModRM byte. */
static const struct {
    unsigned opcode;
    const char *letters;
} groups[] = {
    {0x80, "WWWWWWWR"},   {0x81, "WWWWWWWR"},   {0x83, "WWWWWWWR"}, {0xd9, "R.WWRRWW"},
    {0xdb, "RWWW.R.W"},   {0xdd, "RWWWR.WW"},   {0xdf, "RWWWRRWW"}, {0xf6, "RRWWRRRR"},
    {0xf7, "RRWWRRRR"},   {0xfe, "WW......"},   {0xff, "WWC.J.U."}, {0x0fae, "WRRWWRWR"},
    {0x0fba, "....RWWW"}, {0x0fc7, ".W.RWW.."},
};

/** What else stores, in the maps of 0f 38 and 0f 3a, behind any prefix, VEX or EVEX. */
static const struct {
    unsigned map;
    unsigned char first, last;
} stores[] = {
    {0x38, 0x2e, 0x2f}, {0x38, 0x63, 0x63}, {0x38, 0x8a, 0x8b}, {0x38, 0x8e, 0x8e},
    {0x38, 0xa0, 0xa3}, {0x38, 0xf1, 0xf1}, {0x38, 0xf9, 0xf9}, {0x3a, 0x14, 0x17},
    {0x3a, 0x19, 0x19}, {0x3a, 0x1b, 0x1b}, {0x3a, 0x1d, 0x1d}, {0x3a, 0x39, 0x39},
    {0x3a, 0x3b, 0x3b},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** REX's bits: which registers have eight added to their number. */
enum { REX_B = 1, REX_X = 2 };

/** How an instruction is coded. */
enum coding { CODING_LEGACY, CODING_VEX, CODING_EVEX };

/** An instruction being read. */
struct decoder {
    const struct registers *registers;
    const unsigned char *code;
    size_t size, at;
    const uint64_t *fault;
    enum coding coding;
    /** 0 = one byte, 0x0f, 0x38 or 0x3a. */
    unsigned map;
    unsigned rex;
    /** The prefix that chooses among instructions: 0x66, 0xf2, 0xf3 or 0. */
    unsigned prefix;
    /** Whether addresses are not what they look like. */
    bool moved;
};

/** A general register by its number in instructions, which DWARF numbers otherwise. */
static uint64_t general(const struct registers *registers, unsigned number) {
    static const unsigned char dwarf[] = {0, 2, 1,  3,  7,  6,  4,  5,
                                          8, 9, 10, 11, 12, 13, 14, 15};
    return registers->values[dwarf[number & 15]];
}

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/** The next byte; behind the end, that of an instruction without operands. */
static unsigned next(struct decoder *decoder) {
    unsigned byte = decoder->at < decoder->size ? decoder->code[decoder->at] : 0x90;
    decoder->at++;
    return byte;
}

/** A number of 1, 4 or 8 bytes, with its sign. */
static uint64_t number(struct decoder *decoder, unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint64_t)next(decoder) << (8 * i);
    }
    uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    return (value ^ sign) - sign;
}

/** Take note of a byte that is a prefix; whether it is one. */
static bool is_prefix(struct decoder *decoder, unsigned byte) {
    switch (byte) {
    case 0xf2:
    case 0xf3:
        decoder->prefix = byte;
        return true;
    case 0x66:
        decoder->prefix = decoder->prefix ? decoder->prefix : byte;
        return true;
    case 0x64:
    case 0x65:
    case 0x67:
        // Another segment, or half an address.
        decoder->moved = true;
        return true;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0xf0:
        return true;
    default:
        return false;
    }
}

/** VEX and EVEX have the map, REX's bits (turned over) and the prefix in their bytes. */
static void read_vex(struct decoder *decoder, unsigned first) {
    static const unsigned maps[] = {0x38, 0x0f, 0x38, 0x3a};
    static const unsigned prefixes[] = {0, 0x66, 0xf3, 0xf2};
    unsigned byte = next(decoder), last = byte;
    decoder->map = 0x0f;
    if (first != 0xc5) {
        decoder->rex = ~byte >> 5 & (REX_B | REX_X);
        // Maps 5 and 6, of half floats, are laid out as 1 and 2.
        decoder->map = maps[byte & 3];
        last = next(decoder);
    }
    if (first == 0x62) {
        next(decoder);
    }
    decoder->coding = first == 0x62 ? CODING_EVEX : CODING_VEX;
    decoder->prefix = prefixes[last & 3];
}

/** Read all that stands before the opcode, and return that. */
static unsigned read_opcode(struct decoder *decoder) {
    unsigned byte = next(decoder);
    while (is_prefix(decoder, byte)) {
        byte = next(decoder);
    }
    if (byte == 0xc4 || byte == 0xc5 || byte == 0x62) {
        read_vex(decoder, byte);
        return next(decoder);
    }
    if ((byte & 0xf0) == 0x40) {
        decoder->rex = byte;
        byte = next(decoder);
    }
    if (byte == 0x0f) {
        byte = next(decoder);
        decoder->map = byte == 0x38 || byte == 0x3a ? byte : 0x0f;
        return decoder->map == 0x0f ? byte : next(decoder);
    }
    return byte;
}

/** What a SIB byte adds up to. */
static uint64_t sib(struct decoder *decoder, unsigned mod) {
    unsigned byte = next(decoder);
    unsigned index = (byte >> 3 & 7) | (decoder->rex & REX_X ? 8 : 0);
    unsigned base = (byte & 7) | (decoder->rex & REX_B ? 8 : 0);
    uint64_t sum = 0;
    if (index != RSP) {
        sum += general(decoder->registers, index) << (byte >> 6);
    }
    if ((byte & 7) == RBP && mod == 0) {
        return sum + number(decoder, 4);
    }
    return sum + general(decoder->registers, base);
}

/** Give an instruction the address that its ModRM byte means, as far as that is known. */
static void give_address(struct decoder *decoder, unsigned modrm,
                         struct instruction *instruction) {
    unsigned mod = modrm >> 6, low = modrm & 7;
    uint64_t sum;
    if (mod == 0 && low == RBP) {
        // Relative to the next instruction, and never far.
        return;
    }
    if (low == RSP) {
        sum = sib(decoder, mod);
    } else {
        sum = general(decoder->registers, low | (decoder->rex & REX_B ? 8 : 0));
    }
    if (mod == 1 && decoder->coding == CODING_EVEX) {
        // Its displacement counts operands, of a size that only a full table tells.
        return;
    }
    sum += mod == 1 ? number(decoder, 1) : mod == 2 ? number(decoder, 4) : 0;
    instruction->address = sum;
    instruction->address_known = !decoder->moved;
}

/** Gathers and scatters have an address for each element. */
static bool has_many_addresses(const struct decoder *decoder, unsigned opcode) {
    return decoder->map == 0x38 && decoder->coding != CODING_LEGACY &&
           ((opcode & 0xfc) == 0x90 || (opcode & 0xfc) == 0xa0);
}

/** What an opcode of the larger maps does, all of which work on a ModRM byte. */
static char letter_of_large(const struct decoder *decoder, unsigned opcode) {
    if (decoder->coding == CODING_LEGACY && decoder->prefix == 0xf2) {
        // crc32, where movbe stores without the prefix.
        return 'R';
    }
    if (decoder->coding == CODING_EVEX && decoder->map == 0x38 &&
        decoder->prefix == 0xf3) {
        // vpmov… to fewer bits
        return opcode >= 0x10 && opcode < 0x40 && (opcode & 0x0f) < 6 ? 'W' : 'R';
    }
    for (size_t i = 0; i < COUNT(stores); i++) {
        if (decoder->map == stores[i].map && opcode >= stores[i].first &&
            opcode <= stores[i].last) {
            return 'W';
        }
    }
    return 'R';
}

/** What an opcode does, by itself. */
static char letter_of(const struct decoder *decoder, unsigned opcode) {
    switch (decoder->map) {
    case 0:
        return one_byte[opcode];
    case 0x0f:
        if (opcode == 0x7e && decoder->prefix == 0xf3) {
            return 'R';
        }
        if (decoder->coding != CODING_LEGACY && (opcode & 0xf0) == 0x90) {
            // kmov, where others have setcc
            return opcode == 0x91 ? 'W' : 'R';
        }
        return two_byte[opcode];
    default:
        return letter_of_large(decoder, opcode);
    }
}

/** The same for one of a group. */
static char letter_in_group(const struct decoder *decoder, unsigned opcode,
                            unsigned modrm) {
    unsigned wanted = decoder->map << 8 | opcode;
    for (size_t i = 0; i < COUNT(groups); i++) {
        if (groups[i].opcode == wanted) {
            return groups[i].letters[modrm >> 3 & 7];
        }
    }
    return '.';
}

static struct instruction touch(enum access access, uint64_t address) {
    return (struct instruction){
        .access = access, .address_known = true, .address = address};
}

/** Whether no address is like this one: its upper bits are not all the same. */
static bool is_none(uint64_t address) {
    return address + (UINT64_C(1) << 47) >= UINT64_C(1) << 48;
}

/** Of two operands the one that could not be accessed. */
static struct instruction choose(const struct decoder *decoder, struct instruction one,
                                 struct instruction other) {
    if (!decoder->fault) {
        return is_none(other.address) && !is_none(one.address) ? other : one;
    }
    uint64_t to_one = *decoder->fault - one.address;
    uint64_t to_other = *decoder->fault - other.address;
    to_one = to_one < -to_one ? to_one : -to_one;
    to_other = to_other < -to_other ? to_other : -to_other;
    return !one.address_known || to_other < to_one ? other : one;
}

static struct instruction push(const struct decoder *decoder) {
    return touch(ACCESS_WRITE, decoder->registers->sp - 8);
}

/** Calls and jumps to where a register or memory points. */
static struct instruction go(struct decoder *decoder, char letter, unsigned modrm) {
    struct instruction target = {.access = ACCESS_EXECUTE, .address_known = true};
    if (modrm >> 6 == 3) {
        target.address =
            general(decoder->registers, (modrm & 7) | (decoder->rex & REX_B ? 8 : 0));
        // Where it points to is not looked at before the return address has been pushed.
        return letter == 'C' && decoder->fault ? push(decoder) : target;
    }
    target = (struct instruction){.access = ACCESS_READ, .jumps = true};
    give_address(decoder, modrm, &target);
    return letter == 'C' ? choose(decoder, target, push(decoder)) : target;
}

/** Instructions with a ModRM byte. */
static struct instruction by_modrm(struct decoder *decoder, unsigned opcode,
                                   char letter) {
    unsigned modrm = next(decoder);
    struct instruction instruction = {.access = ACCESS_READ};
    letter = letter == 'G' ? letter_in_group(decoder, opcode, modrm) : letter;
    if (letter == 'C' || letter == 'J') {
        return go(decoder, letter, modrm);
    }
    if (letter == '.' || modrm >> 6 == 3) {
        return (struct instruction){0};
    }
    instruction.access = letter == 'W' ? ACCESS_WRITE : ACCESS_READ;
    if (!has_many_addresses(decoder, opcode)) {
        give_address(decoder, modrm, &instruction);
    }
    return letter == 'U' ? choose(decoder, instruction, push(decoder)) : instruction;
}

struct instruction instruction_read(const struct registers *registers,
                                    const unsigned char *code, size_t size,
                                    const uint64_t *fault) {
    struct decoder decoder = {
        .registers = registers, .code = code, .size = size, .fault = fault};
    unsigned opcode = read_opcode(&decoder);
    const struct instruction from = touch(ACCESS_READ, general(registers, RSI));
    const struct instruction to = touch(ACCESS_WRITE, general(registers, RDI));
    const struct instruction with = touch(ACCESS_READ, general(registers, RDI));
    char letter = letter_of(&decoder, opcode);
    switch (letter) {
    case '.':
        return (struct instruction){0};
    case 'u':
        return push(&decoder);
    case 'o':
        return touch(ACCESS_READ, registers->sp);
    case 'e':
        return touch(ACCESS_READ, general(registers, RBP));
    case 'j':
        return (struct instruction){ACCESS_READ, true, true, registers->sp};
    case 'r':
    case 'w':
        return touch(letter == 'w' ? ACCESS_WRITE : ACCESS_READ, number(&decoder, 8));
    case 'm':
        return choose(&decoder, from, to);
    case 'c':
        return choose(&decoder, from, with);
    case 'l':
        return from;
    case 's':
        return to;
    case 't':
        return with;
    default:
        return by_modrm(&decoder, opcode, letter);
    }
}
