// SPDX-License-Identifier: MIT
#include "runner/report/report_text.h"

#include "runner/formats/finding_text.h"
#include "runner/report/report_json.h"
#include "runner/report/report_pages.h"
#include "runner/target/signals.h"
#include "runner/util/clock.h"
#include "runner/util/colour.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** How many of a kind are listed. */
#define LISTED_MAX 20

/** Print one line, its beginning coloured; names in it are others'. */
__attribute__((format(printf, 4, 5))) static void line(const struct report *report,
                                                       FILE *stream, const char *colour,
                                                       const char *format, ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(stream, "%smallocfail:%s ", report->colour ? colour : "",
            report->colour ? COLOUR_PLAIN : "");
    printable_put(text, stream);
    fputc('\n', stream);
}

/** The name of what ran: the last part of what the user called. */
static const char *program(const struct report *report) {
    const char *name = report->options->argv[0];
    const char *slash = strrchr(name, '/');
    return slash && slash[1] ? slash + 1 : name;
}

static void print_end(const struct report *report, FILE *stream) {
    const struct run_result *result = report->result;
    double seconds = (double)result->elapsed_ns / (double)CLOCK_SECOND;
    int status = result->wait_status;
    char name[32];
    if (result->timed_out) {
        line(report, stream, COLOUR_RED, "%s timed out after %.3f s and was killed",
             program(report), seconds);
    } else if (WIFSIGNALED(status)) {
        line(report, stream, COLOUR_RED, "%s was killed by %s (%s) after %.3f s%s",
             program(report), signals_name(WTERMSIG(status), name),
             strsignal(WTERMSIG(status)), seconds,
             WCOREDUMP(status) ? ", core dumped" : "");
    } else {
        line(report, stream, COLOUR_GREEN, "%s exited with status %d after %.3f s",
             program(report), WEXITSTATUS(status), seconds);
    }
}

/** What the numbers count: all calls where the policy selects other functions than those for
 * memory. */
static const char *counted(const struct report *report) {
    const struct mf_policy *policy = report->policy->policy;
    bool beside = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        beside |= (policy->rules[i].functions & ~MF_FUNCTIONS_DEFAULT) != 0;
    }
    return beside ? "call" : "allocation";
}

static void print_sums(const struct report *report, FILE *stream) {
    line(report, stream, COLOUR_CYAN, "%" PRIu64 " %s%s, %" PRIu64 " failed",
         report->seen, counted(report), plural(report->seen), report->injected);
    if (report->verbose && report->early > 0) {
        line(report, stream, COLOUR_CYAN, "%" PRIu64 " more before counting began",
             report->early);
    }
}

void report_text_rules(const struct mf_policy *policy, const struct report_rule *rules,
                       const char *prefix, FILE *stream) {
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        fprintf(stream, "%srule \"%s\": %s %" PRIu64 " of %" PRIu64 " selected call%s\n",
                prefix, policy->rules[i].name,
                policy->rules[i].action == MF_SPARE ? "spared" : "failed", rules[i].taken,
                rules[i].selected, plural(rules[i].selected));
    }
}

static void print_rules(const struct report *report, FILE *stream) {
    char prefix[32];
    snprintf(prefix, sizeof(prefix), "%smallocfail:%s ",
             report->colour ? COLOUR_CYAN : "", report->colour ? COLOUR_PLAIN : "");
    report_text_rules(report->policy->policy, report->rules, prefix, stream);
}

/** Whether mallocfail ctl was at work. */
static bool was_controlled(const struct report *report) {
    return atomic_load(&report->result->channel.head->control.sequence) != 0;
}

