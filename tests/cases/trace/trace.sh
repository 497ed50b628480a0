#!/bin/sh
# SPDX-License-Identifier: MIT
# Recording: every event, whatever the program does and however it ends.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

recorded=$MF_TARGETS/recorded

# record FILE PROGRAM…: record it, as quietly as the runner can.
record() {
    record_file=$1
    shift
    "$MF_RUN" trace -q -o "$record_file" -- "$@" >"$tap_home/out" 2>"$tap_home/err"
}

# sum FILE NAME: a number of the summary, without commas; 0 where it is not there.
sum() {
    "$MF_RUN" histogram "$1" | awk -v name="$2" '
        { line = $0; sub(/^ */, "", line); sub(/ +[0-9,]+$/, "", line) }
        line == name { gsub(",", "", $NF); print $NF; found = 1; exit }
        END { if (!found) print 0 }'
}

# rows FILE: its events without time and addresses.
rows() {
    "$MF_RUN" trace --format tsv --all "$1" | awk 'NR > 1 { print $4, $2, ($5 ~ /^0x/ ? "block" : $5) }'
}

# The end of the process.
status_is 0 "a program that exits is recorded" record exit.trace "$recorded" exit 1000
is "with all it allocated" "$(sum exit.trace allocations) $(sum exit.trace frees)" "1000 1000"
status_is 3 "one that ends by _exit, with its status" record _exit.trace "$recorded" _exit 1000
is "loses nothing" "$(sum _exit.trace allocations) $(sum _exit.trace frees)" "1000 1000"
status_is 137 "one that is killed" record kill.trace "$recorded" kill 300000
is "loses nothing" "$(sum kill.trace allocations) $(sum kill.trace frees)" "300000 300000"
status_is 139 "one that crashes" record crash.trace "$recorded" crash 1000
is "loses nothing" "$(sum crash.trace allocations) $(sum crash.trace frees)" "1000 1000"
env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE=alone.trace "$recorded" exit 10
is "the library alone does it, too" "$(sum alone.trace allocations)" 10
env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE=alone.trace "$recorded" exit 20
is "and leaves a file that is there" "$(sum alone.trace allocations)" 10
is "for one with its number" "$(sum "$(echo alone.trace.*)" allocations)" 20

# Functions.
record family.trace "$recorded" family
is "each function is noted as itself" "$(rows family.trace)" "$(cat <<'END'
malloc 1 block
free - block
calloc 6 block
free - block
realloc 10 block
realloc 100000 block
reallocarray 300000 block
free - block
posix_memalign 20 block
free - block
aligned_alloc 64 block
free - block
memalign 30 block
free - block
valloc 40 block
free - block
pvalloc 4096 block
free - block
malloc 60 block
realloc 1125899906842624 NULL
realloc 0 NULL
malloc 12345 block
END
)"
is "what was never freed is left" \
    "$("$MF_RUN" histogram family.trace | sed -n 's/^  at the end //p')" "12.1 KiB in 1 blocks"
like "the plain log has a time and a size" "$("$MF_RUN" trace --format tsv family.trace | head -n 1)" \
    '^[0-9]{10}\.[0-9]{6}	1$'
is "and one line for each allocation" "$("$MF_RUN" trace --format tsv family.trace | wc -l)" 13

# Threads, signals, children.
record threads.trace "$recorded" threads 50000
is "threads that free each other's blocks leave none behind" \
    "$(sum threads.trace malloc) $(sum threads.trace realloc) $(sum threads.trace 'of blocks from before')" \
    "200000 66668 0"
is "and are told apart" "$("$MF_RUN" trace --format tsv --all threads.trace |
    awk 'NR > 1 && $4 == "malloc" { n[$3]++ } END { for (i in n) print n[i] }' | sort -u)" 50000
record many.trace "$recorded" many-threads 500
is "threads that come and go share their room" \
    "$(sum many.trace malloc) $(($(wc -c <many.trace) / 65536 < 8))" "500 1"
LD_PRELOAD=$MF_TARGETS/bump.so "$MF_RUN" trace -q -o signals.trace "$recorded" signals 2000000 >handled
handled=$(cat handled)
is "signal handlers that allocate are in it, and spoil nothing ($handled signals)" \
    "$(sum signals.trace malloc) $(sum signals.trace frees)" \
    "$((2000000 + 2 * handled)) $((2000000 + 2 * handled))"
record children.trace "$recorded" children
is "children of any fork have files of their own" \
    "$(for file in children.trace*; do sum "$file" malloc; done | sort | xargs)" "1 1 2"
is "and their parent's blocks are not in them" \
    "$(cat children.trace.* | grep -c "$(printf 'x%.0s' 1 2 3 4 5 6 7 8 9 10 11 12)")" 0
# shellcheck disable=SC2016
record exec.trace sh -c '"$0" exit 5; exec "$0" exit 7' "$recorded"
is "so have programs that are executed" \
    "$(for file in exec.trace.*; do
        "$MF_RUN" histogram "$file" | grep -q 'recorded\[' && sum "$file" allocations
    done | sort | xargs)" "5 7"
