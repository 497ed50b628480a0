#!/bin/sh
# SPDX-License-Identifier: MIT
# Each function keeps its contract, whether it fails or not.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

contract=$MF_TARGETS/contract
mapping=$MF_TARGETS/mapping
ALL=$(rule '"action":"fail"')

# fails FUNCTION CASE WANTED: with every call of the function failing, the case's line.
fails() {
    both "$2 when $1 fails: $3" "$(rule "\"functions\":[\"$1\"]")" "$3" "$contract" "$2"
}

# refuses CASE WANTED: wrong arguments are answered before anything is made to fail.
refuses() {
    both "$1 is refused as ever: $2" "$ALL" "$2" "$contract" "$1"
}

for name in malloc malloc-zero malloc-huge calloc calloc-overflow realloc-grow realloc-shrink \
    realloc-null \
    realloc-null-zero realloc-zero realloc-huge reallocarray reallocarray-overflow posix_memalign \
    posix_memalign-odd posix_memalign-small posix_memalign-none aligned_alloc memalign \
    memalign-huge valloc pvalloc free usable; do
    both "$name is itself when nothing fails" "$NEVER" "$("$contract" "$name")" \
        "$contract" "$name"
done

fails malloc malloc 'NULL, ENOMEM'
fails malloc malloc-zero 'NULL, ENOMEM'
fails calloc calloc 'NULL, ENOMEM'
fails realloc realloc-grow 'NULL, ENOMEM, contents kept'
fails realloc realloc-shrink 'NULL, ENOMEM, contents kept'
fails realloc realloc-null 'NULL, ENOMEM'
fails realloc realloc-null-zero 'NULL, ENOMEM'
fails realloc realloc-zero 'NULL, errno untouched'
fails reallocarray reallocarray 'NULL, ENOMEM, contents kept'
fails posix_memalign posix_memalign \
    'returned ENOMEM, errno untouched, pointer untouched'
fails aligned_alloc aligned_alloc 'NULL, ENOMEM'
fails memalign memalign 'NULL, ENOMEM'
fails valloc valloc 'NULL, ENOMEM'
fails pvalloc pvalloc 'NULL, ENOMEM'
both "free keeps errno while all allocations fail" "$ALL" 'errno untouched' "$contract" free
fails calloc malloc 'a block, errno untouched'
fails malloc calloc 'a block, errno untouched'
fails malloc realloc-null 'a block, errno untouched'
fails memalign aligned_alloc 'a block, errno untouched'
fails realloc reallocarray 'a block, errno untouched, contents kept'

refuses calloc-overflow 'NULL, ENOMEM'
refuses posix_memalign-odd 'returned EINVAL, errno untouched, pointer untouched'
refuses posix_memalign-small 'returned EINVAL, errno untouched, pointer untouched'
refuses posix_memalign-none 'returned EINVAL, errno untouched, pointer untouched'
refuses malloc-huge 'NULL, ENOMEM'

# maps FUNCTION CASE WANTED: the kernel's own, which only a policy that names them touches.
maps() {
    both "$2 when $1 fails: $3" "$(rule "\"functions\":[\"$1\"]")" "$3" "$mapping" "$2"
}

for name in mmap mmap-file mremap sbrk sbrk-ask brk; do
    both "$name is itself where a policy does not name it" "$ALL" "$("$mapping" "$name")" \
        "$mapping" "$name"
done
maps mmap mmap 'MAP_FAILED, ENOMEM'
maps mmap mmap-file 'memory, errno untouched'
maps mmap malloc 'a block'
maps mremap mremap 'contents kept, MAP_FAILED, ENOMEM'
maps sbrk sbrk 'break stays, MAP_FAILED, ENOMEM'
maps sbrk sbrk-ask 'memory, errno untouched'
maps sbrk malloc 'a block'
maps brk brk 'break stays, -1, ENOMEM'

if have jq; then
    # counts FUNCTION CASE: how many failures of the function the report has, how many calls.
    counts() {
        report "$(rule "\"functions\":[\"$1\"]")" '[.failed,.rules[0].selected]' "$contract" "$2"
    }
    is "a refused alignment is no call" "$(counts posix_memalign posix_memalign-odd)" '[0,0]'
    is "an overflow in calloc is no call" "$(counts calloc calloc-overflow)" '[0,0]'
    is "realloc to 0 is no call" "$(counts realloc realloc-zero)" '[0,0]'
    is "a failure of posix_memalign counts" "$(counts posix_memalign posix_memalign)" '[1,1]'
    is "realloc of NULL is a call" "$(counts realloc realloc-null)" '[1,1]'
fi
plan
