#!/bin/sh
# SPDX-License-Identifier: MIT
# Formats of results: each is read by a program of others, says where it broke, comes out
# of a results directory again, and takes nothing that a document says for markup.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim
all='text json junit sarif html github'
once=$(rule '"nth":1')

# python MODULE: the python that has it, for $(…); none where there is none.
python() {
    for python_program in python3 /usr/bin/python3; do
        "$python_program" -c "import $1" 2>/dev/null && echo "$python_program" && return
    done
    return 1
}

# drawn RESULTS NAME OPTION…: draw them in all formats, as NAME.FORMAT.
drawn() {
    drawn_from=$1 drawn_as=$2
    shift 2
    for format in $all; do
        "$MF_RUN" report "$drawn_from" --format "$format" -o "$drawn_as.$format" "$@" ||
            echo "$format: $?"
    done
}

# An exploration and a run, and what they write by themselves.
"$MF_RUN" -o found --report junit:own.junit --report sarif:own.sarif --report html:own.html \
    --report github:own.github --report json:own.json --source-root "$MF_SOURCE" \
    -- "$victim" null 2>live
is "explore: the status is as without reports" $? 1
for format in junit sarif html github json; do
    ok "explore writes $format" test -s own.$format
done
is "report draws them all" "$(drawn found again --source-root "$MF_SOURCE")" ''
for format in junit sarif html github json; do
    same "the $format of the directory is that of the exploration" own.$format again.$format
done
same "the JSON is what findings.json has" found/findings.json again.json
sed -n '/^mallocfail: crashed/,/end here/p' live >live.finding
sed -n '/^mallocfail: crashed/,/end here/p' again.text >text.finding
same "the text is as at the end of the exploration" live.finding text.finding
is "to the standard output without -o" "$("$MF_RUN" report found | tail -n 1)" \
    "mallocfail: 1 defect"
"$MF_RUN" -q --policy "$once" --report json:run.json --report sarif:run.sarif \
    --report junit:run.junit --report html:run.html --report github:run.github \
    --source-root "$MF_SOURCE" -- "$victim" null
is "run: the status is the target's" $? 139
is "a run's JSON can be drawn, too" "$(drawn run.json late --source-root "$MF_SOURCE")" ''
for format in junit sarif html github; do
    same "the $format of a run's JSON is that of the run" run.$format late.$format
done
"$MF_RUN" -q -o fine -- "$victim" good
is "nothing broke: all formats" "$(drawn fine fine)" ''
is "nothing broke: no annotation" "$(cat fine.github)" ''
like "nothing broke: the page says so" "$(cat fine.html)" 'Nothing broke'
"$MF_RUN" -q -o left -- "$victim" wrong
"$MF_RUN" -q -o leaky --mode once --leaks -- "$MF_TARGETS/leaker" many
"$MF_RUN" -q -o hung --timeout 1s --mode once -- "$victim" hang
is "wrong output: all formats" "$(drawn left left)" ''
is "a hang: all formats" "$(drawn hung hung)" ''
is "leaks: all formats" "$(drawn leaky leaky --source-root "$MF_SOURCE")" ''

# The schema of our own.
if validator=$(python jsonschema); then
    for document in found/findings.json fine/findings.json left/findings.json \
        leaky/findings.json hung/findings.json run.json; do
        ok "$document is valid" "$validator" "$MF_SOURCE/tests/validate.py" \
            "$MF_SOURCE/schemas/findings.schema.json" "$document"
    done
    jq 'del(.trials[0].outcome)' found/findings.json >wrong.json
    status_is 1 "one without an outcome is not" "$validator" "$MF_SOURCE/tests/validate.py" \
        "$MF_SOURCE/schemas/findings.schema.json" wrong.json
    is "the schema knows all we write" "$("$validator" "$MF_SOURCE/tests/validate.py" --unknown \
        "$MF_SOURCE/schemas/findings.schema.json" found/findings.json hung/findings.json run.json |
        sort -u)" ''
else
    skip "the schema" "no python3-jsonschema"
fi

# SARIF. The schema is OASIS's, as Microsoft ships it; ./bootstrap check fetches it.
schema=${MF_SARIF_SCHEMA:-$MF_BUILD/sarif-schema-2.1.0.json}
if validator=$(python jsonschema) && [ -f "$schema" ]; then
    for log in own run fine left leaky hung; do
        ok "$log.sarif is valid" "$validator" "$MF_SOURCE/tests/validate.py" "$schema" $log.sarif
    done
