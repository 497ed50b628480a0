#!/bin/sh
# SPDX-License-Identifier: MIT
# The first, second and last failure of each stack find every crash site that a failure of
# each allocation does, in far fewer runs.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# sites DIR: where each defect of some results broke, and how.
sites() {
    jq -r '.findings[] | select(.outcome != "aborted")
        | "\(.outcome), \(.class), \(.crash_site.module)+\(.crash_site.offset)"' \
        "$1/findings.json" | sort -u
}

# trials DIR: how many runs there were.
trials() {
    jq '.trials | length' "$1/findings.json"
}

# explored NAME PROGRAM…: both ways, with all else by default.
explored() {
    explored_name=$1
    shift
    for points in stacks all; do
        timeout 120 "$MF_RUN" -q -o "$explored_name.$points" --points $points -- "$@"
    done
    sites "$explored_name.stacks" >"$explored_name.stacks.sites"
    sites "$explored_name.all" >"$explored_name.all.sites"
    few=$(trials "$explored_name.stacks")
    many=$(trials "$explored_name.all")
    echo "# $explored_name: $few runs for stacks, $many for all;" \
        "$(wc -l <"$explored_name.all.sites") sites of $(jq '.outcomes.crashed' \
            "$explored_name.all/findings.json") crashes"
    if [ -s "$explored_name.all.sites" ] || [ -s "$explored_name.stacks.sites" ]; then
        same "$explored_name: stacks finds every site and class that all does" \
            "$explored_name.all.sites" "$explored_name.stacks.sites"
    else
        # Debian 13's sqlite3 is one of those.
        skip "$explored_name: stacks finds every site that all does" "this one breaks nowhere"
    fi
}

echo '{"a":[1,2,{"b":"x"}],"c":null}' >t.json
explored jq jq .a t.json
ok "jq: in at most a sixth of the runs" test $((6 * few)) -le "$many"

# Of the crashes of one stack only one is traced in an exploration. So trace some others,
# which stacks did not try, each by itself.
jq -rn --slurpfile few jq.stacks/findings.json --slurpfile many jq.all/findings.json '
    [$few[0].trials[] | "\(.mode) \(.number)"] as $tried
    | [$many[0].trials[] | select(.outcome == "crashed") | "\(.mode) \(.number)"] - $tried
    | . as $others | range(0; length; length / 15 | ceil) | $others[.]' >others
# shellcheck disable=SC2094 # the loop's programs read nothing
while read -r mode number; do
    [ "$mode" = once ] && trigger=nth || trigger=from
    report "$(rules "{\"$trigger\":$number}" '"arm":"startup"')" '.finding' jq .a t.json </dev/null
done <others | jq -r '"\(.outcome), \(.class), \(.crash_site.module)+\(.crash_site.offset)"' |
    sort -u >others.sites
echo "# jq: $(wc -l <others) other crashes traced: $(wc -l <others.sites) sites"
ok "jq: there are such" test -s others.sites
is "jq: other crashes than those that stacks tried are of no other site" \
    "$(comm -13 jq.stacks.sites others.sites)" ''

if have sqlite3; then
    explored sqlite3 sqlite3 :memory: .tables
    ok "sqlite3: in fewer runs" test "$few" -lt "$many"
else
    skip "sqlite3: stacks finds every site that all does" "not installed"
fi
plan
