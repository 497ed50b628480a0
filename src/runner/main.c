// SPDX-License-Identifier: MIT
/*
 * mallocfail: makes allocations fail in unmodified programs, and tells what broke.
 *
 * The map of the house, each room using only those above it:
 *
 *   core/      the hall, shared with the library that lives inside targets: the policy
 * and its parser, the decision, the channel and its journal
 *
 *   status     exit statuses that are not the target's
 *   diag       messages to the user
 *   clock      the one clock
 *   options    complaints about options, lengths of time
 *   outfile    files that appear as a whole or not at all
 *   policyfile a policy as the user names it
 *   channelfile the memory shared with the target's processes
 *   elffile    what an ELF file says; the only user of libelf
 *   program    PROGRAM along PATH, and through `#!` lines
 *   library    where libmallocfail.so is
 *   image      whether injection can reach a program, and what to do if not
 *   modules    the files that code came from; a place in code
 *   symbol     names for places in code; with unwind the only user of libdwfl
 *   procfile   what /proc says of a process
 *   environment what the target finds in its environment
 *   signals    the runner's signals while a target runs
 *   terminal   who may read the terminal
 *   launch     fork and exec
 *   tree       all that came of the target: counting and killing it
 *   tick       ends leases where a rule's time begins or ends
 *   tracee     the ptrace loop: events of a target's threads
 *   regs       a stopped thread's registers, and what its instruction does
 *   unwind     stacks of stopped threads
 *   crash      the facts of a crash, while the thread stands still
 *   cycle      recursion in a stack
 *   outcome    facts to outcome, class and culprit; pure
 *   run        one run, from start to end
 *   means      what a run needs and has to be found first
 *   json       making JSON
 *   finding    a crash with names, judged and signed; reproducer writes its policy
 *   report     the facts of a run; report_* print them
 *   cmd_*      the subcommands, one a file
 */
#include "runner/cmd.h"
#include "runner/diag.h"
#include "runner/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    cmd_function *function;
} commands[] = {
    {"check", cmd_check},
    {"replay", cmd_replay},
    {"run", cmd_run},
};

/** Occupy closed standard streams, lest files of ours be taken for them; not for the
 * target. */
static void guard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            open("/dev/null", O_RDWR | O_CLOEXEC);
        }
    }
}

int main(int argc, char **argv) {
    struct diag diag;
    guard_streams();
    diag_init(&diag);
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].function(&diag, argc - 1, argv + 1);
        }
    }
    if (argc < 1) {
        return STATUS_FAILED;
    }
    return cmd_run(&diag, argc, argv);
}
