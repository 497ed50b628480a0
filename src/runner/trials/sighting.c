// SPDX-License-Identifier: MIT
#include "runner/trials/sighting.h"

#include "core/policy/mix.h"
#include "runner/diagnose/last_words.h"
#include "runner/diagnose/sanitizer.h"
#include "runner/target/procfile.h"
#include "runner/trials/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** How much of the output is kept. */
#define OUTPUT_MAX ((size_t)64 << 10)

static bool is_deadly(enum outcome outcome) {
    return outcome == OUTCOME_CRASHED || outcome == OUTCOME_ABORTED;
}

/** Keep the last of what the run wrote; or, where it has gone on behind a sanitizer's report, what
 * it wrote from there on. */
static void keep_output(struct sighting *sighting, const struct capture *streams) {
    for (int i = 0; i < 2; i++) {
        uint64_t size = capture_size(&streams[i]) + 1, from;
        size_t room = size < OUTPUT_MAX ? (size_t)size : OUTPUT_MAX;
        char *output = sighting->outputs[i] = malloc(room);
        if (!output) {
            continue;
        }
        if (i == 1 && size > room && !sighting->crashed &&
            judge_find_report(&streams[i], &from) && from < size - room) {
            sighting->lengths[i] = capture_part(&streams[i], from, output, room - 1);
            output[sighting->lengths[i]] = '\0';
        } else {
            sighting->lengths[i] = capture_tail(&streams[i], output, room);
        }
    }
}

/** What there is to know of a run that ended by itself: no crash. */
static void note_end(struct sighting *sighting, const struct sighting_source *source) {
    struct crash *crash = &sighting->crash;
    const struct mf_process *process = channel_process(source->channel, 0);
    crash->pid = process ? atomic_load(&process->pid) : 0;
    crash->tid = crash->pid;
    crash->journal_used = UINT64_MAX;
    crash->end = source->end->status;
    if (source->oracle && source->oracle->image[0]) {
        memcpy(crash->image, source->oracle->image, MF_IMAGE_MAX);
    } else if (source->holder) {
        procfile_image(source->holder, crash->image, sizeof(crash->image));
    } else if (process) {
        memcpy(crash->image, process->image, MF_IMAGE_MAX);
        crash->image[MF_IMAGE_MAX - 1] = '\0';
    }
}

int sighting_begin_leaks(struct sighting *sighting, const struct leaks *leaks) {
    sighting->leaked_blocks = leaks_blocks(leaks);
    sighting->leaked_bytes = leaks_bytes(leaks);
    sighting->open.count = leaks->open_count;
    for (size_t i = 0; i < leaks->open_count && i < FINDING_LEAKS_MAX; i++) {
        snprintf(sighting->open.names[i], sizeof(sighting->open.names[i]), "%s",
                 leaks->open[i]);
    }
    sighting->leaks = calloc(FINDING_LEAKS_MAX, sizeof(sighting->leaks[0]));
    return sighting->leaks ? 0 : -1;
}

/** How many frames, from the outermost one on, are those of the failed allocation, too; 0 of
 * the very same stack: a loop comes there again, and it is not known where that is. */
static size_t count_shared(const struct cause *cause, const struct frame *frames,
                           size_t count) {
    size_t failed = cause->any ? cause->injection.frame_count : 0, shared = 0;
    while (shared < count && shared < failed) {
        const struct frame *one = &frames[count - 1 - shared];
        const struct frame *other = &cause->frames[failed - 1 - shared];
        if (one->module != other->module || one->offset != other->offset) {
            break;
        }
        shared++;
    }
    return shared < count ? shared : 0;
}

void sighting_add_leak(struct sighting *sighting, const struct leak *leak,
                       const struct frame *frames, size_t count) {
    struct sighting_leak *list = sighting->leaks;
    size_t shared = count_shared(&sighting->cause, frames, count);
    size_t at = sighting->leak_count;
    while (at > 0 && list[at - 1].shared < shared) {
        at--;
    }
    if (at == FINDING_LEAKS_MAX) {
        return;
    }
    sighting->leak_count += sighting->leak_count < FINDING_LEAKS_MAX;
    memmove(&list[at + 1], &list[at], (sighting->leak_count - 1 - at) * sizeof(list[0]));
    list[at] = (struct sighting_leak){
        .amount = {.blocks = leak->blocks, .bytes = leak->bytes},
        .count = count,
        .shared = shared,
    };
    memcpy(list[at].frames, frames, count * sizeof(frames[0]));
}

