// SPDX-License-Identifier: MIT
#include "preload/explore/reach.h"

#include "core/policy/mix.h"
#include "core/policy/text.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/** The most stacks of which a process remembers whether it has been there: more share. */
#define STACKS (UINT64_C(1) << 18)

static const char *const tests[] = {MF_SUITE_TEST_VARIABLES};

static struct {
    /** Whether the command has been entered, and one more than its index. */
    bool begun;
    uint32_t command;
    /** A bit for each stack: it has been noted. */
    _Atomic uint64_t noted[STACKS / 64];
} reach;

/** What stands for the rest of long arguments. */
static const char cut[] = "...";

/** Read a file of /proc; how many bytes there were. */
static uint32_t read_proc(int32_t pid, const char *name, char *text, size_t room) {
    char path[64] = "/proc/", digits[MF_DIGITS];
    strcat(path, mf_decimal(digits, (uint64_t)pid));
    int fd = mf_sys_open(strcat(path, name), false);
    size_t used = 0;
    long got = 1;
    while (fd >= 0 && used < room && got > 0) {
        got = mf_sys_read(fd, text + used, room - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    return (uint32_t)used;
}

/** Read the arguments of a process. */
static uint32_t read_arguments(int32_t pid, char *text, size_t room) {
    uint32_t used = read_proc(pid, "/cmdline", text, room);
    if (used == room) {
        memcpy(text + used - sizeof(cut), cut, sizeof(cut));
    } else if (used > 0) {
        text[used - 1] = '\0';
    }
    return used;
}

/** The parent of a process; 0 = nobody knows. */
static int32_t read_parent(int32_t pid) {
    char text[256];
    uint32_t used = read_proc(pid, "/stat", text, sizeof(text) - 1);
    text[used] = '\0';
    // "PID (NAME) STATE PARENT", where a name may have anything in it.
    const char *at = strrchr(text, ')');
    int32_t parent = 0;
    if (at && strlen(at) > 4) {
        for (at += 4; *at >= '0' && *at <= '9'; at++) {
            parent = 10 * parent + (*at - '0');
        }
    }
    return parent;
}

/** Describe what a command came from, up to the runner. */
static void describe_above(struct mf_suite_command *command) {
    int32_t pid = command->parent;
    for (int i = 0; i < MF_SUITE_ABOVE_MAX && pid > 1 && pid != mf_exploration.runner;
         i++) {
        struct mf_suite_above *above = &command->above[i];
        above->pid = pid;
        above->size = read_arguments(pid, above->words, sizeof(above->words));
        above->parent = pid = read_parent(pid);
    }
}

/** Copy the variable that says which test runs, with its NUL. */
static uint32_t read_test(char *text, size_t room) {
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        for (char **entry = environ; entry && *entry; entry++) {
            size_t length = strlen(*entry) + 1;
            if (strncmp(*entry, tests[i], strlen(tests[i])) == 0 && length < room) {
                memcpy(text, *entry, length);
                return (uint32_t)length;
            }
        }
    }
    return 0;
}

/** Mix bytes into a key. */
static uint64_t mix_in(uint64_t key, const char *bytes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        key = mf_mix(key ^ (unsigned char)bytes[i]);
    }
    return key;
}

/** What tells a command from others. What it came from does, too: of two tests with the same
 * command, one may be a script's. */
static uint64_t key_of(const struct mf_suite_command *command) {
    uint64_t key = mix_in(MF_MIX_STEP, command->text,
                          command->arguments + command->directory + command->test);
    for (int i = 0; i < MF_SUITE_ABOVE_MAX; i++) {
        key = mix_in(key, command->above[i].words, command->above[i].size);
    }
    return key;
}

/** Describe this process's command. */
static void describe(struct mf_suite_command *command) {
    char *text = command->text;
    size_t room = MF_SUITE_TEXT_MAX;
    // Long arguments leave room for the rest.
    command->arguments = read_arguments(mf_sys_pid(), text, room * 5 / 8);
    text += command->arguments;
    room -= command->arguments;
    size_t length = mf_sys_directory(text, room);
    command->directory = length > 0 && length < room ? (uint32_t)length + 1 : 0;
    text += command->directory;
    command->test = read_test(text, room - command->directory);
    command->pid = mf_sys_pid();
    command->parent = mf_sys_parent();
    // A name from the environment needs no others.
    if (command->test == 0) {
        describe_above(command);
    }
    command->key = key_of(command);
}

/** Find a command, or enter one of this process; its index plus 1, 0 = no room. */
static uint32_t enter(struct mf_suite *suite, const struct mf_suite_command *command) {
    uint32_t own = 0;
    for (uint64_t i = 0; i < MF_SUITE_PLACES; i++) {
        _Atomic uint32_t *place =
            &suite->command_index[(command->key + i) % (2 * MF_SUITE_COMMANDS_MAX)];
        uint32_t there = atomic_load(place);
        if (there == 0 && own == 0) {
            uint64_t at = atomic_fetch_add(&suite->commands_used, 1);
            if (at >= MF_SUITE_COMMANDS_MAX) {
                return 0;
            }
            struct mf_suite_command *entry = &suite->commands[at];
            memcpy((char *)entry + sizeof(entry->ready),
                   (const char *)command + sizeof(entry->ready),
                   sizeof(*entry) - sizeof(entry->ready));
            atomic_store(&entry->ready, 1);
            // It looks whose it is while this process runs.
            mf_sys_kill(mf_exploration.runner, SIGCHLD);
            own = (uint32_t)at + 1;
        }
        if (there == 0 && atomic_compare_exchange_strong(place, &there, own)) {
            return own;
        }
        if (there <= MF_SUITE_COMMANDS_MAX &&
            suite->commands[there - 1].key == command->key) {
            return there;
        }
    }
    return 0;
}

void mf_reach_begin(struct mf_suite *suite) {
    // On the stack of a process that starts, with no memory of its own yet.
    struct mf_suite_command command;
    if (reach.begun) {
        return;
    }
    reach.begun = true;
    memset(&command, 0, sizeof(command));
    describe(&command);
    reach.command = enter(suite, &command);
    if (reach.command == 0) {
        atomic_fetch_add(&suite->commands_lost, 1);
    }
}

uint32_t mf_reach_command(void) {
    return reach.command;
}

/** Enter a pair; whether it is there. */
static bool enter_pair(struct mf_suite *suite, uint64_t pair) {
    uint64_t at = mf_mix(pair);
    for (uint64_t i = 0; i < MF_SUITE_PLACES; i++) {
        _Atomic uint64_t *place = &suite->reaches[(at + i) % MF_SUITE_REACHES_MAX];
        uint64_t there = atomic_load_explicit(place, memory_order_relaxed);
        if (there == pair ||
            (there == 0 &&
             (atomic_compare_exchange_strong(place, &there, pair) || there == pair))) {
            return true;
        }
    }
    return false;
}

void mf_reach_note(struct mf_suite *suite, uint64_t stack) {
    uint64_t bit = UINT64_C(1) << stack % 64;
    _Atomic uint64_t *word = &reach.noted[stack / 64 % (STACKS / 64)];
    if (reach.command == 0 || atomic_load_explicit(word, memory_order_relaxed) & bit) {
        return;
    }
    atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    if (!enter_pair(suite, stack * MF_SUITE_COMMANDS_MAX + reach.command)) {
        atomic_fetch_add_explicit(&suite->reaches_lost, 1, memory_order_relaxed);
    }
}
