#!/bin/sh
# SPDX-License-Identifier: MIT
# Explorations: each way to break is found, under its name; and both strategies agree.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim
echo go >input

# explored OPTION… : explore, and keep the report in err.
explored() {
    "$MF_RUN" -o found --timeout 1s "$@" >"$tap_home/out.txt" 2>"$tap_home/err"
}

# field FILTER: from the results.
field() {
    jq -c "$1" found/findings.json
}

# finds WAY STATUS OUTCOMES OPTION…: an exploration of that way ends with the status and
# has findings of these outcomes and classes, by either strategy.
finds() {
    finds_way=$1 finds_status=$2 finds_want=$3
    shift 3
    for strategy in in-place fresh; do
        explored --strategy $strategy "$@" -- "$victim" "$finds_way"
        finds_got=$?
        finds_list=$(field '[.findings[]|.outcome+": "+.class]')
        is "$finds_way, $strategy" "$finds_got $finds_list" "$finds_status $finds_want"
    done
}

finds good 0 '[]'
is "a handled failure" "$(field '[.outcomes.handled,.outcomes.tolerated]')" '[2,0]'
finds null 1 '["crashed: null dereference"]'
is "both stacks and the mode" \
    "$(field '.findings[0]|[.mode,.trials]')" '["once",2]'
finds wrong 1 '["silent: none"]'
finds hang 1 '["hung: hang"]'
finds spin 1 '["hung: spinning"]'
is "spinning needs all to fail" "$(field '.findings[0].mode')" '"persistent"'
finds runaway 1 '["hung: spinning"]'
finds abort 0 '["aborted: deliberate abort"]'
finds abort 1 '["aborted: deliberate abort"]' --aborts
finds persistent 1 '["crashed: null dereference"]'
is "the second try fails" "$(field '.findings[0].mode')" '"persistent"'
for way in in-place fresh; do
    explored --strategy $way -- "$victim" humble
    is "$way: the last of four tries is to blame, and all are counted" \
        "$(field '.findings[0] | [.injection.size, .injections]')" '[100,4]'
