#!/bin/sh
# SPDX-License-Identifier: MIT
# Reproducers of explorations: a finding comes back in the circumstances it was found in,
# and where it does not, the reason is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
victim=$MF_TARGETS/explore_victim

# explored OPTION… -- PROGRAM…: explore, and name the only finding's reproducer.
explored() {
    rm -rf found
    "$MF_RUN" -q -o found --mode once "$@" >std 2>told
    reproducer=found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json
}

# circumstance FILTER: of the reproducer's run.
circumstance() {
    jq -c ".reproduces.run|$1" "$reproducer"
}

explored -- "$victim" wrong
says 0 'stdout, line 2 \(byte 6\)' "wrong output comes back, with the place" \
    "$MF_RUN" replay "$reproducer"
like "what was wanted there" "$(cat err)" 'expected +second$'
like "what came" "$(cat err)" 'got +\(nothing more\)$'
is "what the program wrote is printed" "$(cat out)" first
is "the place is in the results" \
    "$(jq -c '.findings[0].difference|[.where,.line,.offset,.wanted]' found/findings.json)" \
    '["stdout",2,6,"second"]'
says 1 'compared with clean runs, this one was tolerated' "a program that is mended" \
    "$MF_RUN" replay "$reproducer" -- "$MF_TARGETS/writer" lines file
rm -f file

explored --timeout 1s -- "$victim" hang
status_is 0 "a hang comes back" "$MF_RUN" replay -q "$reproducer"
ok "in the time it had" test "$(circumstance .timeout_ms)" -lt 2000
explored --timeout 1s -- "$victim" runaway
says 0 'that was the beginning of [0-9]+ bytes' "so does output without end" \
    "$MF_RUN" replay "$reproducer"
like "which is called that" "$(tail -n 30 err)" 'hung: spinning'

echo go >input
explored --input input -- "$victim" input
is "the input is recorded" "$(circumstance .input)" '"input"'
status_is 0 "and read again" "$MF_RUN" replay -q "$reproducer"
says 1 'did not come back' "another one can be given" \
    "$MF_RUN" replay --input /dev/null "$reproducer"
rm input
says 125 "cannot (read|run).*input" "one that is gone is missed" "$MF_RUN" replay -q "$reproducer"

explored --scratch --watch file -- "$MF_TARGETS/writer" lines file
says 0 'file' "a watched file that differs" "$MF_RUN" replay "$reproducer"
like "is named" "$(cat err)" 'differs file'
status_is 1 "nothing is written here" test -e file
explored --prepare 'echo before >file' --watch file -- "$MF_TARGETS/writer" append file
is "what prepares it is recorded" "$(circumstance .prepare)" '"echo before >file"'
status_is 0 "and done again" "$MF_RUN" replay -q "$reproducer"
says 125 'the command of --prepare failed' "another one can be given, too" \
    "$MF_RUN" replay -q --prepare false "$reproducer"

# What a handler of the program's own makes good ends a trial all the same.
cat >caught.c <<'EOF'
#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static sigjmp_buf back;
static int lived_with;
static void leave(int number) {
    siglongjmp(back, number);
}
static void end(int number) {
    (void)number;
    _exit(0);
}
static char *null(void) {
    return (char *)(long)lived_with;
}
int main(int argc, char **argv) {
    signal(SIGSEGV, leave);
    signal(SIGABRT, end);
    // Faults that clean runs have, too, before and after.
    for (lived_with = 0; lived_with < 12; lived_with++) {
        if (!sigsetjmp(back, 1)) {
            *null() = 1;
        }
    }
    char *block = malloc(10);
    if (argc > 1) {
        assert(block);
    } else if (!sigsetjmp(back, 1)) {
        *block = 1;
    }
    for (lived_with = 0; lived_with < 12; lived_with++) {
        if (!sigsetjmp(back, 1)) {
            *null() = 1;
        }
    }
    free(block);
    (void)argv;
    return 0;
}
EOF
${CC:-cc} -g -O0 -fno-builtin-malloc -o caught caught.c || exit 1
explored -- ./caught
status_is 0 "a fault that a handler leaves comes back" "$MF_RUN" replay -q "$reproducer"
explored -- ./caught assertion
status_is 0 "so does an assertion whose abort ends the program well" "$MF_RUN" replay -q "$reproducer"
status_is 1 "but no other finding does" "$MF_RUN" replay -q "$reproducer" -- ./caught

