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
 *   tame       texts of others, made fit to be shown
 *   diag       messages to the user
 *   clock      the one clock
 *   salt       what keeps files of others from filling one place of a hash table
 *   options    complaints about options, lengths of time
 *   outfile    files that appear as a whole or not at all
 *   policyfile a policy as the user names it
 *   highfd     descriptors out of the way of those of targets
 *   channelfile the memory shared with the target's processes
 *   elffile    what an ELF file says; the only user of libelf
 *   program    PROGRAM along PATH, and through `#!` lines
 *   clibrary   which C library a file is for
 *   library    where libmallocfail.so is
 *   image      whether injection can reach a program, and what to do if not
 *   modules    the files that code came from; a place in code
 *   unpack     the C library's debug file, unpacked while trials run
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
 *   heap       what the page allocator of a stopped process knows
 *   crash      the facts of a crash, while the thread stands still
 *   cycle      recursion in a stack
 *   outcome    facts to outcome, class and culprit; pure
 *   leaks      the blocks that a process held when it ended
 *   run        one run, from start to end
 *   handover   a new policy for a target that another mallocfail runs
 *   means      what a run needs and has to be found first
 *   json       making JSON
 *   triallist  the trials of results, one at a time
 *   finding    a crash with names, judged and signed; reproducer writes its policy
 *   report     the facts of a run; report_* print them
 *   document   what was found, as JSON, on its way to be printed; place reads its stacks
 *   markup     writing XML and HTML; the only user of libxml2
 *   otherstacks the stacks of a document's finding that not every one has
 *   source     source files; html_* the parts of the page that shows them
 *   finding_text a finding for people, live and out of results
 *   rules      kinds of findings, with help
 *   formats    the formats a document is drawn in; format_* draw them
 *   destinations where --report wants them
 *   circumstances what a run is given beside the policy
 *   capture    what a run writes, in memory
 *   watch      files that a program writes, and that are part of what it did
 *   scratch    directories that are gone after use
 *   job        one run of an exploration in a fresh process
 *   stacks     the distinct stacks of a clean run, and their call sites
 *   kin        the other processes of a clean run
 *   oracle     what clean runs did
 *   points     which allocations are to fail
 *   trial      a run in which one fails, and what came of it
 *   judge      a run's end against the oracle
 *   progress   how far an exploration has come
 *   campaign   what the steps of an exploration share
 *   barrier    the effect barrier; the only user of libseccomp
 *   inplace    trials in children that the target branches off
 *   replay     trials in fresh processes
 *   defects    findings of an exploration, one for each cause
 *   difference where outputs differ first
 *   attempt    a traced run held against the oracle
 *   comeback   a finding brought back
 *   debugger   gdb, stopped where it fails
 *   follow     trials with all processes, traced
 *   confirm    trials run once more, traced
 *   baseline   what is known already
 *   tally      coverage as JSON, counted and joined
 *   coverage   which stacks and call sites have failed
 *   results    the results directory
 *   merging    results of several explorations joined
 *   resume     going on from earlier results
 *   explore    all of that, in order
 *   recording  a run whose allocations are written to a trace
 *   tracefile  reading a trace, with tracedefinitions, its stacks
 *   liveheap   the blocks that live at a point of a trace
 *   timeline   the live heap over time
 *   histogram  a trace summed up; histogram_* show it
 *   tracetext  a trace for other programs, a format each in trace_*
 *   cmd_*      the subcommands, one a file
 */
#include "runner/cmd/cmd.h"
#include "runner/util/diag.h"
#include "runner/util/hash_seed.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

/** Occupy closed standard streams, lest files of ours be taken for them; the target finds
 * them closed. */
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
    // The first one counts, and the policy's parser has one that everybody knows.
    json_object_seed((size_t)hash_seed());
    diag_init(&diag);
    return cmd_main(&diag, argc, argv);
}
