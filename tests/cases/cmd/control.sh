#!/bin/sh
# SPDX-License-Identifier: MIT
# mallocfail ctl: another policy for a target that runs.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

server=$MF_TARGETS/server

# begin [OPTION…]: start a server under mallocfail, which is asked by `ask`.
begin() {
    rm -f questions answers
    mkfifo questions answers
    "$MF_RUN" run "$@" -- "$server" <questions >answers 2>report &
    runner=$!
    exec 3>questions 4<answers
    read -r word pid <&4
    [ "$word" = ready ] || fail "the server starts: $(cat report)"
}

# ask QUESTION: print the server's answer.
ask() {
    echo "$1" >&3
    read -r answer <&4
    echo "$answer"
}

# quit: let the server end; its report is in the file.
quit() {
    exec 3>&- 4<&-
    wait "$runner"
    ended=$?
}

# ctl …: change the server's policy.
ctl() {
    "$MF_RUN" ctl "$pid" "$@" >"$tap_home/out" 2>"$tap_home/err"
}

begin
is "a server without a policy is healthy" "$(ask 't 1000')" '0 of 1000 failed'
says 0 '0 of 1 process has taken the policy; these will at their next allocation: server\[[0-9]+\]$' \
    "ctl says which processes have not called since" "$MF_RUN" ctl "$pid" --fail-next 3
is "--fail-next 3 fails three" "$(ask 't 10')" '3 of 10 failed'
is "... and no more" "$(ask 't 10')" '0 of 10 failed'
ctl --policy "$(rule '"every":10')"
is "a policy holds with its next call" "$(ask 't 100')" '10 of 100 failed'
ctl --policy "$(rule '"nth":[1,7]')"
is "numbers begin at 1 with each policy" "$(ask 't 6')" '1 of 6 failed'
is "... and go on" "$(ask 't 6')" '1 of 6 failed'
ctl --policy "$(rule '"functions":["calloc"]')"
is "the new policy has other functions" "$(ask 'c 5')" '5 of 5 failed'
is "... and spares those of the old" "$(ask 't 5')" '0 of 5 failed'
ctl --policy "$(rule '"caller":{"function":"tur?"},"from":3')"
is "a filter on callers is worked out anew" "$(ask 't 5')" '3 of 5 failed'
ctl --policy "$(rule '"caller":{"function":"nobody"}')"
is "... and again" "$(ask 't 5')" '0 of 5 failed'
ctl --policy "$(rule '"counter":"thread","nth":2,"name":"second of a thread"')"
is "counts by thread begin anew" "$(ask 't 5')" '1 of 5 failed'
"$MF_RUN" ctl "$runner" --status >status
like "--status names the processes" "$(cat status)" '^process server\[[0-9]+\]: [0-9]+ allocations, [0-9]+ failed$'
like "... the policy's rules with their counts" "$(cat status)" '^  rule "second of a thread": failed 1 of 5 selected calls$'
like "... and the latest failures" "$(cat status)" '^    #[0-9]+ malloc\(32\) by server\[[0-9]+\] thread 1 at turn '
ctl --policy "$(rule '"after_ms":1')"
sleep 0.01
is "times count from the change" "$(ask 't 3')" '3 of 3 failed'
ctl --policy "$(rule '"every":2')"
is "a child of a fork has the policy, too" "$(ask 'k 10')" '5 of 10 failed'
# The image that follows has its own start-up allocations to count.
like "a new image takes the policy" "$(ask 'x 0')$(ask 't 10')" '^ready [0-9]+5 of 10 failed$'
ctl --off
is "--off ends it" "$(ask 't 1000')" '0 of 1000 failed'
quit
is "the target ends as ever" "$ended" 0
like "the report says who asked for the failures" "$(cat report)" '[0-9]+ failed because mallocfail ctl asked for it'

begin --policy "$(rule '"functions":["memalign"],"nth":5')"
ask 'b 3' >/dev/null
is "threads run healthy" "$(ask 'q 20')" healthy
says 0 '^mallocfail: note: 1 process has taken the policy$' "ctl says when all have" \
    "$MF_RUN" ctl "$pid" --timeout 5s --off
