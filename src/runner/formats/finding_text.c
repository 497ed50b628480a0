// SPDX-License-Identifier: MIT
#include "runner/formats/finding_text.h"

#include "runner/formats/finding_kind.h"
#include "runner/formats/otherstacks.h"
#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/colour.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"
#include "runner/util/printable.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** How far texts are indented, and the narrowest terminal that they are broken for. */
#define INDENT      4
#define COLUMNS_MIN 40
/** Where frames begin, and how wide the column of their functions is. */
#define FRAME_INDENT   8
#define FUNCTION_WIDTH 28

/** Frames of a stack that are shown, unless all are asked for. */
#define SHOWN_MAX 12
/** Tests that are named, unless all are asked for. */
#define NAMES_MAX 8

/** A colour where colours are wanted. */
static const char *paint(const struct document *document, const char *colour) {
    return document->colour ? colour : "";
}

/** What stands in front of a stack, in a column of its own. */
static void print_word(const struct document *document, const char *word, FILE *stream) {
    fprintf(stream, "    %s", paint(document, COLOUR_BOLD));
    size_t used = printable_put(word, stream);
    fprintf(stream, "%s%*s ", paint(document, COLOUR_PLAIN),
            used < 7 ? (int)(7 - used) : 0, "");
}

/** "SIGSEGV, write to 0x8" */
static void print_signal(const json_t *finding, FILE *stream) {
    const char *signal = document_text(finding, "signal_name");
    const char *address = document_text(finding, "address");
    json_int_t sender = document_number(finding, "sender");
    printable_put(signal ? signal : "no end within its time", stream);
    if (signal && address) {
        fprintf(stream, ", %s ", finding_access(document_text(finding, "access")));
        printable_put(address, stream);
    }
    if (signal && sender) {
        fprintf(stream, ", sent by process %" JSON_INTEGER_FORMAT, sender);
    }
}

/** Whether a class tells more than the outcome does; a text that is NULL does not. */
static bool is_telling(const char *class) {
    return class && strcmp(class, "none") != 0 && strcmp(class, "other") != 0 &&
           strcmp(class, "hang") != 0;
}

/** How it ended, behind what it is called. */
static void print_end(const struct document *document, const json_t *finding, bool broke,
                      const char *outcome, FILE *stream) {
    if (broke) {
        fputs(": ", stream);
        print_signal(finding, stream);
    } else if (strcmp(outcome, "silent") == 0) {
        fputs(is_telling(document_text(finding, "class")) ? "" : ": wrong output",
              stream);
    } else if (strcmp(outcome, "leaked") == 0) {
        char *amount = document_amount(document, json_object_get(finding, "leaked"));
        fputs(": ", stream);
        printable_put(amount, stream);
        free(amount);
    } else if (strcmp(outcome, "hung") == 0) {
        const char *class = document_text(finding, "class");
        bool floods = class && strcmp(class, "spinning") == 0;
        fputs(floods ? ": output without end" : ": no end within its time", stream);
    }
}

/** The columns of the terminal that findings are printed on; 0 = it is none. */
static size_t columns(const struct document *document) {
    struct winsize size;
    bool known = document->colour && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    return known && size.ws_col >= COLUMNS_MIN ? size.ws_col : 0;
}

/** Print a text on lines of their own, which are broken at blanks on a terminal. */
static void put_lines(const struct document *document, const char *text, FILE *stream) {
    char *line = printable_line(text);
    size_t room = columns(document);
    room = room ? room - INDENT : SIZE_MAX;
    if (!document_kept(document, line)) {
        return;
    }
    for (char *at = line; *at;) {
        size_t length = strlen(at);
        while (length > room) {
            const char *blank = memrchr(at, ' ', length);
            size_t before = blank ? (size_t)(blank - at) : 0;
            if (before == 0) {
                break;
            }
            length = before;
        }
        fprintf(stream, "%*s%.*s\n", INDENT, "", (int)length, at);
        at += length;
        at += *at == ' ';
    }
    free(line);
}

