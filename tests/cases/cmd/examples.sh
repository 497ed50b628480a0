#!/bin/sh
# SPDX-License-Identifier: MIT
# Each command, policy and piece of C that README and the manual pages show is run as it is
# printed. What comes out is held against the text by readme.sh; here it has to work.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

unset TESTS
(cd "$MF_BUILD" && make -s install prefix="$tap_home/inst") >install.log 2>&1 || { cat install.log && exit 1; }
mkdir bin work && cd work || exit 1
PATH=$tap_home/inst/bin:$tap_home/bin:$PATH CPATH=$tap_home/inst/include
export PATH CPATH

# What the examples speak of: ./prog with a libfoo.so, keys.c, a suite, a server, and so on.
cat >foo.c <<'END'
#include <stdlib.h>
#include <string.h>
char *foo(const char *name) {
    free(malloc(5000));
    return strdup(name);
}
END
cat >prog.c <<'END'
#include <stdio.h>
#include <stdlib.h>
char *foo(const char *name);
struct list { struct list *next; } *first;
int main(void) {
    for (int i = 0; i < 120; i++) {
        struct list *fresh = malloc(sizeof(*fresh));
        fresh->next = first;
        first = fresh;
    }
    char *name = foo("prog");
    puts(name ? name : "nobody");
    free(name);
    return 0;
}
END
cat >server.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 2000; i++) {
        void *volatile block = malloc(1024);
        free(block);
        usleep(10000);
    }
    return 0;
}
END
cp "$MF_SOURCE"/examples/*.c "$MF_SOURCE"/examples/queue/*.[ch] "$MF_SOURCE"/examples/queue/Makefile . && chmod u+w ./*
mkdir examples include && cp ./*.c examples && cp "$MF_SOURCE/include/mallocfail.h" include &&
    cp -r "$MF_SOURCE/policies" . && cp policies/fail-nth.json policy.json && cp policy.json p.json
"${CC:-cc}" -g -shared -fPIC -o libfoo.so foo.c && "${CC:-cc}" -g -o prog prog.c ./libfoo.so &&
    "${CC:-cc}" -o "$tap_home/bin/nginx" server.c && "${CC:-cc}" -g -Iinclude -o test unit.c &&
    "${CC:-cc}" -g -o keys keys.c && cp keys.c fuzz.c "$tap_home" || exit 1
printf '#!/bin/sh\ncat\n' >"$tap_home/bin/flamegraph.pl" && chmod +x "$tap_home/bin/flamegraph.pl"
printf '#!/bin/sh\nexec %s serve redis\n' "$MF_TARGETS/daemon" >"$tap_home/bin/redis-server"
printf '#!/bin/sh\n%s ask redis handled && echo PONG OK\n' "$MF_TARGETS/daemon" >"$tap_home/bin/redis-cli"
chmod +x "$tap_home"/bin/redis-*
printf '{ "a": [1, 2, {"b": null}] }\n' >file.json
git init -q . 2>/dev/null
mallocfail -q -o oom/keys ./keys
mallocfail -q -o found --baseline known.json --update-baseline ./prog

# text PAGE: a manual page as it is read, without breaking its lines.
text() {
    if have mandoc; then
        mandoc -Tascii -O width=250 "$1"
    else
        groff -mdoc -Tascii -rLL=250n "$1"
    fi | sed "s/.$(printf '\010')//g; s/$(printf '\033')\[[0-9;]*m//g"
}

# fuzzes: whether clang has libFuzzer, which can be a package of its own.
fuzzes() {
    echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >fuzzes.c
    clang -fsanitize=fuzzer,address -o fuzzes fuzzes.c 2>/dev/null
}

# without LINE: why a command is not run here; nothing where it is.
without() {
    case $1 in
    *sbatch*) echo "arrays.sh runs it" ;;
    *musl-gcc* | 'make install-exec'*) echo "ports.sh does so" ;;
    *clang*=fuzzer*) fuzzes || echo "no clang with libFuzzer" ;;
    *clang*) have clang || echo "no clang" ;;
    *-fsanitize=* | *./fuzz*) [ -x fuzz ] || echo "no libFuzzer" ;;
    *parallel*) have parallel || echo "no parallel" ;;
    *part-\**) have parallel || echo "no parallel" ;;
    *valgrind*) have valgrind || echo "no valgrind" ;;
    *--gdb*) have gdb || echo "no gdb" ;;
    *git*) have git || echo "no git" ;;
    *jq*) have jq || echo "no jq" ;;
    esac
}

# first_of FILE...: the first one's name.
first_of() {
    printf '%s' "$1"
}

# run_it COMMAND: in this shell, so that $! is known to the next one. No example may end by
# 2, 124 or more, but for the signals that a defect ends with.
run_it() {
    run_why=$(without "$1")
    if [ -n "$run_why" ]; then
        skip "$run_page: $1" "$run_why"
        return
    fi
    # Names that each run chooses anew.
    run_command=$(echo "$1" | sed "s,mallocfail\.trace\.[0-9]*,$(first_of mallocfail.trace.*),
        s,crash-[0-9a-f]*,$(first_of crash-*),; s,check \*\.json,check policies/*.json,")
    eval "$run_command" >"$tap_home/out" 2>"$tap_home/err" </dev/null
    run_status=$?
    case $run_status:$1 in
    0:* | 1:mallocfail* | [123]:parallel* | 128:*git* | 134:*jq* | 134:*run*./unit | 134:*run*./test | \
        [17]*:*./fuzz* | 139:mallocfail*' -p '* | 139:*--policy* | 139:*--nth* | 139:LD_PRELOAD*)
        pass "$run_page: $1"
        ;;
    *)
        fail "$run_page: $1"
        diag "ended with" "$run_status"
        diag output "$(cat "$tap_home/out" "$tap_home/err" | head -n 20)"
        ;;
    esac
    case $1 in *'&') until_true sh -c "mallocfail ctl $! --status | grep -q process" ;; esac
}

# run_all PAGE: each line of the standard input.
run_all() {
    run_page=$1
    run_count=0
    while IFS= read -r run_line <&3; do
        run_count=$((run_count + 1))
        run_it "$run_line"
    done 3<"$tap_home/lines"
}

# Commands begin with "$ "; a backslash goes on in the next line.
commands() {
    sed -n -e ':more
        /^ *\$ /!d
        s/^ *\$ //
        :join
        /\\$/{
            N
            s/\\\n */ /
            b join
        }
        s,/usr/local/lib/,'"$tap_home"'/inst/lib/,
        p'
}

