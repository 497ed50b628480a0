#!/bin/sh
# SPDX-License-Identifier: MIT
# arm: when counting begins.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

startup=$MF_TARGETS/startup
count=$MF_TARGETS/count

# armed WHEN RULE WANTED DESCRIPTION PROGRAM…
armed() {
    armed_when=$1 armed_rule=$2 armed_want=$3 armed_what=$4
    shift 4
    both "$armed_what" "$(rules "{$armed_rule}" "\"arm\":\"$armed_when\"")" "$armed_want" "$@"
}

# life WORD…: what startup prints.
life() {
    printf 'constructor %s\nmain %s\natexit %s\ndestructor %s\n' "$@"
}

both "by default a constructor can fail" "$(rule '"nth":1')" \
    "$(life failed served served served)" "$startup"
armed load '"nth":1' "$(life failed served served served)" \
    "load: counting begins before the program's constructors" "$startup"
armed load '"name":"all"' "$(life failed failed failed failed)" \
    "load: from the constructors to the destructors" "$startup"
armed main '"name":"all"' "$(life served failed failed failed)" \
    "main: constructors are left alone, destructors are not" "$startup"
armed main '"nth":1' "$(life served failed served served)" \
    "main: the first call is main's" "$startup"
armed startup '"name":"all"' "$(life failed failed failed failed)" \
    "startup: all of it" "$startup"
is "api: nothing where nobody arms" \
    "$(alone "$(rules '{"name":"all"}' '"arm":"api"')" "$startup")" \
    "$(life served served served served)"
says 125 'mallocfail_arm' "which the runner does not take for a test" \
    under "$(rules '{"name":"all"}' '"arm":"api"')" "$startup"
armed api '"name":"all"' '3 4' "api: from mallocfail_arm() on" "$count" 'malloc:1*2' arm \
    'malloc:1*2'
armed api '"name":"all"' '3' "api: until mallocfail_disarm()" "$count" 'malloc:1*2' arm \
    malloc:1 disarm 'malloc:1*2'
armed api '"nth":2' '4' "api: numbers begin at arming" "$count" 'malloc:1*2' arm 'malloc:1*4'
armed load '"name":"all"' '1 2 3' "mallocfail_disarm() is for what mallocfail_arm() began" \
    "$count" malloc:1 disarm malloc:1 arm malloc:1
is "without the library a program that asks first goes its way" \
    "$("$count" arm malloc:1 disarm malloc:1)" ''
plan