static void print_headline(const struct document *document, const json_t *finding,
                           bool broke, FILE *stream) {
    const char *outcome = document_text(finding, "outcome");
    const char *class = document_text(finding, "class");
    const char *detail = document_text(finding, "detail");
    fprintf(stream, "%smallocfail: ", paint(document, COLOUR_RED));
    printable_put(outcome ? outcome : "finding", stream);
    if (is_telling(class)) {
        fputs(": ", stream);
        printable_put(class, stream);
    }
    fputs(paint(document, COLOUR_PLAIN), stream);
    if (detail && *detail) {
        fputs(" (", stream);
        printable_put(detail, stream);
        fputc(')', stream);
    }
    print_end(document, finding, broke, outcome ? outcome : "", stream);
    fprintf(stream, "\n%s", paint(document, COLOUR_BOLD));
    put_lines(document, document_text(finding, "explanation"), stream);
    fputs(paint(document, COLOUR_PLAIN), stream);
}

/** Print a text and fill its column up. */
static void put_column(const char *text, size_t width, FILE *stream) {
    size_t used = printable_put(text, stream);
    fprintf(stream, "%*s ", used < width ? (int)(width - used) : 0, "");
}

/** How wide the column of functions is: narrower where a label would not fit beside it. */
static size_t function_width(const struct document *document, const char *label) {
    size_t room = columns(document),
           rest = FRAME_INDENT + 1 + (label ? strlen(label) : 1);
    return room == 0 || room >= rest + FUNCTION_WIDTH ? FUNCTION_WIDTH
           : room > rest                              ? room - rest
                                                      : 0;
}

static void print_frame(const struct document *document, const json_t *frame,
                        FILE *stream) {
    struct place place = place_read(document, frame);
    bool whole = document->verbose && place.file;
    fputs("        ", stream);
    char *label = place_label(document, &place);
    put_column(document->verbose && place.function ? place.function
                                                   : place_function(&place),
               function_width(document, label), stream);
    if (whole) {
        printable_put(place.file, stream);
        fprintf(stream, ":%d %s", place.line, paint(document, COLOUR_FAINT));
        printable_put(place.module ? place.module : "?", stream);
        fputc('+', stream);
        printable_put(place.offset ? place.offset : "?", stream);
        fputs(paint(document, COLOUR_PLAIN), stream);
    } else {
        printable_put(label ? label : "?", stream);
    }
    fprintf(stream, "%s\n", place.inlined ? " (inlined)" : "");
    free(label);
}

/** How many frames are worth showing. */
static size_t shown(const struct document *document, const json_t *frames) {
    size_t count = document->verbose ? json_array_size(frames) : place_count(frames);
    return document->verbose || count < SHOWN_MAX ? count : SHOWN_MAX;
}

static void print_stack(const struct document *document, const json_t *frames,
                        FILE *stream) {
    size_t count = shown(document, frames);
    for (size_t i = 0; i < count; i++) {
        print_frame(document, json_array_get(frames, i), stream);
    }
    if (count < place_count(frames)) {
        fprintf(stream, "        ... and %zu more (-v shows them)\n",
                place_count(frames) - count);
    }
}

/** The stack of where it broke, a recursion once. */
static void print_crash_stack(const struct document *document, const json_t *finding,
                              FILE *stream) {
    const json_t *frames = place_crash_frames(finding);
    const json_t *cycle = json_object_get(finding, "cycle");
    json_int_t length = document_number(cycle, "length");
    json_int_t end = json_sum(document_number(cycle, "start"), length);
    if (!json_is_object(cycle) || length < 1) {
        print_stack(document, frames, stream);
        return;
    }
    size_t count = json_array_size(frames);
    if (!document->verbose && end >= 0 && (size_t)end < count) {
        count = (size_t)end;
    }
    for (size_t i = 0; i < count; i++) {
        print_frame(document, json_array_get(frames, i), stream);
    }
    fprintf(stream,
            "        ... the last %" JSON_INTEGER_FORMAT " of them %" JSON_INTEGER_FORMAT
            " times over, %" JSON_INTEGER_FORMAT " frames\n",
            length, document_number(cycle, "repeats"),
            document_number(finding, "frame_count"));
}

