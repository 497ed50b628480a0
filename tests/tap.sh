# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What every case begins with: assertions that print one TAP line each, ways to run a
# victim, and a directory of its own, which is also the working directory and is gone
# afterwards. A case ends with `plan`.
#
# By hand: MF_BUILD=… tests/cases/triggers/exact.sh

set -u
MF_SOURCE=${MF_SOURCE:-$(cd "$(dirname "$0")/../../.." && pwd)}
MF_BUILD=${MF_BUILD:-$MF_SOURCE}
MF_RUN=${MF_RUN:-$MF_BUILD/mallocfail}
MF_LIB=${MF_LIB:-$MF_BUILD/libmallocfail.so}
MF_TARGETS=${MF_TARGETS:-$MF_BUILD/tests/targets}
export MF_SOURCE MF_BUILD MF_RUN MF_LIB MF_TARGETS

LC_ALL=C
export LC_ALL
unset LD_PRELOAD MALLOCFAIL_POLICY MALLOCFAIL_CHANNEL MALLOCFAIL_OPTIONS ASAN_OPTIONS
# A make that runs the cases may lend its jobs to the makes in them, whose order they rely on.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
# shellcheck disable=SC3045 # dash and bash have it; elsewhere cores are only untidy
ulimit -c 0 2>/dev/null || true

tap_number=0
tap_home=$MF_BUILD/tests/tmp/$(basename "$0" .sh).$$
mkdir -p "$tap_home" && cd "$tap_home" || exit 1
# What ours leave there is seen, and what other cases do there at the same time is not.
TMPDIR=$tap_home
export TMPDIR
trap 'cd / && chmod -R u+w "$tap_home" && rm -rf "$tap_home"' EXIT
trap 'exit 1' HUP INT TERM

# The last line of a case: without it, a case that broke off half-way fails.
plan() {
    echo "1..$tap_number"
}

# skip_all WHY: nothing here can be tested.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# only_in_full: this case is long, or needs large packages.
only_in_full() {
    [ -n "${MF_FULL:-}" ] || skip_all "only by ./bootstrap check --full"
}

# skip DESCRIPTION WHY: this one cannot.
skip() {
    tap_number=$((tap_number + 1))
    echo "ok $tap_number - $1 # SKIP $2"
}

# have PROGRAM…: whether all are installed.
have() {
    for have_program in "$@"; do
        command -v "$have_program" >/dev/null || return 1
    done
}

# diag TITLE TEXT: say more about a failure.
diag() {
    printf '%s:\n%s\n' "$1" "$2" | sed 's/^/# /'
}

# pass DESCRIPTION, fail DESCRIPTION
pass() {
    tap_number=$((tap_number + 1))
    echo "ok $tap_number - $1"
}

fail() {
    tap_number=$((tap_number + 1))
    echo "not ok $tap_number - $1"
}

# ok DESCRIPTION COMMAND…: the command succeeds. Its output is kept in out and err.
ok() {
    status_is 0 "$@"
}

# status_is STATUS DESCRIPTION COMMAND…: the command ends with that status.
status_is() {
    tap_want=$1 tap_what=$2
    shift 2
    "$@" >"$tap_home/out" 2>"$tap_home/err"
    tap_got=$?
    if [ "$tap_got" = "$tap_want" ]; then
        pass "$tap_what"
    else
        fail "$tap_what"
        diag "ended with $tap_got instead of $tap_want" "$*"
        diag stdout "$(head -c 2000 "$tap_home/out")"
        diag stderr "$(head -c 2000 "$tap_home/err")"
    fi
}

# says STATUS PATTERN DESCRIPTION COMMAND…: it ends with that status, and its messages
# match the extended regular expression.
says() {
    tap_want=$1 tap_pattern=$2 tap_what=$3
    shift 3
    "$@" >"$tap_home/out" 2>"$tap_home/err"
    tap_got=$?
    if [ "$tap_got" = "$tap_want" ] && grep -qE -e "$tap_pattern" "$tap_home/err"; then
        pass "$tap_what"
    else
        fail "$tap_what"
        diag "ended with $tap_got, to end with $tap_want and say $tap_pattern" "$*"
        diag stdout "$(head -c 2000 "$tap_home/out")"
        diag stderr "$(head -c 2000 "$tap_home/err")"
    fi
}

# is DESCRIPTION GOT WANTED: two texts are equal.
is() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        diag got "$2"
        diag wanted "$3"
    fi
}

