// SPDX-License-Identifier: MIT
#include "runner/diagnose/verdict.h"

#include "runner/diagnose/callname.h"
#include "runner/diagnose/sentence.h"
#include "runner/exceptions/landing.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/** The stacks of a finding as outcome_judge() takes them. */
struct plain_stacks {
    struct outcome_frame *crash, *injection, *allocation, *release;
};

static void free_plain(struct plain_stacks *stacks) {
    free(stacks->crash);
    free(stacks->injection);
    free(stacks->allocation);
    free(stacks->release);
}

/** Make them; 0 on success. */
static int make_plain(struct plain_stacks *stacks, const struct finding *finding,
                      const struct modules *modules) {
    stacks->crash = named_stack_plain(&finding->crash_stack, modules);
    stacks->injection = named_stack_plain(&finding->injection_stack, modules);
    stacks->allocation = named_stack_plain(&finding->allocation_stack, modules);
    stacks->release = named_stack_plain(&finding->release_stack, modules);
    return stacks->crash && stacks->injection && stacks->allocation && stacks->release
               ? 0
               : -1;
}

/** Whether the function of a frame lets an exception out that leaves its call. */
static enum landing landing_at(const struct finding *finding, size_t named, size_t raw,
                               const struct finding_context *context) {
    const struct named_frame *frame = &finding->crash_stack.frames[named];
    const struct functions *functions =
        raw_stack_is_exact(&finding->crash->stack, raw)
            ? NULL
            : symbols_functions(context->symbols, frame->raw.module);
    // The call is in front of where it returns to.
    return functions ? landing_of(functions, functions->base + frame->raw.offset - 1)
                     : LANDING_PASSES;
}

/** Whether an exception that is thrown on the stack would come to a function that lets none
 * out. Where its code cannot be read that is what destructors are. */
static bool is_stopped(const struct finding *finding,
                       const struct finding_context *context) {
    const struct named_stack *stack = &finding->crash_stack;
    bool thrown = false, stopped = false, destructor = false;
    size_t raw = 0;
    for (size_t i = 0; finding->crash->signal == SIGABRT && i < stack->count && !stopped;
         i++) {
        const struct symbol *symbol = stack->frames[i].symbol;
        const char *name = symbol->short_name;
        bool throws = callname_is_throwing(name) && !callname_is_terminate(name);
        destructor |= name && strstr(name, "::~");
        if (thrown && !throws && !symbol->inlined) {
            enum landing landing = landing_at(finding, i, raw, context);
            stopped =
                landing == LANDING_STOPS || (landing == LANDING_UNKNOWN && destructor);
        }
        thrown |= throws;
        destructor &= symbol->inlined;
        raw += !symbol->inlined;
    }
    return stopped;
}

int verdict_on_crash(struct finding *finding, const struct finding_context *context,
                     uint64_t in_a_row) {
    const struct crash *crash = finding->crash;
    struct plain_stacks stacks = {NULL, NULL, NULL, NULL};
    if (make_plain(&stacks, finding, context->modules) != 0) {
        free_plain(&stacks);
        return -1;
    }
    struct outcome_injection injection = {
        .function = mf_injection_function(&finding->injection),
        .size = finding->injection.size,
        .error = mf_injection_error(&finding->injection),
        .frames = stacks.injection,
        .count = finding->injection_stack.count,
    };
    const struct outcome_heap heap = {
        .fault = crash->heap.fault,
        .finder = crash->heap.finder,
        .address = crash->heap.address,
        .size = crash->heap.size,
        .freed = crash->heap.freed,
        .offset = crash->heap.offset,
        .allocation = stacks.allocation,
        .release = stacks.release,
        .allocation_count = finding->allocation_stack.count,
        .release_count = finding->release_stack.count,
    };
    // Another process's failure is no NULL in this one.
    bool own = finding->injection.pid == crash->pid;
    struct outcome_facts facts = {
        .timed_out = crash->signal == 0,
        .signal = crash->signal,
        .code = crash->code,
        .address = crash->address,
        .address_known = crash->address_known,
        .access = crash->access,
        .sp = crash->sp,
        .stack_low = crash->stack_low,
        .stack_high = crash->stack_high,
        .freed_fill_seen = crash->freed_fill_seen,
        .null_proven = crash->null_proven,
        .frames = stacks.crash,
        .count = finding->crash_stack.count,
        .total = crash->stack.count,
        .cycle = finding->cycle,
        .loop = crash->loop > 0 ? named_stack_function(&finding->crash_stack, crash->loop)
                                : 0,
        .loops = crash->loop_code.count > 0,
        .abort_message = crash->abort_message,
        .last_words = context->last_words ? context->last_words : "",
        .injection = finding->injected && own ? &injection : NULL,
        .elsewhere = finding->injected && !own ? &injection : NULL,
        .heap = &heap,
        .injections = finding->injections,
        .same_in_a_row = in_a_row,
        .stopped = is_stopped(finding, context),
        .wrappers = context->wrappers,
        .caller = context->caller,
    };
    outcome_judge(&facts, &finding->verdict);
    free_plain(&stacks);
    return 0;
}

int verdict_on_end(struct finding *finding, const struct finding_context *context,
                   enum outcome outcome, const char *what) {
    struct outcome_verdict *verdict = &finding->verdict;
    struct outcome_frame *frames =
        named_stack_plain(&finding->injection_stack, context->modules);
    if (!frames) {
        return -1;
    }
    const struct outcome_injection injection = {
        .function = mf_injection_function(&finding->injection),
        .size = finding->injection.size,
        .error = mf_injection_error(&finding->injection),
        .frames = frames,
        .count = finding->injection_stack.count,
    };
    const struct outcome_facts facts = {.injection =
                                            finding->injected ? &injection : NULL};
    verdict->outcome = outcome;
    verdict->class = outcome == OUTCOME_HUNG ? CLASS_SPINNING
                     : outcome == OUTCOME_CRASHED || outcome == OUTCOME_ABORTED
                         ? CLASS_OTHER
                         : CLASS_NONE;
    verdict->detail[0] = '\0';
    struct sentence sentence = sentence_begin(&facts, verdict, verdict->explanation,
                                              sizeof(verdict->explanation));
    sentence_put_after(&sentence);
    sentence_put(&sentence, "%s", what);
    sentence_end(&sentence);
    free(frames);
    return 0;
}
