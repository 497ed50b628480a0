// SPDX-License-Identifier: MIT
#include "runner/crash/maps.h"

#include "core/channel/channel.h"
#include "core/policy/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Read what fits into a buffer; the number of bytes, -1 with errno on failure. */
static ssize_t read_some(int fd, char *bytes, size_t room) {
    ssize_t got;
    do {
        got = read(fd, bytes, room);
    } while (got < 0 && errno == EINTR);
    return got;
}

/** Read a file of unknown length as a string; NULL with errno on failure. */
static char *read_all(int fd) {
    size_t room = 16384, length = 0;
    char *text = malloc(room);
    while (text) {
        ssize_t got = read_some(fd, text + length, room - 1 - length);
        if (got <= 0) {
            text[length] = '\0';
            break;
        }
        length += (size_t)got;
        if (room - length < 4096) {
            char *larger = realloc(text, room *= 2);
            if (!larger) {
                free(text);
            }
            text = larger;
        }
    }
    return text;
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (; (text = strchr(text, '\n')); text++) {
        count++;
    }
    return count;
}

/** "start-end perms offset major:minor inode   path" */
static struct map parse_line(char *line) {
    struct map map = {0};
    char *at;
    map.start = strtoull(line, &at, 16);
    map.end = *at == '-' ? strtoull(at + 1, &at, 16) : map.start;
    size_t length = strlen(at);
    map.readable = length > 1 && at[1] == 'r';
    map.writable = length > 2 && at[2] == 'w';
    map.executable = length > 3 && at[3] == 'x';
    map.shared = length > 4 && at[4] == 's';
    at += length > 5 ? 5 : length;
    map.offset = strtoull(at, &at, 16);
    char *path = strchr(at, '/');
    path = path ? path : strchr(at, '[');
    if (path) {
        mf_text_unescape(path);
    }
    map.path = path ? path : "";
    char *device = strchr(at, ':');
    device = device ? strchr(device, ' ') : NULL;
    map.inode = device ? strtoull(device, NULL, 10) : 0;
    return map;
}

/** Whether a mapping from offset 0 is a further part of a file and not its beginning: LLVM's linker
 * leaves no gaps in the file, so that the first page can be mapped again, behind itself, with
 * other rights. */
static bool continues(const struct maps *maps, const struct map *map) {
    size_t last = maps->count - 1;
    const struct map *entries = maps->entries;
    // What is closed is a gap.
    while (last > 0 && !entries[last].readable &&
           entries[last].start == entries[last - 1].end) {
        last--;
    }
    const struct map *before = &entries[last];
    return entries[maps->count - 1].end == map->start && before->offset == 0 &&
           before->end - before->start == MF_PAGE &&
           (before->executable != map->executable || before->writable != map->writable);
}

/** Add a mapping: a file begins where its first page is mapped. */
static void add(struct maps *maps, struct map map) {
    size_t last = maps->count ? maps->count - 1 : 0;
    map.first = maps->count;
    if (maps->count > 0 && map.path[0] &&
        strcmp(map.path, maps->entries[last].path) == 0 &&
        (map.offset != 0 || continues(maps, &map))) {
        map.first = maps->entries[last].first;
    }
    maps->entries[maps->count++] = map;
}

/** Take the lines out of the text. */
static int parse(struct maps *maps) {
    size_t lines = count_lines(maps->text);
    if (lines == 0) {
        errno = ESRCH;
        return -1;
    }
    maps->entries = calloc(lines, sizeof(maps->entries[0]));
    if (!maps->entries) {
        return -1;
    }
    char *line = maps->text;
    for (char *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        add(maps, parse_line(line));
    }
    return 0;
}

int maps_read(struct maps *maps, int pid) {
    char path[64];
    *maps = (struct maps){0};
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    maps->text = read_all(fd);
    close(fd);
    if (maps->text && parse(maps) == 0) {
        return 0;
    }
    int saved = errno;
    maps_destroy(maps);
    errno = saved;
    return -1;
}

const struct map *maps_find(const struct maps *maps, uint64_t address) {
    size_t low = 0, high = maps->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maps->entries[middle].end <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool inside = low < maps->count && maps->entries[low].start <= address;
    return inside ? &maps->entries[low] : NULL;
}

uint64_t maps_file_end(const struct maps *maps, size_t first) {
    size_t last = first;
    while (last + 1 < maps->count && maps->entries[last + 1].first == first) {
        last++;
    }
    return maps->entries[last].end;
}

bool maps_file_has_code(const struct maps *maps, size_t first) {
    bool code = false;
    for (size_t i = first; i < maps->count && maps->entries[i].first == first; i++) {
        code |= maps->entries[i].executable;
    }
    return code;
}

void maps_destroy(struct maps *maps) {
    free(maps->entries);
    free(maps->text);
    *maps = (struct maps){0};
}
