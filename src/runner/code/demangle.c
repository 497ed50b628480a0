// SPDX-License-Identifier: MIT
#include "runner/code/demangle.h"

#include "runner/code/rustname.h"
#include "runner/util/clock.h"
#include "runner/util/helper.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/** A linker's name of so many bytes, with so many references to parts of it, is decoded
 * without precautions: two references in each part double what it comes to. */
#define PLAIN_LENGTH     2048
#define PLAIN_REFERENCES 24
/** What one that is more may take, and come to. */
#define PATIENCE    CLOCK_SECOND
#define MEMORY_MAX  (64 << 20)
#define DECODED_MAX 65536

/** The C++ library's own; it allocates with malloc and stands a NULL. */
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length,
                            int *status);

/** Whether a name cannot come to much. C++ refers to parts by S and T, Rust by B. */
static bool is_plain(const char *linkage) {
    bool rust = linkage[1] == 'R';
    const char *signs = rust ? "B" : "ST";
    size_t references = 0;
    for (const char *at = linkage; *at; at++) {
        references +=
            strchr(signs, at[0]) &&
            (at[1] == '_' || isdigit((unsigned char)at[1]) ||
             isupper((unsigned char)at[1]) || (rust && islower((unsigned char)at[1])));
    }
    return references <= PLAIN_REFERENCES && strlen(linkage) <= PLAIN_LENGTH;
}

/** Decode a name: older ones of Rust's are good C++ as well. */
static char *decode_name(const char *linkage) {
    char *name = rustname_decode(linkage, DECODED_MAX);
    return name ? name : __cxa_demangle(linkage, NULL, NULL, NULL);
}

/** What the helper does: decode a name into the file. */
static int decode(const void *context, int fd) {
    const struct rlimit none = {0, 0};
    struct rlimit data = {MEMORY_MAX, MEMORY_MAX};
    setrlimit(RLIMIT_CORE, &none);
    if (setrlimit(RLIMIT_DATA, &data) != 0) {
        return errno;
    }
    char *name = decode_name(context);
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length >= DECODED_MAX) {
        return E2BIG;
    }
    return write(fd, name, length) == (ssize_t)length ? 0 : EIO;
}

/** The same in a process of its own; as demangle(). */
static char *demangle_apart(const char *linkage) {
    struct helper *helper = helper_start("mallocfail-name", false, decode, linkage);
    int fd = helper_await(helper, PATIENCE);
    char *name = fd >= 0 ? calloc(1, DECODED_MAX) : NULL;
    if (name && pread(fd, name, DECODED_MAX - 1, 0) <= 0) {
        free(name);
        name = NULL;
    }
    helper_free(helper);
    return name;
}

char *demangle(const char *linkage) {
    if (strncmp(linkage, "_Z", 2) != 0 && strncmp(linkage, "_R", 2) != 0) {
        return NULL;
    }
    return is_plain(linkage) ? decode_name(linkage) : demangle_apart(linkage);
}

/** A name while it is being shortened: what is kept is no longer than what was read. */
struct scan {
    const char *at;
    char *start, *out;
};

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static void copy(struct scan *scan, size_t length) {
    memmove(scan->out, scan->at, length);
    scan->out += length;
    scan->at += length;
}

/** The end of a group in brackets, behind the closing one; NULL if there is none. */
static const char *group_end(const char *at) {
    static const char opening[] = "(<[{", closing[] = ")>]}";
    char stack[64];
    size_t depth = 0;
    for (; *at; at++) {
        const char *open = strchr(opening, *at);
        bool arrow = *at == '>' && at[-1] == '-';
        // Inside parentheses '<' and '>' compare, but for argument lists of templates:
        // those are balanced as well.
        if (open && depth < sizeof(stack)) {
            stack[depth++] = closing[open - opening];
        } else if (!arrow && strchr(closing, *at)) {
            while (depth > 0 && stack[depth - 1] == '>' && *at != '>') {
                depth--;
            }
            if (depth > 0 && stack[depth - 1] == *at && --depth == 0) {
                return at + 1;
            }
        }
    }
    return NULL;
}

/** Whether the word "operator" stands here, and it is no part of another one. */
static bool is_operator(const struct scan *scan) {
    return begins(scan->at, "operator") && !is_word(scan->at[8]) &&
           (scan->out == scan->start || !is_word(scan->out[-1]));
}

/** The length of what follows the word "operator"; 0 for a conversion to a type. */
static size_t operator_length(const char *at) {
    // Of two that begin alike, the longer one first.
    static const char *const words[] = {
        "()",  "[]",  " new[]", " new", " delete[]", " delete", " co_await", "<=>", "->*",
        "<<=", ">>=", "->",     "<<",   ">>",        "<=",      ">=",        "==",  "!=",
        "&&",  "||",  "++",     "--",   "+=",        "-=",      "*=",        "/=",  "%=",
        "&=",  "|=",  "^=",     "<",    ">",         "=",       "+",         "-",   "*",
        "/",   "%",   "^",      "&",    "|",         "~",       "!",         ",",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        if (begins(at, words[i]) && (words[i][0] != ' ' || !is_word(at[length]))) {
            return length;
        }
    }
    if (begins(at, "\"\" ")) {
        size_t length = 3;
        for (; is_word(at[length]); length++) {
        }
        return length;
    }
    return 0;
}

