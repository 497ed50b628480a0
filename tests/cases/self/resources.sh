#!/bin/sh
# SPDX-License-Identifier: MIT
# Where means run out or rights are missing: an error that says so, or the work done by
# other means; no success that was none, no half of a file, nothing left.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
count=$MF_TARGETS/count
deny=$MF_TARGETS/deny
victim=$MF_TARGETS/explore_victim

# run_it, explore_it [DEED]: the runner's two ways, behind the command in $before.
run_it() {
    # shellcheck disable=SC2086 # a command and its options
    timeout -s KILL 30 $before "$MF_RUN" --policy "$(rule '"nth":1000')" \
        --report json:report.json -- "$count" malloc:1
}
explore_it() {
    # shellcheck disable=SC2086
    timeout -s KILL 30 $before "$MF_RUN" explore --timeout 2s -o found -- \
        "$victim" "${1:-null}"
}

# left: what should not be here, results aside.
left() {
    find . -mindepth 1 -maxdepth 1 ! -name out ! -name err ! -name found \
        ! -name report.json ! -name full ! -name empty
    rm -rf found report.json
}

# refused WHAT PATTERN: both ways say so, and leave nothing.
refused() {
    says 125 "$2" "$1: a run says so" run_it
    is "$1: no report" "$(ls report.json 2>/dev/null)" ''
    says 125 "$2" "$1: an exploration says so" explore_it
    is "$1: no results" "$(ls -d found 2>/dev/null)" ''
    is "$1: nothing is left" "$(left)" ''
}

before="$deny fork"
if ! $deny fork true >out 2>&1; then
    skip_all "no system calls can be refused here: $(cat out)"
fi
refused "no processes (fork)" 'Resource temporarily unavailable'
before="$deny pipe"
refused "no descriptors (pipe)" 'Too many open files'

before="$deny ptrace"
says 0 'not traced, which the kernel refused' "no tracing: a run tells" run_it
says 1 'refuses to let the program be traced' "no tracing: an exploration tells" explore_it
is "no tracing: and finds the crash" "$(jq -r '.findings[] | "\(.outcome) by \(.signal_name) of \(
    .injection.frames[0].function)"' found/findings.json)" 'crashed by SIGSEGV of null'
says 0 'refuses to let the program be traced' "no tracing: aborts are told apart" \
    explore_it abort
like "no tracing: as what they are" "$(cat err)" 'ended by design'
is "no tracing: nothing is left" "$(left)" ''

before="$deny seccomp"
says 1 'a target could not be held' "no seccomp: an exploration replays" explore_it
before="$deny memfd"
ok "no memfd: a run does without" run_it
says 1 '1 defect' "no memfd: an exploration does without" explore_it
ok "no memfd: in place, too" jq -e '.in_place > 0' found/findings.json
is "no seccomp, no memfd: nothing is left" "$(left)" ''

# few N COMMAND: with so many descriptors. Its status, and 125 only with the reason.
few() {
    few_n=$1
    shift
    rm -rf found report.json
    before="env sh -c ulimit\${IFS}-n\${IFS}$few_n;exec\${IFS}\"\$@\" sh"
    # Those of the make that runs this would take the loader's place.
    "$@" >out 2>err 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    few_status=$?
    [ "$few_status" != 125 ] || grep -q 'Too many open files' err || few_status="unsaid 125"
    [ "$few_status" != 125 ] || ! ls report.json 2>/dev/null || few_status="report"
}
for n in 8 10 12 14 16 20 24 32 64; do
    few $n run_it
    like "$n descriptors: a run ends well or says why" "$few_status" '^(0|125)$'
    few $n explore_it
    like "$n descriptors: an exploration ends well or says why" "$few_status" '^(1|125)$'
    few $n explore_it good
    like "$n descriptors: and claims nothing" \
        "$few_status $(jq '.complete' found/findings.json 2>&1)" '^(0 true|125 .*)$'
    left >out
done
is "64 are enough" "$few_status" 0
# shellcheck disable=SC2016 # for the other shell
says 125 "Too many open files .'ulimit -n' is 16." "16 are too few, and are named" \
    sh -c 'ulimit -n 16; exec "$@"' sh "$MF_RUN" -o found -- "$victim" null
before=

says 125 'No space left.*|cannot write.*full' "a report to a full disk" \
    "$MF_RUN" -q --policy "$NEVER" --report json:/dev/full -- "$count" malloc:1
says 125 'cannot write the results' "results where none can be" \
    "$MF_RUN" explore -q -o /proc/found -- "$victim" null
touch full
"$MF_RUN" explore -o /proc/found -- "$victim" null >out 2>err
is "that is all that is said" "$(sed 's/to .*//' err)" 'mallocfail: cannot write the results '
for report in sarif:/proc/x json:/dev/full json:none/x; do
    says 125 'cannot write the report' "$report is told" \
        "$MF_RUN" explore -q -o found --report $report -- sh -c 'touch ran'
    status_is 1 "$report: before the program runs" test -e ran