else
    skip "SARIF is valid" "no python3-jsonschema, or no schema at $schema"
fi
# of FILTER: out of the only result.
of() {
    jq -r ".runs[0].results[0]|$1" own.sarif
}
sources=$MF_SOURCE/tests/targets/explore_victim.c
breaks=$(awk '/^static int null\(/ { print NR + 2; exit }' "$sources")
fails=$((breaks - 1))
is "SARIF: located where it broke" \
    "$(of '.locations[0].physicalLocation|[.artifactLocation.uri,.artifactLocation.uriBaseId,.region.startLine]|@csv')" \
    "\"tests/targets/explore_victim.c\",\"%SRCROOT%\",$breaks"
is "SARIF: related to the allocation" \
    "$(of '.relatedLocations[0]|[.physicalLocation.region.startLine,.message.text]|@csv')" \
    "$fails,\"malloc(100) fails\""
is "SARIF: a flow from the one to the other" \
    "$(of '.codeFlows[0].threadFlows[0].locations|map(select(.location.physicalLocation.artifactLocation.uri=="tests/targets/explore_victim.c")|.location.physicalLocation.region.startLine)|(.[1:]|@csv)')" \
    "$fails,$breaks"
is "SARIF: the fingerprint is the signature" "$(of '.partialFingerprints["mallocfailSignature/v1"]')" \
    "$(jq -r '.findings[0].signature' found/findings.json)"
is "SARIF: a rule with help" \
    "$(jq -r '.runs[0]|.tool.driver.rules[.results[0].ruleIndex]|[.id,(.help.text|length>40)]|@csv' own.sarif)" \
    '"null-dereference",true'
is "SARIF: levels by severity" \
    "$(jq -r '.runs[0].results[].level' own.sarif left.sarif hung.sarif | tr '\n' ' ')" \
    'error warning error '
is "SARIF: wrong output is told with what is wrong" \
    "$(jq -r '.runs[0].results[0].message.text' left.sarif | sed 's/.*error message//')" \
    " (stdout, line 2: expected 'second', got '(nothing more)')"
is "SARIF: leaks are told with how much there is" \
    "$(jq -r '.runs[0].results[0].message.text' leaky.sarif | sed 's/.*leave//')" \
    ' (12 blocks of 120 bytes)'
is "SARIF: and related to where it was allocated" \
    "$(jq -r '.runs[0].results[0].relatedLocations[1:]|map("\(.id) \(.message.text)")|length,first' \
        leaky.sarif)" '8
2 1 block of 10 bytes is allocated here and left'
is "SARIF: rules have ids of their own" \
    "$(jq '.runs[0].tool.driver.rules|map(.id)|length-(unique|length)' own.sarif)" 0

# JUnit.
if reader=$(python junitparser); then
    for log in own run fine left leaky hung; do
        ok "junitparser reads $log.junit, and counts the same" "$reader" -c '
import sys
from junitparser import JUnitXml
read, counted = (JUnitXml.fromfile(sys.argv[1]) for _ in range(2))
counted.update_statistics()
for one in "tests", "failures", "errors", "skipped":
    assert getattr(read, one) == getattr(counted, one), one
' $log.junit
    done
    is "a case for each defect, at the line where it broke, with both stacks" "$("$reader" -c '
from junitparser import JUnitXml
for suite in JUnitXml.fromfile("own.junit"):
    for case in suite:
        text = case.result[0].text
        print(case._elem.get("line"), case.result[0].type, "failed  malloc(100)" in text, "broke" in text)
')" "$breaks crashed: null dereference True True"
else
    skip "JUnit" "no python3-junitparser"
fi
"$MF_RUN" -q -o abort -- "$victim" abort
is "JUnit: an abort by design is no failure" \
    "$("$MF_RUN" report abort -f junit | sed -n 's/.*<testsuites.* tests="\([0-9]*\)" failures="\([0-9]*\)".*/\1 \2/p')" '1 0'
