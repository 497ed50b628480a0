#!/bin/sh
# SPDX-License-Identifier: MIT
# A server in operation: each stack of a drive fails once, the server goes on, and what breaks
# it is found, once each.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
daemon=$MF_TARGETS/daemon

# What does not hang may take its time on a busy machine.
limit=10s
# serve WORDS OPTION…: test a server that is asked for the words.
serve() {
    serve_words=$1
    shift
    "$MF_RUN" serve -o found --ready "$daemon ask works hello" --drive "$daemon ask works $serve_words" \
        --timeout "$limit" "$@" >out 2>err
}

# all FILTER: what a filter makes of each finding, sorted, on one line.
all() {
    jq -r ".findings[] | $1" found/findings.json | sort | tr '\n' '|'
}

serve "handled crash sick" -- "$daemon" serve works
is "what breaks a server is found" "$?" 1
is "... each once, as what it is" "$(all '"\(.injection.size): \(.outcome), \(.class)"')" \
    "101: crashed, null dereference|104: sick, none|"
is "... also in a server in which nothing else has failed" "$(all .alone)" "true|true|"
is "a failure that is handled is no defect" \
    "$(jq -c '[.planned, .tried, .outcomes.handled, .complete]' found/findings.json)" "[3,3,1,true]"
like "the crash is told with both stacks" "$(cat err)" '^ +crash +daemon.c:[0-9]+$'
like "what is sick is told" "$(cat err)" \
    'after malloc\(104\) failed .*, the drive ends, and afterwards another drive, in which nothing fails, ends with exit status 1'
like "drives, starts and the rate are told" "$(cat err)" \
    '3 of 3 failures tried in .* s, [0-9]+ a minute: [0-9]+ drives, [0-9]+ health checks, [0-9]+ starts'
is "... in JSON, too" \
    "$(jq '.serve | .drives >= 5 and .starts >= 3 and .failures_per_minute > 0' found/findings.json)" true
like "how the drives ended is told" "$(cat err)" \
    'of 3 drives with a failure 1 exited with 0, 2 with another status, 0 did not end'
ok "the results are as the schema says" python3 "$MF_SOURCE/tests/validate.py" \
    "$MF_SOURCE/schemas/findings.schema.json" found/findings.json
for file in found/reproducers/*.json; do
    says 0 'the same finding came back' "a reproducer drives a server once more" \
        "$MF_RUN" replay "$file"
done
is "no process is left" "$(pgrep -f "^$daemon.* serve works$")" ""

serve "sick" -- "$daemon" -b serve works
is "a sick server that works on after its answer does not hang" \
    "$(all '"\(.injection.size): \(.outcome), \(.class)"')" "104: sick, none|"

limit=1s
serve "hang keep silent" -- "$daemon" serve works
is "a hang, a lock that is kept, a request without an answer" \
    "$(all '"\(.injection.size): \(.outcome)"')" "102: hung|103: sick|109: hung|"
like "where it hangs is told" "$(cat err)" 'waits in pause\(\) at daemon.c:[0-9]+'
like "... where later requests hang" "$(cat err)" 'waits in pthread_mutex_lock\(\) at daemon.c:[0-9]+'
like "... that only the one request does" "$(cat err)" \
    'the drive does not end, but the server still serves others'

limit=10s
serve "keep" --health "timeout 1 $daemon ask works keep" -- "$daemon" serve works
is "a look at the health may have a time limit of its own" "$(all '"\(.injection.size): \(.outcome)"')" "103: sick|"
like "... and where it hangs is told" "$(cat err)" 'waits in pthread_mutex_lock\(\) at daemon.c:[0-9]+'
like "it is a sick server's in SARIF, too" "$("$MF_RUN" report -f sarif found | jq -r '.runs[0].results[].ruleId')" \
    '^sick-server$'

limit=1s
serve "keep" -q -- "$daemon" serve works
like "-q: a line for each defect, and one for their sum" "$(wc -l <err) $(cat err)" \
    '^2 mallocfail: .*
mallocfail: 1 defect; results in found$'
limit=10s
serve "quit once" -- "$daemon" serve works
is "a server that ends itself gives up by design" "$(all '"\(.injection.size): \(.outcome) \(.defect)"')" \
    "105: aborted false|108: crashed true|"
like "... and how is told" "$(cat err)" 'the server ends with exit status 3'
is "what happens once is tried in the first drive of a new server" "$(jq .tried found/findings.json)" 2

serve "handled crash" --health "$daemon ask works hello" -- "$daemon" -w 2 serve works
is "the workers of a server are tested" "$(all '"\(.injection.size): \(.outcome)"')" "101: crashed|"
serve "handled" -- "$daemon" serve works
is "without a defect" "$?" 0
like "... the summary says of how much" "$(cat err)" '^mallocfail: 0 defects; results in found$'
serve "later" --health "$daemon ask works hello" -- "$daemon" serve works
is "what breaks in a later drive is found" "$(all '"\(.injection.size): \(.outcome)"')" "106: crashed|"
like "... and told" "$(cat err)" 'the server broke in a drive before anything failed in it'
is "... and comes back in a new server" "$(all .alone)" "true|"
says 0 'the same finding came back' "... and by its reproducer" "$MF_RUN" replay found/reproducers/*.json
for format in junit sarif html github; do
    "$MF_RUN" report -f $format found >report.$format 2>err
    ok "$format has it" grep -qi 'crash' report.$format
done
plan
