// SPDX-License-Identifier: MIT
/**
 * The part of the channel for allocators that cannot be reached by coming first: those inside
 * the program. The runner works out from the program's file where their functions begin and
 * what a jump there destroys; the library writes.
 *
 * A patch is a jump, from a function's entry to ours, and a copy of the instructions in its
 * place that goes on behind it: the function as it was, for us to go on to. Addresses are as
 * linked.
 */
#ifndef MF_CORE_CHANNEL_PATCH_H
#define MF_CORE_CHANNEL_PATCH_H

#include "core/policy/function.h"

#include <stdatomic.h>
#include <stdint.h>

/** What the runner's program is given, and the path of a program, to write a struct mf_patches
 * to its standard output. */
#define MF_PATCH_WORD "--patches-of"
/** The same of a library that the program loads while it runs, with the functions by name that
 * are looked for in it, as they were given, in their order; "" = another one has it. */
#define MF_PATCH_MODULE_WORD "--patches-in"
/** How many other programs have a place for their patches. */
#define MF_PATCH_PROGRAMS_MAX 64

/** The most files with such functions. */
#define MF_PATCH_FILES_MAX 4
/** The most functions by name that are patched. */
#define MF_PATCH_NAMED_MAX 16

/** The functions of an allocator that calls come to. The first ones are those of
 * enum mf_function. */
enum mf_entry {
    /** These only get blocks back, or look at them. */
    MF_ENTRY_FREE = MF_MMAP,
    MF_ENTRY_USABLE_SIZE,
    /** The forms of operator new. */
    MF_ENTRY_NEW,
    MF_ENTRY_NEW_ARRAY,
    MF_ENTRY_NEW_NOTHROW,
    MF_ENTRY_NEW_ARRAY_NOTHROW,
    MF_ENTRY_NEW_ALIGNED,
    MF_ENTRY_NEW_ARRAY_ALIGNED,
    MF_ENTRY_NEW_ALIGNED_NOTHROW,
    MF_ENTRY_NEW_ARRAY_ALIGNED_NOTHROW,
    /** Not patched, but called: what throws std::bad_alloc, and what knows the new
     * handler. */
    MF_ENTRY_THROW_BAD_ALLOC,
    MF_ENTRY_GET_NEW_HANDLER,
    /** strdup(), the same as __strdup(), and strndup(), in a sanitizer's run-time. */
    MF_ENTRY_STRDUP,
    MF_ENTRY_INTERNAL_STRDUP,
    MF_ENTRY_STRNDUP,
    /** Functions of the program by name: several can have one. */
    MF_ENTRY_NAMED,
    MF_ENTRY_COUNT = MF_ENTRY_NAMED + MF_PATCH_NAMED_MAX,
};

/** The longest copy, its way back and constants included. */
#define MF_PATCH_COPY_MAX 80
/** The most bytes that a jump destroys: it ends in a long instruction. */
#define MF_PATCH_TAKEN_MAX 20
#define MF_PATCH_FIXES_MAX 6
/** The most calls among the functions themselves that are led past the jumps. */
#define MF_PATCH_INNER_MAX 48

/** How far away from the program a place for the copies is looked for, at first and at most,
 * and the lowest address that is tried. */
#define MF_PATCH_STEP     UINT64_C(0x10000)
#define MF_PATCH_DISTANCE (UINT64_C(1) << 30)
#define MF_PATCH_LOWEST   UINT64_C(0x10000)

/** How a place in a copy depends on where things come to lie. */
enum mf_patch_fix_kind {
    /** The distance to the target from `end` on, 4 bytes. */
    MF_PATCH_NEAR,
    /** The target's address, 8 bytes. */
    MF_PATCH_ADDRESS,
    /** The distance in words, in the low 26 bits of an instruction of aarch64. */
    MF_PATCH_BRANCH26,
    /** As MF_PATCH_NEAR, to the copy of the entry that the target is the number of. */
    MF_PATCH_ORIGINAL,
};

