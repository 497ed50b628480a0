// SPDX-License-Identifier: MIT
#include "runner/formats/formats.h"

#include "runner/formats/finding_text.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>

static void print_command(const struct document *document, FILE *stream) {
    char *command = document_command(document);
    fputs("mallocfail: ", stream);
    printable_put(command, stream);
    fputc('\n', stream);
    free(command);
}

/** The most explorations that are named. */
#define NAMES_MAX 12

/** What was not tried to its end, of what was joined. */
static void print_cut_short(const struct document *document, FILE *stream) {
    const json_t *exploration;
    size_t at, count = 0;
    json_array_foreach(json_object_get(document->root, "explorations"), at, exploration) {
        if (!json_is_false(json_object_get(exploration, "complete")) ||
            count++ >= NAMES_MAX) {
            continue;
        }
        char *name = tests_name(document, exploration);
        fputs(count == 1 ? "mallocfail: not all was tried of: " : ", ", stream);
        printable_put(name, stream);
        fprintf(stream, " (%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT ")",
                document_number(exploration, "tried"),
                document_number(exploration, "planned"));
        free(name);
    }
    if (count > NAMES_MAX) {
        fprintf(stream, " and %zu more", count - NAMES_MAX);
    }
    fputs(count > 0 ? "\n" : "", stream);
}

/** How a suite ended. */
static void print_suite(const struct document *document, FILE *stream) {
    const json_t *oracle = json_object_get(document->root, "oracle");
    json_int_t count = document_number(oracle, "processes");
    json_int_t status = document_number(oracle, "status");
    double seconds = json_number_value(json_object_get(oracle, "seconds"));
    size_t runs = document_runs(document->root);
    if (runs > 1) {
        fprintf(stream,
                "mallocfail: %zu runs of the suite ended after %.2f s in all, %s exit "
                "status %" JSON_INTEGER_FORMAT "; ",
                runs, seconds, status ? "one with" : "with", status);
    } else {
        fprintf(stream,
                "mallocfail: the suite ended with exit status %" JSON_INTEGER_FORMAT
                " after %.2f s; ",
                status, seconds);
    }
    fprintf(stream, "%" JSON_INTEGER_FORMAT " process%s tested\n", count,
            count == 1 ? " was" : "es were");
}

/** The clean run. */
static void print_oracle(const struct document *document, FILE *stream) {
    const json_t *oracle = json_object_get(document->root, "oracle");
    json_int_t count = document_number(oracle, "allocations");
    if (document_joined(document) > 0) {
        print_cut_short(document, stream);
        return;
    }
    if (json_is_true(json_object_get(document->root, "suite"))) {
        print_suite(document, stream);
        return;
    }
    json_int_t stacks = document_number(document->root, "stacks");
    fprintf(stream,
            "mallocfail: clean run: exit status %" JSON_INTEGER_FORMAT
            " after %.3f s, %" JSON_INTEGER_FORMAT " %s%s from "
            "%" JSON_INTEGER_FORMAT " stack%s\n",
            document_number(oracle, "status"),
            json_number_value(json_object_get(oracle, "seconds")), count,
            document_counted(document), plural((uint64_t)count), stacks,
            plural((uint64_t)stacks));
}

/** A count, as far as it can be true. */
static json_int_t at_most(json_int_t said, json_int_t most) {
    return said < 0 ? 0 : said < most ? said : most;
}

/** What the failures came to. */
static void print_outcomes(const struct document *document, FILE *stream) {
    json_int_t tried = document_tried(document);
    json_int_t in_place = at_most(document_number(document->root, "in_place"), tried);
    json_int_t inferred =
        at_most(document_number(document->root, "inferred"), tried - in_place);
    const char *before = ": ", *outcome;
    json_t *count;
    fprintf(stream,
            "mallocfail: %" JSON_INTEGER_FORMAT
            " failure%s tried in %.2f s: %" JSON_INTEGER_FORMAT " in place, ",
            tried, plural((uint64_t)tried),
            json_number_value(json_object_get(document->root, "seconds")), in_place);
    if (inferred > 0) {
        fprintf(stream, "%" JSON_INTEGER_FORMAT " inferred, ", inferred);
    }
    fprintf(stream, "%" JSON_INTEGER_FORMAT " fresh\n", tried - in_place - inferred);
    fputs("mallocfail: outcomes", stream);
    json_object_foreach(json_object_get(document->root, "outcomes"), outcome, count) {
        if (json_integer_value(count) > 0) {
            fprintf(stream, "%s%" JSON_INTEGER_FORMAT " ", before,
                    json_integer_value(count));
            printable_put(outcome, stream);
            before = ", ";
        }
    }
    fputc('\n', stream);
}

