#!/bin/sh
# SPDX-License-Identifier: MIT
# What is tried first, and how far, where there is not the time for all.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# found FILTER: from the results.
found() {
    jq -c "$1" found/findings.json
}

# Recursion is folded: of so many allocations few are different.
"$MF_RUN" -q -o found --mode once -- "$MF_TARGETS/tree_of_names" 20000
is "a recursion that builds a tree has two stacks" \
    "$(found '[.oracle.allocations, .stacks, (.trials | map(.number))]')" \
    '[40000,2,[1,2,3,4,39999,40000]]'

# in_short_time OPTION…: explore the victim that goes on for long. A busy machine may not come to
# the defect in the least of these times; a quiet one needs more than all of them for the rest.
in_short_time() {
    for seconds in 3 6 12; do
        "$MF_RUN" -o found --budget "${seconds}s" "$@"
        reached=$?
        [ "$reached" = 0 ] || break
    done
    return "$reached"
}

# 71 failures twice, each 0.3 s before the end: too many for the budget.
for way in grow wait; do
    for strategy in in-place fresh; do
        status_is 1 "the defect is found though time is short, $way, $strategy" \
            in_short_time --strategy $strategy --jobs 2 -- "$MF_TARGETS/patient" $way 2>told
        is "it is a crash, $way, $strategy" "$(found '[.findings[].outcome]')" '["crashed"]'
        is "what was cut off is told, $way, $strategy" \
            "$(found '[.complete, .outcomes.survived > 0, .outcomes.hung]')" \
            '[false,true,0]'
    done
done
in_short_time -- "$MF_TARGETS/patient" wait >std 2>told
like "in words, too" "$(cat told)" \
    ' failures survived so far, and were cut off before the end: the budget is spent$'
like "and beside the number of defects" "$(cat told)" \
    '^mallocfail: 1 defect in [0-9]* of [0-9]* failures tried, [0-9]* not to the end; '

"$MF_RUN" -q -o found --max 8 -- "$MF_TARGETS/patient" wait
is "without a budget each trial goes to its end" \
    "$(found '[.outcomes.survived, .outcomes.tolerated > 0]')" '[0,true]'

# Going on from results: what survived is run on, and nothing is lost.
"$MF_RUN" -q -o found --budget 3s -- "$MF_TARGETS/patient" wait
first=$(found '[.tried, .outcomes.survived]')
# fewer_survive: whether fewer than at first do, or none.
fewer_survive() {
    found '.outcomes.survived' | jq -e --argjson before "$first" \
        '. < $before[1] or . == 0' >/dev/null
}
# gone_on: go on from the results, in the same way, until a busy machine gets further.
gone_on() {
    for seconds in 3 6 12; do
        "$MF_RUN" -o found --resume found --budget "${seconds}s" -- "$MF_TARGETS/patient" wait
        reached=$?
        ! fewer_survive || break
    done
    return "$reached"
}
for again in 1 2; do
    status_is 1 "results are gone on from, $again" gone_on
    taken=$(sed -n 's/^mallocfail: \([0-9]*\) of them were tried before.*/\1/p' err | tail -n 1)
    ok "... fewer survive, $again" fewer_survive
    # shellcheck disable=SC2016 # They are jq's.
    ok "... and no fewer were tried, $again" jq -en --argjson before "$first" \
        --argjson now "$(found .tried)" '$now >= $before[0]'
    ok "... all but a trial of the defect are taken over, $again" test \
        $(($(found .tried) - ${taken:-0})) -le 2
    is "... the defect is there still, $again" "$(found '[.findings[].outcome]')" '["crashed"]'
    first=$(found '[.tried, .outcomes.survived]')
done
cat >moody.c <<'EOF'
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    char *block = malloc(10);
    if (!block && access("good", F_OK) != 0) {
        *block = 1;
    }
    free(block);
    return 0;
}
EOF
${CC:-cc} -g -O0 -fno-builtin -o moody moody.c
"$MF_RUN" -q -o found -- ./moody
touch good
status_is 1 "a finding that does not show again is kept" \
    "$MF_RUN" -o found --resume found -- ./moody
like "... and told" "$(cat err)" '^mallocfail: 1 defect \(1 not shown again, as found has it\); results in found$'
ok "... in the results" jq -e '.findings | length == 1 and .[0].outcome == "crashed"' found/findings.json
rm good
ok "... with its reproducer" "$MF_RUN" replay -q found/reproducers/*.json

# A process whose first thread has ended before the others is waited for, too.
cat >threads.c <<'EOF'
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static void *sleeper(void *none) {
    usleep(500000);
    return none;
}
int main(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, sleeper, NULL) != 0) {
            return 3;
        }
    }
    for (int i = 0; i < 20; i++) {
        free(malloc(10));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
EOF
${CC:-cc} -g -O1 -w -fno-builtin -pthread -o threads threads.c
status_is 0 "the end of the budget ends programs with threads" timeout -s KILL 30 \
    "$MF_RUN" -q -o found --strategy fresh --points all --budget 2s -- ./threads
like "and not all was tried" "$(found '.complete')" false

says 124 'the clean run did not end in time .*longer --budget' "a clean run gets no more than the budget" \
    "$MF_RUN" -o found --budget 300ms -- sleep 5
plan