"$MF_RUN" -q -o abort --aborts -- "$victim" abort
is "JUnit: with --aborts it is" \
    "$("$MF_RUN" report abort -f junit | sed -n 's/.*<testsuites.* failures="\([0-9]*\)".*/\1/p')" 1

# GitHub.
like "GitHub: where it broke" "$(cat own.github)" \
    "^::error file=tests/targets/explore_victim.c,line=$breaks,title=crashed%3A null dereference.*::.*%0Afailed: malloc\\(100\\)"
like "GitHub: what is not certain is a warning" "$(cat left.github)" '^::warning .*title=silent'
like "GitHub: with what is wrong" "$(cat left.github)" \
    " \\(stdout, line 2: expected 'second', got '\\(nothing more\\)'\\)%0A"
like "GitHub: or how much is left" "$(cat leaky.github)" ' \(12 blocks of 120 bytes\)%0A'

# The page.
like "the page shows the source" "$(cat own.html)" "class=\"n\">$breaks<.*strcpy\\(block, "
like "and the command" "$(cat own.html)" 'mallocfail replay found/reproducers/[0-9a-f]{16}.json'
like "and where output is another" "$(cat left.html)" '>stdout differs in line 2, at byte 6<'
like "with what was wanted and came" "$(cat left.html)" \
    '<code>second</code>.*<code>\(nothing more\)</code>'
like "and what is left" "$(cat leaky.html)" '>What is left: 12 blocks of 120 bytes<'
like "with where it was allocated" "$(cat leaky.html)" \
    '<summary>leaked 1 block of 10 bytes, allocated in <code>many_1</code>'
unlike "it needs nothing else" "$(cat own.html)" '<script|<link|<img|src=|@import|url\('
"$MF_RUN" report found -f html --source-root . -o far.html
unlike "sources that are not below the root stay unread" "$(cat far.html)" 'strcpy\(block, '
jq '(..|objects|select(has("file")).file)="/etc/passwd"|(..|objects|select(has("line")).line)=1' \
    found/findings.json >etc.json
"$MF_RUN" report etc.json -f html --source-root "$MF_SOURCE" -o etc.html
unlike "not even where a document names them" "$(cat etc.html)" 'root:x?:'
ln -s /etc/passwd link.c
jq --arg dir "$PWD" '(..|objects|select(has("file")).file)=$dir+"/link.c"|(..|objects|select(has("line")).line)=1' \
    found/findings.json >link.json
"$MF_RUN" report link.json -f html --source-root . -o link.html
unlike "nor through a link" "$(cat link.html)" 'root:x?:'

# clean NAME WHAT: nothing in the formats acts on a terminal, and the XML is whole.
clean() {
    for format in $all; do
        ok "$2: $format has no control characters, and is UTF-8" \
            jq -enR '[inputs]|join("\n")|explode|all(.==9 or .==10 or (.>=32 and .!=127 and (.<128 or .>=160) and .!=65533 and (.<8232 or .>8238)))' "$1.$format"
    done
    if have xmllint; then
        ok "$2: the JUnit is well-formed" xmllint --noout "$1.junit"
        sed 1d "$1.html" >"$1.xhtml"
        ok "$2: so is the page" xmllint --noout "$1.xhtml"
    else
        skip "$2: well-formed" "no xmllint"
    fi
    unlike "$2: no element out of a text" "$(cat "$1.html" "$1.junit")" '<(script|b|img)[ >]'
    is "$2: annotations are one line each" "$(grep -vc '^::[a-z]* ' "$1.github")" 0
    unlike "$2: and none out of a text" "$(cat "$1.github")" '^::(error|notice) [^:]*::.*[^%]%0A::'
    if validator=$(python jsonschema) && [ -f "$schema" ]; then
        ok "$2: the SARIF is valid" "$validator" "$MF_SOURCE/tests/validate.py" "$schema" "$1.sarif"
    else
        skip "$2: the SARIF is valid" "no python3-jsonschema, or no schema"
    fi
}

