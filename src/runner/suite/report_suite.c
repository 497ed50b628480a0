// SPDX-License-Identifier: MIT
#include "runner/suite/report_suite.h"

#include "core/policy/resource.h"
#include "runner/explore/report_explore.h"
#include "runner/results/chosen.h"
#include "runner/suite/gone.h"
#include "runner/suite/others.h"
#include "runner/suite/ownends.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void print_end(const struct desks *desks, const struct suite_end *end,
                      FILE *stream) {
    char name[32];
    uint64_t processes = atomic_load(&desks->suite->processes);
    fprintf(stream, "mallocfail: the suite ");
    if (!end->ended) {
        fputs("was ended", stream);
    } else if (WIFSIGNALED(end->status)) {
        fprintf(stream, "was killed by %s", signals_name(WTERMSIG(end->status), name));
    } else {
        fprintf(stream, "ended with exit status %d", WEXITSTATUS(end->status));
    }
    fprintf(stream, " after %.2f s; %" PRIu64 " process%s tested\n",
            (double)end->elapsed_ns / (double)CLOCK_SECOND, processes,
            processes == 1 ? " was" : "es were");
    if (desks->suite->within) {
        fprintf(stream,
                "mallocfail: of that, processes were held for %.2f s (--within %gx)\n",
                (double)atomic_load(&desks->suite->held_ns) / (double)CLOCK_SECOND,
                (double)desks->suite->within / 1000);
    }
}

/** Stacks that no process could be held at. */
struct untried {
    size_t stacks;
    /** Those whose call site was never tried; and all stacks whose call site is not known. */
    size_t sites, frameless;
    /** How many for each reason. */
    size_t reasons[CAMPAIGN_REASONS];
    /** Whether there were stacks that the table has no entry for. */
    bool unlisted;
    /** Those that were not to be tried: of other modules, or in other parts. */
    size_t spared, elsewhere;
};

/** Whether the frames of a stack are there: there may have been no room for them. */
static bool has_frames(const struct mf_stack *stack) {
    uint64_t first = stack->first, count = stack->count;
    return count > 0 && first + count <= STACKS_FRAMES;
}

/** Whether no allocation was tried that came by a stack's innermost frames, as far as known. */
static bool is_new_site(const struct desks *desks, const struct mf_stack *stack) {
    return has_frames(stack) &&
           mf_novel_judge(desks->suite->tried, &desks->frames[stack->first],
                          stack->count) == MF_NOVEL_SITE;
}

static struct untried count_untried(const struct desks *desks) {
    struct untried untried = {.unlisted = atomic_load(&desks->suite->unlisted) > 0};
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        const struct mf_suite_stack *stack = &desks->stacks[i];
        const struct trial *trial = desks_trial(desks, i);
        uint32_t state = atomic_load(&stack->state);
        if (state == MF_SUITE_COMMON || state == MF_SUITE_SPOKEN_FOR) {
            continue;
        }
        untried.frameless += desks->table[i].id && !has_frames(&desks->table[i]);
        if (!trial && desks->table[i].id) {
            bool shard = state == MF_SUITE_SPARED &&
                         atomic_load(&stack->reason) != MF_POINT_SKIPPED;
            untried.elsewhere += shard;
            untried.spared += !shard;
        } else if (trial && trial->state == TRIAL_OPEN &&
                   campaign_is_hurried(trial->reason)) {
            untried.stacks++;
            untried.reasons[trial->reason]++;
            untried.sites += is_new_site(desks, &desks->table[i]);
        }
    }
    return untried;
}

