// SPDX-License-Identifier: MIT
/** The parts of explanations: places, functions, failures, and how one led to the other.
 * Pure. */
#ifndef MF_RUNNER_DIAGNOSE_SENTENCE_H
#define MF_RUNNER_DIAGNOSE_SENTENCE_H

#include "runner/diagnose/outcome.h"

/** A sentence under construction. */
struct sentence {
    const struct outcome_facts *facts;
    /** Its sites and its detail are read. */
    const struct outcome_verdict *verdict;
    /** The frames to blame; NULL if there is none. */
    const struct outcome_frame *crash, *injection;
    char *text;
    size_t size, used;
};

/** How the crash site is reached from the injection site. */
enum relation_kind { RELATION_NONE, RELATION_SAME, RELATION_CALLER, RELATION_CALLEE };

struct relation {
    enum relation_kind kind;
    /** How many calls away. */
    size_t calls;
};

/** Begin a sentence, to be written to `text`. */
struct sentence sentence_begin(const struct outcome_facts *facts,
                               const struct outcome_verdict *verdict, char *text,
                               size_t size);

/** Cut a sentence that was too long at a character boundary, and mark the cut. */
void sentence_end(struct sentence *sentence);

/** Add words, formatted as by printf(); what does not fit is cut. */
__attribute__((format(printf, 2, 3))) void sentence_put(struct sentence *sentence,
                                                        const char *format, ...);

/** Add "12,345". */
void sentence_put_number(struct sentence *sentence, uint64_t number);

/** Add "name()"; operators and names that already have parentheses stay unchanged. */
void sentence_put_function(struct sentence *sentence, const char *function);

/** Add the function as one that acts: "die() at util.c:33", "die (libutil.so)", "code at
 * libutil.so+0x1a2b". */
void sentence_put_actor(struct sentence *sentence, const struct outcome_frame *frame);

/** Add "malloc(16) at tree.c:87", "malloc(16) for strdup() at tree.c:87". */
void sentence_put_failure(struct sentence *sentence);

/** Add "malloc(16)", or "open()" for functions that have no size. */
void sentence_put_call(struct sentence *sentence);

/** Add "after malloc(16) failed at tree.c:87, " if something failed. */
void sentence_put_after(struct sentence *sentence);

/** The same, placed after the consequence: ", after malloc(16) failed at tree.c:87". */
void sentence_put_cause(struct sentence *sentence);

/** Add where it broke, relative to where the allocation failed: " at tree.c:91, in the
 * same function". */
void sentence_put_crash_place(struct sentence *sentence);

/** Add where it broke, for sentences that mention the failure afterwards. */
void sentence_put_plain_crash_place(struct sentence *sentence);

/** The function that the crash site called and that never returned; NULL = none. */
const char *sentence_called(const struct sentence *sentence);

/** The function that allocated on behalf of the injection site; NULL = none. */
const char *sentence_allocating(const struct sentence *sentence);

/** How the crash site is reached from the injection site. */
struct relation sentence_relation(const struct sentence *sentence);

/** Whether two frames belong to the same function. */
bool sentence_same_function(const struct outcome_frame *a, const struct outcome_frame *b);

#endif
