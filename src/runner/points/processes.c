// SPDX-License-Identifier: MIT
#include "runner/points/processes.h"

#include <stdlib.h>
#include <string.h>

/** The most allocations whose stacks are recorded. Fuzzers have fewer of them. */
#ifndef RECORDS_MAX
#define RECORDS_MAX (UINT64_C(1) << 21)
#endif

size_t processes_room(void) {
    return RECORDS_MAX * sizeof(struct mf_record);
}

void processes_set_up(struct mf_explore *explore, uint64_t offset) {
    explore->records_offset = offset;
    explore->records_room = RECORDS_MAX;
}

/** What is recorded: their beginning, and how many are there. */
static const struct mf_record *records_of(const struct channel *channel, size_t *count) {
    const struct mf_explore *explore = &channel->head->explore;
    uint64_t used = atomic_load(&explore->records_used);
    uint64_t offset = explore->records_offset;
    *count = used < RECORDS_MAX ? used : RECORDS_MAX;
    // The target may have changed it.
    if (offset > channel->size || channel->size - offset < processes_room() ||
        offset % _Alignof(struct mf_record) != 0) {
        *count = 0;
        return NULL;
    }
    return (const struct mf_record *)(const void *)((const char *)channel->head + offset);
}

/** The slot of a record; 0 if it is not one. */
static unsigned slot_of(const struct mf_record *record, unsigned slots) {
    uint32_t process = atomic_load(&record->process);
    return process > 1 && process <= slots ? process - 1 : 0;
}

/** A record's number, read once: what is left of the target may go on writing. */
static uint64_t number_of(const struct mf_record *record) {
    return *(const volatile uint64_t *)&record->number;
}

/** Whether a record tells of its process's next allocations, and how many those are. */
static void see_number(struct processes_entry *process, const struct mf_record *record) {
    uint64_t number = number_of(record);
    if (number > process->count && number <= RECORDS_MAX) {
        process->count = number;
    }
}

static void name(struct processes_entry *process, const struct mf_process *slot) {
    memcpy(process->image, slot->image, sizeof(process->image));
    process->image[sizeof(process->image) - 1] = '\0';
    process->index = slot->image_index;
}

/** Make room for the ids of those that allocated, and forget the others; 0 on success. No
 * honest target has more of them in all than records. */
static int make_room(struct processes *processes) {
    uint64_t left = RECORDS_MAX;
    for (size_t i = 0; i < processes->count; i++) {
        struct processes_entry *process = &processes->list[i];
        process->count = process->count < left ? process->count : left;
        left -= process->count;
        process->ids = calloc(process->count + 1, sizeof(process->ids[0]));
        if (!process->ids) {
            return -1;
        }
    }
    return 0;
}

int processes_gather(struct processes *processes, const struct channel *channel) {
    size_t count;
    unsigned slots = channel_processes(channel);
    const struct mf_record *records = records_of(channel, &count);
    *processes = (struct processes){.count = slots > 1 ? slots - 1 : 0};
    processes->list = calloc(processes->count + 1, sizeof(processes->list[0]));
    if (!processes->list) {
        processes->count = 0;
        return -1;
    }
    for (size_t i = 0; i < processes->count; i++) {
        name(&processes->list[i], channel_process(channel, (unsigned)i + 1));
    }
    for (size_t i = 0; i < count; i++) {
        unsigned slot = slot_of(&records[i], slots);
        if (slot) {
            see_number(&processes->list[slot - 1], &records[i]);
        }
    }
    if (make_room(processes) != 0) {
        processes_destroy(processes);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t at = number_of(&records[i]) - 1;
        unsigned slot = slot_of(&records[i], slots);
        struct processes_entry *process = slot ? &processes->list[slot - 1] : NULL;
        if (process && at < process->count) {
            process->ids[at] = records[i].stack_id;
        }
    }
    return 0;
}

/** The process of the same image and index; NULL = none. */
static const struct processes_entry *find(const struct processes *processes,
                                          const struct processes_entry *like) {
    for (size_t i = 0; i < processes->count; i++) {
        const struct processes_entry *process = &processes->list[i];
        if (process->index == like->index && strcmp(process->image, like->image) == 0) {
            return process;
        }
    }
    return NULL;
}

bool processes_is_same(const struct processes *one, const struct processes *other) {
    bool same = one->count == other->count;
    for (size_t i = 0; same && i < one->count; i++) {
        const struct processes_entry *process = &one->list[i];
        const struct processes_entry *twin = find(other, process);
        same =
            twin && twin->count == process->count &&
            memcmp(twin->ids, process->ids, process->count * sizeof(twin->ids[0])) == 0;
    }
    return same;
}

uint64_t *processes_join(const struct processes *processes, const uint64_t *ids,
                         size_t count, size_t *total) {
    size_t used = count;
    *total = count;
    for (size_t i = 0; i < processes->count; i++) {
        *total += processes->list[i].count;
    }
    uint64_t *all = calloc(*total + 1, sizeof(all[0]));
    if (!all) {
        return NULL;
    }
    memcpy(all, ids, count * sizeof(all[0]));
    for (size_t i = 0; i < processes->count; i++) {
        const struct processes_entry *process = &processes->list[i];
        memcpy(all + used, process->ids, process->count * sizeof(all[0]));
        used += process->count;
    }
    return all;
}

uint64_t processes_number(const struct processes *processes, uint64_t count,
                          uint64_t place) {
    for (size_t i = 0; i < processes->count && place > count; i++) {
        place -= count;
        count = processes->list[i].count;
    }
    return place;
}

void processes_destroy(struct processes *processes) {
    for (size_t i = 0; i < processes->count; i++) {
        free(processes->list[i].ids);
    }
    free(processes->list);
    *processes = (struct processes){0};
}
