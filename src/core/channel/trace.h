// SPDX-License-Identifier: MIT
/**
 * The trace: a file in which a process of the target records every allocation,
 * reallocation and free, and how an event is packed.
 *
 * The file begins with a struct mf_trace_head. Chunks follow; each begins at a multiple of
 * MF_TRACE_UNIT with a struct mf_trace_chunk, and is written by one thread at a time. Event
 * chunks hold packed events, definition chunks hold records about stacks and modules.
 * Unwritten bytes are zero, and a zero ends the events or records of a chunk. The word that
 * makes an event or a record valid is stored last, so the file is valid even if the process
 * is killed at any instruction. A writer maps the file and stores into it; nothing is ever
 * flushed.
 *
 * A packed event is a 16-bit head, followed by the bytes that the head describes, all
 * little-endian:
 *
 *   bits 0-3    enum mf_trace_kind, never 0
 *   bits 4-5    how many more bytes of time follow: 0, 1, 2 or 6
 *   bits 6-7    how many bytes of size follow: 0 (the size is 0), 1, 2 or 6
 *   bits 8-9    how many bytes of address follow: 0, 2, 3 or 6
 *   bits 10-15  the low six bits of the time
 *
 * The time is the number of time units since the stream's previous event. The address is the
 * difference to the address of the stream's previous event that had one, both divided by 8,
 * with the sign in bit 0 ("zigzag"). In a file with stacks, events of functions that allocate
 * have three more bytes at the end: the stack's index. Values that do not fit (an address that
 * is not a multiple of 8, a size of 2^48 or more) need an event of the kind MF_TRACE_WIDE:
 * its bits 4-7 are the kind, bits 8-15 are 0, and 64 bits each of time, size and the
 * address itself follow.
 *
 * Readers must check every byte: a target can overwrite all of the file.
 */
#ifndef MF_CORE_CHANNEL_TRACE_H
#define MF_CORE_CHANNEL_TRACE_H

#include "core/channel/channel.h"
#include "core/policy/function.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MF_TRACE_MAGIC       UINT64_C(0x314543415254666d)
#define MF_TRACE_CHUNK_MAGIC UINT32_C(0x4b43666d)
/** Incremented with each change of this format. */
#define MF_TRACE_VERSION 2

/** The environment variable that names the file to record to. */
#define MF_TRACE_VARIABLE "MALLOCFAIL_TRACE"
/** If this one is set, and neither empty nor "0", stacks are recorded, too. */
#define MF_TRACE_STACKS_VARIABLE "MALLOCFAIL_TRACE_STACKS"

/** Chunks begin at multiples of this, and are at least as long. In bytes. */
#define MF_TRACE_UNIT UINT64_C(65536)
/** Maximum length of a chunk in bytes. */
#define MF_TRACE_CHUNK_MAX UINT64_C(16777216)
/** Maximum length of a packed event in bytes; as many bytes after one may be overwritten. */
#define MF_TRACE_EVENT_MAX 40
/** How many frames of a stack are kept, from the innermost on. */
#define MF_TRACE_FRAMES_MAX 128
/** Maximum index of a stack; indices begin at 1; 0 = unknown. Fuzzers use a lower one. */
#ifndef MF_TRACE_STACKS_MAX
#define MF_TRACE_STACKS_MAX (UINT32_C(1) << 18)
#endif
/** Maximum number of modules. */
#define MF_TRACE_MODULES_MAX 1024
/** Maximum number of streams; they are numbered from 0. */
#define MF_TRACE_STREAMS_MAX 1024
#define MF_TRACE_COMMAND_MAX 1024

