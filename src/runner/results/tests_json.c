// SPDX-License-Identifier: MIT
#include "runner/results/tests_json.h"

#include "runner/results/merging.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>

const struct command_line *tests_command(const struct campaign *campaign,
                                         const struct trial *trial) {
    size_t at = (size_t)(trial - campaign->trials);
    // The first of the trials of one stack has it.
    at -= trial->mode == TRIAL_PERSISTENT && at > 0 ? 1 : 0;
    return campaign->commands ? commands_of(campaign->commands, at) : NULL;
}

/** Add to a count. */
static int count_up(json_t *object, const char *key, json_int_t more) {
    json_int_t before = json_integer_value(json_object_get(object, key));
    return json_put(object, key, json_integer(json_sum(before, more)));
}

/** Add a cause to a test, if it does not have it: what all have stands in an index. */
static int add_cause(json_t *index, json_t *test, size_t number, const char *cause) {
    char *key = NULL;
    if (asprintf(&key, "%zu %s", number, cause) < 0) {
        return -1;
    }
    int bad = 0;
    if (!json_object_get(index, key)) {
        bad = json_object_set_new(index, key, json_true()) |
              json_array_append_new(json_object_get(test, "causes"), json_string(cause));
    }
    free(key);
    return bad;
}

/** Count one trial. */
static int add_trial(json_t *index, json_t *test, size_t number, const char *outcome,
                     const char *cause) {
    return count_up(test, "tried", 1) |
           count_up(json_object_get(test, "outcomes"), outcome, 1) |
           (cause ? add_cause(index, test, number, cause) : 0);
}

/** The tests by their commands, with nothing tried. */
static json_t *list_tests(const struct commands *commands) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < commands->count; i++) {
        const struct command_line *command = &commands->list[i];
        if (command->number == json_array_size(list)) {
            json_t *test = json_object();
            int worse = command_put(command, test);
            worse |= json_put(test, "commands", json_integer(0));
            worse |= json_put(test, "tried", json_integer(0));
            worse |= json_put(test, "outcomes", json_object());
            worse |= json_put(test, "causes", json_array());
            bad |= json_array_append_new(list, json_finished(test, worse));
        }
        bad |= count_up(json_array_get(list, command->number), "commands", 1);
    }
    return json_finished(list, bad);
}

/** Add a trial's cause to a test. */
static int add_cause_of(json_t *index, json_t *list, const struct command_line *command,
                        uint64_t cause) {
    json_t *id = cause ? json_id(cause) : NULL;
    int bad = id ? add_cause(index, json_array_get(list, command->number),
                             command->number, json_string_value(id))
                 : cause != 0;
    json_decref(id);
    return bad;
}

/** Add the causes that tests come to where another one was held. */
static int add_reached(const struct campaign *campaign, json_t *index, json_t *list) {
    const struct commands *commands = campaign->commands;
    int bad = 0;
    for (size_t i = 0; i < commands->reach_count; i++) {
        const struct commands_reach *reach = &commands->reaches[i];
        bad |= add_cause_of(index, list, &commands->list[reach->command],
                            campaign->trials[reach->trial].cause);
    }
    return bad;
}

json_t *tests_json(const struct campaign *campaign) {
    json_t *list = list_tests(campaign->commands);
    json_t *index = json_object();
    int bad = !list || !index;
    for (size_t i = 0; i < campaign->trial_count && !bad; i++) {
        const struct trial *trial = &campaign->trials[i];
        const struct command_line *command = tests_command(campaign, trial);
        if (command && trial->state == TRIAL_DONE) {
            json_t *cause = trial->cause ? json_id(trial->cause) : NULL;
            bad = add_trial(index, json_array_get(list, command->number), command->number,
                            outcome_name(trial->outcome), json_string_value(cause)) |
                  (trial->cause && !cause);
            json_decref(cause);
        }
    }
    bad = bad || add_reached(campaign, index, list);
    json_decref(index);
    return json_finished(list, bad);
}

int tests_json_join(json_t *twin, const json_t *test) {
    json_int_t one = json_integer_value(json_object_get(twin, "commands"));
    json_int_t other = json_integer_value(json_object_get(test, "commands"));
    return json_put(twin, "commands", json_integer(one > other ? one : other)) |
           merging_join_values(json_object_get(twin, "causes"),
                               json_object_get(test, "causes"));
}

/** Begin with nothing tried; the causes that each has go into the index. */
static int begin_count(json_t *tests, json_t *index) {
    json_t *test;
    size_t at;
    int bad = 0;
    json_array_foreach(tests, at, test) {
        json_t *causes = json_incref(json_object_get(test, "causes"));
        const json_t *cause;
        size_t next;
        bad |= json_put(test, "causes", json_array());
        json_array_foreach(causes, next, cause) {
            const char *text = json_string_value(cause);
            bad |= text ? add_cause(index, test, at, text) : 0;
        }
        json_decref(causes);
        bad |= json_put(test, "tried", json_integer(0));
        bad |= json_put(test, "outcomes", json_object());
    }
    return bad;
}

int tests_json_count(json_t *tests, const json_t *trials) {
    json_t *index = json_object();
    const json_t *trial;
    size_t at;
    int bad = !index || begin_count(tests, index) != 0;
    json_array_foreach(trials, at, trial) {
        const json_t *number = json_object_get(trial, "test");
        const char *outcome = json_string_value(json_object_get(trial, "outcome"));
        json_int_t place = json_is_integer(number) ? json_integer_value(number) : -1;
        json_t *test = place < 0 ? NULL : json_array_get(tests, (size_t)place);
        if (test && outcome) {
            bad |= add_trial(index, test, (size_t)place, outcome,
                             json_string_value(json_object_get(trial, "cause")));
        }
    }
    json_decref(index);
    return bad ? -1 : 0;
}
