// SPDX-License-Identifier: MIT
// What reads findings.json and baselines, which may come from anybody, and all that is
// drawn from them. An input is such a file; two of them are told apart by a zero byte,
// and then they are joined as well. Sources are looked for beside it, so that a frame in
// findings.json shows lines of that.
#include "fuzz/fuzz.h"
#include "runner/formats/formats.h"
#include "runner/results/baseline.h"
#include "runner/results/joining.h"
#include "runner/results/merging.h"
#include "runner/results/resume.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** In memory, if there is such a place. */
static char folder[] = "/dev/shm/fuzz_findings.XXXXXX";
static char file[sizeof(folder) + 16];

static void clean_up(void) {
    unlink(file);
    rmdir(folder);
}

/** Be results directory and baseline in one. */
static void write_file(const uint8_t *data, size_t size) {
    if (!file[0]) {
        if (!mkdtemp(folder)) {
            strcpy(folder, "/tmp/fuzz_findings.XXXXXX");
            if (!mkdtemp(folder)) {
                abort();
            }
        }
        snprintf(file, sizeof(file), "%s/findings.json", folder);
        atexit(clean_up);
    }
    FILE *stream = fopen(file, "wb");
    if (!stream || fwrite(data, 1, size, stream) != size || fclose(stream) != 0) {
        abort();
    }
}

/** What a terminal would act on has no place in a text. */
static void check_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
            abort();
        }
    }
}

/** Nobody can read what is no JSON. */
static void check_json(const char *text, size_t size) {
    json_t *value = json_loadb(text, size, 0, NULL);
    if (!value) {
        abort();
    }
    json_decref(value);
}

static void check_xml(const char *text, size_t size) {
    int options = XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET;
    xmlDoc *document = xmlReadMemory(text, (int)size, NULL, NULL, options);
    if (!document) {
        abort();
    }
    xmlFreeDoc(document);
}

static const struct {
    const char *format;
    void (*check)(const char *, size_t);
} formats[] = {{"text", check_text},  {"github", check_text}, {"json", check_json},
               {"sarif", check_json}, {"junit", check_xml},   {"html", NULL}};

#define CHECKED (sizeof(formats) / sizeof(formats[0]))

/** Draw in a format. */
static void draw(struct document *document, size_t which) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    const char *name = formats[which].format;
    const struct format *format = formats_find(name, strlen(name));
    if (!stream) {
        abort();
    }
    int result = formats_draw(format, document, stream);
    fclose(stream);
    if (result == 0 && formats[which].check) {
        formats[which].check(text, size);
    }
    free(text);
}

/** Draw it as it stands in a directory. */
static void report(void) {
    struct document document;
    char why[200];
    if (document_load(&document, folder, folder, why) == 0) {
        document.verbose = true;
        for (size_t i = 0; i < CHECKED; i++) {
            draw(&document, i);
        }
        document_destroy(&document);
    }
}

/** Go on from it with a few trials, and with a finding that it may know as a baseline. */
static void take_up(json_t *results) {
    static const struct diag quiet = {.quiet = true};
    static char *argv[] = {(char *)"./prog", NULL};
    struct trial trials[4] = {{.point = {.number = 1, .stack_id = 1}},
                              {.point = {.number = 1}, .mode = TRIAL_PERSISTENT},
                              {.point = {.number = 3}},
                              {.point = {.number = 2, .process = 1}}};
    struct campaign_options options = {.argv = argv, .arm = "load", .baseline = file};
    struct campaign campaign = {.options = &options, .diag = &quiet};
    uint64_t signature = 1;
    struct defect defect = {.signatures = &signature, .signature_count = 1};
    struct defect *list[] = {&defect};
    struct defects defects = {.list = list, .count = 1};
    campaign.plan.allocator = 1;
    campaign.trials = trials;
    campaign.trial_count = 4;
    if (json_is_array(json_object_get(results, "known"))) {
        baseline_apply(&campaign, &defects);
    }
    // Results that are of another program, or none at all, are told to the user.
    char why[200];
    json_t *earlier = merging_load(folder, why);
    json_t *arguments = json_object_get(earlier, "arguments");
    const char *program = json_string_value(json_array_get(arguments, 0));
    if (program && strcmp(program, argv[0]) == 0) {
        resume_trials(&campaign, folder);
    }
    json_decref(earlier);
}

/** Join two, and draw what comes of it; one format has to do, or it would take as long as
 * all of the rest. */
static void join(const uint8_t *data, size_t size) {
    char why[200];
    struct document document;
    json_t *one = merging_load(folder, why);
    write_file(data, size);
    json_t *other = one ? merging_load(folder, why) : NULL;
    json_t *into = one ? joining_begin(one) : NULL;
    json_t *from = other ? joining_begin(other) : NULL;
    json_t *all = NULL;
    if (into && from && joining_add(into, from) == 0) {
        all = joining_end(json_incref(into));
    }
    if (all) {
        merging_defects(all, true);
        if (document_make(&document, json_incref(all), folder) == 0) {
            draw(&document, size % CHECKED);
            document_destroy(&document);
        }
    }
    json_decref(all);
    json_decref(into);
    json_decref(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *zero = memchr(data, 0, size);
    size_t first = zero ? (size_t)(zero - data) : size;
    write_file(data, first);
    report();
    json_t *value = json_load_file(file, 0, NULL);
    take_up(value);
    json_decref(value);
    // One that is joined to itself is a case, too.
    const uint8_t *second = zero ? zero + 1 : data;
    join(second, zero ? size - first - 1 : size);
    return 0;
}