void format_text_coverage(const json_t *results, FILE *stream) {
    json_int_t stacks, stacks_failed, sites, sites_failed;
    if (json_unpack((json_t *)results, "{s:{s:{s:I, s:I, s:I, s:I}}}", "coverage",
                    "summary", "stacks", &stacks, "stacks_failed", &stacks_failed,
                    "call_sites", &sites, "call_sites_failed", &sites_failed) == 0) {
        fprintf(stream,
                "mallocfail: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                " stack%s, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                " call site%s failed\n",
                stacks_failed, stacks, plural((uint64_t)stacks), sites_failed, sites,
                plural((uint64_t)sites));
    }
}

/** The end of a single run. */
static void print_run(const struct document *document, FILE *stream) {
    const json_t *end = json_object_get(document->root, "end");
    const char *kind = document_text(end, "kind");
    const char *signal = document_text(end, "signal_name");
    json_int_t count = document_number(document->root, "allocations");
    fputs("mallocfail: ", stream);
    printable_put(kind ? kind : "ended", stream);
    if (signal) {
        fputs(" by ", stream);
        printable_put(signal, stream);
    } else if (json_is_integer(json_object_get(end, "status"))) {
        fprintf(stream, " with status %" JSON_INTEGER_FORMAT,
                document_number(end, "status"));
    }
    fprintf(stream, "; %" JSON_INTEGER_FORMAT " %s%s, %" JSON_INTEGER_FORMAT " failed\n",
            count, document_counted(document), plural((uint64_t)count),
            document_number(document->root, "failed"));
}

/** Whether a finding is shown in full. */
static bool is_shown(const struct document *document, const json_t *finding) {
    return !document->exploration || document_is_defect(finding);
}

/** How many tests come to what, where there are tests. */
static void print_tests(const struct document *document, FILE *stream) {
    size_t count = json_array_size(tests_of(document));
    const json_t *test;
    size_t at;
    if (count == 0) {
        return;
    }
    fprintf(stream, "\nmallocfail: %zu of %zu test%s reach%s a defect\n",
            tests_failed(document), count, plural(count),
            tests_failed(document) == 1 ? "es" : "");
    json_array_foreach(tests_of(document), at, test) {
        size_t defects = tests_defects(document, test);
        if (defects > 0) {
            char *name = tests_name(document, test);
            fprintf(stream, "    %zu  ", defects);
            printable_put(name, stream);
            tests_put_directory(document, test, stream);
            fputc('\n', stream);
            free(name);
        }
    }
}

/** What is not counted: a line each. */
static void print_aside(const struct document *document, FILE *stream) {
    const json_t *finding;
    bool any = false;
    size_t at;
    json_array_foreach(document_findings(document), at, finding) {
        if (!is_shown(document, finding)) {
            fputs(any ? ""
                      : "\nmallocfail: ended by design, or by a fault in a compiler's "
                        "run-time library; not counted:\n",
                  stream);
            any = true;
            json_int_t trials = document_number(finding, "trials");
            fprintf(stream, "    %" JSON_INTEGER_FORMAT " time%s: ", trials,
                    plural((uint64_t)trials));
            printable_put(document_text(finding, "explanation"), stream);
            fputc('\n', stream);
        }
    }
}

static void print_findings(const struct document *document, FILE *stream) {
    const json_t *finding;
    size_t at;
    json_array_foreach(document_findings(document), at, finding) {
        if (is_shown(document, finding)) {
            fputc('\n', stream);
            finding_text(document, finding, stream);
            finding_text_trials(finding, stream);
        }
    }
}

int format_text(const struct document *document, FILE *stream) {
    size_t defects = document_defects(document);
    char extent[DOCUMENT_EXTENT_MAX];
    document_extent(document, extent);
    print_command(document, stream);
    if (document->exploration) {
        print_oracle(document, stream);
        print_outcomes(document, stream);
        format_text_coverage(document->root, stream);
    } else {
        print_run(document, stream);
    }
    print_findings(document, stream);
    print_aside(document, stream);
    print_tests(document, stream);
    fprintf(stream, "\nmallocfail: %zu defect%s%s%s\n", defects, plural(defects),
            extent[0] ? " in " : "", extent);
    return ferror(stream) ? -1 : 0;
}
