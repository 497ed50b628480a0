#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes that make processes: each counts on its own.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

children=$MF_TARGETS/children

# made WANTED DESCRIPTION HOW [RULE]: with every third failing in each process.
made() {
    both "$2" "$(rule '"every":3,"size":{"min":24,"max":24}')" "$1" "$children" "$3"
}

family='child: 3 6 9
parent: 3 6 9'
made 'before: 3
child: 3 6 9
parent: 2 5 8' "fork: the child begins at 1, the parent goes on" fork
made 'before: 3 6 9
child: 3 6 9' "exec: the new image begins at 1" exec
made "$family" "fork and exec" fork-exec
made "$family" "vfork and exec" vfork
made "$family" "posix_spawn" spawn
made "$family" "system" system
made 'before: 3
child: 3 6 9
parent: 2 5 8' "fork from a thread" thread-fork
made 'daemon: 3 6 9
parent: 3 6 9' "a daemon" daemon
like "an allocation in a vfork child neither crashes nor loses the parent's count" \
    "$(under "$(rule '"every":3,"size":{"min":24,"max":24}')" "$children" vfork-malloc)" \
    '^parent: (3 6 9|2 5 8)$'
both "a rule for the child's image only" "$(rule '"process":"none","nth":1')" 'child:
parent:' "$children" spawn

made 300 "300 forks while three threads allocate all the time" busy-fork
made 4500 "4,500 processes, more than there is room for" many

if have jq; then
    # images HOW: pairs of failures in each process, in order.
    images() {
        report "$(rule '"every":3,"size":{"min":24,"max":24}')" \
            '[.processes[].failed]|sort' "$children" "$1"
    }
    is "the report counts by process: fork" "$(images fork)" '[3,4]'
    is "the report counts by process: exec" "$(images exec)" '[3,3]'
    is "the report counts by process: spawn" "$(images spawn)" '[3,3]'
    is "the report counts by process: daemon" "$(images daemon | jq -c 'map(select(.>0))')" \
        '[3,3]'
    is "processes without room are counted" "$(report "$NEVER" \
        '(.processes|length) + .processes_lost' "$children" many)" 4501
fi
plan
