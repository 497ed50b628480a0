#!/bin/sh
# SPDX-License-Identifier: MIT
# A whole test suite in one pass: its results stay its own, and each planted defect of its
# programs is found once, with the commands that come to it.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# program NAME: build a program of the suite, with a function that says so before it ends.
program() {
    { cat "$MF_SOURCE/tests/targets/member.h"; cat; } >"$1.c"
    ${CC:-cc} -g -O0 -fno-builtin -o "$1" "$1.c" || exit 1
}

program null <<'END'
int main(int argc, char **argv) {
    char *text = duplicate(argc > 1 ? argv[1] : "nothing");
    char *copy = malloc(20);
    strcpy(copy, text);
    puts(copy);
    free(copy);
    free(text);
    return 0;
}
END
program stuck <<'END'
int main(void) {
    void *block;
    while (!(block = malloc(21))) {}
    free(block);
    puts("stuck: fine");
    return 0;
}
END
program asserts <<'END'
#include <assert.h>
int main(void) {
    void *block = malloc(22);
    assert(block);
    free(block);
    puts("asserts: fine");
    return 0;
}
END
program recursive <<'END'
static void *again(int depth) {
    void *block = malloc(23);
    return block ? block : again(depth + 1);
}
int main(void) {
    free(again(0));
    puts("recursive: fine");
    return 0;
}
END
program twice <<'END'
int main(void) {
    void *block = malloc(24), *other = malloc(25);
    if (!other) {
        free(block);
    }
    free(block);
    free(other);
    puts("twice: fine");
    return 0;
}
END
program right <<'END'
int main(void) {
    char *text = duplicate("right: fine");
    puts(text);
    free(text);
    return 0;
}
END
program reader <<'END'
int main(void) {
    char line[200];
    char *text = duplicate("reader:");
    while (fgets(line, sizeof(line), stdin)) {
        printf("%s %s", text, line);
    }
    free(text);
    return 0;
}
END
program forks <<'END'
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    pid_t pid = fork();
    if (pid == 0) {
        char *block = malloc(26);
        block[0] = 1;
        _exit(0);
    }
    int status;
    void *block = malloc(27);
    while (wait(&status) > 0) {}
    printf("forks: %d %d\n", WIFEXITED(status), wait(&status));
    free(block);
    return 0;
}
END

cat >one.sh <<'END'
#!/bin/sh
./null "$1" && ./null "$1 again" | cat && echo one | ./reader
END
cat >Makefile <<'END'
check: a b c
a: ; @TEST_NAME=first sh ./one.sh word
b: ; @timeout 900 ./stuck; ./asserts; env ./recursive
c: ; @./twice; ./right; setsid ./forks; ./reader <one.sh
END

make -s check >alone.out 2>alone.err
"$MF_RUN" suite --hold 60s -o found -- make -s check >out 2>err
is "a suite with defects ends with 1" "$?" 1
is "what it prints is its own" "$(cat out)" "$(cat alone.out)"
is "nothing else is on its stderr" "$(grep -v '^mallocfail: \|^    \|^$' err)" "$(cat alone.err)"

# at FUNCTION: the outcome and class of the one finding of an allocation there.
at() {
    jq -r --arg place "$1" '.findings[] | select(.injection_site.function == $place) |
        "\(.outcome): \(.class)"' found/findings.json
}

# by SIZE: the same of the allocations of that size.
by() {
    jq -r --argjson size "$1" '[.findings[] | select(.injection.size == $size) |
        "\(.outcome): \(.class)"] | join(" ")' found/findings.json
}

is "a null dereference, found once" "$(by 20)" "crashed: null dereference"
is "a loop without end" "$(by 21)" "hung: spinning"
is "an assertion" "$(by 22)" "crashed: assertion"
is "a recursion without end" "$(by 23)" "crashed: stack overflow"
like "a double free" "$(by 25)" "^crashed: "
is "in a child of a test" "$(by 26)" "crashed: null dereference"
is "no other" "$(jq '[.findings[] | select(.defect)] | length' found/findings.json)" 6
is "the commands that come there" \
    "$(jq -c '[.findings[] | select(.injection.size == 20) | .commands[].arguments] | sort' found/findings.json)" \
    '[["./null","word"],["./null","word again"]]'