static void print_injection(const struct document *document, const json_t *finding,
                            FILE *stream) {
    const json_t *injection = json_object_get(finding, "injection");
    const char *function = document_text(injection, "function");
    const char *error = document_text(injection, "errno");
    char size[DOCUMENT_SIZE_MAX];
    json_int_t count = document_number(finding, "injections");
    json_int_t pid = document_number(injection, "pid");
    if (!json_is_object(injection)) {
        return;
    }
    fputc('\n', stream);
    print_word(document, "failed", stream);
    printable_put(function ? function : "?", stream);
    fprintf(stream,
            "(%s)%s%s, number %" JSON_INTEGER_FORMAT ", thread %" JSON_INTEGER_FORMAT,
            document_size(injection, size), error ? " with " : "", error ? error : "",
            document_number(injection, "number"), document_number(injection, "thread"));
    if (pid != document_number(finding, "pid")) {
        fprintf(stream, ", in process %" JSON_INTEGER_FORMAT, pid);
    }
    if (count > 1) {
        fprintf(stream, "; %" JSON_INTEGER_FORMAT " failed in all", count);
    }
    fputc('\n', stream);
    print_stack(document, place_failed_frames(finding), stream);
}

static void print_crash(const struct document *document, const json_t *finding,
                        FILE *stream) {
    json_int_t pid = document_number(finding, "pid");
    json_int_t tid = document_number(finding, "tid");
    print_word(document, document_text(finding, "signal_name") ? "broke" : "hangs",
               stream);
    fputs("in ", stream);
    printable_put(document_text(finding, "image"), stream);
    fprintf(stream, "[%" JSON_INTEGER_FORMAT "]", pid);
    if (tid != pid) {
        fputs(", thread ", stream);
        printable_put(document_text(finding, "thread_name"), stream);
        fprintf(stream, "[%" JSON_INTEGER_FORMAT "]", tid);
    }
    fputc('\n', stream);
    print_crash_stack(document, finding, stream);
}

/** Where and how the output is another. */
static void print_difference(const struct document *document, const json_t *finding,
                             FILE *stream) {
    const json_t *difference = json_object_get(finding, "difference");
    const char *where = document_text(difference, "where");
    json_int_t line = document_number(difference, "line");
    if (!where) {
        return;
    }
    print_word(document, "differs", stream);
    printable_put(where, stream);
    if (line > 0) {
        fprintf(stream, ", line %" JSON_INTEGER_FORMAT " (byte %" JSON_INTEGER_FORMAT ")",
                line, document_number(difference, "offset"));
    }
    fputs("\n        expected ", stream);
    printable_put(document_text(difference, "wanted"), stream);
    fputs("\n        got      ", stream);
    printable_put(document_text(difference, "got"), stream);
    fputc('\n', stream);
}

/** What prints other stacks. */
struct printer {
    const struct document *document;
    FILE *stream;
};

static void print_other(void *context, const char *word, const char *rest,
                        const json_t *frames) {
    const struct printer *printer = context;
    print_word(printer->document, word, printer->stream);
    printable_put(rest, printer->stream);
    fputc('\n', printer->stream);
    print_stack(printer->document, frames, printer->stream);
}

/** What was left and is not told stack by stack. */
static void print_more_leaks(const json_t *finding, FILE *stream) {
    json_int_t left = document_number(json_object_get(finding, "leaked"), "blocks");
    const json_t *leak;
    size_t at;
    json_array_foreach(json_object_get(finding, "leaks"), at, leak) {
        json_int_t blocks = document_number(leak, "blocks");
        left -= blocks > 0 && blocks < left ? blocks : left;
    }
    if (left > 0) {
        fprintf(stream, "    ... and %" JSON_INTEGER_FORMAT " more block%s\n", left,
                plural((uint64_t)left));
    }
}

/** The first of the commands of a suite that come to it, by its test's name if there is one. */
static void print_commands(const struct document *document, const json_t *finding,
                           FILE *stream) {
    const json_t *command = json_array_get(json_object_get(finding, "commands"), 0);
    const char *test = document_text(command, "test");
    json_int_t more = document_number(finding, "commands_in_all") - 1;
    const json_t *argument;
    size_t at;
    if (!command) {
        return;
    }
    print_word(document, "in", stream);
    if (test) {
        printable_put(test, stream);
        fputs(": ", stream);
    }
    json_array_foreach(json_object_get(command, "arguments"), at, argument) {
        fputs(at > 0 ? " " : "", stream);
        printable_put(json_string_value(argument), stream);
    }
    tests_put_directory(document, command, stream);
    if (more > 0) {
        fprintf(stream, ", and %" JSON_INTEGER_FORMAT " more command%s", more,
                plural((uint64_t)more));
    }
    fputs(json_is_true(json_object_get(finding, "fresh")) ? ", found after the suite\n"
                                                          : "\n",
          stream);
}

