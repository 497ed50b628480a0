// SPDX-License-Identifier: MIT
#include "runner/formats/tests.h"

#include "runner/util/json.h"
#include "runner/util/printable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const json_t *tests_of(const struct document *document) {
    return json_object_get(document->root, "tests");
}

char *tests_name(const struct document *document, const json_t *test) {
    const char *name = document_text(test, "test");
    return name ? document_kept(document, strdup(name)) : document_words(document, test);
}

/** What tells a test, or a command, from those in the same directory; to be freed. */
static char *key_of(const json_t *test) {
    const json_t *name = json_object_get(test, "test");
    return json_dumps(json_is_string(name) ? name : json_object_get(test, "arguments"),
                      JSON_COMPACT | JSON_ENCODE_ANY);
}

json_t *tests_alike(const json_t *list) {
    json_t *seen = json_object(), *alike = json_object();
    const json_t *test;
    size_t at;
    int bad = !seen;
    json_array_foreach(list, at, test) {
        json_t *directory = json_object_get(test, "directory");
        char *key = json_is_string(directory) ? key_of(test) : NULL;
        const json_t *other = key ? json_object_get(seen, key) : NULL;
        if (key && !other) {
            bad |= json_object_set(seen, key, directory);
        } else if (key && !json_equal(other, directory)) {
            bad |= json_object_set_new(alike, key, json_true());
        }
        free(key);
    }
    json_decref(seen);
    return json_finished(alike, bad);
}

void tests_put_directory(const struct document *document, const json_t *test,
                         FILE *stream) {
    const char *directory = document_text(test, "directory");
    char *key = directory && document->alike ? key_of(test) : NULL;
    if (key && json_object_get(document->alike, key)) {
        fputs(" (in ", stream);
        printable_put(directory, stream);
        fputc(')', stream);
    }
    free(key);
}

/** Note the tests that come to each cause. */
static int index_causes(json_t *reached, json_t *test) {
    const json_t *value;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(test, "causes"), at, value) {
        const char *cause = json_string_value(value);
        json_t *list = cause ? json_object_get(reached, cause) : NULL;
        if (cause && !list) {
            bad |= json_put(reached, cause, json_array());
            list = json_object_get(reached, cause);
        }
        bad |= list ? json_array_append(list, test) : 0;
    }
    return bad;
}

int tests_index(struct document *document) {
    json_t *value;
    size_t at;
    int bad = 0;
    if (json_array_size(tests_of(document)) == 0) {
        return 0;
    }
    document->causes = json_object();
    document->reached = json_object();
    json_array_foreach(document_findings(document), at, value) {
        const char *cause = document_text(value, "cause");
        bad |= cause ? json_object_set(document->causes, cause, value) : 0;
    }
    json_array_foreach(tests_of(document), at, value) {
        bad |= index_causes(document->reached, value);
    }
    document->alike = tests_alike(tests_of(document));
    bad |= !document->causes || !document->reached || !document->alike;
    errno = bad ? ENOMEM : errno;
    return bad ? -1 : 0;
}

/** The tests that come to a finding: an array, or NULL. */
static const json_t *reaching(const struct document *document, const json_t *finding) {
    const char *cause = document_text(finding, "cause");
    return cause ? json_object_get(document->reached, cause) : NULL;
}

bool tests_reach(const struct document *document, const json_t *test,
                 const json_t *finding) {
    const json_t *list = reaching(document, finding);
    const json_t *other;
    size_t at;
    json_array_foreach(list, at, other) {
        if (other == test) {
            return true;
        }
    }
    return false;
}

size_t tests_count(const struct document *document, const json_t *finding) {
    return json_array_size(reaching(document, finding));
}

size_t tests_defects(const struct document *document, const json_t *test) {
    const json_t *value;
    size_t at, count = 0;
    json_array_foreach(json_object_get(test, "causes"), at, value) {
        const char *cause = json_string_value(value);
        count += cause && document_counts(json_object_get(document->causes, cause));
    }
    return count;
}

size_t tests_failed(const struct document *document) {
    const json_t *test;
    size_t at, count = 0;
    json_array_foreach(tests_of(document), at, test) {
        count += tests_defects(document, test) > 0;
    }
    return count;
}

const json_t *tests_cut_short(const struct document *document, const json_t *test) {
    const json_t *list = json_object_get(document->root, "explorations");
    json_int_t at = document_number(test, "exploration");
    const json_t *exploration = at < 0 ? NULL : json_array_get(list, (size_t)at);
    bool whole = !exploration || json_is_true(json_object_get(exploration, "suite")) ||
                 !json_is_false(json_object_get(exploration, "complete"));
    return whole ? NULL : exploration;
}

void tests_put_names(const struct document *document, const json_t *finding, size_t most,
                     FILE *stream) {
    size_t count = tests_count(document, finding);
    for (size_t i = 0; i < count && i < most; i++) {
        const json_t *test = json_array_get(reaching(document, finding), i);
        char *name = tests_name(document, test);
        fprintf(stream, "%s%s", i > 0 ? ", " : "", name ? name : "?");
        tests_put_directory(document, test, stream);
        free(name);
    }
    if (count > most) {
        fprintf(stream, " and %zu more", count - most);
    }
}

const json_t *tests_first(const struct document *document, const json_t *finding) {
    return json_array_get(reaching(document, finding), 0);
}
