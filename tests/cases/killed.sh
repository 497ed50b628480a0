#!/bin/sh
# SPDX-License-Identifier: MIT
# Sudden ends: of the target at any instant, of the runner with all it started.
# shellcheck source=tests/tap.sh
. "${0%/*}/../tap.sh"

have jq || skip_all "no jq to read the reports with"
killed=$MF_TARGETS/killed
TRIES=${MF_TRIES:-200}
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

# gone FILE: all processes listed in it have ended, within a while.
gone() {
    for gone_try in 1 2 3 4 5 6 7 8 9; do
        gone_left=
        while read -r gone_pid; do
            if grep -q '^State:[[:space:]]*[^ZX]' "/proc/$gone_pid/status" 2>/dev/null; then
                gone_left="$gone_left $gone_pid"
            fi
        done <"$1"
        [ -n "$gone_left" ] || return 0
        sleep "0.$gone_try"
    done
    # shellcheck disable=SC2086
    kill -KILL $gone_left
    return 1
}

# runner_killed N: kill the runner of a family of three at some instant.
runner_killed() {
    rm -f pids
    "$MF_RUN" -q --policy "$NEVER" -- "$MF_TARGETS/tree" "$PWD/pids" >out 2>err &
    runner_killed_pid=$!
    for runner_killed_try in 1 2 3 4 5 6 7 8 9; do
        [ "$(wc -l 2>/dev/null <pids | tr -d ' ')" != 3 ] || break
        sleep "0.$runner_killed_try"
    done
    kill -KILL $runner_killed_pid
    wait $runner_killed_pid 2>/dev/null
    [ "$(wc -l <pids | tr -d ' ')" = 3 ] && gone pids
}
ok "SIGKILL to the runner: no process of the family is left, in whatever session" runner_killed
plan
