// SPDX-License-Identifier: MIT
// The runner's readers of the channel, which targets can scribble over: an input is a
// list of scribbles.
#include "fuzz/fuzz.h"
#include "fuzz/scribble.h"
#include "runner/report/report_json.h"
#include "runner/report/report_text.h"
#include "runner/target/policyfile.h"

#include <stdio.h>
#include <stdlib.h>

static const char policy_text[] =
    "{\"version\": 1, \"rules\": [{\"nth\": 1}, {\"every\": 2}]}";

static const size_t starts[] = {
    0,
    offsetof(struct mf_head, modules),
    offsetof(struct mf_head, journal),
    offsetof(struct mf_head, explore),
    MF_CHANNEL_SLOTS,
};

/** What is the same for each input. */
static void set_up(struct policyfile *policy, FILE **null) {
    static const struct diag quiet = {.quiet = true};
    *null = fopen("/dev/null", "w");
    if (!*null || policyfile_load(policy, policy_text, &quiet) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct policyfile policy;
    static FILE *null;
    static char *program[] = {(char *)"program", NULL};
    if (!null) {
        set_up(&policy, &null);
    }
    const struct run_options options = {.policy = &policy,
                                        .argv = program,
                                        .path = program[0],
                                        .preload = "libmallocfail.so"};
    struct run_result result = {.channel = scribble_begin(policy_text, 0)};
    scribble(&result.channel, data, size, starts, sizeof(starts) / sizeof(starts[0]));
    struct report report;
    if (report_gather(&report, &options, &result) == 0) {
        report_text(&report, null);
        json_decref(report_json(&report));
        report_destroy(&report);
    }
    // The channel is for the next one as well.
    result.channel = (struct channel){.fd = -1};
    run_result_destroy(&result);
    return 0;
}
