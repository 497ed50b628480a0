// SPDX-License-Identifier: MIT
#include "runner/suite/reach.h"

#include "runner/harness/testname.h"
#include "runner/points/stacks.h"
#include "runner/target/procfile.h"

#include <stdlib.h>
#include <string.h>

/** A part of a command's text, which begins at an offset; NULL if there is none. The
 * processes can write anything. */
static const char *part_of(const char *text, uint64_t start, uint64_t length) {
    return length > 0 && start + length < MF_SUITE_TEXT_MAX &&
                   text[start + length - 1] == '\0'
               ? text + start
               : NULL;
}

/** What a command came from, as far as it was written down whole. */
static struct testname_process above_of(const struct mf_suite_above *above) {
    bool whole = above->size > 0 && above->size < MF_SUITE_ABOVE_TEXT &&
                 above->words[above->size - 1] == '\0';
    return (struct testname_process){
        .pid = above->pid,
        .parent = above->parent,
        .words = whole ? above->words : NULL,
        .size = whole ? above->size : 0,
    };
}

/** The test of a command, as its environment has it. */
static char *test_within(const struct mf_suite_command *command) {
    uint64_t start = (uint64_t)command->arguments + command->directory;
    const char *variable = part_of(command->text, start, command->test);
    char *name = variable ? testname_in(variable, command->test) : NULL;
    if (name && !*name) {
        free(name);
        return NULL;
    }
    return name;
}

/** The test of a command, as its environment has it or the processes that it comes from. */
static char *test_of(const struct mf_suite_command *command,
                     struct harnesses *harnesses) {
    struct mf_suite_command copy;
    struct testname_process chain[1 + MF_SUITE_ABOVE_MAX];
    memcpy(&copy, command, sizeof(copy));
    if (copy.test > 0) {
        return test_within(&copy);
    }
    const char *words = part_of(copy.text, 0, copy.arguments);
    chain[0] = (struct testname_process){copy.pid, copy.parent, words, copy.arguments};
    for (size_t i = 0; i < MF_SUITE_ABOVE_MAX; i++) {
        chain[1 + i] = above_of(&copy.above[i]);
    }
    const char *directory = part_of(copy.text, copy.arguments, copy.directory);
    return words ? testname_above(harnesses, chain, 1 + MF_SUITE_ABOVE_MAX, directory)
                 : NULL;
}

/** Whether the first process of a command runs, and is what it was: it may have executed
 * another program. */
static bool is_running(const struct mf_suite_command *command) {
    size_t size;
    char *words = procfile_strings(command->pid, "cmdline", &size);
    bool same = words && size > 0 && size == command->arguments &&
                memcmp(words, command->text, size) == 0;
    free(words);
    return same;
}

/** Learn what it takes to run a command again, while it runs: a process may be gone before
 * anybody holds it. */
static uint32_t learn(struct commands *commands, const struct mf_suite_command *command,
                      const char *const *test) {
    struct mf_suite_command copy;
    memcpy(&copy, command, sizeof(copy));
    return copy.arguments <= MF_SUITE_TEXT_MAX && is_running(&copy)
               ? commands_learn(commands, copy.pid, test)
               : 0;
}

/** How many commands there are, with those that are being written. */
static uint32_t count_of(const struct mf_suite *suite) {
    uint64_t used = atomic_load(&suite->commands_used);
    return used < MF_SUITE_COMMANDS_MAX ? (uint32_t)used : MF_SUITE_COMMANDS_MAX;
}

void reach_attend(struct reach *reach, const struct mf_suite *suite,
                  struct commands *commands) {
    uint32_t count = count_of(suite);
    harness_retry(&commands->harnesses);
    for (uint32_t i = reach->begun; i < count; i++) {
        const struct mf_suite_command *command = &suite->commands[i];
        // One that is not ready is being written; or its process was killed meanwhile.
        if (!reach->seen[i] && atomic_load(&command->ready)) {
            reach->seen[i] = true;
            reach->tests[i] = test_of(command, &commands->harnesses);
            reach->known[i] =
                reach->known[i]
                    ? reach->known[i]
                    : learn(commands, command, (const char *const *)&reach->tests[i]);
        }
        reach->begun += i == reach->begun && reach->seen[i];
    }
}