done
for option in '--baseline /proc/x --update-baseline' '--baseline none' '--baseline full'; do
    # shellcheck disable=SC2086
    says 125 '(cannot (read|write) the|there is no) baseline' "$option is told" \
        "$MF_RUN" explore -q -o found $option -- sh -c 'touch ran'
    status_is 1 "$option: before the program runs" test -e ran
done
says 125 'cannot write the reproducer' "a reproducer that cannot be written is told" \
    "$MF_RUN" run -q --policy "$NEVER" --reproducer /proc/x -- sh -c 'touch ran'
says 125 "cannot record to '/proc/x'" "so is a trace" \
    "$MF_RUN" trace -q -o /proc/x -- sh -c 'touch ran'
says 125 "'\.': Is a directory" "and a report where a folder is" \
    "$MF_RUN" explore -q -o found --report json:. -- sh -c 'touch ran'
status_is 1 "before the program runs" test -e ran
# shellcheck disable=SC2016 # for the other shell
says 125 'cannot write the results.*: File too large' "a small limit on files is no full disk" \
    sh -c 'ulimit -S -f 1; exec "$@"' sh "$MF_RUN" -o found -- "$victim" null
says 125 'cannot write the results' "results where a file is" \
    "$MF_RUN" explore -q -o full -- "$victim" null
says 125 'cannot write the results' "results below a file" \
    "$MF_RUN" explore -q -o full/found -- "$victim" null
# shellcheck disable=SC2016 # for the other shell
says 125 'cannot write the results' "where they cannot be, nothing is run for them" \
    "$MF_RUN" explore -q -o full -- sh -c 'touch ran'
status_is 1 "not even once" test -e ran
# A file comes in the way while it runs.
"$MF_RUN" explore -o late --follow --strategy fresh -- sh -c 'touch late' >out 2>err
is "where they cannot be any more" "$? $(grep -c 'cannot write the results' err)" '125 1'
like "it does not say that they are there" "$(tail -n 1 err)" '; no results in late$'
rm late

mkdir empty
# on MOUNT COMMAND…: with a file system of a kind at `empty`, or elsewhere.
on() {
    on_mount=$1
    shift
    # shellcheck disable=SC2086
    unshare -rm sh -c "mount -t tmpfs $on_mount && exec \"\$@\"" sh "$@"
}
if on "none empty" true 2>/dev/null; then
    says 125 'Read-only' "a read-only directory of the results" \
        on "-o ro none empty" "$MF_RUN" explore -q -o empty/found -- "$victim" null
    # The last 8 KiB are enough to begin with, and not for all.
    on "-o size=64k none empty" sh -c 'head -c 57344 /dev/zero >empty/fill; exec "$@"' sh \
        "$MF_RUN" explore -o empty/found -- "$victim" null >out 2>err
    is "a disk that runs full" "$? $(grep -c 'No space left on device' err)" '125 1'
    is "no reproducer is named that is not there" "$(grep -c '   again' err)" 0
    says 125 'Read-only' "a read-only directory of the report" on "-o ro none empty" \
        "$MF_RUN" -q --policy "$NEVER" --report json:empty/r -- "$count" malloc:1
    says 125 '/proc is not mounted' "no /proc: a run says so" on "none /proc" \
        "$MF_RUN" -q --policy "$NEVER" -- "$count" malloc:1
    says 125 '/proc is not mounted' "no /proc: an exploration says so" on "none /proc" \
        "$MF_RUN" explore -q -o found -- "$victim" null
    # It does not need it; without memfd it does.
    ok "a full /dev/shm does not matter" on "-o size=4k none /dev/shm" \
        "$MF_RUN" -q --policy "$NEVER" -- "$count" malloc:1
    ok "nor without memfd, as there is /tmp" on "-o size=4k none /dev/shm" \
        "$deny" memfd "$MF_RUN" -q --policy "$NEVER" -- "$count" malloc:1
else
    skip "file systems of the wrong kind" "none can be mounted here"
fi
is "all that: nothing is left" "$(left)" ''

# Streams that are closed are closed for the program too, and no file of ours takes their
# place.
says 0 'exited with status 0' "stdin closed: a run" sh -c 'exec "$@" <&-' sh \
    "$MF_RUN" --policy "$NEVER" -- "$count" malloc:1
says 1 '1 defect' "stdin closed: an exploration" sh -c 'exec "$@" <&-' sh \
    "$MF_RUN" explore -o found -- "$victim" null
status_is 1 "all closed: an exploration" sh -c 'exec "$@" <&- >&- 2>&-' sh \
    "$MF_RUN" explore -o found -- "$victim" null
is "all closed: its results are whole" \
    "$(jq -c '[.complete, .findings[].crash_site.function]' found/findings.json)" \
    '[true,"null"]'
is "all closed: nothing is left" "$(left)" ''
status_is 125 "all full: a run whose output is lost fails" \
    sh -c 'exec "$@" >/dev/full 2>&1' sh "$MF_RUN" --policy "$NEVER" -- "$count" malloc:1
plan