# In gdb, which is another program here: it prints its arguments, one a line.
mkdir bin
cat >bin/gdb <<'EOF'
#!/bin/sh
printf '%s\n' "$@"
EOF
chmod +x bin/gdb
# in_gdb OPTION…: replay in that.
in_gdb() {
    env PATH="$PWD/bin:$PATH" "$MF_RUN" replay --gdb "$@"
}
echo go >'in put'
explored --input 'in put' --prepare 'echo ready' -- "$victim" input
ok "gdb is opened" in_gdb "$reproducer"
like "the library and the policy are the program's alone" "$(cat out)" \
    "^set exec-wrapper env LD_PRELOAD=.*libmallocfail.so MALLOCFAIL_POLICY=/.*/$reproducer\$"
like "it has its arguments and its input" "$(cat out)" "^set args input <'in put'\$"
like "what prepares it is done before" "$(grep -x -B 2 run out)" '^shell echo ready$'
is "it is the program" "$(tail -n 2 out)" "--args
$victim"
LD_PRELOAD=libm.so.6 in_gdb "$reproducer" >out 2>err
like "the user's own preloads stay" "$(cat out)" ' LD_PRELOAD=[^ ]*libmallocfail.so:libm.so.6 '
ok "arguments can be given anew" in_gdb "$reproducer" -- "$victim" one 'two three'
like "for a shell" "$(cat out)" "^set args one 'two three' <"
printf '#!/bin/sh\nexit 0\n' >script
chmod +x script
says 125 "is a script, which gdb cannot run: .*'mallocfail replay --gdb [^ ]+ /bin/sh [^ ]+'" "a script is no program for gdb" \
    in_gdb "$reproducer" -- ./script
says 125 'cannot run gdb: No such file' "there may be no gdb" \
    env PATH=/no/such "$MF_RUN" replay --gdb "$reproducer"
says 125 'cannot be combined with --allocator' "the reproducer says which allocator" \
    in_gdb --allocator pages "$reproducer"
explored -- "$victim" null
if have gdb; then
    "$MF_RUN" replay --gdb "$reproducer" </dev/null >out 2>err
    like "a real one stops where the allocation fails" "$(cat out)" '^#0 .*mallocfail_injected'
    like "with the caller below" "$(tr "\n" " " <out)" ' null \(\) +at [^ ]*explore_victim.c'
else
    skip "a real one" "no gdb"
fi

# What is no reproducer.
echo '{' >broken.json
rule '"nth":1' >policy.json
jq 'del(.reproduces.arguments)' "$reproducer" >nameless.json
says 125 'no reproducer given' "no file" "$MF_RUN" replay
says 125 "cannot read the reproducer '/no/such'" "no such file" "$MF_RUN" replay /no/such
says 125 "cannot read the reproducer 'broken.json': it is not JSON" "no JSON" "$MF_RUN" replay broken.json
says 125 'is a policy, not a reproducer' "a policy" "$MF_RUN" replay policy.json
says 125 'does not name a program: give one after' "one without a program" "$MF_RUN" replay nameless.json
status_is 0 "which can be given" "$MF_RUN" replay -q nameless.json -- "$victim" null
status_is 0 "in any time there is" "$MF_RUN" replay -q --timeout 5s "$reproducer"
says 125 'timeout takes 500ms, 10s, 2m or 1h, not .soon' "but no other" "$MF_RUN" replay --timeout soon "$reproducer"
says 127 'cannot run' "a program that is gone" "$MF_RUN" replay "$reproducer" -- /no/such
plan
