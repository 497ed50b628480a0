// SPDX-License-Identifier: MIT
/** Explanations of the page allocator's findings, and of what is freed and is no block. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_MISUSE_H
#define MF_RUNNER_DIAGNOSE_MISUSE_H

#include "runner/diagnose/sentence.h"

/** Whether there is a finding of misuse. */
bool misuse_known(const struct outcome_facts *facts);

/** Which class it is. */
enum crash_class misuse_class(const struct outcome_heap *heap);

/** Whether a fault shows that what was freed or resized is no block: glibc could not read how
 * long it is. */
bool misuse_is_of_no_block(const struct outcome_facts *facts);

/** Write the sentence: what was done to which block, where, and whose it was. */
void misuse_write(struct sentence *sentence);

#endif
