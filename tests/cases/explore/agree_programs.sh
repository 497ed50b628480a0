#!/bin/sh
# SPDX-License-Identifier: MIT
# In place as fresh, over many programs: signals, timers, temporary files, shared memory, own
# handlers, several processes. What two fresh explorations disagree about is not held against
# either.
# shellcheck source=tests/tap.sh
# shellcheck disable=SC2016 # programs in quotes, for other interpreters
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# The first programs are tried always, all of them by check --full.
limit=8
[ -z "${MF_FULL:-}" ] || limit=1000
points=sample:${MF_AGREE_POINTS:-16}
number=0
# Else its hashes, and so its allocations, are others in each run.
export PERL_HASH_SEED=0
differ=0

# ends WAY: a line for each trial: mode, stack, outcome, and the status unless it crashed or
# hung: a bad pointer that is freed is a fault or an abort by chance, and output without end
# is cut off by its size or by the time-out, whichever a busy machine reaches first.
ends() {
    jq -r '.trials[] | (if .outcome == "crashed" or .outcome == "hung" then 0
        else .wait_status end) as $status |
        "\(.mode) \(.number) \(.stack_id) \(.outcome) \($status)"' \
        "$1/findings.json" 2>/dev/null | sort
}

# explored NAME WAY PROGRAM…: explore into a directory of that name.
explored() {
    explored_name=$1 explored_way=$2
    rm -rf "$1"
    shift 2
    timeout 300 "$MF_RUN" -q -o "$explored_name" --strategy "$explored_way" \
        --points "$points" --seed 7 -- "$@" >out 2>err
    ends "$explored_name" >"$explored_name.list"
}

# agrees PROGRAM…: in place it does what it does fresh.
agrees() {
    have "$1" || return 0
    number=$((number + 1))
    [ "$number" -le "$limit" ] || return 0
    explored in-place in-place "$@"
    explored fresh fresh "$@"
    if [ -s in-place.list ] && ! cmp -s in-place.list fresh.list; then
        # What fresh trials say twice must be what is said in place, of the same points: those
        # of a program that allocates in another order each time are others in each sample.
        explored again fresh "$@"
        comm -12 fresh.list again.list >sure.list
        awk '{ point = $1 " " $2 " " $3 }
            FILENAME == "in-place.list" { said[point] = $0; next }
            (point in said) && said[point] != $0' in-place.list sure.list >differing.list
        [ "$(wc -l <in-place.list)" = "$(wc -l <fresh.list)" ] ||
            echo "not as many trials in place as fresh" >>differing.list
    else
        : >differing.list
    fi
    echo "# $*: $(wc -l <in-place.list) trials," \
        "$(jq .in_place in-place/findings.json 2>/dev/null) of them in place"
    if [ -s differing.list ]; then
        fail "$*: in place as fresh"
        diag "fresh twice, in place otherwise" "$(head -n 10 differing.list)"
        differ=$((differ + 1))
    else
        pass "$*: in place as fresh"
    fi
}

printf '<a><b x="1">t</b></a>\n' >t.xml
printf '{"a":[1,2]}\n' >t.json
printf 'int f(void){return 1;}\n' >t.c
printf 'b\na\nc\n' >t.txt
printf '%%%%\nx return 1;\n%%%%\n' >t.l
printf 'digraph { a -> b }\n' >t.dot
mkdir d && cp t.txt d

agrees jq .a t.json
agrees sqlite3 :memory: .tables
agrees xmllint --noout t.xml
agrees mawk '{print $1}' t.txt
agrees git --version
agrees file t.c
agrees perl -e 'print sort qw(b a)'
agrees sort t.txt
agrees lua5.4 -e 'print(#{1,2})'
agrees bc --version
agrees gawk '{print NR}' t.txt
agrees flex -o lex.out.c t.l
agrees python3 -c 'print(1)'
agrees curl --version
agrees grep -r a d
agrees sed -n p t.txt
agrees find d -name '*.txt'
agrees tar -cf t.tar d
agrees gzip -c t.txt
agrees diff t.txt t.c
agrees ls -l d
agrees bash -c 'echo $((1+2)); x=(a b); echo ${x[1]}'
agrees dash -c 'for i in 1 2; do echo $i; done'
agrees make -f /dev/null -n
agrees openssl version
agrees systemd-analyze --version
agrees nginx -t
agrees redis-server --version
agrees node --version
agrees ruby -e 'puts 1'
agrees php -r 'echo 1;'
agrees dot -V
agrees cpp t.c
agrees ld --version
agrees objdump -h /bin/true
agrees readelf -h /bin/true
agrees nm -D /bin/true
agrees m4 --version
agrees ps -p 1
agrees id
agrees date +%Y
agrees xz --version
agrees zip -q - t.txt
agrees unzip -v
agrees tmux -V
agrees screen --version
agrees strace -V
agrees gdb --version
agrees cmake --version
agrees ip -V
agrees ss -V
agrees tcsh -c 'echo hi'
agrees zsh -c 'echo hi'
agrees mandoc -T lint t.txt
agrees groff --version
agrees qpdf --version
agrees rsync --version
agrees ssh -V
agrees wget --version
agrees less --version
agrees nano --version
agrees vim --version
agrees tcc -v
agrees valgrind --version
is "programs that differ" "$differ" 0
plan
