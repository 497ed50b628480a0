#!/bin/sh
# SPDX-License-Identifier: MIT
# A hundred thousand failures: the runner's memory stays what it was after the first few,
# and nothing is left of them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../tap.sh"

only_in_full
have jq || skip_all "no jq"

# sample RUNNER: time, resident, anonymous and shared memory in KB, descriptors, children;
# until it has ended.
sample() {
    while kill -0 "$1" 2>/dev/null; do
        sample_memory=$(awk '/^VmRSS|^RssAnon|^RssShmem/ { printf "%s ", $2 }' \
            "/proc/$1/status" 2>/dev/null)
        set -- "$1" "/proc/$1/fd/"*
        sample_open=$(($# - 1))
        read -r sample_children <"/proc/$1/task/$1/children" || sample_children=
        set -- "$1"
        # shellcheck disable=SC2086 # numbers, on purpose
        [ -z "$sample_memory" ] ||
            echo "$(tail -n 1 err.soak | grep -c ' failures tried, ') $sample_memory$sample_open" \
                "$(echo $sample_children | wc -w)"
        sleep 0.5
    done
}

# range COLUMN: least and largest of the samples; more than so much above the least?
range() {
    awk -v at="$1" 'NR == 1 { low = high = $at } $at < low { low = $at } $at > high { high = $at }
        END { print low, high }' "$2"
}

cp "$(command -v jq)" soaked
before=$(ls -A /dev/shm)
nice -n 19 "$MF_RUN" -o out --points all --mode once --timeout 20s -- \
    ./soaked -n '[range(15000)|tostring]|join(",")|length' >out.soak 2>err.soak &
runner=$!
sample $runner >samples
wait $runner
is "it ends with defects found, or none" "$(($? <= 1))" 1

tried=$(jq '.trials|length' out/findings.json)
ok "at least 100,000 failures were tried: $tried" test "$tried" -ge 100000
is "all that were wanted" "$(jq '.complete,(.points==(.trials|length))' out/findings.json | tr '\n' ' ')" \
    'true true '
# What is sampled while the last line on the way is that of progress: beyond the first 1,000.
grep '^1 ' samples >trying
ok "there are samples on the way: $(wc -l <trying)" test "$(wc -l <trying)" -ge 10
# within PERCENT WHAT COLUMN FILE
within() {
    # shellcheck disable=SC2046 # two numbers, on purpose
    set -- "$1" "$2" $(range "$3" "$4")
    ok "$2 is flat within $1 %: $3 to $4" test $((($4 - $3) * 100)) -le $(($1 * $3))
}
within 10 "resident memory while trying (KB)" 2 trying
within 10 "the runner's own memory while trying (KB)" 3 trying
within 0 "the number of descriptors while trying" 5 trying
awk 'seen || /^1 / { seen = 1; print }' samples >rest
within 10 "its own memory up to the end, results written (KB)" 3 rest
ok "children at once are few: $(range 6 rest)" test "$(range 6 rest | cut -d ' ' -f 2)" -le 200
grep -lsz "^./soaked" /proc/[0-9]*/cmdline >left
is "no process is left" "$(cat left)" ''
is "no shared memory is left" "$(ls -A /dev/shm)" "$before"
is "no file is left" "$(find . -name 'mallocfail.*')" ''
diag "findings.json, bytes a failure" "$(($(wc -c <out/findings.json) / tried))"
diag "the exploration" "$(grep 'failures tried in' err.soak)"

# What is made of it later.
for format in text html sarif; do
    ok "report draws it as $format within a minute" timeout 60 \
        "$MF_RUN" report out -f $format -o soaked.$format
    ok "and small: $(wc -c <soaked.$format) bytes" test "$(wc -c <soaked.$format)" -lt 2000000
done
plan