/** Say who else made calls fail than the rules above. */
static void print_others(const struct report *report, FILE *stream) {
    const struct mf_policy *policy = report->policy->policy;
    uint64_t others = report->injected;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        uint64_t taken = policy->rules[i].action == MF_FAIL ? report->rules[i].taken : 0;
        others -= taken < others ? taken : others;
    }
    if (others > 0) {
        line(report, stream, COLOUR_CYAN, "%" PRIu64 " failed because %s asked for it",
             others,
             !was_controlled(report) ? "the program (mallocfail.h)"
             : report->asked > 0     ? "the program (mallocfail.h) or mallocfail ctl"
                                     : "mallocfail ctl");
    }
}

/** Say which calls a rule was waiting for. */
static void print_trigger(const struct mf_rule *rule, FILE *stream) {
    switch (rule->trigger) {
    case MF_NTH:
        fprintf(stream, "number %" PRIu64 "%s", rule->nth[0],
                rule->nth_count > 1 ? " and others after it" : "");
        break;
    case MF_RANGE:
        fprintf(stream, "numbers %" PRIu64 " to %" PRIu64, rule->from, rule->to);
        if (rule->step > 1) {
            fprintf(stream, " by steps of %" PRIu64, rule->step);
        }
        break;
    case MF_EVERY:
        fprintf(stream, "one in %" PRIu64, rule->every);
        break;
    case MF_FROM:
        fprintf(stream, "number %" PRIu64 " and all after it", rule->from);
        break;
    case MF_PROBABILITY:
        fputs("some by chance", stream);
        break;
    case MF_HEAP_ABOVE:
        fprintf(stream, "those that would make the heap larger than %" PRIu64 " bytes",
                rule->heap_above);
        break;
    default:
        fputs("each of them", stream);
    }
}

/** The policy never fired: say what each rule that fails calls saw and asked for. */
static void print_silence(const struct report *report, FILE *stream) {
    const struct mf_policy *policy = report->policy->policy;
    line(report, stream, COLOUR_CYAN,
         "note: the policy never fired: no allocation failed");
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct mf_rule *rule = &policy->rules[i];
        uint64_t selected = report->rules[i].selected;
        if (rule->action == MF_SPARE) {
            continue;
        }
        fputs("    rule \"", stream);
        printable_put(rule->name, stream);
        fprintf(stream, "\" selected %" PRIu64 " call%s and was to fail ", selected,
                plural(selected));
        print_trigger(rule, stream);
        fputs(rule->counter == MF_PER_THREAD ? ", counted by thread\n" : "\n", stream);
    }
}

static void print_caller(const struct report *report, struct frame frame, FILE *stream) {
    const char *module = modules_name(report->modules, frame.module);
    const struct symbol *symbol = symbols_find(report->symbols, frame, true).symbols;
    if (!module) {
        fprintf(stream, " at 0x%" PRIx64, frame.offset);
    } else if (symbol->file && symbol->function) {
        fprintf(stream, " at %s (%s:%d)", symbol->short_name, symbol->file, symbol->line);
    } else {
        fprintf(stream, " at %s+0x%" PRIx64, module, frame.offset);
        if (symbol->function) {
            fprintf(stream, " (%s+0x%" PRIx64 ")", symbol->short_name,
                    symbol->displacement);
        }
    }
}

void report_text_injection(const struct report *report,
                           const struct report_injection *injection, FILE *stream) {
    const char *image = injection->process < report->process_count
                            ? report->processes[injection->process].image
                            : "?";
    fprintf(stream, "    #%" PRIu64 " %s(", injection->number, injection->function);
    if (!injection->error || injection->size > 0) {
        fprintf(stream, "%" PRIu64, injection->size);
    }
    fprintf(stream, ")%s%s by %s[%d] thread %u", injection->error ? " with " : "",
            injection->error ? injection->error : "", image, injection->pid,
            injection->thread);
    if (injection->region[0]) {
        fprintf(stream, " in \"%s\"", injection->region);
    }
    if (injection->frame_count > 0) {
        print_caller(report, injection->frames[0], stream);
    }
    fputc('\n', stream);
}

