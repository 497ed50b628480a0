// SPDX-License-Identifier: MIT
#include "runner/breakpoint/gates.h"

#include "runner/breakpoint/remote.h"
#include "runner/crash/maps.h"
#include "runner/crash/registers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/** What a function takes: gate and copy. */
#define ROOM (MACHINE_GATE_MAX + MF_PATCH_COPY_MAX)
/** Where the code begins, behind the counts. */
#define CODE MF_PAGE
#define CODE_SIZE                                                                        \
    ((MF_ENTRY_COUNT * ROOM + MACHINE_REFUSAL_MAX + MF_PAGE - 1) / MF_PAGE * MF_PAGE)
#define SIZE (CODE + CODE_SIZE)

_Static_assert(MF_ENTRY_COUNT * sizeof(struct machine_count) <= CODE, "counts fit");

/** The making of a place. */
struct work {
    struct gates *gates;
    const struct breakpoint_plan *plan;
    struct remote remote;
    unsigned char code[CODE_SIZE];
    size_t used;
    /** Where each function goes on as it was. */
    uint64_t copies[MF_ENTRY_COUNT];
};

/** Find how far the program lies from where it is linked to. */
static bool find_bias(struct work *work) {
    const struct mf_patch_file *file = &work->plan->patches->files[0];
    struct maps maps;
    bool found = false;
    if (maps_read(&maps, work->remote.pid) != 0) {
        return false;
    }
    for (size_t i = 0; i < maps.count && !found; i++) {
        if (maps.entries[i].inode == file->inode && maps.entries[i].first == i) {
            work->gates->bias = maps.entries[i].start - file->low;
            found = true;
        }
    }
    maps_destroy(&maps);
    return found;
}

/** Whether the code is as it was when the patches were worked out. */
static bool is_as_planned(const struct work *work) {
    const struct mf_patches *patches = work->plan->patches;
    unsigned char there[MF_PATCH_TAKEN_MAX];
    for (uint32_t i = 0; i < patches->count; i++) {
        const struct mf_patch *patch = &patches->list[i];
        if (breakpoint_plan_gates(patch) &&
            (remote_read(work->remote.memory, work->gates->bias + patch->address, there,
                         patch->taken) != 0 ||
             memcmp(there, patch->before, patch->taken) != 0)) {
            return false;
        }
    }
    return true;
}

static long map(struct work *work, uint64_t at, size_t size, int how, int fd,
                uint64_t offset) {
    const uint64_t arguments[6] = {
        at, size, PROT_READ | PROT_WRITE, (uint64_t)how, (uint64_t)(int64_t)fd, offset};
    return remote_call(&work->remote, SYS_mmap, arguments);
}

/** Take a stretch of addresses near the program: below it where there is one. */
static bool take(struct work *work) {
    const struct mf_patch_file *file = &work->plan->patches->files[0];
    uint64_t low = (work->gates->bias + file->low) & ~(MF_PATCH_STEP - 1);
    uint64_t high =
        (work->gates->bias + file->high + MF_PATCH_DISTANCE / 4) & ~(MF_PATCH_STEP - 1);
    const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    for (uint64_t far = MF_PATCH_STEP; far < MF_PATCH_DISTANCE; far *= 2) {
        const uint64_t tries[] = {low > far + MF_PATCH_LOWEST ? low - far : 0,
                                  high + far};
        for (int i = 0; i < 2; i++) {
            long got = tries[i] ? map(work, tries[i], SIZE, how, -1, 0) : -1;
            if (got == (long)tries[i]) {
                work->gates->counts = tries[i];
                work->gates->code = tries[i] + CODE;
                return true;
            }
        }
    }
    return false;
}

/** Map the slots, where the channel is a file; 0 on success. */
static int map_file(struct work *work, const struct channel *channel) {
    char name[64];
    snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), channel->fd);
    if (remote_write(work->remote.memory, work->gates->counts, name, sizeof(name)) != 0) {
        return -1;
    }
    const uint64_t opening[6] = {(uint64_t)AT_FDCWD, work->gates->counts,
                                 O_RDWR | O_CLOEXEC};
    long fd = remote_call(&work->remote, SYS_openat, opening);
    if (fd < 0) {
        return -1;
    }
    long got = map(work, 0, MF_CHANNEL_SIZE - MF_CHANNEL_SLOTS, MAP_SHARED, (int)fd,
                   MF_CHANNEL_SLOTS);
    const uint64_t closing[6] = {(uint64_t)fd};
    remote_call(&work->remote, SYS_close, closing);
    work->gates->slots = (uint64_t)got;
    return got == -1 ? -1 : 0;
}

