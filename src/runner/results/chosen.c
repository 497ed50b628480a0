// SPDX-License-Identifier: MIT
#include "runner/results/chosen.h"

#include "core/channel/stackid.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"

#include <inttypes.h>

struct chosen {
    /** Allocations whose stacks are known and wanted, and how many of them are points. */
    uint64_t allocations, points;
    /** Stacks that may each stand for several, and the same of them. */
    uint64_t cut_stacks, cut_allocations, cut_points;
};

static struct chosen count(const struct campaign *campaign) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    struct chosen chosen = {0};
    for (size_t i = 0; i < stacks->count; i++) {
        const struct stacks_entry *stack = &stacks->list[i];
        if (!stack->left_out) {
            chosen.allocations += stack->allocations;
            chosen.cut_stacks += stack->cut;
            chosen.cut_allocations += stack->cut ? stack->allocations : 0;
        }
    }
    for (size_t i = 0; i < campaign->points.count; i++) {
        const struct stacks_entry *stack =
            stacks_find(stacks, campaign->points.list[i].stack_id);
        chosen.points += stack != NULL;
        chosen.cut_points += stack && stack->cut;
    }
    return chosen;
}

/** Whether it is the tool that has left out allocations, and not the user. */
static bool is_by_stack(const struct points_choice *choice) {
    return choice->kind == POINTS_STACKS && choice->shards == 0 &&
           !selection_has_numbers(&choice->selection);
}

/** Tell of stacks that may stand for several. In a suite each of them has failed once. */
static void print_cut(const struct campaign *campaign, const struct chosen *chosen,
                      FILE *stream) {
    bool suite = campaign->commands;
    if (chosen->cut_stacks == 0 ||
        (!suite && chosen->cut_points >= chosen->cut_allocations)) {
        return;
    }
    fprintf(
        stream,
        "mallocfail: %" PRIu64
        " stack%s may stand for several: not all of %s frames are known (code without "
        "unwind tables, or without a file, or more than %u calls)",
        chosen->cut_stacks, plural(chosen->cut_stacks),
        chosen->cut_stacks == 1 ? "its" : "their", MF_STACKID_DEPTH);
    if (suite) {
        fputs("; to try all of such a program's allocations: mallocfail --points all -- "
              "COMMAND\n",
              stream);
    } else {
        fprintf(stream,
                "; %" PRIu64 " of %s %" PRIu64
                " allocations were chosen (--points all tries each)\n",
                chosen->cut_points, chosen->cut_stacks == 1 ? "its" : "their",
                chosen->cut_allocations);
    }
}

void chosen_print(const struct campaign *campaign, FILE *stream) {
    const struct chosen chosen = count(campaign);
    if (!is_by_stack(&campaign->options->choice)) {
        return;
    }
    uint64_t allocations = chosen.allocations - chosen.cut_allocations;
    uint64_t points = chosen.points - chosen.cut_points;
    if (!campaign->commands && !campaign->served && points < allocations) {
        fprintf(stream,
                "mallocfail: %" PRIu64 " of %" PRIu64
                " allocations were chosen: of each stack the first, the second and "
                "the last (--points all tries each)\n",
                points, allocations);
    }
    print_cut(campaign, &chosen, stream);
}

json_t *chosen_json(const struct campaign *campaign) {
    const struct chosen chosen = count(campaign);
    json_t *object = json_object();
    int bad = json_put(object, "allocations", json_count(chosen.allocations));
    bad |= json_put(object, "points", json_count(chosen.points));
    bad |= json_put(object, "cut_stacks", json_count(chosen.cut_stacks));
    bad |= json_put(object, "cut_allocations", json_count(chosen.cut_allocations));
    bad |= json_put(object, "cut_points", json_count(chosen.cut_points));
    return json_finished(object, bad);
}