/** Tell how many stacks are not wanted, and by which options. */
static void print_spared(const struct desks *desks, size_t spared, FILE *stream) {
    const struct points_choice *choice = &desks->inplace.campaign->options->choice;
    bool functions = choice->only_function.count + choice->skip_function.count > 0;
    bool modules = choice->only.count + choice->skip.count > 0;
    fprintf(stream, "mallocfail: %zu stack%s of other %s (%s%s%s)\n", spared,
            spared == 1 ? " is" : "s are",
            !functions ? "modules"
            : modules  ? "modules or functions"
                       : "functions",
            modules ? "--only-module, --skip-module" : "",
            modules && functions ? ", " : "",
            functions ? "--only-function, --skip-function" : "");
}

/** Tell how many of them there are. */
static void print_untried(const struct desks *desks, FILE *stream) {
    const struct untried untried = count_untried(desks);
    if (untried.elsewhere) {
        fprintf(stream, "mallocfail: %zu stack%s in other parts (--shard)\n",
                untried.elsewhere, untried.elsewhere == 1 ? " is" : "s are");
    }
    if (untried.spared) {
        print_spared(desks, untried.spared, stream);
    }
    if (untried.stacks == 0) {
        return;
    }
    fprintf(stream, "mallocfail: %zu stack%s not tried:", untried.stacks,
            untried.stacks == 1 ? " was" : "s were");
    const char *before = "";
    for (size_t i = 0; i < CAMPAIGN_REASONS; i++) {
        if (untried.reasons[i]) {
            if (untried.reasons[i] == untried.stacks) {
                fprintf(stream, " %s %s", untried.stacks == 1 ? "it" : "all",
                        campaign_reason(i));
            } else {
                fprintf(stream, "%s %zu %s", before, untried.reasons[i],
                        campaign_reason(i));
            }
            before = ",";
        }
    }
    const char *known =
        untried.frameless || untried.unlisted ? ", as far as is known" : "";
    if (untried.sites) {
        fprintf(stream, "; %zu of them at call sites that were never tried%s\n",
                untried.sites, known);
    } else {
        fprintf(stream, "; none of them at a call site that was never tried%s\n", known);
    }
}

/** Say how stacks that lie in libraries only are counted, where that makes a difference. */
static void print_shared(const struct commands_shared *shared, FILE *stream) {
    if (shared->by_program == shared->stacks && shared->early == 0) {
        return;
    }
    fprintf(
        stream,
        "mallocfail: %zu stack%s in libraries only%s, and count%s once per program that "
        "reaches %s: %zu time%s",
        shared->stacks, shared->stacks == 1 ? " lies" : "s lie",
        shared->nameless ? ", or in programs without a build ID" : "",
        shared->stacks == 1 ? "s" : "", shared->stacks == 1 ? "it" : "them",
        shared->by_program, plural(shared->by_program));
    if (shared->early > 0) {
        fprintf(
            stream,
            "; %zu of them count%s once for all programs: %s the first one before main",
            shared->early, shared->early == 1 ? "s" : "",
            shared->early == 1 ? "it ended" : "they ended");
    }
    fputc('\n', stream);
}

/** What was not run to its end, and what of that only waited. */
static void print_survivors(const struct campaign *campaign, FILE *stream) {
    size_t waited = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        waited += trial->state == TRIAL_DONE && trial->outcome == OUTCOME_SURVIVED &&
                  trial->waited;
    }
    if (campaign->survived) {
        fprintf(stream,
                "mallocfail: %zu failure%s not run to %s end: --fresh does so by running "
                "the commands again\n",
                campaign->survived, campaign->survived == 1 ? " was" : "s were",
                campaign->survived == 1 ? "its" : "their");
    }
    if (waited) {
        fprintf(stream,
                "mallocfail: %zu of them waited for a time to pass when %s process could "
                "be held no longer: a longer --hold shows more\n",
                waited, waited == 1 ? "its" : "their");
    }
}

