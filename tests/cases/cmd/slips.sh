#!/bin/sh
# SPDX-License-Identifier: MIT
# More mistakes of a first hour, beside habits.sh: each answer names what is wrong.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count victim=$MF_TARGETS/explore_victim

# answers STATUS PATTERN WORD…: what `mallocfail WORD…` is answered, in one line.
answers() {
    answers_status=$1 answers_pattern=$2
    shift 2
    "$MF_RUN" "$@" >out 2>err
    like "mallocfail $*" "$? $(wc -l <err) $(cat err)" "^$answers_status 1 mallocfail: $answers_pattern\$"
}

# defaults TEXT STATUS PATTERN: what is said where MALLOCFAIL_OPTIONS is TEXT.
defaults() {
    MALLOCFAIL_OPTIONS=$1 "$MF_RUN" -o dir "$count" malloc:8 2>err
    like "MALLOCFAIL_OPTIONS=$1" "$? $(cat err)" "^$2 mallocfail: MALLOCFAIL_OPTIONS: $3\$"
}

# in_file LINE STATUS PATTERN: what is said where .mallocfail is LINE.
in_file() {
    printf '%s\n' "$1" >.mallocfail
    "$MF_RUN" -q -o dir "$count" malloc:8 2>err
    like ".mallocfail: $1" "$? $(tr '\n' ' ' <err)" "^$2 mallocfail: $3 \$"
    rm -f .mallocfail
}

# An option that took the word which was to be the operand.
printf '[{"nth": 1}]\n' >p.json
answers 125 "no program given: './keys' was read as the FILE of --policy" -p ./keys
answers 125 "no program given: './keys' was read as the DIR of --output" explore -o ./keys
answers 125 "no trace given: 'a.trace' was read as the FILE of --svg" histogram --svg a.trace
answers 125 "no program given: try 'mallocfail run --help'" run
answers 125 "no program given: try 'mallocfail --help'" --timeout=5s

# One word too many, or in the place of an option.
answers 125 "'x' is one argument too many: try 'mallocfail version --help'" version x
answers 125 "'x' is one argument too many: try 'mallocfail help --help'" help run x
answers 125 "'b' is one argument too many: try 'mallocfail histogram --help'" histogram a b
answers 125 "'status' is in the place of an option: did you mean '--status'\\?" ctl $$ status
answers 125 "more than one directory given: 'mallocfail merge' joins them" report a b
answers 125 "'mallocfail ctl' has no option '-v'" ctl -v $$ --status
answers 125 "'mallocfail report' has no option '--report': use --format FORMAT and -o FILE" \
    report --report sarif:x dir

# Commands cut short, and programs that are not there as they are written.
answers 127 "'hist' is neither a program nor a command: did you mean 'histogram'\\?" hist x
answers 127 "cannot run './keys file': there is no program of that name; give its words apart, .*" \
    './keys file'
answers 127 "cannot run './a && ./b': .*, or run a shell: sh -c '...'" suite './a && ./b'
answers 127 "cannot run 'p.json': it is not in PATH, and the file in this directory is not executable" \
    p.json

# Policies.
mkdir -p moved/bin moved/share/mallocfail
cp "$MF_RUN" moved/bin/mallocfail
cp -r "$MF_SOURCE/policies" moved/share/mallocfail/policies
says 125 "cannot open the policy 'fail-nht': No such file or directory: did you mean 'fail-nth'\\?" \
    "a misspelt name" moved/bin/mallocfail check fail-nht
answers 125 "cannot open the policy 'mine': .* \\('mallocfail list' names those that come with it\\)" \
    -p mine "$count"
answers 125 "'p.json' is a policy, not a reproducer: 'mallocfail -p FILE PROGRAM' .*" replay p.json
answers 125 "cannot read the reproducer 'none': No such file or directory" replay none
answers 125 "cannot read the reproducer '$count': it is not JSON: line 1: .*" replay "$count"

# Files and directories of results and reports.
mkdir -p empty
answers 125 "cannot read the results in 'none': No such file or directory" report none
answers 125 "cannot read the results in 'none': No such file or directory" merge none
answers 125 "cannot read the results in 'empty': it has no findings.json" merge empty
answers 125 "cannot read the results in 'empty': it has no findings.json" report empty
answers 125 "'jsn:x' is not FORMAT:FILE for --report: did you mean 'json:x'\\?" --report jsn:x "$count"
answers 125 "'json:' is not FORMAT:FILE for --report: did you mean 'json:FILE'\\?" --report json: "$count"
answers 125 "the name of the directory for results is empty \\(--output\\)" -o '' "$count"
answers 125 "--source-root takes a directory, and 'none' is not one" --source-root none "$count"
answers 125 "cannot read '.' \\(--input\\): Is a directory" --input . "$count"
answers 125 "--list tries no failure, so --report has nothing to report: .*" --list --report json:x "$count"
answers 125 "--ready COMMAND is missing, .*" serve "$count"
answers 125 "--drive COMMAND is missing, .*" serve --ready true "$count"
status_is 1 "one exploration" "$MF_RUN" -q -o found "$count" malloc:8
status_is 1 "merge takes the name of the file, too" "$MF_RUN" merge -q -o joined found/findings.json

cp "$count" here
status_is 1 "an exploration of ./here" "$MF_RUN" -q -o "$PWD/here.out" ./here malloc:8
cd empty || exit 1
says 127 'it is not there: replay in the directory in which it was found, or name the program' \
    "a replay from another directory" "$MF_RUN" replay "$(echo ../here.out/reproducers/*.json)"
cd .. || exit 1

# Defaults.
defaults '""' 125 "'' is not an option: options belong here, and nothing else"
defaults '-z' 125 "unknown option '-z'"
defaults './keys' 125 "'./keys' is not an option: options belong here, and nothing else"
defaults '-- ./keys' 125 "'--' is not an option: .*"
defaults 'run' 125 "'run' is a command, not an option: it belongs on the command line"
in_file '-j 2' 1 '.*1 defect; results in dir'
in_file '-z' 125 ".mallocfail:1: unknown option '-z'"
in_file 'tiemout 3s' 125 ".mallocfail:1: unknown option 'tiemout': did you mean '--timeout'\\?"
in_file '--timeout 3s --jobs 1' 125 \
    "--timeout takes .*, not '3s --jobs 1' mallocfail: note: that is from .mallocfail:1; each option and .*"

# What --check, --broke-in and the selections make of an exploration.
says 125 'of --check judged no run: it must exit with 0 .correct. or 1' "a checker that is not there" \
    "$MF_RUN" -o dir --check ./none "$victim" good
says 125 'nothing was tested: --above selects none of 1 allocation' "--above" \
    "$MF_RUN" explore -o dir --above 1G "$count" malloc:8
says 0 'suppressed: outside of --broke-in: 1 defect, .*, in explore_victim' "--broke-in names what it left out" \
    "$MF_RUN" -o dir --broke-in 'libnone*' "$victim" null
says 125 'is left out by function' "--only-function" \
    "$MF_RUN" -o dir --only-function none "$count" malloc:8
plan
