#!/bin/sh
# SPDX-License-Identifier: MIT
# Results of different programs and suites are joined by cause, and all formats tell of them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# What is not given a name has none, though this is a test itself.
export TEST_NAME=

# The tests of a project: they share a library with a defect, and one has a defect of its own.
cat >shared.c <<'END'
#include <stdlib.h>
#include <string.h>
char *shared(const char *text) {
    char *copy = malloc(20);
    return strcpy(copy, text);
}
END
printf 'char *shared(const char *text);\n' >shared.h
cat >one.c <<'END'
#include "shared.h"
#include <stdlib.h>
int main(int argc, char **argv) { free(shared(argv[argc - 1])); return 0; }
END
cat >two.c <<'END'
#include "shared.h"
#include <stdlib.h>
static int own(void) { int *block = malloc(21); *block = 1; free(block); return 0; }
int main(void) { free(shared("two")); return own(); }
END
cat >fine.c <<'END'
#include <stdlib.h>
int main(void) { free(malloc(22)); free(malloc(23)); return 0; }
END
for program in one two fine; do
    ${CC:-cc} -g -O0 -fno-builtin -o $program $program.c shared.c || exit 1
done
for word in a b; do
    TEST_NAME="test $word" "$MF_RUN" -q -o "one.$word" ./one $word
done
"$MF_RUN" -q -o two.out ./two
"$MF_RUN" -q -o fine.out ./fine

# found FILTER: out of what was joined.
found() {
    jq -c "$1" all/findings.json
}

says 1 '12 failures tried, 2 defects' "programs are joined" \
    "$MF_RUN" merge -o all one.a one.b two.out fine.out
like "... with what was joined" "$(cat err)" '^mallocfail: 5 of 5 stacks, 5 of 5 call sites failed$'
is "... of the stacks, each once" "$(found .stacks)" 5
is "... and trials add up" "$(found '[.tried, (.trials | length), .outcomes.crashed]')" \
    "$(cat one.a/findings.json one.b/findings.json two.out/findings.json fine.out/findings.json |
        jq -cs '[([.[].tried] | add), ([.[].trials | length] | add), ([.[].outcomes.crashed] | add)]')"
is "a defect that all come to is one, with its programs" \
    "$(found '[.findings[] | select(.injection.size == 20) | .programs]')" '[["one","two"]]'
is "... its commands" \
    "$(found '[.findings[] | select(.injection.size == 20) | .commands[].arguments | join(" ")]')" \
    '["./one a","./one b","./two"]'
