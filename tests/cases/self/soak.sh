#!/bin/sh
# SPDX-License-Identifier: MIT
# A hundred thousand failures: the runner's memory stays what it was after the first few, but
# for some bytes a failure, and nothing is left of them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
have jq pgrep || skip_all "no jq, or no pgrep"

# sample RUNNER: the lines of progress so far; resident, anonymous and shared memory in KB;
# descriptors; children. Until it has ended.
sample() {
    while kill -0 "$1" 2>/dev/null; do
        sample_memory=$(awk '/^VmRSS|^RssAnon|^RssShmem/ { printf "%s ", $2 }' \
            "/proc/$1/status" 2>/dev/null)
        sample_open=$(find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l)
        [ -z "$sample_memory" ] || echo "$(grep -c ' failures tried, ' err.soak)" \
            "$sample_memory$sample_open $(pgrep -c -P "$1")"
        sleep 0.5
    done
}

# range COLUMN FILE: the least and the largest of the samples.
range() {
    awk -v at="$1" 'NR == 1 { low = high = $at } $at < low { low = $at } $at > high { high = $at }
        END { print low, high }' "$2"
}

cp "$(command -v jq)" soaked
before=$(ls -A /dev/shm)
nice -n 19 "$MF_RUN" -o explored --points all --mode once --timeout 20s \
    --budget 15m -v -- \
    ./soaked -n '[range(15000)|tostring]|join(",")|length' >out.soak 2>err.soak &
runner=$!
sample $runner >samples
wait $runner
status=$?
ok "it ends with defects found, or none: $status" test "$status" -le 1

tried=$(jq '.trials|length' explored/findings.json)
ok "at least 100,000 failures were tried: $tried" test "$tried" -ge 100000
is "all that were wanted" "$(jq '.complete,(.points==(.trials|length))' explored/findings.json | tr '\n' ' ')" \
    'true true '
# Beyond the first 1,000, up to the last line of progress: what follows that is confirming
# what was found, which maps debug files.
awk -v last="$(tail -n 1 samples | cut -d ' ' -f 1)" '$1 > 0 && $1 < last' samples >trying
awk '$1 > 0' samples >rest
count=$(wc -l <trying)
ok "there are samples on the way: $count" test "$count" -ge 10
# flat WHAT COLUMN FILE [KB]: it grows by a tenth at most, by what is known of each failure (a
# point, a trial, and what recognises an end like it), and by so much once.
flat() {
    # shellcheck disable=SC2046 # two numbers, on purpose
    set -- "$1" $(range "$2" "$3") "${4:-0}"
    ok "$1 is flat: $2 to $3" test $(($3 - $2)) -le $(($2 / 10 + $4 + tried * 240 / 1024))
}
flat "resident memory while trying (KB)" 2 trying
flat "the runner's own memory while trying (KB)" 3 trying
# Names take some megabytes of debug information, however many failures there were: 5 MB here.
flat "its own memory up to the end, results written (KB)" 3 rest 8192
# Audits have some open for a moment.
third=$((count / 3))
head -n "$third" trying >early
tail -n "$third" trying >late
early=$(range 5 early) late=$(range 5 late)
ok "descriptors get no more: ${early#* }, then ${late#* }" test "${late#* }" -le "${early#* }"
children=$(range 6 rest)
ok "children at once are few: ${children% *} to ${children#* }" test "${children#* }" -le 64
grep -lsz "^./soaked" /proc/[0-9]*/cmdline >left
is "no process is left" "$(cat left)" ''
is "no shared memory is left" "$(ls -A /dev/shm)" "$before"
is "no file is left" "$(find . -name 'mallocfail.*')" ''
diag "findings.json, bytes a failure" "$(($(wc -c <explored/findings.json) / tried))"
diag "the exploration" "$(grep 'failures tried in' err.soak)"

# What is made of it later.
for format in text html sarif; do
    ok "report draws it as $format within a minute" timeout 60 \
        "$MF_RUN" report explored -f $format -o soaked.$format
    ok "and small: $(wc -c <soaked.$format) bytes" test "$(wc -c <soaked.$format)" -lt 2000000
done
plan
