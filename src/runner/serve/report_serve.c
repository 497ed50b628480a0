// SPDX-License-Identifier: MIT
#include "runner/serve/report_serve.h"

#include "runner/explore/report_explore.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <inttypes.h>

static double seconds(uint64_t ns) {
    return (double)ns / (double)CLOCK_SECOND;
}

void report_serve_begin(const struct server *server, FILE *stream) {
    const struct campaign *campaign = server->campaign;
    const struct served *served = server->served;
    size_t count = campaign->points.stacks;
    fputs("mallocfail: ", stream);
    printable_put(path_base(campaign->options->argv[0]), stream);
    fprintf(stream,
            " was ready after %.2f s; a drive takes %.2f s and makes %" PRIu64
            " allocation%s: %zu distinct stack%s in two drives\n",
            seconds(served->started_ns), seconds(served->drive_ns), served->allocations,
            plural(served->allocations), count, plural(count));
}

/** How many failures were tried, and how fast. */
static void print_tried(const struct campaign *campaign, const struct served *served,
                        FILE *stream) {
    double spent = seconds(campaign->trying_ns);
    fprintf(stream,
            "mallocfail: %zu of %zu failure%s tried in %.1f s, %.0f a minute: %" PRIu64
            " drive%s, %" PRIu64 " health check%s, %" PRIu64 " start%s\n",
            campaign->done, campaign->planned, plural(campaign->planned), spent,
            spent > 0 ? (double)campaign->done * 60 / spent : 0, served->drives,
            plural(served->drives), served->checks, plural(served->checks),
            served->starts, plural(served->starts));
}

/** How the drives ended in which something failed. */
static void print_drives(const struct campaign *campaign, FILE *stream) {
    size_t same = 0, other = 0, none = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE) {
            none += trial->served.unanswered;
            same += !trial->served.unanswered && trial->served.drive == 0;
            other += !trial->served.unanswered && trial->served.drive != 0;
        }
    }
    fprintf(
        stream,
        "mallocfail: of %zu drive%s with a failure %zu exited with 0, %zu with another "
        "status, %zu did not end\n",
        same + other + none, plural(same + other + none), same, other, none);
}

/** Why failures that were planned were not tried. */
static void print_left(const struct campaign *campaign, const struct served *served,
                       FILE *stream) {
    size_t left = campaign->planned - campaign->done - served->not_again;
    if (served->not_again) {
        fprintf(stream,
                "mallocfail: %zu failure%s not tried: no drive came to %s again, not "
                "even the first one of a new server\n",
                served->not_again, served->not_again == 1 ? " was" : "s were",
                served->not_again == 1 ? "its stack" : "their stacks");
    }
    if (left > 0) {
        fprintf(stream, "mallocfail: %zu failure%s not tried: %s\n", left,
                left == 1 ? " was" : "s were",
                campaign->stopped_by    ? "interrupted"
                : campaign->out_of_time ? "the budget is spent"
                : campaign->cut_short   ? "the server could not be started again"
                : campaign->options->max &&
                        campaign->trial_count == campaign->options->max
                    ? "--max was reached"
                    : "they are in other parts (--shard), or the server broke each time "
                      "before they came");
    }
}

/** What was never to be tried. */
static void print_others(const struct served *served, FILE *stream) {
    const struct {
        size_t count;
        const char *words;
    } others[] = {
        {served->before_ready,
         "before it was ready ('mallocfail explore' tries those of a run that ends)"},
        {served->between, "between drives"},
        {served->after_failure, "after a failure only"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i].count > 0) {
            fprintf(stream, "%s%zu stack%s that came %s",
                    any ? ", " : "mallocfail: not tried: ", others[i].count,
                    plural(others[i].count), others[i].words);
            any = true;
        }
    }
    if (any) {
        fputc('\n', stream);
    }
}

void report_serve(const struct server *server, FILE *stream) {
    struct campaign *campaign = server->campaign;
    const struct served *served = server->served;
    uint64_t unlisted = atomic_load(&server->serve->unlisted);
    print_tried(campaign, served, stream);
    print_drives(campaign, stream);
    print_left(campaign, served, stream);
    print_others(served, stream);
    if (served->belated) {
        fprintf(
            stream,
            "mallocfail: %zu time%s the server broke in a drive before anything failed "
            "in "
            "it: the finding names the latest failure before\n",
            served->belated, plural(served->belated));
    }
    if (campaign->wavering) {
        fprintf(
            stream,
            "mallocfail: %zu failure%s flaky: the server hung once, but not when it was "
            "tried again\n",
            campaign->wavering, campaign->wavering == 1 ? " is" : "s are");
    }
    if (unlisted) {
        fprintf(stream,
                "mallocfail: not tried: %" PRIu64 " allocation%s, as the table of stacks "
                "is full\n",
                unlisted, plural(unlisted));
    }
    report_found(campaign, campaign->defects, stream);
}
