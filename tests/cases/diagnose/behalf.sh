#!/bin/sh
# SPDX-License-Identifier: MIT
# A library or a language's run-time that ends the program does it on its caller's behalf: the
# caller's line is the place that is told. GLib and Rust, as gcc, clang and rustc build them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# The line of a source that a comment marks.
line() {
    grep -n "// $2\$" "$1" | cut -d: -f1
}

# explored FILTER OPTION… -- PROGRAM…: what a filter finds of each finding.
explored() {
    explored_filter=$1
    shift
    "$MF_RUN" -q --mode once --timeout 2s -o found "$@" >out 2>err </dev/null
    jq -r ".findings[] | $explored_filter" found/findings.json
}
PLACE='"\(.outcome): \(.class): \(.detail): \(.crash_site.short_name) \(.crash_site.line)"'

# ---- GLib
cat >glib.c <<'EOF'
#include <glib.h>
#include <stdlib.h>
#define APART __attribute__((noinline)) static
static void *volatile kept;
APART void takes(void) {
    kept = g_malloc(7777); // takes
}
APART void ends(void) {
    if (!(kept = malloc(7777))) g_error("no memory for %s", "this"); // ends
}
APART void quits(void) {
    if (!(kept = malloc(7777))) g_abort(); // quits
}
APART void asserts(void) {
    kept = malloc(7777);
    g_assert(kept != NULL); // asserts
}
APART void asserts_nonnull(void) {
    kept = malloc(7777);
    g_assert_nonnull(kept); // asserts_nonnull
    kept = NULL;
}
APART void checks(void) {
    kept = malloc(7777);
    g_return_if_fail(kept != NULL); // checks
}
int main(int argc, char **argv) {
    static const struct { const char *name; void (*run)(void); } ways[] = {
        {"takes", takes}, {"ends", ends}, {"quits", quits}, {"asserts", asserts},
        {"asserts_nonnull", asserts_nonnull}, {"checks", checks}};
    for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
        if (g_str_equal(argv[1], ways[i].name)) ways[i].run();
    return 0;
}
EOF
ONCE=$(rule '"size":{"min":7777,"max":7777}')

# glib WAY VERDICT: it is told of its line, and with the words.
glib() {
    is "$how: $1()" "$(report "$ONCE" '.finding | [.outcome, .class, .crash_site.function,
        .crash_site.line, .injection_site.function]' ./glib "$1")" \
        "[$2,\"$1\",$(line glib.c "$1"),\"$1\"]"
}
for how in 'gcc -O0' 'gcc -O2' 'clang -O0' 'clang -O2'; do
    # shellcheck disable=SC2046,SC2086 # several options
    if ! $how -g -w -fno-builtin-malloc -fno-optimize-sibling-calls -o glib glib.c \
        $(pkg-config --cflags --libs glib-2.0 2>/dev/null) 2>/dev/null; then
        skip "$how: GLib" "no GLib, or no such compiler"
        continue
    fi
    glib takes '"aborted","deliberate abort"'
    glib ends '"aborted","deliberate abort"'
    glib quits '"aborted","deliberate abort"'
    glib asserts '"crashed","assertion"'
    like "$how: a check of arguments, where the user has such messages end the program" \
        "$(G_DEBUG=fatal-criticals && export G_DEBUG &&
            explored "$PLACE" --only-module glib -- ./glib checks)" \
        "^crashed: assertion: kept != NULL: checks $(line glib.c checks)\$"
    like "$how: GLib's message, without its time" \
        "$(explored "$PLACE" --only-module glib -- ./glib ends)" \
        '^aborted: deliberate abort: no memory for this: ends '
    like "$how: an assertion of its own kind" \
        "$(explored "$PLACE" --only-module glib -- ./glib asserts_nonnull)" \
        "^crashed: assertion: 'kept' should not be NULL: asserts_nonnull $(line glib.c asserts_nonnull)\$"
done

# ---- Rust
cat >shop.rs <<'EOF'
extern "C" { fn malloc(size: usize) -> *mut u8; }
struct Shelf<T> { items: Vec<T> }
impl<T> Shelf<T> {
    #[inline(never)] fn add(&mut self, item: T) {
        self.items.push(item); // add
    }
}
#[inline(never)] extern "C" fn reserve() {
    let block = std::hint::black_box(unsafe { malloc(7777) });
    if block.is_null() { panic!("no memory for {}", "this") } // reserve
}
fn main() {
    if std::env::args().nth(1).is_some() { return reserve(); }
    let mut shelf = Shelf { items: Vec::<[u64; 100]>::new() };
    shelf.add([7; 100]);
    println!("{}", shelf.items[0][3]);
}
EOF
RUST_BACKTRACE=0
export RUST_BACKTRACE
for how in '-C opt-level=0 -g' '-C opt-level=3 -g' '-C opt-level=3 -C panic=abort -g'; do
    # shellcheck disable=SC2086 # several options
    if ! have rustc || ! rustc $how -o shop shop.rs 2>/dev/null; then
        skip "rustc $how" "no rustc"
        continue
    fi
    explored '"\(.detail): \(.crash_site.line) \(.injection_site.line): \(.explanation)"' \
        -- ./shop >told
    add=$(line shop.rs add) reserve=$(line shop.rs reserve)
    like "rustc $how: a vector that cannot grow is its user's" "$(cat told)" \
        "^memory allocation of 3200 bytes failed: $add $add: (shop::)?Shelf::add\(\) at shop.rs:$add gives up, after malloc\(3200\)"
    unlike "rustc $how: names are decoded, and nothing in Rust's library is blamed" \
        "$(sed '/ main (/d' told)" '_R|_ZN|::h[0-9a-f]{16}|(std|alloc|core)::[a-z_:A-Z]*\(\) at '
    case $how in
    *panic=abort*) verdict="aborted: deliberate abort" ;;
    *) verdict="crashed: failure while throwing" ;;
    esac
    like "rustc $how: a panic that cannot go on, with its message" \
        "$(explored "$PLACE" --only-module shop -- ./shop panic)" \
        "^$verdict: panicked at shop.rs:$reserve:[0-9]+: no memory for this: shop::reserve "
done
plan
