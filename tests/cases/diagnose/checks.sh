#!/bin/sh
# SPDX-License-Identifier: MIT
# A run-time library that ends the program because the program broke a rule is no decision of
# the program's: such an end is a crash, at the program's own line, with the library's words.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# seen PROGRAM STRATEGY [OPTION…]: its crashes, "class: detail: line", in order.
seen() {
    seen_program=$1 seen_strategy=$2
    shift 2
    "$MF_RUN" -q --arm main "$@" --strategy "$seen_strategy" -o found -- "./$seen_program" \
        >out 2>err </dev/null
    jq -r '.findings[] | select(.outcome == "crashed") |
        "\(.class): \(.detail): \(.crash_site.line)"' found/findings.json | sort
}

# line SOURCE WORDS: where it is written "// WORDS".
line() {
    grep -n "// $2\$" "$1" | cut -d: -f1
}

# crashes WHAT PROGRAM SOURCE "CLASS: DETAIL" [OPTION…]: at the line that is marked "// breaks",
# and nothing else does.
crashes() {
    what=$1 program=$2 want="$4: $(line "$3" breaks)"
    shift 4
    for strategy in in-place fresh; do
        is "$what, $strategy" "$(seen "$program" $strategy "$@")" "$want"
    done
}

# ---- libc: _FORTIFY_SOURCE
# fortified NAME WHAT "CLASS: DETAIL": the source comes from the input.
fortified() {
    cat >"$1.c"
    if gcc -g -O2 -w -fno-builtin-malloc -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -o "$1" "$1.c" 2>fortify.err &&
        nm -D "$1" | grep -q _chk; then
        crashes "$2" "$1" "$1.c" "$3"
    else
        skip "$2" "the C library has no such check"
    fi
}
fortified overflow "a buffer overflow is one of the stack, at the caller's line" \
    "buffer overflow: *** buffer overflow detected ***: terminated" <<'EOF'
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    char text[8], *block = malloc(10);
    volatile int length = block ? 4 : 20;
    memset(text, argc, length); // breaks
    free(block);
    return text[2] == 7 || !argv;
}
EOF
fortified jump "a jump into a function that has returned" \
    "failed check: *** longjmp causes uninitialized stack frame ***: terminated" <<'EOF'
#include <setjmp.h>
#include <stdlib.h>
static jmp_buf place;
__attribute__((noinline)) static int set(void) {
    volatile char scratch[3000];
    scratch[0] = 1;
    return setjmp(place) + scratch[0] - 1;
}
int main(void) {
    set();
    char *block = malloc(10);
    if (!block)
        longjmp(place, 1); // breaks
    free(block);
    return 0;
}
EOF
# Later ones say "segments".
words=$(grep -aoh '\*\*\* %n in writable segments* detected \*\*\*' \
    "$(ldd "$MF_RUN" | sed -n 's,.* => \(/.*/libc\.so[^ ]*\) .*,\1,p')" | head -n 1)
fortified format "a format that may not write" "failed check: $words" <<'EOF'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *block = malloc(10), format[] = "ab%n\n";
    int written;
    if (!block)
        printf(format, &written); // breaks
    free(block);
    return 0;
}
EOF

# ---- C++
# built NAME FLAG…: from the input.
built() {
    built_name=$1
    shift
    cat >"$built_name.cc"
    have g++ && g++ -g -w -pthread "$@" -o "$built_name" "$built_name.cc" 2>/dev/null
}
if built joinable <<'EOF'
#include <cstdlib>
#include <thread>
int main() {
    std::thread thread([] {});
    void *block = malloc(77);
    if (!block) return 1;
    thread.join();
    free(block); } // breaks
EOF
then
    crashes "a std::thread that is destroyed before it was joined" joinable joinable.cc \
        "failed check: std::terminate"
else
    skip "a std::thread" "no g++"
fi
if built virtual -O0 <<'EOF'
#include <cstdlib>
#include <string>
struct base;
static void call(base *of);
struct base {
    void *block;
    base() {
        try { block = new char[100]; } catch (...) { block = nullptr; call(this); }
    }
    virtual void f() = 0;
};
struct derived : base {
    void f() {}
};
static void call(base *of) {
    of->f(); // breaks
}
int main() {
    derived object;
}
EOF
then
    crashes "a pure virtual call, and not an exception that was caught" virtual virtual.cc \
        "failed check: pure virtual method called"
else
    skip "a pure virtual call" "no g++"
