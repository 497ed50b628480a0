// SPDX-License-Identifier: MIT
/**
 * jansson tells how far it had read when it gave up: the end of the token that it could
 * not use. The token is found again here, so that the error stands where the token
 * begins.
 */
#include "core/policy/policy_syntax.h"

#include "core/policy/locate.h"
#include "core/policy/text.h"

#include <stdbool.h>
#include <string.h>

#define NO_COMMENTS                                                                      \
    "JSON has no comments: take it out, or say it in \"description\" or \"name\""

static struct mf_text begin(struct mf_policy_error *error, const char *text,
                            size_t offset) {
    struct mf_locate_place place = mf_locate_offset(text, offset);
    struct mf_text path = mf_text_begin(error->path, sizeof(error->path));
    mf_text_add(&path, "$");
    error->line = place.line;
    error->column = place.column;
    return mf_text_begin(error->text, sizeof(error->text));
}

static int refuse(struct mf_policy_error *error, const char *text, size_t offset,
                  const char *sentence) {
    struct mf_text said = begin(error, text, offset);
    mf_text_add(&said, sentence);
    return -1;
}

/** The offset of the bracket that nests too deep. */
static size_t find_deepest(const char *text, size_t length) {
    size_t low = 0, high = length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mf_locate_depth(text, middle + 1) > MF_POLICY_DEPTH_MAX) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static bool is_space(char byte) {
    return byte && strchr(" \t\r\n", byte);
}

static size_t skip_space(const char *text, size_t length, size_t at) {
    while (at < length && is_space(text[at])) {
        at++;
    }
    return at;
}

static bool starts_with(const char *text, size_t length, const char *prefix) {
    return length >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

int mf_syntax_check(const char *text, size_t length, struct mf_policy_error *error) {
    if (length > MF_POLICY_TEXT_MAX) {
        return refuse(error, text, 0, "too long; a policy has 65536 bytes at most");
    }
    const char *nul = memchr(text, '\0', length);
    if (nul) {
        return refuse(error, text, (size_t)(nul - text), "a NUL byte; a policy is text");
    }
    size_t first = skip_space(text, length, 0);
    if (first == length) {
        return refuse(error, text, 0, "empty; expected a policy in { }, or rules in [ ]");
    }
    if (starts_with(text, length, "\xef\xbb\xbf")) {
        return refuse(error, text, 0,
                      "begins with a byte order mark; save it as UTF-8 without one");
    }
    if (text[first] == '#' || text[first] == '/') {
        return refuse(error, text, first, NO_COMMENTS);
    }
    if (text[first] != '{' && text[first] != '[') {
        return refuse(error, text, first, "expected a policy in { }, or rules in [ ]");
    }
    if (mf_locate_depth(text, length) > MF_POLICY_DEPTH_MAX) {
        return refuse(error, text, find_deepest(text, length),
                      "nested too deep; a policy needs no more than 5 levels");
    }
    return 0;
}

static bool is_separate(char byte) {
    return is_space(byte) || (byte && strchr("[]{},:\"", byte));
}

static size_t string_end(const char *text, size_t length, size_t at) {
    for (at++; at < length && text[at] != '"' && text[at] != '\n'; at++) {
        at += text[at] == '\\' && at + 1 < length;
    }
    return at < length && text[at] == '"' ? at + 1 : at;
}

static size_t token_end(const char *text, size_t length, size_t at) {
    if (text[at] == '"') {
        return string_end(text, length, at);
    }
    bool word = !is_separate(text[at++]);
    while (word && at < length && !is_separate(text[at])) {
        at++;
    }
    return at;
}

struct token {
    size_t start, end;
    /** The first byte of the token before, NUL = there is none. */
    char before;
};

/** The token that the byte at `offset` belongs to; an empty one at the end of the
 * text. */
static struct token find_token(const char *text, size_t length, size_t offset) {
    struct token token = {0};
    token.start = skip_space(text, length, 0);
    while (token.start < length) {
        token.end = token_end(text, length, token.start);
        if (token.end > offset) {
            return token;
        }
        token.before = text[token.start];
        token.start = skip_space(text, length, token.end);
    }
    token.end = token.start;
    return token;
}

/** The likely cause by how jansson's message begins, where that alone tells. */
static const struct {
    const char *found, *cause;
} causes[] = {
    {"'}' expected", "is a comma or a bracket missing before it?"},
    {"']' expected", "is a comma or a bracket missing before it?"},
    {"string or '}' expected", "keys stand in double quotes"},
    {"':' expected", "is a quote missing in the key, or the colon after it?"},
    {"end of file expected", "there is text after the end of the policy"},
    {"invalid escape", "a \\ in a string is written \\\\"},
    {"too big", "integers go from -9223372036854775808 to 9223372036854775807"},
    {"unable to decode", "save it as UTF-8"},
    {"unexpected newline", "is a closing quote missing?"},
    {"unexpected token", "is a value missing before it?"},
};

/** The likely cause by the token that could not be used and the one before it. */
static const char *cause_of_token(const char *text, const struct token *token) {
    size_t length = token->end - token->start;
    char first = length > 0 ? text[token->start] : '\0';
    if (first == '\0') {
        return "is a closing bracket or quote missing?";
    }
    if (first == '#' || first == '/') {
        return NO_COMMENTS;
    }
    if (first == '\'') {
        return "strings stand in double quotes";
    }
    if (first == '0' && length > 1) {
        return "numbers are decimal and do not begin with 0";
    }
    if (token->before == ',' && (first == '}' || first == ']')) {
        return "JSON has no comma after the last element: take it out";
    }
    return NULL;
}

static const char *find_cause(const char *text, const struct token *token,
                              const char *found) {
    const char *cause = cause_of_token(text, token);
    for (size_t i = 0; !cause && i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (starts_with(found, strlen(found), causes[i].found)) {
            cause = causes[i].cause;
        }
    }
    return cause;
}

/** A key's token is the key in its quotes. */
static void explain_duplicate(struct mf_text *said, const char *text,
                              const struct token *token) {
    mf_text_add(said, "duplicate key ");
    mf_text_quote_bytes(said, text + token->start + 1, token->end - token->start - 2);
    mf_text_add(said, "; each key is given once in an object");
}

static void explain(struct mf_text *said, const char *text, const struct token *token,
                    const char *found) {
    const char *cause = find_cause(text, token, found);
    mf_text_add(said, "cannot be read: ");
    mf_text_add_printable(said, found, strlen(found));
    mf_text_add(said, cause ? "; " : "");
    mf_text_add(said, cause ? cause : "");
}

/** The last byte that jansson read; the text's length at its end. */
static size_t last_read(size_t length, const json_error_t *found) {
    size_t position = found->position > 0 ? (size_t)found->position - 1 : 0;
    bool at_end = position > length || strstr(found->text, "near end of file");
    return at_end ? length : position;
}

void mf_syntax_explain(const char *text, size_t length, const json_error_t *found,
                       struct mf_policy_error *error) {
    struct token token = find_token(text, length, last_read(length, found));
    struct mf_text said = begin(error, text, token.start);
    bool quoted = token.end - token.start >= 2 && text[token.start] == '"';
    if (quoted && starts_with(found->text, strlen(found->text), "duplicate")) {
        explain_duplicate(&said, text, &token);
    } else {
        explain(&said, text, &token, found->text);
    }
}

void mf_syntax_too_large(struct mf_policy_error *error) {
    refuse(error, "", 0,
           "too large: it has more values than there is memory set aside for");
}