/** The same where it is a segment of System V. */
static int map_segment(struct work *work, const struct channel *channel) {
    const uint64_t arguments[6] = {(uint64_t)(-2 - channel->fd), 0, 0};
    long got = remote_call(&work->remote, SYS_shmat, arguments);
    work->gates->slots = (uint64_t)got + MF_CHANNEL_SLOTS;
    return got == -1 ? -1 : 0;
}

/** Where a function goes on as it was; itself where it is not gated. */
static uint64_t original_of(const struct work *work, uint64_t entry) {
    const struct mf_patches *patches = work->plan->patches;
    for (uint32_t i = 0; i < patches->count; i++) {
        if (patches->list[i].entry == entry) {
            return breakpoint_plan_gates(&patches->list[i])
                       ? work->copies[i]
                       : work->gates->bias + patches->list[i].address;
        }
    }
    return 0;
}

/** Adapt a copy to where things lie. */
static void fix(const struct work *work, unsigned char *copy, uint64_t at,
                const struct mf_patch_fix *fix) {
    uint64_t target = fix->kind == MF_PATCH_ORIGINAL ? original_of(work, fix->target)
                                                     : work->gates->bias + fix->target;
    if (fix->kind == MF_PATCH_ADDRESS) {
        memcpy(copy + fix->at, &target, sizeof(target));
    } else {
        int32_t near = (int32_t)(target - (at + fix->end));
        memcpy(copy + fix->at, &near, sizeof(near));
    }
}

/** Write all gates. */
static void write_gates(struct work *work) {
    const struct mf_patches *patches = work->plan->patches;
    struct gates *gates = work->gates;
    for (uint32_t i = 0; i < patches->count; i++) {
        const struct mf_patch *patch = &patches->list[i];
        if (breakpoint_plan_gates(patch)) {
            size_t stop;
            uint64_t at = gates->code + work->used;
            size_t length = machine_gate(work->code + work->used, at,
                                         gates->counts + i * sizeof(struct machine_count),
                                         patch->entry == MF_REALLOC, &stop);
            gates->stops[i] = at + stop;
            work->copies[i] = at + length;
            work->used += ROOM;
        }
    }
    gates->refusal = gates->code + work->used;
}

/** Write all copies, once it is known where each lies. */
static void write_copies(struct work *work) {
    const struct mf_patches *patches = work->plan->patches;
    for (uint32_t i = 0; i < patches->count; i++) {
        const struct mf_patch *patch = &patches->list[i];
        unsigned char *copy = work->code + (work->copies[i] - work->gates->code);
        if (breakpoint_plan_gates(patch)) {
            memcpy(copy, patch->copy, patch->copied);
            for (unsigned k = 0; k < patch->fixes; k++) {
                fix(work, copy, work->copies[i], &patch->fix[k]);
            }
        }
    }
}

/** Write the code of the place, and close it for writing; 0 on success. */
static int fill(struct work *work) {
    struct gates *gates = work->gates;
    struct machine_errno error = work->plan->error;
    write_gates(work);
    write_copies(work);
    error.function += error.function ? gates->bias : 0;
    machine_refusal(work->code + work->used, gates->refusal, &error);
    const uint64_t arguments[6] = {gates->code, CODE_SIZE, PROT_READ | PROT_EXEC};
    return remote_write(work->remote.memory, gates->code, work->code, CODE_SIZE) != 0 ||
                   remote_call(&work->remote, SYS_mprotect, arguments) != 0
               ? -1
               : 0;
}

/** Lead the functions to the gates, and each other past them; 0 on success. */
static int write_jumps(struct work *work) {
    const struct mf_patches *patches = work->plan->patches;
    uint64_t bias = work->gates->bias;
    int bad = 0;
    for (uint32_t i = 0; i < patches->inner_count; i++) {
        unsigned char distance[4];
        uint64_t at = bias + patches->inner[i].address;
        machine_lead(distance, at, original_of(work, patches->inner[i].entry));
        bad |= remote_write(work->remote.memory, at, distance, sizeof(distance));
    }
    for (uint32_t i = 0; i < patches->count; i++) {
        const struct mf_patch *patch = &patches->list[i];
        if (breakpoint_plan_gates(patch)) {
            unsigned char jump[8];
            uint64_t entry = bias + patch->address;
            uint64_t gate = work->gates->code +
                            (work->gates->stops[i] - work->gates->code) / ROOM * ROOM;
            size_t length = machine_jump(jump, entry, gate);
            bad |= remote_write(work->remote.memory, entry, jump, length);
        }
    }
    return bad;
}

