// SPDX-License-Identifier: MIT
/**
 * Names for places in code: function, file and line, inlined calls.
 *
 * Reads the files, not a process, so it also works after the process has ended. Each place
 * is looked up once; debug files are taken from where Debian puts them (/usr/lib/debug);
 * nothing is ever downloaded.
 */
#ifndef MF_RUNNER_CODE_SYMBOL_H
#define MF_RUNNER_CODE_SYMBOL_H

#include "runner/code/modules.h"

/** One call at a place; inlined calls give several. */
struct symbol {
    /** Demangled name of the function; NULL if unknown. See `short_name` for C++ names
     * without argument lists. */
    const char *function;
    /** `function` without C++ argument list, template arguments and return type. */
    const char *short_name;
    /** The linker's name, as in the symbol table; NULL for inlined functions that have
     * none. */
    const char *linkage;
    /** Offset of the place from the function's start, unless `inlined`; also known for most
     * functions without a name; 0 if unknown. */
    uint64_t displacement;
    /** Source file as the compiler recorded it, NULL if unknown; line 0 if unknown. */
    const char *file;
    /** The compiler's working directory, the base of a relative `file`; NULL if unknown. */
    const char *directory;
    int line;
    /** Whether the function was inlined into the next one. */
    bool inlined;
};

/** All calls at a place, innermost first; at least one, whose fields may all be NULL. */
struct symbol_list {
    const struct symbol *symbols;
    size_t count;
};

/** All places looked up so far. */
struct symbols;
struct unpack;
struct functions;

/**
 * Create an empty set.
 *
 * @modules
 *         The table that frames point into; must outlive it.
 * @return
 *         NULL when memory ran out.
 */
struct symbols *symbols_new(const struct modules *modules);

/** Use a debug file that is unpacked in advance; `unpack` must outlive `symbols`. */
void symbols_expect(struct symbols *symbols, struct unpack *unpack);

/** Release it and everything it returned; NULL is fine. */
void symbols_free(struct symbols *symbols);

/**
 * Name a place.
 *
 * A module's file is used only if it has the same build id.
 *
 * @frame
 *         The place.
 * @is_return
 *         Whether it is a return address: then the call before it is named.
 * @return
 *         Never empty; lives as long as `symbols`.
 */
struct symbol_list symbols_find(struct symbols *symbols, struct frame frame,
                                bool is_return);

/**
 * Name an unnamed place after the function that its caller called: compilers split
 * functions, and the part for unlikely code has no name in a stripped library.
 *
 * @place
 *         As symbols_find() returned it.
 * @caller
 *         The next frame out, a return address.
 * @return
 *         `place` if the call does not show it. Lives as long as `symbols`.
 */
const struct symbol *symbols_called(struct symbols *symbols, const struct symbol *place,
                                    struct frame caller);

/** What symbols_find() returned for a place; NULL if it was not called for it. */
const struct symbol_list *symbols_known(const struct symbols *symbols, struct frame frame,
                                        bool is_return);

/** The functions of a module; NULL where its file is not to be had. They live as long as
 * `symbols`, and until the next module is named. */
const struct functions *symbols_functions(struct symbols *symbols, uint32_t module);

#endif