struct mf_patch_fix {
    uint64_t target;
    /** Offsets in the copy. */
    uint8_t at, end;
    /** enum mf_patch_fix_kind */
    uint8_t kind;
    uint8_t reserved[5];
};

struct mf_patch {
    /** Where the jump goes: at the entry, or behind the instruction that only says that it
     * is one. */
    uint64_t address;
    /** enum mf_entry */
    uint32_t entry;
    /** Of functions by name: which of the patches' `named`. */
    uint32_t named;
    /** Which of the files it is in. */
    uint32_t file;
    /** How many bytes there are whole instructions that the jump destroys; 0 = nothing is
     * patched, the address is to be known. */
    uint8_t taken;
    uint8_t copied, fixes;
    /** Whether the copy makes a call, which a shadow stack would not take. */
    uint8_t calls;
    /** What is there before. */
    unsigned char before[MF_PATCH_TAKEN_MAX];
    unsigned char copy[MF_PATCH_COPY_MAX];
    struct mf_patch_fix fix[MF_PATCH_FIXES_MAX];
};

/** A call of one function of the allocator by another: one allocation is not to be counted
 * twice, so it is led to the copy. */
struct mf_patch_inner {
    /** Where the distance is that is told in 4 bytes; on aarch64, the instruction. */
    uint64_t address;
    /** enum mf_entry */
    uint32_t entry;
    uint32_t reserved;
};

/** What the library has to say of the patches. */
enum mf_patch_state {
    /** No process has come to them. */
    MF_PATCH_WAITING,
    MF_PATCH_DONE,
    /** The file is not as it was. */
    MF_PATCH_CHANGED,
    /** There is no address space near the program. */
    MF_PATCH_NO_ROOM,
    /** The kernel refuses writes to code. */
    MF_PATCH_REFUSED,
};

/** A file with functions that are patched. */
struct mf_patch_file {
    uint64_t device, inode;
    /** The addresses it has, from its lowest page on. */
    uint64_t low, high;
};

/** The longest reason, with its NUL. */
#define MF_PATCH_REASON_MAX 88

/** Why a function by name cannot be patched in a library. */
struct mf_patch_fault {
    uint32_t named, reserved;
    /** "" = it can. */
    char reason[MF_PATCH_REASON_MAX];
};

/** The patches of a program. */
struct mf_patches {
    /** The program, and then libraries that it is started with. */
    struct mf_patch_file files[MF_PATCH_FILES_MAX];
    uint32_t file_count;
    /** Whether it is a library's that is loaded while the program runs. */
    uint32_t module;
    /** 0 = nothing is patched. */
    uint32_t count;
    /** Whether blocks are followed until they are freed: else free() is left alone. */
    uint32_t follows;
    /** enum mf_patch_state */
    _Atomic uint32_t state;
    /** Functions that give out other things than memory: those that are reached, and those
     * among them that count although no rule selects them. */
    mf_functions reached, also;
    /** What is said of functions by name. */
    uint32_t named_count;
    /** Which of them, as bits: in a program's, those that it does not have, and that are looked
     * for in what it loads; in a library's, those that it has. */
    uint32_t named_later;
    struct mf_named named[MF_NAMED_MAX];
    struct mf_patch list[MF_ENTRY_COUNT];
    uint32_t inner_count;
    struct mf_patch_inner inner[MF_PATCH_INNER_MAX];
    /** In a library's. */
    struct mf_patch_fault fault;
};

/** A place for the patches of another program that a process of the target executes. */
struct mf_patch_program {
    /** MF_PATCH_FREE and so on; KNOWN is final. */
    _Atomic uint32_t state;
    uint32_t reserved;
    struct mf_patches patches;
};

enum { MF_PATCH_FREE, MF_PATCH_TAKEN, MF_PATCH_KNOWN, MF_PATCH_UNKNOWN };

#endif
