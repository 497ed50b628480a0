#!/bin/sh
# SPDX-License-Identifier: MIT
# A short run of each fuzzer: its corpus, and mutations of it. `make fuzz` is the long one.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

runs=500
[ -z "${MF_FULL:-}" ] || runs=20000
fuzzers=$MF_BUILD/tests/fuzz
corpus=$MF_SOURCE/tests/fuzz/corpus

ok "any text is a policy or an error" timeout 300 "$fuzzers/fuzz_policy" $runs \
    "$MF_SOURCE"/tests/policies/valid/*.json \
    "$MF_SOURCE"/tests/policies/invalid/*.json
ok "a channel with anything in it can be read" timeout 300 "$fuzzers/fuzz_channel" $runs \
    "$corpus"/channel/*
ok "so can what an exploration reads of it" timeout 300 "$fuzzers/fuzz_explore" $runs \
    "$corpus"/explore/*
ok "so can a trace, which is shown in each way" timeout 300 "$fuzzers/fuzz_trace" $runs \
    "$corpus"/trace/*
ok "so can results and baselines, which are drawn in each format" \
    timeout 300 "$fuzzers/fuzz_findings" $runs "$corpus"/findings/*
plan
