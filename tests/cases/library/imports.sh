#!/bin/sh
# SPDX-License-Identifier: MIT
# What the library takes from others, and what it shows to them.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have nm readelf || skip_all "no nm or readelf"

# names KIND: dynamic symbols of the library, without versions.
names() {
    nm -D "--$1-only" "$MF_LIB" | sed 's/.* //; s/@.*//' | sort -u
}

# listed FILE: a list's names, without comments.
listed() {
    sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1" | sort -u
}

names undefined >imports
listed "$MF_SOURCE/tests/cases/library/imports.allowed" >allowed
is "it imports nothing but what is allowed" "$(comm -23 imports allowed)" ''
names defined >exports
listed "$MF_SOURCE/tests/cases/library/exports.list" >wanted
# musl has no dlmopen().
if readelf -dW "$MF_LIB" | grep -qE 'NEEDED.*\[(libc\.musl|libc\.so\])'; then
    sed -i '/^dlmopen$/d' wanted
fi
is "it exports the listed names, no more and no less" "$(comm -3 exports wanted)" ''
is "its exports have no version" \
    "$(nm -D --defined-only "$MF_LIB" | grep -c '@')" 0
is "it needs the C library and the loader only" \
    "$(readelf -dW "$MF_LIB" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -vE '^(libc\.so\.6|libdl\.so\.2|ld-linux.*|libc\.musl.*|libc\.so)$')" ''
is "it has no relocation in code" "$(readelf -dW "$MF_LIB" | grep -c TEXTREL)" 0
like "its thread-local storage is static" "$(readelf -dW "$MF_LIB")" STATIC_TLS
unlike "and looked up by nobody" "$(cat imports)" '__tls_get_addr|_dl_.*tls|__tlsdesc'
like "it cannot be unloaded" "$(readelf -dW "$MF_LIB")" NODELETE
like "its relocations are done before it runs" "$(readelf -dW "$MF_LIB")" 'BIND_NOW|NOW'
unlike "its stack is not executable" "$(readelf -lW "$MF_LIB" | grep GNU_STACK)" 'RWE'
plan
