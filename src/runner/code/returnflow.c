// SPDX-License-Identifier: MIT
#include "runner/code/returnflow.h"

#include "runner/code/callee.h"

#include <stdlib.h>
#include <string.h>

/** The most bytes of a function, and instructions that are looked at of it. */
#define CODE_MAX   ((size_t)1 << 16)
#define PLACES_MAX 4096
/** How many words of the stack may hold the pointer at a time. */
#define SLOTS_MAX 6

/** What is known in front of an instruction, by one way or another. */
struct knowledge {
    /** The registers that hold the pointer, one bit each. */
    uint32_t registers;
    /** How far the stack pointer is from where it was behind the call. */
    int64_t sp;
    /** The words that hold it: of the stack pointer as it was then, or of a register. */
    struct microcode_slot slots[SLOTS_MAX];
    unsigned slot_count;
    /** The flags tell whether it is NULL. */
    bool tested;
};

/** An instruction that was reached. */
struct place {
    struct knowledge before;
    uint32_t offset;
    bool waiting;
};

struct flow {
    struct microcodes *codes;
    const struct microcode_machine *machine;
    const struct elffile *file;
    struct function_range function;
    const unsigned char *bytes;
    /** For each byte of the function the place it begins, plus 1; 0 = none. */
    uint16_t *numbers;
    struct place *places;
    size_t count, room;
    /** Whether some place waits; and whether the pointer came to a return, and is looked at
     * where the call left it. */
    bool waiting, returned, used;
};

static bool holds(const struct knowledge *knowledge, unsigned reg) {
    return reg < MICROCODE_NONE && (knowledge->registers >> reg & 1);
}

/** A slot as it is known: not relative to the stack pointer of the moment. */
static struct microcode_slot fixed(const struct flow *flow,
                                   const struct knowledge *knowledge,
                                   const struct microcode_slot *slot) {
    bool moves = slot->base == flow->machine->sp;
    return (struct microcode_slot){.base = slot->base,
                                   .offset = slot->offset + (moves ? knowledge->sp : 0)};
}

/** The index of a slot among those that hold the pointer; their number = it does not. */
static unsigned find_slot(const struct knowledge *knowledge, struct microcode_slot slot) {
    unsigned at = 0;
    while (at < knowledge->slot_count && (knowledge->slots[at].base != slot.base ||
                                          knowledge->slots[at].offset != slot.offset)) {
        at++;
    }
    return at;
}

static void set_slot(struct knowledge *knowledge, struct microcode_slot slot, bool now) {
    unsigned at = find_slot(knowledge, slot);
    if (now && at == knowledge->slot_count && at < SLOTS_MAX) {
        knowledge->slots[knowledge->slot_count++] = slot;
    } else if (!now && at < knowledge->slot_count) {
        knowledge->slots[at] = knowledge->slots[--knowledge->slot_count];
    }
}

static void set_register(struct knowledge *knowledge, unsigned reg, bool now) {
    uint32_t bit = reg < MICROCODE_NONE ? UINT32_C(1) << reg : 0;
    knowledge->registers = now ? knowledge->registers | bit : knowledge->registers & ~bit;
}

/** Forget what registers held, and the words that are counted from them. */
static void forget(struct knowledge *knowledge, uint32_t written) {
    knowledge->registers &= ~written;
    for (unsigned i = knowledge->slot_count; i > 0; i--) {
        if (written >> knowledge->slots[i - 1].base & 1) {
            knowledge->slots[i - 1] = knowledge->slots[--knowledge->slot_count];
        }
    }
}

/** Add a place, if there is room for it. */
static void add(struct flow *flow, uint64_t offset, const struct knowledge *known) {
    if (flow->count == flow->room) {
        size_t room = flow->room ? 2 * flow->room : 64;
        struct place *grown =
            room <= PLACES_MAX ? reallocarray(flow->places, room, sizeof(flow->places[0]))
                               : NULL;
        if (!grown) {
            return;
        }
        flow->places = grown;
        flow->room = room;
    }
    flow->places[flow->count++] = (struct place){*known, (uint32_t)offset, true};
    flow->numbers[offset] = (uint16_t)flow->count;
    flow->waiting = true;
}

