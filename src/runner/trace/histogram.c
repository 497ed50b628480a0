// SPDX-License-Identifier: MIT
#include "runner/trace/histogram.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 1024
/** How many events ahead the live heap is looked at. */
#define AHEAD 24
/** For how many time units events in the wrong order are remembered. */
#define EARLY_TIME 4096

/** Which of the large sizes it is: HISTOGRAM_STEPS to a doubling. */
static size_t large_index(uint64_t size) {
    unsigned doubling = 63 - (unsigned)__builtin_clzll(size);
    uint64_t step = size >> (doubling - 5) & (HISTOGRAM_STEPS - 1);
    return (doubling - 16) * HISTOGRAM_STEPS + step;
}

/** The largest size that is the index's. */
static uint64_t large_size(size_t index) {
    unsigned doubling = 16 + (unsigned)(index / HISTOGRAM_STEPS);
    uint64_t step = index % HISTOGRAM_STEPS + 1;
    return (UINT64_C(1) << doubling) + (step << (doubling - 5)) - 1;
}

_Static_assert(HISTOGRAM_EXACT == 1 << 16 && HISTOGRAM_STEPS == 1 << 5, "as shifted");

/** Count a block's size. */
static void count_size(struct histogram *histogram, const struct mf_trace_event *event) {
    uint64_t size = event->size;
    if (size <= HISTOGRAM_EXACT) {
        histogram->exact[size]++;
    } else {
        histogram->large[large_index(size)]++;
    }
    histogram->functions[event->kind - 1]++;
    histogram->allocations++;
    histogram->bytes += size;
    histogram->smallest = size < histogram->smallest ? size : histogram->smallest;
    histogram->largest = size > histogram->largest ? size : histogram->largest;
}

static void note_time(struct histogram *histogram, uint64_t time, uint64_t before) {
    uint64_t since = time > histogram->first ? time - histogram->first : 0;
    timeline_note(&histogram->timeline, since, before, histogram->live_bytes);
    if (histogram->live_bytes > histogram->peak_bytes) {
        histogram->peak_bytes = histogram->live_bytes;
        histogram->peak_blocks = histogram->live_blocks;
        histogram->peak_time = time;
    }
}

/** A block is gone. */
static void take_off(struct histogram *histogram, const struct live_block *block) {
    struct histogram_stack *stack = &histogram->stacks[block->stack];
    histogram->live_bytes -= block->size;
    histogram->live_blocks--;
    stack->live_bytes -= block->size;
    stack->live_blocks--;
}

/** Note that a block was freed before it was there, or was there before the one at the
 * same place was freed. */
static void note_early(struct histogram *histogram, const struct trace_event *entry,
                       uint64_t address, bool freed) {
    uint64_t time = entry->event.time;
    histogram->early[histogram->early_at++ % HISTOGRAM_EARLY] =
        (struct histogram_early){address, time, entry->thread, freed};
    histogram->early_until = time + EARLY_TIME;
}

/** Whether what happens now was noted as early, for another thread; it is taken out. */
static bool was_early(struct histogram *histogram, const struct trace_event *entry,
                      uint64_t address, bool freed) {
    uint64_t time = entry->event.time;
    for (size_t i = 0; time <= histogram->early_until && i < HISTOGRAM_EARLY; i++) {
        struct histogram_early *early = &histogram->early[i];
        if (early->address == address && early->freed == freed &&
            early->thread != entry->thread && time - early->time <= EARLY_TIME) {
            early->address = 0;
            return true;
        }
    }
    return false;
}

/** A block lives; 0, or -1 when memory ran out. */
static int put_on(struct histogram *histogram, struct live_block block,
                  const struct trace_event *entry) {
    struct live_block old;
    uint64_t before = histogram->live_bytes;
    if (was_early(histogram, entry, block.address, true)) {
        histogram->unknown--;
        return 0;
    }
    if (liveheap_add(&histogram->heap, block, &old) != 0) {
        return -1;
    }
    if (old.address) {
        take_off(histogram, &old);
        note_early(histogram, entry, block.address, false);
    }
    struct histogram_stack *stack = &histogram->stacks[block.stack];
    histogram->live_bytes += block.size;
    histogram->live_blocks++;
    stack->live_bytes += block.size;
    stack->live_blocks++;
    note_time(histogram, entry->event.time, before);
    return 0;
}

/** A block is given back. */
static void give_back(struct histogram *histogram, const struct trace_event *entry) {
    const struct mf_trace_event *event = &entry->event;
    struct live_block block = {.address = 0};
    uint64_t before = histogram->live_bytes;
    histogram->frees++;
    if (was_early(histogram, entry, event->address, false)) {
        return;
    }
    if (liveheap_remove(&histogram->heap, event->address, &block)) {
        take_off(histogram, &block);
        note_time(histogram, event->time, before);
    } else {
        histogram->unknown++;
        note_early(histogram, entry, event->address, true);
    }
    if (event->kind == MF_TRACE_RESIZE) {
        histogram->resizes++;
        histogram->resized[histogram->resized_at++ % 64] = block;
    }
}