/** Take over the stacks of the blocks that were left; 0 on success. */
static int take_leaks(struct sighting *sighting, const struct sighting_source *source) {
    const struct leaks *leaks = source->end->leaks;
    if (sighting_begin_leaks(sighting, leaks) != 0) {
        return -1;
    }
    for (size_t i = 0; i < leaks->count; i++) {
        const struct leak *leak = &leaks->list[i];
        struct frame frames[MF_FRAMES_MAX];
        for (size_t k = 0; k < leak->frame_count; k++) {
            frames[k] =
                modules_enter(source->modules, source->channel->head, &leak->frames[k]);
        }
        sighting_add_leak(sighting, leak, frames, leak->frame_count);
    }
    return 0;
}

/** What is to blame: where all fail from a point on, the others follow from the first one, and
 * what was lost then is not told by one that was tried again and again. */
static enum cause_choice choose_cause(const struct sighting_source *source) {
    return !source->persistent                           ? CAUSE_LAST
           : source->judgement.outcome == OUTCOME_LEAKED ? CAUSE_FIRST
                                                         : CAUSE_FITTING;
}

/** Note where the first report is that a clean run does not make. */
static void find_caused(struct sighting *sighting, const struct oracle *oracle) {
    struct sanitizer_reports usual = {.count = 0};
    const char *text = sighting->outputs[1];
    if (text && oracle && oracle->streams[1].fd >= 0) {
        judge_read_reports(&usual, &oracle->streams[1]);
        const char *other = sanitizer_other_report(text, &usual);
        sighting->caused_at = *other ? (size_t)(other - text) : 0;
    }
}

int sighting_take(struct sighting *sighting, const struct sighting_source *source) {
    const struct end *end = source->end;
    *sighting = (struct sighting){
        .judgement = source->judgement,
        .status = end->status,
        .timed_out = end->timed_out,
        .crashed = source->crash,
        .allocator = source->channel->head->allocator - 1,
    };
    if (source->crash) {
        sighting->crash = *source->crash;
        *source->crash = (struct crash){0};
    } else {
        note_end(sighting, source);
    }
    sighting->cause = cause_find(source->channel->head, &sighting->crash,
                                 choose_cause(source), source->modules);
    if (source->judgement.outcome == OUTCOME_SILENT && source->oracle &&
        !source->judgement.by_checker && source->judgement.missed == DEMANDS_MET) {
        difference_find(&sighting->difference, end, source->oracle, source->watch);
    }
    if (source->judgement.outcome == OUTCOME_LEAKED && source->end->leaks &&
        take_leaks(sighting, source) != 0) {
        sighting_destroy(sighting);
        return -1;
    }
    keep_output(sighting, end->streams);
    if (!sighting->crashed && is_deadly(source->judgement.outcome)) {
        find_caused(sighting, source->oracle);
    }
    return 0;
}

uint64_t sighting_crash_key(const struct crash *crash, const struct modules *modules) {
    const struct raw_stack *stack = &crash->stack;
    size_t own = raw_stack_before_signal(stack);
    size_t count = own < RAW_STACK_PLACE_FRAMES ? own : RAW_STACK_PLACE_FRAMES;
    bool null = crash->address_known && crash->address < CRASH_NULL_PAGE;
    uint64_t what = mf_mix((uint64_t)crash->signal + MF_MIX_STEP) ^ null;
    return mf_mix(what ^ modules_stack_id(modules, stack->frames, count));
}

void sighting_take_over_proof(const struct sighting *before, struct sighting *after) {
    after->crash.null_proven |=
        before->crash.null_proven &&
        before->cause.injection.stack_id == after->cause.injection.stack_id &&
        before->cause.count == after->cause.count;
}

