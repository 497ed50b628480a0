// SPDX-License-Identifier: MIT
#include "runner/crash/crash.h"

#include "runner/crash/instruction.h"
#include "runner/target/procfile.h"
#include "runner/util/diag.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/** How far below its stack's mapping a stack pointer may be and still be meant. */
#define STACK_GAP UINT64_C(0x1000000)

/** The page allocator is never deeper than this when it gives up. */
#define LIBRARY_FRAMES_MAX 12

bool crash_is_fatal(int signal) {
    switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGSYS:
    case SIGTRAP:
        return true;
    default:
        return false;
    }
}

static ssize_t read_memory(pid_t pid, uint64_t address, void *to, size_t size) {
    struct iovec local = {to, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

static void gather_signal(struct crash *crash) {
    siginfo_t info;
    if (ptrace(PTRACE_GETSIGINFO, crash->tid, NULL, &info) != 0) {
        return;
    }
    crash->code = info.si_code;
    bool fault = crash->signal == SIGSEGV || crash->signal == SIGBUS;
    if (info.si_code <= 0) {
        crash->sender = info.si_pid == crash->pid ? 0 : info.si_pid;
    } else if (fault && info.si_code != SI_KERNEL) {
        crash->address = (uint64_t)(uintptr_t)info.si_addr;
        crash->address_known = true;
    }
}

static bool near_fill(uint64_t value) {
    return value - OUTCOME_FREED_FILL + OUTCOME_NULL_PAGE < 2 * OUTCOME_NULL_PAGE;
}

/** Take the address from an instruction: a general protection fault tells none. */
static void take_address(struct crash *crash, const struct instruction *instruction) {
    uint64_t target;
    crash->address = instruction->address;
    if (instruction->jumps && read_memory(crash->pid, instruction->address, &target,
                                          sizeof(target)) == sizeof(target)) {
        crash->access = ACCESS_EXECUTE;
        crash->address = target;
    }
    // Those of programs can be mapped, and are not what was wrong.
    crash->address_known = crash->address >> 47 != 0;
}

static void gather_registers(struct crash *crash) {
    struct registers registers;
    if (registers_read(&registers, crash->tid) != 0) {
        return;
    }
    crash->pc = registers.pc;
    crash->sp = registers.sp;
    for (unsigned i = 0; i < registers.count; i++) {
        crash->freed_fill_seen |= near_fill(registers.values[i]);
    }
    if (crash->signal != SIGSEGV && crash->signal != SIGBUS) {
        return;
    }
    unsigned char code[16];
    ssize_t got = read_memory(crash->pid, registers.pc, code, sizeof(code));
    if (got <= 0 || (crash->address_known && crash->address == registers.pc)) {
        crash->access = ACCESS_EXECUTE;
        crash->address = registers.pc;
        crash->address_known = true;
        return;
    }
    const uint64_t *fault = crash->address_known ? &crash->address : NULL;
    struct instruction instruction =
        instruction_read(&registers, code, (size_t)got, fault);
    crash->access = instruction.access;
    if (!fault && instruction.address_known) {
        take_address(crash, &instruction);
    }
}

/** procfile_maps()'s question: find the stack's mapping. */
static bool find_stack(void *context, uint64_t start, uint64_t end) {
    struct crash *crash = context;
    if (crash->sp < end && (crash->sp >= start || start - crash->sp < STACK_GAP)) {
        crash->stack_low = start;
        crash->stack_high = end;
        return false;
    }
    return true;
}

/** libc keeps the text of its last words: a length of 4 bytes and the characters. */
static void gather_abort_message(struct crash *crash, struct unwind *unwind) {
    uint64_t where = unwind_symbol(unwind, "__abort_msg");
    uint64_t message = 0;
    if (!where || read_memory(crash->pid, where, &message, sizeof(message)) <= 0 ||
        !message) {
        return;
    }
    ssize_t got = read_memory(crash->pid, message + sizeof(unsigned),
                              crash->abort_message, sizeof(crash->abort_message) - 1);
    crash->abort_message[got > 0 ? got : 0] = '\0';
    size_t length = strlen(crash->abort_message);
    while (length > 0 && crash->abort_message[length - 1] == '\n') {
        crash->abort_message[--length] = '\0';
    }
    diag_printable(crash->abort_message);
}

/** How many of the innermost frames are the library's and what it called. */
static size_t library_frames(const struct unwind_stack *stack,
                             const struct modules *modules) {
    size_t count = 0;
    for (size_t i = 0; i < stack->count && i < LIBRARY_FRAMES_MAX; i++) {
        const char *module = modules_name(modules, stack->frames[i].module);
        if (module && strncmp(module, "libmallocfail", strlen("libmallocfail")) == 0) {
            count = i + 1;
        }
    }
    return count;
}

/** Ask the page allocator. Where it was what aborted, its own frames tell nothing; and
 * where it was not, what it had noted earlier does not count. */
static void gather_heap(struct crash *crash, const struct channel *channel,
                        struct unwind *unwind, const struct modules *modules) {
    const struct heap_question question = {crash->pid, crash->tid, crash->signal,
                                           crash->address};
    heap_gather(&crash->heap, &question, channel, unwind);
    if (crash->signal != SIGABRT || crash->heap.fault == HEAP_FAULT_NONE) {
        return;
    }
    size_t own = library_frames(&crash->stack, modules);
    if (own > 0) {
        unwind_drop(&crash->stack, own);
    } else {
        crash->heap.fault = HEAP_FAULT_NONE;
        crash->heap.block_known = false;
    }
}

/** The stacks of the other threads of a process that hangs. */
static void gather_threads(struct crash *crash, struct unwind *unwind) {
    pid_t tids[CRASH_THREADS_MAX];
    size_t count = procfile_threads(crash->pid, tids, CRASH_THREADS_MAX);
    crash->threads = calloc(count ? count : 1, sizeof(crash->threads[0]));
    for (size_t i = 0; crash->threads && i < count; i++) {
        struct crash_thread *thread = &crash->threads[crash->thread_count];
        if (tids[i] != crash->tid &&
            unwind_walk(unwind, tids[i], CRASH_FRAMES_MAX, &thread->stack) == 0) {
            thread->tid = tids[i];
            procfile_thread_name(crash->pid, tids[i], thread->name);
            crash->thread_count++;
        }
    }
}

int crash_gather(struct crash *crash, pid_t tid, int signal,
                 const struct channel *channel, struct modules *modules) {
    *crash = (struct crash){.tid = tid, .signal = signal, .end = -1};
    crash->pid = procfile_process_of(tid);
    crash->journal_used = atomic_load(&channel->head->journal_used);
    procfile_image(crash->pid, crash->image, sizeof(crash->image));
    procfile_thread_name(crash->pid, tid, crash->thread_name);
    if (signal != 0) {
        gather_signal(crash);
    }
    gather_registers(crash);
    procfile_maps(crash->pid, find_stack, crash);
    struct unwind *unwind = unwind_open(crash->pid, modules);
    int result = unwind ? unwind_walk(unwind, tid, CRASH_FRAMES_MAX, &crash->stack) : -1;
    if (result == 0) {
        gather_heap(crash, channel, unwind, modules);
    }
    if (unwind && signal == SIGABRT) {
        gather_abort_message(crash, unwind);
    }
    if (unwind && signal == 0) {
        gather_threads(crash, unwind);
    }
    unwind_close(unwind);
    return result;
}

void crash_destroy(struct crash *crash) {
    for (size_t i = 0; i < crash->thread_count; i++) {
        free(crash->threads[i].stack.frames);
    }
    free(crash->threads);
    free(crash->stack.frames);
    *crash = (struct crash){0};
}
