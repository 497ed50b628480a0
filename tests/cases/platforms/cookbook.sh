#!/bin/sh
# SPDX-License-Identifier: MIT
# Each recipe of mallocfail-cookbook(7) is carried out as it is printed: its files are written,
# its commands run, on the project of examples/queue with its defect. Each finds what it is for.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

unset TESTS LOG_COMPILER
have mandoc || skip_all "needs mandoc"
(cd "$MF_BUILD" && make -s install prefix="$tap_home/inst") >install.log 2>&1 || { cat install.log && exit 1; }
PATH=$tap_home/inst/bin:$PATH CPATH=$tap_home/inst/include CMAKE_PREFIX_PATH=$tap_home/inst
export PATH CPATH CMAKE_PREFIX_PATH
mandoc -Tascii -O width=200 "$MF_SOURCE/man/mallocfail-cookbook.7" | sed "s/.$(printf '\010')//g" >"$tap_home/page"

# section NAME: the lines of a .Ss.
section() {
    awk -v name="   $1" '/^ ? ? ?[^ ]/ { inside = $0 == name } inside' "$tap_home/page"
}

# files: of a section, write each block whose first line is a comment with a file's name.
files() {
    awk '
        function margin(line) { match(line, /^ */); return RLENGTH }
        !/^ *\$ / && /^ *(#|\/\/|\/\*|<\?php \/\/) [a-z_]+(\/[a-z_]+)?\.[a-z]+( \*\/)?$/ {
            file = $0; sub(/ \*\/$/, "", file); sub(/.* /, "", file); edge = margin($0)
        }
        file && (/^ *\$ / || ($0 != "" && margin($0) < edge)) { file = "" }
        file { print substr($0, edge + 1) > file }'
}

# Commands, a line each.
commands() {
    sed -n -e '/^ *\$ /!d' -e 's/^ *\$ //' -e ':join' -e '/\\$/{' -e 'N' -e 's/\\\n */ /' -e 'b join' -e '}' -e p
}

# recipe PATTERN NAME PROGRAM...: carry it out where the programs are; its output has the pattern.
recipe() {
    recipe_pattern=$1 recipe_name=$2
    shift 2
    told="$told$recipe_name
"
    if ! have "$@"; then
        skip "$recipe_name" "needs $*"
        return
    fi
    mkdir "$tap_home/recipe" && cd "$tap_home/recipe" && cp "$MF_SOURCE"/examples/queue/* "$MF_SOURCE/examples/fuzz.c" . &&
        chmod -R u+w . && sed -i '1i#define CARELESS 1' queue.c && mkdir t || exit 1
    section "$recipe_name" >text
    files <text
    commands <text >lines
    ok "$recipe_name: has commands" test -s lines
    : >"$tap_home/all"
    while IFS= read -r line <&3; do
        eval "$line" >shown 2>&1 </dev/null
        recipe_status=$?
        line=$(printf %s "$line" | tr '\134' /)
        cat shown >>"$tap_home/all"
        case $recipe_status in
        0 | 1 | 2 | 8 | 13[49] | 16 | 77) pass "$recipe_name: $line" ;;
        *)
            fail "$recipe_name: $line"
            diag "ended with" "$recipe_status"
            diag output "$(head -n 30 shown)"
            ;;
        esac
    done 3<lines
    like "$recipe_name: and it shows what it is for" "$(cat "$tap_home/all" ./*.log build/meson-logs/* build/Testing/Temporary/* 2>/dev/null)" \
        "$recipe_pattern"
    cd "$tap_home" && rm -rf recipe
}

# large ...: the same, where large packages may be wanted.
large() {
    if [ -n "${MF_FULL:-}" ]; then
        recipe "$@"
    else
        told="$told$2
"
        skip "$2" "only by ./bootstrap check --full"
    fi
}

told=
null='null dereference'
recipe "$null" Automake autoreconf
large "$null" "CMake and CTest" cmake ctest
large "$null" Meson meson ninja
recipe "$null" "Time limits of test harnesses" timeout
if have bats && have prove; then
    recipe "$null" "Shell scripts, bats and prove" bats prove
else
    large "$null" "Shell scripts, bats and prove" bats prove
fi
if [ -e /usr/include/gtest/gtest.h ]; then
    recipe 'null dereference.*|PASSED.*1 test' GoogleTest g++
else
    recipe "$null" GoogleTest gtest.h
fi
recipe 'crashed: sanitizer .*heap-use-after-free' Sanitizers gcc
recipe 'Invalid read of size|null dereference|not within mapped' Valgrind valgrind
large 'failed at fuzz.c|SUMMARY' libFuzzer clang
recipe 'Lines executed:9[0-9]' "Coverage of error branches" gcc gcov
if [ -e "$(python3-config --includes 2>/dev/null | sed 's/^-I//; s/ .*//')/Python.h" ]; then
    large 'loud.c:1[0-9]' "Python extensions" python3 gcc
else
    large 'loud.c:1[0-9]' "Python extensions" Python.h
fi
recipe 'libshout.c:[67]' "Python with ctypes" python3 gcc
large 'failures tried' PHP php
large '5 of 5 failures|[0-9]+ failures tried in' "A server, tested while it runs" nginx curl
large 'hello' "A server that you drive by hand" nginx curl
recipe 'suppressed: the test itself' "Suppressions and baselines" gcc
recipe 'pool_get' "A project's own allocator" gcc
project="From a source package to a SARIF file"
told="$project
$told"
skip "$project" "it downloads three projects, and takes minutes"
is "no recipe is left out" "$(printf %s "$told")" "$(sed -n 's/^   \([^ ]\)/\1/p' "$tap_home/page")"
plan
