#!/bin/sh
# SPDX-License-Identifier: MIT
# What THREATS promises: nothing in set-user-ID processes, nothing that other users see or
# can turn elsewhere, nothing that files of others can make the runner write, read or say.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim
always=$(rule '"nth":1')
escape=$(printf '\033')

# A place that everybody can enter, whoever may enter that of the build.
open=$(mktemp -d /tmp/mallocfail-test.XXXXXX)
trap 'rm -rf "$open"; cd / && chmod -R u+w "$tap_home" && rm -rf "$tap_home"' EXIT
chmod 755 "$open"
install -m 755 "$MF_LIB" "$MF_RUN" "$open"
install -m 755 "$victim" "$open/victim"

# as USER COMMAND…: run it as another user, without root's rights.
as() {
    as_user=$1
    shift
    setpriv --reuid="$as_user" --regid="$(id -g "$as_user")" --clear-groups -- "$@"
}
rooted=
if [ "$(id -u)" = 0 ] && have setpriv && as nobody test -x "$open" 2>/dev/null; then
    rooted=yes
fi

# needs_root DESCRIPTION…: skip these, and say so, where nobody can be anybody else.
needs_root() {
    [ "$rooted" ] && return 0
    for needs_what in "$@"; do
        skip "$needs_what" "only root can be other users"
    done
    return 1
}

# Every promise in THREATS has its test, by name.
grep -E '^ +tests/[a-z/_.]+: ' "$MF_SOURCE/THREATS" | sed 's/^ *//' >promised
while IFS= read -r line; do
    grep -qF -e "${line#*: }" "$MF_SOURCE/${line%%: *}" || echo "$line"
done <promised >unkept
is "every test that THREATS names exists" "$(cat unkept)" ''
ok "THREATS names tests at all" test "$(wc -l <promised)" -ge 20

# 1. Set-user-ID. The loader ignores LD_PRELOAD there; one that is linked to the library
# comes to the library's own check.
secured() {
    as nobody env MALLOCFAIL_POLICY="$always" MALLOCFAIL_TRACE="$open/shared/secure.trace" \
        "$@" >/dev/null 2>err.secure
}
mkdir "$open/shared" && chmod 1777 "$open/shared"
linked='a program linked to the library is reached by it'
setuid='the library sleeps in a set-user-ID program'
capable='the library sleeps in a program with file capabilities'
untraced='and records nothing there'
refused='the runner refuses a set-user-ID program'
if needs_root "$linked" "$setuid" "$capable" "$untraced" "$refused"; then
    if "${CC:-cc}" -g -fno-builtin -o "$open/linked" "$MF_SOURCE/tests/targets/explore_victim.c" \
        -pthread -Wl,--no-as-needed "$open/libmallocfail.so" 2>/dev/null; then
        secured "$open/linked" null
        is "$linked" $? 139
        rm -f "$open"/shared/*
        chmod 4755 "$open/linked"
        secured "$open/linked" null
        is "$setuid" "$? $(cat err.secure)" '0 '
        is "$untraced" "$(ls "$open/shared")" ''
        chmod 755 "$open/linked"
        if have setcap && setcap cap_net_raw+ep "$open/linked" 2>/dev/null; then
            secured "$open/linked" null
            is "$capable" "$? $(cat err.secure)" '0 '
        else
            skip "$capable" "no setcap, or no file system that keeps them"
        fi
    else
        skip "$linked" "no compiler"
    fi
    install -m 4755 "$victim" "$open/setuid"
    says 125 'set-user-ID' "$refused" as nobody "$open/mallocfail" run -p "$always" -- \
        "$open/setuid" null
fi

# 2. The channel: a memory file without a name, for its user alone.
hidden='another user cannot reach the channel'
mode='channel and outputs are of mode 0600'
unnamed='nothing of a run has a name in /dev/shm'
mkfifo go
# A test beside this one has a named semaphore for a moment.
names() { ls -A -I "sem.held_*" /dev/shm; }
before=$(names)
# shellcheck disable=SC2016
"$MF_RUN" -q --policy "$NEVER" -- sh -c 'echo "$MALLOCFAIL_CHANNEL" >channel; read -r line <go' &
until_true test -s channel
runner=$(sed 's/^0*\([0-9]*\)\/.*/\1/' channel)
number=$(sed 's/.*\/0*//' channel)
is "$mode" "$(stat -Lc %a "/proc/$runner/fd/$number")" 600
is "$unnamed" "$(names)" "$before"
like "it is a memory file" "$(readlink "/proc/$runner/fd/$number")" '^/memfd:.*\(deleted\)$'
echo >go
wait
if needs_root "$hidden"; then
    mkfifo "$open/go"
    chmod 666 "$open/go"
    # shellcheck disable=SC2016
    as nobody "$open/mallocfail" -q --policy "$NEVER" -- \
        sh -c 'echo "$MALLOCFAIL_CHANNEL" >"$0/shared/channel"; read -r line <"$0/go"' "$open" &
    until_true test -s "$open/shared/channel"
    runner=$(sed 's/^0*\([0-9]*\)\/.*/\1/' "$open/shared/channel")
    number=$(sed 's/.*\/0*//' "$open/shared/channel")
    is "$hidden" "$(as daemon head -c 1 "/proc/$runner/fd/$number" 2>/dev/null | wc -c) $(
        as nobody head -c 1 "/proc/$runner/fd/$number" | wc -c)" '0 1'
    echo >"$open/go"
    wait
