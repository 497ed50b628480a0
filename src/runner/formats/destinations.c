// SPDX-License-Identifier: MIT
#include "runner/formats/destinations.h"

#include "core/policy/spelling.h"
#include "runner/util/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** The format that a file's name ends in, or that a word names; NULL = none. */
static const struct format *guess(const char *argument) {
    static const char *const ends[][2] = {{".xml", "junit"}, {".txt", "text"}};
    const char *dot = strrchr(argument, '.');
    for (size_t i = 0; dot && i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strcmp(dot, ends[i][0]) == 0) {
            return formats_find(ends[i][1], strlen(ends[i][1]));
        }
    }
    const char *word = dot ? dot + 1 : argument;
    return formats_find(word, strlen(word));
}

#define NAME(name, trials) #name,

/** The format whose name is near to the word in front of a colon; NULL = none. */
static const struct format *near(const char *argument, size_t length) {
    static const char *const names[] = {FORMATS(NAME, NAME) NULL};
    char word[MF_SPELLING_MAX + 1] = "";
    struct mf_spelling spelling = {.word = word};
    if (length < sizeof(word)) {
        memcpy(word, argument, length);
    }
    for (size_t i = 0; names[i]; i++) {
        mf_spelling_offer(&spelling, names[i]);
    }
    const char *likely = spelling.likely;
    return likely ? formats_find(likely, strlen(likely)) : NULL;
}

/** Tell that it is no report, and which one may be meant. */
static void refuse(const char *argument, const struct diag *diag) {
    const char *colon = strchr(argument, ':');
    const struct format *format =
        colon ? near(argument, (size_t)(colon - argument)) : guess(argument);
    if (format && colon) {
        diag_error(diag, "'%s' is not FORMAT:FILE for --report: did you mean '%s:%s'?",
                   argument, format->name, colon[1] ? colon + 1 : "FILE");
    } else if (format) {
        bool file = strchr(argument, '.');
        diag_error(diag, "'%s' is not FORMAT:FILE for --report: did you mean '%s:%s'?",
                   argument, format->name, file ? argument : "FILE");
    } else {
        diag_error(diag,
                   "'%s' is not FORMAT:FILE for --report; the formats are " FORMATS_NAMES,
                   argument);
    }
}

int destinations_add(struct destinations *destinations, const char *argument,
                     const struct diag *diag) {
    const char *colon = strchr(argument, ':');
    size_t length = colon ? (size_t)(colon - argument) : 0;
    const struct format *format = formats_find(argument, length);
    if (!colon || !colon[1] || !format) {
        refuse(argument, diag);
        return -1;
    }
    void *grown = reallocarray(destinations->list, destinations->count + 1,
                               sizeof(destinations->list[0]));
    if (!grown) {
        diag_no_memory(diag);
        return -1;
    }
    destinations->list = grown;
    destinations->list[destinations->count++] = (struct destination){format, colon + 1};
    return 0;
}

void destinations_use_stdout(struct destinations *destinations) {
    for (size_t i = 0; i < destinations->count; i++) {
        struct destination *to = &destinations->list[i];
        to->path = strcmp(to->path, "-") == 0 ? NULL : to->path;
    }
}

bool destinations_want_trials(const struct destinations *destinations) {
    bool any = false;
    for (size_t i = 0; i < destinations->count; i++) {
        any |= destinations->list[i].format->trials;
    }
    return any;
}

/** Write to stdout; 0 on success, -1 with errno. */
static int write_stdout(const struct destination *destination,
                        const struct document *document) {
    int result = formats_draw(destination->format, document, stdout);
    return result == 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}

/** Tell that one cannot be written, for the reason in errno. */
static void tell_fault(const struct destination *destination, const struct diag *diag) {
    if (destination->path) {
        diag_error(diag, "cannot write the report '%s': %s", destination->path,
                   strerror(errno));
    } else {
        diag_error(diag, "cannot write the report to the standard output: %s",
                   strerror(errno));
    }
}

int destinations_try(const struct destinations *destinations, const struct diag *diag) {
    for (size_t i = 0; i < destinations->count; i++) {
        const struct destination *to = &destinations->list[i];
        if (to->path && outfile_try(to->path) != 0) {
            tell_fault(to, diag);
            return -1;
        }
    }
    return 0;
}

int destination_write(const struct destination *destination,
                      const struct document *document, const struct diag *diag) {
    struct outfile file;
    int result;
    if (!destination->path) {
        result = write_stdout(destination, document);
    } else {
        result = outfile_open(&file, destination->path);
        if (result == 0) {
            int good = formats_draw(destination->format, document, file.stream) == 0;
            result = outfile_close(&file, good);
        }
    }
    if (result != 0) {
        tell_fault(destination, diag);
    }
    return result;
}

int destinations_write(const struct destinations *destinations, json_t *root,
                       const char *directory, const struct diag *diag) {
    struct document document;
    int result = 0;
    if (document_make(&document, root, destinations->sources) != 0) {
        diag_error(diag, "cannot write the reports: %s", strerror(errno));
        return -1;
    }
    document.directory = directory;
    document.verbose = diag->verbose;
    for (size_t i = 0; i < destinations->count; i++) {
        const struct destination *to = &destinations->list[i];
        document.colour = diag->colour && to->path && strcmp(to->path, "-") == 0;
        result |= destination_write(to, &document, diag);
    }
    document_destroy(&document);
    return result;
}

void destinations_destroy(struct destinations *destinations) {
    free(destinations->list);
    *destinations = (struct destinations){0};
}
