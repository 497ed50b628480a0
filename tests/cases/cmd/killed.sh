#!/bin/sh
# SPDX-License-Identifier: MIT
# Sudden ends: of the target at any instant, of the runner with all it started.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the reports with"
killed=$MF_TARGETS/killed
TRIES=100
[ -z "${MF_FULL:-}" ] || TRIES=200
now_and_then=$(rule '"probability":0.01')

# tries POLICY WANTED [LATER]: kill a busy target at TRIES instants; it dies by itself so
# many microseconds later. Prints each try whose status and signal are not as wanted.
tries() {
    tries_n=0
    while [ $tries_n -lt "$TRIES" ]; do
        tries_n=$((tries_n + 1))
        tries_us=$((tries_n * 7919 % 8000))
        rm -f report.json
        # shellcheck disable=SC2046 # no argument, or one
        timeout 20 "$MF_RUN" -q --policy "$1" --report json:report.json -- \
            "$killed" $tries_us $([ $# -lt 3 ] || echo $((tries_us + $3))) >out 2>err
        tries_status=$?
        tries_end=$(jq -r '.end.signal_name' report.json 2>&1)
        echo "$tries_status $tries_end" | grep -qE "$2" ||
            echo "after $tries_us us: status $tries_status, report: $tries_end"
    done
}
is "SIGKILL at $TRIES instants: a report each time" \
    "$(tries "$NEVER" '^137 SIGKILL$')" ''
TRIES=$((TRIES / 4))
is "and while allocations fail" "$(tries "$now_and_then" '^137 SIGKILL$')" ''
is "and at about the instant of a crash" \
    "$(tries "$NEVER" '^(137 SIGKILL|139 SIGSEGV)$' 300)" ''

# is_family: all three have begun.
is_family() {
    [ "$(wc -l 2>/dev/null <pids | tr -d ' ')" = 3 ]
}

# runner_killed N: kill the runner of a family of three at some instant.
runner_killed() {
    rm -f pids
    "$MF_RUN" -q --policy "$NEVER" -- "$MF_TARGETS/tree" "$PWD/pids" >out 2>err &
    runner_killed_pid=$!
    until_true is_family
    kill -KILL $runner_killed_pid
    wait $runner_killed_pid 2>/dev/null
    is_family && gone pids
}
ok "SIGKILL to the runner: no process of the family is left, in whatever session" runner_killed
plan
