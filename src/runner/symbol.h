// SPDX-License-Identifier: MIT
/** Names for places in modules: the function that holds an offset. */
#ifndef MF_RUNNER_SYMBOL_H
#define MF_RUNNER_SYMBOL_H

#include "core/channel.h"

/** Modules that have been read, one per entry of the channel's module table. */
struct symbols {
    struct symbol_module *modules[MF_MODULES_MAX];
};

/**
 * Name a return address.
 *
 * @symbols
 *         All zeroes at first; remembers what was read.
 * @index
 *         The module's index in the channel's table, below MF_MODULES_MAX.
 * @module
 *         Its entry. The file at its path is believed only where it has the same build
 * id.
 * @offset
 *         From the module's load base.
 * @displacement
 *         Set to how far behind the function's start it is.
 * @return
 *         The function's name, as long as `symbols` lives; NULL where none is known.
 */
const char *symbols_find(struct symbols *symbols, unsigned index,
                         const struct mf_module *module, uint64_t offset,
                         uint64_t *displacement);

/** Release all that was read. */
void symbols_destroy(struct symbols *symbols);

#endif
