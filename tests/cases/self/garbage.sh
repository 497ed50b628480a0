#!/bin/sh
# SPDX-License-Identifier: MIT
# Anything at all as a policy: an error or a run, never a crash, never a hang.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have awk timeout || skip_all "no awk or timeout"
count=$MF_TARGETS/count

# noise SEED: random bytes, 1 to 400 of them.
noise() {
    awk -v seed="$1" 'BEGIN { srand(seed); n = 1 + int(rand() * 400)
        for (i = 0; i < n; i++) printf "%c", int(rand() * 256) }'
}

# mutate SEED: a policy with a few bytes changed, left out or doubled.
mutate() {
    rules '{"name":"a","functions":["malloc"],"size":{"min":1,"max":99},"nth":[1,2],"times":3},
        {"caller":{"module":"lib*"},"every":2,"counter":"thread"},{"probability":0.5}' \
        '"seed":7,"arm":"load","description":"text"' |
        awk -v seed="$1" 'BEGIN { srand(seed); RS = "\001" } {
            for (k = 1 + int(rand() * 4); k > 0; k--) {
                at = 1 + int(rand() * length($0)); dice = rand()
                if (seed % 2) {
                    # Odd seeds change a digit into another, which may well be valid.
                    while (substr($0, at, 1) !~ /[0-9]/) at = 1 + int(rand() * length($0))
                    $0 = substr($0, 1, at - 1) int(rand() * 10) substr($0, at + 1)
                    continue
                }
                new = dice < .3 ? "" : dice < .5 ? substr($0, at, 1) substr($0, at, 1) \
                    : dice < .6 ? substr($0, 1, at) : sprintf("%c", 1 + int(rand() * 255))
                $0 = substr($0, 1, at - 1) new substr($0, at + 1) }
            printf "%s", $0 }'
}

# survives KIND SEED: neither the runner nor a program with the library alone minds.
survives() {
    "$1" "$2" >policy
    timeout 20 "$MF_RUN" -q --policy policy -- "$count" 'malloc:16*5' >out 2>err
    survives_run=$?
    timeout 20 env LD_PRELOAD="$MF_LIB" MALLOCFAIL_POLICY=policy "$count" 'malloc:16*5' \
        >out.alone 2>err.alone
    survives_alone=$?
    case $survives_run,$survives_alone in
    0,0)
        # It ran: then both were under the same policy.
        ran=$((ran + 1))
        [ "$(cat out)" = '' ] || fired=$((fired + 1))
        cmp -s out out.alone || grep -q probability policy
        ;;
    125,0)
        refused=$((refused + 1))
        # Refused: said so, and with the library alone nothing fails.
        test -s err && test "$(cat out.alone)" = ''
        ;;
    *) false ;;
    esac
}

for kind in noise mutate; do
    bad='' ran=0 fired=0 refused=0
    for seed in $(seq 60); do
        survives $kind "$seed" || bad="$bad $seed"
    done
    is "$kind: 60 policies, an error or a run (bad seeds)" "$bad" ''
done
ok "mutate: $refused were refused, $ran ran, $fired of them fired" \
    test "$refused" -gt 5 -a "$fired" -gt 5
plan