is "... are counted" \
    "$(jq '.findings[] | select(.injection.size == 20) | .commands_in_all' found/findings.json)" 2
is "... with the test's name" \
    "$(jq -r '.findings[] | select(.injection.size == 20) | .commands[0].test' found/findings.json)" first
is "and the directory" \
    "$(jq -r '.findings[] | select(.injection.size == 20) | .commands[0].directory' found/findings.json)" "$(pwd -P)"
is "all but two was tried" "$(jq '.planned - .tried' found/findings.json)" 2
like "... and it is said why" "$(cat err)" '\(2 would have had outside effects: wait4 2\)'
like "what is not tested is named" "$(cat err)" 'not tested, because they are programs of the system .*: .*make \('

reproducer=$(jq -r '.findings[] | select(.injection.size == 20) | .reproducer' found/findings.json)
here=$PWD
cd / || exit 1
says 0 'the same finding came back' "a reproducer brings it back from any directory" \
    "$MF_RUN" replay "$here/found/$reproducer"
cd "$here" || exit 1

says 127 "cannot run './nowhere'" "a command that is not there" "$MF_RUN" suite ./nowhere
says 126 'cannot run' "a command that cannot be run" "$MF_RUN" suite ./Makefile
says 125 'no program ran (that --program selects|from outside)' "no program of the suite" \
    "$MF_RUN" suite -o none sh -c 'exec echo'
says 125 'the suite ended with exit status 2 after .*; 0 processes were tested' \
    "a suite that fails before it comes to a program" "$MF_RUN" suite -o none sh -c 'exit 2'
says 125 'no command given' "no command at all" "$MF_RUN" suite
says 125 "'\\[a' is not a valid pattern for programs" "a bad pattern" "$MF_RUN" suite --program '[a' ./null
many=$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do printf -- '--program p%s ' $i; done)
# shellcheck disable=SC2086 # Words.
says 125 'is given 17 times: 16 is the most' "more patterns than there is room for" \
    "$MF_RUN" suite $many ./null
# Two commands that take turns, and one that becomes the other.
printf '#!/bin/sh\nexec ./null other\n' >becomes.sh
chmod +x becomes.sh
"$MF_RUN" suite -q -o turns sh -c './null one & ./null two & wait; ./becomes.sh' >out 2>err
is "a command is told once" "$(jq '[.findings[].commands[].arguments[1]] | length == (unique | length)' turns/findings.json)" true

# Those that come to a stack that another one has tried are told, too.
# shellcheck disable=SC2016 # The inner shell's.
"$MF_RUN" suite -q -o reach sh -c 'for i in 1 2 3 4 5 6 7 8 9; do ./null $((i % 5)); done
    TEST_NAME=named ./null 0; (cd / && exec "$OLDPWD/null" far) || cd "$OLDPWD" &&
    ./null "$(printf "%2000s" long)"' >out 2>err
is "all commands that come to a stack are counted" \
    "$(jq -c '[.findings[] | .commands_in_all] | unique' reach/findings.json)" '[8]'
is "... with directory and test" \
    "$(jq -r '[.findings[0].commands[] | select(.test) | .arguments[1]] | join(" ")' reach/findings.json)" 0
is "... and there was room for all" "$(jq .commands_lost reach/findings.json)" 0
says 0 '0 defects' "--program chooses" "$MF_RUN" suite -o one --program right make -s check
is "... and only these run" "$(jq '[.findings[]] | length' one/findings.json)" 0