for page in README mallocfail.1 mallocfail-policy.5 libmallocfail.3; do
    if [ $page = README ]; then
        commands <"$MF_SOURCE/README" >"$tap_home/lines"
    elif have mandoc || have groff; then
        text "$MF_SOURCE/man/$page" | commands >"$tap_home/lines"
    else
        skip "examples of $page" "neither mandoc nor groff"
        continue
    fi
    ok "$page has examples" test -s "$tap_home/lines"
    [ $page != libmallocfail.3 ] || { mkdir -p corpus && printf '\010\010one two three' >corpus/words; }
    run_all $page
    # shellcheck disable=SC2046 # numbers of processes
    kill $(jobs -p) 2>/dev/null
done

# The tour: commands with their meaning behind them.
mallocfail run "$tap_home/bin/nginx" 2>/dev/null &
server=$!
until_true sh -c "mallocfail ctl $server --status | grep -q process"
again=$(for found in mallocfail-out/reproducers/*; do echo "$found"; done | head -n 1)
sed -n '/^A tour/,/^The sections/s/^    \(mallocfail .*[^ ]\)   *.*$/\1/p' "$MF_SOURCE/README" |
    sed "s,ctl PID,ctl $server,; s,replay FILE,replay $again," >"$tap_home/lines"
ok "README has a tour" test -s "$tap_home/lines"
./prog >/dev/null && mallocfail -q ./keys >/dev/null
run_all tour
kill $server 2>/dev/null

# Policies and C in manual pages: what stands apart.
have mandoc || have groff || {
    skip "policies and C" "neither mandoc nor groff"
    plan
    exit
}
# blocks PAGE FIRST LAST: block-1, block-2 and so on, from a line to the next other one.
blocks() {
    rm -f block-*
    text "$MF_SOURCE/man/$1" | awk -v first="$2" -v last="$3" '
        !inside && $0 ~ first { inside = 1; number++ }
        inside { print > ("block-" number) }
        inside && $0 ~ last { inside = 0; close("block-" number) }'
}
blocks mallocfail-policy.5 '^ *[{] *("version|$)' '^ *($|[^ ].*[]] *[}]$|[}]$)'
for policy in block-*; do
    ok "policy $policy of mallocfail-policy(5) is one" mallocfail check "$policy"
done
is "all are looked at" "$(find . -name 'block-*' | wc -l)" \
    "$(text "$MF_SOURCE/man/mallocfail-policy.5" | grep -c '^ *[{].*"version"\|^ *[{]$')"

# The C of libmallocfail(3): a program, a fuzzer's target, and a call.
page=$(text "$MF_SOURCE/man/libmallocfail.3")
cat >thing.h <<'END'
#include <stdlib.h>
struct thing { int size; };
static struct thing *thing_new(void) { return malloc(sizeof(struct thing)); }
static void thing_free(struct thing *thing) { free(thing); }
END
printf '%s\n' "$page" | awk '/#include <assert/ { inside = 1 } inside { print } inside && /^ *}$/ && ++ends == 3 { exit }' >example.c
ok "libmallocfail(3): the program compiles" "${CC:-cc}" -Werror -Wall -g -Iinclude -include ./thing.h -o example example.c
ok "... and survives" mallocfail run -q ./example
printf '%s\n' "$page" | awk '
    /^ *MALLOCFAIL_EACH\(n\) [{]/ { text = ""; inside = 1 }
    inside { text = text $0 "\n"; depth += gsub(/[{]/, "{"); depth -= gsub(/[}]/, "}"); inside = depth > 0 }
    END { printf "%s", text }' >live.inc
cat >live.c <<'END'
#include <assert.h>
#include <mallocfail.h>
int main(void) {
#include "live.inc"
    return 0;
}
END
like "the loop that counts live blocks is there" "$(cat live.inc)" mallocfail_live_begin
ok "... compiles" "${CC:-cc}" -Werror -Wall -g -Iinclude -include ./thing.h -o live live.c
ok "... and holds" mallocfail run -q ./live
printf '%s\n' "$page" | awk '/LLVMFuzzerTestOneInput/ { inside = 1 } inside { print } inside && /^ *}$/ { exit }' >target.c
cat >target.h <<'END'
#include <mallocfail.h>
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void parse(const uint8_t *data, size_t size) { free(data[0] ? malloc(size) : NULL); }
END
ok "the fuzzer's target compiles" "${CC:-cc}" -Werror -Wall -Iinclude -include ./target.h -c target.c
printf '%s\n' "$page" | awk '/^ *mallocfail_policy\(MALLOCFAIL_PROCESS,/ { inside = 1 } inside { print } inside && /mallocfail_stop/ { exit }' >call.inc
cat >call.c <<'END'
#include <assert.h>
#include <mallocfail.h>
#include <stdlib.h>
static int failed;
static void test_the_cache(void) { void *volatile block = malloc(5000); failed = !block; free(block); }
int main(void) {
#include "call.inc"
    return failed ? 0 : 1;
}
END
ok "the call of mallocfail_policy() compiles" "${CC:-cc}" -Werror -Wall -Iinclude -o call call.c
ok "... and its policy holds" mallocfail run -q ./call
plan