# Texts that would be markup, in a finding of each kind.
for from in found left leaky; do
    jq '(..|strings)|=if .=="mallocfail-exploration" or .=="crashed" then . else .+"<script>alert(1)</script>]]>&\"'\'' onx=\u001b[31m\u009b\u202e%0A\n::error::{0}[x](y)\\" end' \
        $from/findings.json >hostile.json
    is "hostile texts of $from: all formats" "$(drawn hostile.json hostile)" ''
    jq '(..|strings)|=gsub("[\u0000-\u001f\u007f-\u009f\u202e]";"?")' hostile.json >printable.json
    "$MF_RUN" report printable.json -f json -o hostile.json.printable
    mv hostile.json.printable hostile.json
    clean hostile "hostile texts of $from"
done

# A program and functions with such names.
CC=${CC:-cc}
if have objcopy "${CC%% *}"; then
    cat >named.c <<'EOF'
#include <stdlib.h>
#include <string.h>
char *one(void);
char *other(void);
char *one(void) { char *at = malloc(10); strcpy(at, "x"); return at; }
char *other(void) { char *at = one(); at[1] = 0; return at; }
int main(void) { return other()[0] != 'x'; }
EOF
    $CC -O0 -fno-builtin -o plain named.c 2>err
    named=$(printf './<b>\033[1m%%0A na::me')
    objcopy --redefine-sym one='<script>alert(1)</script>' \
        --redefine-sym other="$(printf ']]>&"\033[31m\n%%0A::error::\377\376\302\233\342\200\256')" \
        plain "$named"
    "$MF_RUN" -o named --report github:live.github --report sarif:live.sarif -- "$named" 2>live
    is "hostile names: a defect is found" $? 1
    unlike "hostile names: nothing on the terminal" \
        "$(tr '\033\377\376\302\342' '!!!!!' <live)" '!'
    is "hostile names: all formats" "$(drawn named named)" ''
    like "hostile names: they are there" "$(cat named.text)" ']]>&"\?\[31m'
    jq . named.json >named.json.new && mv named.json.new named.json
    clean named "hostile names"
else
    skip "hostile names" "no objcopy or no compiler"
fi

# Documents that are not what they seem: no crash, and either a report or one line.
survives() {
    for format in $all; do
        "$MF_RUN" report odd.json -f "$format" -o odd.out 2>err
        survives_status=$?
        case $survives_status in
        0) ;;
        125) [ "$(wc -l <err)" = 1 ] || echo "$format: $(cat err)" ;;
        *) echo "$format: $survives_status" ;;
        esac
    done
}
while read -r what filter; do
    jq "$filter" found/findings.json >odd.json
    is "odd: $what" "$(survives)" ''
done <<'EOF'
no-members {schema,schema_version,findings:[{}]}
nulls-for-findings .findings=[null,1,"x",[],{}]
texts-for-numbers (.findings|..|numbers)|="x"
numbers-for-texts (.findings|..|strings)|=1
lists-for-objects (.findings[0]|.injection,.crash_site,.cycle)|=[1]
objects-for-lists (.findings[0]|.frames,.threads,.signatures)|={"a":{"frames":[{}]}}
huge-numbers (.findings|..|numbers)|=9223372036854775807
negative-numbers (.findings|..|numbers)|=-9223372036854775807
unknown-stacks .findings[0]+={"allocated":.findings[0].injection,"freed":{"frames":[{"function":"f"}]}}
coverage-of-nothing .coverage={"call_sites":[null,{},{"line":-1,"outcomes":{"x":"y"}}],"stacks":[{"call_site":-1},{"call_site":99}]}
no-arguments .arguments=3|.trials={}
EOF
jq '.findings[0]+={"block_freed":{"frames":[{"function":"give_back","file":"x.c","line":3}]}}' \
    found/findings.json >odd.json
for format in text html; do
    like "unknown stacks are shown: $format" "$("$MF_RUN" report odd.json -f $format)" give_back
done

jq '.findings[0]+={
    "heap":{"found_by":"access","address":"0x10","size":24,"offset":8},
    "allocated":{"tid":7,"frames":[{"function":"take"}]},
    "freed":{"tid":8,"frames":[{"function":"give_back"}]},
    "leaks":[{"blocks":2,"bytes":100,"frames":[{"function":"forget"}]}],
    "difference":{"where":"stdout","line":3,"offset":17,"wanted":"all of it","got":"nothing"}}' \
    found/findings.json >odd.json
"$MF_RUN" report odd.json -o odd.text
for pattern in 'block +24 bytes at 0x10, allocated by thread 7' 'freed +by thread 8' \
    'leaked +2 blocks of 100 bytes' 'differs stdout, line 3 \(byte 17\)' 'got +nothing'; do
    like "the text has: $pattern" "$(cat odd.text)" "$pattern"