fi
if built rethrows -O0 <<'EOF'
#include <cstdlib>
int main() {
    void *block = malloc(77);
    if (!block)
        throw; // breaks
    free(block);
}
EOF
then
    crashes "a 'throw;' without an exception" rethrows rethrows.cc \
        "failed check: std::terminate"
    like "... in words" "$(jq -r '.findings[].explanation' found/findings.json)" \
        "^'throw;' has no exception to throw again at rethrows.cc:5, after malloc\\(77\\) failed"
else
    skip "a 'throw;' without an exception" "no g++"
fi
if built singular -D_GLIBCXX_DEBUG <<'EOF'
#include <vector>
int main() {
    std::vector<int> all;
    try { all.push_back(3); } catch (...) {}
    return *all.begin() != 3; // breaks
}
EOF
then
    crashes "libstdc++'s debug mode asserts" singular singular.cc \
        "assertion: attempt to dereference a past-the-end iterator"
else
    skip "libstdc++'s debug mode" "no g++"
fi

# ---- Rust
RUST_BACKTRACE=0
export RUST_BACKTRACE
# rusts WHAT NAME "CLASS: DETAIL": the source comes from the input. The location that Rust
# tells in the detail is left out: it has a column. So is a crash before main(), which has no line
# of the program: glibc 2.31's __cxa_thread_atexit_impl() uses the NULL from its calloc().
rusts() {
    cat >"$2.rs"
    if have rustc && rustc -g -o "$2" "$2.rs" 2>/dev/null; then
        for strategy in in-place fresh; do
            is "$1, $strategy" \
                "$(seen "$2" $strategy --mode once | sed 's/panicked at [^ ]*: //; /^null dereference: : null$/d')" \
                "$3: $(line "$2.rs" breaks)"
        done
    else
        skip "$1" "no rustc"
    fi
}
# Before 1.86 it does not look.
looks=$(rustc --version 2>/dev/null | awk '{ split($2, is, "."); if (is[1] > 1 || is[2] >= 86) { print "null pointer dereference occurred" } }')
rusts "a NULL that Rust looks at" null "null dereference: $looks" <<'EOF'
use std::alloc::{alloc, Layout};
fn main() {
    unsafe {
        let block = alloc(Layout::from_size_align(77, 1).unwrap());
        *block = 1; // breaks
    }
}
EOF
cat >bounds.rs <<'EOF'
fn main() {
    let mut all: Vec<u8> = Vec::new();
    if all.try_reserve(777).is_ok() { all.push(7) }
    if all[0] != 7 {
        std::process::exit(3)
    }
}
EOF
if have rustc && rustc -g -C panic=abort -o bounds bounds.rs 2>/dev/null && rustc -g -o unwinds bounds.rs; then
    for strategy in in-place fresh; do
        is "a panic of a check of Rust's that ends the program at once, $strategy" \
            "$(seen bounds $strategy | sed 's/panicked at [^ ]*: //')" \
            "failed check: index out of bounds: the len is 0 but the index is 0: 4"
        is "... and one that unwinds, $strategy" \
            "$(seen unwinds $strategy | sed 's/ at bounds.rs:4:[0-9]*: / there: /')" \
            "failed check: panicked there: index out of bounds: the len is 0 but the index is 0: null"
        status_is 0 "... it comes back, $strategy" "$MF_RUN" replay -q \
            "found/$(jq -r '.findings[] | select(.outcome == "crashed").reproducer' found/findings.json)"
    done
else
    skip "a panic of a check of Rust's" "no rustc"
fi
rusts "a panic that leaves what must not unwind" leaves "failure while throwing: no block" <<'EOF'
extern "C" fn ask(_: *const u8, _: *const u8) -> i32 { // breaks
    let mut all: Vec<u8> = Vec::new();
    if all.try_reserve(123).is_err() { panic!("no block") }
    0
}
extern "C" { fn qsort(a: *mut u8, n: usize, s: usize, f: extern "C" fn(*const u8, *const u8) -> i32); }
fn main() {
    let mut all = [3u8, 2, 1];
    unsafe { qsort(all.as_mut_ptr(), 3, 1, ask) }
}
EOF
rusts "a panic in a destructor while another unwinds" drops "failure while throwing: in drop" <<'EOF'
struct Careless;
impl Drop for Careless {
    fn drop(&mut self) {
        if std::thread::panicking() { panic!("in drop") }
    }
}
fn main() { // breaks
    let _careless = Careless;
    let mut all: Vec<u8> = Vec::new();
    if all.try_reserve(60).is_err() { panic!("first") }
}
EOF
plan
