// SPDX-License-Identifier: MIT
// SARIF 2.1.0 (OASIS): one result a finding, located where it broke, with a flow of code
// that leads there from the allocation that failed.
#include "runner/formats/formats.h"

#include "runner/formats/finding_kind.h"
#include "runner/formats/otherstacks.h"
#include "runner/formats/place.h"
#include "runner/formats/sarif_location.h"
#include "runner/formats/tests.h"
#include "runner/util/json.h"
#include "runner/util/printable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** Frames of a stack that are told; deep recursions have more. */
#define FRAMES_MAX 64

/** SARIF calls kinds of findings rules. */
static json_t *make_rule(const struct finding_kind *kind, bool allocation) {
    json_t *object = json_object();
    char *summary = finding_kind_words(kind->summary, allocation);
    char *help = finding_kind_words(kind->help, allocation);
    json_t *tags = json_pack("[s, s]", "reliability", "out-of-memory");
    int bad = json_put(object, "id", json_string(kind->id));
    bad |= json_put(object, "name", json_string(kind->name));
    bad |= json_put(object, "shortDescription", json_pack("{s:s}", "text", summary));
    bad |= json_put(object, "fullDescription", json_pack("{s:s}", "text", help));
    bad |= json_put(object, "help", json_pack("{s:s}", "text", help));
    free(summary);
    free(help);
    bad |= json_put(object, "defaultConfiguration",
                    json_pack("{s:s}", "level", kind->outcome ? "warning" : "error"));
    if (kind->cwe) {
        char tag[32];
        snprintf(tag, sizeof(tag), "external/cwe/cwe-%03d", kind->cwe);
        bad |= json_array_append_new(tags, json_string(tag));
    }
    bad |= json_put(object, "properties", json_pack("{s:o}", "tags", tags));
    return json_finished(object, bad);
}

static json_t *make_driver(const struct document *document) {
    bool allocation = strcmp(document_counted(document), "allocation") == 0;
    size_t count;
    const struct finding_kind *kinds = finding_kinds(&count);
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        bad |= json_array_append_new(list, make_rule(&kinds[i], allocation));
    }
    json_t *driver = json_object();
    bad |= json_put(driver, "name", json_string("mallocfail"));
    bad |= json_put(driver, "semanticVersion", json_string(PACKAGE_VERSION));
    bad |= json_put(driver, "rules", list);
    return json_finished(driver, bad);
}

/** "malloc(8) fails", or what else there is to say. */
static json_t *failure_message(const json_t *finding) {
    const json_t *injection = json_object_get(finding, "injection");
    const char *function = document_text(injection, "function");
    char *text = NULL;
    char size[DOCUMENT_SIZE_MAX];
    if (asprintf(&text, "%s(%s) fails", function ? function : "an allocation",
                 document_size(injection, size)) < 0) {
        return NULL;
    }
    json_t *message = sarif_message(text);
    free(text);
    return message;
}

static json_t *crash_message(const json_t *finding) {
    const char *outcome = document_text(finding, "outcome");
    const char *class = document_text(finding, "class");
    const char *signal = document_text(finding, "signal_name");
    bool told = class && strcmp(class, "none") != 0;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s%s%s", outcome ? outcome : "broke", told ? ": " : "",
                 told ? class : "", signal ? ", " : "", signal ? signal : "") < 0) {
        return NULL;
    }
    json_t *message = sarif_message(text);
    free(text);
    return message;
}

/** A stack, innermost first. */
static json_t *make_stack(const struct document *document, const json_t *frames,
                          json_t *message) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < json_array_size(frames) && i < FRAMES_MAX; i++) {
        struct place place = place_read(document, json_array_get(frames, i));
        json_t *frame = json_object();
        bad |= json_put(frame, "location", sarif_location(document, &place));
        if (place.module) {
            bad |= json_put(frame, "module", sarif_text(place.module));
        }
        bad |= json_array_append_new(list, frame);
    }
    json_t *stack = json_object();
    bad |= json_put(stack, "message", message);
    bad |= json_put(stack, "frames", list);
    return json_finished(stack, bad);
}

