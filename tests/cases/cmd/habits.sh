#!/bin/sh
# SPDX-License-Identifier: MIT
# Mistakes and habits, as people type them, and what is answered: each answer says what to do.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
cp "$MF_TARGETS/count" keys
: >libone.so.1
: >libone.so.2

# answers STATUS PATTERN WORD…: what `mallocfail WORD…` is answered, in one line.
answers() {
    answers_status=$1 answers_pattern=$2
    shift 2
    "$MF_RUN" "$@" >out 2>err
    like "mallocfail $*" "$? $(wc -l <err) $(cat err)" "^$answers_status 1 mallocfail: $answers_pattern\$"
}

# Options that are misspelt, cut short or of another command.
answers 125 "unknown option '--timout': did you mean '--timeout'\\?" --timout 5s "$count"
answers 125 "unknown option '--tiemout=5s': did you mean '--timeout'\\?" --tiemout=5s "$count"
answers 125 "unknown option '-timeout': did you mean '--timeout'\\?" -timeout 5s "$count"
answers 125 "unknown option '--Budget': did you mean '--budget'\\?" --Budget 5s "$count"
answers 125 "unknown option '--only_module': did you mean '--only-module'\\?" --only_module a "$count"
answers 125 "unknown option '--polcy': did you mean '--policy'\\?" run --polcy fail-nth "$count"
answers 125 "unknown option '--baselin-update': try 'mallocfail --help'" --baselin-update x "$count"
answers 125 "'--s' is short for several options: .*--scratch, .*--shard.*" --s "$count"
answers 125 "option '--timeout' needs an argument: try 'mallocfail --help'" --timeout
answers 125 "option '--scratch=yes' takes no argument: try 'mallocfail --help'" --scratch=yes "$count"
answers 125 "'--fill' is an option of 'mallocfail run', not of 'mallocfail explore'" explore --fill "$count"
answers 125 "'--budget' is an option of 'mallocfail explore' and 'mallocfail serve', not of 'mallocfail suite': explore the programs .*" \
    suite --budget 1m make check
answers 125 "'--stacks' is an option of 'mallocfail trace', not of 'mallocfail explore'" --stacks "$count"
answers 125 "'-f' is an option of 'mallocfail report', not of 'mallocfail explore'" -f html "$count"
answers 125 "'--policy' is an option of 'mallocfail run', .* and 'mallocfail ctl', not of 'mallocfail check'" check --policy x
answers 125 "'-p' belongs to 'mallocfail run', .*: leave '-p' or 'explore' out" explore -p fail-nth "$count"
answers 125 "'--budget' is for trying every failure, and '--policy' means a single run: leave one of them out" \
    -p fail-nth --budget 5s "$count"
answers 125 "'--mode' is for trying every failure, and '--fill' means a single run: leave one of them out" \
    --fill --mode once "$count"

# What options take.
answers 125 "--timeout takes 500ms, 10s, 2m or 1h, not '10 seconds'" --timeout '10 seconds' "$count"
answers 125 "--timeout takes 500ms, 10s, 2m or 1h, not '10sec'" run --timeout 10sec "$count"
answers 125 "--jobs takes 1 to 64, not 'all'" -j all "$count"
answers 125 "--strategy takes auto, in-place or fresh, not 'inplace'; did you mean 'in-place'\\?" \
    --strategy inplace "$count"
answers 125 "--exit takes target or verdict, not 'verdikt'; did you mean 'verdict'\\?" \
    run --exit verdikt "$count"
answers 125 "--points takes stacks, all or sample:N, not 'stack'; did you mean 'stacks'\\?" \
    --points stack "$count"
answers 125 "--format takes .*, not 'HTML'; did you mean 'html'\\?" report -f HTML x
answers 125 "'sarif' is not FORMAT:FILE for --report: did you mean 'sarif:FILE'\\?" --report sarif "$count"
answers 125 "'oom.xml' is not FORMAT:FILE for --report: did you mean 'junit:oom.xml'\\?" --report oom.xml "$count"
answers 125 "'pdf:x' is not FORMAT:FILE for --report; the formats are .*" --report pdf:x "$count"
answers 127 "'s' is in the place of PROGRAM: write a time or a number in one word, as in '10s'" --budget 10 s "$count"
answers 127 "'%' is in the place of PROGRAM: .*, as in '10%'" --random 0.5 % "$count"
answers 125 "there is no baseline 'known.json': --update-baseline makes it" --baseline known.json "$count" malloc:8
answers 125 "'html' is in the place of a directory: did you mean '--format html'\\?" report x html
mkdir a-folder
answers 125 "'a-folder' is not a reproducer: results have them in the directory 'reproducers', and .*" replay a-folder
answers 127 "cannot run 'a-folder': No such file or directory" a-folder

# Commands.
answers 127 "'explor' is neither a program nor a command: did you mean 'explore'\\?" explor "$count"
answers 127 "'replya' is neither a program nor a command: did you mean 'replay'\\?" replya x.json
answers 127 "cannot run 'nothing-like-it': .*" nothing-like-it
answers 125 "'trac' is not a command: did you mean 'trace'\\?" help trac
answers 125 "'teapot' is not a command: 'mallocfail --help' lists them" help teapot
answers 125 "no program given: try 'mallocfail --help'"
answers 125 "no policy to check: try 'mallocfail check --help'" -q check
answers 125 "unknown option '--nonsense': try 'mallocfail run --help'" -q run --nonsense
ok "mallocfail -q run" "$MF_RUN" -q run -p "$NEVER" "$count" malloc:8
is "is mallocfail run -q" "$(cat err)" ''
status_is 1 "mallocfail -o DIR explore" "$MF_RUN" -o dir explore -q "$count" malloc:8
ok "is one" test -f dir/findings.json
ok "mallocfail version" "$MF_RUN" version
like "prints it" "$(cat out)" '^mallocfail [0-9.]+$'
ok "mallocfail help run" "$MF_RUN" help run
like "prints the options" "$(cat out)" '^Usage: mallocfail \[run\]'

