// SPDX-License-Identifier: MIT
/**
 * Reading JSON values into structures by tables with one entry per key. The reader tracks
 * its position in the text, so that every error has a place and a path.
 */
#ifndef MF_CORE_POLICY_READER_H
#define MF_CORE_POLICY_READER_H

#include "core/policy/locate.h"
#include "core/policy/policy.h"
#include "core/policy/text.h"

#include <jansson.h>
#include <stdbool.h>

struct mf_reader {
    const char *text;
    size_t length;
    /** The program's functions that the policy names. */
    const struct mf_named *named;
    unsigned named_count;
    /** Filled by the function that refuses a value. */
    struct mf_policy_error *error;
    /** The path to the value being read. */
    struct mf_locate_step steps[MF_LOCATE_STEPS_MAX];
    size_t depth;
};

struct mf_field;

/**
 * Read the value of one key.
 *
 * @field
 *         The key's entry in its table.
 * @object
 *         The structure to fill.
 * @return
 *         0, or -1 with the reader's error filled.
 */
typedef int mf_read(struct mf_reader *reader, const json_t *value,
                    const struct mf_field *field, void *object);

/** One key of an object: its name, how to read its value, and where to store it. */
struct mf_field {
    const char *key;
    mf_read *read;
    /** Where the value goes in the structure. */
    size_t offset;
    /** For strings: room with the NUL. */
    size_t room;
    /** For integers: the smallest allowed value. */
    uint64_t least;
    /** For words: the known ones in the order of their enum, ending with NULL. */
    const char *const *words;
};

/** All the keys of an object. */
struct mf_fields {
    /** What is expected: "an object with ..." */
    const char *what;
    /** Ends with one whose key is NULL. */
    const struct mf_field *fields;
    /** Whether the object may be empty. */
    bool optional;
    /** Objects inside, whose keys are sometimes written here by mistake; NULL = none. */
    const struct mf_fields *inner;
    /** Where the inner keys belong, "a rule". */
    const char *inner_place;
};

/** Read an object key by key, in the order of the text. */
int mf_read_fields(struct mf_reader *reader, const json_t *value,
                   const struct mf_fields *fields, void *object);

/** Step down into a member (key) or an element (NULL, index); step up again. */
void mf_reader_enter(struct mf_reader *reader, const char *key, size_t index);
void mf_reader_leave(struct mf_reader *reader);

/** Readers for tables: a uint64_t, a non-empty string, a pattern, an enum. */
mf_read mf_read_integer, mf_read_string, mf_read_glob, mf_read_word;

/** Read a string, possibly empty, that fits into the room. */
mf_read mf_read_text;

/** Read one element of a list. Returns as mf_read does. */
typedef int mf_read_element(struct mf_reader *reader, const json_t *value, void *into);

/** Read each element of a list, in order. */
int mf_reader_list(struct mf_reader *reader, const json_t *list, mf_read_element *read,
                   void *into);

/** Read an integer that is at least `least`. */
int mf_reader_integer(struct mf_reader *reader, const json_t *value, uint64_t least,
                      uint64_t *integer);

/** Begin an error at the value being read; the caller adds what is wrong. */
struct mf_text mf_reader_refuse(struct mf_reader *reader);

/** Refuse the value being read in one sentence. Returns -1. */
int mf_reader_fail(struct mf_reader *reader, const char *sentence);

/** Refuse a value of the wrong type: "expected WHAT, got ...". Returns -1. */
int mf_reader_expected(struct mf_reader *reader, const char *what, const json_t *value);

/** Check a JSON string for control characters, NUL among them. Returns 0 or -1. */
int mf_reader_printable(struct mf_reader *reader, const json_t *value);

/** Refuse the two ends of an empty range. Returns -1. */
int mf_reader_empty_range(struct mf_reader *reader, const char *low_key, uint64_t low,
                          const char *high_key, uint64_t high);

#endif
