// SPDX-License-Identifier: MIT
#include "runner/formats/tests.h"

#include <stdlib.h>
#include <string.h>

const json_t *tests_of(const struct document *document) {
    return json_object_get(document->root, "tests");
}

char *tests_name(const struct document *document, const json_t *test) {
    const char *name = document_text(test, "test");
    return name ? document_kept(document, strdup(name)) : document_words(document, test);
}

bool tests_reach(const json_t *test, const json_t *finding) {
    const json_t *cause = json_object_get(finding, "cause");
    const json_t *other;
    size_t at;
    json_array_foreach(json_object_get(test, "causes"), at, other) {
        if (cause && json_equal(cause, other)) {
            return true;
        }
    }
    return false;
}

size_t tests_count(const struct document *document, const json_t *finding) {
    const json_t *test;
    size_t at, count = 0;
    json_array_foreach(tests_of(document), at, test) {
        count += tests_reach(test, finding);
    }
    return count;
}

size_t tests_defects(const struct document *document, const json_t *test) {
    const json_t *finding;
    size_t at, count = 0;
    json_array_foreach(document_findings(document), at, finding) {
        count += document_counts(finding) && tests_reach(test, finding);
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
    const json_t *test;
    size_t at, count = 0;
    json_array_foreach(tests_of(document), at, test) {
        if (!tests_reach(test, finding)) {
            continue;
        }
        if (count++ < most) {
            char *name = tests_name(document, test);
            fprintf(stream, "%s%s", count > 1 ? ", " : "", name ? name : "?");
            free(name);
        }
    }
    if (count > most) {
        fprintf(stream, " and %zu more", count - most);
    }
}
