// SPDX-License-Identifier: MIT
#include "runner/crash/crash.h"

#include "runner/crash/heap.h"
#include "runner/crash/instruction.h"
#include "runner/crash/loop.h"
#include "runner/target/procfile.h"
#include "runner/util/printable.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>

/** How far below its stack's mapping a stack pointer may be and still be meant. */
#define STACK_GAP UINT64_C(0x1000000)

/** So many frames tell where a thread stands. A stack overflow has a hundred thousand
 * more. */
#define PLACE_FRAMES 64

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

bool crash_is_delivered(pid_t tid, int signal) {
    siginfo_t info;
    bool ignored = crash_is_fatal(signal) && procfile_ignores_signal(tid, signal) &&
                   ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 && info.si_code <= 0;
    return crash_is_fatal(signal) && !ignored;
}

bool crash_is_own(const struct tracer *tracer, pid_t tid, int signal) {
    siginfo_t info;
    if (!crash_is_fatal(signal) || ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) != 0) {
        return crash_is_fatal(signal);
    }
    bool sent =
        info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
    bool own = !sent || info.si_pid == procfile_process_of(tid) ||
               !tracee_is_known(tracer, info.si_pid);
    return own && crash_is_delivered(tid, signal);
}

bool crash_is_deadline(pid_t tid, int signal) {
    siginfo_t info;
    bool timed = signal == SIGALRM || signal == SIGVTALRM || signal == SIGPROF ||
                 signal == SIGXCPU;
    return timed && ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 &&
           (info.si_code == SI_KERNEL || info.si_code == SI_TIMER) &&
           procfile_leaves_signal(tid, signal);
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

/** Take the address from an instruction: a general protection fault tells none. */
static void take_address(struct crash *crash, struct stopped *stopped,
                         const struct instruction *instruction) {
    uint64_t target;
    crash->address = instruction->address;
    if (instruction->jumps &&
        memory_read(stopped->memory, instruction->address, &target, sizeof(target))) {
        crash->access = ACCESS_EXECUTE;
        crash->address = target;
    }
    // Those of programs can be mapped, and are not what was wrong.
    crash->address_known = crash->address >> 47 != 0;
}

/** What the instruction at a fault was about to do. */
static void gather_access(struct crash *crash, struct stopped *stopped) {
    unsigned char code[16];
    size_t length = stopped_read_code(stopped, code, sizeof(code));
    if (length == 0 || (crash->address_known && crash->address == crash->pc)) {
        crash->access = ACCESS_EXECUTE;
        crash->address = crash->pc;
        crash->address_known = true;
        return;
    }
    const uint64_t *fault = crash->address_known ? &crash->address : NULL;
    struct instruction instruction =
        instruction_read(&stopped->registers, code, length, fault);
    crash->access = instruction.access;
    if (!fault && instruction.address_known) {
        take_address(crash, stopped, &instruction);
    }
}

/** What the registers hold. */
static void gather_registers(struct crash *crash, struct stopped *stopped) {
    const struct registers *registers = &stopped->registers;
    crash->pc = registers->pc;
    crash->sp = registers->sp;
    for (unsigned i = 0; i < registers->count; i++) {
        crash->freed_fill_seen |= crash_is_freed_fill(registers->values[i]);
    }
    if (crash->signal == SIGSEGV || crash->signal == SIGBUS) {
        gather_access(crash, stopped);
    }
}

/** Find the mapping of the stack. */
static void gather_stack_bounds(struct crash *crash, const struct maps *maps) {
    for (size_t i = 0; i < maps->count; i++) {
        const struct map *map = &maps->entries[i];
        if (map->readable && crash->sp < map->end &&
            (crash->sp >= map->start || map->start - crash->sp < STACK_GAP)) {
            crash->stack_low = map->start;
            crash->stack_high = map->end;
            return;
        }
    }
}

/** libc keeps the text of its last words: a length of 4 bytes and the characters. */
static void gather_abort_message(struct crash *crash, struct view *view) {
    struct stopped *stopped = &view->stopped;
    uint64_t where = view_last_words(view);
    uint64_t message = 0;
    if (!where || !memory_read(stopped->memory, where, &message, sizeof(message)) ||
        !message) {
        return;
    }
    size_t length =
        memory_read_some(stopped->memory, message + sizeof(unsigned),
                         crash->abort_message, sizeof(crash->abort_message) - 1);
    crash->abort_message[length] = '\0';
    length = strlen(crash->abort_message);
    while (length > 0 && crash->abort_message[length - 1] == '\n') {
        crash->abort_message[--length] = '\0';
    }
    printable_fix(crash->abort_message);
}

/** Whether a frame is the library's. */
static bool is_library(const struct frame *frame, const void *modules) {
    const char *module = modules_name(modules, frame->module);
    return module && strncmp(module, "libmallocfail", strlen("libmallocfail")) == 0;
}

/** How many of the innermost frames are the library's and what it called. */
static size_t library_frames(const struct raw_stack *stack,
                             const struct modules *modules) {
    size_t count = 0;
    for (size_t i = 0; i < stack->count && i < LIBRARY_FRAMES_MAX; i++) {
        if (is_library(&stack->frames[i], modules)) {
            count = i + 1;
        }
    }
    return count;
}

/** Ask the page allocator. Where it was what aborted, its own frames tell nothing; and
 * where it was not, what it had noted earlier does not count. */
static void gather_heap(struct crash *crash, struct stopped *stopped,
                        const struct channel *channel) {
    heap_gather(&crash->heap, stopped, channel, crash->signal, crash->address);
    if (crash->signal != SIGABRT || crash->heap.fault == HEAP_FAULT_NONE) {
        return;
    }
    size_t own = library_frames(&crash->stack, stopped->modules);
    if (own > 0) {
        raw_stack_drop(&crash->stack, own);
    } else {
        crash->heap.fault = HEAP_FAULT_NONE;
        crash->heap.block_known = false;
    }
}

/** Turn to a thread, where it stands in the program: not in code that was put there; 0 on
 * success. */
static int turn_to(struct stopped *stopped, pid_t tid, const struct channel *channel) {
    int result = stopped_turn_to(stopped, tid);
    struct registers *registers = &stopped->registers;
    if (result == 0 && channel->agent) {
        uint64_t pc = registers->pc, sp = registers->sp;
        channel->agent->place(channel->agent, tid, &pc, &sp);
        registers_place(registers, pc, sp);
    }
    return result;
}

/** The stacks of the other threads of a process that hangs. */
static void gather_threads(struct crash *crash, struct stopped *stopped,
                           struct unwind *unwind, const struct channel *channel) {
    pid_t tids[CRASH_THREADS_MAX];
    size_t count = procfile_threads(crash->pid, tids, CRASH_THREADS_MAX);
    crash->threads = calloc(count ? count : 1, sizeof(crash->threads[0]));
    for (size_t i = 0; crash->threads && i < count; i++) {
        struct crash_thread *thread = &crash->threads[crash->thread_count];
        if (tids[i] != crash->tid && turn_to(stopped, tids[i], channel) == 0 &&
            unwind_walk(unwind, CRASH_FRAMES_MAX, &thread->stack) == 0) {
            raw_stack_leave_out(&thread->stack, is_library, stopped->modules);
            thread->tid = tids[i];
            procfile_thread_name(crash->pid, tids[i], thread->name);
            crash->thread_count++;
        }
    }
}

/** Gather all stacks; 0 on success. */
static int gather_stacks(struct crash *crash, struct view *view, size_t most,
                         const struct channel *channel) {
    struct unwind *unwind = view_unwind(view);
    int result = unwind ? unwind_walk(unwind, most, &crash->stack) : -1;
    if (result == 0 && crash->signal == 0) {
        gather_threads(crash, &view->stopped, unwind, channel);
    }
    return result;
}

/** Go back to the instruction that broke: a breakpoint of the program's own has the thread
 * stop behind it. */
static void go_back(const struct crash *crash, struct stopped *stopped) {
    const struct registers *registers = &stopped->registers;
    if (crash->signal == SIGTRAP && crash->code == SI_KERNEL) {
        registers_place(&stopped->registers, registers->pc - registers_trap.behind,
                        registers->sp);
    }
}

/** Gather registers and stacks; 0 on success. */
static int gather_place(struct crash *crash, struct view *view, size_t most,
                        const struct channel *channel) {
    struct stopped *stopped = &view->stopped;
    if (turn_to(stopped, crash->tid, channel) != 0) {
        return -1;
    }
    go_back(crash, stopped);
    gather_registers(crash, stopped);
    gather_stack_bounds(crash, &stopped->maps);
    int result = gather_stacks(crash, view, most, channel);
    if (result == 0 && crash->signal != SIGABRT) {
        // An abort may be the page allocator's: gather_heap() tells by these.
        raw_stack_leave_out(&crash->stack, is_library, stopped->modules);
    }
    return result;
}

/** Gather the rest. */
static void gather_rest(struct crash *crash, struct view *view,
                        const struct channel *channel) {
    gather_heap(crash, &view->stopped, channel);
    if (crash->signal == SIGABRT) {
        raw_stack_leave_out(&crash->stack, is_library, view->stopped.modules);
        gather_abort_message(crash, view);
    }
}

/** Begin with what needs no look into the process; 0 on success. */
static int begin(struct crash *crash, struct view *view, pid_t tid, int signal,
                 const struct channel *channel, struct modules *modules) {
    *crash = (struct crash){.tid = tid, .signal = signal, .end = -1};
    crash->pid = procfile_process_of(tid);
    crash->journal_used = atomic_load(&channel->head->journal_used);
    if (view_turn_to(view, crash->pid, modules) != 0) {
        return -1;
    }
    procfile_image(crash->pid, crash->image, sizeof(crash->image));
    procfile_thread_name(crash->pid, tid, crash->thread_name);
    if (signal != 0) {
        gather_signal(crash);
    }
    return 0;
}

int crash_gather_stack(struct crash *crash, pid_t tid, int signal,
                       const struct channel *channel, struct view *view,
                       struct modules *modules) {
    return begin(crash, view, tid, signal, channel, modules) == 0
               ? gather_place(crash, view, PLACE_FRAMES, channel)
               : -1;
}

void crash_complete(struct crash *crash, const struct channel *channel,
                    struct view *view) {
    if (crash->stack.cut) {
        struct raw_stack part = crash->stack;
        crash->stack = (struct raw_stack){0};
        if (gather_place(crash, view, CRASH_FRAMES_MAX, channel) != 0) {
            crash->stack = part;
            return;
        }
        free(part.frames);
    }
    gather_rest(crash, view, channel);
}

/** Whether a thread has stopped itself, so that it must not go on. */
static bool has_stopped_itself(pid_t tid) {
    siginfo_t info;
    return ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 &&
           info.si_code >> 8 == PTRACE_EVENT_STOP && info.si_signo != SIGTRAP;
}

/** Find the loop that the thread is in. It goes on meanwhile, so this comes last. */
static void gather_loop(struct crash *crash, const struct channel *channel,
                        struct view *view, const struct look_time *time) {
    struct unwind_return returns[LOOP_FRAMES_MAX];
    size_t count = 0;
    if (turn_to(&view->stopped, crash->tid, channel) == 0) {
        struct unwind *unwind = view_unwind(view);
        count = unwind ? unwind_returns(unwind, returns, LOOP_FRAMES_MAX) : 0;
    }
    struct loop loop;
    const struct loop_place place = {crash->pid, crash->tid, channel->head, time,
                                     channel->agent};
    loop_find(&loop, &place, returns, count);
    crash->loop_cut = loop.cut;
    crash->waits = loop.waits;
    // What is left out of the stack is further in.
    size_t outside = count - loop.frame;
    if (outside == 0 || outside > crash->stack.count) {
        return;
    }
    size_t frame = crash->stack.count - outside;
    crash->loop = loop.frame > 0 ? frame : 0;
    struct raw_stack *code = &crash->loop_code;
    if (frame == crash->loop) {
        code->frames = calloc(loop.count + 1, sizeof(code->frames[0]));
    }
    for (size_t i = 0; code->frames && i < loop.count; i++) {
        code->frames[code->count] = crash->stack.frames[frame];
        code->frames[code->count++].offset +=
            loop.addresses[i] - returns[loop.frame].address;
    }
}

int crash_gather(struct crash *crash, pid_t tid, int signal,
                 const struct channel *channel, struct modules *modules,
                 const struct look_time *time) {
    struct view view = {0};
    int result = -1;
    if (begin(crash, &view, tid, signal, channel, modules) == 0 &&
        gather_place(crash, &view, CRASH_FRAMES_MAX, channel) == 0) {
        gather_rest(crash, &view, channel);
        result = 0;
    }
    if (result == 0 && signal == 0 && !has_stopped_itself(tid)) {
        gather_loop(crash, channel, &view, time);
        // What failed meanwhile has pushed out of the journal what was there before.
        crash->journal_used = atomic_load(&channel->head->journal_used);
    }
    view_destroy(&view);
    return result;
}

void crash_destroy(struct crash *crash) {
    for (size_t i = 0; i < crash->thread_count; i++) {
        free(crash->threads[i].stack.frames);
    }
    free(crash->threads);
    free(crash->loop_code.frames);
    free(crash->stack.frames);
    *crash = (struct crash){0};
}