/** What was tried after the suite, and what was not, and why. */
static void print_left(const struct campaign *campaign, FILE *stream) {
    size_t counts[TRIAL_LEFTS] = {0}, left = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        counts[campaign->trials[i].left]++;
    }
    if (counts[TRIAL_LEFT_FRESH]) {
        fprintf(stream,
                "mallocfail: %zu of them %s tried after the suite, by running "
                "their commands again\n",
                counts[TRIAL_LEFT_FRESH], counts[TRIAL_LEFT_FRESH] == 1 ? "was" : "were");
    }
    print_survivors(campaign, stream);
    if (counts[TRIAL_LEFT]) {
        fprintf(stream,
                "mallocfail: %zu failure%s left: --fresh tries %s by running their "
                "commands again\n",
                counts[TRIAL_LEFT], counts[TRIAL_LEFT] == 1 ? " is" : "s are",
                counts[TRIAL_LEFT] == 1 ? "it" : "them");
    }
    for (unsigned i = TRIAL_LEFT_FRESH + 1; i < TRIAL_LEFTS; i++) {
        if (counts[i]) {
            fprintf(stream, "%s%s (%zu)",
                    left ? ", " : "mallocfail: not tried: ", trial_left_words(i),
                    counts[i]);
            left += counts[i];
        }
    }
    if (left) {
        fputc('\n', stream);
    }
    if (counts[TRIAL_LEFT_PIPE]) {
        fputs(
            "mallocfail: input from a pipe is not kept: to try such a command, save its "
            "input in a file, and run mallocfail --input FILE -- COMMAND\n",
            stream);
    }
}

/** Leave the reasons to the line that has the stacks: the other only counts processes. */
static void leave_hurried(struct campaign *campaign) {
    for (size_t i = 0; i < CAMPAIGN_REASONS; i++) {
        campaign->unsuited[i] = campaign_is_hurried(i) ? 0 : campaign->unsuited[i];
    }
}

/** How many stacks are of resource functions, where they fail, too; or that none is. */
static void print_also(const struct campaign *campaign, FILE *stream) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    bool any = false;
    for (unsigned i = 0; campaign->options->also && mf_resource_at(i); i++) {
        size_t count = 0;
        for (size_t k = 0; k < stacks->count; k++) {
            count += stacks->list[k].function == mf_resource_function(i);
        }
        if (count > 0) {
            fprintf(stream, "%s%zu of %s",
                    any ? ", " : "mallocfail: of all stacks: ", count,
                    mf_resource_at(i)->name);
            any = true;
        }
    }
    if (any) {
        fputs("; the others ask for memory\n", stream);
    } else if (campaign->options->also) {
        fputs("mallocfail: no program calls a function of --also, as far as can be seen: "
              "only memory fails\n",
              stream);
    }
}

/** How many failures were tried, and how. */
static void print_tried(struct campaign *campaign, const struct desks *desks,
                        FILE *stream) {
    size_t fresh = campaign->done - campaign->in_place - campaign->inferred;
    fprintf(stream, "mallocfail: %zu of %zu failure%s tried: %zu in place, %zu inferred",
            campaign->done, campaign->planned, plural(campaign->planned),
            campaign->in_place, campaign->inferred);
    if (fresh) {
        fprintf(stream, ", %zu fresh", fresh);
    }
    leave_hurried(campaign);
    report_unsuited(campaign, stream);
    fputc('\n', stream);
    print_also(campaign, stream);
    print_shared(&desks->commands.shared, stream);
    print_untried(desks, stream);
    // Where the user ends a suite, what it held ends, too.
    if (desks->ended_held && !campaign->stopped_by) {
        fprintf(stream,
                "mallocfail: %zu process%s ended while %s held: if a time limit of the "
                "tests ended %s, hold processes for less time (--hold)\n",
                desks->ended_held, desks->ended_held == 1 ? "" : "es",
                desks->ended_held == 1 ? "it was" : "they were",
                desks->ended_held == 1 ? "it" : "them");
    }
    print_left(campaign, stream);
    ownends_print(campaign, stream);
    report_leaks(campaign, stream);
    report_frameless(count_untried(desks).frameless, stream);
    chosen_print(campaign, stream);
    uint64_t unlisted = atomic_load(&desks->suite->unlisted);
    if (unlisted) {
        fprintf(
            stream,
            "mallocfail: %" PRIu64
            " allocation%s had a stack for which the table had no room: call sites that "
            "were never tried may be among them\n",
            unlisted, plural(unlisted));
    }
    if (atomic_load(&desks->channel.head->modules_used) >= MF_MODULES_MAX) {
        fprintf(stream,
                "mallocfail: more than %d programs and libraries: call sites in the "
                "others are not named, and are one for --only-module and the like\n",
                MF_MODULES_MAX - 1);
    }
}

