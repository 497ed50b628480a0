// SPDX-License-Identifier: MIT
#include "core/policy/reader.h"

#include "core/policy/glob.h"
#include "core/policy/spelling.h"

#include <string.h>

void mf_reader_enter(struct mf_reader *reader, const char *key, size_t index) {
    reader->steps[reader->depth++] = (struct mf_locate_step){.key = key, .index = index};
}

void mf_reader_leave(struct mf_reader *reader) {
    reader->depth--;
}

static bool is_plain(const char *key) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                  "0123456789";
    return *key && strspn(key, letters) == strlen(key) &&
           strlen(key) <= MF_TEXT_QUOTE_MAX;
}

static void add_step(struct mf_text *path, const struct mf_locate_step *step) {
    if (step->key && is_plain(step->key)) {
        mf_text_add(path, ".");
        mf_text_add(path, step->key);
        return;
    }
    mf_text_add(path, "[");
    if (step->key) {
        mf_text_quote(path, step->key);
    } else {
        mf_text_number(path, step->index);
    }
    mf_text_add(path, "]");
}

static struct mf_text refuse(struct mf_reader *reader, bool at_key) {
    struct mf_policy_error *error = reader->error;
    struct mf_locate_place place = mf_locate_path(reader->text, reader->length,
                                                  reader->steps, reader->depth, at_key);
    struct mf_text path = mf_text_begin(error->path, sizeof(error->path));
    mf_text_add(&path, "$");
    for (size_t i = 0; i < reader->depth; i++) {
        add_step(&path, &reader->steps[i]);
    }
    error->line = place.line;
    error->column = place.column;
    return mf_text_begin(error->text, sizeof(error->text));
}

struct mf_text mf_reader_refuse(struct mf_reader *reader) {
    return refuse(reader, false);
}

int mf_reader_fail(struct mf_reader *reader, const char *sentence) {
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, sentence);
    return -1;
}

/** Say what a value is: a number by its value, the others by their type. */
static void add_found(struct mf_text *text, const json_t *value) {
    static const char *const types[] = {
        [JSON_OBJECT] = "an object",
        [JSON_ARRAY] = "a list",
        [JSON_STRING] = "a string",
        [JSON_REAL] = "a number with a decimal point or an exponent",
        [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",
        [JSON_NULL] = "null",
        [JSON_INTEGER] = "",
    };
    mf_text_add(text, ", got ");
    if (json_is_integer(value)) {
        mf_text_signed(text, json_integer_value(value));
    } else if (json_is_object(value) && json_object_size(value) == 0) {
        mf_text_add(text, "an empty object");
    } else {
        mf_text_add(text, types[json_typeof(value)]);
    }
}

int mf_reader_expected(struct mf_reader *reader, const char *what, const json_t *value) {
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, "expected ");
    mf_text_add(&text, what);
    add_found(&text, value);
    return -1;
}

int mf_reader_empty_range(struct mf_reader *reader, const char *low_key, uint64_t low,
                          const char *high_key, uint64_t high) {
    struct mf_text text = mf_reader_refuse(reader);
    mf_text_add(&text, "empty range: ");
    mf_text_add(&text, low_key);
    mf_text_add(&text, " ");
    mf_text_number(&text, low);
    mf_text_add(&text, " and ");
    mf_text_add(&text, high_key);
    mf_text_add(&text, " ");
    mf_text_number(&text, high);
    mf_text_add(&text, " leave nothing between them");
    return -1;
}

static const struct mf_field *find(const struct mf_fields *fields, const char *key) {
    for (const struct mf_field *field = fields->fields; field->key; field++) {
        if (strcmp(field->key, key) == 0) {
            return field;
        }
    }
    return NULL;
}

static const char *likely_key(const struct mf_fields *fields, const char *key) {
    struct mf_spelling spelling = {.word = key};
    for (const struct mf_field *field = fields->fields; field->key; field++) {
        mf_spelling_offer(&spelling, field->key);
    }
    return spelling.likely;
}

static void add_known_keys(struct mf_text *text, const struct mf_fields *fields) {
    mf_text_add(text, "; known here: ");
    for (const struct mf_field *field = fields->fields; field->key; field++) {
        mf_text_add(text, field == fields->fields ? "" : ", ");
        mf_text_add(text, field->key);
    }
}

static int refuse_key(struct mf_reader *reader, const struct mf_fields *fields,
                      const char *key) {
    struct mf_text text = refuse(reader, true);
    const char *likely = likely_key(fields, key);
    mf_text_add(&text, "unknown key ");
    mf_text_quote(&text, key);
    if (likely) {
        mf_text_add(&text, "; did you mean ");
        mf_text_quote(&text, likely);
        mf_text_add(&text, "?");
    } else if (fields->inner && find(fields->inner, key)) {
        mf_text_add(&text, "; it belongs in ");
        mf_text_add(&text, fields->inner_place);
    } else {
        add_known_keys(&text, fields);
    }
    return -1;
}

