// SPDX-License-Identifier: MIT
/** Where the sources of a document's places are, if no option says so. */
#ifndef MF_RUNNER_FORMATS_SOURCEROOT_H
#define MF_RUNNER_FORMATS_SOURCEROOT_H

#include <jansson.h>

/** A folder's absolute path with a '/' at its end, to be freed; NULL with errno. */
char *sourceroot_absolute(const char *folder);

/**
 * Find the folder that paths are relative to. That is the checkout around the working
 * directory, or else the working directory; but where findings have broken or failed in
 * files outside of it that are there, it is a checkout around these, or else what they have
 * in common. Folders of the system are never taken.
 *
 * @root
 *         The document.
 * @return
 *         As sourceroot_absolute().
 */
char *sourceroot_find(const json_t *root);

#endif
