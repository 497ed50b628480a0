// SPDX-License-Identifier: MIT
/**
 * Building a message piece by piece in a buffer of fixed size. What does not fit is cut
 * off, never in the middle of a UTF-8 sequence. Pure and safe in a signal handler.
 */
#ifndef MF_CORE_POLICY_TEXT_H
#define MF_CORE_POLICY_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** The most bytes that mf_text_quote() takes of a string. */
#define MF_TEXT_QUOTE_MAX 40

struct mf_text {
    /** Always NUL-terminated; owned by the caller. */
    char *bytes;
    /** Room in it, with the NUL; at least 1. */
    size_t size;
    /** Bytes written, without the NUL. */
    size_t used;
};

/** Undo, in place, what the kernel makes of newlines in the paths of /proc/PID/maps: "\012". A name
 * that really has these four characters cannot be told from one with a newline. */
void mf_text_unescape(char *path);

/** Begin an empty text. */
struct mf_text mf_text_begin(char *bytes, size_t size);

/** Add a string unchanged. */
void mf_text_add(struct mf_text *text, const char *piece);

/** Add the first bytes of a string as UTF-8. Invalid bytes, control characters and
 * characters that change the text direction become a `?` each. */
void mf_text_add_printable(struct mf_text *text, const char *piece, size_t length);

/** Add a string from the user: in double quotes, printable, cut if it is long. */
void mf_text_quote(struct mf_text *text, const char *piece);

/** The same for a string that is not NUL-terminated. */
void mf_text_quote_bytes(struct mf_text *text, const char *piece, size_t length);

/** Add a number in decimal. */
void mf_text_number(struct mf_text *text, uint64_t number);

/** Add a number in decimal that may be negative. */
void mf_text_signed(struct mf_text *text, int64_t number);

/** Add one of `count` quoted alternatives, with the comma or the "or" that goes before
 * it. */
void mf_text_choice(struct mf_text *text, const char *name, size_t index, size_t count);

/** The length in bytes of the control character at the front of a string; 0 = there is
 * none. */
size_t mf_text_control(const char *string, size_t length);

#endif
