// SPDX-License-Identifier: MIT
/** Rust's names: decoded by libiberty, or left alone where it is not there. */
#ifndef MF_RUNNER_CODE_RUSTNAME_H
#define MF_RUNNER_CODE_RUSTNAME_H

#include <stddef.h>

/**
 * Decode a linker's name: "_RNvCs1234_7mycrate3foo", or an older one that looks like C++ and
 * ends in a hash, "_ZN7mycrate3foo17h0123456789abcdefE".
 *
 * @room
 *         What a name may come to, with its NUL.
 * @return
 *         NULL if it is not one of Rust's or comes to more, or memory ran out. Owned: free()
 *         it.
 */
char *rustname_decode(const char *linkage, size_t room);

#endif
