// SPDX-License-Identifier: MIT
/** Source files, to be shown beside what is said of them. */
#ifndef MF_RUNNER_FORMATS_SOURCE_H
#define MF_RUNNER_FORMATS_SOURCE_H

#include "runner/formats/document.h"

#include <stddef.h>

struct source {
    /** Its lines, without their ends; lines[0] is the first. */
    char **lines;
    int count;
    /** What they are in. */
    char *text;
};

/**
 * Read a file, if it is one of the user's sources: a regular file of at most 4 MiB below
 * their root, links followed. A document may come from anybody, and what it names must
 * not be shown for that alone.
 *
 * @path
 *         Absolute; NULL = not a file.
 * @return
 *         0 on success, -1 where it cannot be shown, with nothing to release.
 */
int source_read(struct source *source, const struct document *document, const char *path);

/** Release it. */
void source_destroy(struct source *source);

/** How many files are kept: a stack goes back and forth between few. */
#define SOURCES_KEPT 4

/** Files that were read for a document; the latest ones are kept. */
struct sources {
    const struct document *document;
    /** A path is NULL if there is none yet; owned. */
    struct source_kept {
        char *path;
        struct source source;
    } kept[SOURCES_KEPT];
    /** Which is the next to go. */
    unsigned next;
};

/** A file, read as by source_read() if it is none of the latest; NULL where it cannot be
 * shown. Good until the next one. */
const struct source *sources_get(struct sources *sources, const char *path);

/** Release them; `document` is all that is to be set at first. */
void sources_destroy(struct sources *sources);

#endif