# Programs.
answers 127 "cannot run 'keys': it is in this directory, not in PATH: use ./keys" keys
answers 127 "cannot run 'keys': it is in this directory, not in PATH: use ./keys" run -p "$NEVER" keys
answers 125 "'libone.so.2' is in the place of PROGRAM: did the shell expand the pattern of --only-module\\? Put it in quotes" \
    --only-module libone* "$count"
says 98 "note: '--budget=5s' is passed to .*/count, because it comes after it: mallocfail's own options go before it" \
    "an option behind PROGRAM" "$MF_RUN" run -p "$NEVER" "$count" malloc:8 --budget=5s
says 125 "note: '-p' is passed to .*/count, because it comes after it" \
    "-p behind PROGRAM, and no policy" "$MF_RUN" run "$count" malloc:8 -p fail-nth
"$MF_RUN" run -p "$NEVER" -- "$count" malloc:8 --budget=5s >out 2>err
unlike "is PROGRAM's without a word where -- says so" "$(cat err)" 'is passed to'
"$MF_RUN" run -p "$NEVER" "$count" malloc:8 --help --output x >out 2>err
unlike "and where many programs have it" "$(cat err)" 'is passed to'

# Policies.
ok "a policy without a version" "$MF_RUN" check '{"rules": [{"nth": 50}]}'
is "rules alone" "$("$MF_RUN" run -q -p '[{"nth": 3}]' "$count" 'malloc:1*5')" 3
is "by the library alone, too" "$(alone '[{"nth": 3}]' "$count" 'malloc:1*5')" 3
answers 125 '.*:1:18: \$: .*.*; JSON has no comments: take it out, or say it in .*' \
    check '[ { "nth": 50 }, // the 50th
]'
answers 125 '.*; JSON has no comma after the last element: take it out' check '{"rules": [{"nth": 50},]}'
answers 125 '.*unknown key "evry"; did you mean "every"\?' check '[{"evry": 3}]'

# The policies that come with it.
mkdir -p moved/bin moved/share/mallocfail
cp "$MF_RUN" moved/bin/mallocfail
cp -r "$MF_SOURCE/policies" moved/share/mallocfail/policies
ok "mallocfail list" moved/bin/mallocfail list
is "names all of them" "$(grep -c '^[a-z]' out)" "$(find "$MF_SOURCE/policies" -name '*.json' ! -name '*.schema.json' | wc -l)"
like "with what they say of themselves" "$(sed -n '/^fail-nth$/{n;p;}' out)" '^    The 50th allocation'
is "in 80 columns" "$(awk 'length > 80' out)" ''
answers 125 "'x' is one argument too many: try 'mallocfail list --help'" list x
like "shells offer them" "$(moved/bin/mallocfail --complete -p '')" '^word fail-nth$'

# Defaults, from the project's file and the user's environment.
mkdir -p project/.git project/sub
cd project || exit 1
cat >.mallocfail <<'EOS'
# for all of us
--budget 30s
jobs = 1

output "a place"
stacks
EOS
status_is 1 ".mallocfail: options by their names" "$MF_RUN" -v "$count" malloc:8
like "-v shows them, with their lines" "$(cat ../err)" '^mallocfail: \.mallocfail:2: --budget 30s$'
ok "and they are heeded" test -f 'a place/findings.json'
unlike "those of other commands are passed over" "$(cat ../err)" 'stacks'
(cd sub && "$MF_RUN" -v "$count" malloc:8 2>err)
like "the file is found from below" "$(cat sub/err)" '^mallocfail: .*/project/\.mallocfail:3: --jobs 1$'
MALLOCFAIL_OPTIONS='--output "b place" -q' "$MF_RUN" "$count" malloc:8 2>err
is "MALLOCFAIL_OPTIONS: in a shell's words" "$(wc -l <err) $(ls -d b*)" '2 b place'
MALLOCFAIL_OPTIONS='-o b' "$MF_RUN" -q -o c "$count" malloc:8
ok "the command line goes before it" test -f c/findings.json
MALLOCFAIL_OPTIONS='--check=true' "$MF_RUN" -q "$count" malloc:8
is "it may name commands" "$?" 0
for bad in 'check true' '--prepare=true' 'budget soon' 'scratch yes' 'jobs' 'help' 'budgt 3s'; do
    echo "$bad" >.mallocfail
    "$MF_RUN" "$count" malloc:8 2>err
    like "refused in the file: $bad" "$? $(cat err)" \
        "^125 mallocfail: (.mallocfail:1: (unknown option )?'?(--)?[a-z]+'?:? (names a command|needs|takes no|belongs|did)|--budget takes)"
done
ok "others' options are still to be some" sh -c '! MALLOCFAIL_OPTIONS="--nonsense" "$1" list' sh "$MF_RUN"
echo 'budget soon' >.mallocfail
chmod o+w .mallocfail
says 1 "'.mallocfail' is not read: another user can write to it" "a file of anybody's" \
    "$MF_RUN" -o d "$count" malloc:8
plan
