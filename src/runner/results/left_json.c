// SPDX-License-Identifier: MIT
#include "runner/results/left_json.h"

#include "runner/util/exact.h"
#include "runner/util/json.h"

#include <stdlib.h>

/** What it takes to run a command again; without one nothing is known. */
static json_t *command_json(const struct command_line *command) {
    static const struct command_line unknown;
    char *none[] = {NULL};
    const struct command_line *known = command ? command : &unknown;
    json_t *object = json_object();
    int bad = exact_put(object, "program", known->program);
    bad |= exact_put_arguments(object, "arguments", command ? known->argv : none);
    bad |= exact_put(object, "directory", known->directory);
    bad |= exact_put_arguments(object, "environment",
                               known->environment ? known->environment : none);
    bad |= exact_put(object, "input", known->input);
    bad |= json_put(object, "piped", json_boolean(known->piped));
    bad |= exact_put(object, "test", known->test);
    bad |= json_put(object, "failures", json_array());
    return json_finished(object, bad);
}

/** A failure that is left. */
static json_t *failure_json(const struct campaign *campaign, const struct trial *trial) {
    bool barred = trial->reason >= CAMPAIGN_REASONS;
    size_t call = barred ? trial->reason - CAMPAIGN_REASONS : 0;
    const char *reason = campaign_reason(barred ? CAMPAIGN_BARRIER : trial->reason);
    json_t *object = json_object();
    int bad = json_put(object, "stack_id", json_id(trial->point.stack_id));
    bad |= json_put(object, "mode", json_string(trial_mode_name(trial->mode)));
    bad |= json_put(object, "reason", json_optional(reason));
    bad |= json_put(object, "call",
                    json_optional(barred && call < campaign->barred.call_count
                                      ? campaign->barred.calls[call].name
                                      : NULL));
    bad |= json_put(object, "fresh",
                    json_string(trial_left_words((enum trial_left)trial->left)));
    return json_finished(object, bad);
}

/** Put a failure where its command is, which comes to the list with its first one; 0 on
 * success. */
static int add(const struct campaign *campaign, size_t trial, json_t **entries,
               json_t *list) {
    const struct commands *commands = campaign->commands;
    // The first of the trials of a stack has the command.
    const struct command_line *command =
        commands_of(commands, trial - (campaign->trials[trial].mode == TRIAL_PERSISTENT));
    size_t at = command ? (size_t)(command - commands->list) : commands->count;
    int bad = 0;
    if (!entries[at]) {
        entries[at] = command_json(command);
        bad = json_array_append_new(list, entries[at]);
    }
    json_t *failures = json_object_get(entries[at], "failures");
    return bad | json_array_append_new(failures,
                                       failure_json(campaign, &campaign->trials[trial]));
}

json_t *left_json(const struct campaign *campaign) {
    json_t **entries = calloc(campaign->commands->count + 1, sizeof(entries[0]));
    json_t *list = json_array();
    int bad = !entries;
    for (size_t i = 0; i < campaign->trial_count && !bad; i++) {
        if (campaign->trials[i].left != TRIAL_LEFT_NOT) {
            bad = add(campaign, i, entries, list);
        }
    }
    free(entries);
    return json_finished(list, bad);
}
