// SPDX-License-Identifier: MIT
/** Characters in UTF-8. */
#ifndef MF_RUNNER_UTIL_UTF8_H
#define MF_RUNNER_UTIL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/** The first character of a text, which is not empty; its length, 0 if it is not one. */
size_t utf8_decode(const char *text, uint32_t *character);

/** The most bytes, of so many, that a text can be cut to without parting a character. */
size_t utf8_cut(const char *text, size_t length);

#endif
