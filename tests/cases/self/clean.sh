#!/bin/sh
# SPDX-License-Identifier: MIT
# Nothing of ours is in the target's way, and nothing is left behind.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
third=$(rule '"every":3,"process":"count"')

"$MF_RUN" -v --policy "$third" -- "$count" 'malloc:1*10' >out 2>err
is "stdout is the target's alone, however much is reported" "$(cat out)" '3 6 9'
like "what is reported is on stderr" "$(cat err)" 'malloc'
"$MF_RUN" -q --policy "$third" -- sh -c 'echo its own >&2; exit 1' >out 2>err
is "with -q, so is stderr" "$(cat err)" 'its own'
alone "$third" "$count" 'malloc:1*10' >out 2>err
is "the library alone says nothing" "$(cat out err)" '3 6 9'
is "the report has no colour where it is not a terminal" \
    "$("$MF_RUN" --policy "$third" "$count" malloc:1 2>&1 >/dev/null | tr -d -c '\033')" ''

# descriptors: those open in a program run by it.
"$MF_RUN" -q --policy "$NEVER" -- ls /proc/self/fd >out.runner 2>err
ls /proc/self/fd >out.plain 2>err
same "the target inherits no descriptor of ours" out.plain out.runner
"$MF_RUN" -q --policy "$NEVER" -- ls /proc/self/fd <&- >out.runner 2>err
ls /proc/self/fd <&- >out.plain 2>err
same "nor one in the place of a closed stdin" out.plain out.runner
is "nor a blocked or ignored signal" \
    "$("$MF_RUN" -q --policy "$NEVER" -- grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)" \
    "$(grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)"
is "its directory is the same" "$(under "$NEVER" sh -c pwd)" "$(pwd)"
is "its environment has no more than three names of ours" \
    "$(under "$NEVER" env | sed 's/=.*//' | grep -cE '^(LD_PRELOAD|MALLOCFAIL_.*|ASAN_OPTIONS)$' |
        sed 's/^[1-3]$/few/')" few
is "its environment is otherwise the same" \
    "$(under "$NEVER" env | grep -vE '^(LD_PRELOAD|MALLOCFAIL_.*|[A-Z]*SAN_OPTIONS|_)=' | sort)" \
    "$(env | grep -vE '^(LD_PRELOAD|MALLOCFAIL_.*|[A-Z]*SAN_OPTIONS|_)=' | sort)"

is "one runner under another" \
    "$(under "$NEVER" "$MF_RUN" -q --policy "$third" -- "$count" 'malloc:1*10')" '3 6 9'
# Whatever it forks as we end is let go, too: nothing of it is killed.
for turn in 1 2 3 4 5 6 7 8 9 10 11 12; do
    "$MF_RUN" -q --policy "$NEVER" -- sh -c '(
        for i in 1 2 3 4 5 6 7 8 9; do /bin/true || echo "$0: $?" >>killed; done
        echo ended >>ended) & :' "$turn"
done
all_ended() {
    [ "$(wc -l <ended)" = 12 ]
}
ok "processes that fork in the background go on" until_true all_ended
ok "... and none of theirs is killed" test ! -e killed
# It ends by a word of ours, so that no clock decides; or by itself, where none comes.
status_is 0 "a process in the background does not hold it up" \
    timeout 30 "$MF_RUN" -q --policy "$NEVER" -- sh -c '(
        for i in $(seq 300); do [ ! -e word ] || break; sleep 0.1; done
        echo late >late) & echo now'
is "what was in the foreground is done" "$(cat out; ls late 2>/dev/null)" now
touch word
until_true test -s late
is "and the background lives on" "$(cat late)" late
status_is 125 "a full disk is noticed: --help" sh -c '"$1" --help >/dev/full' sh "$MF_RUN"

# What a run leaves where others would leave it; the directory here is the run's own.
mkdir run
(
    cd run || exit
    TMPDIR=$PWD
    export TMPDIR
    "$MF_RUN" --policy "$third" -- "$count" 'malloc:1*10' 2>/dev/null
    "$MF_RUN" --policy "$(rule '"every":3')" -- "$MF_TARGETS/hostile" kill 2>/dev/null
    alone "$third" "$count" 'malloc:1*10'
) >out
is "three runs, one of them killed" "$(cat out)" '3 6 9
ten: 3 6 9
3 6 9'
is "no file is left where it ran" "$(ls -A run)" ''
is "none in the usual places" \
    "$(find /tmp /var/tmp /dev/shm -maxdepth 1 -iname '*mallocfail*' -newer run 2>/dev/null)" ''

# A process that is left over keeps a name it was given.
cp "$count" leftover
under "$NEVER" ./leftover 'malloc:1*10' >/dev/null
under "$NEVER" sh -c './leftover malloc:1; true'
is "no process is left, not even a zombie" \
    "$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^leftover$')" 0
plan