/** A realloc failed: its block lives on. */
static int restore(struct histogram *histogram, const struct trace_event *entry) {
    for (size_t i = 0; i < 64; i++) {
        struct live_block *block = &histogram->resized[i];
        if (block->address && block->address == entry->old) {
            struct live_block back = *block;
            block->address = 0;
            histogram->frees--;
            return put_on(histogram, back, entry);
        }
    }
    return 0;
}

/** A function has returned. */
static int allocate(struct histogram *histogram, const struct trace_event *entry) {
    const struct mf_trace_event *event = &entry->event;
    if (event->address == 0) {
        bool freed = entry->old && event->size == 0;
        histogram->failed += !freed;
        return freed ? 0 : restore(histogram, entry);
    }
    count_size(histogram, event);
    uint32_t at = event->stack < histogram->stack_count ? event->stack : 0;
    histogram->stacks[at].calls++;
    histogram->stacks[at].bytes += event->size;
    uint64_t size = event->size < LIVEHEAP_SIZE_MAX ? event->size : LIVEHEAP_SIZE_MAX;
    return put_on(histogram, (struct live_block){event->address, size, at}, entry);
}

/** Take one event into account. */
static int take(struct histogram *histogram, const struct trace_event *entry) {
    if (mf_trace_allocates(entry->event.kind)) {
        return allocate(histogram, entry);
    }
    if (entry->event.kind == MF_TRACE_REFUSED) {
        histogram->injected++;
    } else {
        give_back(histogram, entry);
    }
    return 0;
}

/** Take a batch into account; 0, or -1 when memory ran out. */
static int take_all(struct histogram *histogram, const struct trace_event *events,
                    size_t count) {
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        size_t ahead = i + AHEAD < count ? i + AHEAD : i;
        liveheap_prefetch(&histogram->heap, events[ahead].event.address);
        result = take(histogram, &events[i]);
    }
    return result;
}

static int init(struct histogram *histogram, const struct tracefile *file) {
    memset(histogram, 0, sizeof(*histogram));
    histogram->smallest = UINT64_MAX;
    histogram->stack_count = file->stack_count + 1;
    histogram->stacks = calloc(histogram->stack_count, sizeof(histogram->stacks[0]));
    timeline_init(&histogram->timeline);
    return histogram->stacks ? liveheap_init(&histogram->heap) : -1;
}

int histogram_read(struct histogram *histogram, struct tracefile *file) {
    struct trace_event events[BATCH];
    int result = init(histogram, file);
    size_t count;
    histogram->first = file->head.begin.units;
    histogram->last = histogram->first;
    while (result == 0 && (count = tracefile_read(file, events, BATCH)) > 0) {
        result = take_all(histogram, events, count);
        histogram->events += count;
        histogram->last = events[count - 1].event.time;
    }
    result |= file->failed ? -1 : 0;
    if (result != 0) {
        histogram_destroy(histogram);
    }
    return result;
}

uint64_t histogram_between(const struct histogram *histogram, uint64_t from,
                           uint64_t to) {
    uint64_t sum = 0;
    for (uint64_t size = from; size < to && size <= HISTOGRAM_EXACT; size++) {
        sum += histogram->exact[size];
    }
    return sum;
}

uint64_t histogram_below(const struct histogram *histogram, uint64_t size) {
    return histogram_between(histogram, 0, size);
}

uint64_t histogram_percentile(const struct histogram *histogram, double share) {
    double wanted = share * (double)histogram->allocations;
    uint64_t sum = 0;
    for (uint64_t size = 0; size <= HISTOGRAM_EXACT; size++) {
        sum += histogram->exact[size];
        if (sum > 0 && (double)sum >= wanted) {
            return size;
        }
    }
    for (size_t i = 0; i < HISTOGRAM_LARGE; i++) {
        sum += histogram->large[i];
        if ((double)sum >= wanted && histogram->large[i] > 0) {
            uint64_t size = large_size(i);
            return size < histogram->largest ? size : histogram->largest;
        }
    }
    return histogram->largest;
}

uint64_t histogram_weight(const struct histogram_stack *stack,
                          enum histogram_order order) {
    return order == HISTOGRAM_BY_CALLS   ? stack->calls
           : order == HISTOGRAM_BY_BYTES ? stack->bytes
                                         : stack->live_bytes;
}

size_t histogram_top(const struct histogram *histogram, enum histogram_order order,
                     uint32_t *indices, size_t room) {
    size_t count = 0;
    for (uint32_t i = 1; i < histogram->stack_count; i++) {
        uint64_t weight = histogram_weight(&histogram->stacks[i], order);
        size_t at = count;
        while (at > 0 &&
               weight > histogram_weight(&histogram->stacks[indices[at - 1]], order)) {
            at--;
        }
        if (weight > 0 && at < room) {
            count += count < room;
            memmove(&indices[at + 1], &indices[at],
                    (count - at - 1) * sizeof(indices[0]));
            indices[at] = i;
        }
    }
    return count;
}

void histogram_destroy(struct histogram *histogram) {
    liveheap_destroy(&histogram->heap);
    free(histogram->stacks);
    histogram->stacks = NULL;
}
