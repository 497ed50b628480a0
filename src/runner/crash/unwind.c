// SPDX-License-Identifier: MIT
#include "runner/crash/unwind.h"

#include "runner/util/fault_guard.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** So many frames in a row that lead no further up the stack are a circle. */
#define CIRCLE_MAX 64

/** A file, as libdwfl's callback gets it. */
struct file {
    struct unwind *unwind;
    size_t first;
};

struct unwind {
    struct stopped *stopped;
    /** For each module, in the order of their addresses. */
    struct file *files;
    size_t file_count;
    Dwfl *dwfl;
    /** Whether libdwfl knows the machine and can walk. */
    bool attached;
    /** Where the walk begins. */
    struct registers registers;
    /** The highest address that was read since it was last set to 0. */
    uint64_t highest;
    /** What was read of the stack for the innermost frames, and whether that goes on. */
    struct unwind_reads reads;
    bool reads_go_on;
};

/** A walk that is under way. */
struct walk {
    struct unwind *unwind;
    struct raw_stack *stack;
    size_t most, room;
    /** Where the frames are in memory, too, one for each; NULL = nobody asks. */
    struct unwind_return *returns;
    /** Where the frame's pc was read. */
    uint64_t slot;
    /** Whether libdwfl's first frame is a caller's, its pc one less than what we say. */
    bool returned;
    /** How far up it has come, and with which frame. */
    uint64_t reached;
    size_t reached_at;
    int error;
};

/** libdwfl wants a module's file: the one on disk, else what is in memory. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name,
                    Dwarf_Addr base, char **file_name, Elf **elf) {
    (void)name;
    struct file *file = *userdata;
    struct unwind *unwind = file->unwind;
    struct elffile *same = stopped_open_file(unwind->stopped, file->first);
    if (same) {
        const char *path = unwind->stopped->maps.entries[file->first].path;
        elffile_close(same);
        return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    }
    // By this name libdwfl knows images that it has to read out of memory.
    char vdso[32];
    snprintf(vdso, sizeof(vdso), "[vdso: %d]", unwind->stopped->reader);
    return dwfl_linux_proc_find_elf(module, userdata, vdso, base, file_name, elf);
}

/** libdwfl wants a debug file: never here, .eh_frame is enough. */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name,
                          Dwarf_Addr base, const char *file_name, const char *debuglink,
                          GElf_Word crc, char **debuginfo_name) {
    (void)module, (void)userdata, (void)name, (void)base;
    (void)file_name, (void)debuglink, (void)crc, (void)debuginfo_name;
    return -1;
}

static const Dwfl_Callbacks file_callbacks = {
    .find_elf = find_elf,
    .find_debuginfo = find_debuginfo,
};

/** libdwfl wants all threads: we ask for single ones only. */
static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread) {
    (void)dwfl, (void)arg, (void)thread;
    return 0;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread) {
    (void)dwfl, (void)tid;
    *thread = arg;
    return true;
}