# Programs that cannot carry the library are named, with the reason.
if ${CC:-cc} -static -o fixed right.c 2>static.err; then
    cp right owned
    [ "$(id -u)" = 0 ] && chown 65534 owned && chmod u+s owned
    "$MF_RUN" suite -o outside sh -c './fixed; ./right; env -i PATH=. fixed; ./owned' >out 2>err
    like "a program that is statically linked" "$(cat err)" 'cannot be loaded into them \(statically linked\): fixed \(2\)'
    is "... is in the results" \
        "$(jq -r '.untested[] | select(.image == "fixed") | .why' outside/findings.json)" "statically linked"
    if [ "$(id -u)" = 0 ]; then
        like "and one with other rights" "$(cat err)" '\(set-user-ID or set-group-ID\): owned \(1\)'
    else
        skip "and one with other rights" "not root"
    fi
    says 125 'cannot be loaded into them \(statically linked\): fixed \(1\)' \
        "... a static program also where it is the suite itself" "$MF_RUN" suite -o fixed.out ./fixed
else
    skip "programs that cannot carry the library" "no static C library"
fi

# A process that gives up its rights in mid-run is left alone.
program drops <<'END'
#include <unistd.h>
int main(void) {
    void *block = malloc(29);
    if (geteuid() == 0 && seteuid(65534) != 0) {
        return 1;
    }
    for (int i = 0; i < 3; i++) {
        free(malloc(30 + i));
    }
    free(block);
    return 0;
}
END
is "a process that gives up its rights goes on" \
    "$("$MF_RUN" suite -q -o drops.out sh -c './drops; echo $?' 2>drops.err)" 0
like "... and it is said that nothing was tested" "$(cat drops.err)" '1 could not be held|2 could not be held'

# Sanitizers read /proc before they report.
printf 'int main(void) { return 0; }\n' >tiny.c
if ${CC:-cc} -fsanitize=address -o tiny tiny.c 2>tiny.err && ./tiny; then
    cat >used.c <<'END'
#include <stdlib.h>
int main(void) {
    char *block = malloc(33), *other = malloc(34);
    if (!other) {
        free(block);
    }
    block[0] = 1;
    free(other ? block : NULL);
    free(other);
    return 0;
}
END
    ${CC:-cc} -g -O0 -fsanitize=address -o used used.c || exit 1
    says 1 'AddressSanitizer: heap-use-after-free' "what a sanitizer reports is found" \
        "$MF_RUN" suite --hold 20s -o used.out ./used
else
    skip "what a sanitizer reports" "no AddressSanitizer"
fi
# clang's start llvm-symbolizer for that, which no child may; they do without.
if [ -f used.c ] && have llvm-symbolizer && clang -g -O0 -w -fsanitize=address -o used used.c 2>clang.err; then
    says 1 'AddressSanitizer finds heap-use-after-free at used.c:7' "what clang's reports is found in place" \
        "$MF_RUN" suite --hold 20s -o used.out ./used
    is "... all of it" "$(jq -c '[.tried, .planned, (.left | length)]' used.out/findings.json)" '[4,4,0]'
else
    skip "what clang's reports" "no AddressSanitizer of clang's, or no llvm-symbolizer"
fi
program pipes <<'END'
#include <unistd.h>
int main(void) {
    int ends[2];
    void *block = malloc(52);
    if (pipe(ends) != 0) {
        abort();
    }
    free(block);
    return 0;
}
END
"$MF_RUN" suite -q -o pipes.out ./pipes 2>err
is "a pipe that the program makes itself stays an effect" \
    "$(jq -c '[.tried, (.left[].failures | map(.call[:4]))]' pipes.out/findings.json)" '[0,["pipe","pipe"]]'
printf '#!/bin/sh\n./right; exit 3\n' >fails.sh
chmod +x fails.sh
says 3 '0 defects' "a suite that fails without a defect has its own status" \
    "$MF_RUN" suite -o fails ./fails.sh

# What takes long by itself does not hang.
program slow <<'END'
#include <unistd.h>
int main(void) {
    void *block = malloc(28);
    usleep(800000);
    free(block);
    return 0;
}
END
says 0 '0 defects in 2 of 2 failures tried, 2 not to the end' "a program that takes long does not hang" \
    "$MF_RUN" suite -o long --timeout 300ms ./slow