fi

# 3. Shared folders: names of ours lead nowhere else.
precious=$tap_home/precious
keep() {
    rm -rf "$precious" && mkdir "$precious" && echo precious >"$precious/file"
}
kept() {
    is "$1" "$(ls -A "$precious") $(cat "$precious/file")" 'file precious'
}
keep
mkdir results && ln -s "$precious/file" results/findings.json
"$MF_RUN" -q -o results -- "$victim" null
kept "findings.json is replaced, and not written through a link"
is "and is there" "$(jq '.findings|length' results/findings.json)" 1
reproducer=$(jq -r '.findings[0].reproducer' results/findings.json)
ln -sf "$precious/file" "results/$reproducer"
"$MF_RUN" -q -o results -- "$victim" null
kept "so are reproducers"
mkdir linked && ln -s "$precious" linked/reproducers
says 125 'cannot write the results' "reproducers/ that is a link is refused" \
    "$MF_RUN" -q -o linked -- "$victim" null
kept "and nothing is written there"
ln -s "$precious" own
status_is 1 "one's own link to a directory is followed" "$MF_RUN" -q -o own -- "$victim" null
keep
planted='a results directory that another user planted is refused'
planted_link='so is a link that another user planted'
planted_merge='merge refuses it, too'
if needs_root "$planted" "$planted_link" "$planted_merge"; then
    as nobody mkdir "$open/shared/out"
    says 125 'choose another --output' "$planted" \
        "$MF_RUN" -q -o "$open/shared/out/" -- "$victim" null
    as nobody ln -s "$precious" "$open/shared/mallocfail-out"
    status=$(cd "$open/shared" && "$MF_RUN" -q -- "$victim" null 2>"$tap_home/err"; echo $?)
    is "$planted_link" "$status $(grep -c 'choose another' err) $(ls -A "$precious")" '125 1 file'
    says 125 'choose another --output' "$planted_merge" \
        "$MF_RUN" merge -q -o "$open/shared/out" results
fi
ln -s "$precious/file" planned.trace
ln -s "$precious/none" dangling.trace
for link in planned dangling; do
    env LD_PRELOAD="$MF_LIB" MALLOCFAIL_TRACE="$PWD/$link.trace" "$victim" good
    is "a trace is not written through a $link link" \
        "$(find . -name "$link.trace.*" | wc -l) $(ls "$precious")" '1 file'
done
kept "what the link leads to is as it was"
says 125 'exists and is not a trace' "the runner's trace replaces traces only" \
    "$MF_RUN" trace -q -o planned.trace "$victim" good
