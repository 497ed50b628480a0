#!/bin/sh
# SPDX-License-Identifier: MIT
# Trials that are known without a run: where nothing is allocated after a failure, failing all
# that follow comes to the same. That they end as a run would is in agree.sh.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
${CC:-cc} -g -o keys "$MF_SOURCE/examples/keys.c" || exit 1
cat >retry.c <<'EOC'
#include <stdlib.h>
int main(void) {
    char *block = malloc(10);
    if (!block) {
        block = malloc(20);
    }
    return block ? 0 : 1;
}
EOC
${CC:-cc} -fno-builtin -o retry retry.c || exit 1

# trials DIR FILTER: those trials' modes, numbers and outcomes
trials() {
    jq -c "[.trials[] | select($2) | [.mode, .number, .outcome]]" "$1/findings.json"
}

"$MF_RUN" -o keys.out ./keys 2>keys.err
like "they are told apart from those in place" "$(cat keys.err)" \
    '8 failures tried in [0-9.]* s: 4 in place, 4 inferred, 0 fresh'
is "... and are all persistent" \
    "$(jq -c '[.trials[] | select(.inferred) | .mode] | unique' keys.out/findings.json)" '["persistent"]'
is "... and counted" "$(jq .inferred keys.out/findings.json)" 4
like "a report tells them apart, too" "$("$MF_RUN" report --format text keys.out 2>&1)" \
    '4 in place, 4 inferred, 0 fresh'
"$MF_RUN" -q -o again.out --resume keys.out ./keys
is "an exploration that goes on from them keeps them" "$(jq .inferred again.out/findings.json)" 4

"$MF_RUN" -q -o retry.out ./retry
is "where the program allocates on, it is run" "$(trials retry.out .in_place)" \
    '[["once",1,"tolerated"],["persistent",1,"handled"]]'
"$MF_RUN" -q -o alone.out --mode persistent ./keys
is "without the runs that tell, all are run" "$(jq .inferred alone.out/findings.json)" 0
"$MF_RUN" -q -o fresh.out --strategy fresh ./keys
is "a process of its own tells nothing" "$(jq .inferred fresh.out/findings.json)" 0
plan
