// SPDX-License-Identifier: MIT
/** Names of functions, from the symbol tables of a module's file. */
#ifndef MF_PRELOAD_STACK_SYMBOLS_H
#define MF_PRELOAD_STACK_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Whether a function's name at a place matches a glob: any of its names, local ones too
 * where the file is not stripped. Maps the file for the time of the call.
 *
 * @path
 *         The module's file.
 * @offset
 *         Distance from the module's load base.
 * @glob
 *         The pattern, over names as the linker knows them (mangled in C++).
 */
bool mf_symbols_match(const char *path, uint64_t offset, const char *glob);

#endif
