#!/bin/sh
# SPDX-License-Identifier: MIT
# How the runner ends: the target's status, time-outs, signals.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

hostile=$MF_TARGETS/hostile
count=$MF_TARGETS/count

status_is 0 "the target's status: 0" under "$NEVER" "$count" malloc:1
status_is 7 "the target's status: 7" under "$NEVER" "$hostile" exit-now
status_is 98 "the target's status: 98" under "$NEVER" "$count" malloc:1 nonsense:1
status_is 137 "128 + SIGKILL" under "$NEVER" "$hostile" kill
status_is 139 "128 + SIGSEGV" under "$NEVER" "$hostile" segv
status_is 134 "128 + SIGABRT" under "$NEVER" "$hostile" abort
status_is 0 "--exit verdict: 0 where the target only complained" \
    "$MF_RUN" -q --exit verdict --if-nothing ok --policy "$NEVER" -- "$hostile" exit-now
status_is 7 "--exit target is the default" \
    "$MF_RUN" -q --exit target --policy "$NEVER" -- "$hostile" exit-now
status_is 1 "--exit verdict: not 0 where an injected target crashed" \
    "$MF_RUN" -q --exit verdict --policy "$(rule '"nth":3')" -- "$hostile" segv
status_is 0 "run is the name of it" "$MF_RUN" run -q --policy "$NEVER" -- "$count" malloc:1
status_is 3 "options end at the program" "$MF_RUN" -q --policy "$NEVER" sh -c 'exit 3' -q
status_is 0 "the program's own -- is the program's" \
    "$MF_RUN" -q --policy "$NEVER" -- sh -c 'test "$1" = --' sh --
is "arguments arrive as they are" \
    "$(under "$NEVER" printf '[%s]' 'a b' '' '*' "it's")" "[a b][][*][it's]"
is "stdin arrives" "$(echo from stdin | under "$NEVER" cat)" 'from stdin'

status_is 124 "a target that ignores everything is ended by the time-out" \
    "$MF_RUN" -q --timeout 0.5 --policy "$NEVER" -- "$MF_TARGETS/tree" "$PWD/pids"
is "the whole family had started" "$(wc -l <pids | tr -d ' ')" 3
ok "and so are its child and its grandchild in another session" gone pids
status_is 124 "a spinning target is ended by the time-out" \
    "$MF_RUN" -q --timeout 300ms --policy "$NEVER" -- "$hostile" spin
status_is 0 "a time-out that is not reached does nothing" \
    "$MF_RUN" -q --timeout 1m --policy "$NEVER" -- "$count" malloc:1
status_is 125 "a time-out that is none is refused" \
    "$MF_RUN" -q --timeout soon --policy "$NEVER" -- "$count" malloc:1

# started FILE: wait for the target's process id in its output; print it.
started() {
    until_true grep -q '^pid ' "$1"
    sed -n 's/^pid //p' "$1"
}

# forwards SIGNAL STATUS
forwards() {
    env --default-signal="$1" "$MF_RUN" -q --policy "$NEVER" -- "$hostile" wait \
        >"out.$1" 2>"err.$1" &
    forwards_runner=$!
    started "out.$1" >/dev/null
    kill -s "$1" $forwards_runner
    wait $forwards_runner
    is "SIG$1 to the runner reaches the target, whose status counts" \
        "$? $(tail -n 1 "out.$1")" "$2 got SIG$1"
}

if env --default-signal=INT true 2>/dev/null; then
    forwards INT 3
    forwards TERM 4
else
    skip "signals to the runner reach the target" "no env --default-signal"
fi

"$MF_RUN" -q --policy "$NEVER" -- "$hostile" wait >out.killed 2>err.killed &
runner=$!
started out.killed >pids.killed
kill -KILL $runner
wait $runner 2>/dev/null
like "a target that waits has said so" "$(cat pids.killed)" '^[0-9]+$'
ok "a runner that is killed takes the target with it" gone pids.killed

# interrupted SIGNAL COMMAND…: run it by a runner whose target is sent that signal on its way
# to be executed.
interrupted() {
    interrupted_by=$1
    shift
    timeout -s KILL 10 env LD_PRELOAD="$MF_TARGETS/interrupted.so" \
        INTERRUPTED_BY="$interrupted_by" MALLOCFAIL_LIBRARY="$MF_LIB" \
        "$MF_RUN" -q --policy "$NEVER" "$@"
}
if env LD_PRELOAD="$MF_TARGETS/interrupted.so" "$MF_RUN" --version >/dev/null 2>&1; then
    says 125 'a signal ended it before' "a signal while the target is started ends it" \
        interrupted 15 "$count" malloc:1
    says 125 'a signal ended it before' "and where it is not traced" \
        interrupted 15 --no-trace "$count" malloc:1
    status_is 0 "one that stops does not hold up the runner" interrupted 19 "$count" malloc:1
    status_is 0 "nor where it is not traced" interrupted 20 --no-trace "$count" malloc:1
else
    skip "signals while the target is started" "nothing can be preloaded into this runner"
fi
plan