enum mf_trace_kind {
    /** Kinds 1 to 9: the function enum mf_function + 1 has returned a block, or NULL. */
    MF_TRACE_MALLOC = MF_MALLOC + 1,
    MF_TRACE_REALLOC = MF_REALLOC + 1,
    MF_TRACE_REALLOCARRAY = MF_REALLOCARRAY + 1,
    MF_TRACE_PVALLOC = MF_PVALLOC + 1,
    /** A block is about to be freed. */
    MF_TRACE_FREE,
    /** realloc or reallocarray is about to be called with this block. Its result follows as an
     * event of that function in the same stream. The call freed the block if it returned
     * another one, or NULL for a size of 0. */
    MF_TRACE_RESIZE,
    /** A policy made a call fail; the address divided by 8 is the number of the function. */
    MF_TRACE_REFUSED,
    /** From here on the stream belongs to another thread: the size is the thread's index, the
     * address divided by 8 is the kernel's id of it. */
    MF_TRACE_THREAD,
    MF_TRACE_WIDE = 15,
};

/** A moment on two clocks. */
struct mf_trace_moment {
    /** In the file's own time units. */
    uint64_t units;
    /** CLOCK_MONOTONIC, ns. */
    uint64_t ns;
};

/** MF_TRACE_HAS_STACKS: events of functions that allocate have a stack's index. */
#define MF_TRACE_HAS_STACKS UINT32_C(1)

struct mf_trace_head {
    /** Set last. */
    _Atomic uint64_t magic;
    uint32_t version;
    uint32_t flags;
    int32_t pid;
    int32_t parent;
    /** CLOCK_REALTIME at `begin`, ns. */
    uint64_t began_ns;
    /** Two moments some time apart, from which the length of a unit follows. Chunks have later
     * ones. */
    struct mf_trace_moment begin, ready;
    /** How much of the file is in use, in bytes. */
    _Atomic uint64_t used;
    /** Number of events that could not be written. */
    _Atomic uint64_t lost;
    /** Number of threads that have written. */
    _Atomic uint32_t threads;
    /** Number of streams that were ever used. */
    _Atomic uint32_t streams;
    /** The executable's base name. */
    char image[MF_IMAGE_MAX];
    /** Its arguments, each followed by a NUL; cut if they are too long. */
    uint32_t command_length;
    char command[MF_TRACE_COMMAND_MAX];
};

enum mf_trace_content {
    MF_TRACE_EVENTS = 1,
    MF_TRACE_DEFINITIONS,
};

/** The header of a chunk. */
struct mf_trace_chunk {
    /** Set last. */
    _Atomic uint32_t magic;
    /** enum mf_trace_content */
    uint32_t content;
    uint32_t stream;
    /** Index among the stream's chunks with this content, from 0. */
    uint32_t sequence;
    /** Size of the chunk in bytes, with this header. */
    uint64_t size;
    /** When the stream began it: the time of its first event counts from this moment, its first
     * address from 0. */
    struct mf_trace_moment begin;
    /** A later moment, updated from time to time; 0 = none yet. */
    struct mf_trace_moment later;
    /** The thread that begins it: its index in the process from 1, and the kernel's id. */
    uint32_t thread;
    int32_t tid;
};

/** Kinds of records in a definition chunk. A record begins with its kind and its length in
 * bytes. */
enum mf_trace_record {
    MF_TRACE_STACK = 1,
    MF_TRACE_MODULE,
};

#define MF_TRACE_RECORD(kind, length) ((uint64_t)(kind) << 32 | (length))

/** A frame: the key that its module has in stack ids, 0 = unknown, and the return address less
 * the module's load base. */
struct mf_trace_frame {
    uint64_t module;
    uint64_t offset;
};

/** A stack, written when it is first seen. */
struct mf_trace_stack {
    /** MF_TRACE_RECORD(), set last, after the 8 bytes that follow the record have been set
     * to 0. */
    _Atomic uint64_t record;
    uint32_t index;
    uint32_t count;
    uint64_t id;
    /** Innermost first. */
    struct mf_trace_frame frames[];
};

/** A module that frames are in, written when it is first seen. The record ends behind its path, at
 * a multiple of 8 bytes. */
struct mf_trace_module {
    _Atomic uint64_t record;
    uint64_t key;
    struct mf_module module;
};

