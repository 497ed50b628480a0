// SPDX-License-Identifier: MIT
// The runner's readers of the channel, which targets can scribble over: an input is a
// list of scribbles, of 16 bytes each: where (8), what (7), how often (1).
#include "fuzz/fuzz.h"
#include "runner/channelfile.h"
#include "runner/policyfile.h"
#include "runner/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char policy_text[] =
    "{\"version\": 1, \"rules\": [{\"nth\": 1}, {\"every\": 2}]}";

/** Where scribbles go: mostly to what is in use, or else nothing would be read. */
static size_t place(uint64_t where) {
    static const size_t starts[] = {
        0,
        offsetof(struct mf_head, modules),
        offsetof(struct mf_head, journal),
        offsetof(struct mf_head, explore),
        MF_CHANNEL_SLOTS,
    };
    size_t start = starts[where % (sizeof(starts) / sizeof(starts[0]))];
    size_t offset = (where >> 8) % (1u << 16);
    return start + offset < MF_CHANNEL_SIZE - 256 * 8 ? start + offset : start;
}

static void scribble(struct channel *channel, const uint8_t *data, size_t size) {
    unsigned char *bytes = (unsigned char *)channel->head;
    for (; size >= 16; data += 16, size -= 16) {
        uint64_t where;
        memcpy(&where, data, sizeof(where));
        size_t at = place(where);
        for (unsigned i = 0; i <= data[15]; i++) {
            memcpy(bytes + at + i * 8u, data + 8, 7);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct diag quiet = {.quiet = true};
    struct policyfile policy;
    struct run_result result = {0};
    struct run_options options = {.policy = &policy};
    char *program[] = {(char *)"program", NULL};
    options.argv = program;
    options.path = program[0];
    options.preload = "libmallocfail.so";
    if (policyfile_load(&policy, policy_text, &quiet) != 0 ||
        channel_create(&result.channel, policy.text, policy.length) != 0) {
        abort();
    }
    // One of everything is in use before the scribbling begins.
    result.channel.head->processes_used = 2;
    result.channel.head->journal_used = 3;
    result.channel.head->modules_used = 2;
    result.channel.head->journal[0].ready = 1;
    result.channel.head->journal[1].ready = 2;
    result.channel.head->modules[0].ready = 1;
    scribble(&result.channel, data, size);
    struct report report;
    FILE *null = fopen("/dev/null", "w");
    if (null && report_gather(&report, &options, &result) == 0) {
        report_text(&report, null);
        json_decref(report_json(&report));
        report_destroy(&report);
    }
    if (null) {
        fclose(null);
    }
    run_result_destroy(&result);
    policyfile_destroy(&policy);
    return 0;
}