/** Do all of it; NULL, or why that cannot be. */
static const char *make(struct work *work, const struct channel *channel) {
    if (!find_bias(work) || !is_as_planned(work)) {
        return GATES_FAULT("its file is not as it was");
    }
    if (!take(work)) {
        return GATES_FAULT("there is no address space near it");
    }
    if (channel->fd >= 0 ? map_file(work, channel) : map_segment(work, channel)) {
        return GATES_FAULT("it cannot map the memory that is shared with mallocfail");
    }
    if (fill(work) != 0 || write_jumps(work) != 0) {
        return GATES_FAULT("the kernel lets nobody write to its code");
    }
    return NULL;
}

const char *gates_make(struct gates *gates, const struct breakpoint_plan *plan, pid_t pid,
                       int memory, const struct channel *channel) {
    struct work work = {.gates = gates, .plan = plan};
    *gates = (struct gates){0};
    if (!machine_has_breakpoints) {
        return GATES_FAULT("breakpoints are not known on this machine");
    }
    const char *fault = remote_begin(&work.remote, pid, memory) == 0
                            ? make(&work, channel)
                            : GATES_FAULT("its memory cannot be written");
    if (remote_end(&work.remote) != 0 && !fault) {
        fault = GATES_FAULT("its memory cannot be written");
    }
    return fault;
}

int gates_count(const struct gates *gates, const struct breakpoint_plan *plan, int memory,
                const struct machine_count *counts) {
    return remote_write(memory, gates->counts, counts,
                        plan->patches->count * sizeof(counts[0]));
}

int gates_find(const struct gates *gates, const struct breakpoint_plan *plan,
               uint64_t pc) {
    for (uint32_t i = 0; i < plan->patches->count; i++) {
        if (gates->stops[i] && gates->stops[i] == pc) {
            return (int)i;
        }
    }
    return -1;
}

/** Where a copy begins, less its gate's own beginning: behind the gate. */
static size_t gate_length(const struct mf_patch *patch) {
    unsigned char code[MACHINE_GATE_MAX];
    size_t stop;
    return machine_gate(code, 0, 0, patch->entry == MF_REALLOC, &stop);
}

/** The same, in one function's. */
static void place_in_gate(const struct gates *gates, const struct mf_patch *patch,
                          size_t offset, uint64_t *pc, uint64_t *sp) {
    uint64_t entry = gates->bias + patch->address;
    size_t length = gate_length(patch);
    if (offset < length) {
        *sp += machine_depth_in_gate(offset, patch->entry == MF_REALLOC);
        *pc = entry;
        return;
    }
    // Where nothing had to be fixed, the copy goes instruction by instruction.
    size_t copied = offset - length;
    size_t landing = patch->copied > patch->taken ? 4 : 0;
    bool plain =
        patch->fixes <= 1 && copied >= landing && copied - landing < patch->taken;
    *pc = plain ? entry + (copied - landing) : entry;
}

void gates_place(const struct gates *gates, const struct breakpoint_plan *plan,
                 uint64_t *pc, uint64_t *sp) {
    const struct mf_patches *patches = plan->patches;
    uint64_t offset = *pc - gates->code;
    for (uint32_t i = 0; i < patches->count && offset < CODE_SIZE; i++) {
        uint64_t own = (gates->stops[i] - gates->code) / ROOM * ROOM;
        if (gates->stops[i] && offset - own < ROOM) {
            place_in_gate(gates, &patches->list[i], offset - own, pc, sp);
            return;
        }
        if (gates->stops[i] && *pc >= gates->refusal) {
            *sp += machine_depth_in_refusal(*pc - gates->refusal, &plan->error);
            *pc = gates->bias + patches->list[i].address;
            return;
        }
    }
}

int gates_await(const struct gates *gates, struct gates_once *once, uint64_t address,
                int memory) {
    uint64_t at = gates->bias + address;
    if (!address || registers_trap.length != 1 ||
        remote_read(memory, at, &once->before, 1) != 0 ||
        remote_write(memory, at, registers_trap.code, 1) != 0) {
        return -1;
    }
    once->at = at;
    return 0;
}

bool gates_has_come(const struct gates_once *once, uint64_t pc) {
    return once->at && pc == once->at + registers_trap.behind;
}

int gates_go_on(struct gates_once *once, int memory) {
    uint64_t at = once->at;
    once->at = 0;
    return at ? remote_write(memory, at, &once->before, 1) : 0;
}
