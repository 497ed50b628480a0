#!/bin/sh
# SPDX-License-Identifier: MIT
# One -o names a directory for each program, each command line, each test: nothing that a
# name cannot have gets into it, and no two have the same.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
export TEST_NAME=
cat >prog.c <<'END'
#include <stdlib.h>
int main(void) { char *block = malloc(8); *block = 1; free(block); return 0; }
END
${CC:-cc} -g -fno-builtin -o prog prog.c || exit 1

# named NAME PROGRAM [ARGUMENT…]: which directory that comes to.
named() {
    rm -rf named
    named_as=$1
    shift
    "$MF_RUN" -q -o "named/$named_as" "$@" 2>err
    (cd named && find . -name findings.json | sed 's|^\./||; s|/findings.json$||')
}

is "%p is the program" "$(named %p ./prog one)" prog
is "%a its arguments" "$(named %p/%a ./prog one)" prog/one
is "... none at all, too" "$(named %a ./prog)" none
is "%% is a percent sign" "$(named %%p ./prog)" %p
like "what no name has is left out" "$(named %a ./prog '../a|b' "$(printf 'c\nd')")" \
    '^_\._a_b_c_d-[0-9a-f]{8}$'
ok "... and what was left out still tells names apart" test "$(named %a ./prog 'a|b')" != "$(named %a ./prog 'a/b')"
ok "... and words" test "$(named %a ./prog 'a b')" != "$(named %a ./prog a b)"
is "... and the same is the same" "$(named %a ./prog a b)" "$(named %a ./prog a b)"
long=$(printf '%0400d' 7)
is "a name is bounded" "$(named %a ./prog "$long" | wc -c)" 110
is "%t is the program and its arguments, where nobody says a test's name" \
    "$(named %t ./prog one | sed 's/-[0-9a-f]*$//')" prog-one
is "... or the test's name" "$(TEST_NAME=three named %t ./prog one)" three
is "... as pytest says it" "$(PYTEST_CURRENT_TEST='test_x (call)' TEST_NAME='' named %t ./prog)" test_x
is "... or bats" "$(BATS_TEST_NAME=test_adding named %t ./prog)" test_adding
for wrong in %q % a/%; do
    says 125 '--output takes %p' "$wrong is refused" "$MF_RUN" -o "$wrong" ./prog
done

# Harnesses of which only a process says it.
unset TEST_NAME
cat >driver <<'END'
#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
"$@" || exit 1
END
chmod +x driver
./driver --test-name parse.test -- "$MF_RUN" -q -o drivers/%t ./prog
ok "automake's drivers say it" test -s drivers/parse.test/findings.json

mkdir -p build/meson-info
cat >build/meson-info/intro-tests.json <<END
[{"name": "first", "cmd": ["$PWD/prog", "one"]}, {"name": "second", "cmd": ["$PWD/prog", "two"]},
 {"name": "third", "cmd": ["$PWD/prog", "two", "two"]}]
END
printf '#!/bin/sh\ncd build\nfor test in one two; do %s; done; true\n' \
    "'$MF_RUN' -q -o ../meson.out/%t '$PWD/prog' \$test" >meson
chmod +x meson
./meson test
is "Meson has a list" "$(ls meson.out)" "first
second"
if have ctest; then
    mkdir -p build/sub
    cat >build/CTestTestfile.cmake <<END
# What CMake writes.
add_test([=[plain]=] "$MF_RUN" "-q" "-o" "$PWD/ctest.out/%t" "$PWD/prog" "with \"quotes\"")
set_tests_properties([=[plain]=] PROPERTIES WILL_FAIL TRUE)
subdirs("sub")
END
    cat >build/sub/CTestTestfile.cmake <<END
add_test(below "$MF_RUN" "-q" "-o" "$PWD/ctest.out/%t" "$PWD/prog")
set_tests_properties(below PROPERTIES WILL_FAIL TRUE)
END
    (cd build && ctest >../ctest.log 2>&1)
    is "CTest has one" "$(ls ctest.out)" "below
plain"
else
    skip "CTest has one" "no ctest"
fi
"$MF_RUN" merge -q -o all meson.out/*
is "what was joined has the names" "$(jq -c "[.tests[].test]" all/findings.json)" '["first","second"]'
plan