# Nor does what had hardly any time.
program endless <<'END'
int main(void) {
    void *block = malloc(35);
    for (volatile int go = !block; go;) {}
    free(block);
    return 0;
}
END
"$MF_RUN" suite -q -o little --hold 20ms ./endless 2>err
is "a child with hardly any time does not hang" "$(jq .outcomes.hung little/findings.json)" 0
"$MF_RUN" suite -q -o enough --hold 10s ./endless 2>err
is "... and does with more" "$(jq .outcomes.hung enough/findings.json)" 2

# A place where one has hung is not waited for again and again.
program spins <<'END'
static void use(void *block) {
    for (volatile int go = !block; go;) {}
    free(block);
}
static void step(void) { use(malloc(40)); }
#define USES step(); step(); step(); step(); step(); step()
int main(int argc, char **argv) {
    if (argc > 1) {
        USES;
    } else {
        USES;
    }
    return !argv;
}
END
"$MF_RUN" suite -q -o spins.out --hold 60s --timeout 800ms sh -c './spins; ./spins again' 2>err
is "where many hang, all are found" "$(jq .outcomes.hung spins.out/findings.json)" 24
like "... most are not waited for" "$(jq .recognised spins.out/findings.json)" '^(1[0-9]|2[0-9])$'
is "... and all that is found are hangs" \
    "$(jq -r '[.findings[].outcome] | unique | join(" ")' spins.out/findings.json)" hung

# Where time is short, call sites that are new come before other ways to those that are not.
ways=$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo "    f8();"; done)
program long_way <<END
#include <unistd.h>
static void f1(void) { free(malloc(36)); }
static void f2(void) { f1(); }
static void f3(void) { f2(); }
static void f4(void) { f3(); }
static void f5(void) { f4(); }
static void f6(void) { f5(); }
static void f7(void) { f6(); }
static void f8(void) { f7(); }
int main(void) {
$ways
    char *block = malloc(37);
    block[0] = 1;
    free(block);
    usleep(30000);
    return 0;
}
END
"$MF_RUN" suite -o way --hold 600ms ./long_way 2>err
is "a new call site is tried in the end" \
    "$(jq -r '[.findings[] | select(.injection.size == 37) | .outcome] | join(" ")' way/findings.json)" crashed
like "... and what is left is told" "$(cat err)" '[0-9]+ stacks were not tried: .*\(--hold\); none of them at a call site that'

# A process that timeout(1) would end is not held for so long.
program many_ways <<END
#include <unistd.h>
static void way(int n) { n ? way(n - 1) : free(malloc(38)); }
static void hurry(int n) {
    void *blocks[] = {malloc(41), malloc(42), malloc(43), malloc(44), malloc(45)};
    for (int i = 0; i < 5; i++) {
        blocks[i] || usleep(150000);
        free(blocks[i]);
    }
    way(n);
}
int main(void) {
    hurry(1);
    puts("many_ways: fine");
    return 0;
}
END
is "a process that has little time is in time" \
    "$("$MF_RUN" suite -q -o hurry sh -c 'timeout -s KILL 1 ./many_ways; echo $?' 2>err)" "many_ways: fine
0"

# Parts of a suite, and allocations of some modules only.
for part in 1 2; do
    "$MF_RUN" suite -q -o "part$part" --hold 60s --shard "$part/2" make -s check >out 2>err
done
ids='[.trials[].stack_id] | unique | .[]'
is "two parts have no stack in common" \
    "$(for part in 1 2; do jq -r "$ids" "part$part/findings.json"; done | sort | uniq -d)" ""
is "... and all together" \
    "$(for part in 1 2; do jq -r "$ids" "part$part/findings.json"; done | sort)" \
    "$(jq -r "$ids" found/findings.json | sort)"
"$MF_RUN" suite -o modules --only-module right make -s check >out 2>err
is "--only-module tries no other's" \
    "$(jq -r '[.coverage.call_sites[] | select(.failures > 0) | .module] | unique | join(" ")' modules/findings.json)" right
like "... and says so" "$(cat err)" '[0-9]+ stacks are of other modules'

says 125 'all stacks are in other parts' "no stack is left" \
    "$MF_RUN" suite -o modules --only-module nothing ./right

