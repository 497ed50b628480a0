#!/bin/sh
# SPDX-License-Identifier: MIT
# What recording costs: nanoseconds and bytes for one event, over a plain run; the least
# of ROUNDS turns of each, for what else the machine does only adds to it. Then how fast
# a trace is read.
# MF_RUN, MF_LIB, MF_CHURN, MF_WRITETRACE come from make; ROUNDS, PAIRS, EVENTS may be set.
set -eu
: "${MF_RUN:?run me by make bench-trace}" "${MF_LIB:?}" "${MF_CHURN:?}" "${MF_WRITETRACE:?}"
rounds=${ROUNDS:-7}
pairs=${PAIRS:-2000000}
events=${EVENTS:-100000000}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cd "$home"

least() {
    sort -n | head -n 1
}

# run NAME KIND THREADS PAIRS: nanoseconds for a pair of calls, one thread's.
run() {
    rm -rf out*
    case $1 in
    plain) "$MF_CHURN" "$2" "$3" "$4" ;;
    mallocfail) env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE="$home/out" "$MF_CHURN" "$2" "$3" "$4" ;;
    stacks) env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE="$home/out" MALLOCFAIL_TRACE_STACKS=1 "$MF_CHURN" "$2" "$3" "$4" ;;
    write) env LD_PRELOAD="$MF_WRITETRACE" WRITETRACE="$home/out" "$MF_CHURN" "$2" "$3" "$4" ;;
    heaptrack) heaptrack -o "$home/out" "$MF_CHURN" "$2" "$3" "$4" 2>/dev/null | grep -E '^[0-9.]+$' ;;
    esac
}

# measure NAME KIND THREADS PAIRS
measure() {
    : >ns.plain
    : >ns.recorded
    round=0
    while [ "$round" -lt "$rounds" ]; do
        run plain "$2" "$3" "$4" >>ns.plain
        run "$1" "$2" "$3" "$4" >>ns.recorded
        round=$((round + 1))
    done
    bytes=$(cat out* | wc -c)
    printf '%-12s %-6s %s %10.1f %8.2f\n' "$1" "$2" "$3" "$(echo "$(least <ns.plain) $(least <ns.recorded)" | awk '{ print ($2 - $1) / 2 }')" \
        "$(echo "$bytes $3 $4" | awk '{ print $1 / ($2 * $3 * 2) }')"
}

echo "recorder     work   threads  ns/event  bytes/event   over the plain program"
for threads in 1 2 4; do
    measure mallocfail pair $threads "$pairs"
    measure mallocfail mixed $threads "$pairs"
done
measure stacks pair 1 $((pairs / 4))
measure write pair 1 $((pairs / 20))
measure write pair 2 $((pairs / 20))
if command -v heaptrack >/dev/null; then
    measure heaptrack pair 1 $((pairs / 4))
    measure heaptrack pair 2 $((pairs / 4))
else
    echo "heaptrack    is not installed"
fi

# Real programs: bytes for an event.
echo
echo "program                 events  bytes/event"
real() {
    name=$1
    shift
    rm -rf out*
    env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE="$home/out" "$@" >/dev/null 2>&1 </dev/null || return 0
    count=$("$MF_RUN" histogram out | sed -n '1s/.*, \([0-9,]*\) events.*/\1/p' | tr -d ,)
    # Zeros at the end of the last chunk are no events.
    bytes=$(tail -c +65601 out | tr -s '\0' | wc -c)
    printf '%-20s %9s %12.2f\n' "$name" "$count" "$(echo "$bytes $count" | awk '{ print $1 / $2 }')"
}
cat >real.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) { return puts("hello") < 0; }
C
awk 'BEGIN { print "["; for (i = 0; i < 20000; i++) printf "%s{\"a\":%d,\"b\":\"%d\",\"c\":[%d,%d]}\n", i ? "," : "", i, i * 5, i, i; print "]" }' >real.json
if command -v jq >/dev/null; then real jq jq . real.json; fi
if command -v sqlite3 >/dev/null; then
    real sqlite3 sqlite3 :memory: 'create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) insert into t select x, hex(x) from c; create index i on t(b); select count(*) from t'
fi
cc1=$(gcc -print-prog-name=cc1 2>/dev/null || true)
if [ -x "$cc1" ]; then real cc1 "$cc1" -quiet -O2 real.c -o real.s; fi
if command -v clang >/dev/null; then real clang clang -O2 -c real.c -o real.o; fi

# Reading.
echo
rm -rf out*
env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE="$home/out" "$MF_CHURN" live 1 $((events / 2)) >/dev/null
begin=$(date +%s.%N)
"$MF_RUN" histogram out >summary &
reader=$!
most=0
while kill -0 $reader 2>/dev/null; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$reader/status" 2>/dev/null || true)
    most=$([ "${now:-0}" -gt "$most" ] && echo "$now" || echo "$most")
    sleep 0.05
done
end=$(date +%s.%N)
echo "$begin $end $events $most" | awk '{ printf "reading: %d events, %.1f million a second, %d KiB of memory at most\n", $3, $3 / ($2 - $1) / 1e6, $4 }'
