// SPDX-License-Identifier: MIT
/** Explanations of the page allocator's findings. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_MISUSE_H
#define MF_RUNNER_DIAGNOSE_MISUSE_H

#include "runner/diagnose/sentence.h"

/** Whether there is a finding of misuse. */
bool misuse_known(const struct outcome_facts *facts);

/** Which class it is. */
enum crash_class misuse_class(const struct outcome_heap *heap);

/** Write the sentence: what was done to which block, where, and whose it was. */
void misuse_write(struct sentence *sentence);

#endif
