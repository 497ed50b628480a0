#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh clone to a passing suite, on each Debian that README's table has: a system of
# its own, made by debootstrap, where ./bootstrap installs what is missing.
# MF_SYSTEMS names others, MF_MIRROR another mirror.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
have debootstrap unshare chroot git || skip_all "needs debootstrap, unshare, chroot and git"
[ "$(id -u)" = 0 ] || skip_all "needs root, for debootstrap"
git -C "$MF_SOURCE" rev-parse HEAD >/dev/null 2>&1 || skip_all "needs the repository"
mirror=${MF_MIRROR:-http://deb.debian.org/debian}

# What an interruption leaves: all of it runs in namespaces whose first process dies with
# this one's child, and all mounts are of these namespaces.
inside=
leave() {
    [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null
    cd / && until_true rm -rf "$tap_home"
}
trap leave EXIT

# in_namespaces COMMAND…: run it there, interruptibly.
in_namespaces() {
    unshare --mount --pid --fork --kill-child "$@" >>log 2>&1 </dev/null &
    inside=$!
    wait "$inside"
    in_status=$?
    inside=
    return "$in_status"
}

cat >make_system <<'EOS'
#!/bin/sh
# SUITE MIRROR SOURCE: a system in ./system, with a clone of the source.
set -e
mount -t proc proc /proc
debootstrap --variant=minbase --include=ca-certificates "$1" system "$2"
# A mirror may stand still.
echo 'Acquire::Check-Valid-Until "false";' >system/etc/apt/apt.conf.d/50still
git clone -q "$3" system/root/mallocfail
EOS
cat >run_there <<'EOS'
#!/bin/sh
# COMMAND: run it in ./system, in the clone.
set -e
mount -t proc proc system/proc
mount --rbind /sys system/sys
mount --rbind /dev system/dev
mount -t tmpfs -o mode=1777 tmpfs system/tmp
cp /etc/resolv.conf system/etc
exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    chroot system sh -c "cd /root/mallocfail && $1"
EOS

for suite in ${MF_SYSTEMS:-bullseye bookworm trixie sid}; do
    : >log
    if ! in_namespaces sh make_system "$suite" "$mirror" "$MF_SOURCE"; then
        skip "$suite" "no such system can be made: $(tail -n 1 log)"
        rm -rf system
        continue
    fi
    name="$suite ($(cat system/etc/debian_version))"
    in_namespaces sh run_there './bootstrap run'
    run_status=$?
    is "$name: ./bootstrap run" "$run_status" 0
    [ "$run_status" = 0 ] || diag "its last words" "$(tail -n 20 log)"
    : >log
    in_namespaces sh run_there './bootstrap check'
    counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' log)
    like "$name: ./bootstrap check: $counts" "$counts" '^[1-9][0-9]* passed, 0 failed, '
    case $counts in
    *' 0 failed, '*) ;;
    *) diag "what failed, and its last words" \
        "$(grep -E '^(FAIL|ERROR):? ' log | head -n 40; tail -n 20 log)" ;;
    esac
    is "$name: nothing stays mounted" "$(grep -F " $tap_home/" /proc/self/mounts)" ''
    rm -rf system
done
plan
