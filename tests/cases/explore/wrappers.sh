#!/bin/sh
# SPDX-License-Identifier: MIT
# A program behind a wrapper, as libtool makes them: the wrapper is left alone, and the program
# is tested as if it had been called itself.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
${CC:-cc} -g -o keys "$MF_SOURCE/examples/keys.c" || exit 1
cat >wrapper <<'EOS'
#!/bin/sh
# shellcheck disable=SC2034
home=$(dirname "$0")
list=$(ls "$home")
exec ./keys
EOS
chmod +x wrapper

# found DIR PROGRAM...: what an exploration of it finds
found() {
    found_in=$1
    shift
    "$MF_RUN" --strategy "$strategy" -o "$found_in" -- "$@" >"$found_in.out" 2>"$found_in.err"
    jq -c '[.oracle.allocations, .outcomes, [.findings[] | [.class, .crash_site, .trials]]]' "$found_in/findings.json"
}

strategy=auto
direct=$(found direct ./keys)
like "the program itself crashes" "$direct" '"null dereference"'
is "behind a shell script the same is found" "$(found script ./wrapper)" "$direct"
like "... it is told whose failures these are" "$(cat script.err)" 'becomes keys by exec, and that is tested'
is "behind env(1) and nice(1), too" "$(found both env A=b nice -n 1 ./keys)" "$direct"
strategy=fresh
is "fresh, too" "$(found fresh ./wrapper)" "$direct"
ok "... its reproducer brings the crash back" "$MF_RUN" replay fresh/reproducers/*.json
unlike "a shell that starts the program as its child does not become it" \
    "$("$MF_RUN" -o child -- sh -c './keys; true' 2>&1)" 'by exec'
plan
