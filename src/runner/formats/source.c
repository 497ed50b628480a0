// SPDX-License-Identifier: MIT
#include "runner/formats/source.h"

#include "runner/formats/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_SHOWN ((off_t)4 << 20)

/** Open a file below the root; -1 if there is none that can be shown. */
static int open_below(const struct document *document, const char *path, size_t *size) {
    struct stat status;
    errno = 0;
    char *real = path ? realpath(path, NULL) : NULL;
    *document->ran_out |= errno == ENOMEM;
    bool below = real && place_relative(document, real);
    int fd = below ? open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
                   : -1;
    free(real);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
                    status.st_size > SIZE_MAX_SHOWN)) {
        close(fd);
        return -1;
    }
    *size = fd >= 0 ? (size_t)status.st_size : 0;
    return fd;
}

/** Read so much of a file, or up to its end; NULL when memory ran out. */
static char *read_all(int fd, size_t size) {
    char *text = malloc(size + 1);
    size_t used = 0;
    ssize_t got = 1;
    while (text && used < size && got > 0) {
        got = read(fd, text + used, size - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (text) {
        text[used] = '\0';
    }
    return text;
}

/** Find the lines of the text; 0 on success. */
static int split(struct source *source) {
    int count = 1;
    for (const char *at = source->text; *at; at++) {
        count += *at == '\n';
    }
    source->lines = calloc((size_t)count, sizeof(source->lines[0]));
    char *rest = source->lines ? source->text : NULL;
    while (rest) {
        source->lines[source->count++] = strsep(&rest, "\n");
    }
    return source->lines ? 0 : -1;
}

int source_read(struct source *source, const struct document *document,
                const char *path) {
    size_t size;
    int fd = open_below(document, path, &size);
    *source = (struct source){0};
    if (fd < 0) {
        return -1;
    }
    source->text = read_all(fd, size);
    close(fd);
    if (!source->text || split(source) != 0) {
        *document->ran_out = true;
        source_destroy(source);
        return -1;
    }
    return 0;
}

void source_destroy(struct source *source) {
    free(source->lines);
    free(source->text);
    *source = (struct source){0};
}

const struct source *sources_get(struct sources *sources, const char *path) {
    struct source_kept *oldest = &sources->kept[sources->next];
    struct source_kept fresh = {0};
    for (size_t i = 0; path && i < SOURCES_KEPT; i++) {
        const struct source_kept *kept = &sources->kept[i];
        if (kept->path && strcmp(kept->path, path) == 0) {
            return &kept->source;
        }
    }
    if (source_read(&fresh.source, sources->document, path) != 0) {
        return NULL;
    }
    fresh.path = document_kept(sources->document, strdup(path));
    source_destroy(&oldest->source);
    free(oldest->path);
    *oldest = fresh;
    sources->next = (sources->next + 1) % SOURCES_KEPT;
    return &oldest->source;
}

void sources_destroy(struct sources *sources) {
    for (size_t i = 0; i < SOURCES_KEPT; i++) {
        source_destroy(&sources->kept[i].source);
        free(sources->kept[i].path);
    }
    *sources = (struct sources){.document = sources->document};
}
