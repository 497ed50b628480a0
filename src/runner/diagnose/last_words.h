// SPDX-License-Identifier: MIT
/** Messages of a program that dies: libc's, assertions' and exceptions'. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_LAST_WORDS_H
#define MF_RUNNER_DIAGNOSE_LAST_WORDS_H

#include "runner/diagnose/outcome.h"

/** Whether words are in the first line of a text. */
bool last_words_in_line(const char *text, const char *words);

/** Copy the first line of a text, cut off if it does not fit. */
void last_words_line(const char *text, char *line, size_t size);

/** The first line of a text that begins with words; NULL where none does. */
const char *last_words_find_line(const char *text, const char *words);

/** Copy the last line of a text that is not empty. */
void last_words_last_line(const char *text, char *line, size_t size);

/** Copy why a program gives up: what Rust or GLib says, else the last line. */
void last_words_parting(const char *text, char *words, size_t size);

/** Copy where Rust panicked last and its message, but not that one panic has met another
 * or may not go on; leaves `words` alone if there is none. */
void last_words_panic(const char *text, char *words, size_t size);

/**
 * Whether the last panic is of a check that Rust or an assertion makes, rather than one that
 * the program asks for: "index out of bounds".
 *
 * @words
 *         Set to it as by last_words_panic(); "" where there is none.
 * @place
 *         Set to where in the sources it was, as "main.rs:3:5"; "" where there is none.
 */
bool last_words_failed_check(const char *text, char *words, size_t size, char *place,
                             size_t room);

/** Whether a fatal message of GLib's is that of a check of arguments: "assertion 'p != NULL'
 * failed"; `asserted` is set then. */
bool last_words_glib_check(const char *text, char *asserted, size_t size);

/** Whether the words are those of an assertion of GLib's; `asserted` is set then. */
bool last_words_glib_assertion(const char *text, char *asserted, size_t size);

/**
 * Whether libc found its heap overwritten.
 *
 * @message
 *         Set to libc's message then.
 */
bool last_words_broken_heap(const struct outcome_facts *facts, char *message,
                            size_t size);

/**
 * Whether the words are a failed assertion's.
 *
 * @text
 *         Set to what was asserted then.
 */
bool last_words_assertion(const struct outcome_facts *facts, char *text, size_t size);

/** Copy the type of the uncaught exception; "" if it is unknown. */
void last_words_exception(const struct outcome_facts *facts, char *type, size_t size);

/** Copy what the uncaught exception says of itself; "" if that is unknown, or no more than its
 * type does. */
void last_words_what(const char *text, const char *type, char *what, size_t size);

#endif
