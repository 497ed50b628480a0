// SPDX-License-Identifier: MIT
#include "runner/formats/document.h"

#include "runner/diagnose/outcome.h"
#include "runner/formats/sourceroot.h"
#include "runner/formats/tests.h"
#include "runner/util/exact.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"
#include "runner/util/shellword.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The only version there is. */
#define SCHEMA_VERSION 1

int document_make(struct document *document, json_t *root, const char *sources) {
    *document = (struct document){.root = root};
    if (!root) {
        errno = ENOMEM;
        return -1;
    }
    const char *schema = document_text(root, "schema");
    document->exploration = schema && strcmp(schema, "mallocfail-exploration") == 0;
    document->sources = sources ? sourceroot_absolute(sources) : sourceroot_find(root);
    document->ran_out = calloc(1, sizeof(bool));
    if (!document->sources || !document->ran_out || tests_index(document) != 0) {
        int saved = errno;
        document_destroy(document);
        errno = saved;
        return -1;
    }
    return 0;
}

/** Whether a value is a document of a version that is known. */
static bool is_document(const json_t *root) {
    const char *schema = document_text(root, "schema");
    bool known = schema && (strcmp(schema, "mallocfail-exploration") == 0 ||
                            strcmp(schema, "mallocfail-report") == 0);
    return known && document_number(root, "schema_version") == SCHEMA_VERSION &&
           json_is_array(json_object_get(root, "findings"));
}

/** The file of a path that may be a directory; NULL when memory ran out. */
static char *file_of(const char *path, bool *is_directory) {
    struct stat status;
    char *file = NULL;
    *is_directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    if (asprintf(&file, "%s%s", path, *is_directory ? "/findings.json" : "") < 0) {
        return NULL;
    }
    return file;
}

