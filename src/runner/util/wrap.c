// SPDX-License-Identifier: MIT
#include "runner/util/wrap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** The narrowest terminal that lines are broken for. */
#define COLUMNS_MIN 40
/** How far what follows a break stands behind the line's own beginning, where that is not
 * indented and where it is: there a word of 7 columns stands in front. */
#define BEHIND        4
#define BEHIND_COLUMN 8
/** So far only frames are indented. */
#define FRAME 8

size_t wrap_columns(void) {
    struct winsize size;
    bool known = isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    return known && size.ws_col >= COLUMNS_MIN ? size.ws_col : 0;
}

/** The end of a colour that begins here; else the same. */
static const char *behind_colour(const char *at) {
    if (at[0] != '\033' || at[1] != '[') {
        return at;
    }
    const char *end = at + 2 + strspn(at + 2, "0123456789;");
    return *end == 'm' ? end + 1 : at;
}

/** Where a line is broken: its last blank within so many columns; NULL = it fits, or has
 * none. */
static const char *find_break(const char *line, const char *end, size_t columns) {
    const char *blank = NULL;
    size_t used = 0;
    bool text = false;
    for (const char *at = line; at < end;) {
        const char *behind = behind_colour(at);
        if (behind > at) {
            at = behind;
            continue;
        }
        if (*at == ' ' && text) {
            blank = at;
        }
        text |= *at != ' ';
        // What goes on a character of several bytes takes no column.
        used += ((unsigned char)*at & 0xc0) != 0x80;
        if (used > columns) {
            return blank;
        }
        at++;
    }
    return NULL;
}

/** Write one line, without its end. */
static void put_line(const char *line, const char *end, size_t columns, FILE *stream) {
    size_t indent = strspn(line, " ");
    const char *words = behind_colour(line + indent);
    bool whole = columns == 0 || indent >= FRAME ||
                 strncmp(words, "again ", strlen("again ")) == 0;
    size_t next = indent + (indent ? BEHIND_COLUMN : BEHIND);
    size_t room = columns;
    const char *blank;
    while (!whole && (blank = find_break(line, end, room))) {
        fprintf(stream, "%.*s\n%*s", (int)(blank - line), line, (int)next, "");
        line = blank + 1;
        room = columns - next;
    }
    fwrite(line, 1, (size_t)(end - line), stream);
}

char *wrap_text(const char *text, size_t columns) {
    char *broken = NULL;
    size_t size;
    FILE *stream = open_memstream(&broken, &size);
    if (!stream) {
        return NULL;
    }
    while (*text) {
        const char *end = strchrnul(text, '\n');
        put_line(text, end, columns, stream);
        if (*end) {
            fputc('\n', stream);
        }
        text = end + (*end != '\0');
    }
    bool bad = ferror(stream);
    if (fclose(stream) != 0 || bad) {
        free(broken);
        return NULL;
    }
    return broken;
}

FILE *wrap_begin(struct wrap *wrap) {
    *wrap = (struct wrap){0};
    if (wrap_columns() > 0) {
        wrap->stream = open_memstream(&wrap->text, &wrap->size);
    }
    return wrap->stream ? wrap->stream : stderr;
}

void wrap_end(struct wrap *wrap) {
    if (!wrap->stream || fclose(wrap->stream) != 0) {
        free(wrap->text);
        return;
    }
    char *broken = wrap_text(wrap->text, wrap_columns());
    fputs(broken ? broken : wrap->text, stderr);
    free(broken);
    free(wrap->text);
}
