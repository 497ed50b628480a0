// SPDX-License-Identifier: MIT
/** Memory near code that others have, and writing into that code. */
#ifndef MF_PRELOAD_PATCH_CODE_H
#define MF_PRELOAD_PATCH_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Take memory that near jumps from a stretch of code reach: below it where there is some.
 *
 * @high
 *         The end of the code.
 * @size
 *         Whole pages.
 * @return
 *         Memory that can be written; NULL where there is no address space.
 */
unsigned char *mf_code_take_near(uint64_t low, uint64_t high, size_t size);

/** Have such memory be executed, and written no more; whether it is. */
bool mf_code_close(unsigned char *place, size_t size);

/**
 * Write bytes into code, whose pages are writable or executable, never both. Nothing else
 * runs meanwhile, not even a function of the C library: it may be the program's own, on the
 * very page. The caller has blocked signals.
 *
 * @return
 *         Whether the kernel lets that be done.
 */
bool mf_code_write(unsigned char *to, const unsigned char *bytes, size_t length);

#endif
