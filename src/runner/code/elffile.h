// SPDX-License-Identifier: MIT
/** Properties and symbols of an ELF file. The only user of libelf. */
#ifndef MF_RUNNER_CODE_ELFFILE_H
#define MF_RUNNER_CODE_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elffile;

/** A symbol that is defined in the file. */
struct elffile_symbol {
    /** Valid while the file is open. */
    const char *name;
    /** Address in the file, before relocation. */
    uint64_t address;
    uint64_t size;
    /** Code, rather than data or a section. */
    bool function;
    /** Global or weak: other object files could bind to it. */
    bool global;
    /** In the dynamic symbol table: other modules can bind to it. */
    bool exported;
    /** An indirect function (STT_GNU_IFUNC): the address is that of its resolver. */
    bool chosen;
    /** A thread-local variable: the address is an offset in the thread's variables. */
    bool thread;
};

/**
 * Called for each symbol.
 *
 * @return
 *         Whether to continue.
 */
typedef bool elffile_visit(void *context, const struct elffile_symbol *symbol);

/**
 * Open a regular file. Never blocks, even if the path names a FIFO or a device.
 *
 * @return
 *         NULL with errno: ENOEXEC if it is not an ELF file.
 */
struct elffile *elffile_open(const char *path);

/** Close it; NULL is allowed. */
void elffile_close(struct elffile *file);

/** Whether two files are for the same class, byte order and machine. */
bool elffile_is_alike(const struct elffile *one, const struct elffile *other);

/** Whether it names a dynamic loader. */
bool elffile_has_interpreter(const struct elffile *file);

/** Whether it is a dynamic loader itself, which can run a program named as its argument. */
bool elffile_is_loader(const struct elffile *file);

/** The path of the dynamic loader that it names, valid while the file is open; NULL if it names
 * none. */
const char *elffile_interpreter(const struct elffile *file);

/** Whether it has a section with this name. */
bool elffile_has_section(const struct elffile *file, const char *name);

/**
 * Where the section with a name is loaded.
 *
 * @length
 *         Set to the number of bytes.
 * @return
 *         Its address before relocation; 0 = there is none.
 */
uint64_t elffile_section(const struct elffile *file, const char *name, size_t *length);

/** Whether it needs (DT_NEEDED) a library whose name begins with `prefix`. */
bool elffile_needs(const struct elffile *file, const char *prefix);

/** Whether it has an undefined symbol with this name. */
bool elffile_wants(const struct elffile *file, const char *name);

/** Whether the loader writes the address of a symbol with this name into it, whichever module
 * defines the symbol. */
bool elffile_refers(const struct elffile *file, const char *name);

/** Its lowest address, rounded down to a page; offsets in a module count from it. */
uint64_t elffile_base(const struct elffile *file);

/** The address after its last loaded byte. */
uint64_t elffile_end(const struct elffile *file);

/**
 * The beginning of the function that an address lies in, from .eh_frame_hdr, which stripped
 * files have, too.
 *
 * @address
 *         Address in the file, before relocation.
 * @return
 *         0 if it is unknown.
 */
uint64_t elffile_function_start(const struct elffile *file, uint64_t address);

/**
 * Its build id.
 *
 * @length
 *         Set to the number of bytes.
 * @return
 *         The bytes, valid while the file is open; NULL if it has none.
 */
const unsigned char *elffile_build_id(const struct elffile *file, size_t *length);

/** Whether its build id begins with the given bytes. */
bool elffile_is_built(const struct elffile *file, const unsigned char *id, size_t length);

/**
 * Write a copy of a debug file with uncompressed sections. The locations of variables are left
 * out, because naming places does not need them.
 *
 * @fd
 *         An empty file, open for reading and writing.
 * @return
 *         0 on success, -1 on failure: then the file has undefined content.
 */
int elffile_unpack(const char *path, int fd);

/** Its machine, such as EM_X86_64. */
unsigned elffile_machine(const struct elffile *file);

/** The bytes that are loaded to an address (before relocation); NULL if the file does not have
 * as many bytes there. They are valid while the file is open. */
const unsigned char *elffile_bytes(const struct elffile *file, uint64_t address,
                                   size_t length);

/**
 * The table of functions for unwinding, .eh_frame_hdr.
 *
 * @length
 *         Set to the number of bytes.
 * @return
 *         Its address before relocation; 0 = there is none.
 */
uint64_t elffile_unwind_table(const struct elffile *file, size_t *length);

/**
 * The offset of a program's thread-local variable from the thread pointer.
 *
 * @address
 *         The address of the symbol.
 * @distance
 *         Set to the offset.
 * @return
 *         False if the file has no thread-local variables, or is for an unknown machine.
 */
bool elffile_thread_distance(const struct elffile *file, uint64_t address,
                             int64_t *distance);

/** The name of the function whose address the loader writes to an address (before relocation);
 * NULL if it writes none, or one of this file. */
const char *elffile_bound(const struct elffile *file, uint64_t address);

/** Visit all defined symbols: first the dynamic ones, then those of .symtab. Returns whether all
 * could be read, up to where `visit` stopped. */
bool elffile_symbols(const struct elffile *file, elffile_visit *visit, void *context);

#endif
