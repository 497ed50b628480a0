#!/bin/sh
# SPDX-License-Identifier: MIT
# What no failure reaches is named: pools and other allocators, with what to do about them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
CC=${CC:-cc}
unset PYTHONMALLOC USE_ZEND_ALLOC

# unreached PROGRAM…: explore it a little; what is told, in lines and as JSON.
unreached() {
    rm -rf found
    "$MF_RUN" -o found --max 2 -- "$@" >out 2>err
    lines=$(sed -n 's/^mallocfail: not tried: //p' err)
    json=$(jq -c '[.not_reached[] | [.symbol, .module, .remedy]]' found/findings.json)
}

cat >arena.c <<'EOC'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
int main(void) {
    char *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *block = malloc(10);
    if (!block || pool == MAP_FAILED) { return 1; }
    strcpy(pool, "pool");
    puts(pool);
    free(block);
    return 0;
}
EOC
$CC -o arena arena.c || exit 1
unreached ./arena
is "memory that the program maps itself is named" "$lines" \
    'what the program allocates from memory that it maps itself (mmap)'
is "... in the document, too" "$json" '[["mmap",null,null]]'

for way in 'mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)' 'sbrk(65536)' \
    'mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)'; do
    cat >reserve.c <<EOC
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) { char *pool = $way, *block = malloc(10); free(block); return !pool; }
EOC
    $CC -w -fno-builtin-malloc -o reserve reserve.c || exit 1
    unreached ./reserve
    is "... by $way, too" "$lines" \
        'what the program allocates from memory that it maps itself (mmap)'
done

cat >plain.c <<'EOC'
#include <stdlib.h>
int main(void) { char *block = malloc(10); free(block); return 0; }
EOC
$CC -o plain plain.c || exit 1
unreached ./plain
is "a program with nothing but malloc has no such line" "$lines$json" '[]'

cat >direct.c <<'EOC'
#include <stdlib.h>
void *mallocx(size_t, int);
int main(void) { char *block = malloc(10); free(block); return !mallocx(100, 0); }
EOC
if $CC -o direct direct.c -l:libjemalloc.so.2 2>/dev/null; then
    unreached ./direct
    is "an allocator's function that is not malloc is named" "$lines" \
        "jemalloc's mallocx() (mallocx in direct)"
else
    skip "an allocator's function that is not malloc is named" "no jemalloc"
fi

cat >pool.c <<'EOC'
#include <stdlib.h>
#include <sys/mman.h>
void *_emalloc(size_t size);
void *_emalloc(size_t size) {
    void *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return size < 1 << 20 ? pool : NULL;
}
int main(void) { char *block = malloc(10); free(block); return !_emalloc(8); }
EOC
$CC -rdynamic -o pool pool.c || exit 1
unreached ./pool
is "a pool that is known is named with its switch" "$lines" \
    "PHP's heap (_emalloc in pool): set USE_ZEND_ALLOC=0"
is "... in the document, too" "$json" '[["_emalloc","pool","set USE_ZEND_ALLOC=0"]]'
USE_ZEND_ALLOC=0
export USE_ZEND_ALLOC
unreached ./pool
is "... and not where that is set" "$lines$json" '[]'
plan