/** What adds other stacks to a list. */
struct adder {
    const struct document *document;
    json_t *list;
    int bad;
};

static void add_other(void *context, const char *word, const char *rest,
                      const json_t *frames) {
    struct adder *adder = context;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s", word, *rest ? " " : "", rest) < 0) {
        adder->bad = -1;
        return;
    }
    adder->bad |= json_array_append_new(
        adder->list, make_stack(adder->document, frames, sarif_message(text)));
    free(text);
}

static json_t *make_stacks(const struct document *document, const json_t *finding) {
    json_t *list = json_array();
    int bad = 0;
    if (json_array_size(place_failed_frames(finding)) > 0) {
        bad |=
            json_array_append_new(list, make_stack(document, place_failed_frames(finding),
                                                   failure_message(finding)));
    }
    if (json_array_size(place_crash_frames(finding)) > 0) {
        bad |=
            json_array_append_new(list, make_stack(document, place_crash_frames(finding),
                                                   crash_message(finding)));
    }
    struct adder adder = {document, list, bad};
    otherstacks_each(document, finding, add_other, &adder);
    return json_finished(list, adder.bad);
}

/** How many outermost frames two stacks share. */
static size_t shared_frames(const json_t *a, const json_t *b) {
    size_t left = json_array_size(a), right = json_array_size(b), shared = 0;
    while (left > 0 && right > 0 &&
           json_equal(json_array_get(a, --left), json_array_get(b, --right))) {
        shared++;
    }
    return shared;
}

/** Add the calls of a stack to a flow, from the given outermost one inwards; 0 on
 * success. */
static int add_calls(json_t *flow, const struct document *document, const json_t *frames,
                     size_t count, json_t *last_message) {
    int bad = last_message ? 0 : -1;
    size_t from = count < FRAMES_MAX ? count : FRAMES_MAX;
    size_t depth = json_array_size(frames);
    for (size_t i = from; i-- > 0;) {
        struct place place = place_read(document, json_array_get(frames, i));
        json_t *location = sarif_location(document, &place);
        json_t *step = json_object();
        bad |= i == 0 ? json_object_set(location, "message", last_message) : 0;
        bad |= json_put(step, "location", location);
        bad |= json_put(step, "nestingLevel", json_integer((json_int_t)(depth - 1 - i)));
        bad |= json_put(step, "executionOrder",
                        json_integer((json_int_t)json_array_size(flow) + 1));
        bad |=
            json_put(step, "importance", json_string(i == 0 ? "essential" : "important"));
        bad |= json_array_append_new(flow, step);
    }
    json_decref(last_message);
    return bad;
}

/** From main to the failed allocation, and from there to where it broke. */
static json_t *make_flows(const struct document *document, const json_t *finding) {
    const json_t *failed = place_failed_frames(finding);
    const json_t *crash = place_crash_frames(finding);
    size_t shared = shared_frames(failed, crash);
    size_t rest = json_array_size(crash) - shared;
    json_t *steps = json_array();
    int bad =
        add_calls(steps, document, failed, place_count(failed), failure_message(finding));
    if (json_array_size(crash) > 0) {
        size_t own = place_count(crash);
        bad |= add_calls(steps, document, crash, rest < own ? rest : own,
                         crash_message(finding));
    }
    if (bad || json_array_size(steps) == 0) {
        json_decref(steps);
        return bad ? NULL : json_array();
    }
    return json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", steps);
}

/** The location of a frame, with what there is to say of it. */
static json_t *make_note(const struct document *document, const json_t *frame,
                         json_t *message, size_t id) {
    struct place place = place_read(document, frame);
    json_t *location = sarif_location(document, &place);
    int bad = json_put(location, "message", message);
    bad |= json_put(location, "id", json_integer((json_int_t)id));
    return json_finished(location, bad);
}