/** The tests that come to it, where there are more than that of the command. */
static void print_tests(const struct document *document, const json_t *finding,
                        FILE *stream) {
    char *names = NULL;
    size_t size, count = tests_count(document, finding);
    FILE *text = count > 1 ? open_memstream(&names, &size) : NULL;
    if (text) {
        tests_put_names(document, finding, document->verbose ? count : NAMES_MAX, text);
        fclose(text);
        print_word(document, "tests", stream);
        printable_put(names, stream);
        fputc('\n', stream);
    }
    free(names);
}

/** Say of a server's finding that it did not come back in a new server. */
static void print_alone(const struct document *document, const json_t *finding,
                        FILE *stream) {
    if (json_is_false(json_object_get(finding, "alone"))) {
        json_int_t earlier = document_number(finding, "earlier_failures");
        print_word(document, "but", stream);
        fprintf(stream,
                "it did not come back in a new server; here %" JSON_INTEGER_FORMAT
                " allocation%s had failed before\n",
                earlier, earlier == 1 ? "" : "s");
    }
}

void finding_text(const struct document *document, const json_t *finding, FILE *stream) {
    struct printer printer = {document, stream};
    char *again = document_reproducer(document, finding);
    bool broke = document_text(finding, "signal_name") ||
                 json_array_size(place_crash_frames(finding)) > 0;
    print_headline(document, finding, broke, stream);
    print_injection(document, finding, stream);
    if (broke) {
        print_crash(document, finding, stream);
    }
    print_difference(document, finding, stream);
    otherstacks_each(document, finding, print_other, &printer);
    print_more_leaks(finding, stream);
    print_commands(document, finding, stream);
    print_tests(document, finding, stream);
    print_alone(document, finding, stream);
    if (again) {
        print_word(document, "again", stream);
        printable_put(again, stream);
        fputc('\n', stream);
    }
    if (again && json_is_true(json_object_get(finding, "piped"))) {
        print_word(document, "input", stream);
        fputs("a pipe, which is not kept: add --input FILE with what it read\n", stream);
    }
    free(again);
}

void finding_text_trials(const json_t *finding, FILE *stream) {
    json_int_t trials = document_number(finding, "trials");
    const char *mode = document_text(finding, "mode");
    if (trials < 1) {
        return;
    }
    fprintf(stream, "    %" JSON_INTEGER_FORMAT " failure%s end%s here%s%s\n", trials,
            plural((uint64_t)trials), trials == 1 ? "s" : "",
            mode && strcmp(mode, "persistent") == 0
                ? "; shown where all fail from that one on"
            : mode && strcmp(mode, "pairs") == 0 ? "; shown where two fail"
                                                 : "",
            json_is_true(json_object_get(finding, "known")) ? "; known" : "");
}

void finding_text_live(const struct document *style, json_t *finding, FILE *stream) {
    bool ran_out = !finding;
    struct document document = *style;
    document.ran_out = &ran_out;
    if (finding) {
        finding_text(&document, finding, stream);
        finding_text_trials(finding, stream);
    }
    if (ran_out) {
        fputs("mallocfail: out of memory: of this finding something is missing\n",
              stream);
    }
    json_decref(finding);
}

void finding_text_line(json_t *finding, FILE *stream) {
    const char *outcome = document_text(finding, "outcome");
    const char *class = document_text(finding, "class");
    const char *explanation = document_text(finding, "explanation");
    fputs("mallocfail: ", stream);
    printable_put(is_telling(class) ? class : outcome ? outcome : "a defect", stream);
    fputs(": ", stream);
    printable_put(explanation ? explanation : "out of memory", stream);
    fputs(json_is_true(json_object_get(finding, "known")) ? " (known)\n" : "\n", stream);
    json_decref(finding);
}

char *finding_text_whole(const struct document *document, const json_t *finding) {
    struct document plain = *document;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    plain.colour = false;
    plain.verbose = true;
    if (stream) {
        finding_text(&plain, finding, stream);
        fclose(stream);
    }
    return document_kept(document, text);
}
