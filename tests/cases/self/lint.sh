#!/bin/sh
# SPDX-License-Identifier: MIT
# Manual pages, scripts and layout.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

cd "$MF_SOURCE" || exit 1

for page in man/*.[1-9]; do
    if have groff; then
        is "groff: $page" "$(groff -mdoc -ww -z "$page" 2>&1)" ''
    else
        skip "groff: $page" "not installed"
    fi
    if have mandoc; then
        is "mandoc: $page" "$(mandoc -Tlint -Wwarning "$page" 2>&1)" ''
    else
        skip "mandoc: $page" "not installed"
    fi
done

# In the header all but what its macros call.
is "mallocfail.h and libmallocfail(3) have the same functions" \
    "$(sed -n -e 's/^static inline .*[ *]\(mallocfail_[a-z_]*\)(.*/\1/p' \
        -e 's/^#define \(mallocfail_[a-z_]*\)(.*/\1/p' include/mallocfail.h |
        grep -vE '_(library|absent|each_next|each_end|paused_begin|paused_end|never|asked)$' | sort)" \
    "$(sed -n 's/^\.Fn \(mallocfail_[a-z_]*\) [a-z"].*/\1/p' man/libmallocfail.3 | sort -u)"

scripts=$(find bootstrap release .ci/run tests bench completions src -name '*.sh' -o -path bootstrap \
    -o -path release -o -path .ci/run 2>/dev/null)
# Debian 11's, 0.7, finds fault with more.
if have shellcheck && shellcheck --version | grep -q '^version: 0\.\([89]\|1[0-9]\)'; then
    for script in $scripts; do
        is "shellcheck: $script" "$(shellcheck -x "$script" 2>&1)" ''
    done
else
    skip "shellcheck" "not installed, or older than 0.8"
fi
is "scripts can be run" "$(for script in $scripts; do
    case $script in */tap.sh) continue ;; esac
    [ -x "$script" ] || echo "$script"
done)" ''

# Versions of clang-format disagree about the same code: this one decides.
formatter=14
format=
for program in clang-format-$formatter clang-format; do
    if have "$program" && "$program" --version | grep -q "version $formatter\."; then
        format=$program
        break
    fi
done
if [ -n "$format" ]; then
    is "clang-format" "$(find src tests include bench -name '*.[ch]' -o -name '*.cc' |
        grep -v '^tests/tmp/' | xargs "$format" --dry-run -Werror 2>&1 | head -n 20)" ''
else
    skip "clang-format" "the layout is that of clang-format $formatter, which is not installed"
fi

# What --help has the manual page has, and the other way round.
for command in $("$MF_RUN" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' | grep -v mallocfail); do
    "$MF_RUN" "$command" --help
done | listed_options | sed 's/ .*//; s/^--//' | sort -u >"$tap_home/options"
like "--help has options" "$(cat "$tap_home/options")" '^policy$'
grep -oE -e '(Fl|,) (\\-|-)[a-z][a-z-]+( |$|,)' man/mallocfail.1 | sed 's/^[A-Za-z,]* \\*-//; s/[ ,]*$//' |
    sort -u >"$tap_home/documented"
is "the manual page has every option" "$(grep -vxFf "$tap_home/documented" "$tap_home/options")" ''
is "and no other" "$(grep -vxFf "$tap_home/options" "$tap_home/documented")" ''
is "--version" "$("$MF_RUN" --version | head -n 1)" \
    "mallocfail $(sed -n 's/^AC_INIT(\[mallocfail\], \[\(.*\)\], \[\], .*/\1/p' configure.ac)"
is "the rpm spec has that version" "$(sed -n 's/^Version: *//p' rpm/mallocfail.spec)" \
    "$(sed -n 's/^AC_INIT(\[mallocfail\], \[\(.*\)\], \[\], .*/\1/p' configure.ac)"
status_is 0 "--help is no error" "$MF_RUN" --help
plan
