#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs built with a compiler's address sanitizer.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

overrun=$MF_SOURCE/tests/targets/overrun.c
CC=${CC:-cc}
third=$(rule '"functions":["malloc"],"size":{"min":24,"max":24},"every":3')

# build COMPILER FLAG…: an instrumented overrun.
build() {
    "$@" -D_GNU_SOURCE -std=gnu17 -g -O0 -fno-builtin -fsanitize=address -o overrun \
        "$overrun" 2>/dev/null
}

gcc=gcc
if have gcc && build $gcc && ldd ./overrun | grep -q libasan; then
    says 134 'heap-buffer-overflow' "gcc's, as a shared library: it still reports" \
        under "$third" ./overrun
    is "and allocations fail" "$(cat out)" 'ten: 3 6 9'
    says 134 'heap-buffer-overflow' "options of the user's own are kept" \
        env ASAN_OPTIONS=color=never:verbosity=0 "$MF_RUN" -q --policy "$third" ./overrun
    is "with them too" "$(cat out)" 'ten: 3 6 9'
    says 125 'AddressSanitizer, which brings an allocator of its own' \
        "the page allocator would be one too many" "$MF_RUN" run --allocator pages -- ./overrun
else
    skip "gcc's, as a shared library" "none can be built"
fi
if have gcc && build $gcc -static-libasan && ./overrun 2>&1 | grep -q heap-buffer; then
    says 134 'heap-buffer-overflow' "gcc's, inside the program: it still reports" \
        under "$third" ./overrun
    is "and allocations fail there" "$(cat out)" 'ten: 3 6 9'
else
    skip "gcc's, inside the program" "none can be built"
fi
if have clang && build clang && ./overrun 2>&1 | grep -q heap-buffer; then
    says 134 'heap-buffer-overflow' "clang's, inside the program: it still reports" \
        under "$third" ./overrun
    is "and allocations fail there, too" "$(cat out)" 'ten: 3 6 9'
else
    skip "clang's, inside the program" "none can be built"
fi

# one WHAT CLASS-AND-DETAIL FILE COMPILER FLAG…: its one finding, in both ways.
one() {
    what=$1 wanted=$2 file=$3
    shift 3
    if ! "$@" -g -O0 -w -fno-builtin -pthread -o one "$file" 2>/dev/null || ! ./one >/dev/null 2>&1; then
        skip "$what" "cannot be built here"
        return
    fi
    for strategy in auto fresh; do
        rm -rf found
        "$MF_RUN" -q -o found --strategy $strategy ./one >out 2>err
        is "$what, $strategy" \
            "$(jq -r '.findings[] | select(.outcome == "crashed") | "\(.class): \(.detail)"' found/findings.json)" \
            "$wanted"
    done
}

cat >fine.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *p = malloc(10);
    if (!p) {
        fputs("no memory\n", stderr);
        return 3;
    }
    puts("fine");
    free(p);
    return 0;
}
EOC
cat >freed.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *a = malloc(16);
    if (!a) { return 2; }
    strcpy(a, "one");
    char *b = malloc(32);
    if (!b) {
        free(a);
        fprintf(stderr, "no memory for %s\n", a);
        return 2;
    }
    puts("two");
    free(b), free(a);
    return 0;
}
EOC
cat >race.c <<'EOC'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static int shared, guarded = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *p) {
    if (guarded) { pthread_mutex_lock(&lock); }
    shared++;
    if (guarded) { pthread_mutex_unlock(&lock); }
    return p;
}
int main(void) {
    char *name = malloc(77);
    if (!name) { guarded = 0; }
    pthread_t a;
    if (pthread_create(&a, 0, work, 0)) { return 3; }
    work(0);
    pthread_join(a, 0);
    printf("%d\n", shared);
    free(name);
    return name ? 0 : 1;
}
EOC
cat >overflows.c <<'EOC'
#include <limits.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    (void)arguments;
    char *p = malloc(77);
    int sum = (p ? 1 : INT_MAX) + count;
    free(p);
    return p ? 0 : sum != 0;
}
EOC
cat >checked.c <<'EOC'
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    static const char report[] = "==123== Invalid read of size 1\n==123==    at 0x4: main\n";
    char *p = malloc(77);
    if (!p) { return write(2, report, sizeof(report) - 1) < 0; }
    free(p);
    return 0;
}
EOC
# Two places that break, each by two failures.
cat >goes_on.c <<'EOC'
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int use(const char *p, int number) {
    return number +
           (p[3] ? 1 : 2);
}
int main(int count, char **arguments) {
    (void)arguments;
    char *first = malloc(16);
    if (!first) { return 3; }
    memset(first, 0, 16);
    char *second = malloc(32), *third = malloc(48);
    if (!second || !third) {
        free(first);
        return use(first, INT_MAX) ? 2 : 0;
    }
    char *fourth = malloc(77), *fifth = malloc(78);
    int sum = fourth && fifth ? 1 : INT_MAX;
    memset(second, 0, 32);
    sum +=
        second[1] + count;
    free(first), free(second), free(third), free(fourth), free(fifth);
    return fourth && fifth ? 0 : sum != 0;
}
EOC