static int read_member(struct mf_reader *reader, const struct mf_fields *fields,
                       const char *key, const json_t *value, void *object) {
    const struct mf_field *field = find(fields, key);
    mf_reader_enter(reader, key, 0);
    int status = field ? field->read(reader, value, field, object)
                       : refuse_key(reader, fields, key);
    mf_reader_leave(reader);
    return status;
}

int mf_read_fields(struct mf_reader *reader, const json_t *value,
                   const struct mf_fields *fields, void *object) {
    if (!json_is_object(value) || (!fields->optional && json_object_size(value) == 0)) {
        return mf_reader_expected(reader, fields->what, value);
    }
    json_t *json = (json_t *)value;
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        if (read_member(reader, fields, json_object_iter_key(at),
                        json_object_iter_value(at), object) != 0) {
            return -1;
        }
    }
    return 0;
}

int mf_reader_list(struct mf_reader *reader, const json_t *list, mf_read_element *read,
                   void *into) {
    int status = 0;
    for (size_t i = 0; i < json_array_size(list) && status == 0; i++) {
        mf_reader_enter(reader, NULL, i);
        status = read(reader, json_array_get(list, i), into);
        mf_reader_leave(reader);
    }
    return status;
}

int mf_reader_integer(struct mf_reader *reader, const json_t *value, uint64_t least,
                      uint64_t *integer) {
    json_int_t found = json_integer_value(value);
    if (json_is_integer(value) && found >= 0 && (uint64_t)found >= least) {
        *integer = (uint64_t)found;
        return 0;
    }
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, "expected an integer >= ");
    mf_text_number(&text, least);
    add_found(&text, value);
    return -1;
}

int mf_read_integer(struct mf_reader *reader, const json_t *value,
                    const struct mf_field *field, void *object) {
    uint64_t *integer = (uint64_t *)((char *)object + field->offset);
    return mf_reader_integer(reader, value, field->least, integer);
}

int mf_reader_printable(struct mf_reader *reader, const json_t *value) {
    const char *string = json_string_value(value);
    size_t length = json_string_length(value);
    for (size_t i = 0; i < length; i++) {
        if (mf_text_control(string + i, length - i)) {
            return mf_reader_fail(reader,
                                  "a control character in a string; only printable "
                                  "text is allowed");
        }
    }
    return 0;
}

static int refuse_length(struct mf_reader *reader, size_t length, size_t room) {
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, "too long: ");
    mf_text_number(&text, length);
    mf_text_add(&text, " bytes, ");
    mf_text_number(&text, room - 1);
    mf_text_add(&text, " are allowed");
    return -1;
}

int mf_read_text(struct mf_reader *reader, const json_t *value,
                 const struct mf_field *field, void *object) {
    if (!json_is_string(value)) {
        return mf_reader_expected(reader, "a string", value);
    }
    const char *string = json_string_value(value);
    size_t length = json_string_length(value);
    if (mf_reader_printable(reader, value) != 0) {
        return -1;
    }
    if (length >= field->room) {
        return refuse_length(reader, length, field->room);
    }
    memcpy((char *)object + field->offset, string, length + 1);
    return 0;
}

int mf_read_string(struct mf_reader *reader, const json_t *value,
                   const struct mf_field *field, void *object) {
    if (json_is_string(value) && json_string_length(value) == 0) {
        return mf_reader_fail(reader,
                              "an empty string; give some text or leave the key out");
    }
    return mf_read_text(reader, value, field, object);
}

int mf_read_glob(struct mf_reader *reader, const json_t *value,
                 const struct mf_field *field, void *object) {
    if (mf_read_string(reader, value, field, object) != 0) {
        return -1;
    }
    const char *fault = mf_glob_fault((const char *)object + field->offset);
    if (!fault) {
        return 0;
    }
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, "bad pattern: ");
    mf_text_add(&text, fault);
    return -1;
}

static int refuse_word(struct mf_reader *reader, const json_t *value,
                       const char *const *words) {
    size_t known = 0;
    while (words[known]) {
        known++;
    }
    struct mf_text text = refuse(reader, false);
    mf_text_add(&text, "expected ");
    for (size_t i = 0; i < known; i++) {
        mf_text_choice(&text, words[i], i, known);
    }
    if (json_is_string(value)) {
        mf_text_add(&text, ", got ");
        mf_text_quote(&text, json_string_value(value));
    } else {
        add_found(&text, value);
    }
    return -1;
}

int mf_read_word(struct mf_reader *reader, const json_t *value,
                 const struct mf_field *field, void *object) {
    if (json_is_string(value) && mf_reader_printable(reader, value) != 0) {
        return -1;
    }
    const char *string = json_is_string(value) ? json_string_value(value) : "";
    for (uint32_t i = 0; field->words[i]; i++) {
        if (strcmp(field->words[i], string) == 0) {
            *(uint32_t *)((char *)object + field->offset) = i;
            return 0;
        }
    }
    return refuse_word(reader, value, field->words);
}
