#!/bin/sh
# SPDX-License-Identifier: MIT
# A short run of each fuzzer: its corpus, and mutations of it. `make fuzz` is the long one.
# shellcheck source=tests/tap.sh
. "${0%/*}/../tap.sh"

runs=500
[ -z "${MF_FULL:-}" ] || runs=20000
fuzzers=$MF_BUILD/tests/fuzz

ok "any text is a policy or an error" timeout 300 "$fuzzers/fuzz_policy" $runs \
    "$MF_SOURCE"/tests/policies/valid/*.json \
    "$MF_SOURCE"/tests/policies/invalid/*.json
ok "a channel with anything in it can be read" timeout 300 "$fuzzers/fuzz_channel" $runs \
    "$MF_SOURCE"/tests/fuzz/corpus/channel/*
plan
