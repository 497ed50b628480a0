#!/bin/sh
# SPDX-License-Identifier: MIT
# C++: new that fails is bad_alloc.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

throw=$MF_TARGETS/throw
fail=$(rule '"size":{"min":2000,"max":2000}')

both "new throws bad_alloc" "$fail" bad_alloc "$throw" caught
both "nothrow new is nullptr" "$fail" nullptr "$throw" nothrow
both "nothing fails: a block" "$NEVER" 'a block' "$throw" caught
both "a vector of strings fails in the middle" "$(rule '"size":{"min":101},"from":500')" \
    bad_alloc "$throw" vector
both "an exception itself has its reserve" \
    "$(rules '{"functions":["malloc"]}' '"arm":"main"')" 'caught a string' "$throw" thrown
status_is 134 "uncaught bad_alloc: abort, by the runner" under "$fail" "$throw" uncaught
status_is 134 "uncaught bad_alloc: abort, with the library alone" \
    sh -c 'env LD_PRELOAD="$1" MALLOCFAIL_POLICY="$2" "$3" uncaught' sh "$MF_LIB" "$fail" \
    "$throw"
plan