/** "2 blocks of 100 bytes are allocated here and left" */
static json_t *leak_message(const struct document *document, const json_t *leak) {
    char *amount = document_amount(document, leak);
    char *text = NULL;
    const char *verb = document_number(leak, "blocks") == 1 ? "is" : "are";
    if (!amount || asprintf(&text, "%s %s allocated here and left", amount, verb) < 0) {
        text = NULL;
    }
    json_t *message = text ? sarif_message(text) : NULL;
    free(text);
    free(amount);
    return message;
}

/** The allocation that failed, and those that were left. */
static json_t *make_related(const struct document *document, const json_t *finding) {
    json_t *list = json_array();
    int bad = 0;
    const json_t *frame = place_of_failure(document, finding);
    const json_t *leak;
    size_t at;
    if (frame) {
        bad |= json_array_append_new(
            list, make_note(document, frame, failure_message(finding), 1));
    }
    json_array_foreach(json_object_get(finding, "leaks"), at, leak) {
        frame = place_of_stack(document, json_object_get(leak, "frames"));
        bad |= frame ? json_array_append_new(list, make_note(document, frame,
                                                             leak_message(document, leak),
                                                             json_array_size(list) + 1))
                     : 0;
    }
    return json_finished(list, bad);
}

/** What happens, and what the run shows besides. */
static json_t *make_message(const struct document *document, const json_t *finding) {
    size_t count;
    const char *explanation = document_text(finding, "explanation");
    bool allocation = !document_text(json_object_get(finding, "injection"), "errno");
    char *what =
        explanation && *explanation
            ? strdup(explanation)
            : finding_kind_words(finding_kinds(&count)[finding_kind_of(finding)].summary,
                                 allocation);
    char *effect = document_effect(document, finding);
    char *text = NULL;
    if (!what || asprintf(&text, "%s%s%s%s", what, effect ? " (" : "",
                          effect ? effect : "", effect ? ")" : "") < 0) {
        text = NULL;
    }
    json_t *message = text ? sarif_message(text) : NULL;
    free(what);
    free(text);
    free(effect);
    return message;
}

static json_t *make_locations(const struct document *document, const json_t *finding) {
    const json_t *frame = place_of_crash(document, finding);
    json_t *list = json_array();
    int bad = 0;
    if (!frame) {
        frame = place_of_failure(document, finding);
    }
    if (frame) {
        struct place place = place_read(document, frame);
        bad |= json_array_append_new(list, sarif_location(document, &place));
    }
    return json_finished(list, bad);
}

/** What makes a finding the same one in the next run. */
static json_t *make_fingerprints(const json_t *finding) {
    static const char *const keys[][2] = {{"signature", "mallocfailSignature/v1"},
                                          {"cause", "mallocfailCause/v1"}};
    json_t *object = json_object();
    int bad = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *text = document_text(finding, keys[i][0]);
        bad |= text ? json_put(object, keys[i][1], sarif_text(text)) : 0;
    }
    return json_finished(object, bad);
}

/** The names of the tests that come to a finding. */
static json_t *make_tests(const struct document *document, const json_t *finding) {
    json_t *names = json_array();
    const json_t *test;
    size_t at;
    int bad = 0;
    json_array_foreach(tests_of(document), at, test) {
        if (tests_reach(document, test, finding)) {
            char *name = tests_name(document, test);
            bad |= json_array_append_new(names, name ? sarif_text(name) : NULL);
            free(name);
        }
    }
    return json_finished(names, bad);
}

static json_t *make_properties(const struct document *document, const json_t *finding) {
    static const char *const keys[] = {"outcome", "class", "detail", "mode"};
    json_t *object = json_object();
    char *again = document_reproducer(document, finding);
    int bad = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *text = document_text(finding, keys[i]);
        bad |= text && *text ? json_put(object, keys[i], sarif_text(text)) : 0;
    }
    bad |= again ? json_put(object, "reproduce", sarif_text(again)) : 0;
    bad |=
        tests_of(document) ? json_put(object, "tests", make_tests(document, finding)) : 0;
    free(again);
    return json_finished(object, bad);
}

