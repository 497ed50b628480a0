// SPDX-License-Identifier: MIT
#include "runner/breakpoint/served.h"

#include "runner/breakpoint/remote.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <string.h>
#include <unistd.h>

int served_memory(struct served_run *run, pid_t pid) {
    if (run->memory < 0 || run->memory_of != pid) {
        if (run->memory >= 0) {
            close(run->memory);
        }
        run->memory = remote_open_memory(pid);
        run->memory_of = pid;
    }
    return run->memory;
}

struct mf_process *served_slot(const struct served_run *run,
                               const struct served *process) {
    return process->slot < MF_PROCESSES_MAX ? channel_process(run->channel, process->slot)
                                            : NULL;
}

/** Whether rules, or who records, want to know of a function's calls. */
static bool is_counted(const struct served *process, uint32_t function) {
    return process->records || ((process->rules.functions & MF_FUNCTION_BIT(function)) &&
                                process->rules.windows[function].count > 0);
}

/** Whether a number alone decides each call that is counted. */
static bool is_by_number(const struct served *process) {
    const struct mf_plan *rules = &process->rules;
    bool whole = true;
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        whole &= !(rules->functions & MF_FUNCTION_BIT(i)) ||
                 rules->windows[i].count == UINT64_MAX;
    }
    return whole && rules->uniform && !rules->timed && !process->records;
}

/** What the gates of a function are to count, and where they stop. */
static struct machine_count count_for(const struct served *process, uint32_t function) {
    const struct gates *gates = &process->gates;
    unsigned slot = process->slot;
    bool counted = is_counted(process, function);
    if (slot >= MF_PROCESSES_MAX) {
        // Behind all counts nobody looks.
        return (struct machine_count){gates->code - sizeof(uint64_t), UINT64_MAX};
    }
    if (!process->armed) {
        return (struct machine_count){gates_slot(gates, slot, early), UINT64_MAX};
    }
    if (!counted) {
        return (struct machine_count){gates_slot(gates, slot, counters[0].passed),
                                      UINT64_MAX};
    }
    uint64_t ahead = mf_decide_passing_ahead(&process->rules, process->decided);
    return (struct machine_count){gates_slot(gates, slot, counters[0].used),
                                  process->by_number ? process->decided + ahead : 0};
}

int served_count(struct served_run *run, const struct served *process) {
    struct machine_count counts[MF_ENTRY_COUNT] = {0};
    const struct mf_patches *patches = run->plan->patches;
    for (uint32_t i = 0; i < patches->count; i++) {
        if (process->gates.stops[i]) {
            counts[i] = count_for(process, breakpoint_plan_function(&patches->list[i]));
        }
    }
    int memory = served_memory(run, process->pid);
    return memory < 0 ? -1 : gates_count(&process->gates, run->plan, memory, counts);
}

void served_let_go(struct served_run *run, struct served *process) {
    process->armed = false;
    (void)served_count(run, process);
}

/** Take a slot of the channel, as the library does. */
static unsigned take_slot(struct mf_head *head) {
    uint32_t at = atomic_fetch_add(&head->processes_used, 1);
    if (at >= MF_PROCESSES_MAX) {
        atomic_fetch_add(&head->processes_lost, 1);
        at = MF_PROCESSES_MAX;
    }
    return at;
}

/** Which process of its image it is. */
static uint64_t index_of(const struct served_run *run, const struct served *process,
                         const char *image) {
    uint64_t index = 1;
    for (unsigned i = 0; i < process->slot && i < MF_PROCESSES_MAX; i++) {
        const struct mf_process *other = channel_process(run->channel, i);
        index += strncmp(other->image, image, sizeof(other->image)) == 0;
    }
    return index;
}

/** From now on calls count. */
static void arm(struct served_run *run, struct served *process) {
    struct mf_process *slot = served_slot(run, process);
    process->armed = true;
    process->armed_ns = process->armed_ns ? process->armed_ns : clock_now();
    if (slot) {
        atomic_store(&slot->armed_ns, process->armed_ns);
        atomic_store_explicit(&slot->stage, MF_STAGE_ARMED, memory_order_release);
    }
}

/** Whether the stacks of all its calls are wanted. */
static bool records(const struct served_run *run, const struct served *process) {
    const struct mf_explore *explore = &run->channel->head->explore;
    return explore->mode == MF_EXPLORE_RECORD &&
           (process->slot == 0 ||
            (process->slot < MF_PROCESSES_MAX && explore->records_room > 0));
}

/** Fill in its slot. */
static void describe(struct served_run *run, struct served *process) {
    struct mf_process *slot = served_slot(run, process);
    char image[MF_IMAGE_MAX] = "";
    procfile_image(process->pid, image, sizeof(image));
    uint64_t index = index_of(run, process, image);
    mf_plan_make(&process->rules, run->policy, image, index);
    process->records = records(run, process);
    process->by_number = is_by_number(process);
    if (!slot) {
        return;
    }
    slot->parent = procfile_parent(process->pid);
    slot->attached_ns = clock_now();
    memcpy(slot->image, image, sizeof(slot->image));
    slot->image_index = index;
    atomic_store(&slot->tallies[0].serial, 1);
    atomic_store(&slot->serial, 1);
    atomic_store(&slot->counters[0].thread, 1);
    atomic_store(&slot->counters_used, 1);
    atomic_store(&slot->pid, process->pid);
    atomic_store_explicit(&slot->stage, MF_STAGE_ATTACHED, memory_order_release);
}

/** Have it stop where it is to be armed, and where the way into main is to be seen; whether it
 * is to be armed later. */
static bool await_beginning(const struct served_run *run, struct served *process,
                            int memory) {
    struct gates *gates = &process->gates;
    const struct breakpoint_plan *plan = run->plan;
    bool waits = false;
    if (run->policy->arm == MF_ARM_MAIN || process->records) {
        waits = gates_await(gates, &gates->main, plan->main, memory) == 0;
    }
    if (run->policy->arm == MF_ARM_LOAD) {
        return gates_await(gates, &gates->init, plan->init, memory) == 0;
    }
    return waits && run->policy->arm == MF_ARM_MAIN;
}

void served_begin(struct served_run *run, struct served *process,
                  const struct served *forked) {
    process->slot = take_slot(run->channel->head);
    process->decided = 0;
    process->armed_ns = forked ? forked->armed_ns : 0;
    process->threads = 1;
    describe(run, process);
    int memory = served_memory(run, process->pid);
    bool waits = !forked && memory >= 0 && await_beginning(run, process, memory);
    if (!waits && (!forked || forked->armed)) {
        arm(run, process);
    }
    (void)served_count(run, process);
}

/** It has come to main: note how many calls came before. */
static void note_main(struct mf_process *slot) {
    if (slot) {
        atomic_store(&slot->before_main, mf_process_seen(slot) + 1);
    }
}

uint64_t served_arrive(struct served_run *run, struct served *process, uint64_t pc) {
    struct gates_once *main = &process->gates.main, *init = &process->gates.init;
    bool is_main = gates_has_come(main, pc);
    struct gates_once *once = is_main ? main : gates_has_come(init, pc) ? init : NULL;
    if (!once) {
        return 0;
    }
    uint64_t at = once->at;
    int memory = served_memory(run, process->pid);
    if (memory >= 0) {
        (void)gates_go_on(once, memory);
    }
    if (is_main && process->records) {
        note_main(served_slot(run, process));
    }
    if (!process->armed && !(process->gates.main.at && run->policy->arm == MF_ARM_MAIN)) {
        arm(run, process);
        (void)served_count(run, process);
    }
    return at;
}