ln -s "$precious/file" named.json
"$MF_RUN" -q -p "$always" --report json:named.json -- "$victim" null
is "a file that the user names by a link is written where that leads" \
    "$(readlink named.json | grep -c precious) $(jq -r .schema "$precious/file")" '1 mallocfail-report'
keep
# shellcheck disable=SC2016
"$MF_RUN" -q --scratch -o scratched --jobs 1 --strategy fresh --max 1 -- \
    sh -c 'pwd >>"$0"; stat -c %a . >>"$0"; exec "$1" good' "$PWD/where" "$victim"
is "scratch directories are for their user alone" "$(sed -n 2p where)" 700
like "and have names that cannot be guessed" "$(sed -n 1p where)" '/mallocfail\.[A-Za-z0-9]{6}'
is "each has another" "$(grep / where | sort | uniq -d)" ''

# 4. What a terminal would obey never comes out, live or later.
evil=$(printf 'x\033]0;owned\007\302\233\342\200\256')
# dirty FILE: what is not fit for a terminal in it.
dirty() {
    # The blocks of histograms are ours.
    LC_ALL=C sed 's/\xe2\x96[\x80-\x9f]//g' "$1" >said
    LC_ALL=C tr -d '\000-\010\013-\037\177-\377' <said >clean
    cmp said clean 2>&1
}
cat >speak.c <<'EOT'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    char *block = malloc(77);
    FILE *file = fopen("watched\033[31m", "w");
    if (file) {
        fputs(block ? "\033[2J" : "\033[3J\302\233", file);
        fclose(file);
    }
    fputs("last words \033]0;owned\007\302\233 \377\n", stderr);
    if (block && argc < 4) {
        block[0] = 1;
    }
    free(block);
    return argc > 2 && argv[2][0] == 's' ? 3 : block ? 0 : *(volatile char *)block;
}
EOT
if "${CC:-cc}" -g -fno-builtin -o "speak${escape}[31m" speak.c 2>/dev/null; then
    for mode in crash status; do
        "$MF_RUN" -o "out${escape}[31m" --watch "watched${escape}[31m" -- "./speak${escape}[31m" "$evil" "$mode" \
            >text 2>&1
        is "explore ($mode): nothing reaches the terminal" "$(dirty text)" ''
    done
    like "the last words are told" "$(cat text)" 'its last message: last words \?\]0;owned'
    "$MF_RUN" -v -p "$(rule '"size":{"min":77,"max":77}')" -- \
        "./speak${escape}[31m" "$evil" crash 2>&1 >/dev/null | sed '/^last words/d' >text
    is "run: nothing reaches the terminal" "$(dirty text)" ''
    like "the program is named" "$(cat text)" 'speak\?\[31m was killed'
    if have bash; then
        again=$(sed -n 's/^ *again  *mallocfail.* -- //p' text)
        is "the command to copy says the same to a shell" \
            "$(bash -c "printf '%s|' $again")" "./speak${escape}[31m|$evil|crash|"
    else
        skip "the command to copy says the same to a shell" "no bash"
    fi
    "$MF_RUN" report "out${escape}[31m" >text 2>&1
    is "report: nothing reaches the terminal" "$(dirty text)" ''
    "$MF_RUN" merge -o "joined${escape}[31m" "out${escape}[31m" >text 2>&1
    is "merge: nothing reaches the terminal" "$(dirty text)" ''
    "$MF_RUN" trace -o "t${escape}[31m" "./speak${escape}[31m" "$evil" >/dev/null 2>text
    sed -i '/^last words/d' text
    "$MF_RUN" histogram "t${escape}[31m" >>text 2>&1
    is "trace and histogram: nothing reaches the terminal" "$(dirty text)" ''
else
    skip "escape sequences" "no compiler"
fi

