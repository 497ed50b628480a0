#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that live oddly: each failure comes where it should, and the library is not
# the death of them.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

odd=$MF_TARGETS/odd
stress=$MF_TARGETS/stress
size='"size":{"min":24,"max":24}'
third=$(rule "\"every\":3,$size")

is "10,000 threads, 70,000 calls: 1 in 7 fails" \
    "$(under "$(rule "$size,\"every\":7")" "$stress" 8 7 10000)" 10000
is "with the library alone" \
    "$(alone "$(rule "$size,\"every\":7")" "$stress" 8 7 10000)" 10000
is "10,000 threads, each its own seventh" \
    "$(under "$(rule "$size,\"every\":7,\"counter\":\"thread\"")" "$stress" 8 7 10000)" 10000

both "300 children by vfork: the parent's count is not lost" "$third" 'bad: 0
ten: 3 6 9' "$odd" vfork-storm
both "at exit: the numbers go on" "$third" 'ten: 3 6 9
at exit: 2 5 8' "$odd" atexit

# Each malloc of 100 bytes fails, so that only the library is ever interrupted.
jumped=$(rules "{\"size\":{\"min\":100,\"max\":100}},{\"every\":3,$size}")
both "handlers that leave by longjmp: nothing slips through, and the numbers go on" \
    "$jumped" 'ten: 3 6 9' "$odd" longjmp
both "the same with a filter on the stack" "$(rules \
    "{\"size\":{\"min\":100,\"max\":100},\"stack\":{\"module\":\"odd\"}},{\"every\":3,$size}")" \
    'ten: 3 6 9' "$odd" longjmp

both "malloc by dlsym, behind the program" "$third" 'ten: 3 6 9' "$odd" next
both "malloc by dlsym, in front" "$third" 'ten: 3 6 9' "$odd" default
both "malloc out of libc itself is beyond reach" "$third" 'ten:' "$odd" libc

# A fault of ours here would be a signal, and its output be cut.
for deed in strict filter filter-call; do
    both "locked up by seccomp ($deed): it lives, and its allocations fail" \
        "$third" 'ten: 3 6 9' "$odd" $deed
done
both "locked up in a thread that never allocated" "$third" 'ten: 3 6 9
joined' "$odd" strict-thread
for deed in strict-child filter-child; do
    both "locked up in a child that never allocated ($deed)" "$third" 'ten: 3 6 9
child: 0
ten: 3 6 9' "$odd" $deed
done
is "locked up, with a filter by function: it lives" \
    "$(under "$(rule "$size,\"stack\":{\"function\":\"ten*\"}")" "$odd" filter >out
        echo $?)" 0

# One tracer is all that a process can have.
says 0 'could not trace.*--no-trace' "a program that wants to be traced is told why it is not" \
    "$MF_RUN" --policy "$third" -- "$odd" traceme
is "and goes on" "$(cat out)" 'traced: Operation not permitted
ten: 3 6 9'
is "with --no-trace it is traced" \
    "$("$MF_RUN" -q --no-trace --policy "$third" -- "$odd" debugger)" 'stops: 1, status: 0
ten: 3 6 9'
says 138 'could not trace' "one that stops for its tracer ends by its signal" \
    timeout 20 "$MF_RUN" --policy "$third" -- "$odd" traceme-stop
is "with the library alone, too" "$(alone "$third" "$odd" debugger)" 'stops: 1, status: 0
ten: 3 6 9'

# Less and less address space, until the channel has no place in it.
cramped() {
    for cramped_kib in 18000 17000 16000 15000 14000 13000; do
        timeout 20 "$MF_RUN" -q --policy "$third" -- \
            sh -c 'ulimit -v "$1"; exec "$0" nothing' "$MF_TARGETS/hostile" $cramped_kib
        grep -q 'no address space; nothing will fail' err && return
    done
    return 1
}
ok "no address space for the channel: that is said, and all passes" cramped
is "the program did its work" "$(tail -n 1 out)" 'ten:'

mkdir libraries
for i in $(seq 300); do
    cp "$MF_TARGETS/plugin.so" "libraries/$i.so"
done
opened() {
    "$@" "$odd" open libraries/*.so | tail -n 2 | tr '\n' ' '
}
is "300 libraries, each failing when it comes: the numbers are right" \
    "$(opened under "$(rules "{\"functions\":[\"malloc\"],\"caller\":{\"module\":\"[0-9]*.so\"}},
        {\"every\":3,$size,\"caller\":{\"module\":\"odd\"}}")")" 'opened: 300 ten: 3 6 9 '
is "so they are by stack" "$(opened under "$(rule \
    "$size,\"every\":3,\"stack\":{\"module\":\"odd\"},\"caller\":{\"module\":\"odd\"}")")" \
    'opened: 300 ten: 3 6 9 '
if have jq; then
    is "each is a module of the report" "$(rm -f report.json
        "$MF_RUN" -q --policy "$(rule '"functions":["malloc"],"caller":{"module":"[0-9]*.so"}')" \
            --report json:report.json -- "$odd" open libraries/*.so >out
        jq '[.modules[].path | select(test("libraries/"))] | length' report.json)" 300
fi
plan
