#!/bin/sh
# SPDX-License-Identifier: MIT
# Watched files: what a program writes is part of what it did.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
writer=$MF_TARGETS/writer

# field FILTER: from the results.
field() {
    jq -c "$1" found/findings.json
}

# silent STATUS WANTED DESCRIPTION OPTION… -- PROGRAM…: an exploration ends with the status,
# by either strategy, and these functions of the program have silent findings.
silent() {
    silent_status=$1 silent_want=$2 silent_what=$3
    shift 3
    for strategy in in-place fresh; do
        "$MF_RUN" -o found --strategy $strategy --mode once "$@" >std 2>told
        silent_got=$?
        silent_list=$(field '[.findings[]|select(.outcome=="silent")|
            .injection.frames[0].function]|sort')
        is "$silent_what, $strategy" "$silent_got $silent_list" "$silent_status $silent_want"
    done
}

silent 0 '[]' "a file that is not watched" -- "$writer" lines file
rm -f file
silent 1 '["lines","main"]' "a line that is missing, and a file" --watch file -- "$writer" lines file
status_is 1 "what was not there is gone in the end" test -e file
like "runs go one at a time, which is told" "$(cat told)" 'one at a time'
echo before >file
silent 1 '["lines","main"]' "a file that is added to begins anew each time" --watch file -- \
    "$writer" append file
is "what was there is there in the end" "$(cat file)" before
rm -f file
silent 1 '["lines","main"]' "each run has its own" --scratch --watch file -- "$writer" lines file
unlike "then they go at the same time" "$(cat told)" 'one at a time'
status_is 1 "nothing is written here" test -e file
silent 1 '["lines","main"]' "by an absolute name" --scratch --watch "$PWD/file" -- \
    "$writer" lines "$PWD/file"
like "that is the same file for all" "$(cat told)" 'one at a time'
silent 1 '["lines"]' "what a command prepares comes last" \
    --prepare 'printf "first\nsecond\n" >file' --watch file -- \
    "$writer" lines file
# shellcheck disable=SC2016 # for the checker's shell
silent 0 '[]' "a checker is content with half of it" --scratch --watch file \
    --check 'grep -q first "$MALLOCFAIL_DIRECTORY/file" || test ! -e "$MALLOCFAIL_DIRECTORY/file"' \
    -- "$writer" lines file
silent 1 '["changing","main"]' "a line is missing that differs between clean runs" --watch file -- \
    "$writer" changing file
like "what it says is not compared" "$(cat told)" "line 1 of 'file' differs in clean runs"
is "nor said to be" "$(field .watched)" '[{"file":"file","compared":true,"moving":[1],"timed":0}]'
silent 0 '[]' "a file that nobody writes" --watch other -- "$writer" lines file
like "is told" "$(cat told)" "do not write 'other'"
silent 1 '["lines","main"]' "one of two" --watch other --watch file -- "$writer" lines file

# Another program writes a file here whenever this one runs, and never else.
mkfifo bell
(
    exec 3>>log
    while :; do
        read -r _ <bell && echo rung >&3
    done
) &
logger=$!
"$MF_RUN" -o found --strategy fresh --max 1 -- sh -c 'echo >bell; sleep 0.1' >std 2>told
unlike "another program's file is not taken for this one's" "$(cat told)" 'one at a time'
"$MF_RUN" -o found --strategy fresh --max 1 -- sh -c 'echo >bell; echo >own; sleep 0.1' >std 2>told
kill $logger
like "... though it was written in the clean runs" "$(cat log)" rung
like "one of its own beside that is found" "$(cat told)" 'clean runs write ./own: one run .*; what is written there is not compared'

says 125 "cannot watch '\.'" "a directory is none" "$MF_RUN" -o found --watch . -- "$writer" lines file
status_is 125 "an option without its file" "$MF_RUN" --watch

# The user's own file, whatever becomes of the runs and of the runner.
printf 'mine\n' >file
chmod 640 file
ln -sf file way
mine=$(stat -c '%i %a %Y' file)
"$MF_RUN" -q -o found --watch way -- "$writer" lines file
is "the user has his own file again" "$(cat file) $(stat -c '%i %a %Y' file)" "mine $mine"
is "and no other" "$(find . -name '*before-mallocfail*')" ''
# shellcheck disable=SC2016 # for the shell that kills it
"$MF_RUN" -q -o found --watch file --check 'kill -9 $PPID' -- "$writer" lines file >out 2>&1
is "it is on disk where mallocfail is killed" \
    "$(cat .file.before-mallocfail) $(stat -c '%i %a %Y' .file.before-mallocfail)" "mine $mine"
says 125 "copy made by a mallocfail that was killed" "and is not lost by the next one" \
    "$MF_RUN" -o found --watch file -- "$writer" lines file
is "which leaves it alone" "$(cat .file.before-mallocfail)" mine
rm -f .file.before-mallocfail file way

# nobody COMMAND…: as a user without rights, in a folder where all may write.
nobody() {
    (cd all && setpriv --reuid=65534 --regid=65534 --clear-groups "$@")
}
mkdir -m 1777 all
printf 'mine\n' >all/file
chmod 666 all/file
if nobody "$MF_RUN" -V >out 2>&1 && nobody test -x "$writer"; then
    mine=$(stat -c '%i %u' all/file)
    status_is 1 "a file of somebody else" \
        nobody "$MF_RUN" -q -o found --watch file -- "$writer" lines file
    is "stays it" "$(cat all/file) $(stat -c '%i %u' all/file)" "mine $mine"
    is "and nothing lies beside it" "$(find all -name '*before-mallocfail*')" ''
else
    skip "a file of somebody else" "no other user can be had"
fi

# A real program, whose output is a file.
seq 30 | sort -R --random-source="$writer" >numbers
for way in '' --scratch; do
    # shellcheck disable=SC2086 # no word where there is none
    silent 0 '[]' "sort says what it cannot do${way:+, $way}" $way --watch sorted -- \
        sort -n -o sorted "$PWD/numbers"
done

# A log in the folder that grows with each look at what was written there.
if have strace && strace -o here true 2>/dev/null; then
    status_is 0 "a log of the explorer's own system calls is no end" \
        timeout -s KILL 30 strace -o here "$MF_RUN" -q -o found --mode once -- \
        "$writer" lines file
else
    skip "a log of the explorer's own system calls is no end" "no strace that can trace"
fi
plan
