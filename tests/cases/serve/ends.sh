#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers that cannot be tested, and tests that end early: what is said, and what is left.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

daemon=$MF_TARGETS/daemon

# serve DRIVE OPTION…
serve() {
    serve_drive=$1
    shift
    "$MF_RUN" serve -o found --ready "$daemon ask ends hello" --drive "$serve_drive" "$@"
}

says 125 'the server ended with exit status 2 before it was ready' "a server that ends at once" \
    serve true -- "$daemon" serve
says 127 "cannot run './nowhere'" "a server that is not there" \
    "$MF_RUN" serve -o found --ready false --drive true -- ./nowhere
says 125 'the first drive ends with exit status 7, though nothing failed' \
    "a drive that fails when nothing does" serve "exit 7" -- "$daemon" serve ends
says 125 "second drive of the same server ends with exit status 1, though nothing failed" \
    "a drive that works once" serve "mkdir once" -- "$daemon" serve ends
says 124 "not ready after 0 s: 'false' never ended with 0 \(--ready-timeout" "a server that is never ready" \
    "$MF_RUN" serve -o found --ready-timeout 300ms --ready false --drive true -- "$daemon" serve ends
says 124 'the first drive did not end in time' "a drive without an end" \
    serve "sleep 100" --timeout 200ms -- "$daemon" serve ends
says 125 "'true' exits with 0 before the server is started" "a command that is always ready" \
    "$MF_RUN" serve -o found --ready true --drive true -- "$daemon" serve ends
says 125 'a drive makes no allocation in the server' "a drive of which the server knows nothing" \
    serve true -- "$daemon" serve ends
says 125 'the server went into the background: run it in the foreground' "a daemon" \
    serve true -- "$daemon" -d serve ends
says 125 '--drive COMMAND is missing, which sends requests' "no --drive" \
    "$MF_RUN" serve --ready true -- "$daemon" serve ends
says 125 'no server given' "no server" "$MF_RUN" serve --ready true --drive true
says 125 'the command of --health ends with exit status 1, though nothing failed' "a --health that is never good" \
    serve "$daemon ask ends handled" --health false -- "$daemon" serve ends
"$MF_RUN" -o found -- "$daemon" -d serve ends >out 2>err
like "an exploration of a daemon names serve" "$(cat err)" "still ran when it had ended: .* 'mallocfail serve'"
says 124 'mallocfail serve' "... and that of a server, too" \
    "$MF_RUN" -o found --timeout 200ms -- "$daemon" serve ends
# In a shell script, the server is what it starts.
printf 'exec %s serve ends\n' "$daemon" >start.sh
says 1 'null dereference' "a script that becomes the server" \
    serve "$daemon ask ends crash" -- sh start.sh
is "no server is left" "$(pgrep -f "^$daemon.* serve ends$")" ""

# Ctrl-C.
"$MF_RUN" serve -o found --ready "$daemon ask ends hello" \
    --drive "sleep 0.3; $daemon ask ends crash handled sick quit" -- "$daemon" serve ends >out 2>err &
runner=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q 'distinct stacks' err && break
    sleep 0.1
done
sleep 0.5
start=$(date +%s%N)
kill -INT $runner
wait $runner
is "Ctrl-C ends it" "$?" 130
took=$((($(date +%s%N) - start) / 1000000))
is "... soon ($took ms)" "$((took < 4000))" 1
like "... with what was found" "$(cat err)" 'defects? in [0-9] of 4 failures tried; results in found'
is "... and leaves no server" "$(pgrep -f "^$daemon.* serve ends$")" ""

start=$(date +%s%N)
serve "sleep 0.3; $daemon ask ends crash handled sick quit" --budget 2s -- "$daemon" serve ends >out 2>err
took=$((($(date +%s%N) - start) / 1000000))
is "--budget holds ($took ms)" "$((took < 4000))" 1
like "... and what is left is told" "$(cat err)" 'not tried: the budget is spent'
plan
