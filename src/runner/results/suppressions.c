// SPDX-License-Identifier: MIT
#include "runner/results/suppressions.h"

#include "core/policy/glob.h"
#include "runner/results/exploration_json.h"
#include "runner/target/installed.h"
#include "runner/util/figures.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Where a finding broke. A leak breaks nowhere: there it is the function that called for the
 * block and for the failed allocation. */
static const char broke[] = "crash_site";

/** What can be asked of a finding: a member of it, or of one of its places. */
static const struct key {
    const char *name;
    /** The member of findings.json with a place; NULL = the finding itself. */
    const char *place;
    const char *member;
} keys[] = {
    {"outcome", NULL, "outcome"},
    {"class", NULL, "class"},
    {"broke.function", broke, "function"},
    {"broke.module", broke, "module"},
    {"broke.file", broke, "file"},
    {"failed.function", "injection_site", "function"},
    {"failed.module", "injection_site", "module"},
    {"failed.file", "injection_site", "file"},
    {"broke.frame", NULL, "frames"},
    {"failed.frame", "injection", "frames"},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/** A file that is read. */
struct reading {
    struct suppressions *suppressions;
    const char *file;
    unsigned line;
    /** Whether an entry has begun, and the one. */
    bool open;
    struct suppression *entry;
    const struct diag *diag;
};

static int complain(const struct reading *reading, const char *what) {
    diag_error(reading->diag, "%s:%u: %s", reading->file, reading->line, what);
    return -1;
}

/** Make room for one more of something; NULL when memory ran out. */
static void *grow(void **list, size_t count, size_t size) {
    void *grown = reallocarray(*list, count + 1, size);
    if (!grown) {
        return NULL;
    }
    *list = grown;
    return memset((char *)grown + count * size, 0, size);
}

static int begin_entry(struct reading *reading) {
    struct suppressions *suppressions = reading->suppressions;
    if (reading->open) {
        return complain(reading, "an entry begins inside another: a '}' is missing");
    }
    reading->entry = grow((void **)&suppressions->list, suppressions->count,
                          sizeof(suppressions->list[0]));
    if (!reading->entry) {
        return complain(reading, "out of memory");
    }
    suppressions->count++;
    reading->open = true;
    return 0;
}

static int end_entry(struct reading *reading) {
    if (!reading->open) {
        return complain(reading, "a '}' without a '{'");
    }
    if (!reading->entry->name || reading->entry->count == 0) {
        return complain(reading, "the entry has no condition: it would match everything");
    }
    reading->open = false;
    return 0;
}

/** Add "key: pattern". */
static int add_condition(struct reading *reading, const char *line) {
    struct suppression *entry = reading->entry;
    size_t length = strcspn(line, ":"), key = 0;
    while (key < KEYS && (strlen(keys[key].name) != length ||
                          strncmp(keys[key].name, line, length) != 0)) {
        key++;
    }
    if (key == KEYS || line[length] != ':') {
        return complain(reading,
                        "no condition: outcome, class, broke.function, .module, .file "
                        "or .frame, failed.function, .module, .file or .frame, then "
                        "':' and a pattern");
    }
    const char *glob = line + length + 1;
    glob += strspn(glob, " \t");
    const char *fault = *glob ? mf_glob_fault(glob) : "there is no pattern";
    if (fault) {
        return complain(reading, fault);
    }
    struct suppression_condition *condition =
        grow((void **)&entry->conditions, entry->count, sizeof(entry->conditions[0]));
    if (!condition || !(condition->glob = strdup(glob))) {
        return complain(reading, "out of memory");
    }
    condition->key = (unsigned)key;
    entry->count++;
    return 0;
}

/** Take one line, without white space around it. */
static int take_line(struct reading *reading, const char *line) {
    if (!*line || *line == '#') {
        return 0;
    }
    if (strcmp(line, "{") == 0) {
        return begin_entry(reading);
    }
    if (strcmp(line, "}") == 0) {
        return end_entry(reading);
    }
    if (!reading->open) {
        return complain(reading, "an entry begins with a line that is '{'");
    }
    if (!reading->entry->name) {
        reading->entry->name = strdup(line);
        return reading->entry->name ? 0 : complain(reading, "out of memory");
    }
    return add_condition(reading, line);
}

/** Add the entries of a file; 0 on success. */
static int read_file(struct suppressions *suppressions, const char *file,
                     const struct diag *diag) {
    struct reading reading = {suppressions, file, 0, false, NULL, diag};
    FILE *stream = fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int bad = 0;
    if (!stream) {
        diag_error(diag, "cannot read '%s': %s", file, strerror(errno));
        return -1;
    }
    while (!bad && (length = getline(&line, &room, stream)) >= 0) {
        char *start = line;
        while (length > 0 && isspace((unsigned char)line[length - 1])) {
            line[--length] = '\0';
        }
        reading.line++;
        bad = take_line(&reading, start + strspn(start, " \t"));
    }
    if (!bad && ferror(stream)) {
        diag_error(diag, "cannot read '%s': %s", file, strerror(errno));
        bad = -1;
    } else if (!bad && reading.open) {
        bad = complain(&reading, "the last entry has no '}'");
    }
    free(line);
    fclose(stream);
    return bad;
}

int suppressions_begin(struct suppressions *suppressions,
                       const struct campaign_options *options, const struct diag *diag) {
    int bad = 0;
    *suppressions = (struct suppressions){
        .modules = (const char *const *)options->broke_in,
        .module_count = options->broke_in_count,
        .elsewhere = {.name = (char *)"outside of --broke-in"},
    };
    for (size_t i = 0; i < options->ignore_count && !bad; i++) {
        const char *name = options->ignore[i];
        char *installed = access(name, F_OK) == 0
                              ? NULL
                              : installed_find("suppressions", name, ".supp");
        bad = read_file(suppressions, installed ? installed : name, diag);
        free(installed);
    }
    return bad;
}

/** What a finding says to a key: a text, or frames; NULL = nothing. */
static const json_t *answer(const json_t *finding, const struct key *key) {
    const json_t *from = key->place ? json_object_get(finding, key->place) : finding;
    bool nowhere = key->place == broke && !json_is_object(from);
    return json_object_get(nowhere ? json_object_get(finding, "leak_site") : from,
                           key->member);
}

/** Whether a frame's function matches, alone or as MODULE:FUNCTION. */
static bool frame_matches(const char *glob, const json_t *frame) {
    const char *function = json_string_value(json_object_get(frame, "function"));
    const char *module = json_string_value(json_object_get(frame, "module"));
    char whole[512];
    snprintf(whole, sizeof(whole), "%s:%s", module ? module : "",
             function ? function : "");
    return (function && mf_glob_match(glob, function)) || mf_glob_match(glob, whole);
}

/** Whether a text matches; of a path the last part is enough, for a pattern without a slash. */
static bool text_matches(const struct key *key, const char *glob, const char *text) {
    bool path = strcmp(key->member, "file") == 0 || strcmp(key->member, "module") == 0;
    return mf_glob_match(glob, text) ||
           (path && !strchr(glob, '/') && mf_glob_match(glob, path_base(text)));
}

/** Whether a text matches, or one of the frames. */
static bool holds(const struct key *key, const char *glob, const json_t *said) {
    for (size_t i = 0; i < json_array_size(said); i++) {
        if (frame_matches(glob, json_array_get(said, i))) {
            return true;
        }
    }
    return json_is_string(said) && text_matches(key, glob, json_string_value(said));
}

static bool matches(const struct suppression *entry, const json_t *finding) {
    for (size_t i = 0; i < entry->count; i++) {
        const struct suppression_condition *condition = &entry->conditions[i];
        const struct key *key = &keys[condition->key];
        if (!holds(key, condition->glob, answer(finding, key))) {
            return false;
        }
    }
    return true;
}

/** The module in which a finding broke; NULL = it did not break in one. */
static const char *module_of(const json_t *finding) {
    static const struct key key = {"", broke, "module"};
    return json_string_value(answer(finding, &key));
}

/** Note a module of which defects do not count, once, while there is room. */
static void note_place(struct suppressions *suppressions, const char *module) {
    const char *name = module ? path_base(module) : "no module";
    char *places = suppressions->places;
    size_t used = strlen(places), length = strlen(name);
    for (const char *at = places; (at = strstr(at, name)); at += length) {
        bool begins = at == places || at[-1] == ' ';
        if (begins && (at[length] == ',' || !at[length])) {
            return;
        }
    }
    if (used + length + 3 <= sizeof(suppressions->places)) {
        snprintf(places + used, sizeof(suppressions->places) - used, "%s%s",
                 used ? ", " : "", name);
    }
}

/** Whether a finding broke in a module of which defects count. */
static bool broke_in(const struct suppressions *suppressions, const json_t *finding) {
    const char *module = module_of(finding);
    for (size_t i = 0; i < suppressions->module_count && module; i++) {
        if (mf_glob_match(suppressions->modules[i], module) ||
            mf_glob_match(suppressions->modules[i], path_base(module))) {
            return true;
        }
    }
    return suppressions->module_count == 0;
}

/** The entry that suppresses a finding; NULL = none. */
static struct suppression *find(struct suppressions *suppressions,
                                const json_t *finding) {
    for (size_t i = 0; i < suppressions->count; i++) {
        if (matches(&suppressions->list[i], finding)) {
            return &suppressions->list[i];
        }
    }
    return broke_in(suppressions, finding) ? NULL : &suppressions->elsewhere;
}

int suppressions_apply(const struct campaign *campaign, struct defects *defects) {
    struct suppressions *suppressions = campaign->suppressions;
    for (size_t i = 0; i < defects->count; i++) {
        struct defect *defect = defects->list[i];
        if (!defect_counts(defect, campaign->options->aborts)) {
            continue;
        }
        json_t *finding = exploration_finding_json(campaign, defects, defect);
        struct suppression *entry = finding ? find(suppressions, finding) : NULL;
        if (!finding) {
            return -1;
        }
        const char *module = module_of(finding);
        if (entry == &suppressions->elsewhere) {
            note_place(suppressions, module);
        }
        json_decref(finding);
        if (entry) {
            entry->defects++;
            entry->failures += defect->trials;
            defect->suppressed = entry->name;
        }
    }
    return 0;
}

/** Print what an entry suppressed; `places` are the modules in which that broke, or "". */
static void print(const struct suppression *entry, const char *places, FILE *stream) {
    fputs("mallocfail: suppressed: ", stream);
    printable_put(entry->name, stream);
    fprintf(stream, ": %zu defect%s, %zu failure%s", entry->defects,
            plural(entry->defects), entry->failures, plural(entry->failures));
    fputs(*places ? ", in " : "", stream);
    printable_put(places, stream);
    fputc('\n', stream);
}

void suppressions_print(const struct suppressions *suppressions, bool verbose,
                        FILE *stream) {
    for (size_t i = 0; i < suppressions->count; i++) {
        const struct suppression *entry = &suppressions->list[i];
        if (entry->defects > 0) {
            print(entry, "", stream);
        } else if (verbose) {
            fputs("mallocfail: this suppression matched nothing: ", stream);
            printable_put(entry->name, stream);
            fputc('\n', stream);
        }
    }
    if (suppressions->elsewhere.defects > 0) {
        print(&suppressions->elsewhere, suppressions->places, stream);
    }
}

/** Write a text as a pattern that only it matches. */
static void put_pattern(const char *text, FILE *stream) {
    for (; *text; text++) {
        char byte[2] = {*text, '\0'};
        fputs(strchr("*?[\\", *text) ? "\\" : "", stream);
        printable_put(byte, stream);
    }
}

void suppressions_propose(const struct campaign *campaign, const struct defects *defects,
                          FILE *stream) {
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        json_t *finding = defect_counts(defect, campaign->options->aborts)
                              ? exploration_finding_json(campaign, defects, defect)
                              : NULL;
        if (!finding) {
            continue;
        }
        fprintf(stream, "{\n    %016" PRIx64 "\n", defect->finding.signature);
        for (size_t k = 0; k < KEYS; k++) {
            const char *said = json_string_value(answer(finding, &keys[k]));
            // A path differs from machine to machine.
            if (said && strcmp(keys[k].member, "file") != 0) {
                fprintf(stream, "    %s: ", keys[k].name);
                put_pattern(said, stream);
                fputc('\n', stream);
            }
        }
        fputs("}\n", stream);
        json_decref(finding);
    }
}

void suppressions_destroy(struct suppressions *suppressions) {
    for (size_t i = 0; i < suppressions->count; i++) {
        struct suppression *entry = &suppressions->list[i];
        for (size_t k = 0; k < entry->count; k++) {
            free(entry->conditions[k].glob);
        }
        free(entry->conditions);
        free(entry->name);
    }
    free(suppressions->list);
}
