#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of a suite that run as another user cannot be tested: the suite's output stays its
# own, and they are named.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
[ "$(id -u)" = 0 ] || skip_all "not root"
have setpriv || skip_all "no setpriv"
# In a place that the other user may go to.
place=$(mktemp -d /tmp/users.XXXXXX) || exit 1
trap 'rm -rf "$place"; cd / && rm -rf "$tap_home"' EXIT
chmod 755 "$place"
cat >own.c <<'END'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    free(malloc(20));
    puts("own: fine");
    return 0;
}
END
cat >daemon.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    free(malloc(21));
    return setgid(65534) || setuid(65534) || execv(argv[argc - 1], argv + argc - 1);
}
END
for name in own daemon; do
    ${CC:-cc} -g -O0 -fno-builtin -o "$place/$name" $name.c || exit 1
done
setpriv --reuid=65534 --clear-groups "$place/own" >alone.out 2>alone.err ||
    skip_all "no program can be run as another user"

cat >suite.sh <<END
setpriv --reuid=65534 --clear-groups $place/own
setpriv --reuid=65534 --clear-groups sh -c $place/own
$place/daemon $place/own
$place/own
END
sh suite.sh >alone.out 2>alone.err
"$MF_RUN" suite -o found -- sh suite.sh >out 2>err
is "nothing broke" "$?" 0
is "the suite's output stays its own" "$(cat out)" "$(cat alone.out)"
is "... on stderr, too" "$(grep -v '^mallocfail: [0-9t]\|^mallocfail: not tested' err)" "$(cat alone.err)"
like "who ran as another user is named" "$(cat err)" \
    '^mallocfail: not tested, because they ran as another user: own \(2\), .*sh \(1\)'
is "... in the results, too" \
    "$(jq -c '[.untested[] | select(.why == "ran as another user") | .image == "own"] | any' found/findings.json)" true

# What the other user may not read is not loaded for it, and the loader does not complain.
mkdir -m 700 closed
cp "$MF_RUN" closed
cp "${MF_RUN%/*}/libmallocfail.so" closed
closed/mallocfail suite -o found -- sh suite.sh >out 2>err
is "a library that the other user cannot read is taken out" \
    "$(grep -v '^mallocfail: [0-9t]\|^mallocfail: not tested' err)" ''

# What runs in another root has no library to load, and is spared the loader's complaint.
libraries() {
    ldd "$place/own" | sed -n 's,^[^/]*\(/[^ ]*\) (0x.*,\1,p'
}
for library in $(libraries); do
    mkdir -p "$place/root${library%/*}"
    cp "$library" "$place/root$library"
done
cp "$place/own" "$place/root"
if [ "$(chroot "$place/root" /own 2>chroot.err)" = "own: fine" ]; then
    printf 'chroot %s /own\nLD_PRELOAD=/no.so chroot %s /own\n' "$place/root" "$place/root" >root.sh
    sh root.sh >alone.out 2>alone.err
    "$MF_RUN" suite -o root sh root.sh >root.out 2>root.err
    is "in another root a program is as it is" "$(cat root.out)" "$(cat alone.out)"
    is "... on stderr, too" "$(grep -v '^mallocfail: ' root.err)" "$(cat alone.err)"
    like "... and is named" "$(cat root.err)" \
        'not tested, because they ran where /proc does not show mallocfail .*: own \(2\)'
else
    skip "in another root" "no chroot"
fi

is "what ran as the same user is tested" "$(jq .oracle.processes found/findings.json)" 2
plan
