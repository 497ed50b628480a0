// SPDX-License-Identifier: MIT
/** Making JSON with jansson where memory may run out at any step: errors add up, and the
 * object made with one of them comes to nothing in the end. */
#ifndef MF_RUNNER_UTIL_JSON_H
#define MF_RUNNER_UTIL_JSON_H

#include <jansson.h>
#include <stdint.h>

/** A string as it is, or with '?' for its foreign bytes where it is not UTF-8. */
json_t *json_text(const char *value);

/** A string, or null for NULL. */
json_t *json_optional(const char *value);

/** An unsigned number; JSON's integers end at 2^63 - 1, and so do ours. */
json_t *json_count(uint64_t value);

/** "0x1f", for addresses and offsets. */
json_t *json_hex(uint64_t value);

/** Sixteen hexadecimal digits: a stack id or a signature, as policies take it. */
json_t *json_id(uint64_t value);

/** Bytes in hexadecimal, as build ids are told; null if there are none. */
json_t *json_bytes(const unsigned char *bytes, size_t count);

/** The sum of two numbers that may come from anybody: the largest or the smallest number
 * there is where it would be beyond. */
json_int_t json_sum(json_int_t one, json_int_t other);

/** Write why jansson could not load a file, with errno as it left it, for a message that
 * names the file already. */
void json_why(const json_error_t *error, char why[200]);

/** Add a member; takes the value over. Non-zero when memory ran out. */
int json_put(json_t *object, const char *key, json_t *value);

/** The object, or NULL where there was a failure; then it is released. */
json_t *json_finished(json_t *object, int failures);

#endif
