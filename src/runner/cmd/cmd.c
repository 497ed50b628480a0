// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "core/channel/patch.h"
#include "runner/cmd/advice.h"
#include "runner/cmd/complete.h"
#include "runner/cmd/defaults.h"
#include "runner/cmd/options.h"
#include "runner/run/answer.h"
#include "runner/target/launch.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &cmd_explore,   &cmd_run,   &cmd_suite, &cmd_serve,   &cmd_replay,
    &cmd_report,    &cmd_merge, &cmd_list,  &cmd_check,   &cmd_trace,
    &cmd_histogram, &cmd_ctl,   &cmd_help,  &cmd_version,
};

int cmd_print(const struct diag *diag, const char *text) {
    if (diag_write(STDOUT_FILENO, text, strlen(text)) == 0) {
        return STATUS_GOOD;
    }
    diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
    return STATUS_FAILED;
}

int cmd_flush(const struct diag *diag) {
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return STATUS_GOOD;
    }
    diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
    return STATUS_FAILED;
}

const struct command *cmd_at(size_t index) {
    return index < sizeof(commands) / sizeof(commands[0]) ? commands[index] : NULL;
}

const struct command *cmd_find(const char *name) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

/** Read the options of a command, and do it; the exit status. */
static int execute(const struct command *command, bool named, struct diag *diag, int argc,
                   char **argv) {
    struct settings settings = {.named = named};
    int result = options_read(command, &settings, argc, argv, diag);
    int status = result > 0 ? STATUS_GOOD : STATUS_FAILED;
    if (result == 0) {
        diag->quiet = settings.quiet;
        diag->verbose = settings.verbose;
        defaults_show(&settings, diag);
        status = advice_program(command, &settings, diag);
    }
    if (result == 0 && status == 0) {
        status = command->function(&settings, diag);
    }
    settings_destroy(&settings);
    return status;
}

int cmd_main(struct diag *diag, int argc, char **argv) {
    if (argc < 1) {
        return STATUS_FAILED;
    }
    if (!launch_raise_stack()) {
        diag_error(diag,
                   "the limit on the stack (ulimit -s) is too low: 512 KB are needed");
        return STATUS_FAILED;
    }
    const struct command *command = argc > 1 ? cmd_find(argv[1]) : NULL;
    if (command) {
        return execute(command, true, diag, argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], COMPLETE_WORD) == 0) {
        return complete(argc - 2, argv + 2, diag);
    }
    if (argc == 3 && strcmp(argv[1], MF_PATCH_WORD) == 0) {
        return answer_patches(argv[2]);
    }
    if (argc >= 3 && strcmp(argv[1], MF_PATCH_MODULE_WORD) == 0) {
        return answer_module(argv[2], argv + 3);
    }
    int at = options_find_command(argv);
    if (at > 0) {
        // "mallocfail -q run" as "mallocfail run -q".
        char *name = argv[at];
        command = cmd_find(name);
        memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(argv[0]));
        argv[1] = name;
        return execute(command, true, diag, argc - 1, argv + 1);
    }
    command = options_single(argv) ? &cmd_run : &cmd_explore;
    return execute(command, false, diag, argc, argv);
}
