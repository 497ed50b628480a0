// SPDX-License-Identifier: MIT
/** A library that allocates for its callers, to be told apart from them. */
#ifndef TARGETS_FETCH_H
#define TARGETS_FETCH_H

#include <stddef.h>

/** Allocate. */
void *fetch(size_t size);

/** Allocate too, by another function. */
void *fetch_other(size_t size);

/** Call back. */
void *fetch_by(void *(*allocate)(size_t), size_t size);

#endif