/** Where the path begins in the record of a module. */
#define MF_TRACE_MODULE_PATH                                                             \
    (offsetof(struct mf_trace_module, module) + offsetof(struct mf_module, path))

_Static_assert(sizeof(struct mf_trace_head) <= MF_TRACE_UNIT, "the head has one unit");
_Static_assert(offsetof(struct mf_trace_head, used) == 64, "the head's layout");
_Static_assert(offsetof(struct mf_trace_head, command) == 156, "the head's layout");
_Static_assert(offsetof(struct mf_trace_chunk, thread) == 56, "a chunk's layout");
_Static_assert(sizeof(struct mf_trace_chunk) == 64, "a chunk's layout");
_Static_assert(sizeof(struct mf_trace_stack) == 24, "a stack's layout");
_Static_assert(sizeof(struct mf_trace_module) % 8 == 0, "records are words");

/** The time and address of a stream's previous event, to which the next one is relative. */
struct mf_trace_state {
    uint64_t time;
    uint64_t address;
};

/** One event, unpacked. */
struct mf_trace_event {
    /** In time units. */
    uint64_t time;
    uint64_t size;
    uint64_t address;
    uint32_t stack;
    /** enum mf_trace_kind, never MF_TRACE_WIDE. */
    uint32_t kind;
};

/** Whether an event is the result of a function: a block, or NULL if the call failed. */
static inline bool mf_trace_allocates(uint32_t kind) {
    return kind - 1 < MF_TRACE_PVALLOC;
}

/** The lengths in bytes that the two-bit codes 0 to 3 stand for, one in each byte. */
#define MF_TRACE_TIME_BYTES    UINT32_C(0x06020100)
#define MF_TRACE_SIZE_BYTES    UINT32_C(0x06020100)
#define MF_TRACE_ADDRESS_BYTES UINT32_C(0x06030200)

/** The length in bits that a two-bit code stands for. */
static inline unsigned mf_trace_bits(uint32_t lengths, unsigned code) {
    return (lengths >> 8 * code & 255) * 8;
}

/** The parts of a packed event. */
struct mf_trace_packed {
    uint64_t time, size, address;
    unsigned time_bits, size_bits, address_bits;
    uint16_t head;
};

/** Split an event into its parts; returns false if it must be a wide event. */
static inline bool mf_trace_split(struct mf_trace_packed *packed,
                                  const struct mf_trace_state *state, unsigned kind,
                                  uint64_t time, uint64_t size, uint64_t address) {
    uint64_t passed = time - state->time;
    int64_t distance = (int64_t)(address >> 3) - (int64_t)(state->address >> 3);
    uint64_t zigzag = (uint64_t)distance << 1 ^ (uint64_t)(distance >> 63);
    unsigned time_code = (passed >= 1 << 6) + (passed >= 1 << 14) + (passed >= 1 << 22);
    unsigned size_code = (size >= 1) + (size >= 1 << 8) + (size >= 1 << 16);
    unsigned address_code = (zigzag >= 1) + (zigzag >= 1 << 16) + (zigzag >= 1 << 24);
    packed->time = passed >> 6;
    packed->size = size;
    packed->address = zigzag;
    packed->time_bits = mf_trace_bits(MF_TRACE_TIME_BYTES, time_code);
    packed->size_bits = mf_trace_bits(MF_TRACE_SIZE_BYTES, size_code);
    packed->address_bits = mf_trace_bits(MF_TRACE_ADDRESS_BYTES, address_code);
    packed->head = (uint16_t)(kind | time_code << 4 | size_code << 6 | address_code << 8 |
                              (passed & 63) << 10);
    return !((address & 7) | (passed >> 54) | (size >> 48) | (zigzag >> 48));
}

/**
 * Pack an event that fits into 8 bytes and has no stack, with one store.
 *
 * @at
 *         The destination; 8 bytes are written, with zeros after the event.
 * @state
 *         Not changed: the caller updates it when the event is valid.
 * @return
 *         Its length in bytes, or 0 if it does not fit and nothing was written.
 */