/** Note what is read for the innermost frames. */
static void note_read(struct unwind *unwind, uint64_t address) {
    struct unwind_reads *reads = &unwind->reads;
    uint64_t offset = address - unwind->stopped->registers.sp;
    if (!unwind->reads_go_on) {
        return;
    }
    if (reads->count == UNWIND_READS_MAX || offset > UNWIND_REACH_MAX) {
        unwind->reads_go_on = false;
        reads->count = 0;
        return;
    }
    reads->offsets[reads->count++] = (uint32_t)offset;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg) {
    (void)dwfl;
    struct unwind *unwind = arg;
    uint64_t word;
    note_read(unwind, address);
    if (!memory_read(unwind->stopped->memory, address, &word, sizeof(word))) {
        return false;
    }
    unwind->highest = address > unwind->highest ? address : unwind->highest;
    *result = word;
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg) {
    const struct unwind *unwind = arg;
    const struct registers *registers = &unwind->registers;
    Dwarf_Word words[REGISTERS_MAX];
    for (unsigned i = 0; i < registers->count; i++) {
        words[i] = registers->values[i];
    }
    dwfl_thread_state_register_pc(thread, registers->pc);
    return dwfl_thread_state_registers(thread, 0, registers->count, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = read_word,
    .set_initial_registers = set_registers,
};

/** Tell libdwfl of one file. */
static int report_file(struct unwind *unwind, struct file *file) {
    const struct maps *maps = &unwind->stopped->maps;
    const struct map *map = &maps->entries[file->first];
    Dwfl_Module *module = dwfl_report_module(unwind->dwfl, map->path, map->start,
                                             maps_file_end(maps, file->first));
    void **userdata;
    if (!module) {
        return -1;
    }
    dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
    *userdata = file;
    return 0;
}

/** Note where the modules begin among the mappings. */
static void place_files(struct unwind *unwind) {
    size_t count = 0;
    for (size_t i = 0; i < unwind->stopped->maps.count; i++) {
        if (stopped_is_module(unwind->stopped, i)) {
            unwind->files[count++] = (struct file){unwind, i};
        }
    }
    unwind->file_count = count;
}

/** Tell libdwfl of all files with code. */
static int report_files(struct unwind *unwind) {
    dwfl_report_begin(unwind->dwfl);
    for (size_t i = 0; i < unwind->file_count; i++) {
        if (report_file(unwind, &unwind->files[i]) != 0) {
            return -1;
        }
    }
    return dwfl_report_end(unwind->dwfl, NULL, NULL);
}

/** Prepare libdwfl; without it there is one frame only. */
static void prepare(void *context) {
    struct unwind *unwind = context;
    unwind->dwfl = dwfl_begin(&file_callbacks);
    unwind->attached = unwind->dwfl && report_files(unwind) == 0 &&
                       dwfl_attach_state(unwind->dwfl, NULL, unwind->stopped->reader,
                                         &thread_callbacks, unwind);
}

static void finish(void *context) {
    struct unwind *unwind = context;
    dwfl_end(unwind->dwfl);
}

/** libdwfl crashed: leave what it has where it lies. */
static void give_up(struct unwind *unwind) {
    unwind->attached = false;
    unwind->dwfl = NULL;
    unwind->reads.count = 0;
}

struct unwind *unwind_open(struct stopped *stopped) {
    struct unwind *unwind = calloc(1, sizeof(*unwind));
    if (!unwind) {
        return NULL;
    }
    unwind->stopped = stopped;
    unwind->files = calloc(unwind->stopped->maps.count, sizeof(unwind->files[0]));
    if (!unwind->files) {
        unwind_close(unwind);
        return NULL;
    }
    place_files(unwind);
    if (!fault_guard_call(prepare, unwind)) {
        give_up(unwind);
    }
    return unwind;
}

bool unwind_renew(struct unwind *unwind) {
    if (unwind->attached) {
        place_files(unwind);
    }
    return unwind->attached;
}

void unwind_close(struct unwind *unwind) {
    if (!unwind) {
        return;
    }
    int saved = errno;
    if (unwind->dwfl) {
        fault_guard_call(finish, unwind);
    }
    free(unwind->files);
    free(unwind);
    errno = saved;
}

/** Room for one more frame. */
static bool grow(struct walk *walk) {
    struct raw_stack *stack = walk->stack;
    if (stack->count < walk->room) {
        return true;
    }
    size_t room = walk->room ? 2 * walk->room : 64;
    struct frame *frames = reallocarray(stack->frames, room, sizeof(frames[0]));
    if (!frames) {
        walk->error = ENOMEM;
        return false;
    }
    stack->frames = frames;
    walk->room = room;
    return true;
}

/** Keep a frame; false where no more is wanted. */
static bool push(struct walk *walk, uint64_t pc, bool exact) {
    struct raw_stack *stack = walk->stack;
    if (stack->count >= walk->most && stack->count > 0) {
        stack->cut = true;
        return false;
    }
    if (!grow(walk)) {
        return false;
    }
    if (exact && stack->exact_count < RAW_STACK_EXACT_MAX) {
        stack->exact[stack->exact_count++] = stack->count;
    }
    if (walk->returns) {
        walk->returns[stack->count] = (struct unwind_return){pc, walk->slot};
    }
    stack->frames[stack->count++] = stopped_frame(walk->unwind->stopped, pc);
    walk->unwind->reads_go_on &= stack->count < RAW_STACK_PLACE_FRAMES;
    return true;
}

/** Whether a broken stack leads in a circle; the circle is dropped then. */
static bool is_circle(struct walk *walk, bool exact) {
    struct unwind *unwind = walk->unwind;
    if (exact) {
        // A signal handler may have had a stack of its own, anywhere.
        unwind->highest = walk->reached = 0;
        walk->reached_at = walk->stack->count;
    }
    if (unwind->highest > walk->reached) {
        walk->reached = unwind->highest;
        walk->reached_at = walk->stack->count;
    }
    if (walk->stack->count - walk->reached_at < CIRCLE_MAX) {
        return false;
    }
    walk->stack->count = walk->reached_at + 1;
    return true;
}

/** A frame from libdwfl. */
static int on_frame(Dwfl_Frame *state, void *arg) {
    struct walk *walk = arg;
    Dwarf_Addr pc;
    bool exact;
    // Of all that was read up to here its pc lies highest; and now libdwfl reads on.
    walk->slot = walk->unwind->highest;
    if (!dwfl_frame_pc(state, &pc, &exact)) {
        return DWARF_CB_ABORT;
    }
    if (walk->returned) {
        walk->returned = false;
        exact = false;
        pc++;
    }
    if (pc == 0 || is_circle(walk, exact) || !push(walk, pc, exact)) {
        return DWARF_CB_ABORT;
    }
    return DWARF_CB_OK;
}

/**
 * Begin where the thread stands. Where no code is, it came there by a call through a wild
 * pointer that has done nothing yet: go on with the caller, from in front of the return
 * address, as libdwfl does with all other callers.
 */
static bool begin(struct walk *walk) {
    struct unwind *unwind = walk->unwind;
    struct registers *registers = &unwind->registers;
    if (stopped_is_code(unwind->stopped, registers->pc)) {
        return true;
    }
    note_read(unwind, registers->sp);
    if (!push(walk, registers->pc, true) ||
        !registers_return(registers, unwind->stopped->memory) ||
        !stopped_is_code(unwind->stopped, registers->pc - 1)) {
        return false;
    }
    registers->pc--;
    walk->returned = true;
    return true;
}

/** The walk itself. */
static void walk_frames(void *context) {
    struct walk *walk = context;
    // It returns an error at the end of most stacks: what was found is what counts.
    dwfl_getthread_frames(walk->unwind->dwfl, walk->unwind->stopped->tid, on_frame, walk);
}

/** Walk, as unwind_walk() does. */
static int walk_all(struct unwind *unwind, size_t most, struct raw_stack *stack,
                    struct unwind_return *returns) {
    struct walk walk = {
        .unwind = unwind, .stack = stack, .most = most, .returns = returns};
    *stack = (struct raw_stack){0};
    unwind->registers = unwind->stopped->registers;
    unwind->highest = 0;
    unwind->reads.count = 0;
    unwind->reads_go_on = true;
    uint64_t pc = unwind->registers.pc;
    if (begin(&walk) && unwind->attached && !fault_guard_call(walk_frames, &walk)) {
        give_up(unwind);
    }
    if (stack->count == 0 && walk.error == 0) {
        push(&walk, pc, true);
    }
    unwind->reads_go_on = false;
    if (walk.error != 0) {
        free(stack->frames);
        *stack = (struct raw_stack){0};
        errno = walk.error;
        return -1;
    }
    return 0;
}

int unwind_walk(struct unwind *unwind, size_t most, struct raw_stack *stack) {
    return walk_all(unwind, most, stack, NULL);
}

size_t unwind_returns(struct unwind *unwind, struct unwind_return *returns, size_t room) {
    struct raw_stack stack;
    if (walk_all(unwind, room, &stack, returns) != 0) {
        return 0;
    }
    free(stack.frames);
    return stack.cut ? 0 : stack.count;
}

const struct unwind_reads *unwind_reads(const struct unwind *unwind) {
    return &unwind->reads;
}
