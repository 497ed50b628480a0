#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may know whom: core knows core, preload and runner never each other.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# includes FOLDER: the own headers that files of the folder include, with the file.
includes() {
    (cd "$MF_SOURCE/src" && grep -rn '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1")
}

for folder in core preload runner; do
    like "$folder includes something at all" "$(includes $folder)" "\"$folder/"
done
is "core includes core only" "$(includes core | grep -v '"core/')" ''
# countdown.h, tgkill.h, ticks.h, walk.h: there is one for each machine, the build names the folder.
is "preload includes core, preload and the public header only" \
    "$(includes preload | grep -vE '"((core|preload)/|mallocfail\.h"|(countdown|tgkill|ticks|walk)\.h")')" ''
is "runner includes core and runner only" "$(includes runner | grep -vE '"(core|runner)/')" ''
is "headers are guarded after their path" "$(cd "$MF_SOURCE/src" &&
    find core preload runner -name '*.h' | while read -r header; do
        guard=MF_$(echo "${header%.h}_H" | sed 's|/x86_64/|/|; s|/generic/|/|; s|/aarch64/ticks|/ticks|; s|/aarch64/tgkill|/tgkill|' | tr 'a-z/.' 'A-Z__')
        grep -q "^#ifndef $guard\$" "$header" || echo "$header"
    done)" ''
is "every file begins with its licence" "$(cd "$MF_SOURCE" &&
    find src include tests -type f -name '*.[ch]' -exec awk \
        'FNR == 1 && !/SPDX-License-Identifier: MIT/ { print FILENAME }' {} +)" ''
is "the inside uses no stdio, no locale and no allocation" \
    "$(cd "$MF_SOURCE/src" && grep -rnE \
        '#[[:space:]]*include[[:space:]]*<(stdio|locale|wchar|iconv)\.h>' core preload |
        grep -v jansson_stdin)" ''
plan