static inline unsigned mf_trace_pack_short(unsigned char *at,
                                           const struct mf_trace_state *state,
                                           unsigned kind, uint64_t time, uint64_t size,
                                           uint64_t address) {
    struct mf_trace_packed packed;
    bool fits = mf_trace_split(&packed, state, kind, time, size, address);
    unsigned bits = 16 + packed.time_bits + packed.size_bits + packed.address_bits;
    if (__builtin_expect(!fits || bits > 64, 0)) {
        return 0;
    }
    uint64_t word = packed.head | packed.time << 16;
    word |= packed.size << 1 << (15 + packed.time_bits);
    word |= packed.address << 1 << (15 + packed.time_bits + packed.size_bits);
    memcpy(at, &word, sizeof(word));
    return bits / 8;
}

/**
 * Pack any event.
 *
 * @at
 *         The destination: MF_TRACE_EVENT_MAX bytes, all zero. The head is stored last.
 * @state
 *         Updated.
 * @stack
 *         The stack's index, which is stored at the end; negative = none is stored.
 * @return
 *         Its length in bytes.
 */
unsigned mf_trace_pack(unsigned char *at, struct mf_trace_state *state, unsigned kind,
                       uint64_t time, uint64_t size, uint64_t address, int32_t stack);

/** Read eight bytes. */
static inline uint64_t mf_trace_word(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/** Unpack an event that is wide, invalid or the end; called by mf_trace_unpack(). */
unsigned mf_trace_unpack_wide(const unsigned char *at, struct mf_trace_state *state,
                              bool stacks, struct mf_trace_event *event);

/**
 * Unpack an event.
 *
 * @at
 *         Its first byte; MF_TRACE_EVENT_MAX bytes must be readable from there.
 * @state
 *         Updated.
 * @stacks
 *         Whether the file has stacks.
 * @return
 *         Its length in bytes; 0 if there is no event, or an invalid one.
 */
static inline unsigned mf_trace_unpack(const unsigned char *at,
                                       struct mf_trace_state *state, bool stacks,
                                       struct mf_trace_event *event) {
    uint64_t word = mf_trace_word(at);
    unsigned kind = word & 15;
    if (__builtin_expect(kind - 1 >= MF_TRACE_THREAD, 0)) {
        return mf_trace_unpack_wide(at, state, stacks, event);
    }
    unsigned time_bits = mf_trace_bits(MF_TRACE_TIME_BYTES, word >> 4 & 3);
    unsigned size_bits = mf_trace_bits(MF_TRACE_SIZE_BYTES, word >> 6 & 3);
    unsigned address_bits = mf_trace_bits(MF_TRACE_ADDRESS_BYTES, word >> 8 & 3);
    unsigned length = 2;
    uint64_t time = mf_trace_word(at + length) & ((UINT64_C(1) << time_bits) - 1);
    length += time_bits / 8;
    event->size = mf_trace_word(at + length) & ((UINT64_C(1) << size_bits) - 1);
    length += size_bits / 8;
    uint64_t zigzag = mf_trace_word(at + length) & ((UINT64_C(1) << address_bits) - 1);
    length += address_bits / 8;
    state->time += time << 6 | (word >> 10 & 63);
    uint64_t address = state->address + (((zigzag >> 1) ^ -(zigzag & 1)) << 3);
    event->kind = kind;
    event->time = state->time;
    event->address = address;
    event->stack = 0;
    state->address = address && kind <= MF_TRACE_RESIZE ? address : state->address;
    if (stacks && mf_trace_allocates(kind)) {
        event->stack = mf_trace_word(at + length) & 0xffffff;
        length += 3;
    }
    return length;
}

/** Check whether a head belongs to a trace of this version. Returns NULL if it does, else a
 * few words that say what is wrong. Static. */
const char *mf_trace_head_fault(const struct mf_trace_head *head);

#endif
