// SPDX-License-Identifier: MIT
/**
 * What children leave when they end well, for leaks: it is kept until their own process ends,
 * which goes on as if nothing had failed, and tells what it leaves itself. What a child leaves
 * more is leaked.
 *
 * A process that does not tell its end, because a signal ends it or it executes another
 * program, leaves the leaks of its children unknown; so do other threads, which a child has
 * not. The trials say so.
 */
#ifndef MF_RUNNER_INPLACE_REMAINS_H
#define MF_RUNNER_INPLACE_REMAINS_H

#include "runner/inplace/held.h"

struct remains;

/** NULL when memory ran out. */
struct remains *remains_new(struct campaign *campaign);

/** A child is about to end, and stands still: look at what it leaves. */
void remains_look(struct remains *remains, struct held *held);

/**
 * A child has ended, and its trial has been judged: if it ended well keep what it left.
 *
 * @told
 *         What the held process said of the child.
 */
void remains_keep(struct remains *remains, struct held *held, struct trial *trial,
                  const struct mf_child *told, const struct end *end);

/**
 * A process is about to end, and stands still: compare with what it leaves.
 *
 * @head
 *         Its channel.
 * @account, @serial
 *         Where it has its account, and what distinguishes that from others.
 */
void remains_compare(struct remains *remains, const struct mf_head *head, pid_t pid,
                     uint64_t account, uint64_t serial);

/** Release all that is kept; NULL is fine. */
void remains_free(struct remains *remains);

#endif
