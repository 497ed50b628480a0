// SPDX-License-Identifier: MIT
#include "runner/diagnose/sentence.h"

#include "runner/diagnose/callname.h"
#include "runner/util/figures.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"
#include "runner/util/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct sentence sentence_begin(const struct outcome_facts *facts,
                               const struct outcome_verdict *verdict, char *text,
                               size_t size) {
    const struct outcome_injection *injection = facts->injection;
    size_t broken = verdict->crash_site, failed = verdict->injection_site;
    bool has_failed = injection && failed < injection->count;
    return (struct sentence){
        .facts = facts,
        .verdict = verdict,
        .crash = broken < facts->count ? &facts->frames[broken] : NULL,
        .injection = has_failed ? &injection->frames[failed] : NULL,
        .text = text,
        .size = size,
    };
}

void sentence_end(struct sentence *sentence) {
    static const char dots[] = "...";
    printable_fix(sentence->text);
    sentence->used = strlen(sentence->text);
    if (sentence->used + 1 < sentence->size) {
        return;
    }
    size_t end = utf8_cut(sentence->text, sentence->size - sizeof(dots));
    memcpy(sentence->text + end, dots, sizeof(dots));
}

void sentence_put(struct sentence *sentence, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = vsnprintf(sentence->text + sentence->used,
                           sentence->size - sentence->used, format, list);
    va_end(list);
    size_t left = sentence->size - 1 - sentence->used;
    sentence->used += length > 0 && (size_t)length < left ? (size_t)length : left;
}

void sentence_put_number(struct sentence *sentence, uint64_t number) {
    sentence_put(sentence, "%s", figure_count(number).text);
}

void sentence_put_function(struct sentence *sentence, const char *function) {
    size_t length;
    const char *name = callname_plain(function, &length);
    bool bare = strncmp(name, "operator ", 9) == 0 || strstr(name, "::operator") ||
                (length > 0 && name[length - 1] == ')');
    sentence_put(sentence, "%.*s%s", (int)length, name, bare ? "" : "()");
}

/** "at tree.c:87", or "in grow (libtree.so)" where no line is known, "at
 * libtree.so+0x1a2b" where no name is. */
static void put_place(struct sentence *sentence, const struct outcome_frame *frame) {
    if (frame->file) {
        sentence_put(sentence, "at %s", path_base(frame->file));
        if (frame->line > 0) {
            sentence_put(sentence, ":%d", frame->line);
        }
    } else if (frame->function && frame->module) {
        sentence_put(sentence, "in %s (%s)", frame->function, frame->module);
    } else if (frame->module && frame->offset) {
        sentence_put(sentence, "at %s+0x%" PRIx64, frame->module, frame->offset);
    } else if (frame->function || frame->module) {
        sentence_put(sentence, "in %s",
                     frame->function ? frame->function : frame->module);
    } else {
        sentence_put(sentence, "at an unknown place");
    }
}

/** "at tree.c:87 in grow()" */
static void put_place_and_function(struct sentence *sentence,
                                   const struct outcome_frame *frame) {
    put_place(sentence, frame);
    if (frame->file && frame->function) {
        sentence_put(sentence, " in ");
        sentence_put_function(sentence, frame->function);
    }
}

void sentence_put_actor(struct sentence *sentence, const struct outcome_frame *frame) {
    if (frame->function && frame->file) {
        sentence_put_function(sentence, frame->function);
        sentence_put(sentence, " ");
        put_place(sentence, frame);
    } else if (frame->function) {
        sentence_put(sentence, "%s (%s)", frame->function,
                     frame->module ? frame->module : "?");
    } else {
        sentence_put(sentence, "code ");
        put_place(sentence, frame);
    }
}

const char *sentence_called(const struct sentence *sentence) {
    size_t site = sentence->verdict->crash_site;
    return site > 0 ? callname_whole(sentence->facts->frames[site - 1].function) : NULL;
}

const char *sentence_allocating(const struct sentence *sentence) {
    const struct outcome_injection *injection = sentence->facts->injection;
    size_t site = sentence->verdict->injection_site;
    return injection && site > 0 ? injection->frames[site - 1].function : NULL;
}

void sentence_put_call(struct sentence *sentence) {
    const struct outcome_injection *injection = sentence->facts->injection;
    if (injection->error && injection->size == 0) {
        sentence_put(sentence, "%s()", injection->function);
    } else {
        sentence_put(sentence, "%s(%" PRIu64 ")", injection->function, injection->size);
    }
}

/** "malloc(16)", "malloc(16) for strdup()" */
static void put_allocation(struct sentence *sentence) {
    sentence_put_call(sentence);
    const char *function = sentence_allocating(sentence);
    if (function) {
        sentence_put(sentence, " for ");
        sentence_put_function(sentence, function);
    }
}

