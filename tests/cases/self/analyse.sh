#!/bin/sh
# SPDX-License-Identifier: MIT
# The sources under those analysers that are installed: all that they find is mended, or
# told in tests/analyse.exceptions with the reason why it is none.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
for analyser in gcc clang-tidy clang-analyzer cppcheck; do
    program=$analyser
    [ "$analyser" != clang-analyzer ] || program=clang-tidy
    if ! have "$program"; then
        skip "$analyser" "not installed"
    elif [ "$analyser" = gcc ] && [ "$(gcc -dumpversion | cut -d. -f1)" != 12 ]; then
        skip "$analyser" "its exceptions are those of gcc 12"
    else
        ok "$analyser" make -C "$MF_BUILD" -s analyse ANALYSERS="$analyser"
    fi
done
plan
