#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that pull the ground away lose no count and no failure.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

hostile=$MF_TARGETS/hostile
third=$(rule '"every":3,"size":{"min":24,"max":24}')

for deed in nothing close exhaust chdir clearenv ignore; do
    both "$deed: every third fails" "$third" 'ten: 3 6 9' "$hostile" "$deed"
done
deep=$(rule '"every":3,"size":{"min":24,"max":24},"stack":{"module":"hostile"}')
for deed in small-stack altstack context; do
    both "$deed: every third fails" "$third" 'ten: 3 6 9' "$hostile" "$deed"
    both "$deed: with a filter on the stack" "$deep" 'ten: 3 6 9' "$hostile" "$deed"
done
both "little address space: every third fails" "$third" 'ten: 3 6 9' \
    sh -c 'ulimit -v 40000; exec "$0" nothing' "$hostile"
for deed in exit-now kill segv abort; do
    is "$deed: every third fails" "$(under "$third" "$hostile" "$deed")" 'ten: 3 6 9'
done

like "a storm of signals whose handler allocates: the numbers are exact" \
    "$(under "$(rule '"size":{"min":5000,"max":5000},"nth":[1,10,100,500]')" "$hostile" storm)" \
    '^4 of 50[0-9]$'
is "the same over calls that all fail: none slips through to the main program" \
    "$(under "$(rule '"size":{"min":100,"max":100}')" "$hostile" storm-busy)" '0 served'
is "and with the library alone" \
    "$(alone "$(rule '"size":{"min":100,"max":100}')" "$hostile" storm-busy)" '0 served'

both "a library opened at run time fails in its constructor" \
    "$(rule '"functions":["malloc"],"caller":{"module":"plugin.so"},"nth":[2,4]')" \
    "plugin's constructor: 2
plugin: 1
opener:" "$MF_TARGETS/opener" "$MF_TARGETS/plugin.so"

# The second one comes to lie where the first one was.
cp "$MF_TARGETS/plugin.so" other.so
cp "$MF_TARGETS/plugin.so" third.so
both "a library at the place of a closed one is told from it" \
    "$(rule '"functions":["malloc"],"caller":{"module":"other.so"}')" \
    "plugin's constructor:
plugin:
opener:
plugin's constructor: 1 2 3
plugin: 1 2 3
opener:
plugin's constructor:
plugin:
opener:" "$MF_TARGETS/opener" "$MF_TARGETS/plugin.so" ./other.so ./third.so

if have jq; then
    for deed in nothing close exhaust chdir clearenv ignore exit-now kill segv abort; do
        is "$deed: its failures are in the report" \
            "$(report "$third" '[.failed,(.injections|length)]' "$hostile" "$deed")" '[3,3]'
    done
fi
plan
