// SPDX-License-Identifier: MIT
#include "runner/suite/ownends.h"

#include "runner/diagnose/sanitizer.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/** The most ends that are named in the line. */
#define NAMES_MAX 4
/** The size of a name, with its NUL. */
#define NAME_MAX_SIZE 300

/** Write what a process comes to: "SIGABRT in set() at set.c:7". */
static void put_name(char text[NAME_MAX_SIZE], const struct finding *finding,
                     const struct modules *modules) {
    char name[32], place[64] = "";
    const struct crash *crash = finding->crash;
    const char *what = crash->signal ? signals_name(crash->signal, name) : "no end";
    const struct named_stack *stack = &finding->crash_stack;
    size_t site = finding->verdict.crash_site;
    if (site >= stack->count) {
        snprintf(text, NAME_MAX_SIZE, "%s in %s", what, crash->image);
        return;
    }
    const struct named_frame *frame = &stack->frames[site];
    const struct symbol *symbol = frame->symbol;
    const char *module = modules_name(modules, frame->raw.module);
    if (symbol->file && symbol->line > 0) {
        snprintf(place, sizeof(place), " at %s:%d", path_base(symbol->file),
                 symbol->line);
    }
    if (symbol->short_name) {
        snprintf(text, NAME_MAX_SIZE, "%s in %s()%s", what, symbol->short_name, place);
    } else {
        snprintf(text, NAME_MAX_SIZE, "%s at %s+0x%" PRIx64, what, module ? module : "?",
                 frame->raw.offset);
    }
}

/** Write what a sanitizer reports: "AddressSanitizer: heap-use-after-free at use.c:7". */
static void put_report(char text[NAME_MAX_SIZE], const char *headline,
                       const char *place) {
    snprintf(text, NAME_MAX_SIZE, "%.*s%s%s", NAME_MAX_SIZE - SANITIZER_PLACE_MAX - 5,
             headline, place[0] ? " at " : "", place);
}

/** Name a sighting, which stays as it is; 0 on success. */
static int name(char text[NAME_MAX_SIZE], const struct campaign *campaign,
                const struct sighting *sighting) {
    struct defects *defects = campaign->defects;
    char headline[NAME_MAX_SIZE], place[SANITIZER_PLACE_MAX];
    if (!sighting->crashed && sighting->outputs[1] &&
        sanitizer_first(sighting->outputs[1], headline, sizeof(headline), place)) {
        put_report(text, headline, place);
        return 0;
    }
    const struct finding_context context = {
        .cause = &sighting->cause,
        .allocator = sighting->allocator,
        .modules = &defects->modules,
        .symbols = defects->symbols,
        .last_words = sighting->outputs[1] ? sighting->outputs[1] : "",
        .wrappers = defects->wrappers,
        .caller = defects->caller,
    };
    struct finding finding;
    if (finding_make(&finding, &context, &sighting->crash) != 0) {
        return -1;
    }
    if (finding.verdict.class == CLASS_SANITIZER) {
        put_report(text, finding.verdict.detail, finding.reported);
    } else {
        put_name(text, &finding, &defects->modules);
    }
    finding_destroy(&finding);
    return 0;
}

/** Add failures to the end of a name; non-zero when memory ran out. */
static int add(json_t *list, const char *text, size_t failures) {
    json_t *end;
    size_t at;
    json_array_foreach(list, at, end) {
        if (strcmp(json_string_value(json_object_get(end, "end")), text) == 0) {
            uint64_t before =
                (uint64_t)json_integer_value(json_object_get(end, "failures"));
            return json_put(end, "failures", json_count(before + failures));
        }
    }
    end = json_object();
    int bad = json_put(end, "end", json_text(text));
    bad |= json_put(end, "failures", json_count(failures));
    return json_array_append_new(list, json_finished(end, bad));
}

int ownends_find(struct campaign *campaign) {
    const struct sightings *sightings = &campaign->sightings;
    size_t *counts = calloc(sightings->count + 1, sizeof(counts[0]));
    campaign->own_ends = json_array();
    int bad = !counts || !campaign->own_ends;
    for (size_t i = 0; i < campaign->trial_count && !bad; i++) {
        const struct trial *trial = &campaign->trials[i];
        bool own = trial->state == TRIAL_DONE && trial->own > 0;
        counts[own && trial->own <= sightings->count ? trial->own : 0]++;
    }
    for (size_t i = 1; i <= sightings->count && !bad; i++) {
        char text[NAME_MAX_SIZE];
        bad = counts[i] > 0 &&
              (name(text, campaign, &sightings->list[i - 1].sighting) != 0 ||
               add(campaign->own_ends, text, counts[i]) != 0);
    }
    free(counts);
    return bad ? -1 : 0;
}

void ownends_print(const struct campaign *campaign, FILE *stream) {
    const json_t *end;
    uint64_t failures = 0;
    size_t at, count = json_array_size(campaign->own_ends);
    json_array_foreach(campaign->own_ends, at, end) {
        failures += (uint64_t)json_integer_value(json_object_get(end, "failures"));
    }
    if (failures == 0) {
        return;
    }
    fprintf(stream,
            "mallocfail: %" PRIu64 " failure%s ended as the program does when nothing "
            "fails: ",
            failures, plural(failures));
    json_array_foreach(campaign->own_ends, at, end) {
        if (at < NAMES_MAX) {
            fputs(at > 0 ? ", " : "", stream);
            printable_put(json_string_value(json_object_get(end, "end")), stream);
        }
    }
    if (count > NAMES_MAX) {
        fprintf(stream, " and %zu more", count - NAMES_MAX);
    }
    fputc('\n', stream);
}