static json_t *make_result(const struct document *document, const json_t *finding) {
    static const char *const levels[] = {"error", "warning", "note"};
    size_t count, kind = finding_kind_of(finding);
    json_int_t trials = document_number(finding, "trials");
    json_t *object = json_object();
    int bad = json_put(object, "ruleId", json_string(finding_kinds(&count)[kind].id));
    bad |= json_put(object, "ruleIndex", json_integer((json_int_t)kind));
    bad |= json_put(object, "level", json_string(levels[document_severity(finding)]));
    bad |= json_put(object, "message", make_message(document, finding));
    bad |= json_put(object, "locations", make_locations(document, finding));
    bad |= json_put(object, "relatedLocations", make_related(document, finding));
    bad |= json_put(object, "stacks", make_stacks(document, finding));
    bad |= json_put(object, "codeFlows", make_flows(document, finding));
    bad |= json_put(object, "partialFingerprints", make_fingerprints(finding));
    if (trials > 0) {
        bad |= json_put(object, "occurrenceCount", json_integer(trials));
    }
    if (json_is_true(json_object_get(finding, "known"))) {
        bad |= json_put(object, "suppressions",
                        json_pack("[{s:s, s:s}]", "kind", "external", "justification",
                                  "The baseline has it."));
    }
    bad |= json_put(object, "properties", make_properties(document, finding));
    return json_finished(object, bad);
}

static json_t *make_invocation(const struct document *document) {
    char *command = document_command(document);
    json_t *object = json_object();
    json_t *arguments = json_array();
    const json_t *word;
    size_t at;
    int bad = !command;
    // What was joined is no command.
    bad |= command && document_joined(document) == 0
               ? json_put(object, "commandLine", sarif_text(command))
               : 0;
    json_array_foreach(json_object_get(document->root, "arguments"), at, word) {
        const char *text = json_string_value(word);
        bad |= json_array_append_new(arguments, sarif_text(text ? text : "?"));
    }
    bad |= json_put(object, "arguments", arguments);
    bad |= json_put(object, "executionSuccessful", json_true());
    char extent[DOCUMENT_EXTENT_MAX], sentence[DOCUMENT_EXTENT_MAX + 32];
    document_extent(document, extent);
    if (extent[0]) {
        snprintf(sentence, sizeof(sentence), "Not all was tested: %s.", extent);
        bad |= json_put(object, "toolExecutionNotifications",
                        json_pack("[{s:s, s:{s:s}}]", "level", "warning", "message",
                                  "text", sentence));
    }
    free(command);
    return json_finished(object, bad);
}

static json_t *make_run(const struct document *document) {
    json_t *results = json_array();
    const json_t *finding;
    size_t at;
    int bad = 0;
    json_array_foreach(document_findings(document), at, finding) {
        bad |= json_array_append_new(results, make_result(document, finding));
    }
    json_t *run = json_object();
    bad |= json_put(run, "tool", json_pack("{s:o}", "driver", make_driver(document)));
    bad |= json_put(run, "invocations", json_pack("[o]", make_invocation(document)));
    bad |=
        json_put(run, "originalUriBaseIds",
                 json_pack("{s:{s:o}}", SARIF_ROOT, "uri", sarif_uri(document->sources)));
    bad |= json_put(run, "columnKind", json_string("unicodeCodePoints"));
    bad |= json_put(run, "results", results);
    return json_finished(run, bad);
}

int format_sarif(const struct document *document, FILE *stream) {
    json_t *root = json_object();
    int bad = json_put(root, "$schema",
                       json_string("https://json.schemastore.org/sarif-2.1.0.json"));
    bad |= json_put(root, "version", json_string("2.1.0"));
    bad |= json_put(root, "runs", json_pack("[o]", make_run(document)));
    if (bad) {
        json_decref(root);
        errno = ENOMEM;
        return -1;
    }
    int result = json_dumpf(root, stream, JSON_INDENT(2));
    json_decref(root);
    return result == 0 && fputc('\n', stream) != EOF ? 0 : -1;
}
