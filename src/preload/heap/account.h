// SPDX-License-Identifier: MIT
/**
 * Keeping account of live blocks, where the runner asks for it; see
 * core/channel/account.h. Lock-free, safe on any thread and in a signal handler.
 */
#ifndef MF_PRELOAD_HEAP_ACCOUNT_H
#define MF_PRELOAD_HEAP_ACCOUNT_H

#include "core/channel/account.h"
#include "preload/base/memory.h"

#include <stdbool.h>

/** The account, mapped where it is kept; else NULL. */
extern struct mf_account *mf_account;

/** Map what the runner has for it, if it asks; once, by the target's first process. */
void mf_account_map(const struct mf_memory *memory);

/** Keep it in memory of this process, if the runner asks for that; once, while the library
 * starts. */
void mf_account_begin(void);

/** This is the child of a fork: its account is another one from now on. */
void mf_account_renew(void);

/** Where a private account lies, and what tells it from others; 0 = there is none. */
void mf_account_show(uint64_t *address, uint64_t *serial);

/** Whether blocks are kept account of. */
bool mf_account_kept(void);

/** A realloc() that a caller made of a block has been refused: the block stays. */
void mf_account_refuse(const void *block, void *caller);

/**
 * A block has come.
 *
 * @caller
 *         The return address of the function that gave it.
 */
void mf_account_add(const void *block, uint64_t size, void *caller);

/** A block goes: forget it. What was known of it; origin 0 = nothing. */
struct mf_held mf_account_take(const void *block);

/** It did not go. */
void mf_account_put_back(const void *block, const struct mf_held *known);

#endif