for round in 1 2 3; do
    ctl --policy "$(rule '"every":2')"
    is "busy threads starve ($round)" "$(ask 'f 100000')" starved
    ctl --off
    sleep 0.01
    is "... and are healthy again ($round)" "$(ask 'q 20')" healthy
done
quit

begin
ctl --policy "$(rule '"process":"server","process_index":1,"caller":{"function":"nobody"}},
    {"name":"second","process":"server","process_index":2,"caller":{"function":"tur?"}')"
is "a policy of ctl for the second process spares the first" "$(ask 't 5')" '0 of 5 failed'
is "... not the second" "$(ask 'k 5')" '5 of 5 failed'
is "... and the third" "$(ask 'k 5')" '0 of 5 failed'
"$MF_RUN" ctl "$runner" --status >status
like "--status adds up what children did" "$(cat status)" '^  rule "second": failed 5 of 5 selected calls$'
quit

says 125 'there is no process 1999999999' "no such process" "$MF_RUN" ctl 1999999999 --status
says 125 'does not run under a mallocfail of this user: start it with' "a process of nobody's" "$MF_RUN" ctl $$ --status
says 125 "'me' is not a process ID: give a number" "no number" "$MF_RUN" ctl me --status
says 125 'no action given: use one of' "no action" "$MF_RUN" ctl $$
says 125 'more than one action given: use one of' "two actions" "$MF_RUN" ctl $$ --off --status
says 125 '--fail-next takes 1 or more, not ' "a bad number" "$MF_RUN" ctl $$ --fail-next 0
says 125 "no process given" "no process" "$MF_RUN" ctl --off
"$MF_RUN" explore -q -o found --timeout 60s -- sleep 60 2>err.explore &
explorer=$!
# It has its channel a while before that says what it is for.
until_true sh -c "'$MF_RUN' ctl $explorer --status 2>&1 | grep -q 'an exploration'"
says 125 "cannot control process $explorer: it is an exploration: ctl changes what 'mallocfail run' runs" \
    "an exploration" "$MF_RUN" ctl $explorer --status
kill -INT $explorer
wait $explorer
begin
says 125 ':1:.*"fial"' "a bad policy changes nothing" "$MF_RUN" ctl "$pid" --policy '{"version":1,"fial":1}'
is "... indeed" "$(ask 't 10')" '0 of 10 failed'
quit
is "a run in which nobody asked for anything tested nothing" "$ended" 125

# On a server that people use.
if [ -z "${MF_FULL:-}" ]; then
    skip "nginx starves and recovers" "MF_FULL is not set"
elif ! have nginx curl; then
    skip "nginx starves and recovers" "nginx and curl are not installed"
else
    mkdir -p nginx/logs
    port=$((20000 + $$ % 20000))
    cat >nginx/nginx.conf <<END
daemon off; pid nginx.pid; error_log stderr crit; worker_processes 2;
events { worker_connections 64; }
http { access_log off; client_body_temp_path b; proxy_temp_path p;
  fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:$port; location / { return 200 "healthy"; } } }
END
    "$MF_RUN" run --timeout 60s -- nginx -p "$PWD/nginx/" -c nginx.conf 2>report &
    runner=$!
    # healthy: how many of 50 requests are answered well.
    healthy() {
        for request in 1 2 3 4 5 6 7 8 9 10; do
            for parallel in 1 2 3 4 5; do
                curl -s -m 5 "http://127.0.0.1:$port/$request.$parallel" &
            done
            wait_for=$!
            wait "$wait_for"
        done | grep -o healthy | wc -l | tr -d ' '
    }
    patience=100
    until curl -s "http://127.0.0.1:$port/" >/dev/null || [ $((patience -= 1)) -eq 0 ]; do
        sleep 0.05
    done
    is "nginx starts healthy" "$(healthy)" 50
    "$MF_RUN" ctl "$runner" --policy "$(rule '"above_size":1000')" 2>err
    is "... starves by mallocfail ctl" "$(healthy)" 0
    "$MF_RUN" ctl "$runner" --off 2>err
    is "... and is healthy again" "$(healthy)" 50
    kill -QUIT "$(cat nginx/nginx.pid)"
    ok "... and ends well" wait "$runner"
fi
plan
