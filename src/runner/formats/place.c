// SPDX-License-Identifier: MIT
#include "runner/formats/place.h"

#include "runner/util/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The base name of a module; of a run's own injections it is a number in a table. */
static const char *module_of(const struct document *document, const json_t *frame) {
    const json_t *module = json_object_get(frame, "module");
    const char *path = json_string_value(module);
    json_int_t at = json_integer_value(module);
    if (json_is_integer(module) && at >= 0) {
        const json_t *table = json_object_get(document->root, "modules");
        path = document_text(json_array_get(table, (size_t)at), "path");
    }
    return path ? path_base(path) : NULL;
}

struct place place_read(const struct document *document, const json_t *frame) {
    json_int_t line = document_number(frame, "line");
    struct place place = {
        .function = document_text(frame, "function"),
        .short_name = document_text(frame, "short_name"),
        .module = module_of(document, frame),
        .offset = document_text(frame, "offset"),
        .file = document_text(frame, "file"),
        .directory = document_text(frame, "directory"),
        .line = line > 0 && line < INT_MAX ? (int)line : 0,
        .inlined = json_is_true(json_object_get(frame, "inlined")),
    };
    if (!place.function) {
        place.function = document_text(frame, "symbol");
    }
    return place;
}

char *place_label(const struct document *document, const struct place *place) {
    char *label = NULL;
    int length;
    if (place->file) {
        length = asprintf(&label, "%s:%d", path_base(place->file), place->line);
    } else {
        length = asprintf(&label, "%s+%s", place->module ? place->module : "?",
                          place->offset ? place->offset : "?");
    }
    return document_kept(document, length < 0 ? NULL : label);
}

const char *place_function(const struct place *place) {
    return place->short_name ? place->short_name
           : place->function ? place->function
                             : "?";
}

/** Take "." and ".." out of an absolute path, as they stand there. */
static void normalise(char *path) {
    char *to = path;
    for (const char *at = path; *at;) {
        size_t length = strcspn(at + 1, "/") + 1;
        bool here = length == 1 || (length == 2 && at[1] == '.');
        bool up = length == 3 && at[1] == '.' && at[2] == '.';
        if (up) {
            while (to > path && *--to != '/') {
            }
        } else if (!here) {
            memmove(to, at, length);
            to += length;
        }
        at += length;
    }
    *to = '\0';
}

char *place_path(const struct document *document, const struct place *place) {
    const char *file = place->file;
    const char *directory = place->directory ? place->directory : "";
    char *path = NULL;
    int length = -1;
    if (!file || !*file) {
        return NULL;
    }
    // Builds that do not tell where they were made have relative paths only: those are
    // believed where there is such a file.
    bool guess = *file != '/' && *directory != '/';
    if (guess) {
        length = asprintf(&path, "%s%s/%s", document->sources, directory, file);
    } else {
        length = asprintf(&path, "%s%s%s", *file == '/' ? "" : directory,
                          *file == '/' ? "" : "/", file);
    }
    if (length < 0) {
        return document_kept(document, NULL);
    }
    normalise(path);
    if (guess && access(path, R_OK) != 0) {
        free(path);
        return NULL;
    }
    return path;
}

const char *place_relative(const struct document *document, const char *path) {
    size_t length = strlen(document->sources);
    bool below = strncmp(path, document->sources, length) == 0;
    return below && path[length] ? path + length : NULL;
}

bool place_is_own(const struct document *document, const struct place *place) {
    char *path = place_path(document, place);
    bool own = path && place_relative(document, path);
    free(path);
    return own;
}

const json_t *place_crash_frames(const json_t *finding) {
    return json_object_get(finding, "frames");
}

const json_t *place_failed_frames(const json_t *finding) {
    return json_object_get(json_object_get(finding, "injection"), "frames");
}

/** Whether a frame is libc's way to main: it is in every stack and tells nothing. */
static bool is_start_up(const json_t *frame) {
    static const char *const names[] = {"__libc_start_call_main",
                                        "__libc_start_main",
                                        "__libc_start_main_impl",
                                        "_start",
                                        "start_thread",
                                        "clone3",
                                        "__clone3",
                                        "clone"};
    const char *function = document_text(frame, "function");
    for (size_t i = 0; function && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(function, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

size_t place_count(const json_t *frames) {
    size_t count = 0;
    while (count < json_array_size(frames) &&
           !is_start_up(json_array_get(frames, count))) {
        count++;
    }
    return count;
}

/** The frame to point at, of a site and the stack it is in. */
static const json_t *choose(const struct document *document, const json_t *site,
                            const json_t *frames) {
    size_t at;
    const json_t *frame;
    struct place place = place_read(document, site);
    if (place.file && place_is_own(document, &place)) {
        return site;
    }
    json_array_foreach(frames, at, frame) {
        place = place_read(document, frame);
        if (place.file && place.line > 0 && place_is_own(document, &place)) {
            return frame;
        }
    }
    return json_is_object(site) ? site : json_array_get(frames, 0);
}

const json_t *place_of_stack(const struct document *document, const json_t *frames) {
    return choose(document, NULL, frames);
}

const json_t *place_of_crash(const struct document *document, const json_t *finding) {
    return choose(document, json_object_get(finding, "crash_site"),
                  place_crash_frames(finding));
}

const json_t *place_of_failure(const struct document *document, const json_t *finding) {
    return choose(document, json_object_get(finding, "injection_site"),
                  place_failed_frames(finding));
}