void sentence_put_failure(struct sentence *sentence) {
    put_allocation(sentence);
    if (sentence->injection) {
        sentence_put(sentence, " ");
        put_place(sentence, sentence->injection);
    }
}

/** "malloc(16) failed at tree.c:87", "open() failed with EMFILE at tree.c:87" */
static void put_failed(struct sentence *sentence) {
    const char *error = sentence->facts->injection->error;
    put_allocation(sentence);
    sentence_put(sentence, error ? " failed with %s" : " failed", error);
    if (sentence->injection) {
        sentence_put(sentence, " ");
        put_place(sentence, sentence->injection);
    }
}

void sentence_put_after(struct sentence *sentence) {
    if (sentence->facts->injection) {
        sentence_put(sentence, "after ");
        put_failed(sentence);
        sentence_put(sentence, ", ");
    }
}

void sentence_put_cause(struct sentence *sentence) {
    if (sentence->facts->injection) {
        sentence_put(sentence, ", after ");
        put_failed(sentence);
    }
}

bool sentence_same_function(const struct outcome_frame *a,
                            const struct outcome_frame *b) {
    return callname_equal(a->function, b->function) &&
           (!a->module || !b->module || strcmp(a->module, b->module) == 0);
}

/** How many calls out of frames[from] a function stands; 0 = not among them. */
static size_t calls_out_to(const struct outcome_frame *function,
                           const struct outcome_frame *frames, size_t count,
                           size_t from) {
    for (size_t i = from + 1; i < count; i++) {
        if (sentence_same_function(&frames[i], function)) {
            return i - from;
        }
    }
    return 0;
}

/** Whether the function that allocated is still at it, `calls` out of the crash site:
 * then it broke on its own way out, and its caller never saw the NULL. */
static bool is_still_allocating(const struct sentence *sentence, size_t calls) {
    size_t at = sentence->verdict->crash_site + calls;
    size_t site = sentence->verdict->injection_site;
    return site > 0 &&
           sentence_same_function(&sentence->facts->frames[at - 1],
                                  &sentence->facts->injection->frames[site - 1]);
}

struct relation sentence_relation(const struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    const struct outcome_verdict *verdict = sentence->verdict;
    if (!sentence->crash || !sentence->injection) {
        return (struct relation){RELATION_NONE, 0};
    }
    if (sentence_same_function(sentence->crash, sentence->injection)) {
        return (struct relation){RELATION_SAME, 0};
    }
    size_t calls = calls_out_to(sentence->crash, facts->injection->frames,
                                facts->injection->count, verdict->injection_site);
    if (calls > 0) {
        return (struct relation){RELATION_CALLER, calls};
    }
    calls = calls_out_to(sentence->injection, facts->frames, facts->count,
                         verdict->crash_site);
    bool called = calls > 0 && !is_still_allocating(sentence, calls);
    return (struct relation){called ? RELATION_CALLEE : RELATION_NONE, calls};
}

/** ", in its caller build_list()", ", 3 calls up in main()" */
static void put_relation(struct sentence *sentence, struct relation relation) {
    const struct outcome_frame *crash = sentence->crash;
    bool caller = relation.kind == RELATION_CALLER;
    // Where there is no line the place is the function, and is not named again.
    bool name = crash->file != NULL;
    if (relation.kind == RELATION_SAME) {
        sentence_put(sentence, name ? ", in the same function" : ", the same function");
        return;
    }
    if (relation.calls == 1) {
        sentence_put(sentence, "%s%s", name ? ", in " : ", ",
                     caller ? "its caller" : "its callee");
    } else {
        sentence_put(sentence, ", %zu calls %s", relation.calls, caller ? "up" : "down");
    }
    if (name) {
        sentence_put(sentence, relation.calls > 1 ? " in " : " ");
        sentence_put_function(sentence, crash->function);
    }
}

void sentence_put_crash_place(struct sentence *sentence) {
    struct relation relation = sentence_relation(sentence);
    if (!sentence->crash) {
        sentence_put(sentence, " at an unknown place");
    } else if (relation.kind == RELATION_NONE) {
        sentence_put(sentence, " ");
        put_place_and_function(sentence, sentence->crash);
    } else {
        sentence_put(sentence, " ");
        put_place(sentence, sentence->crash);
        put_relation(sentence, relation);
    }
}

void sentence_put_plain_crash_place(struct sentence *sentence) {
    sentence_put(sentence, " ");
    if (!sentence->crash) {
        sentence_put(sentence, "at an unknown place");
    } else if (sentence_relation(sentence).kind == RELATION_SAME) {
        put_place(sentence, sentence->crash);
    } else {
        put_place_and_function(sentence, sentence->crash);
    }
}