static void print_injections(const struct report *report, FILE *stream) {
    for (size_t i = 0; i < report->injection_count && i < LISTED_MAX; i++) {
        report_text_injection(report, &report->injections[i], stream);
    }
    if (report->injection_count > LISTED_MAX) {
        fprintf(stream, "    ... and %zu more\n", report->injection_count - LISTED_MAX);
    }
}

static void print_processes(const struct report *report, FILE *stream) {
    if (!report->verbose && report->process_count < 2) {
        return;
    }
    unsigned listed = report->process_count;
    if (!report->verbose && listed > LISTED_MAX) {
        listed = LISTED_MAX;
    }
    for (unsigned i = 0; i < listed; i++) {
        const struct report_process *process = &report->processes[i];
        line(report, stream, COLOUR_CYAN,
             "process %s[%d]: %" PRIu64 " %s%s, %" PRIu64 " failed", process->image,
             process->pid, process->seen, counted(report), plural(process->seen),
             process->injections);
    }
    if (listed < report->process_count) {
        fprintf(stream, "    ... and %u more\n", report->process_count - listed);
    }
}

/** Where the page allocator could not do what it was asked for. */
static void print_pages(const struct report *report, FILE *stream) {
    uint32_t allocator = report->result->channel.head->allocator - 1;
    for (unsigned i = 0; i < report->process_count; i++) {
        const struct report_process *process = &report->processes[i];
        char reason[160];
        if (mf_allocator_align(allocator) && !process->by_pages) {
            line(
                report, stream, COLOUR_CYAN,
                "note: the page allocator did not serve %s[%d]: it has no address space, "
                "or no pages of 4096 bytes",
                process->image, process->pid);
        } else if (process->full_at > 0) {
            report_pages_full(process->full_at, process->refused, reason, sizeof(reason));
            line(report, stream, COLOUR_CYAN, "note: %s[%d]: %s", process->image,
                 process->pid, reason);
        }
    }
}

/** What the numbers above leave out. */
static void print_gaps(const struct report *report, FILE *stream) {
    if (report->injections_lost > 0) {
        line(report, stream, COLOUR_CYAN,
             "note: %" PRIu64 " more failures found no room in the journal",
             report->injections_lost);
    }
    if (report->processes_lost > 0) {
        line(report, stream, COLOUR_CYAN,
             "note: %" PRIu64 " more processes found no slot and are not counted",
             report->processes_lost);
    }
    if (report->result->left_running > 0) {
        line(report, stream, COLOUR_CYAN,
             "note: %zu process%s of the target left running",
             report->result->left_running, plural_es(report->result->left_running));
    }
    if (report_has_breakpoints(report)) {
        line(report, stream, COLOUR_CYAN,
             "note: static program: failed by breakpoints, slower");
    }
    if (!report->options->trace || report->result->untraced) {
        line(report, stream, COLOUR_CYAN,
             "note: not traced%s: crashes that a signal handler catches are not seen, "
             "and no crash is diagnosed",
             report->result->untraced ? ", which the kernel refused" : "");
    } else if (atomic_load(&report->result->channel.head->trace_refused)) {
        line(report, stream, COLOUR_CYAN,
             "note: the target could not trace a process, as mallocfail traces it: "
             "--no-trace lets it");
    }
}

static void print_findings(const struct report *report, FILE *stream) {
    const struct document style = {.colour = report->colour, .verbose = report->verbose};
    for (size_t i = 0; i < report->finding_count; i++) {
        finding_text_live(&style, report_json_finding(report, i), stream);
    }
}

int report_text(const struct report *report, FILE *stream) {
    print_end(report, stream);
    print_sums(report, stream);
    print_processes(report, stream);
    print_rules(report, stream);
    print_others(report, stream);
    if (report->injected == 0 && report->seen > 0 &&
        report->policy->policy->rule_count > 0) {
        print_silence(report, stream);
    }
    print_injections(report, stream);
    print_gaps(report, stream);
    print_pages(report, stream);
    print_findings(report, stream);
    return ferror(stream) ? -1 : 0;
}