uint64_t sighting_key(const struct sighting *sighting, const struct modules *modules) {
    if (sighting->crashed) {
        return sighting_crash_key(&sighting->crash, modules);
    }
    uint64_t stack = sighting->cause.any ? sighting->cause.injection.stack_id : 0;
    char headline[SANITIZER_PLACE_MAX], place[SANITIZER_PLACE_MAX];
    if (is_deadly(sighting->judgement.outcome) && sighting->outputs[1] &&
        sanitizer_first(sighting->outputs[1], headline, sizeof(headline), place)) {
        // Programs have stacks in common that lie in libraries.
        for (const char *at = place; *at; at++) {
            stack = mf_mix(stack ^ (unsigned char)*at);
        }
    }
    return mf_mix(mf_mix(sighting->judgement.outcome + MF_MIX_STEP) ^ stack);
}

/** What of the user's demands a run does not meet, in words. */
static const char *missed_demand(const struct sighting *sighting, char text[96]) {
    switch (sighting->judgement.missed) {
    case DEMAND_STATUS:
        snprintf(text, 96, "it ends with status %d, which --expect-status does not allow",
                 WEXITSTATUS(sighting->status));
        return text;
    case DEMAND_MESSAGE:
        return "no line of its standard error matches --expect-message";
    case DEMAND_SHOW:
        return "it succeeds with the usual output, as if nothing had failed (--strict)";
    case DEMAND_END:
        return "it goes on allocating before it ends (--strict)";
    case DEMANDS_MET:
        break;
    }
    return NULL;
}

/** Why nothing was seen of a signal that has killed a process, in words. */
static const char *unseen_reason(int signal) {
    return signal == SIGKILL  ? "it ends a program at once, whoever sent it"
           : signal == SIGSYS ? "a seccomp filter of the program's ends it at once"
                              : "it is not traced";
}

/** What a run did wrong of which no crash was seen, in words. */
static void put_wrong(char *text, size_t size, const struct sighting *sighting,
                      const char *place) {
    char name[32], demand[96];
    enum outcome outcome = sighting->judgement.outcome;
    const char *missed = missed_demand(sighting, demand);
    if (sighting->judgement.words[0]) {
        snprintf(text, size, "%s", sighting->judgement.words);
    } else if (is_deadly(outcome) && WIFEXITED(sighting->status)) {
        int status = WEXITSTATUS(sighting->status);
        snprintf(name, sizeof(name), "exits with status %d", status);
        snprintf(
            text, size, "a sanitizer or valgrind reports a fault%s%s; the program %s",
            place[0] ? " at " : "", place, status == 0 ? "goes on to its end" : name);
    } else if (is_deadly(outcome)) {
        snprintf(text, size, "it is killed by %s; the place is unknown, because %s",
                 signals_name(WTERMSIG(sighting->status), name),
                 unseen_reason(WTERMSIG(sighting->status)));
    } else if (outcome == OUTCOME_LEAKED) {
        snprintf(text, size, "it ends with %s that a clean run does not leave",
                 sighting->open.count == 0      ? "blocks"
                 : sighting->leaked_blocks == 0 ? "open descriptors"
                                                : "blocks and open descriptors");
    } else if (outcome == OUTCOME_HUNG && !sighting->judgement.runaway) {
        snprintf(text, size, "it does not end; the place is unknown");
    } else if (outcome == OUTCOME_HUNG) {
        snprintf(text, size, "it writes without end");
    } else if (missed) {
        snprintf(text, size, "%s", missed);
    } else if (sighting->judgement.by_checker) {
        snprintf(text, size, "the command of --check says that the run is wrong");
    } else {
        snprintf(text, size, "%s differs from a clean run's, without an error message",
                 sighting->difference.where[0] ? sighting->difference.where
                                               : "the output");
    }
}