# shellcheck disable=SC2016 # jq's.
is "... and its tests" \
    "$(found '(.findings[] | select(.injection.size == 20).cause) as $cause |
        [.tests[] | select(.causes | any(. == $cause)) | .test // .arguments[0]]')" \
    '["test a","test b","./two"]'
is "its failures add up" "$(found '[.findings[] | select(.injection.size == 20).trials]')" '[6]'
is "each trial has its exploration" "$(found '[.trials[].exploration] | unique')" '[0,1,2,3]'
is "each exploration keeps what only it has" \
    "$(found '[.explorations[] | .arguments | join(" ")]')" '["./one a","./one b","./two","./fine"]'
ok "a reproducer comes along" "$MF_RUN" replay -q "all/$(found '.findings[0].reproducer' | tr -d '"')"
"$MF_RUN" report all >text
like "text: what was joined" "$(cat text)" '^mallocfail: 4 explorations, joined$'
like "text: the tests of a defect" "$(cat text)" '^    tests   test a, test b, ./two$'
like "text: tests with defects" "$(cat text)" '^mallocfail: 3 of 4 tests reach a defect$'
like "text: each with how many" "$(cat text)" '^    2  \./two$'

# The same twice, and in another order, is the same.
"$MF_RUN" merge -q -o again one.a all two.out
is "what is joined can be joined again, and counts once" \
    "$(jq -c '[.tried, .planned, (.tests | length), .outcomes]' again/findings.json)" \
    "$(found '[.tried, .planned, (.tests | length), .outcomes]')"

# Where one was cut short all are not complete.
"$MF_RUN" -q -o cut --max 1 ./one c
says 1 '2 defects in 9 of 10 failures tried' "what was cut short is said" "$MF_RUN" merge -o some cut two.out fine.out
like "... by name" "$("$MF_RUN" report some)" '^mallocfail: not all was tried of: ./one c \(1 of 2\)$'

# Suites: the same defect in another program of another suite.
"$MF_RUN" suite -q -o suite.out sh -c 'TEST_NAME=three ./one x; ./fine' 2>suite.err
"$MF_RUN" merge -q -o both suite.out two.out
is "a suite joins with an exploration" \
    "$(jq -c '[.findings[] | select(.injection.size == 20) | .programs, .commands_in_all]' both/findings.json)" \
    '[["one","two"],2]'
is "... its tests beside it" "$(jq -c '[.tests[] | .test // .arguments[0]]' both/findings.json)" \
    '["three","./fine","./two"]'
like "... and it is told so" "$("$MF_RUN" report both)" '^mallocfail: 1 exploration and 1 suite, joined$'
"$MF_RUN" merge -q -o twice suite.out suite.out
is "a suite twice is the same" "$(jq -cS 'del(.seconds)' twice/findings.json)" \
    "$(jq -cS 'del(.seconds)' suite.out/findings.json)"

# What one of two suites has tried is not left, and what none has is.
cat >hurries.c <<'END'
#include <stdlib.h>
#define A(n) static void *a##n(void) { return malloc(n); }
A(31) A(32) A(33)
int main(int argc, char **argv) {
    void *blocks[] = {a31(), argc > 1 ? a32() : a33()};
    for (volatile int go = !blocks[0] || !blocks[1]; go;) {}
    return !argv;
}
END
${CC:-cc} -g -O0 -fno-builtin -o hurries hurries.c || exit 1
"$MF_RUN" suite -q --hold 1ms -o hurried sh -c './hurries; ./hurries x' 2>suite.err
"$MF_RUN" suite -q --hold 60s --timeout 300ms -o rest ./hurries 2>suite.err
"$MF_RUN" merge -q -o leftover hurried rest 2>suite.err
# left RESULTS: how many failures are left.
left() {
    jq '[.left[].failures[]] | length' "$1/findings.json"
}
is "what one of two suites has tried is not left ($(left hurried), $(left rest))" "$(left leftover)" 2
is "... and what none has is, with its command" \
    "$(jq -c '[.left[].arguments]' leftover/findings.json)" '[["./hurries","x"]]'
"$MF_RUN" merge -q -o left.again leftover rest hurried 2>suite.err
is "... joined again, too" "$(jq -cS .left left.again/findings.json)" "$(jq -cS .left leftover/findings.json)"

# A test that comes to a stack after another one comes to its defect, too, and no other does.
"$MF_RUN" suite -q -o reach sh -c 'TEST_NAME=first ./one x; TEST_NAME=second ./one y
    TEST_NAME=third ./fine; TEST_NAME=fourth ./fine z; TEST_NAME=fifth ./two'
is "each test of a suite has its defects, whoever was held" \
    "$(jq -c '[.tests[] | [.test, (.causes | length)]] | sort' reach/findings.json)" \
    '[["fifth",2],["first",1],["fourth",0],["second",1],["third",0]]'
is "... and each defect its commands" \
    "$(jq -c '[.findings[] | [.injection.size, .commands_in_all]] | sort' reach/findings.json)" '[[20,3],[21,1]]'

# Two programs have a main.c each, which break in the same line of the same function.
for folder in left right; do
    mkdir $folder
    printf '#include <stdlib.h>\nint main(void) { %s; %s }\n' "int *block = malloc(${#folder})" \
        'if (!block) { for (volatile int i = 1; i;) {} } return 0;' >$folder/hangs.c
    printf '#include <stdlib.h>\nint main(void) { %s; return 0; }\n' \
        "int *block = malloc(${#folder}); *block = 1" >$folder/main.c
    for source in main hangs; do
        (cd $folder && ${CC:-cc} -g -O0 -fno-builtin -o $source $source.c) || exit 1
        "$MF_RUN" -q -o "$folder.$source" --timeout 300ms $folder/$source
    done
done
"$MF_RUN" merge -q -o mains left.main right.main left.hangs right.hangs
is "a line of one main.c is not that of another" \
    "$(jq -c '[.findings[] | [.outcome, .injection.size]] | sort' mains/findings.json)" \
    '[["crashed",4],["crashed",5],["hung",4],["hung",5]]'
is "... not even by a signature" \
    "$(jq -c '[.findings[].signatures[]] | length == (unique | length)' mains/findings.json)" true
"$MF_RUN" suite -q -o mains.suite sh -c 'left/main; right/main'
is "... nor in a suite" "$(jq '.findings | length' mains.suite/findings.json)" 2

# Formats.
for format in text json junit sarif html github; do
    ok "$format is drawn of it" "$MF_RUN" report all --format $format -o "all.$format"
done
is "SARIF: a result names its tests" \
    "$(jq -c '.runs[0].results[].properties.tests' all.sarif | sort)" \
    '["./two"]
["test a","test b","./two"]'
like "GitHub: so does an annotation" "$(cat all.github)" '%0Ain: test a, test b, ./two%0A'
like "... and what is missing is a warning" "$("$MF_RUN" report some -f github)" \
    '^::warning title=mallocfail::not all was tested: 9 of 10 failures tried$'
page=$(cat all.html)
like "HTML: by test" "$page" '<h2 id="tests">By test</h2>.*3 of 4 tests reach a defect.*<td id="test-1">'
like "... with the defects of each" "$page" 'href="#finding-1".*href="#finding-1".*href="#finding-2"'
like "... by cause" "$page" '<h2 id="findings">By cause</h2>'
like "... with the tests of each" "$page" '<summary>3 tests of one, two</summary>.*<a href="#test-3">'
like "... by file" "$page" '<h2 id="files">By file</h2>.*shared.c'
unlike "... without a script" "$page" '<script'
jq '.tests[0].outcomes = {crashed: 2, tolerated: 1}' all/findings.json >turned.json
like "... and what happened to a test in the order of the legend" "$("$MF_RUN" report turned.json -f html)" \
    '<td>1 tolerated, 2 crashed<span'
like "... and what was cut short" "$("$MF_RUN" report some -f html)" \
    '<dt>Cut short</dt>.*./one c \(1 of 2 failures tried\)'
if have xmllint; then
    sed 1d all.html >all.xhtml
    ok "... as XML, too" xmllint --noout all.xhtml
fi
"$MF_RUN" report some -f junit -o some.junit
"$MF_RUN" report suite.out -f junit -o suite.junit
like "JUnit: the count of defects is told once" "$(cat all.junit)" '<property name="defects" value="2">'
like "... and of the tests that come to each" "$(cat all.junit)" '<property name="defect.1" value=".* \(3 tests\)">'
like "... and what was left" "$(cat some.junit)" '<property name="extent" value="9 of 10 failures tried">'
is "... and the whole of it stands once" "$(grep -c 'described in full at the test test a' all.junit)" 2
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import junitparser' 2>/dev/null; then
        is "junitparser reads a case for each test" "$("$python" -c '
import sys
from junitparser import JUnitXml
for name in sys.argv[1:]:
    read, counted = (JUnitXml.fromfile(name) for _ in range(2))
    counted.update_statistics()
    for one in "tests", "failures", "errors", "skipped":
        assert getattr(read, one) == getattr(counted, one), one
    for suite in read:
        for case in suite:
            print(case.classname, case.name, *(type(one).__name__ for one in case.result))
' all.junit some.junit suite.junit)" "one test a Failure
one test b Failure
two ./two Failure
fine ./fine
one ./one c Failure
two ./two Failure
fine ./fine
one three Failure
fine ./fine"
        break
    fi
done
# The same command in different directories: texts say which.
mkdir here there
cp two here/test
cp two there/test
for run in first second third; do
    "$MF_RUN" suite -o "$run.run" sh -c '(cd here; ./test); (cd there; ./test)' >out 2>err
done
place=$(pwd -P)
like "one command in two directories has its directory" "$(cat err)" \
    "^    in      ./test \(in $place/here\), and 1 more command"
is "... in reports, too" "$("$MF_RUN" report third.run | grep -c "^    2  ./test (in $place/t*here)")" 2
unlike "... and none where it is the only one" "$("$MF_RUN" report all)" '\(in /'

# Several runs of one suite are counted and summed up, each once.
"$MF_RUN" suite -q -o other.run sh -c './two; ./two' >out 2>err
"$MF_RUN" merge -q -o runs.out first.run second.run other.run >out 2>err
like "three suites are three, where two are alike" "$("$MF_RUN" report runs.out)" '^mallocfail: 3 suites, joined'
"$MF_RUN" merge -q -o runs.out first.run second.run first.run >out 2>err
"$MF_RUN" merge -q -o runs.out runs.out third.run >out 2>err
like "... and where all are, all their processes are told" "$("$MF_RUN" report runs.out)" \
    '^mallocfail: 3 runs of the suite ended after .* s in all, with exit status 0; 6 processes were tested'

for python in python3 /usr/bin/python3; do
    if "$python" -c 'import jsonschema' 2>/dev/null; then
        for document in all again some both suite.out runs.out; do
            ok "$document is valid" "$python" "$MF_SOURCE/tests/validate.py" \
                "$MF_SOURCE/schemas/findings.schema.json" "$document/findings.json"
        done
        is "the schema knows all of it" "$("$python" "$MF_SOURCE/tests/validate.py" --unknown \
            "$MF_SOURCE/schemas/findings.schema.json" all/findings.json both/findings.json runs.out/findings.json | sort -u)" ''
        break
    fi
done
plan