/** Say where findings may lack commands. */
static void print_lost(const struct desks *desks, FILE *stream) {
    uint64_t lost = desks->commands.lost;
    if (lost) {
        fprintf(stream,
                "mallocfail: findings may have more commands than they name: %" PRIu64
                " time%s there was no room to record one\n",
                lost, plural(lost));
    }
}

/** Say that not all files of programs were looked at. */
static void print_not_looked_at(const struct campaign *campaign, FILE *stream) {
    if (campaign->not_looked_at > 0) {
        fprintf(stream,
                "mallocfail: not looked for allocators of their own, and for what their "
                "builds do not show, because time ran out: the files of %zu program%s\n",
                campaign->not_looked_at, plural(campaign->not_looked_at));
    }
}

/** Say that some processes went on when the suite had ended. */
static void print_left_running(const struct campaign *campaign, FILE *stream) {
    size_t count = campaign->oracle.left_running;
    if (count > 0) {
        fprintf(stream,
                "mallocfail: %zu process%s still ran when the suite had ended, and %s "
                "killed: what %s then is not tested\n",
                count, plural_es(count), count == 1 ? "was" : "were",
                count == 1 ? "it would have done" : "they would have done");
    }
}

void report_suite(struct campaign *campaign, const struct desks *desks,
                  const struct suite_end *end, FILE *stream) {
    print_end(desks, end, stream);
    print_left_running(campaign, stream);
    print_tried(campaign, desks, stream);
    others_print(desks->suite, stream);
    print_lost(desks, stream);
    print_not_looked_at(campaign, stream);
    gone_print(campaign, stream);
    report_found(campaign, campaign->defects, stream);
}

void report_suite_nothing(struct campaign *campaign, const struct desks *desks,
                          const struct suite_end *end, FILE *stream) {
    const struct mf_suite *suite = desks->suite;
    const struct untried untried = count_untried(desks);
    if (untried.stacks == 0 && untried.spared + untried.elsewhere > 0 &&
        campaign->trial_count == 0) {
        diag_error(campaign->diag,
                   "nothing was tested: all stacks are in other parts (--shard) or of "
                   "other modules (--only-module, --skip-module) or functions "
                   "(--only-function, --skip-function)");
    } else if (campaign->planned > 0) {
        diag_error(campaign->diag, "nothing was tested: no failure could be tried");
        print_tried(campaign, desks, stream);
    } else if (atomic_load(&suite->processes) > 0) {
        diag_error(campaign->diag, "nothing was tested: no allocation was seen in the "
                                   "processes of the programs under test");
    } else if (others_all_under_valgrind(suite)) {
        diag_error(campaign->diag,
                   "nothing was tested: all programs to be tested ran under valgrind");
    } else {
        diag_error(campaign->diag,
                   suite->glob_count > 0
                       ? "nothing was tested: no program ran that --program "
                         "selects (by its name, or by its whole path)"
                       : "nothing was tested: no program ran from outside of "
                         "the system's directories, as far as the library "
                         "reaches them (--program selects others)");
    }
    if (!end->ended || end->status != 0) {
        // It may never have come to its tests.
        print_end(desks, end, stream);
    }
    print_left_running(campaign, stream);
    others_print(suite, stream);
    gone_print(campaign, stream);
}