/** Say more where there is no crash to tell it; 0 on success. */
static int describe(struct finding *finding, const struct finding_context *context,
                    const struct sighting *sighting) {
    char text[200 + SANITIZER_PLACE_MAX];
    finding->difference = sighting->difference;
    finding->leaked_blocks = sighting->leaked_blocks;
    finding->leaked_bytes = sighting->leaked_bytes;
    finding->open = sighting->open;
    for (size_t i = 0; i < sighting->leak_count; i++) {
        const struct sighting_leak *leak = &sighting->leaks[i];
        if (finding_add_leak(finding, context, &leak->amount, leak->frames,
                             leak->count) != 0) {
            return -1;
        }
    }
    char detail[sizeof(finding->verdict.detail)] = "";
    bool reported =
        is_deadly(sighting->judgement.outcome) &&
        sanitizer_first(context->last_words, detail, sizeof(detail), finding->reported);
    bool panics = !reported && is_deadly(sighting->judgement.outcome) &&
                  WIFEXITED(sighting->status) &&
                  last_words_failed_check(context->last_words, detail, sizeof(detail),
                                          finding->reported, sizeof(finding->reported));
    if (panics) {
        snprintf(text, sizeof(text), "a check ends the program: %s", detail);
    } else {
        put_wrong(text, sizeof(text), sighting, finding->reported);
    }
    if (finding_judge_end(finding, context, sighting->judgement.outcome, text) != 0) {
        return -1;
    }
    if (reported || panics) {
        finding->verdict.class = reported ? CLASS_SANITIZER : CLASS_FAILED_CHECK;
        memcpy(finding->verdict.detail, detail, sizeof(detail));
    }
    return 0;
}

/** Make the finding; 0 on success. */
static int make(struct defect *defect, const struct sighting *sighting,
                struct defects *defects) {
    const struct finding_context context = {
        .cause = &sighting->cause,
        .allocator = sighting->allocator,
        .modules = &defects->modules,
        .symbols = defects->symbols,
        .last_words = defect->outputs[1] ? defect->outputs[1] + sighting->caused_at : "",
        .wrappers = defects->wrappers,
        .caller = defects->caller,
    };
    struct finding *finding = &defect->finding;
    if (finding_make(finding, &context, &defect->crash) != 0 ||
        (!sighting->crashed && describe(finding, &context, sighting) != 0)) {
        return -1;
    }
    if (!sighting->crashed && is_deadly(sighting->judgement.outcome) &&
        WIFSIGNALED(sighting->status)) {
        // Last, lest it be judged by facts that are not there.
        defect->crash.signal = WTERMSIG(sighting->status);
    }
    enum demand missed = sighting->judgement.missed;
    if (missed != DEMANDS_MET) {
        finding->verdict.class = missed == DEMAND_SHOW || missed == DEMAND_END
                                     ? CLASS_IGNORED_FAILURE
                                     : CLASS_UNEXPECTED_END;
    }
    if (sighting->judgement.outcome == OUTCOME_HUNG && !sighting->crashed) {
        finding->verdict.class =
            sighting->judgement.runaway ? CLASS_SPINNING : CLASS_HANG;
    } else if (sighting->judgement.runaway && finding->verdict.outcome == OUTCOME_HUNG) {
        finding->verdict.class = CLASS_SPINNING;
    }
    if (sighting->judgement.outcome == OUTCOME_SICK) {
        // Where it stands is where later requests hang.
        finding->verdict.outcome = OUTCOME_SICK;
    }
    return 0;
}

struct defect *sighting_name(struct sighting *sighting, struct defects *defects) {
    struct defect *defect = calloc(1, sizeof(*defect));
    if (!defect) {
        return NULL;
    }
    defect->crash = sighting->crash;
    sighting->crash = (struct crash){0};
    for (int i = 0; i < 2; i++) {
        defect->outputs[i] = sighting->outputs[i];
        defect->lengths[i] = sighting->lengths[i];
        sighting->outputs[i] = NULL;
    }
    if (make(defect, sighting, defects) != 0) {
        defect_free(defect);
        return NULL;
    }
    defect->cause = defects_cause(defects, &defect->finding);
    return defect;
}

void sighting_destroy(struct sighting *sighting) {
    crash_destroy(&sighting->crash);
    free(sighting->leaks);
    free(sighting->outputs[0]);
    free(sighting->outputs[1]);
    *sighting = (struct sighting){0};
}
