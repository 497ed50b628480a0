// SPDX-License-Identifier: MIT
#include "preload/stack/maps.h"

#include "core/policy/text.h"
#include "preload/base/sys.h"

#include <string.h>

static bool begin(struct mf_maps *maps, const char *file) {
    maps->fd = mf_sys_open(file, false);
    maps->filled = 0;
    maps->used = 0;
    return maps->fd >= 0;
}

bool mf_maps_open(struct mf_maps *maps) {
    return begin(maps, "/proc/self/maps");
}

bool mf_maps_open_details(struct mf_maps *maps) {
    return begin(maps, "/proc/self/smaps");
}

void mf_maps_close(struct mf_maps *maps) {
    mf_sys_close(maps->fd);
}

/** The next line, NUL-terminated; NULL at the end. */
static char *next_text(struct mf_maps *maps) {
    for (;;) {
        char *start = maps->window + maps->used;
        char *end = memchr(start, '\n', maps->filled - maps->used);
        if (end) {
            *end = '\0';
            maps->used = (size_t)(end + 1 - maps->window);
            return start;
        }
        memmove(maps->window, start, maps->filled - maps->used);
        maps->filled -= maps->used;
        maps->used = 0;
        long got = mf_sys_read(maps->fd, maps->window + maps->filled,
                               sizeof(maps->window) - maps->filled);
        if (got <= 0) {
            return NULL;
        }
        maps->filled += (size_t)got;
    }
}

/** Read hexadecimal digits and step over what ends them. */
static uint64_t take_hex(const char **at) {
    uint64_t number = 0;
    for (; **at; (*at)++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 16;
        if (digit == 16) {
            (*at)++;
            break;
        }
        number = number << 4 | digit;
    }
    return number;
}

/** "start-end perms offset major:minor inode   path" */
static void parse(struct mf_maps_line *line, char *text) {
    const char *at = text;
    line->start = take_hex(&at);
    line->end = take_hex(&at);
    const char *rights = at[0] && at[1] && at[2] && at[3] ? at : "----";
    line->readable = rights[0] == 'r';
    line->writable = rights[1] == 'w';
    line->executable = rights[2] == 'x';
    line->shared = rights[3] == 's';
    at = strchr(at, ' ');
    at = at ? at + 1 : "";
    line->offset = take_hex(&at);
    char *path = strchr(text, '/');
    if (path) {
        mf_text_unescape(path);
    }
    line->path = path ? path : strchr(at, '[');
}

bool mf_maps_next(struct mf_maps *maps, struct mf_maps_line *line) {
    char *text = next_text(maps);
    if (text) {
        parse(line, text);
    }
    return text;
}

const char *mf_maps_detail(struct mf_maps *maps, const char *word) {
    size_t length = strlen(word);
    const char *text;
    do {
        text = next_text(maps);
    } while (text && strncmp(text, word, length) != 0);
    return text ? text + length : NULL;
}