int document_load(struct document *document, const char *path, const char *sources,
                  char why[200]) {
    json_error_t error = {.text = "out of memory"};
    bool is_directory = false;
    char *file = file_of(path, &is_directory);
    json_t *root = file ? json_load_file(file, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (!root) {
        json_why(&error, why);
        if (is_directory && file && access(file, F_OK) != 0) {
            snprintf(why, 200, "it has no findings.json");
        }
        free(file);
        return -1;
    }
    free(file);
    if (!is_document(root)) {
        snprintf(why, 200, "it is not a report of this version of mallocfail");
        json_decref(root);
        return -1;
    }
    if (document_make(document, root, sources) != 0) {
        snprintf(why, 200, "cannot find the sources '%.100s': %.60s",
                 sources ? sources : ".", strerror(errno));
        return -1;
    }
    document->directory = is_directory ? path : NULL;
    return 0;
}

void document_destroy(struct document *document) {
    json_decref(document->root);
    json_decref(document->causes);
    json_decref(document->reached);
    json_decref(document->alike);
    free(document->ran_out);
    free(document->sources);
    *document = (struct document){0};
}

char *document_kept(const struct document *document, char *text) {
    *document->ran_out |= !text;
    return text;
}

const char *document_text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

const char *document_size(const json_t *injection, char text[DOCUMENT_SIZE_MAX]) {
    json_int_t size = document_number(injection, "size");
    text[0] = '\0';
    if (size != 0 || !document_text(injection, "errno")) {
        snprintf(text, DOCUMENT_SIZE_MAX, "%" JSON_INTEGER_FORMAT, size);
    }
    return text;
}

/** Whether one of a list's objects, or its injection, failed with an error of its own. */
static bool has_error(const json_t *list, const char *injection) {
    size_t at;
    json_t *object;
    bool has = false;
    json_array_foreach(list, at, object) {
        has |= document_text(injection ? json_object_get(object, injection) : object,
                             "errno") != NULL;
    }
    return has;
}

const char *document_counted(const struct document *document) {
    const json_t *run = json_object_get(document->root, "run");
    bool beside = json_array_size(json_object_get(run, "also")) > 0 ||
                  has_error(json_object_get(document->root, "findings"), "injection") ||
                  has_error(json_object_get(document->root, "injections"), NULL);
    return beside ? "call" : "allocation";
}

json_int_t document_number(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

json_int_t document_tried(const struct document *document) {
    json_int_t tried = 0;
    const char *outcome;
    json_t *count;
    json_object_foreach(json_object_get(document->root, "outcomes"), outcome, count) {
        json_int_t more = json_integer_value(count);
        tried += more > 0 && more <= INT64_MAX - tried ? more : 0;
    }
    return tried;
}

void document_extent(const struct document *document, char text[DOCUMENT_EXTENT_MAX]) {
    json_int_t planned = document_number(document->root, "planned");
    json_int_t tried = document_tried(document);
    text[0] = '\0';
    if (json_is_false(json_object_get(document->root, "complete")) && planned > tried) {
        snprintf(text, DOCUMENT_EXTENT_MAX,
                 "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " failures tried",
                 tried, planned);
    } else if (json_is_false(json_object_get(document->root, "complete"))) {
        snprintf(text, DOCUMENT_EXTENT_MAX, "not all failures tried");
    }
}

const json_t *document_findings(const struct document *document) {
    return json_object_get(document->root, "findings");
}

char *document_words(const struct document *document, const json_t *object) {
    char *command = NULL;
    size_t size, at;
    const json_t *word;
    json_t *copy = json_copy((json_t *)object);
    FILE *stream =
        copy && exact_restore(copy) == 0 ? open_memstream(&command, &size) : NULL;
    if (!stream) {
        json_decref(copy);
        return document_kept(document, NULL);
    }
    json_array_foreach(json_object_get(copy, "arguments"), at, word) {
        fputs(at > 0 ? " " : "", stream);
        shellword_put(json_is_string(word) ? json_string_value(word) : "?", stream);
    }
    fclose(stream);
    json_decref(copy);
    return document_kept(document, command);
}

size_t document_joined(const struct document *document) {
    return json_array_size(json_object_get(document->root, "explorations"));
}

size_t document_runs(const json_t *suite) {
    const json_t *oracle = json_object_get(suite, "oracle");
    size_t count = json_array_size(json_object_get(oracle, "runs"));
    return count > 0 ? count : 1;
}

char *document_command(const struct document *document) {
    size_t suites = 0, at, count = document_joined(document);
    const json_t *exploration;
    char *text = NULL;
    if (count == 0) {
        return document_words(document, document->root);
    }
    json_array_foreach(json_object_get(document->root, "explorations"), at, exploration) {
        bool suite = json_is_true(json_object_get(exploration, "suite"));
        suites += suite ? document_runs(exploration) : 0;
        count -= suite;
    }
    char parts[2][64] = {"", ""};
    if (count > 0) {
        snprintf(parts[0], sizeof(parts[0]), "%zu exploration%s", count, plural(count));
    }
    if (suites > 0) {
        snprintf(parts[1], sizeof(parts[1]), "%zu suite%s", suites, plural(suites));
    }
    int length = asprintf(&text, "%s%s%s, joined", parts[0],
                          count > 0 && suites > 0 ? " and " : "", parts[1]);
    return document_kept(document, length < 0 ? NULL : text);
}

static bool has_outcome(const json_t *finding, enum outcome outcome) {
    const char *name = document_text(finding, "outcome");
    return name && strcmp(name, outcome_name(outcome)) == 0;
}

bool document_is_defect(const json_t *finding) {
    const json_t *defect = json_object_get(finding, "defect");
    if (json_is_boolean(defect)) {
        return json_is_true(defect);
    }
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (outcome_is_defect(i) && has_outcome(finding, i)) {
            return true;
        }
    }
    // Leaks are looked for only where they are wanted.
    return has_outcome(finding, OUTCOME_LEAKED);
}

bool document_counts(const json_t *finding) {
    return document_is_defect(finding) &&
           !json_is_true(json_object_get(finding, "known"));
}

enum severity document_severity(const json_t *finding) {
    if (!document_counts(finding)) {
        return SEVERITY_NOTE;
    }
    return has_outcome(finding, OUTCOME_SILENT) || has_outcome(finding, OUTCOME_LEAKED)
               ? SEVERITY_WARNING
               : SEVERITY_ERROR;
}

size_t document_defects(const struct document *document) {
    const json_t *finding;
    size_t at, count = 0;
    json_array_foreach(document_findings(document), at, finding) {
        count += document_counts(finding);
    }
    return count;
}

/** "1 descriptor: a pipe, ..." */
static void put_open(const json_t *leak, FILE *stream) {
    json_int_t count = document_number(leak, "descriptors");
    const json_t *name, *names = json_object_get(leak, "open");
    size_t at;
    fprintf(stream, "%" JSON_INTEGER_FORMAT " descriptor%s", count,
            plural((uint64_t)count));
    json_array_foreach(names, at, name) {
        fprintf(stream, "%s%s", at > 0 ? ", " : ": ",
                json_is_string(name) ? json_string_value(name) : "?");
    }
    if (count > (json_int_t)json_array_size(names)) {
        fputs(", ...", stream);
    }
}

char *document_amount(const struct document *document, const json_t *leak) {
    json_int_t blocks = document_number(leak, "blocks");
    json_int_t bytes = document_number(leak, "bytes");
    bool open = document_number(leak, "descriptors") > 0;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream && (blocks > 0 || !open)) {
        fprintf(stream,
                "%" JSON_INTEGER_FORMAT " block%s of %" JSON_INTEGER_FORMAT " byte%s%s",
                blocks, plural((uint64_t)blocks), bytes, plural((uint64_t)bytes),
                open ? ", " : "");
    }
    if (stream && open) {
        put_open(leak, stream);
    }
    if (stream && fclose(stream) != 0) {
        free(text);
        text = NULL;
    }
    return document_kept(document, text);
}

