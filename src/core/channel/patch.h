// SPDX-License-Identifier: MIT
/**
 * The part of the channel for allocators inside the program, whose functions a preloaded
 * library cannot replace. The runner finds in the program's file where these functions begin
 * and which instructions a jump there overwrites; the library writes the jumps.
 *
 * A patch is a jump from a function's entry to the library's function, and a copy of the
 * overwritten instructions, which ends in a jump to the rest of the function: calling the copy
 * calls the original function. Addresses are those in the file, before relocation.
 */
#ifndef MF_CORE_CHANNEL_PATCH_H
#define MF_CORE_CHANNEL_PATCH_H

#include "core/policy/function.h"

#include <stdatomic.h>
#include <stdint.h>

/** With this argument and the path of a program, the runner's executable writes a struct
 * mf_patches to its standard output. */
#define MF_PATCH_WORD "--patches-of"
/** The same for a library that the program loads while it runs. The functions by name to look
 * for follow, as the user gave them and in the same order; "" = another module has the
 * function. */
#define MF_PATCH_MODULE_WORD "--patches-in"
/** For how many other programs there is room for patches. */
#define MF_PATCH_PROGRAMS_MAX 64

/** The maximum number of files with such functions. */
#define MF_PATCH_FILES_MAX 4
/** The maximum number of functions by name that are patched. */
#define MF_PATCH_NAMED_MAX 16

/** The functions of an allocator that the library intercepts. The first ones are those of
 * enum mf_function. */
enum mf_entry {
    /** These do not allocate: they take a block. */
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
    /** Not patched, but called: the function that throws std::bad_alloc, and
     * std::get_new_handler(). */
    MF_ENTRY_THROW_BAD_ALLOC,
    MF_ENTRY_GET_NEW_HANDLER,
    /** strdup(), the same as __strdup(), and strndup(), in a sanitizer's run-time. */
    MF_ENTRY_STRDUP,
    MF_ENTRY_INTERNAL_STRDUP,
    MF_ENTRY_STRNDUP,
    /** Functions of the program by name; several functions can have the same name. */
    MF_ENTRY_NAMED,
    MF_ENTRY_COUNT = MF_ENTRY_NAMED + MF_PATCH_NAMED_MAX,
};

/** Maximum length of a copy in bytes, with the jump back and constants. */
#define MF_PATCH_COPY_MAX 80
/** Maximum number of bytes that a jump overwrites, if it ends inside a long instruction. */
#define MF_PATCH_TAKEN_MAX 20
#define MF_PATCH_FIXES_MAX 6
/** Maximum number of calls between these functions that are redirected to the copies. */
#define MF_PATCH_INNER_MAX 48

/** The search for address space for the copies: the step and the maximum distance from the
 * program, in bytes, and the lowest address that is tried. */
#define MF_PATCH_STEP     UINT64_C(0x10000)
#define MF_PATCH_DISTANCE (UINT64_C(1) << 30)
#define MF_PATCH_LOWEST   UINT64_C(0x10000)

/** How a place in a copy depends on the addresses that the copy and the target get. */
enum mf_patch_fix_kind {
    /** The distance from `end` to the target, 4 bytes. */
    MF_PATCH_NEAR,
    /** The target's address, 8 bytes. */
    MF_PATCH_ADDRESS,
    /** The distance in words, in the low 26 bits of an aarch64 instruction. */
    MF_PATCH_BRANCH26,
    /** As MF_PATCH_NEAR, but `target` is an enum mf_entry: the distance to its copy. */
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
    /** Where the jump is written: at the entry, or after an instruction that only marks the
     * entry (endbr64, bti). */
    uint64_t address;
    /** enum mf_entry */
    uint32_t entry;
    /** For functions by name: index in the patches' `named`. */
    uint32_t named;
    /** Index of the file that it is in. */
    uint32_t file;
    /** Length in bytes of the whole instructions that the jump overwrites; 0 = nothing is
     * patched, only the address is needed. */
    uint8_t taken;
    /** Length of the copy in bytes, and number of its fixes. */
    uint8_t copied, fixes;
    /** Whether the copy simulates a call, which does not work with a shadow stack. */
    uint8_t calls;
    /** The bytes that the jump overwrites. */
    unsigned char before[MF_PATCH_TAKEN_MAX];
    unsigned char copy[MF_PATCH_COPY_MAX];
    struct mf_patch_fix fix[MF_PATCH_FIXES_MAX];
};

/** A call from one function of the allocator to another. It is redirected to the copy, so that
 * one allocation is not counted twice. */
struct mf_patch_inner {
    /** Address of the call's 4-byte distance; on aarch64, of the instruction. */
    uint64_t address;
    /** enum mf_entry */
    uint32_t entry;
    uint32_t reserved;
};

/** The result of writing the patches, which the library sets. */
enum mf_patch_state {
    /** No process has written them yet. */
    MF_PATCH_WAITING,
    MF_PATCH_DONE,
    /** The file has changed since the runner read it. */
    MF_PATCH_CHANGED,
    /** There is no free address space near the program. */
    MF_PATCH_NO_ROOM,
    /** The kernel refuses writes to code. */
    MF_PATCH_REFUSED,
};

/** A file with functions that are patched. */
struct mf_patch_file {
    uint64_t device, inode;
    /** Its range of addresses, from its lowest page on. */
    uint64_t low, high;
};

/** Size of a reason, with its NUL. */
#define MF_PATCH_REASON_MAX 88

/** Why a function by name cannot be patched in a library. */
struct mf_patch_fault {
    uint32_t named, reserved;
    /** "" = it can be patched. */
    char reason[MF_PATCH_REASON_MAX];
};

/** The patches of a program. */
struct mf_patches {
    /** The program, followed by libraries that it is linked with. */
    struct mf_patch_file files[MF_PATCH_FILES_MAX];
    uint32_t file_count;
    /** Whether these are the patches of a library that is loaded while the program runs. */
    uint32_t module;
    /** Number of patches in `list`; 0 = nothing is patched. */
    uint32_t count;
    /** Whether blocks are followed until they are freed; if not, free() is not patched. */
    uint32_t follows;
    /** enum mf_patch_state */
    _Atomic uint32_t state;
    /** Resource functions: those that are intercepted, and those of them that count although no
     * rule selects them. */
    mf_functions reached, also;
    /** Number of functions by name in `named`. */
    uint32_t named_count;
    /** A set of these, as bits. In the patches of a program: those that it does not have, which
     * are looked for in libraries that it loads; in the patches of a library: those that the
     * library has. */
    uint32_t named_later;
    struct mf_named named[MF_NAMED_MAX];
    struct mf_patch list[MF_ENTRY_COUNT];
    uint32_t inner_count;
    struct mf_patch_inner inner[MF_PATCH_INNER_MAX];
    /** In the patches of a library. */
    struct mf_patch_fault fault;
};

/** The patches of another program that a process of the target executes. */
struct mf_patch_program {
    /** MF_PATCH_FREE, TAKEN, KNOWN or UNKNOWN; once it is KNOWN it does not change. */
    _Atomic uint32_t state;
    uint32_t reserved;
    struct mf_patches patches;
};

enum { MF_PATCH_FREE, MF_PATCH_TAKEN, MF_PATCH_KNOWN, MF_PATCH_UNKNOWN };

#endif