# like DESCRIPTION GOT PATTERN: a line matches the extended regular expression.
like() {
    if printf '%s\n' "$2" | grep -qE -e "$3"; then
        pass "$1"
    else
        fail "$1"
        diag got "$2"
        diag "wanted to match" "$3"
    fi
}

# unlike DESCRIPTION GOT PATTERN: no line does.
unlike() {
    if printf '%s\n' "$2" | grep -qE -e "$3"; then
        fail "$1"
        diag got "$2"
        diag "wanted not to match" "$3"
    else
        pass "$1"
    fi
}

# same DESCRIPTION FILE FILE: two files are equal byte for byte, and not empty.
same() {
    if [ -s "$2" ] && cmp "$2" "$3" >/dev/null 2>&1; then
        pass "$1"
    else
        fail "$1"
        diag "differences of $2 and $3" "$(diff -a "$2" "$3" 2>&1 | head -n 20)"
    fi
}

# survives_own_failures: the runner's own allocations can fail: nothing can be preloaded into one
# with a sanitizer, and what counts covered lines does not survive it.
survives_own_failures() {
    [ -z "${MF_COVERED:-}" ] && alone "$NEVER" "$MF_RUN" --version >/dev/null 2>&1
}

# listed_options <HELP: the options that --help lists, one a line: "--name" or "--name ARGUMENT".
listed_options() {
    sed -n 's/^ \{2,6\}\(-.*\)/\1/p' | sed 's/  .*//' | tr ',' '\n' |
        sed -n 's/^ *\(--[a-z-]*.*\)/\1/p'
}

# rule MEMBERS: print a policy of one rule.
rule() {
    printf '{"version":1,"rules":[{%s}]}' "$1"
}

# rules RULE,RULE… [MEMBERS]: print a policy of these rules, with members of its own.
rules() {
    printf '{"version":1,%s"rules":[%s]}' "${2:+$2,}" "$1"
}

# under POLICY PROGRAM…: run it by the runner, which keeps still.
under() {
    under_policy=$1
    shift
    "$MF_RUN" -q --policy "$under_policy" -- "$@"
}

# alone POLICY PROGRAM…: run it with the library alone.
alone() {
    alone_policy=$1
    shift
    env LD_PRELOAD="$MF_LIB" MALLOCFAIL_POLICY="$alone_policy" "$@"
}

# both DESCRIPTION POLICY WANTED PROGRAM…: it prints that, by the runner and with the
# library alone, and ends well.
both() {
    both_what=$1 both_policy=$2 both_want=$3
    shift 3
    both_runner=$(under "$both_policy" "$@" || echo "status $?")
    both_alone=$(alone "$both_policy" "$@" || echo "status $?")
    if [ "$both_runner" = "$both_want" ] && [ "$both_alone" = "$both_want" ]; then
        pass "$both_what"
    else
        fail "$both_what"
        diag policy "$both_policy"
        diag command "$*"
        diag "got by the runner" "$both_runner"
        diag "got by LD_PRELOAD" "$both_alone"
        diag wanted "$both_want"
    fi
}

# report POLICY FILTER PROGRAM…: run it and print what a jq filter finds in the report.
report() {
    report_policy=$1 report_filter=$2
    shift 2
    rm -f report.json
    "$MF_RUN" -q --policy "$report_policy" --report json:report.json -- "$@" >"$tap_home/out" 2>"$tap_home/err"
    jq -c "$report_filter" report.json
}

# until_true COMMAND…: wait until it succeeds, for a while that suits a busy machine too.
until_true() {
    for until_try in 1 1 1 2 2 3 4 6 8 9 9 9 9 9; do
        "$@" && return 0
        sleep "0.$until_try"
    done
    "$@"
}

# ended FILE: all processes listed in it have ended; those that have not are in ended_left.
ended() {
    ended_left=
    while read -r ended_pid; do
        # A zombie waiting for a slow init has ended too.
        if grep -q '^State:[[:space:]]*[^ZX]' "/proc/$ended_pid/status" 2>/dev/null; then
            ended_left="$ended_left $ended_pid"
        fi
    done <"$1"
    [ -z "$ended_left" ]
}

# gone FILE: so they have, within a while.
gone() {
    until_true ended "$1" && return 0
    echo "left:$ended_left" >&2
    # shellcheck disable=SC2086
    kill -KILL $ended_left
    return 1
}

# A policy that counts and never fires.
NEVER=$(rule '"nth":1000000000000')
export NEVER
