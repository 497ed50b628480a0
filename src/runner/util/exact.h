// SPDX-License-Identifier: MIT
/** Texts in JSON that come back byte by byte. JSON's strings are UTF-8; arguments and file
 * names need not be. Beside a member KEY that is not, KEY_bytes has its bytes. */
#ifndef MF_RUNNER_UTIL_EXACT_H
#define MF_RUNNER_UTIL_EXACT_H

#include <jansson.h>
#include <stddef.h>

/** Add a text, null for NULL, as a member. Non-zero when memory ran out. */
int exact_put(json_t *object, const char *key, const char *text);

/** Add a list of texts as a member. Non-zero when memory ran out. */
int exact_put_list(json_t *object, const char *key, const char *const *texts,
                   size_t count);

/** The same for arguments, which end with NULL. */
int exact_put_arguments(json_t *object, const char *key, char *const *arguments);

/**
 * Have each member that has its bytes beside it hold these. They can be read then, but
 * no longer written.
 *
 * @return
 *         0 on success, -1 when memory ran out.
 */
int exact_restore(json_t *object);

#endif