# The library says it, too, with nobody in between.
for variable in MALLOCFAIL_POLICY MALLOCFAIL_TRACE; do
    env LD_PRELOAD="$MF_LIB" "$variable=no/$evil" "$victim" good 2>text
    is "$variable: nothing reaches the terminal" "$(dirty text)" ''
    like "$variable: it is named" "$(cat text)" '^libmallocfail: .*x\?\]0;owned\?+: '
done
long=$(head -c 3000 /dev/zero | tr '\0' x)
env LD_PRELOAD="$MF_LIB" MALLOCFAIL_POLICY="$long" "$victim" good 2>text
like "what is wrong with a long name is told, on one line" "$(wc -l <text) $(cat text)" \
    '^1 libmallocfail: x+\.\.\.: .*; nothing will fail$'

# 5. A policy says which calls fail, and nothing else.
says 125 'a control character' "nor do the names of its rules reach the terminal" \
    "$MF_RUN" -q -p "$(rule '"name":"a \u001b[31m rule"')" -- "$victim" good
says 125 'include' "a policy cannot name another file" \
    "$MF_RUN" -q -p '{"version":1,"include":"/etc/passwd","rules":[]}' -- "$victim" good
jq --arg run "touch $PWD/owned" '.reproduces.run.prepare=$run' "results/$reproducer" >commands.json
"$MF_RUN" -q -p commands.json -- "$victim" good
MALLOCFAIL_POLICY=commands.json LD_PRELOAD=$MF_LIB "$victim" good
status_is 0 "a policy with a command is valid" "$MF_RUN" check commands.json
status_is 1 "a policy runs no command" test -e owned
"$MF_RUN" replay commands.json 2>text >/dev/null
like "replay shows the command that it runs" "$(cat text)" "before it: touch $PWD/owned"
like "and the program" "$(head -n 1 text)" "says to run: $victim null"
ok "for it does run it" test -e owned

# 6. Results of others: nothing is written beside them, and nothing read for them.
mkdir -p evil/reproducers evil/logs
jq --arg outside ../../outside '.findings+=[.findings[0]|.signature=$outside|.signatures=[$outside]|
    .cause="0000000000000001"|.reproducer="../../outside.json"]' results/findings.json >evil/findings.json
signature=$(jq -r '.findings[0].signature' results/findings.json)
echo stolen >secret.c
ln -s "$PWD/secret.c" "evil/reproducers/$signature.json"
mkfifo "evil/logs/$signature.stdout"
echo '{}' >outside.json
timeout 20 "$MF_RUN" merge -q -o merged evil 2>err
is "merge copies no link and waits for no pipe" "$? $(find merged -type f | sort | tr '\n' ' ')" \
    '1 merged/findings.json '
is "nor anything to elsewhere" "$(find . -name 'outside*')" ./outside.json
mkdir sources
ln -s ../secret.c sources/linked.c
for file in "$PWD/secret.c" "$PWD/sources/../secret.c" "$PWD/sources/linked.c" ../secret.c; do
    jq --arg file "$file" '.findings[0]|=((.frames[0],.crash_site,.injection_site,.injection.frames[0])|=
        (.file=$file|.line=1|.directory="."))' results/findings.json >stealing.json
    "$MF_RUN" report stealing.json -f html --source-root sources -o stealing.html
    is "no source is shown from elsewhere: ${file##*/sec/}" "$(grep -c stolen stealing.html)" 0
done
jq '.arguments=["x"]' results/findings.json >evil/findings.json
says 125 'another program' "an exploration goes on from results of its own program only" \
    "$MF_RUN" -q -o resumed --resume evil -- "$victim" null
jq '.trials[]|=(.number=-1|.status=1e300|.failed="x"|.stack_id={})' results/findings.json >evil/findings.json
status_is 1 "hostile trials count for nothing" \
    "$MF_RUN" -q -o resumed --resume evil -- "$victim" null
printf '{"schema":"mallocfail-baseline","schema_version":1,"known":[{"signatures":[{}],"what":"\\u001b[31m"}]}' >known.json
"$MF_RUN" -o based --baseline known.json -- "$victim" null 2>text
is "a baseline of others is told without escape sequences" "$(dirty text)" ''

plan
