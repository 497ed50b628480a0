// SPDX-License-Identifier: MIT
#include "runner/crash/glance.h"

#include "core/policy/mix.h"
#include "runner/crash/facts.h"
#include "runner/crash/registers.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define WORDS_MAX 8192

/** How much of the stack is looked at: where an instruction faults, what is near tells its
 * callers; who calls abort() may have large buffers between it and the one who found the
 * fault, as sanitizers have. */
static const struct window {
    /** Above the stack pointer. */
    size_t words;
    /** Of what may be return addresses. */
    unsigned addresses;
} AT_FAULT = {512, 16}, AT_ABORT = {WORDS_MAX, 512};

/** Where code lies in its file, whichever process has mapped it; 0 where it is none. */
static uint64_t place_of(const struct maps *maps, uint64_t address) {
    const struct map *map = maps_find(maps, address);
    if (!map || !map->executable) {
        return 0;
    }
    return mf_mix(map->inode + MF_MIX_STEP) ^ (address - maps->entries[map->first].start);
}

/** Read the maps where the thread's instruction is in none that is known. */
static void refresh(struct maps *maps, pid_t tid, uint64_t pc) {
    struct maps fresh;
    if (!place_of(maps, pc) && maps_read(&fresh, tid) == 0) {
        maps_destroy(maps);
        *maps = fresh;
    }
}

/** Whether the fault was at NULL or near it: another address is as good as any. */
static bool is_null(pid_t tid, int signal) {
    siginfo_t info;
    return (signal == SIGSEGV || signal == SIGBUS) &&
           ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 && info.si_code > 0 &&
           (uint64_t)(uintptr_t)info.si_addr < CRASH_NULL_PAGE;
}

/** Hash what may be return addresses; from the stack pointer on. */
static uint64_t scan(pid_t tid, uint64_t sp, const struct window *window,
                     const struct maps *maps, uint64_t hash) {
    uint64_t words[WORDS_MAX];
    size_t wanted = window->words * sizeof(words[0]);
    const struct map *stack = maps_find(maps, sp);
    uint64_t size = stack ? stack->end - sp : 0;
    struct iovec local = {words, size < wanted ? size : wanted};
    struct iovec remote = {(void *)(uintptr_t)sp, local.iov_len};
    ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
    unsigned left = window->addresses;
    size_t count = got > 0 ? (size_t)got / sizeof(words[0]) : 0;
    for (size_t i = 0; left > 0 && i < count; i++) {
        uint64_t place = words[i] < CRASH_NULL_PAGE ? 0 : place_of(maps, words[i]);
        hash = place ? mf_mix(hash ^ place) : hash;
        left -= place != 0;
    }
    return hash;
}

uint64_t glance(pid_t tid, int signal, struct maps *maps) {
    struct registers registers;
    if (registers_read(&registers, tid) != 0) {
        return 0;
    }
    refresh(maps, tid, registers.pc);
    uint64_t hash = mf_mix((uint64_t)signal + MF_MIX_STEP) ^ place_of(maps, registers.pc);
    hash = mf_mix(hash ^ is_null(tid, signal));
    hash = scan(tid, registers.sp & ~UINT64_C(7),
                signal == SIGABRT ? &AT_ABORT : &AT_FAULT, maps, hash);
    return hash ? hash : 1;
}
