// SPDX-License-Identifier: MIT
/**
 * What a fuzzer feeds. With clang's -fsanitize=fuzzer its own main() calls it (make
 * fuzz); driver.c has another one, for any compiler, that make check runs for a short
 * while.
 */
#ifndef MF_FUZZ_H
#define MF_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Take one input, whatever it is; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