uint32_t reach_learn(struct reach *reach, const struct mf_suite *suite,
                     struct commands *commands, uint32_t number, pid_t pid) {
    if (number == 0 || number > MF_SUITE_COMMANDS_MAX) {
        return commands_learn(commands, pid, NULL);
    }
    uint32_t at = number - 1;
    if (!reach->seen[at]) {
        reach->seen[at] = true;
        reach->tests[at] = test_of(&suite->commands[at], &commands->harnesses);
    }
    uint32_t command =
        commands_learn(commands, pid, (const char *const *)&reach->tests[at]);
    reach->known[at] = command > 0 ? command : reach->known[at];
    return command;
}

uint32_t reach_known(const struct reach *reach, uint32_t command) {
    if (!(command & MF_SUITE_BY_TEXT)) {
        return command;
    }
    uint32_t number = command & ~MF_SUITE_BY_TEXT;
    return number > 0 && number <= MF_SUITE_COMMANDS_MAX ? reach->known[number - 1] : 0;
}

/** One more than the index of a command among those of trials; 0 = it is not known. */
static uint32_t find(struct reach *reach, const struct mf_suite *suite,
                     struct commands *commands, uint64_t number) {
    struct mf_suite_command command;
    if (reach->known[number] > 0) {
        return reach->known[number];
    }
    memcpy(&command, &suite->commands[number], sizeof(command));
    uint64_t directory = command.arguments;
    if (!reach->tests[number]) {
        reach->tests[number] = test_of(&command, &commands->harnesses);
    }
    const struct commands_text text = {
        .arguments = part_of(command.text, 0, command.arguments),
        .size = command.arguments,
        .directory = part_of(command.text, directory, command.directory),
        .test = reach->tests[number],
    };
    reach->known[number] = text.arguments ? commands_add(commands, &text) : 0;
    return reach->known[number];
}

void reach_name(struct reach *reach, const struct mf_suite *suite,
                struct commands *commands) {
    for (uint32_t i = 0; i < count_of(suite); i++) {
        if (reach->seen[i] && !reach->tests[i]) {
            reach->tests[i] = test_of(&suite->commands[i], &commands->harnesses);
            if (reach->tests[i] && reach->known[i] > 0) {
                commands_name(commands, reach->known[i], reach->tests[i]);
            }
        }
    }
}

int reach_take(struct reach *reach, const struct mf_suite *suite,
               const struct campaign *campaign, const uint32_t *trials,
               struct commands *commands) {
    int bad = 0;
    for (size_t i = 0; i < MF_SUITE_REACHES_MAX && !bad; i++) {
        uint64_t pair = atomic_load(&suite->reaches[i]);
        uint64_t stack = (pair - 1) / MF_SUITE_COMMANDS_MAX;
        if (pair == 0 || stack >= STACKS_ROOM || trials[stack] == 0) {
            continue;
        }
        // The first of the trials of a stack has its commands.
        size_t first = trials[stack] - 1;
        bool shown =
            campaign->trials[first].sighting || campaign->trials[first + 1].sighting;
        uint32_t at =
            shown ? find(reach, suite, commands, (pair - 1) % MF_SUITE_COMMANDS_MAX) : 0;
        bad = at > 0 && commands_reach(commands, first, at - 1) != 0;
    }
    // A test that comes to no defect is a test, too.
    for (uint32_t i = 0; i < count_of(suite); i++) {
        if (reach->seen[i]) {
            find(reach, suite, commands, i);
        }
    }
    commands->lost =
        atomic_load(&suite->commands_lost) + atomic_load(&suite->reaches_lost);
    return bad ? -1 : 0;
}

void reach_destroy(struct reach *reach) {
    for (size_t i = 0; i < MF_SUITE_COMMANDS_MAX; i++) {
        free(reach->tests[i]);
    }
}
