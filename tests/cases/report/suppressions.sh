#!/bin/sh
# SPDX-License-Identifier: MIT
# Suppressions: which defects do not count, and what is told of them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

cat >two.c <<'END'
#include <stdlib.h>
int first(void) { char *block = malloc(10); block[0] = 1; free(block); return 0; }
int second(void) { char *block = malloc(20); block[1] = 1; free(block); return 0; }
int main(void) { return first() + second(); }
END
${CC:-cc} -g -O0 -fno-builtin -o two two.c || exit 1

# tells STATUS PATTERN TITLE OPTION...: explore with these options.
tells() {
    tells_status=$1 tells_pattern=$2 tells_title=$3
    shift 3
    says "$tells_status" "$tells_pattern" "$tells_title" "$MF_RUN" -o res "$@" ./two
}

tells 1 '2 defects' "two defects"
cat >first.supp <<'END'
# A comment, and an entry.
{
    known: we live with it
    outcome: crashed
    broke.function: fir*
}
END
tells 1 'suppressed: known: we live with it: 1 defect, 2 failures' "one suppressed, one left" --ignore first.supp
is "... in findings.json, too" \
    "$(jq -c '[.findings[] | [.suppressed, .defect]] | sort' res/findings.json)" \
    '[[null,true],["known: we live with it",false]]'
cat >both.supp <<'END'
{
    the second
    failed.function: second
    class: null*
}
{
    never
    failed.module: libnothing*
}
END
tells 0 '0 defects' "with both files nothing is left" --ignore first.supp --ignore both.supp
tells 0 'this suppression matched nothing: never' "-v tells of entries that matched nothing" \
    -v --ignore first.supp --ignore both.supp
tells 0 'suppressed: outside of --broke-in: 2 defects' "only what breaks in a library counts" --broke-in 'libc.so*'
tells 1 '2 defects' "... or in the program" --broke-in 'tw?'
tells 0 "warning: --broke-in 'twins' matches no module that allocates" "a slip of the pen there is told" --broke-in twins

"$MF_RUN" --print-suppressions -o res ./two 2>err
sed -n '/^{/,/^}/p' err >printed.supp
is "entries for all are printed" "$(grep -c '^{' printed.supp)" 2
tells 0 '0 defects' "... and suppress them" --ignore printed.supp

cat >file.supp <<'END'
{
    by the name of a file
    broke.file: two.c
    failed.file: t?o.c
}
END
tells 0 'suppressed: by the name of a file: 2 defects' "a file without its directory is a condition" \
    --ignore file.supp
sed 's|two\.c|none/two.c|' file.supp >other.supp
tells 1 '2 defects' "... and one in another directory is another" --ignore other.supp

cat >frames.supp <<'END'
{
    by a frame further out
    broke.frame: ma*
    failed.frame: two:first
}
END
tells 1 'suppressed: by a frame further out: 1 defect' "frames of both stacks are conditions, too" \
    --ignore frames.supp
"$MF_RUN" -q --print-suppressions -o res ./two 2>err
is "entries are printed with -q, too" "$(grep -c '^{' err)" 2

# What comes with mallocfail is found by its name alone.
mkdir -p inst/bin inst/lib/mallocfail inst/share/mallocfail/policies
cp "$MF_RUN" inst/bin/mallocfail
cp "${MF_RUN%/*}/libmallocfail.so" inst/lib/mallocfail
cp -R "$MF_SOURCE/suppressions" inst/share/mallocfail
cp "$MF_SOURCE"/policies/*.json inst/share/mallocfail/policies
says 0 'nothing: glibc: regcomp' "an installed file is found by its name" \
    inst/bin/mallocfail -v -o res --ignore glibc --ignore first.supp --ignore both.supp ./two
for name in fail-nth fail-nth.json; do
    status_is 0 "an installed policy is, too: $name" inst/bin/mallocfail check "$name"
done
tells 125 "cannot read 'glibs'" "one that is not there is named" --ignore glibs
# bad PATTERN: a file with what stdin holds is refused, with its line.
bad() {
    cat >bad.supp
    tells 125 "bad\\.supp:$1" "refused: $1" --ignore bad.supp
}
bad '1: an entry begins with' <<'END'
outcome: crashed
END
bad '3: no condition' <<'END'
{
  name
  otcome: crashed
}
END
bad '2: .*no condition: it would match everything' <<'END'
{
}
END
bad '3: .*no pattern' <<'END'
{
  name
  class:
END
bad "4: the last entry has no '}'" <<'END'
{
  name
  class: *

END
tells 125 "cannot read 'nowhere'" "a file that is not there" --ignore nowhere
# known FILE NAME PROGRAM...: a real program's defect is one that the shipped file has.
known() {
    known_file=$1 known_name=$2
    shift 2
    if ! have "$1"; then
        skip "shipped: $known_name" "no $1"
        return
    fi
    timeout 120 "$MF_RUN" -o res --aborts --ignore "$MF_SOURCE/suppressions/$known_file.supp" \
        -- "$@" >out 2>err
    like "shipped: $known_name" "$(cat err)" "suppressed: $known_file: $known_name"
}
for file in "$MF_SOURCE"/suppressions/*.supp; do
    tells 1 '2 defects' "it is read: ${file##*/}" --ignore "$file"
done
# shellcheck disable=SC2016 # for dash
known dash 'its message that memory is short' dash -c 'echo $(echo a)'
# breaks SIGNAL PROGRAM...: it ends so if one of its first 40 allocations fails, alone or with all
# behind it: tried one by one. A place in getent's own code, which reads a number that it has not
# set, does not count.
breaks() {
    breaks_by=$1
    shift
    for nth in $(seq 40); do
        for members in nth from; do
            timeout 20 "$MF_RUN" run -q -p "$(rule "\"$members\":$nth")" -- "$@" >out 2>err
            [ "$?" != $((128 + breaks_by)) ] || grep -q " is read.* at getent+[^ ]*\$" err ||
                return 0
        done
    done
    return 1
}
# known_here SIGNAL FILE NAME PROGRAM...: the same of a defect that later versions do not have.
known_here() {
    here_signal=$1 here_name=$3
    shift
    here_file=$1
    shift 2
    if have "$1" && ! breaks "$here_signal" "$@"; then
        skip "shipped: $here_name" "the version that is here survives it"
    else
        known "$here_file" "$here_name" "$@"
    fi
}
known_here 11 glibc 'user and group lookups' env LC_ALL=C getent passwd root
known_here 6 glibc 'the reader of nsswitch.conf' env LC_ALL=C getent passwd root
known glibc 'regcomp\(\) frees twice' grep -E '(a|b)+c' /etc/passwd
# A recursion of 428 trials, in an eighth of the usual stack.
# shellcheck disable=SC3045 # It is there wherever this runs.
stack=$(ulimit -Ss) && ulimit -Ss 1024
known_here 11 glib 'g_vasprintf' gdbus introspect --help
# shellcheck disable=SC3045
ulimit -Ss "$stack"
printf 'int main(void) { return 0; }\n' >plain.c
if gcc --coverage -g -o plain plain.c 2>/dev/null; then
    known_here 11 libgcov 'a file.s name' ./plain
else
    skip "shipped: libgcov" "no libgcov"
fi
plan