# The same by functions.
program parts <<'END'
static void one(void) { *(char *)malloc(50) = 1; }
static void two(void) { *(char *)malloc(51) = 1; }
int main(void) {
    one();
    two();
    return 0;
}
END
# sizes RESULTS: those of the allocations that were found to break.
sizes() {
    jq -c '[.findings[].injection.size] | unique' "$1/findings.json"
}
"$MF_RUN" suite -o functions --only-function one ./parts >out 2>err
is "--only-function tries no other's" "$(sizes functions)" '[50]'
like "... and says so" "$(cat err)" '1 stack is of other functions \(--only-function, --skip-function\)'
"$MF_RUN" suite -o functions --skip-function 'o*' --skip-function tree ./parts >out 2>err
is "--skip-function tries all but those" "$(sizes functions)" '[51]'
like "... and tells which matches none" "$(cat err)" "warning: --skip-function 'tree' matches no function that allocates"
says 125 "'--follow' is an option of .*: explore the programs of the suite one by one" \
    "an option of explorations only" "$MF_RUN" suite --follow ./parts

# Other things that run out.
program opens <<'END'
int main(void) {
    FILE *file = fopen("opens.c", "r");
    char *block = malloc(53);
    if (block) {
        fseek(file, 1, SEEK_SET);
    }
    free(block);
    return 0;
}
END
"$MF_RUN" suite -o opens.out --also files ./opens >out 2>err
is "--also has fopen() fail" \
    "$(jq -r '.findings[].injection | "\(.function) \(.errno)"' opens.out/findings.json)" 'fopen EMFILE'
like "... and says how many stacks are of it" "$(cat err)" 'of all stacks: 1 of fopen; the others ask for memory'
says 0 'the same finding came back' "... replay does, too" \
    "$MF_RUN" replay opens.out/reproducers/"$(ls opens.out/reproducers)"
like "... and where none is called, that is said" \
    "$("$MF_RUN" suite -o opens.out --also sockets ./opens 2>&1)" 'no program calls a function of --also'

# What takes long there by itself, as its process does, is no hang.
program busy <<'END'
#include <time.h>
static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
static void use(void *block, long until) {
    for (volatile int go = !block; go;) {}
    while (now() < until) {
        for (volatile int i = 0; i < 1000000; i++) {}
    }
    free(block);
}
static void step(long until) { use(malloc(46), until); }
int main(void) {
    step(0);
    free(malloc(47));
    step(now() + 250);
    return 0;
}
END
"$MF_RUN" suite -q -o busy.out --hold 60s ./busy 2>err
is "what takes long by itself is no hang" \
    "$(jq '[.trials[] | select(.outcome == "hung" and .mode == "once")] | length' busy.out/findings.json)" 1

# A test may be an exploration: it goes on as it is, and mallocfail is no program of the suite.
cat >inner.sh <<'END'
"$MF_RUN" -q -o inner --max 1 -- ./right
END
export MF_RUN
"$MF_RUN" suite -o outer sh ./inner.sh >out 2>err
is "mallocfail in a suite is not tested" \
    "$(jq -r '.untested[].image' outer/findings.json | grep mall) $(jq .tried inner/findings.json)" \
    'mallocfail 1'