record exec.trace "$recorded" exit 5
is "what an earlier recording left is gone" "$(echo exec.trace*)" exec.trace
record shut.trace "$recorded" shut-in 100000
is "a program that gives up rights is recorded on" "$(sum shut.trace allocations)" 200000

# Stacks.
"$MF_RUN" trace -q --stacks -o stacks.trace "$recorded" threads 100
"$MF_RUN" trace --format folded --weigh calls stacks.trace >stacks
like "stacks begin with the outermost frame and end with a weight" "$(cat stacks)" ';main;threads;pthread_create[^;]*;.* [0-9]+$'
unlike "the library's own frames are not in them" "$(cat stacks)" 'libmallocfail|record_'
is "the weights of all stacks are all calls" "$(awk '{ n += $NF } END { print n }' stacks)" \
    "$(sum stacks.trace allocations)"
is "or all bytes" "$("$MF_RUN" trace --format folded stacks.trace | awk '{ n += $NF } END { print n }')" \
    "$(sum stacks.trace 'bytes asked for')"
says 125 'record it with --stacks' "a trace without stacks has none to show" \
    "$MF_RUN" trace --format folded exit.trace
if have jq; then
    # shellcheck disable=SC2016
    ok "JSON is JSON" sh -c '"$MF_RUN" trace --format json stacks.trace | jq . >/dev/null'
    is "its events name stacks that are there" "$("$MF_RUN" trace --format json stacks.trace |
        jq -c '.stacks as $s | [.events[] | select(.stack) | $s[.stack] | length > 0] | all')" true
else
    skip "JSON" "no jq"
fi

# Failures.
"$MF_RUN" trace -q -o failed.trace -p "$(rule '"nth":3')" "$recorded" exit 5
is "a failure that was made is in it" "$(rows failed.trace | xargs)" \
    "malloc 1 block free - block malloc 2 block free - block malloc 3 injected malloc 4 block free - block malloc 5 block free - block"
is "and counted" "$(sum failed.trace 'made to fail')" 1

# No room.
(
    trap '' XFSZ
    # shellcheck disable=SC2016
    env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE=small.trace sh -c \
        'ulimit -f 400; exec "$0" exit 1000000' "$recorded"
)
small=$(echo small.trace.*)
says 0 'events are missing' "where the file may not grow, it is told what is missing" \
    "$MF_RUN" histogram "$small"
is "and the rest is there" "$(($(sum "$small" allocations) > 1000))" 1

# Mistakes.
says 125 'no program given' "nothing to run is an error" "$MF_RUN" trace
says 125 'no trace given' "nothing to print, too" "$MF_RUN" trace --format tsv
says 125 '--format takes .*, not .xml' "so is an unknown format" "$MF_RUN" trace --format xml exit.trace
says 125 'belong to --format' "and an option of printing without one" "$MF_RUN" trace --all "$recorded"
says 125 'prints one FILE' "and an option of recording with one" \
    "$MF_RUN" trace --format tsv --stacks exit.trace
says 125 'is not a trace' "a file that is none is refused" "$MF_RUN" trace --format tsv "$recorded"
says 125 'No such file' "a file that is not there, too" "$MF_RUN" trace --format tsv nowhere
echo mine >precious
says 125 'is not a trace' "a file of the user's is not overwritten" "$MF_RUN" trace -o precious "$recorded"
is "it is what it was" "$(cat precious)" mine
says 125 'cannot record to' "a directory that is not there is told of" \
    "$MF_RUN" trace -o nowhere/x "$recorded"
says 127 'not' "so is a program that is not there" "$MF_RUN" trace -o x.trace ./nothing

# The same counts as valgrind's, whose clean-up of the C library at the end is left out.
if have valgrind; then
    echo '{"a": [1, 2, {"b": null}]}' >in.json
    echo '<a><b c="d">e</b></a>' >in.xml
    for program in 'jq . in.json' 'xmllint --format in.xml' \
        'sqlite3 :memory: select(1)' 'lua5.4 -v' 'git --version' 'mawk BEGIN{print(1)}' 'file in.xml'; do
        if ! have "${program%% *}"; then
            skip "$program" "not installed"
            continue
        fi
        # shellcheck disable=SC2086
        record same.trace $program
        # git copies its list of variables: as many as the runner's for sanitizers.
        # shellcheck disable=SC2086
        env ASAN_OPTIONS= LSAN_OPTIONS= UBSAN_OPTIONS= TSAN_OPTIONS= MSAN_OPTIONS= \
            valgrind --run-libc-freeres=no --run-cxx-freeres=no --leak-check=no $program \
            2>&1 >valgrind.out </dev/null | sed -n 's/.*total heap usage: //p' | tr -d , >usage
        is "$program: as valgrind counts" "$(sum same.trace allocations) allocs $(sum same.trace frees) frees $(sum same.trace 'bytes asked for') bytes allocated" \
            "$(cat usage)"
    done
else
    skip "counts" "no valgrind"
fi
plan
