#!/bin/sh
# SPDX-License-Identifier: MIT
# The library's rooms that many threads are in, under tools that tell races: its own code is
# built for each of them, and unit tests stand in for the program. ThreadSanitizer knows
# atomic operations by itself; valgrind's helgrind and drd, which see machine code, are told
# of them (unit/annotated.h). There is nothing left to suppress.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
[ ! -e "$MF_SOURCE/config.status" ] || skip_all "needs a build outside the source tree"
[ -e "$MF_BUILD/tests/unit/preload/test_races" ] || skip_all "no libcheck"
annotated=$MF_SOURCE/tests/unit/annotated.h

cat >race.c <<'EOC'
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static int plain;
static _Atomic int published;

static void *publish(void *unused) {
    plain = 1;
    atomic_store_explicit(&published, 1, memory_order_release);
    return unused;
}

/** With an argument it does not wait for what is published. */
int main(int argc, char **argv) {
    pthread_t thread;
    (void)argv;
    pthread_create(&thread, NULL, publish, NULL);
    while (argc == 1 && !atomic_load_explicit(&published, memory_order_acquire)) {
        usleep(1000);
    }
    plain++;
    pthread_join(thread, NULL);
    return EXIT_SUCCESS;
}
EOC

# built NAME OPTION…: configure for a build there, and build the unit tests that have threads.
built() {
    built_where=$tap_home/$1
    shift
    mkdir "$built_where"
    (
        cd "$built_where" && "$MF_SOURCE/configure" -q CC="${CC:-cc}" "$@" &&
            nice make -s -j2 tests/unit/preload/test_races tests/unit/preload/test_writers
    )
}

# ---- ThreadSanitizer
# shellcheck disable=SC2086
if ${CC:-cc} -fsanitize=thread -o race race.c && ./race; then
    ok "ThreadSanitizer: unit tests are built" built tsan --enable-sanitizers=thread
    status_is 66 "ThreadSanitizer: a race is told" ./race here
    export CK_TIMEOUT_MULTIPLIER=10
    ok "ThreadSanitizer: journal, stacks, account, thread counters" tsan/tests/unit/preload/test_races
    ok "ThreadSanitizer: the trace's writers" tsan/tests/unit/preload/test_writers
else
    skip "ThreadSanitizer" "not to be had"
fi

# ---- helgrind and drd
# under_tool TOOL COMMAND…: threads of it take turns, so that none waits for one that spins.
under_tool() {
    CK_FORK=no valgrind -q --tool="$1" --fair-sched=try --error-exitcode=9 "$2" ${3:+"$3"}
}
# DWARF 4: the most that Debian 12's valgrind reads from clang.
if have valgrind &&
    ${CC:-cc} -gdwarf-4 -include "$annotated" -o race race.c -pthread 2>/dev/null; then
    ok "valgrind: unit tests are built" \
        built valgrind CFLAGS='-O1 -gdwarf-4' CPPFLAGS="-include $annotated"
    for tool in helgrind drd; do
        ok "$tool: what is published by an atomic word is no race" under_tool $tool ./race
        status_is 9 "$tool: what is not, is one" under_tool $tool ./race here
        ok "$tool: journal, stacks, account, thread counters" \
            under_tool $tool valgrind/tests/unit/preload/test_races
        ok "$tool: the trace's writers" under_tool $tool valgrind/tests/unit/preload/test_writers
    done
else
    skip "helgrind and drd" "no valgrind, or not its headers"
fi
plan