# One place that overflows in any run, and one after a failure.
cat >also.c <<'EOC'
#include <limits.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    (void)arguments;
    int own = INT_MAX;
    own += count;
    char *p = malloc(77);
    int sum = p ? 1 : INT_MAX;
    sum += count;
    free(p);
    return p ? own > 0 : sum != 0;
}
EOC
if have gcc jq && gcc -g -O0 -w -fno-builtin -fsanitize=undefined -o also also.c 2>/dev/null; then
    for strategy in auto fresh; do
        env UBSAN_OPTIONS=halt_on_error=0 "$MF_RUN" -q -o found --strategy $strategy ./also >out 2>err
        is "what a clean run reports does not hide what else is reported, $strategy" \
            "$(jq -r '.findings[].explanation' found/findings.json | grep -o 'fault at also.c:[0-9]*')" 'fault at also.c:9'
    done
else
    skip "what a clean run reports does not hide what else is reported" "cannot be built here"
fi

# goes_on OPTION LINES COMPILER: where a program goes on, each place is one finding.
goes_on() {
    goes_option=$1 goes_lines=$2
    shift 2
    if ! "$@" -g -O0 -w -fno-builtin -o goes_on goes_on.c 2>/dev/null || ! ./goes_on; then
        skip "$*: a place is one finding" "cannot be built here"
        return
    fi
    for strategy in auto fresh; do
        env "$goes_option=halt_on_error=0" "$MF_RUN" -q -o found --strategy $strategy ./goes_on 2>err
        is "$*: a place is one finding where the program goes on, $strategy" \
            "$(jq -c '[.findings[] | select(.class == "sanitizer") | .explanation
                | capture("reports a fault at goes_on.c:(?<line>[0-9]+)") | .line] | sort' found/findings.json)" \
            "$goes_lines"
    done
    for reproducer in found/reproducers/*.json; do
        status_is 0 "$*: ... and comes back" \
            env "$goes_option=halt_on_error=0" "$MF_RUN" replay -q "$reproducer"
    done
}
if have jq; then
    goes_on UBSAN_OPTIONS '["22","6"]' gcc -fsanitize=undefined
    goes_on UBSAN_OPTIONS '["22","6"]' clang -fsanitize=undefined
    goes_on ASAN_OPTIONS '["7"]' gcc -fsanitize=address -fsanitize-recover=address
fi

have jq && one "what valgrind says of a run" 'sanitizer: valgrind: Invalid read of size 1' checked.c "${CC:-cc}"
if have clang jq; then
    one "a sanitizer that prints one line and goes on" 'sanitizer: UndefinedBehaviorSanitizer: add-overflow' \
        overflows.c clang -fsanitize=undefined -fsanitize-minimal-runtime
    one "one that prints one line and aborts" 'sanitizer: UndefinedBehaviorSanitizer: add-overflow' \
        overflows.c clang -fsanitize=undefined -fsanitize-minimal-runtime -fno-sanitize-recover=undefined
fi
if have gcc jq; then
    one "what is read after it was freed has the sanitizer's own word" \
        'sanitizer: AddressSanitizer: heap-use-after-free' freed.c gcc -fsanitize=address
    one "a race that only the error path has" 'sanitizer: ThreadSanitizer: data race' \
        race.c gcc -fsanitize=thread
    if build $gcc && gcc -g -fno-builtin -fsanitize=address -o fine fine.c; then
        status_is 0 "a leak checker that cannot work in what is traced is off" \
            "$MF_RUN" -q -p "$NEVER" ./fine
        says 0 'detect_leaks=1 is set' "... but not where the user asks for it" \
            env ASAN_OPTIONS=detect_leaks=1 "$MF_RUN" -p "$NEVER" ./fine
        gcc -g -w -fno-builtin -fsanitize=address -o freed freed.c
        says 1 'crashed: sanitizer .AddressSanitizer: heap-use-after-free' \
            "a report counts, too, where the user's options have the program go on" \
            env ASAN_OPTIONS=abort_on_error=0 "$MF_RUN" ./freed
        says 1 'crashed: sanitizer .AddressSanitizer: heap-use-after-free' \
            "... and have it reported to a file" \
            env ASAN_OPTIONS=abort_on_error=0:log_path="$PWD/report" "$MF_RUN" ./freed
    fi
    if gcc -g -fno-builtin --coverage -o counted fine.c 2>/dev/null; then
        broken=
        for nth in 1 2 3 4 5 6; do
            "$MF_RUN" run -q --nth $nth ./counted >out 2>err
            [ "$?" != 139 ] || broken=1
        done
        if [ -n "$broken" ]; then
            says 0 'libgcov, the compiler.s run-time library, breaks by itself' \
                "what libgcov breaks over is libgcov's" "$MF_RUN" ./counted
        else
            skip "what libgcov breaks over is libgcov's" "this one survives each failure"
        fi
    else
        skip "what libgcov breaks over is libgcov's" "no libgcov"
    fi
fi
# Two defects are two, where what the run-time stands in for libc with calls its own functions.
cat >twice.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *a = calloc(16, 1);
    if (!a) { return 2; }
    char *b = malloc(32);
    if (!b) { return free(a), fprintf(stderr, "none for b of %s\n", a); }
    char *c = malloc(48);
    if (!c) { return free(a), fprintf(stderr, "none for c of %s\n", a); }
    free(a), free(b), free(c);
    return 0;
}
EOC
# twice COMPILER FLAG…: each is told at its line.
twice() {
    if ! have "$1" jq || ! "$@" -g -w -o twice twice.c 2>/dev/null || ! ./twice; then
        skip "two defects that a sanitizer finds in one of its functions: $*" "cannot be built here"
        return
    fi
    "$MF_RUN" -q -o found ./twice >out 2>err
    is "two defects that a sanitizer finds in one of its functions: $*" \
        "$(jq -c '[.findings[] | select(.class == "sanitizer") | .crash_site.line] | sort' found/findings.json)" '[7,9]'
}
twice gcc -fsanitize=address -static-libasan
twice clang -fsanitize=address
twice clang -fsanitize=thread

# What nobody catches is no defect, though MemorySanitizer takes the words of a C++ library that
# was not built with it for memory that nobody wrote.
cat >thrown.cc <<'EOC'
#include <vector>
int main(int argc, char **) {
    std::vector<int> numbers(argc + 10);
    return numbers[1];
}
EOC
if have clang++ jq && clang++ -g -w -fsanitize=memory -o thrown thrown.cc 2>/dev/null && ./thrown; then
    "$MF_RUN" -q -o found ./thrown >out 2>err
    is "an exception that ends a program with MemorySanitizer is that" \
        "$? $(jq -c '[.findings[] | "\(.outcome): \(.class): \(.detail)"] | unique' found/findings.json)" \
        '0 ["aborted: uncaught exception: std::bad_alloc"]'
else
    skip "an exception that ends a program with MemorySanitizer is that" "cannot be built here"
fi

# A clean run with a report that the program itself survives.
echo '#include <stdlib.h>
int main(int count, char **arguments) { (void)arguments; free(malloc(1 << (count + 32) ? 10 : 11)); return 0; }' >noisy.c
for compiler in gcc clang; do
    what="what ends a clean run is named, and the way past it: $compiler's UBSan"
    if have $compiler && $compiler -w -fno-builtin -fsanitize=undefined -o noisy noisy.c 2>/dev/null && ./noisy 2>/dev/null; then
        says 125 'killed by SIGABRT: UndefinedBehaviorSanitizer: shift exponent 33 .*UBSAN_OPTIONS=halt_on_error=0 lets it go on' \
            "$what" "$MF_RUN" -q -o found ./noisy
        says 0 '0 defects' "... and it is one" env UBSAN_OPTIONS=halt_on_error=0 "$MF_RUN" -q -o found ./noisy
    else
        skip "$what" "cannot be built here"
    fi
done

# What stands in the stack below is what nobody has written, for MemorySanitizer.
cat >below.c <<'EOC'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) static void go_deep(void) {
    char below[65536];
    __asm__ volatile("" ::"r"(below) : "memory");
}
int main(void) {
    go_deep();
    char *first = malloc(10);
    go_deep();
    void *library = first ? dlopen("libm.so.6", RTLD_NOW) : NULL;
    go_deep();
    char *second = library ? malloc(11) : NULL;
    go_deep();
    return second ? 0 : puts("no memory") < 0 || 3;
}
EOC
for strategy in in-place fresh; do
    what="the library's own stack is nothing that MemorySanitizer judges, $strategy"
    if ! have clang jq || ! clang -g -w -fsanitize=memory -o below below.c -ldl 2>/dev/null || ! ./below; then
        skip "$what" "cannot be built here"
        continue
    fi
    "$MF_RUN" -q --mode once --strategy "$strategy" -o found ./below >out 2>err
    is "$what" "$? $(jq -c '[(.findings | length), .outcomes.handled >= 2]' found/findings.json)" '0 [0,true]'
done
plan
