// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "core/policy/plan.h"
#include "runner/cmd/advice.h"
#include "runner/cmd/control_client.h"
#include "runner/report/report_text.h"
#include "runner/target/policyfile.h"
#include "runner/util/clock.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** How many of the latest failures are listed. */
#define LISTED_MAX 10

/** How long to wait for the processes where the user does not say. */
#define TIMEOUT (100 * CLOCK_MILLISECOND)

/** Room for a policy of our own. */
#define OWN_MAX 128

/** The policy that the target is to have: the user's, or one of our own. */
static const char *choose_policy(const struct settings *settings, char own[OWN_MAX]) {
    if (settings->policy) {
        return settings->policy;
    }
    if (settings->off) {
        return "{\"version\": 1, \"rules\": []}";
    }
    snprintf(own, OWN_MAX,
             "{\"version\": 1, \"rules\": [{\"name\": \"the next %" PRIu64
             "\", \"times\": %" PRIu64 "}]}",
             settings->fail_next, settings->fail_next);
    return own;
}

/** Read the number of the process; -1 if there is none, with the user told. */
static int read_pid(const struct settings *settings, pid_t *pid,
                    const struct diag *diag) {
    char *const *operands = settings->operands;
    if (!operands[0]) {
        advice_missing(&cmd_ctl, settings, "process", diag);
        return -1;
    }
    char *end;
    errno = 0;
    long number = strtol(operands[0], &end, 10);
    if (errno != 0 || end == operands[0] || *end || number < 1 || number > INT_MAX) {
        diag_error(diag, "'%s' is not a process ID: give a number", operands[0]);
        return -1;
    }
    *pid = (pid_t)number;
    return advice_operands(&cmd_ctl, operands, 1, diag);
}

/** Whether the options ask for one thing; the user is told. */
static bool is_one(const struct settings *settings, const struct diag *diag) {
    int actions = (settings->policy ? 1 : 0) + (settings->fail_next ? 1 : 0) +
                  settings->off + settings->status;
    const char *word = settings->operands[0] ? settings->operands[1] : NULL;
    if (actions == 0 && word && option_table_find(COMMAND_CTL, word)) {
        diag_error(diag, "'%s' is in the place of an option: did you mean '--%s'?", word,
                   word);
    } else if (actions != 1) {
        diag_error(diag,
                   "%s: use one of --policy FILE, --fail-next N, --off and --status",
                   actions ? "more than one action given" : "no action given");
    }
    return actions == 1;
}

/** Name a process in the channel. */
static void name_process(const struct mf_process *process, char *name, size_t size) {
    char image[MF_IMAGE_MAX];
    memcpy(image, process->image, sizeof(image));
    image[sizeof(image) - 1] = '\0';
    printable_fix(image);
    snprintf(name, size, "%s[%d]", image, (int)atomic_load(&process->pid));
}

/** The processes that have not taken the policy yet, as a list. */
static void list_waiting(const struct channel *channel, uint32_t sequence, char *list,
                         size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        const struct mf_process *process = channel_process(channel, i);
        if (atomic_load(&process->control) == sequence ||
            !control_client_lives(channel, i)) {
            continue;
        }
        char name[MF_IMAGE_MAX + 16];
        name_process(process, name, sizeof(name));
        if (used + strlen(name) + sizeof(", ...") >= size) {
            strcpy(list + used, ", ...");
            return;
        }
        used += (size_t)sprintf(list + used, "%s%s", used > 0 ? ", " : "", name);
    }
}

/** Say how the processes have taken the policy. */
static void tell(const struct channel *channel, uint32_t sequence,
                 struct control_client state, const struct diag *diag) {
    unsigned all = state.taken + state.waiting;
    const char *these = all == 1 ? "process has" : "processes have";
    if (state.waiting == 0) {
        diag_note(diag, "%u %s taken the policy", all, these);
        return;
    }
    char list[400];
    list_waiting(channel, sequence, list, sizeof(list));
    diag_note(diag,
              "%u of %u %s taken the policy; these will at their next allocation: %s",
              state.taken, all, these, list);
}

