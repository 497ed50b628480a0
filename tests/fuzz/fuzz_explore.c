// SPDX-License-Identifier: MIT
// What an exploration reads out of a clean run's channel, which the target can scribble
// over: stacks, other processes, the account of live blocks, and the points among them.
#include "fuzz/fuzz.h"
#include "fuzz/scribble.h"
#include "runner/points/points.h"
#include "runner/target/leaks.h"

#include <stdlib.h>
#include <string.h>

/** Allocations of the first process. */
#define IDS 64

/** Processes' records that are looked at: all of them would take a second. */
#ifndef RECORDS_MAX
#define RECORDS_MAX (UINT64_C(1) << 21)
#endif

#define STACKS  MF_CHANNEL_SIZE
#define KIN     (STACKS + STACKS_BYTES)
#define ACCOUNT (KIN + RECORDS_MAX * sizeof(struct mf_record))

static const size_t starts[] = {
    0,
    offsetof(struct mf_head, modules),
    offsetof(struct mf_head, explore),
    MF_CHANNEL_SLOTS,
    STACKS,
    STACKS + STACKS_ROOM * sizeof(struct mf_stack),
    KIN,
    ACCOUNT + offsetof(struct mf_account, lost),
    ACCOUNT + offsetof(struct mf_account, origins),
};

/** As the library leaves it after a short run. */
static void fill(struct channel *channel, uint64_t *ids) {
    unsigned char *bytes = (unsigned char *)channel->head;
    struct mf_stack *stacks = (struct mf_stack *)(void *)(bytes + STACKS);
    struct mf_record *records = (struct mf_record *)(void *)(bytes + KIN);
    struct mf_account *account = (struct mf_account *)(void *)(bytes + ACCOUNT);
    struct mf_explore *explore = &channel->head->explore;
    stacks_ask(explore, STACKS);
    processes_set_up(explore, KIN);
    leaks_set_up(explore, ACCOUNT, MF_ACCOUNT_SITES);
    for (uint32_t i = 0; i < IDS; i++) {
        uint64_t id = i % 8 + 1;
        ids[i] = id;
        stacks[id].id = id;
        stacks[id].first = (uint32_t)(id * MF_FRAMES_MAX);
        stacks[id].count = 4;
    }
    for (uint64_t i = 0; i < 4; i++) {
        records[i].number = i + 1;
        records[i].stack_id = 9;
        records[i].process = 2;
        account->origins[i].blocks = 1;
        account->origins[i].frame_count = 4;
    }
    explore->records_used = 4;
    account->origins_used = 4;
}

/** Whether a choice is among what was recorded. */
static void check(const struct points *points, const struct processes *processes) {
    for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->list[i];
        uint64_t most = point->process ? processes->list[point->process - 1].count : IDS;
        if (point->process > processes->count || point->number == 0 ||
            point->number > most) {
            abort();
        }
    }
}

/** Choose points as an exploration does, in one of some ways. */
static void choose(const struct channel *channel, const uint64_t *ids, size_t way) {
    static const struct points_choice choices[] = {
        {.kind = POINTS_STACKS, .only = {{"stack:*"}, 1}, .skip = {{"libc*"}, 1}},
        {.kind = POINTS_ALL, .shard = 1, .shards = 2},
        {.kind = POINTS_SAMPLE, .sample = 10, .seed = 1},
    };
    const struct points_choice *choice = &choices[way % 3];
    struct processes processes = {0};
    struct stacks stacks = {0};
    struct points points = {0};
    size_t total;
    if (processes_gather(&processes, channel) != 0) {
        abort();
    }
    uint64_t *all = processes_join(&processes, ids, IDS, &total);
    if (!all || stacks_read(&stacks, channel, STACKS, all, total) != 0) {
        abort();
    }
    processes_is_same(&processes, &processes);
    const struct points_source source = {ids, IDS, &processes, &stacks};
    if (points_choose(&points, &source, choice) != 0) {
        abort();
    }
    char names[256];
    stacks_names(&stacks, names, sizeof(names));
    check(&points, &processes);
    points_destroy(&points);
    stacks_destroy(&stacks);
    processes_destroy(&processes);
    free(all);
}

/** Read what leaked as a clean run's judge does. */
static void look_for_leaks(const struct channel *channel) {
    struct leaks leaks = {0};
    const struct leaks_wrappers wrappers = {0};
    if (leaks_gather(&leaks, channel, &wrappers) == 0) {
        leaks_forgive(&leaks, &leaks);
        leaks_blocks(&leaks);
        leaks_bytes(&leaks);
    }
    leaks_destroy(&leaks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t ids[IDS];
    struct channel channel =
        scribble_begin("{}", ACCOUNT + leaks_room() - MF_CHANNEL_SIZE);
    fill(&channel, ids);
    scribble(&channel, data, size, starts, sizeof(starts) / sizeof(starts[0]));
    look_for_leaks(&channel);
    choose(&channel, ids, size / 16);
    return 0;
}
