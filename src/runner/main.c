// SPDX-License-Identifier: MIT
/*
 * mallocfail makes allocations fail in unmodified programs, and tells what broke.
 *
 * The map of src/runner: its wings, each with its law, and their modules. A module is a
 * .c file with its header. A wing uses only wings above it; src/WINGS says which.
 * tests/cases/self/direction.sh checks this map against the folders. What the runner
 * shares with the library has its map in src/core/MAP, the library in src/preload/MAP.
 *
 * util: useful in any program; knows no target
 *   status           exit statuses that are mallocfail's own
 *   diag             messages to the user
 *   clock            the one clock
 *   figures          numbers as people read them
 *   colour           colours of a terminal
 *   path             names of files
 *   utf8             characters in UTF-8
 *   printable        make text from elsewhere safe to show
 *   shellword        quote words for a shell
 *   json             make JSON; errors add up to the end
 *   markup           write XML and HTML; the only user of libxml2
 *   wrap             break lines at blanks where they do not fit a terminal
 *   exact            texts in JSON that come back byte by byte
 *   capture          what a run writes to a stream, in memory
 *   unnamed          a file that never has a name
 *   outfile          a file that appears whole or not at all
 *   scratch          directories that are removed after use
 *   highfd           keep descriptors out of the way of targets
 *   helper           work done meanwhile in a process of its own
 *   wait             wait for a process, whatever signals come
 *   fault_guard      survive a library call that crashes
 *   hash_seed        seed hash tables, against files made to slow them down
 *
 * code: what files say of code (ELF, DWARF, names); needs no process
 *   elffile          what an ELF file says; the only user of libelf
 *   debugfile        where debug files are
 *   unitcode         the functions of a compilation unit, read once
 *   die              questions about one DIE of a function
 *   ranges           which address range an address is in
 *   unpack           unpack the C library's debug file ahead of time
 *   debuginfo        what DWARF says of a place; with unwind the only user of libdwfl
 *   demangle         C++ and Rust names as people write them
 *   rustname         decode names of Rust
 *   rustname_iberty, rustname_none  with libiberty, and without
 *   symboltable      functions in a file's symbol tables
 *   symbolindex      symbols of a file and its debug file, by address
 *   functions        where functions begin and end, in stripped files, too
 *   callee           what a call calls in another file
 *   returnflow       does a function return what a call in it returned?
 *   microcode        an instruction, as far as it moves pointers
 *   microcode_none   without capstone: nothing is read
 *   microcode_capstone, microcode_x86_64, microcode_aarch64  read by capstone
 *   inlining         calls that the compiler has put in line
 *   modules          number the files that code came from
 *   symbol           name a place in code: function, file, line, inlined calls
 *
 * exceptions: where exceptions go, by the tables and the code of a file
 *   callsite         where a function goes on when an exception leaves a call in it
 *   landing          whether it lets one out that nobody catches
 *
 * patch: how functions inside a program are patched, by its file
 *   inner            calls of one patched function by another
 *   nearname         which function a name means that no function has
 *   patches          find an allocator's functions and work out their patches
 *   reach            what patches reach of a program
 *   search           read the code of what is patched in a file
 *   relocate         copy what a jump destroys
 *   relocate_x86_64, relocate_aarch64  one for each machine
 *   wantedname       a function that is looked for by its name or address
 *
 * target: start, watch and end a process; judge nothing
 *   program          find PROGRAM along PATH and through `#!` lines
 *   clibrary         which C library a file is for
 *   installed        where data files are that are installed with mallocfail
 *   library          where libmallocfail.so is
 *   libraries        the libraries that a program is started with
 *   image            can injection reach this program?
 *   environment      the environment a target starts with
 *   policyfile       a policy as the user names it: a file or JSON
 *   channelfile      make and read the shared memory
 *   procfile         what /proc says of a process
 *   waiting          how long a thread stood still because the runner waited
 *   signals          the runner's signals while a target runs
 *   terminal         who may read the terminal
 *   tracee           the ptrace loop: events of the target's threads
 *   launch           fork and exec
 *   tree             count and kill all processes that come of a target
 *   lease_timer      take leases back when a rule's time begins or ends
 *   leaks            the blocks a process held when it ended
 *   leftopen         the descriptors that it had open then
 *   account          the account of blocks that a process keeps in its own memory
 *
 * harness: what test harnesses say of the tests that they run: names and time limits
 *   testlist         a list of tests; that of Meson
 *   ctestlist        the lists that CMake writes for CTest
 *   harness          the harnesses that run, and what they know of a process
 *   testname         what a harness calls the test that a process belongs to
 *
 * crash: read a stopped process; name and judge nothing
 *   memory           read memory of a stopped process
 *   maps             read /proc/PID/maps
 *   stopped          a stopped process: its maps, memory and registers
 *   buildid          the build id of a mapped file
 *   registers        registers by their DWARF numbers
 *   regset           all of them at once
 *   registers_x86_64, registers_aarch64, registers_other  one for each machine
 *   instruction      what an instruction does to memory
 *   instruction_x86_64, instruction_aarch64, instruction_other  one for each machine
 *   view             a stopped process, and what is kept of it for the next one
 *   unwind           stacks of stopped threads, as addresses
 *   heap             what the page allocator knows about a crash
 *   rawstack         a stack as modules and offsets
 *   facts            the facts of a crash: what is handed on to diagnose
 *   crash            gather the facts of a crash
 *   glance           hash where a thread stands, to know the place again
 *   stepping         have a stopped thread go on by steps, for a round of its loop
 *   loop             find the loop that a thread is in that does not come to an end
 *   looped           whether a thread is in the loop of another one that hung
 *   look_time        until when a look at a process may take
 *
 * breakpoint: static programs: what the library does inside others, done from outside
 *   plan             which breakpoints, by the program's file
 *   machine          the code that is put into a process, and registers
 *   machine_x86_64, machine_none  one for each machine
 *   remote           system calls in the name of a process that has just begun
 *   gates            a gate for each function, near the program
 *   served           a process that has them: its slot, what its gates count
 *   callstack        the stack of a call that has stopped
 *   call             does this call fail?
 *   breakpoints      all processes of a run
 *
 * run: one run, from start to end
 *   preflight        find policy, program and library before a run
 *   answer           answer a process of a target that runs another program
 *   unseen           misuse of memory that a build of a program does not show
 *   static_program   can a static program be tested, and how?
 *   original         the user's own file, kept on disk while runs write to a copy
 *   timedwait        whether a process waits for what ends by itself
 *   timelimit        how long a process may still run, on a busy machine too
 *   watch            files that a program writes and that count as its output
 *   run              one run in the foreground
 *   job              one run of an exploration, output captured
 *   inlined          calls of patched functions that the compiler has put in line
 *   later            what is patched in libraries that are loaded while it runs
 *   addresslimit     where a program's limit on its address space is too low for us
 *   filelimit        where a clean run meets the limit on files
 *   exitplace        where a process ended, seen from the failed allocation
 *   pools            allocators that no failure reaches, by their symbols
 *   footprint        which files runs write under fixed names
 *   others           the programs that ran beside the tested one, and were not tested
 *
 * diagnose: from facts to verdict, sentence and signature; pure
 *   callname         what a function is for, by its name
 *   cycle            find recursion in a stack
 *   outcome          facts to outcome and crash class, and which frames to blame
 *   terminate        exceptions and failed checks that end the program
 *   last_words       messages of libc, assertions and exceptions
 *   wrapper          places that allocate for their callers
 *   sentence         what explanations are put together from
 *   explanation      which failure led to what, in one sentence
 *   misuse           explain what the page allocator found
 *   runtime          whose a frame is of compilers' run-time libraries
 *   standard         code that runs on its caller's behalf: of C++, of Rust, of GLib
 *   sanitizer        tell a sanitizer's report and frames
 *   cause            the injection that a crash comes from
 *   death            what the processes of a run died of
 *   named_stack      a stack with names
 *   verdict          judge a finding whose stacks are named
 *   signature        what tells findings apart across runs
 *   finding          a crash, named, judged and signed
 *   reproducer       write a finding's policy
 *   retries          what a run that hangs allocates again and again
 *
 * formats: draw a JSON document; know no run
 *   document         the JSON document that all formats are drawn from
 *   triallist        the trials of a document, one at a time
 *   place            places in a document's stacks
 *   otherstacks      stacks beside failed and broke
 *   source           source lines to show beside a place
 *   sourceroot       where the sources are, if nobody says so
 *   tests            the tests of a document, and what each comes to
 *   finding_kind     kinds of findings, with help
 *   finding_text     a finding as text
 *   formats          the table of formats
 *   format_github    GitHub annotations
 *   format_html      HTML
 *   format_json      JSON
 *   format_junit     JUnit XML
 *   format_sarif     SARIF 2.1.0
 *   format_text      text
 *   junit            what the parts of JUnit's XML share
 *   junit_tests      its cases where there are tests
 *   sarif_location   the small parts of SARIF
 *   html             what the parts of the HTML page share
 *   html_coverage    its coverage tables
 *   html_finding     its findings
 *   html_tests       its tables by test and by file
 *   destinations     where --report FORMAT:FILE goes
 *
 * report: one run as text and as a document
 *   report           gather the facts of a run
 *   finding_json     write a finding as JSON
 *   report_pages     where the page allocator ran out
 *   report_json      write the run as JSON
 *   report_text      print the run
 *
 * points: what a clean run allocated, and what of it is to fail; run nothing
 *   stacks           the distinct stacks of a clean run, and their call sites
 *   processes        the other processes of a clean run
 *   points           which allocations are to fail
 *   novelty          their order: what is newest first
 *   selection        which are wanted by number, size or time
 *   byfunction       which stacks go through functions that the user names
 *   wrappers         functions that allocate for their callers
 *
 * trials: plan failures and try them
 *   oracle           what clean runs did
 *   trial            one point failing, and what came of it
 *   steady           what of an output is the same in all clean runs
 *   timeless         a hash of text in which times do not count
 *   judge            compare a run's end with the oracle
 *   campaign         what the steps of an exploration share
 *   sighting         what one trial showed, as raw facts
 *   sightings        one for each place where trials broke
 *   glimpses         places that are known at a glance
 *   barred           where the effect barrier ends every child
 *   audit            try a sample of the trials in place fresh, too
 *   circumstances    input, directory and the like of each run
 *   commands         the commands of a suite that trials are of
 *   progress         the progress line
 *   fresh            trials in processes of their own
 *   doubts           run again, beside clean runs, what looks silent
 *   horizon          how far trials run under a budget
 *   attempt          one traced run, and the defect it shows
 *   difference       where output first differs
 *   defects          defects found so far, one for each cause
 *
 * inplace: try failures in a running program, which is held meanwhile
 *   inplace          hold programs at their points, and wait for all of them
 *   held             one program that is held, and the end of its child
 *   child            what a child is stopped for: signals and its time
 *   forerunner       the copy of a program that is held in its place, and its end
 *   enclosed         a process behind the effect barrier, and its stops there
 *   barrier          the effect barrier: what a child may do; builds it with libseccomp
 *   origin           whether a NULL is the one that the failed call returned
 *   control          whether a process comes by itself to what a failure seems to cause
 *   output           answer what a child asks of its captured stdout and stderr
 *   places           note where a program's children make their calls
 *   symbolizer       know the pipe of a sanitizer that starts a program for its report
 *   stand_in         answer a child's system calls in its program's name
 *   inferred         trials whose result follows from another one
 *   remains          what children leave, until it is known what their process leaves
 *
 * results: the results directory: write, merge, baseline, resume
 *   fingerprint      know a defect again after a new build
 *   baseline         the file of known defects
 *   suppressions     what the user does not want counted
 *   chosen           how many of the allocations that were seen are points
 *   coverage         which stacks and call sites have failed
 *   coverage_json    coverage as JSON
 *   serve_json       what a test of a server did, as JSON
 *   left_json        what a suite could not do in place, as JSON
 *   unreached_json   what failures do not reach, and what builds do not show, as JSON
 *   leftovers        what joined suites have left, but what one of them tried
 *   exploration_json  an exploration as JSON
 *   tests_json       what was tried in each test of a suite, as JSON
 *   results          write the results directory
 *   resume           go on from earlier results
 *   merging          join the results of parts of one exploration
 *   joining          join the results of several explorations and suites, by cause
 *   joined           what several explorations come to, summed up
 *
 * explore: the exploration of one program, from the first clean run to the exit status
 *   explore          the exploration, step by step
 *   schedule         all trials in turns: what is newest first
 *   trying           the turns, one after the other, as long as there is time
 *   misses           failures that were not reached: tried again alone, and told
 *   report_clean     tell what the clean runs did
 *   pending          whether input waits that the program does not get
 *   listing          the points, listed and not tried
 *   conclusion       what campaigns begin and end with: what they write
 *   report_explore   tell what it did and found
 *   untested         what no failure reaches
 *   reproduction     bring a finding back in its circumstances
 *
 * suite: a whole test suite in one pass, from the first process to the exit status
 *   suite            the run of a suite, step by step
 *   desks            where its processes are held
 *   deadline         until when a process may be held that something else will end
 *   leavers          processes that are about to end, and what they leave
 *   waits            how long children may take, and the runner for each
 *   fresh            try what is left, in runs of its commands
 *   gaps             what is not reached in its programs, and what their builds do not show
 *   gone             files that it has removed, whose code has no names any more
 *   guard            the process that kills what is left of a suite whose runner was killed
 *   hangs            children that come to no end: known places, and what confirms them
 *   others           the programs that it ran and that were not tested, and why
 *   ownends          what processes come to by themselves, by name
 *   owners           how often stacks in libraries only count
 *   reach            the commands that come to each stack, and their tests
 *   spared           stacks whose modules are not wanted
 *   untried          what is left, and why
 *   report_suite     tell what it did and found
 *
 * serve: a server in operation: one failure a drive, restarted where it breaks
 *   serve            the test of a server, step by step
 *   server           its process: started, traced, looked at, killed
 *   stuck            the thread in which it hangs
 *   client           a command of the user's that talks to it
 *   drive            one drive, with a failure or without
 *   trying           all failures, one drive each
 *   reproduction     bring a finding back in a server of its own
 *   report_serve     tell what it did and found
 *
 * trace: record and read traces; know no finding
 *   recording        run a program with the trace on
 *   tracefile        read a trace as a stream of events
 *   tracedefinitions  its stacks and modules
 *   tracetext        print a trace
 *   trace_folded     as folded stacks
 *   trace_json       as JSON
 *   trace_tsv        as tab-separated values
 *   liveheap         the live blocks at a point of a trace
 *   timeline         the live heap over time
 *   histogram        sum a trace up
 *   histogram_view   show that
 *   histogram_html   as HTML
 *   histogram_svg    as SVG
 *   svg              the shapes of drawings
 *   histogram_text   as text
 *
 * cmd: from the command line to the exit status
 *   cmd              the subcommands' common part
 *   cmd_check        check policies
 *   cmd_ctl          control a running target
 *   cmd_explore      explore a program
 *   cmd_help         print the overview, the help of a command, the version
 *   cmd_histogram    sum a trace up
 *   cmd_list         name the installed policies
 *   cmd_merge        join results
 *   cmd_replay       reproduce a finding
 *   cmd_report       draw results in other formats
 *   cmd_serve        test a server in operation
 *   cmd_suite        run a whole test suite
 *   cmd_run          run once under a policy
 *   cmd_trace        record or print a trace
 *   advice           what is meant by a wrong command line
 *   complete         what shells offer behind a command line
 *   option_table     the table of options: spelling, argument, help
 *   option_value     read what stands behind an option
 *   options          read a command line by that table
 *   defaults         options from .mallocfail and MALLOCFAIL_OPTIONS
 *   settings         what a command line says
 *   shorthand        a policy without JSON, made of options
 *   help             what --help prints
 *   outname          the name of the results directory
 *   control_client   hand a running target a new policy
 *   debugger         run gdb, stopped where the allocation fails
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