done
is "SARIF has a stack for each" \
    "$("$MF_RUN" report odd.json -f sarif | jq '.runs[0].results[0].stacks|length')" 5

# Errors.
says 125 "cannot read the results in '/no/such'" "no such directory" "$MF_RUN" report /no/such
echo '{' >broken.json
says 125 "cannot read the results in 'broken.json'" "no JSON" "$MF_RUN" report broken.json
echo '{"schema":"mallocfail-exploration","schema_version":2,"findings":[]}' >broken.json
says 125 'not a report of this version' "another version" "$MF_RUN" report broken.json
says 125 '--format takes text, json, junit.*, not .tea' "no such format" "$MF_RUN" report found -f tea
says 125 'cannot write' "no such place" "$MF_RUN" report found -o /no/such/file
says 125 'no results given' "no directory" "$MF_RUN" report
says 125 'takes a directory, and ./no/such. is not one' "no such root" "$MF_RUN" report found --source-root /no/such
says 125 'FORMAT:FILE' "explore: a report of an unknown kind" \
    "$MF_RUN" -o found --report tea:leaves -- "$victim" null
says 125 "cannot write the report '/no/such/dir/x'" "explore: a report that cannot be written" \
    "$MF_RUN" -q -o found --report sarif:/no/such/dir/x -- "$victim" null
if [ -w /dev/full ]; then
    for format in $all; do
        says 125 "^mallocfail: cannot write the report '/dev/full': No space left on device$" \
            "a full disk: $format" "$MF_RUN" report found -f "$format" -o /dev/full
        is "and no more is said of it: $format" "$(wc -l <err)" 1
    done
else
    skip "a full disk" "no /dev/full"
fi

# libxml2 takes longer to load than all the rest: it is loaded for a document, and may be missing.
unlike "libxml2 is not loaded at the start" \
    "$(LD_TRACE_LOADED_OBJECTS=1 "$MF_RUN" --version 2>&1)" 'libxml2|libicu'
mkdir missing && for version in 2 16; do
    : >missing/libxml2.so.$version
done
for format in junit html; do
    LD_LIBRARY_PATH=missing "$MF_RUN" report found -f $format >out 2>err
    is "no libxml2: $format is not written" "$?" 125
    like "no libxml2: $format says so" "$(cat err)" 'cannot write the report.*shared library'
done

# Our own allocations fail: a report of which something is missing is never taken for a whole one.
if survives_own_failures; then
    for format in sarif junit html; do
        "$MF_RUN" -q -o self_oom --mode once -- "$MF_RUN" report found -f $format >out 2>err
        is "out of memory: $format neither crashes nor hangs" \
            "$(jq -c '.outcomes|[.crashed,.hung,.aborted]' self_oom/findings.json)" '[0,0,0]'
        # jansson's parser lets a failure of its own pass.
        is "out of memory: $format is whole, or not there" \
            "$(jq -r '.findings[]|select(all(.injection.frames[].function; .!="json_loadf"))|.explanation' \
                self_oom/findings.json)" ''
    done
else
    skip "our own allocations fail" "this runner's own allocations cannot fail"
fi

# In a browser.
if [ -z "${MF_FULL:-}" ]; then
    skip "the page in a browser" "only with MF_FULL=1 (./bootstrap check --full)"
elif ! have chromium; then
    skip "the page in a browser" "no chromium"
else
    # browser OPTION…
    browser() {
        timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
            --user-data-dir="$tap_home/chromium" --window-size=1000,1400 "$@" 2>/dev/null
    }
    browser --screenshot="$tap_home/light.png" "file://$tap_home/own.html" >out
    browser --blink-settings=preferredColorScheme=0 --screenshot="$tap_home/dark.png" \
        "file://$tap_home/own.html" >out
    ok "it is drawn" test -s light.png
    ok "and dark where the reader likes it dark" sh -c 'test -s dark.png && ! cmp -s light.png dark.png'
    browser --dump-dom "file://$tap_home/hostile.html" >dom
    like "it is read whole" "$(cat dom)" '</footer>'
    unlike "and no text has become an element" "$(cat dom)" '<script|<b>|<img'
fi
plan