done
# Where all fail from a point on, it is the point that is to blame, not what failed last, nor
# an earlier one that did no harm.
cat >fewest.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
static void *twice(size_t size) {
    void *block = malloc(size);
    return block ? block : malloc(size);
}
static char *asked(size_t size) {
    char *block = twice(size);
    char *text = malloc(100);
    free(text);
    return block;
}
int main(void) {
    for (int i = 0; i < 3; i++) {
        free(malloc(20));
    }
    free(malloc(30));
    char *block = asked(64);
    block[0] = 1;
    free(block);
    return 0;
}
EOF
${CC:-cc} -g -O0 -fno-builtin-malloc -o fewest fewest.c || exit 1
for way in in-place fresh; do
    explored --strategy $way -- ./fewest
    is "$way: the first of three failures is to blame" \
        "$(field '.findings[0] | [.mode, .injection.size, .injections]')" '["persistent",64,3]'
    status_is 0 "$way: it comes back" "$MF_RUN" replay found/reproducers/*.json
    like "$way: ... with the same cause" "$(cat err)" 'after malloc\(64\) failed'
done
finds pairs 0 '[]' --mode once
finds pairs 1 '["crashed: null dereference"]' --mode pairs
finds threads 1 '["crashed: null dereference"]'
finds input 125 '["crashed: null dereference"]'
finds input 1 '["crashed: null dereference"]' --input input

echo other >other
# offered WHAT WANTED OPTION...: whether it is told that what stands on standard input is not read.
offered() {
    offered_what=$1 offered_want=$2
    shift 2
    "$MF_RUN" -o found "$@" -- "$victim" good >out 2>err
    is "$offered_what" "$(grep -c 'the program does not get standard input: --input FILE gives it one' err) $(
        field .input_unread)" "$offered_want"
}
offered "a file on standard input is not read, which is told" '1 true' <other
offered "... but not where --input gives one" '0 false' --input input <other
offered "... nor where there is none" '0 false' </dev/null
mkfifo pipe && exec 3<>pipe
offered "... nor of a pipe that nobody has written to" '0 false' <&3
echo go >&3
offered "... but of one with something in it" '1 true' <&3
exec 3>&-
says 125 'the program does not get standard input' "... it is, too, where nothing was tested without" \
    "$MF_RUN" -o found -- "$victim" input <other

# What the failing paths do does not reach the world.
for strategy in in-place fresh; do
    rm -f victim.log
    explored --strategy $strategy --mode once --scratch -- "$victim" files
    is "files, $strategy: in a scratch directory" "$? $(find . -name victim.log)" "0 "
done
rm -f victim.log
"$victim" files
cp victim.log victim.good
rm -f victim.log
explored --strategy in-place --mode once --max 1 -- "$victim" files
status_is 0 "files, in place: the log is that of clean runs" \
    grep -c begin victim.log

# A finding comes back.
explored -- "$victim" null
status_is 0 "the reproducer brings it back" \
    "$MF_RUN" replay -q "found/reproducers/$(field '.findings[0].signature' | tr -d '"').json"
explored -- "$victim" persistent
status_is 0 "one where all fail, too" \
    "$MF_RUN" replay -q "found/reproducers/$(field '.findings[0].signature' | tr -d '"').json"

# What breaks at one place is one defect, however a wild pointer comes out there.
explored --mode once -- "$victim" garbage
is "one place is one defect" "$(field '[.findings|length, .[0].trials]')" '[1,3]'
is "of all classes that it comes out as" "$(field '.findings[0].signatures|length')" 3
# Later C libraries look at the address first, and stop there.
like "what is near NULL is not called NULL" "$(field '.findings[0].explanation')" \
    '(failed at explore_victim.c:[0-9]+, an address near NULL is passed on to|^.libc found the heap broken in) free\(\) at '

# Baselines.
says 1 '1 defect, 0 of them new|1 defect' "without a baseline it counts" \
    "$MF_RUN" -o found -- "$victim" null
says 125 'baseline' "a baseline has to be there" \
    "$MF_RUN" -o found --baseline known.json -- "$victim" null
says 0 '0 of them new' "what the baseline has does not count" \
    "$MF_RUN" -o found --baseline known.json --update-baseline -- "$victim" null
says 0 '0 of them new' "nor the next time" \
    "$MF_RUN" -o found --baseline known.json -- "$victim" null
says 1 'not found any more' "what is gone is told" \
    "$MF_RUN" -o found --baseline known.json -- "$victim" wrong

# A user's checker overrules; the variables are for it.
# shellcheck disable=SC2016
content='grep -q first $MALLOCFAIL_STDOUT' discontent='grep -q second $MALLOCFAIL_STDOUT'
says 0 '0 defects' "a checker that is content" \
    "$MF_RUN" -o found --check "$content" -- "$victim" wrong
says 1 '1 defect' "a checker that is not" \
    "$MF_RUN" -o found --check "$discontent" -- "$victim" wrong

# It is asked of each run that ended by itself, and told what failed.
cat >misreport.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *a = malloc(40);
    if (!a) { fprintf(stderr, "the document is not well-formed\n"); return 3; }
    char *b = malloc(100);
    if (!b) { fprintf(stderr, "out of memory\n"); free(a); return 4; }
    puts("well done");
    free(a), free(b);
    return 0;
}
EOC
# shellcheck disable=SC2016
honest='test "$MALLOCFAIL_STATUS" = 0 || grep -q "out of memory" "$MALLOCFAIL_STDERR"'
# shellcheck disable=SC2016
telling='echo "$MALLOCFAIL_OUTCOME $MALLOCFAIL_FUNCTION $MALLOCFAIL_SIZE" >>asked; '
like "a checker that is not there is told" \
    "$("$MF_RUN" -o found --check ./none -- "$victim" wrong 2>&1)" \
    'runs were not checked: the command of --check exited with a status other than 0 and 1'
is "and counted" "$(jq '.unchecked > 0' found/findings.json)" true
if ${CC:-cc} -g -O0 -fno-builtin -o misreport misreport.c; then
    for strategy in auto fresh; do
        rm -rf asked found
        says 1 '1 defect;' "$strategy: what says something else is wrong" "$MF_RUN" -o found \
            --arm main --strategy $strategy --mode once --check "$telling$honest" -- ./misreport
        is "$strategy: the checker's word is told, and where" \
            "$(jq -c '[.findings[] | [.outcome, .injection_site.line]]' found/findings.json)" \
            '[["silent",4]]'
        like "$strategy: its command is named" "$(jq -r '.findings[].explanation' found/findings.json)" \
            'the command of --check says'
        is "$strategy: it is told what failed" "$(sort -u asked | grep handled)" \
            'handled malloc 100
handled malloc 40'
        says 0 'the same finding came back' "$strategy: and replay asks again" \
            "$MF_RUN" replay found/reproducers/*.json
    done
fi

# What is left of earlier results in the same directory goes.
"$MF_RUN" -q -o found -- "$victim" null
"$MF_RUN" -q -o found -- "$victim" wrong
is "reproducers are of the last results" "$(ls found/reproducers)" \
    "$(field '.findings[].signature' | tr -d '"' | sort | sed 's/$/.json/')"

# Limits.
says 125 'nothing was tested' "a program without allocations" "$MF_RUN" -o found -- "$victim"
says 124 'clean run' "a clean run that does not end" \
    "$MF_RUN" -o found --timeout 200ms -- sleep 10
says 1 '1 failure tried' "so many and no more" "$MF_RUN" -o found --max 1 -- "$victim" null
says 125 '--points takes .*, not .some' "a choice that is none" "$MF_RUN" --points some -- "$victim" null

# Each stack has its turn before any has a second one.
echo '{"a":[1,2,{"b":"x"}]}' >t.json
explored --points all --mode once --budget 500ms -- jq .a t.json || :
# shellcheck disable=SC2016
is "no stack twice before all were tried" "$(field '.stacks as $all |
    [.trials[].stack_id] | length as $tried | unique | length as $seen |
    ($seen == $tried or $seen >= $all - 5)')" true

# Parts: together they are the whole, and none is in two.
if have sqlite3; then
    explored --mode once -- sqlite3 :memory: .tables
    field '[.trials[].stack_id]|sort' >whole
    for part in 1 2 3; do
        "$MF_RUN" -q -o part$part --mode once --shard $part/3 -- sqlite3 :memory: .tables
    done
    jq -sc '[.[].trials[].stack_id]|sort' part?/findings.json >parts
    same "three parts are the whole" whole parts
    "$MF_RUN" merge -q -o joined part1 part2 part3
    is "joined they have the same outcomes" "$(jq -c .outcomes joined/findings.json)" \
        "$(field .outcomes)"
    is "and the same defects" \
        "$(jq -c '[.findings[]|select(.outcome=="crashed").cause]|sort' joined/findings.json)" \
        "$(field '[.findings[]|select(.outcome=="crashed").cause]|sort')"
    "$MF_RUN" -q -o early --max 100 --mode once -- sqlite3 :memory: .tables
    # Not every version has a defect there.
    defects=$(field '[.findings[]|select(.outcome=="crashed")]|length')
    says $((defects > 0)) 'of them were tried before' "it goes on from what is there" \
        "$MF_RUN" -o early --resume early --mode once -- sqlite3 :memory: .tables
    is "to the same end" "$(jq -c .outcomes early/findings.json)" "$(field .outcomes)"
    says 125 'another program' "but only of the same program" \
        "$MF_RUN" -o early --resume early -- sqlite3 :memory: .help
fi

# Nothing is left.
# A limit of 0 would still have the kernel start a collector of cores; 1 does not.
explored --strategy fresh --max 1 --mode once -- \
    sh -c 'grep "core file" /proc/self/limits >>limits' || :
# shellcheck disable=SC3045 # dash and bash have -H
core=$(ulimit -H -c)
[ "$core" = 0 ] || core=1
is "no cores, and none collected" "$(awk '{ print $5, $6 }' limits | sort -u)" "$core $core"
is "no scratch directory is left" "$(ls -d "$TMPDIR"/mallocfail.* 2>/dev/null)" ""
plan
