#!/bin/sh
# SPDX-License-Identifier: MIT
# The example project in each build system: its tests pass with every allocation failing, and
# fail once it forgets to look at one. mallocfail is found where it was installed.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

plain_make() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u LOG_COMPILER make "$@"
}

(cd "$MF_BUILD" && plain_make -s install prefix="$tap_home/inst") >install.log 2>&1 ||
    { cat install.log && exit 1; }
PATH=$tap_home/inst/bin:$PATH
export PATH

# project NAME: a fresh copy to build in, the present directory from now on
project() {
    mkdir "$tap_home/$1" && cp "$MF_SOURCE"/examples/queue/* "$tap_home/$1" &&
        chmod -R u+w "$tap_home/$1" && cd "$tap_home/$1" || exit 1
}

# defect_in FILE...: what is said of the careless queue is said there
defect_in() {
    like "... the defect is named" "$(cat "$@" 2>&1)" 'null dereference'
}

project make
ok "make check-oom passes where every NULL is looked at" plain_make -s check-oom
plain_make -s clean
status_is 2 "... and fails where one is not" plain_make -s check-oom CFLAGS='-g -DCARELESS'
defect_in "$tap_home/err"
ok "... results stand where %p says" test -s oom/test_queue/findings.json
says 125 "--output takes %p" "a name with an unknown letter after % is refused" \
    mallocfail -o oom/%q ./test_queue

plain_make -s clean
ok "make check-suite passes where every NULL is looked at" plain_make -s check-suite
plain_make -s clean
status_is 2 "... and fails where one is not" plain_make -s check-suite CFLAGS='-g -DCARELESS'
defect_in "$tap_home/err"

if have autoreconf; then
    project automake
    # MAKEFLAGS of the make that runs this test say -j with a jobserver that is not ours.
    ok "automake: configure" sh -c 'autoreconf -fi && ./configure'
    ok "... make check-oom passes where every NULL is looked at" plain_make check-oom
    plain_make -s clean >/dev/null
    status_is 2 "... and fails where one is not" plain_make check-oom CFLAGS='-g -DCARELESS'
    defect_in test_queue.log
    status_is 2 "... make check-suite, too" plain_make check-suite CFLAGS='-g -DCARELESS'
    defect_in "$tap_home/err"
    if PATH=${PATH#*:} have mallocfail; then
        skip "... without mallocfail, it is missing" "another one is installed"
    else
        PATH=${PATH#*:} ./configure >configure.out 2>&1
        says 2 'mallocfail: .*[Nn]o(t| such) f' "... without mallocfail, it is missing" \
            env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL PATH="${PATH#*:}" make check-suite
    fi
else
    skip "automake" "no autoreconf"
fi

if have cmake ctest; then
    project cmake
    ok "CMake: configure" cmake -S . -B good -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$tap_home/inst"
    ok "... build" cmake --build good
    ok "... ctest passes where every NULL is looked at" ctest --test-dir good
    is "... two tests, one by mallocfail_add_test" "$(ctest --test-dir good -N | grep -c 'queue')" 2
    cmake -S . -B bad -DCMAKE_C_FLAGS='-g -DCARELESS' -DCMAKE_PREFIX_PATH="$tap_home/inst" >/dev/null
    cmake --build bad >/dev/null
    status_is 8 "... and fails where one is not" ctest --test-dir bad --output-on-failure
    defect_in "$tap_home/out"
    ok "... the target of the whole suite passes" cmake --build good --target check-suite
    status_is 2 "... and fails" cmake --build bad --target check-suite
    defect_in "$tap_home/err" "$tap_home/out"
    ok "... ctest -T memcheck passes" ctest --test-dir good -T memcheck -R '^queue$'
    status_is 16 "... and fails" ctest --test-dir bad -T memcheck -R '^queue$'
    defect_in bad/Testing/Temporary/MemoryChecker*.log
else
    skip "CMake" "no cmake"
fi

if have meson ninja; then
    project meson
    ok "Meson: setup" meson setup good
    ok "... meson test --wrapper passes where every NULL is looked at" \
        meson test -C good --wrapper 'mallocfail -o oom/%t'
    ok "... and so does the set-up of the project" meson test -C good --setup oom
    meson setup -Dc_args=-DCARELESS bad >/dev/null
    status_is 1 "... and fails where one is not" meson test -C bad --wrapper 'mallocfail -o oom/%t'
    defect_in bad/meson-logs/testlog*.txt
    ok "... the target of the whole suite passes" ninja -C good check-suite
    status_is 1 "... and fails" ninja -C bad check-suite
    defect_in "$tap_home/err" "$tap_home/out"
else
    skip "Meson" "no meson"
fi
plan
