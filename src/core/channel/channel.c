// SPDX-License-Identifier: MIT
#include "core/channel/channel.h"

#include "core/policy/errnos.h"
#include "core/policy/resource.h"

#define AT(type, member, offset)                                                         \
    _Static_assert(offsetof(struct type, member) == (offset), #type "." #member)

AT(mf_thread_counter, left, 0);
AT(mf_thread_counter, granted, 8);
AT(mf_thread_counter, used, 16);
AT(mf_thread_counter, passed, 24);
AT(mf_thread_counter, owner, 32);
AT(mf_thread_counter, epoch, 36);
AT(mf_thread_counter, lease, 40);
AT(mf_thread_counter, thread, 44);
AT(mf_thread_counter, serial, 48);
AT(mf_thread_counter, reading, 52);
_Static_assert(sizeof(struct mf_thread_counter) == 64,
               "a thread counter is one cache line");

AT(mf_process, stage, 0);
AT(mf_process, pid, 4);
AT(mf_process, parent, 8);
AT(mf_process, epoch, 12);
AT(mf_process, attached_ns, 16);
AT(mf_process, armed_ns, 24);
AT(mf_process, image, 32);
AT(mf_process, early, 96);
AT(mf_process, stray, 104);
AT(mf_process, threads, 112);
AT(mf_process, counters_used, 116);
AT(mf_process, injections, 120);
AT(mf_process, live_heap, 128);
AT(mf_process, image_index, 136);
AT(mf_process, control, 144);
AT(mf_process, tally, 148);
AT(mf_process, serial, 152);
AT(mf_process, asked, 156);
AT(mf_process, tallies, 160);
AT(mf_process, counters, 3392);
AT(mf_process, heap, 3392 + MF_THREAD_COUNTERS_MAX * 64);
AT(mf_process, heap_full, 3400 + MF_THREAD_COUNTERS_MAX * 64);
AT(mf_process, heap_refused, 3408 + MF_THREAD_COUNTERS_MAX * 64);
AT(mf_process, mapped, 3416 + MF_THREAD_COUNTERS_MAX * 64);
_Static_assert(sizeof(struct mf_process) % MF_PAGE == 0, "a slot is whole pages");

AT(mf_tally, serial, 0);
AT(mf_tally, control, 4);
AT(mf_tally, position, 8);
AT(mf_tally, returned, 16);
AT(mf_tally, begun, 24);
AT(mf_tally, earlier, 32);
AT(mf_tally, rules, 40);
_Static_assert(sizeof(struct mf_tally) == 1064, "a tally");

AT(mf_injection, ready, 0);
AT(mf_injection, process, 4);
AT(mf_injection, pid, 8);
AT(mf_injection, tid, 12);
AT(mf_injection, thread, 16);
AT(mf_injection, function, 20);
AT(mf_injection, rule, 24);
AT(mf_injection, frame_count, 28);
AT(mf_injection, number, 32);
AT(mf_injection, size, 40);
AT(mf_injection, time_ns, 48);
AT(mf_injection, stack_id, 56);
AT(mf_injection, own, 64);
AT(mf_injection, region, 128);
AT(mf_injection, frames, 160);
AT(mf_injection, repeats, 928);
AT(mf_injection, last_number, 936);
AT(mf_injection, last_size, 944);
AT(mf_injection, error, 952);
_Static_assert(sizeof(struct mf_frame) == 16, "a frame is two words");

AT(mf_module, ready, 0);
AT(mf_module, build_id_length, 4);
AT(mf_module, build_id, 8);
AT(mf_module, code, 28);
AT(mf_module, path, 32);
_Static_assert(sizeof(struct mf_module) == 4160, "a module's entry");

AT(mf_head, magic, 0);
AT(mf_head, version, 8);
AT(mf_head, policy_length, 12);
AT(mf_head, size, 16);
AT(mf_head, processes_used, 24);
AT(mf_head, processes_lost, 28);
AT(mf_head, journal_used, 32);
AT(mf_head, modules_used, 40);
AT(mf_head, options, 44);
AT(mf_head, allocator, 48);
AT(mf_head, launchers, 52);
AT(mf_head, launched, 56);
AT(mf_head, trace_refused, 60);
AT(mf_head, policy, 64);
AT(mf_head, modules, 64 + MF_POLICY_TEXT_MAX);
AT(mf_head, journal, 64 + MF_POLICY_TEXT_MAX + MF_MODULES_MAX * 4160);

const char *mf_injection_error(const struct mf_injection *injection) {
    bool gives = !injection->own[0] && mf_resource_of(injection->function);
    return gives ? mf_errno_name(injection->error) : NULL;
}

void mf_head_init(struct mf_head *head) {
    head->magic = MF_CHANNEL_MAGIC;
    head->version = MF_CHANNEL_VERSION;
    head->size = MF_CHANNEL_SIZE;
}

const char *mf_head_fault(const struct mf_head *head) {
    if (head->magic != MF_CHANNEL_MAGIC) {
        return "not a channel of mallocfail";
    }
    if (head->version != MF_CHANNEL_VERSION || head->size != MF_CHANNEL_SIZE) {
        return "mallocfail and libmallocfail.so are of different versions";
    }
    if (head->policy_length > MF_POLICY_TEXT_MAX) {
        return "the policy in the channel is too long";
    }
    return NULL;
}

/** How many calls of the present lease were made. */
static uint64_t lease_spent(const struct mf_thread_counter *counter) {
    uint64_t granted = atomic_load_explicit(&counter->granted, memory_order_relaxed);
    int64_t left = atomic_load_explicit(&counter->left, memory_order_relaxed);
    if (left < -MF_THREAD_COUNTER_RECALL / 2) {
        left = (int64_t)((uint64_t)left & (MF_THREAD_COUNTER_RECALL - 1));
    }
    if (left < 0) {
        return granted;
    }
    return (uint64_t)left <= granted ? granted - (uint64_t)left : granted;
}

static bool numbers(const struct mf_thread_counter *counter) {
    return atomic_load_explicit(&counter->lease, memory_order_relaxed) != MF_LEASE_CLOSED;
}

uint64_t mf_thread_counter_counted(const struct mf_thread_counter *counter) {
    uint64_t used = atomic_load_explicit(&counter->used, memory_order_relaxed);
    return numbers(counter) ? used + lease_spent(counter) : used;
}

uint64_t mf_thread_counter_passed(const struct mf_thread_counter *counter) {
    uint64_t passed = atomic_load_explicit(&counter->passed, memory_order_relaxed);
    passed &= ~MF_THREAD_COUNTER_NOTICE;
    return numbers(counter) ? passed : passed + lease_spent(counter);
}

uint64_t mf_child_seen(const struct mf_child *child) {
    return mf_thread_counter_counted(&child->counter) +
           mf_thread_counter_passed(&child->counter);
}

static unsigned counters_used(const struct mf_process *process) {
    unsigned used = atomic_load_explicit(&process->counters_used, memory_order_relaxed);
    return used < MF_THREAD_COUNTERS_MAX ? used : MF_THREAD_COUNTERS_MAX;
}

uint64_t mf_process_counted(const struct mf_process *process) {
    uint64_t sum = atomic_load_explicit(&process->stray, memory_order_relaxed);
    for (unsigned i = 0; i < counters_used(process); i++) {
        sum += mf_thread_counter_counted(&process->counters[i]);
    }
    return sum;
}

uint64_t mf_process_seen(const struct mf_process *process) {
    uint64_t sum = mf_process_counted(process);
    for (unsigned i = 0; i < counters_used(process); i++) {
        sum += mf_thread_counter_passed(&process->counters[i]);
    }
    return sum;
}

const struct mf_tally *mf_process_tally(const struct mf_process *process) {
    uint32_t at = atomic_load_explicit(&process->tally, memory_order_acquire);
    return &process->tallies[at < MF_TALLIES ? at : 0];
}

uint64_t mf_tally_counted(const struct mf_process *process,
                          const struct mf_tally *tally) {
    uint64_t earlier = atomic_load_explicit(&tally->earlier, memory_order_relaxed);
    if (tally != mf_process_tally(process)) {
        return earlier;
    }
    uint64_t begun = atomic_load_explicit(&tally->begun, memory_order_relaxed);
    uint64_t counted = mf_process_counted(process);
    return earlier + (counted > begun ? counted - begun : 0);
}

void mf_thread_counter_notify(struct mf_thread_counter *counter) {
    if (atomic_load(&counter->left) >= 0) {
        atomic_fetch_sub(&counter->left, MF_THREAD_COUNTER_RECALL);
    }
    atomic_fetch_or(&counter->passed, MF_THREAD_COUNTER_NOTICE);
}

unsigned mf_process_notify(struct mf_process *process) {
    uint32_t serial = atomic_load(&process->serial);
    unsigned absent = 0;
    for (unsigned i = 0; i < counters_used(process); i++) {
        struct mf_thread_counter *counter = &process->counters[i];
        if (atomic_load(&counter->owner) && atomic_load(&counter->serial) != serial) {
            mf_thread_counter_notify(counter);
            absent++;
        }
    }
    return absent;
}
