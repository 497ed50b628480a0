#!/bin/sh
# SPDX-License-Identifier: MIT
# CTest and Meson tell no test its name or its time limit, but keep lists of both: each test is
# named, and none is held for so long that its harness ends it.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# What is not given a name has none, though this is a test itself.
unset TEST_NAME

# program NAME: build a program of the suite.
program() {
    { cat "$MF_SOURCE/tests/targets/member.h"; cat; } >"$1.c"
    ${CC:-cc} -g -O0 -fno-builtin -o "$1" "$1.c" || exit 1
}

mkdir -p build/sub build/meson-info
# Each of its allocations takes a while where it fails.
program build/slow_ways <<'END'
#include <unistd.h>
#define A(n) do { void *block = malloc(n); block || usleep(150000); free(block); } while (0);
int main(void) {
    A(1) A(2) A(3) A(4) A(5) A(6) A(7) A(8) A(9) A(10)
    puts("slow_ways: fine");
    return 0;
}
END
program build/plain <<'END'
int main(int argc, char **argv) {
    char *text = duplicate(argv[argc - 1]);
    puts(text);
    free(text);
    return 0;
}
END
cp build/plain build/sub/below
printf '#!/bin/sh\n"%s/build/plain" by a script\n' "$PWD" >build/script.sh
chmod +x build/script.sh

# A harness that ends its tests after a second, and has the list of Meson.
cat >meson <<END
#!/bin/sh
cd "$PWD/build" || exit
run() {
    "\$@" &
    pid=\$!
    (exec sleep 1) && kill -KILL \$pid 2>/dev/null &
    wait \$pid
    echo "\$?"
}
if [ "\$1" = while-stopped ]; then
    # Nothing is new in the second one, and all is over before the runner can look.
    "$PWD/build/plain" warm
    "$PWD/build/plain" warmer
    kill -STOP \$PPID
    "$PWD/build/script.sh"
    kill -CONT \$PPID
    exit
fi
run "$PWD/build/slow_ways"
for word in one two three; do run "$PWD/build/plain" \$word; done
run "$PWD/build/script.sh"
END
chmod +x meson
jq -n --arg here "$PWD/build" '[
    {name: "slow", cmd: ["\($here)/slow_ways"], timeout: 1},
    {name: "first", cmd: ["\($here)/plain", "one"], timeout: 30},
    {name: "second", cmd: ["\($here)/plain", "two"], timeout: 30},
    {name: "third", cmd: ["\($here)/plain", "three"]},
    {name: "script", cmd: ["\($here)/script.sh"]}]' >build/meson-info/intro-tests.json
./meson test >alone.out
"$MF_RUN" suite -q -o meson.out ./meson test >out 2>err
is "what Meson gives a second to is not held for longer" "$(cat out)" "$(cat alone.out)"
# names RESULTS: of all tests.
names() {
    jq -r '[.tests[] | .test // .arguments[0]] | sort | join(" ")' "$1/findings.json"
}
is "Meson: all tests have their names, whether they were held or not" "$(names meson.out)" \
    "first script second slow third"

timeout -s CONT 5 "$MF_RUN" suite -q -o stopped.out ./meson while-stopped >out 2>err
is "... a script's child, too, though both are gone when the runner looks" \
    "$(jq -r '.tests[] | select(.arguments[1] == "by") | .test' stopped.out/findings.json)" script

# Nothing is new in the later ones, and they are over before the runner can look.
cat >variables.sh <<'END'
PYTEST_CURRENT_TEST='test_it.py::one (call)' build/plain a
kill -STOP $PPID
PYTEST_CURRENT_TEST='test_it.py::two (call)' TEST_NAME=other build/plain b
PYTEST_CURRENT_TEST= build/plain c
TEST_NAME=three build/plain d
kill -CONT $PPID
END
timeout -s CONT 5 "$MF_RUN" suite -q -o variables.out sh variables.sh >out 2>err
is "a name from a variable is the same whether the runner looked in time or not" \
    "$(jq -c '[.tests[] | .test] | sort' variables.out/findings.json)" \
    '[null,"test_it.py::one","test_it.py::two","three"]'

