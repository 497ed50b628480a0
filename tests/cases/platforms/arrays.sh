#!/bin/sh
# SPDX-License-Identifier: MIT
# An exploration in parts, by GNU parallel and as a Slurm job array, finds what one run finds.
# Slurm and munge are started here, for this test alone.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
cc=${CC:-cc}
$cc -g -o keys "$MF_SOURCE/examples/keys.c" || exit 1
PATH=$MF_BUILD:$PATH
export PATH
MALLOCFAIL_LIBRARY=$MF_LIB
export MALLOCFAIL_LIBRARY

# found DIR: what an exploration found there, and how much it tried. (Which of the failures that
# end at one place stands for them may differ.)
found() {
    jq -cS '[(.findings | map([.outcome, .class, .crash_site, .trials])), .outcomes]' "$1/findings.json"
}

status_is 1 "the exploration in one piece" mallocfail -q -o whole --points all ./keys
whole=$(found whole)
like "... finds something" "$whole" '^\[\[\["crashed","null dereference"'

# More parts than stacks: some have nothing to do, which is no failure.
statuses=$(for part in 1 2 3 4 5 6 7 8 9; do
    mallocfail -q -o "part-of-9-$part" --if-nothing ok --shard $part/9 ./keys
    echo $?
done | sort -u | tr '\n' ' ')
is "a part without points ends well" "$statuses" "0 1 "
status_is 1 "... and all parts make the whole" mallocfail merge -q -o nine part-of-9-*
is "... which has every stack" "$(jq -c .outcomes nine/findings.json)" \
    "$(mallocfail -q -o default ./keys; jq -c .outcomes default/findings.json)"

if have parallel; then
    # Its status is how many of them have defects; which stacks are in which is by chance.
    ok "GNU parallel runs three parts, and tells that there are defects" sh -c \
        '! parallel mallocfail -q -j 1 -o piece-{} --points all --shard {}/3 ./keys ::: 1 2 3'
    status_is 1 "... merged, they have defects" mallocfail merge -q -o pieces piece-1 piece-2 piece-3
    is "... the same as in one piece" "$(found pieces)" "$whole"
else
    skip "GNU parallel" "no parallel"
fi

# Slurm: everything of it stands in a directory with a short name, for sockets.
slurm_stop() {
    cat "$slurm"/*.pid >slurm.pids 2>/dev/null
    xargs -r kill <slurm.pids
    gone slurm.pids
    rm -rf "$slurm"
}

slurm_is_idle() {
    [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]
}

slurm_start() {
    host=$(hostname -s)
    mkdir -p "$slurm/state" "$slurm/spool" && chmod 755 "$slurm" &&
        head -c 1024 /dev/urandom >"$slurm/key" && chmod 400 "$slurm/key" || return 1
    cat >"$slurm/slurm.conf" <<EOC
ClusterName=mallocfail
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
SlurmctldPort=46817
SlurmdPort=46818
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/ctld.pid
SlurmdPidFile=$slurm/d.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerParameters=sched_min_interval=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
EOC
    SLURM_CONF=$slurm/slurm.conf
    export SLURM_CONF
    munged --force --key-file="$slurm/key" --socket="$slurm/munge.socket" \
        --pid-file="$slurm/munge.pid" --log-file="$slurm/munge.log" --seed-file="$slurm/seed" &&
        slurmctld -L "$slurm/ctld.log" && slurmd -L "$slurm/d.log" || return 1
    until_true slurm_is_idle
}

if ! have slurmctld slurmd sbatch munged; then
    skip "Slurm" "no slurm-wlm"
elif [ "$(id -u)" -ne 0 ]; then
    skip "Slurm" "its daemons want root"
else
    slurm=$(TMPDIR=/tmp mktemp -d)
    trap 'slurm_stop; cd / && rm -rf "$tap_home"' EXIT
    if slurm_start >slurm.log 2>&1; then
        status_is 1 "Slurm runs three parts as a job array, and tells that there are defects" timeout 120 sbatch --wait --array=1-3 \
            "$MF_SOURCE/examples/slurm/explore.sbatch" --points all ./keys
        status_is 1 "... merged, its parts have defects" mallocfail merge -q -o all part-1 part-2 part-3
        is "... the same as in one piece" "$(found all)" "$whole"
    else
        skip "Slurm" "its daemons do not start here: $(tail -n 1 slurm.log)"
    fi
fi
plan