/** Whether the live heap is known, where a policy asks for it; 0, or -1 with the user
 * told. */
static int check_heap(const struct channel *channel, const struct mf_policy *policy,
                      const struct diag *diag) {
    const struct mf_patches *patches = &channel->head->patches;
    if (patches->count == 0 || patches->follows || !mf_plan_asks_heap(policy)) {
        return 0;
    }
    diag_error(
        diag,
        "the program has its own allocator: its blocks are counted only if the policy "
        "that it was started with has \"heap_above\"");
    return -1;
}

/** Whether the functions by name are those that the target was started with; 0, or -1 with
 * the user told. */
static int check_own(const struct channel *channel, const struct mf_policy *policy,
                     const struct diag *diag) {
    const struct mf_patches *patches = &channel->head->patches;
    for (unsigned i = 0; i < policy->named_count; i++) {
        if (i >= patches->named_count ||
            strncmp(policy->named[i].name, patches->named[i].name, MF_NAMED_TEXT_MAX) !=
                0) {
            diag_error(
                diag,
                "\"allocations\" has '%s', which the policy at the start did not have "
                "in that place: functions are patched at the start only",
                policy->named[i].name);
            return -1;
        }
    }
    return 0;
}

/** Whether the functions for other things than memory are those that the target was started
 * with; 0, or -1 with the user told. */
static int check_reached(const struct channel *channel, const struct mf_policy *policy,
                         const struct diag *diag) {
    mf_functions reached = channel->head->patches.reached | MF_FUNCTIONS_DEFAULT;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        for (unsigned k = MF_RESOURCE; k < MF_FUNCTION_COUNT; k++) {
            if (policy->rules[i].functions & ~reached & MF_FUNCTION_BIT(k)) {
                diag_error(
                    diag,
                    "\"functions\" selects %s(), and the policy that the program "
                    "was started with did not: it is reached from the start or not",
                    mf_function_name(k));
                return -1;
            }
        }
    }
    return 0;
}

/** Change the policy; the exit status. */
static int change(const struct settings *settings, const struct channel *channel,
                  const struct diag *diag) {
    uint64_t timeout_ns = settings->timeout_ns ? settings->timeout_ns : TIMEOUT;
    struct policyfile file;
    char own[OWN_MAX];
    if (policyfile_load(&file, choose_policy(settings, own), diag) != 0) {
        return STATUS_FAILED;
    }
    uint32_t sequence;
    bool fits = check_heap(channel, file.policy, diag) == 0 &&
                check_own(channel, file.policy, diag) == 0 &&
                check_reached(channel, file.policy, diag) == 0;
    int result = fits ? control_client_give(channel, file.policy, &sequence, diag) : -1;
    policyfile_destroy(&file);
    if (result != 0) {
        return STATUS_FAILED;
    }
    struct control_client state = control_client_wait(channel, sequence, timeout_ns);
    if (state.taken + state.waiting == 0) {
        diag_error(diag, "the target has no process that mallocfail reaches");
        return STATUS_FAILED;
    }
    tell(channel, sequence, state, diag);
    return STATUS_GOOD;
}

static const char *stage_name(unsigned stage) {
    return stage >= MF_STAGE_ARMED ? "" : ", not armed yet";
}

static void print_processes(const struct channel *channel, uint32_t sequence) {
    unsigned ended = 0;
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        const struct mf_process *process = channel_process(channel, i);
        if (!control_client_lives(channel, i)) {
            ended++;
            continue;
        }
        char name[MF_IMAGE_MAX + 16];
        name_process(process, name, sizeof(name));
        bool behind = sequence && atomic_load(&process->control) != sequence;
        printf("process %s: %" PRIu64 " allocations, %" PRIu64 " failed%s%s\n", name,
               mf_process_seen(process), atomic_load(&process->injections),
               stage_name(atomic_load(&process->stage)),
               behind ? ", has not taken the policy yet" : "");
    }
    if (ended > 0) {
        printf("%u more process%s ended\n", ended, ended == 1 ? " has" : "es have");
    }
}