/** Go past an operator's name; that of a conversion is its type. */
static void copy_operator(struct scan *scan) {
    copy(scan, strlen("operator"));
    size_t length = operator_length(scan->at);
    copy(scan, length);
    if (length > 0) {
        // A blank keeps "operator<" and its template arguments apart.
        scan->at += begins(scan->at, " <");
        return;
    }
    while (*scan->at && *scan->at != '(') {
        const char *end = *scan->at == '<' ? group_end(scan->at) : NULL;
        if (end) {
            scan->at = end;
        } else {
            copy(scan, 1);
        }
    }
}

/** "{lambda(int)#1}" and the like: without the arguments. */
static void copy_braces(struct scan *scan, const char *end) {
    while (scan->at < end) {
        const char *past = *scan->at == '(' ? group_end(scan->at) : NULL;
        if (past && past <= end) {
            scan->at = past;
        } else {
            copy(scan, 1);
        }
    }
}

/** Go past "const", "&" and the like to the "::" that makes a function a scope. */
static bool skip_to_scope(struct scan *scan) {
    const char *at = scan->at;
    for (;;) {
        at += strspn(at, " &");
        if (begins(at, "const")) {
            at += strlen("const");
        } else if (begins(at, "volatile")) {
            at += strlen("volatile");
        } else {
            break;
        }
    }
    if (!begins(at, "::")) {
        return false;
    }
    scan->at = at;
    return true;
}

/** Go past a group in brackets; false where the name ends with it. */
static bool scan_group(struct scan *scan, const char *end) {
    static const char unnamed[] = "(anonymous namespace)";
    if (begins(scan->at, unnamed)) {
        copy(scan, strlen(unnamed));
        return true;
    }
    if (*scan->at == '{') {
        copy_braces(scan, end);
        return true;
    }
    bool arguments = *scan->at == '(' && scan->out > scan->start;
    bool decltype = scan->out - scan->start == 8 && begins(scan->start, "decltype");
    scan->at = end;
    return !arguments || decltype || skip_to_scope(scan);
}

/** Take one step; false at the end of the name. */
static bool step(struct scan *scan) {
    if (is_operator(scan)) {
        copy_operator(scan);
        return true;
    }
    if (strchr("(<[{", *scan->at)) {
        const char *end = group_end(scan->at);
        return end && scan_group(scan, end);
    }
    if (*scan->at == ' ') {
        // What came was a return type, unless it is in front of template arguments.
        scan->at++;
        scan->out = scan->start;
        return true;
    }
    copy(scan, 1);
    return true;
}

/** Go past words in front of a name that say what was made of it. */
static const char *skip_kind(const char *name) {
    static const char *const kinds[] = {
        "non-virtual thunk to ",  "virtual thunk to ",      "covariant return thunk to ",
        "transaction clone for ", "TLS init function for ", "TLS wrapper function for ",
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (begins(name, kinds[i])) {
            return name + strlen(kinds[i]);
        }
    }
    return name;
}

/** Whether it is a name that only Rust can have: C++ has no arguments behind "::", and no
 * type in front. */
static bool is_rust(const char *name) {
    return name[0] == '<' || strstr(name, "::<");
}

/** Copy a type that methods belong to, "<alloc::vec::Vec<u8> as core::clone::Clone>", as
 * "alloc::vec::Vec"; one without a name, "<[u8]>", as it is. */
static void copy_self(struct scan *scan, const char *end) {
    size_t length = 0;
    while (is_word(scan->at[1 + length]) || scan->at[1 + length] == ':') {
        length++;
    }
    if (length > 0 && !begins(scan->at + 1, "dyn ")) {
        scan->at++;
        copy(scan, length);
        scan->at = end;
    } else {
        copy(scan, (size_t)(end - scan->at));
    }
}

/** The same for a name of Rust's, which has neither a return type nor arguments. */
static void shorten_rust(struct scan *scan) {
    while (*scan->at) {
        const char *end = *scan->at == '<' ? group_end(scan->at) : NULL;
        if (!end) {
            copy(scan, 1);
        } else if (scan->out == scan->start) {
            copy_self(scan, end);
        } else {
            bool behind_scope = scan->out - scan->start > 2 && scan->out[-1] == ':';
            scan->out -= behind_scope ? strlen("::") : 0;
            scan->at = end;
        }
    }
}

void demangle_shorten(char *name) {
    char *copied = strdup(name);
    if (!copied) {
        return;
    }
    struct scan scan = {skip_kind(copied), name, name};
    if (is_rust(name)) {
        shorten_rust(&scan);
    }
    while (*scan.at && step(&scan)) {
    }
    *scan.out = '\0';
    if (scan.out == name) {
        strcpy(name, copied);
    }
    free(copied);
}
