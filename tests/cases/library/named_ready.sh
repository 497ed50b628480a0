#!/bin/sh
# SPDX-License-Identifier: MIT
# The ready policies for allocators of others, each on a program that has it.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "no jumps are known for $(uname -m)" ;;
esac

# fails NAME FUNCTION PROGRAM…: under that policy some call of such a function fails.
fails() {
    fails_name=$1 fails_function=$2
    shift 2
    timeout 60 "$MF_RUN" -p "$MF_SOURCE/policies/$fails_name.json" -- "$@" >out 2>err
    if grep -q 'has a symbol for the function' err; then
        skip "$fails_name" "$1 has another allocator, or none"
        return
    fi
    like "$fails_name: of ${1##*/} calls fail" "$(cat err)" "#[0-9]+ ($fails_function)\("
    unlike "... and nothing else fails" "$(grep '^ *#[0-9]' err)" "#[0-9]+ (malloc|calloc|realloc)\("
}

# fails_if NAME FUNCTION PROGRAM…: where the program is there.
fails_if() {
    if have "$3"; then
        fails "$@"
    else
        skip "$1" "no $3"
    fi
}

fails_if sqlite3-malloc 'sqlite3_[a-z]*alloc(64)?' sqlite3 :memory: \
    'create table a(b); insert into a values(1); select * from a'
fails_if openssl-crypto 'CRYPTO_[a-z]*alloc' openssl dgst -sha256 "$0"
mkdir logs
# Never started: only its configuration is read.
printf 'events{}\nhttp{server{listen 127.0.0.1:18080;}}\n' >nginx.conf
PATH=$PATH:/usr/sbin
fails_if nginx-pools 'ngx_pn?alloc' nginx -t -p "$PWD" -c "$PWD/nginx.conf"
fails_if python-objects 'Py[A-Za-z]*_[A-Z][a-z]*alloc' /usr/bin/python3 -I -S -c 'print([str(i) for i in range(9)])'
cat >pool.c <<'EOC'
#include <talloc.h>
int main(void) {
    TALLOC_CTX *pool = talloc_pool(NULL, 4096);
    int failed = 0;
    for (int i = 0; i < 10; i++) {
        failed += !talloc_strdup(pool, "word") + !talloc_array(pool, int, 3) + !talloc(pool, long);
    }
    return failed;
}
EOC
if "${CC:-cc}" -o pool pool.c -ltalloc 2>/dev/null; then
    fails talloc '_?talloc_[a-z_]*' ./pool
else
    skip "talloc" "talloc.h is not installed"
fi
cat >apr.c <<'EOC'
#include <apr_pools.h>
int main(void) {
    apr_pool_t *pool;
    int failed = 0;
    if (apr_pool_initialize() || apr_pool_create(&pool, NULL)) { return 2; }
    for (int i = 0; i < 300; i++) { failed += !apr_palloc(pool, 40); }
    return failed;
}
EOC
# shellcheck disable=SC2046 # words
if "${CC:-cc}" -w $(apr-1-config --cflags --includes 2>/dev/null) -o apr apr.c -lapr-1 2>/dev/null; then
    fails apr-pools 'apr_palloc' ./apr
else
    skip "apr-pools" "apr_pools.h is not installed"
fi
cat >rust.rs <<'EOC'
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
struct Room;
static USED: AtomicUsize = AtomicUsize::new(0);
static mut ROOM: [u8; 1 << 20] = [0; 1 << 20];
unsafe impl GlobalAlloc for Room {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let at = USED.fetch_add(layout.size() + layout.align(), SeqCst) + std::ptr::addr_of_mut!(ROOM) as usize;
        ((at + layout.align() - 1) & !(layout.align() - 1)) as *mut u8
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
#[global_allocator]
static ALLOCATOR: Room = Room;
fn main() {
    let failed: usize = (0..100).map(|i| Vec::<usize>::new().try_reserve(i + 1).is_err() as usize).sum();
    std::process::exit(failed as i32);
}
EOC
if have rustc && rustc -o rust rust.rs 2>/dev/null; then
    fails rust-allocator '(__rustc::)?__rust_[a-z_]*alloc[a-z_]*' ./rust
else
    skip "rust-allocator" "no rustc"
fi
plan
