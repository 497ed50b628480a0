// SPDX-License-Identifier: MIT
/** What an ELF file says of itself. The only user of libelf. */
#ifndef MF_RUNNER_CODE_ELFFILE_H
#define MF_RUNNER_CODE_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elffile;

/** A symbol that is defined in the file. */
struct elffile_symbol {
    /** Lives as long as the file is open. */
    const char *name;
    /** Where it is, as linked. */
    uint64_t address;
    uint64_t size;
    /** Code, rather than data or a section. */
    bool function;
    /** Other files can bind to it, or other objects of this one could. */
    bool global;
    /** It is among those that other files can bind to. */
    bool exported;
    /** The address is of what chooses the function when the program starts. */
    bool chosen;
    /** A variable that each thread has: its address counts from the beginning of these. */
    bool thread;
};

/**
 * What is done with each symbol.
 *
 * @return
 *         Whether to go on.
 */
typedef bool elffile_visit(void *context, const struct elffile_symbol *symbol);

/**
 * Open a regular file. Never blocks, whatever lies at the path.
 *
 * @return
 *         NULL with errno: ENOEXEC where it is not an ELF file.
 */
struct elffile *elffile_open(const char *path);

/** Close it; NULL is fine. */
void elffile_close(struct elffile *file);

/** Whether two files are for the same class, byte order and machine. */
bool elffile_is_alike(const struct elffile *one, const struct elffile *other);

/** Whether it asks for a dynamic loader. */
bool elffile_has_interpreter(const struct elffile *file);

/** Whether it is a dynamic loader itself, which can be told what to run. */
bool elffile_is_loader(const struct elffile *file);

/** The path of that loader, as long as the file is open; NULL where it asks for none. */
const char *elffile_interpreter(const struct elffile *file);

/** Whether it has a section of a name. */
bool elffile_has_section(const struct elffile *file, const char *name);

/** Whether it names a library as needed whose name begins with `prefix`. */
bool elffile_needs(const struct elffile *file, const char *prefix);

/** Whether it takes a function or an object from another file, by its name. */
bool elffile_wants(const struct elffile *file, const char *name);

/** Whether the loader writes the address of a function or an object of a name into it, be it
 * its own or another's. */
bool elffile_refers(const struct elffile *file, const char *name);

/** The lowest address it is loaded at, by page: what offsets count from. */
uint64_t elffile_base(const struct elffile *file);

/** The address behind all that is loaded. */
uint64_t elffile_end(const struct elffile *file);

/**
 * Where a function begins that an address lies in, as far as .eh_frame_hdr tells, which
 * files without symbols have, too.
 *
 * @address
 *         As linked.
 * @return
 *         0 where that is not known.
 */
uint64_t elffile_function_start(const struct elffile *file, uint64_t address);

/**
 * Its build id.
 *
 * @length
 *         Set to the number of bytes.
 * @return
 *         The bytes, as long as the file is open; NULL where it has none.
 */
const unsigned char *elffile_build_id(const struct elffile *file, size_t *length);

/** Whether its build id is the one given, as far as the latter goes. */
bool elffile_is_built(const struct elffile *file, const unsigned char *id, size_t length);

/**
 * Write a copy of a debug file whose sections are not compressed. What says where
 * variables live is left out: naming places takes no interest in that.
 *
 * @fd
 *         An empty file, open for reading and writing.
 * @return
 *         0 on success, -1 on failure: then the file may hold anything.
 */
int elffile_unpack(const char *path, int fd);

/** The machine it is for: EM_X86_64 and the like. */
unsigned elffile_machine(const struct elffile *file);

/** The bytes that are loaded to an address, as linked; NULL where the file does not have
 * as many there. They live as long as the file is open. */
const unsigned char *elffile_bytes(const struct elffile *file, uint64_t address,
                                   size_t length);

/**
 * Where the table of functions for unwinding is loaded to, .eh_frame_hdr.
 *
 * @length
 *         Set to the number of bytes.
 * @return
 *         Its address as linked; 0 = it has none.
 */
uint64_t elffile_unwind_table(const struct elffile *file, size_t *length);

/**
 * How far from its thread pointer a thread of a program has a variable of its own.
 *
 * @address
 *         The symbol's.
 * @distance
 *         Set to that.
 * @return
 *         False where the file has no variables of threads, or they are of a machine that is
 *         not known.
 */
bool elffile_thread_distance(const struct elffile *file, uint64_t address,
                             int64_t *distance);

/** The name of the function whose address the loader writes to an address, as linked; NULL
 * where it writes none, or it is this file's own. */
const char *elffile_bound(const struct elffile *file, uint64_t address);

/** Show all the defined symbols: the dynamic ones first, then those of .symtab. Whether those
 * that were wanted could all be read. */
bool elffile_symbols(const struct elffile *file, elffile_visit *visit, void *context);

#endif
