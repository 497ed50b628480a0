#!/bin/sh
# SPDX-License-Identifier: MIT
# The shape of the source: who includes whom (src/WINGS), the maps of the modules, and how
# large folders and files may grow.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

FILES_MAX=40
LINES_MAX=450
here=$PWD
cd "$MF_SOURCE/src" || exit 1
houses="core preload runner"

# A wing a line: folder, what it may include, `|` and its law.
awk '
    function flush() { if (wing != "") print wing allowed " | " law; allowed = "" }
    /^#/ || /^$/ { next }
    /^[^ ]/ { flush(); wing = $1; $1 = ""; sub(/^ +/, ""); law = $0; next }
    { for (i = 1; i <= NF; i++) if ($i != "-") allowed = allowed " " $i }
    END { flush() }' WINGS >"$here/wings"

# The own headers that are included: FILE HEADER, a line each. A header of a machine has no
# folder in its name, for the build picks the folder.
# shellcheck disable=SC2086 # words, on purpose
grep -rE '^[[:space:]]*#[[:space:]]*include[[:space:]]*("|<(core|preload|runner)/)' $houses |
    sed -E 's|^([^:]*):[^"<]*["<]([^">]*)[">].*|\1 \2|' | sort -u |
    while read -r file header; do
        [ ! -e "preload/machine/generic/$header" ] || header=preload/machine/$header
        [ ! -e "../include/$header" ] || header=include/$header
        echo "$file $header"
    done >"$here/arrows"

for house in $houses; do
    like "$house includes something at all" "$(cat "$here/arrows")" "^$house/.* $house/"
done
is "every folder with code is a wing, and every wing is a folder" \
    "$({ find core preload runner -name '*.[ch]' | sed 's|/[^/]*$||; s|^preload/machine/.*|preload/machine|'
         echo include; } | sort -u)" "$(cut -d' ' -f1 "$here/wings" | sort)"
is "what a wing may include stands above it" "$(awk '
    { sub(/ \|.*/, "") }
    { for (i = 2; i <= NF; i++) if ($i !~ /\.h$/ && !($i in above)) print $1 ": " $i; above[$1] }' \
    "$here/wings")" ''
is "every include is allowed by src/WINGS" "$(awk '
    function wing_of(path) {
        sub(/\/[^\/]*$/, "", path)
        return path ~ /^preload\/machine/ ? "preload/machine" : path
    }
    NR == FNR {
        for (i = 1; $i != "|"; i++) allowed[$1, $i]
        next
    }
    {
        from = wing_of($1); to = wing_of($2)
        if (!((from, to) in allowed) && !((from, $2) in allowed))
            print $1 " includes " $2 " (" from " -> " to ")"
    }' "$here/wings" "$here/arrows")" ''

# map_of FILE: what a map names, as WING MODULE, and its wings, as WING: LAW.
map_of() {
    sed 's/^ \* \{0,1\}//' "$1" | awk -v house="$2" '
        /^\*\/$/ || /^#include/ { exit }
        /^[a-z_]+: / && !/^  / {
            wing = $1; sub(/:$/, "", wing); wing = house "/" wing
            sub(/^[a-z_]+: /, ""); print wing ": " $0; next
        }
        /^  [a-z]/ && wing != "" {
            line = $0; sub(/^  /, "", line)
            if (index(line, "  ")) line = substr(line, 1, index(line, "  ") - 1)
            count = split(line, names, /, */)
            for (i = 1; i <= count; i++) if (names[i] != "") print wing " " names[i]
        }'
}

for house in $houses; do
    map=$house/MAP
    [ "$house" != runner ] || map=runner/main.c
    map_of "$map" "$house" | LC_ALL=C sort >"$here/map"
    grep -v ': ' "$here/map" >"$here/named"
    find "$house" -mindepth 2 -name '*.[ch]' |
        sed 's|\.[ch]$||; s|/machine/[^/]*/|/machine/|; s|/\([^/]*\)$| \1|' |
        LC_ALL=C sort -u >"$here/there"
    ok "src/$map names modules" test -s "$here/named"
    is "src/$map names every module of its wing once" \
        "$(LC_ALL=C comm -13 "$here/named" "$here/there")" ''
    is "src/$map names no other, and none twice" \
        "$(LC_ALL=C comm -23 "$here/named" "$here/there")" ''
    is "src/$map has each wing's law as src/WINGS" "$(grep ': ' "$here/map")" \
        "$(sed -n "s,^\($house/[a-z]*\)[^|]*| ,\1: ,p" "$here/wings" | LC_ALL=C sort)"
done

is "no folder has more than $FILES_MAX files" "$(cd "$MF_SOURCE" &&
    find src tests/cases -type f | sed 's|/[^/]*$||' | sort | uniq -c |
    awk -v most=$FILES_MAX '$1 > most { print $2 ": " $1 }')" ''
is "no file has more than $LINES_MAX lines of code" "$(cd "$MF_SOURCE" &&
    find src include tests/unit tests/targets tests/fuzz examples bench -name '*.[ch]' -o -name '*.cc' |
    sort | xargs awk -v most=$LINES_MAX '
        function told() { if (lines > most) print name ": " lines }
        FNR == 1 { told(); name = FILENAME; lines = 0; comment = 0 }
        {
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "")
            if (comment && sub(/^.*\*\//, "")) comment = 0
            if (comment) next
            if (sub(/\/\*.*$/, "")) comment = 1
            sub(/\/\/.*$/, "")
        }
        /[^[:space:]]/ { lines++ }
        END { told() }')" ''

is "headers are guarded after their path" "$(
    find core preload runner -name '*.h' | while read -r header; do
        guard=MF_$(echo "${header%.h}_H" | sed 's|/x86_64/|/|; s|/generic/|/|; s|/aarch64/ticks|/ticks|; s|/aarch64/tgkill|/tgkill|; s|/aarch64/jump|/jump|; s|/aarch64/named|/named|; s|/aarch64/relocations|/relocations|' | tr 'a-z/.' 'A-Z__')
        grep -q "^#ifndef $guard\$" "$header" || echo "$header"
    done)" ''
is "every file begins with its licence" "$(cd "$MF_SOURCE" &&
    find src include tests -type f -name '*.[ch]' -exec awk \
        'FNR == 1 && !/SPDX-License-Identifier: MIT/ { print FILENAME }' {} +)" ''
is "the inside uses no stdio, no locale and no allocation" \
    "$(grep -rnE \
        '#[[:space:]]*include[[:space:]]*<(stdio|locale|wchar|iconv)\.h>' core preload |
        grep -v jansson_stdin)" ''
plan