/** "stdout, line 2: wanted 'x', came 'y'" */
static char *describe_difference(const struct document *document,
                                 const json_t *difference) {
    const char *where = document_text(difference, "where");
    const char *wanted = document_text(difference, "wanted");
    const char *got = document_text(difference, "got");
    json_int_t line = document_number(difference, "line");
    char number[32], *text = NULL;
    snprintf(number, sizeof(number), ", line %" JSON_INTEGER_FORMAT, line);
    int length =
        asprintf(&text, "%s%s: expected '%s', got '%s'", where ? where : "output",
                 line > 0 ? number : "", wanted ? wanted : "", got ? got : "");
    return document_kept(document, length < 0 ? NULL : text);
}

char *document_effect(const struct document *document, const json_t *finding) {
    const json_t *difference = json_object_get(finding, "difference");
    const json_t *leaked = json_object_get(finding, "leaked");
    return json_is_object(difference) ? describe_difference(document, difference)
           : json_is_object(leaked)   ? document_amount(document, leaked)
                                      : NULL;
}

/** "mallocfail replay FILE"; NULL when memory ran out. */
static char *replay_command(const char *directory, const char *file) {
    char *path = NULL, *command = NULL;
    size_t size;
    if (asprintf(&path, "%s%s%s", directory ? directory : "", directory ? "/" : "",
                 file) < 0) {
        return NULL;
    }
    FILE *stream = open_memstream(&command, &size);
    if (stream) {
        fputs("mallocfail replay ", stream);
        shellword_put(path, stream);
        fclose(stream);
    }
    free(path);
    return command;
}

char *document_reproducer(const struct document *document, const json_t *finding) {
    const char *ready = document_text(finding, "command");
    const char *file = document_text(finding, "reproducer");
    if (file) {
        return document_kept(document, replay_command(document->directory, file));
    }
    return ready ? document_kept(document, strdup(ready)) : NULL;
}
