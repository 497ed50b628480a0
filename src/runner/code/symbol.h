// SPDX-License-Identifier: MIT
/**
 * Names for places in code: function, file and line, inlined calls.
 *
 * Works on the files, not on a process, so it can be asked when the process is long gone.
 * Every place is looked up once; debug files are found where Debian puts them
 * (/usr/lib/debug), nothing is ever downloaded.
 */
#ifndef MF_RUNNER_CODE_SYMBOL_H
#define MF_RUNNER_CODE_SYMBOL_H

#include "runner/code/modules.h"

/** One call at a place; inlined calls give several. */
struct symbol {
    /** Demangled name of the function; NULL where unknown. C++ without argument lists is
     * in `short_name`. */
    const char *function;
    /** `function` without C++ argument list, template arguments and return type. */
    const char *short_name;
    /** The linker's name, as in the symbol table; NULL for inlined functions that have
     * none. */
    const char *linkage;
    /** How far behind the function's start the place is, unless `inlined`; known of most
     * functions without a name, too, else 0. */
    uint64_t displacement;
    /** Source file as the compiler had it, NULL where unknown; line 0 where unknown. */
    const char *file;
    /** Where the compiler ran, which a relative `file` goes by; NULL where unknown. */
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

/** What has been looked up. */
struct symbols;
struct unpack;

/**
 * Begin.
 *
 * @modules
 *         The table that frames point into; must outlive it.
 * @return
 *         NULL when memory ran out.
 */
struct symbols *symbols_new(const struct modules *modules);

/** Have a debug file used that is unpacked ahead of time; must outlive `symbols`. */
void symbols_expect(struct symbols *symbols, struct unpack *unpack);

/** Release it with all that was returned; NULL is fine. */
void symbols_free(struct symbols *symbols);

/**
 * Name a place.
 *
 * A module's file is believed only where it has the same build id.
 *
 * @frame
 *         The place.
 * @is_return
 *         Whether it is a return address: then the call in front of it is what is named.
 * @return
 *         Never empty; lives as long as `symbols`.
 */
struct symbol_list symbols_find(struct symbols *symbols, struct frame frame,
                                bool is_return);

/**
 * Name a place without a name after the function that its caller called: compilers split
 * functions, and the part for what hardly happens has no name in a stripped library.
 *
 * @place
 *         As symbols_find() has it.
 * @caller
 *         The next frame out, a return address.
 * @return
 *         `place` if the call does not tell. Lives as long as `symbols`.
 */
const struct symbol *symbols_called(struct symbols *symbols, const struct symbol *place,
                                    struct frame caller);

/** What symbols_find() has said of a place; NULL where it was not asked. */
const struct symbol_list *symbols_known(const struct symbols *symbols, struct frame frame,
                                        bool is_return);

#endif