/** Come to a place with what is known: it is the union over all ways that lead there. */
static void reach(struct flow *flow, uint64_t address, const struct knowledge *known) {
    uint64_t offset = address - flow->function.low;
    if (address < flow->function.low || address >= flow->function.high) {
        return;
    }
    if (!flow->numbers[offset]) {
        add(flow, offset, known);
        return;
    }
    struct place *place = &flow->places[flow->numbers[offset] - 1];
    struct knowledge *before = &place->before;
    unsigned slots = before->slot_count;
    bool more =
        (known->registers & ~before->registers) || (before->tested && !known->tested);
    before->registers |= known->registers;
    before->tested = before->tested && known->tested;
    for (unsigned i = 0; i < known->slot_count; i++) {
        set_slot(before, known->slots[i], true);
    }
    place->waiting |= more || before->slot_count > slots;
    flow->waiting |= place->waiting;
}

/** Whether what is called returns its first argument. */
static bool passes_on(const struct flow *flow, const struct microcode *code) {
    static const char *const names[] = {
        "memcpy",       "memset",        "memmove",      "strcpy",
        "strncpy",      "__memcpy_chk",  "__memset_chk", "__memmove_chk",
        "__strcpy_chk", "__strncpy_chk", "strcat",       "__strcat_chk",
    };
    const char *name = callee_name(flow->codes, flow->file, code);
    for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** What a call leaves of what is known. */
static void call(const struct flow *flow, const struct microcode *code,
                 struct knowledge *known) {
    bool passed = holds(known, flow->machine->argument) && passes_on(flow, code);
    forget(known, ~flow->machine->saved);
    set_register(known, flow->machine->result, passed);
    known->tested = false;
}

/** Move the pointer to and from the stack. */
static void transfer(const struct flow *flow, const struct microcode *code,
                     struct knowledge *known) {
    for (unsigned i = 0; i < code->slot_count; i++) {
        const struct microcode_slot *slot = &code->slots[i];
        struct microcode_slot at = fixed(flow, known, slot);
        if (code->kind == MICROCODE_STORE) {
            set_slot(known, at, holds(known, slot->reg));
        } else {
            bool loaded = find_slot(known, at) < known->slot_count;
            if (slot->reg < MICROCODE_NONE) {
                forget(known, UINT32_C(1) << slot->reg);
            }
            set_register(known, slot->reg, loaded);
        }
    }
}

/** What is known behind an instruction that goes on. */
static void apply(const struct flow *flow, const struct microcode *code,
                  struct knowledge *known) {
    bool copied = holds(known, code->from) || (code->merges && holds(known, code->other));
    bool tested = code->kind == MICROCODE_TEST && holds(known, code->from);
    if (code->kind == MICROCODE_TEST && code->slot_count > 0) {
        struct microcode_slot slot = fixed(flow, known, &code->slots[0]);
        tested = find_slot(known, slot) < known->slot_count;
    }
    known->sp += code->push;
    if (code->kind == MICROCODE_CALL) {
        call(flow, code, known);
    } else if (code->kind == MICROCODE_STORE || code->kind == MICROCODE_LOAD) {
        transfer(flow, code, known);
    }
    known->sp += code->pop;
    forget(known, code->written);
    if (code->kind == MICROCODE_COPY) {
        if (code->to != code->from) {
            forget(known, UINT32_C(1) << code->to);
        }
        set_register(known, code->to, copied);
    }
    if (code->kind == MICROCODE_TEST || code->flags) {
        known->tested = tested;
    }
}

/** Go on behind a branch, but not where the pointer is NULL. */
static void branch(struct flow *flow, const struct microcode *code, uint64_t next,
                   const struct knowledge *known) {
    bool tells = known->tested || holds(known, code->from);
    if (!tells || code->condition != MICROCODE_IF_ZERO) {
        reach(flow, code->target, known);
    }
    if (!tells || code->condition != MICROCODE_IF_NOT_ZERO) {
        reach(flow, next, known);
    }
}

/** Leave a function by a jump: to another one, which returns for it. */
static bool leaves(const struct flow *flow, const struct microcode *code) {
    return code->target < flow->function.low || code->target >= flow->function.high;
}

/** Look at one instruction. */
static void step(struct flow *flow, const struct place *place) {
    size_t left = flow->function.high - flow->function.low - place->offset;
    uint64_t address = flow->function.low + place->offset;
    struct knowledge known = place->before;
    struct microcode code;
    if ((!known.registers && known.slot_count == 0) ||
        !microcodes_read(flow->codes, flow->bytes + place->offset, left, address,
                         &code)) {
        return;
    }
    flow->used |= code.reads_result && holds(&known, flow->machine->result);
    apply(flow, &code, &known);
    switch (code.kind) {
    case MICROCODE_RETURN:
        flow->returned |= holds(&known, flow->machine->result);
        break;
    case MICROCODE_JUMP:
        flow->returned |= leaves(flow, &code) && holds(&known, flow->machine->argument) &&
                          passes_on(flow, &code);
        reach(flow, code.target, &known);
        break;
    case MICROCODE_BRANCH:
        branch(flow, &code, address + code.length, &known);
        break;
    case MICROCODE_STOP:
        break;
    default:
        reach(flow, address + code.length, &known);
    }
}

/** Follow all ways until nothing new is known, or what is asked for. */
static void follow(struct flow *flow, const bool *asked) {
    // Each look adds something to what is known of a place, so there are not many.
    while (flow->waiting && !*asked) {
        flow->waiting = false;
        for (size_t i = 0; i < flow->count && !*asked; i++) {
            if (flow->places[i].waiting) {
                flow->places[i].waiting = false;
                step(flow, &flow->places[i]);
            }
        }
    }
}

static void finish(struct flow *flow) {
    if (flow) {
        free(flow->places);
        free(flow->numbers);
        free(flow);
    }
}

/** Follow the pointer from behind a call; NULL when memory ran out, else to be freed. */
static struct flow *begin(struct microcodes *codes, const struct elffile *file,
                          struct function_range function, uint64_t from) {
    size_t length = function.high - function.low;
    length = length < CODE_MAX ? length : CODE_MAX;
    struct flow *flow = calloc(1, sizeof(*flow));
    if (!flow) {
        return NULL;
    }
    flow->codes = codes;
    flow->machine = microcodes_machine(codes);
    flow->file = file;
    flow->function = (struct function_range){function.low, function.low + length};
    flow->bytes = elffile_bytes(file, function.low, length);
    flow->numbers = calloc(length + 1, sizeof(flow->numbers[0]));
    if (!flow->bytes || !flow->numbers) {
        finish(flow);
        return NULL;
    }
    reach(flow, from,
          &(struct knowledge){.registers = UINT32_C(1) << flow->machine->result});
    return flow;
}

bool returnflow_returns(struct microcodes *codes, const struct elffile *file,
                        struct function_range function, uint64_t from) {
    struct flow *flow = begin(codes, file, function, from);
    if (flow) {
        follow(flow, &flow->returned);
    }
    bool returned = flow && flow->returned;
    finish(flow);
    return returned;
}

bool returnflow_uses(struct microcodes *codes, const struct elffile *file,
                     struct function_range function, uint64_t from) {
    struct flow *flow = begin(codes, file, function, from);
    if (flow) {
        follow(flow, &flow->used);
    }
    bool used = flow && flow->used;
    finish(flow);
    return used;
}