# Commands that another test has, too: in a script, elsewhere, or where nothing tells them apart.
mkdir -p same/one same/two
cp build/plain same/plain
cat >same/CTestTestfile.cmake <<END
add_test(first "$PWD/same/plain" "first")
add_test(stop "sh" "-c" "test -z \"\$STOPS\" || kill -STOP \$STOPS")
add_test(direct "$PWD/same/plain" "word")
add_test(shell "sh" "-c" "$PWD/same/plain word; true")
add_test(one "$PWD/same/plain" "there")
set_tests_properties(one PROPERTIES WORKING_DIRECTORY "$PWD/same/one")
add_test(two "$PWD/same/plain" "there")
set_tests_properties(two PROPERTIES WORKING_DIRECTORY "two")
add_test(text "sh" "-c" "exec $PWD/same/plain a text")
add_test(more "sh" "-c" "exec $PWD/same/plain no more")
add_test(most "$PWD/same/plain" "no" "more")
add_test(x "$PWD/same/plain" "twice")
add_test(y "$PWD/same/plain" "twice")
add_test(go "sh" "-c" "test -z \"\$STOPS\" || kill -CONT \$STOPS")
END

# CTest goes where a test is to run for a moment; this one does not come back before its end.
printf 'cd "%s" && "%s" first; cd "%s" && sleep 0.5\n' / "$PWD/same/plain" "$PWD/same" >ctest
"$MF_RUN" suite -q -o away.out sh ./ctest >out 2>err
is "a harness that is elsewhere is asked again" "$(names away.out)" first

if have ctest; then
    cat >build/CTestTestfile.cmake <<END
# What CMake writes.
add_test(slow "./slow_ways")
set_tests_properties(slow PROPERTIES TIMEOUT "1" LABELS "a;b")
add_test(first "./plain" "one")
add_test([=[second]=] "$PWD/build/plain" "two")
set_tests_properties([=[second]=] PROPERTIES  WORKING_DIRECTORY "/")
add_test(third "$PWD/build/script.sh")
include("$PWD/build/more.cmake")
subdirs("sub")
END
    printf 'add_test(more "./plain" "three words")\n' >build/more.cmake
    printf 'add_test(below "./below" "x")\n' >build/sub/CTestTestfile.cmake
    (cd build && ctest) >alone.log
    (cd build && "$MF_RUN" suite -q -o ../ctest.out ctest) >log 2>err
    # plain FILE: without times.
    plain() {
        sed 's,[= ]*[0-9.]* sec.*,,' "$1"
    }
    is "what CTest gives a second to is not held for longer" "$(plain log)" "$(plain alone.log)"
    is "CTest: all tests have their names, with relative paths, too" "$(names ctest.out)" \
        "below first more second slow third"
    (cd build && "$MF_RUN" suite -q -o ../usual.out ctest --timeout 1 -R 'slow|first') >log 2>err
    like "... and ctest --timeout is heeded" "$(cat log)" '100% tests passed'
    # $PPID of what runs CTest is the runner.
    for stops in "" "\$PPID"; do
        (cd same && timeout -s CONT 10 "$MF_RUN" suite -q -o ../same.out sh -c "export STOPS=$stops; exec ctest") >log 2>err
        is "equal commands are told apart by script and directory${stops:+, though the runner did not look}" \
            "$(jq -r '.tests[] | "\(.arguments[-1])=\(.test)"' same.out/findings.json | sort | tr '\n' ' ')" \
            "first=first more=null text=text there=one there=two twice=null word=direct word=shell "
    done
    "$MF_RUN" report ctest.out -f junit -o ctest.junit
    is "JUnit: a case has a name" "$(grep -Ec '<testcase [^>]*name="(below|first|more|second|slow|third)"' ctest.junit)" 6
    "$MF_RUN" report ctest.out -f html -o ctest.html
    is "HTML: and so has a row" "$(grep -Eo '<td id="test-[0-9]+"><code>(below|slow)<' ctest.html | wc -l)" 2
else
    skip "CTest" "no ctest"
fi
plan