# Many failures in a row are no loop where the process makes as many allocations itself.
cat >many.c <<'END'
#include <stdlib.h>
static void branch(unsigned bits, int depth) {
    if (depth == 0) {
        free(malloc(10));
    } else if (bits & 1) {
        branch(bits >> 1, depth - 1);
    } else {
        branch(bits >> 1, depth - 1);
    }
}
int main(void) {
    for (unsigned i = 0; i < 1u << 19; i++) {
        branch(i, 19);
    }
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin -o many many.c || exit 1
"$MF_RUN" suite -q -o often --hold 300ms ./many
is "what fails as often as it allocates is no loop" "$(jq .outcomes.hung often/findings.json)" 0

# What a process had no time for is left to the next one.
cat >later.sh <<'END'
timeout -s KILL 0.4 ./stuck
./stuck; ./stuck
END
says 1 'spinning' "a loop that the first process had no time for" "$MF_RUN" suite -o later --hold 10s sh ./later.sh

# What is not tested is said.
if have valgrind; then
    says 125 'run under valgrind: null \(1\); configure the suite to run without valgrind' "a program under valgrind" \
        "$MF_RUN" suite -o grind valgrind -q ./null
    like "... in the first line" "$(head -n 1 err)" \
        'nothing was tested: all programs to be tested ran under valgrind'
else
    skip "a program under valgrind" "not installed"
fi
cat >daemon.sh <<'END'
./right
sleep 20 >/dev/null 2>&1 &
END
says 0 '1 process still ran when the suite had ended' "a process that outlives the suite" \
    "$MF_RUN" suite -o daemon sh ./daemon.sh
program leaves <<'END'
#include <unistd.h>
int main(void) {
    if (fork() == 0) {
        freopen("/dev/null", "w", stdout);
        freopen("/dev/null", "w", stderr);
        sleep(20);
        free(malloc(91));
    }
    return 0;
}
END
says 125 '1 process still ran when the suite had ended, and was killed: ' \
    "... is told where nothing else was tested, too" "$MF_RUN" suite ./leaves

# A process may leave its desk, end, and have a successor there while the runner looks.
cat >turns.sh <<'END'
for i in 1 2 3 4 5 6; do
    ./right; ./twice; ./null x
done
END
cat >slowly.gdb <<'END'
set pagination off
handle SIGCHLD nostop noprint pass
break procfile_runs
commands
silent
shell sleep 0.03
continue
end
run
END
if have gdb; then
    timeout 60 gdb -q -batch -x slowly.gdb --args \
        "$MF_RUN" suite -q -o turns --only-module none sh ./turns.sh >gdb.out 2>&1
    is "processes that take turns at a desk, with a slow runner" "$?" 0
    like "... to the end" "$(cat gdb.out)" 'all stacks are .* of other modules'
else
    skip "processes that take turns at a desk" "no gdb"
fi

# An entry of a baseline stays where not all was tried.
"$MF_RUN" suite -q -o base --baseline known.json --update-baseline ./null
cp known.json all.json
"$MF_RUN" suite -q -o base --hold 0.001ms --baseline known.json --update-baseline ./null 2>err
# Where a process is held for its first failure all the same, the words are new.
for list in known all; do
    jq 'del(.. | .what?)' $list.json >$list.entries
done
same "a suite without time takes nothing out of the baseline" known.entries all.entries

# Killed, it leaves nothing behind.
cat >slow.sh <<'END'
./right; sleep 30; ./null
END
"$MF_RUN" suite -o ended sh ./slow.sh >out 2>err &
runner=$!
sleep 1
kill -INT "$runner"
wait "$runner"
is "Ctrl-C ends it" "$?" 130
like "... with what was found till then" "$(cat err)" '0 defects in .* of .* failures tried|0 defects;'
printf 'sleep 30; ./right\n' >never.sh
"$MF_RUN" suite -o ended sh ./never.sh >out 2>err &
runner=$!
sleep 0.5
kill -INT "$runner"
wait "$runner"
is "Ctrl-C before anything was tried: one line" "$? $(cat err)" \
    "130 mallocfail: nothing was tested: interrupted"
cat >deep.sh <<'END'
(while :; do ./right >/dev/null; ./deep_stuck >/dev/null; done) &
setsid sh -c 'sleep 31; : deep.sh' &
./right
sh ./slow.sh
END
cp stuck deep_stuck
files() {
    find . -maxdepth 1 ! -name left ! -name kill.err ! -name before | sort
}
files >before
"$MF_RUN" suite -o ended sh ./deep.sh >out 2>err &
runner=$!
sleep 1
kill -KILL "$runner"
wait "$runner" 2>kill.err
gone() {
    ! pgrep -f 'slow.sh|deep.sh|deep_stuck' >left
}
ok "killed, it leaves no process, at whatever depth" until_true gone
is "... and no file" "$(files)" "$(cat before)"
plan
