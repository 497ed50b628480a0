// SPDX-License-Identifier: MIT
/** C++ and Rust names as people write them. */
#ifndef MF_RUNNER_CODE_DEMANGLE_H
#define MF_RUNNER_CODE_DEMANGLE_H

/**
 * Decode a linker's name. Whoever made the program made it up: a short one can come to
 * gigabytes.
 *
 * @return
 *         NULL if it is not one of C++ or Rust, or one that comes to more than 64 KiB or takes
 *         more than a second, or memory ran out. Owned: free() it.
 */
char *demangle(const char *linkage);

/**
 * Leave out of a decoded name what does not name the function: return type, arguments,
 * template arguments, qualifiers and clones.
 *
 * "std::vector<int>::push_back(int const&)" becomes "std::vector::push_back",
 * and "<alloc::vec::Vec<u8>>::push" "alloc::vec::Vec::push".
 *
 * @name
 *         A decoded name; changed in place, and left as it is where it is not understood.
 */
void demangle_shorten(char *name);

#endif