/** Print what the rules did of the policy that was given last. */
static void print_rules(const struct channel *channel, const struct mf_policy *policy,
                        uint32_t sequence) {
    struct report_rule rules[MF_POLICY_RULES_MAX] = {0};
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        const struct mf_process *process = channel_process(channel, i);
        for (unsigned at = 0; at < MF_TALLIES; at++) {
            const struct mf_tally *tally = &process->tallies[at];
            bool its = sequence ? atomic_load(&tally->control) == sequence : at == 0;
            if (its) {
                report_add_rules(rules, policy, process, tally);
            }
        }
    }
    printf("policy %s%s\n",
           sequence ? "given by mallocfail ctl" : "that the target was started with",
           policy->rule_count > 0 ? ":" : ": nothing fails by it");
    report_text_rules(policy, rules, "  ", stdout);
}

static void print_latest(const struct report *report) {
    size_t count = report->injection_count;
    size_t first = count > LISTED_MAX ? count - LISTED_MAX : 0;
    if (count > 0) {
        printf("latest failures:\n");
    }
    for (size_t i = first; i < count; i++) {
        report_text_injection(report, &report->injections[i], stdout);
    }
}

/** Read the policy that the target was started with, out of the channel. */
static int load_first(struct policyfile *file, const struct channel *channel,
                      const struct diag *diag) {
    char *text = malloc(MF_POLICY_TEXT_MAX + 1);
    if (!text) {
        diag_no_memory(diag);
        return -1;
    }
    uint32_t length = channel->head->policy_length;
    length = length < MF_POLICY_TEXT_MAX ? length : MF_POLICY_TEXT_MAX;
    memcpy(text, channel->head->policy, length);
    text[length] = '\0';
    char *begin = strpbrk(text, "{[");
    int result = begin ? policyfile_load(file, begin, diag) : -1;
    if (!begin) {
        diag_error(diag, "the memory shared with the target no longer holds a policy");
    }
    free(text);
    return result;
}

/** Show how the target is doing; the exit status. */
static int show(const struct channel *channel, const struct diag *diag) {
    struct policyfile file;
    if (load_first(&file, channel, diag) != 0) {
        return STATUS_FAILED;
    }
    const struct run_options run = {.policy = &file};
    struct run_result result = {.channel = *channel};
    struct report report;
    if (report_gather(&report, &run, &result) != 0) {
        diag_no_memory(diag);
        policyfile_destroy(&file);
        return STATUS_FAILED;
    }
    uint32_t sequence;
    uint64_t given_ns;
    struct mf_policy *given = malloc(sizeof(*given));
    bool changed =
        given && mf_control_read(&channel->head->control, given, &sequence, &given_ns);
    print_processes(channel, changed ? sequence : 0);
    print_rules(channel, changed ? given : file.policy, changed ? sequence : 0);
    print_latest(&report);
    free(given);
    report_destroy(&report);
    modules_destroy(&result.modules);
    policyfile_destroy(&file);
    return cmd_flush(diag);
}

static int control(struct settings *settings, struct diag *diag) {
    struct channel channel;
    pid_t pid;
    if (!is_one(settings, diag) || read_pid(settings, &pid, diag) != 0 ||
        control_client_open(&channel, pid, diag) != 0) {
        return STATUS_FAILED;
    }
    int status =
        settings->status ? show(&channel, diag) : change(settings, &channel, diag);
    channel_destroy(&channel);
    return status;
}

const struct command cmd_ctl = {
    .name = "ctl",
    .summary = "change the policy of a running program",
    .bit = COMMAND_CTL,
    .function = control,
    .operands = OPERANDS_OTHER,
    .usage =
        "Usage: mallocfail ctl PID --policy FILE|--fail-next N|--off [OPTION...]\n"
        "       mallocfail ctl PID --status\n"
        "\n"
        "Changes which allocations of a running target fail, or shows what it counted.\n"
        "PID is a process of the target, or the mallocfail that runs it. The new policy\n"
        "replaces the old one in all processes of the target.\n",
    .notes =
        "Exit status: 0 if the change was made (an idle process takes it at its next\n"
        "allocation), 125 if not.\n",
};
