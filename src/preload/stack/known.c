// SPDX-License-Identifier: MIT
#include "preload/stack/known.h"

#define LOAD(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define STORE(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

/** All entries. */
static struct {
    _Alignas(4096) struct mf_known_stack sets[MF_KNOWN_SETS][MF_KNOWN_WAYS];
    /** Which entry of its set the next stack takes. */
    _Atomic unsigned next;
} known;

/** The words below mf_walk_begin()'s stack pointer that it reads: two. */
static uintptr_t base_of(const struct mf_registers *start) {
    return start->sp - 2 * sizeof(uintptr_t);
}

static struct mf_known_stack *set_of(uintptr_t base, uintptr_t caller) {
    uint64_t hash = (base + caller * MF_MIX_STEP) * MF_MIX_STEP;
    return known.sets[hash >> 40 & (MF_KNOWN_SETS - 1)];
}

void mf_trail_begin(struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller) {
    trail->base = base_of(start);
    trail->caller = caller;
    trail->count = 0;
}

void mf_trail_add(struct mf_trail *trail, const uintptr_t *word) {
    uintptr_t offset = ((uintptr_t)word - trail->base) / sizeof(uintptr_t);
    if (trail->count >= MF_KNOWN_WORDS || offset > UINT16_MAX) {
        mf_trail_spoil(trail);
        return;
    }
    trail->offsets[trail->count] = (uint16_t)offset;
    trail->values[trail->count++] = *word;
}

bool mf_trail_holds(const struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller) {
    const uintptr_t *base = (const uintptr_t *)trail->base;
    bool holds = base_of(start) == trail->base && caller == trail->caller &&
                 trail->count <= MF_KNOWN_WORDS;
    for (unsigned i = 0; holds && i < trail->count; i++) {
        holds = base[trail->offsets[i]] == trail->values[i];
    }
    return holds;
}

/** Whether all words of an entry are as they were. */
static bool is_same(const struct mf_known_stack *entry, const uintptr_t *base) {
    uint32_t count = LOAD(entry->count);
    // Read while another thread writes, it could be anything: never too much.
    count = count < MF_KNOWN_WORDS ? count : MF_KNOWN_WORDS;
    for (uint32_t i = 0; i < count; i++) {
        if (base[LOAD(entry->offsets[i])] != LOAD(entry->values[i])) {
            return false;
        }
    }
    return true;
}

static bool read_entry(const struct mf_known_stack *entry, uint32_t generation,
                       uintptr_t base, uintptr_t caller, uint64_t *rules) {
    uint64_t sequence = atomic_load_explicit(&entry->sequence, memory_order_acquire);
    if (LOAD(entry->base) != base || LOAD(entry->caller) != caller ||
        LOAD(entry->generation) != generation || sequence % 2 ||
        !is_same(entry, (const uintptr_t *)base)) {
        return false;
    }
    *rules = LOAD(entry->rules);
    atomic_thread_fence(memory_order_acquire);
    return LOAD(entry->sequence) == sequence;
}

bool mf_known_find(const struct mf_sites *sites, const struct mf_registers *start,
                   uintptr_t caller, uint64_t *rules) {
    uint32_t generation = LOAD(sites->generation);
    uintptr_t base = base_of(start);
    const struct mf_known_stack *set = set_of(base, caller);
    for (unsigned way = 0; way < MF_KNOWN_WAYS; way++) {
        if (read_entry(&set[way], generation, base, caller, rules)) {
            return true;
        }
    }
    return false;
}

/** The entry that a stack goes into: its own, or the next one of its set. */
static struct mf_known_stack *entry_for(const struct mf_trail *trail,
                                        uint32_t generation) {
    struct mf_known_stack *set = set_of(trail->base, trail->caller);
    uint64_t rules;
    for (unsigned way = 0; way < MF_KNOWN_WAYS; way++) {
        if (read_entry(&set[way], generation, trail->base, trail->caller, &rules)) {
            return &set[way];
        }
    }
    unsigned next = atomic_fetch_add_explicit(&known.next, 1, memory_order_relaxed);
    return &set[next % MF_KNOWN_WAYS];
}

void mf_known_keep(const struct mf_trail *trail, uint32_t generation, uint64_t rules) {
    if (trail->count > MF_KNOWN_WORDS) {
        return;
    }
    struct mf_known_stack *entry = entry_for(trail, generation);
    uint64_t sequence = LOAD(entry->sequence);
    if (sequence % 2 || !atomic_compare_exchange_strong_explicit(
                            &entry->sequence, &sequence, sequence + 1,
                            memory_order_acquire, memory_order_relaxed)) {
        return;
    }
    atomic_thread_fence(memory_order_release);
    STORE(entry->base, trail->base);
    STORE(entry->caller, trail->caller);
    STORE(entry->generation, generation);
    STORE(entry->count, trail->count);
    STORE(entry->rules, rules);
    for (unsigned i = 0; i < trail->count; i++) {
        STORE(entry->offsets[i], trail->offsets[i]);
        STORE(entry->values[i], trail->values[i]);
    }
    atomic_store_explicit(&entry->sequence, sequence + 2, memory_order_release);
}
