#!/bin/sh
# SPDX-License-Identifier: MIT
# What cannot be tested is said plainly: 125, 126 or 127, and what to do instead.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

count=$MF_TARGETS/count
CC=${CC:-cc}

# header CLASS MACHINE: the beginning of an ELF file; both as printf's octal escapes.
header() {
    printf '\177ELF'
    # shellcheck disable=SC2059
    printf "$1"'\001\001\000\000\000\000\000\000\000\000\000\002\000'"$2"'\001\000\000\000'
    head -c 232 /dev/zero
}

says 127 'nowhere' "not found: 127" under "$NEVER" ./nowhere
says 127 'no-such-program' "not found on PATH: 127" under "$NEVER" no-such-program
echo 'text' >text
says 126 'text' "not executable: 126" under "$NEVER" ./text
says 126 'dir' "a directory: 126" sh -c 'mkdir dir; exec "$1" --policy "$2" ./dir' sh \
    "$MF_RUN" "$NEVER"
echo 'neither a program nor a script' >junk
chmod +x junk
says 126 'junk' "executable, but in no format known: 126" under "$NEVER" ./junk

header '\001' '\003\000' >i386
header '\002' '\026\000' >s390
chmod +x i386 s390
says 125 'i386.* another machine or word size' "a 32-bit program: 125" under "$NEVER" ./i386
says 125 's390.* another machine' "a program for another machine: 125" under "$NEVER" ./s390

printf 'int main(void) { return 0; }\n' >static.c
if $CC -m32 -o program32 static.c 2>/dev/null; then
    says 125 'program32.* another machine or word size.*: build the program' \
        "a 32-bit program that a compiler made: 125" under "$NEVER" ./program32
else
    skip "a 32-bit program that a compiler made: 125" "none can be built"
fi
if $CC -static -o static static.c 2>/dev/null; then
    strip static
    says 125 'static' "a static program without symbols: 125" under "$NEVER" ./static
else
    skip "a static program: 125" "none can be built"
fi

# Rights that a file gives only count where it is another user's and the file system agrees.
cp "$count" setuid
cp "$count" setgid
cp "$count" capable
case $(findmnt -no OPTIONS -T . 2>/dev/null) in
*nosuid*) nosuid=yes ;;
*) nosuid= ;;
esac
if [ -z "$nosuid" ] && chown 1 setuid 2>/dev/null && chmod u+s setuid; then
    says 125 'set-user-ID' "a set-uid program: 125" under "$NEVER" ./setuid
else
    skip "a set-uid program: 125" "not root, or no such rights here"
fi
if [ -z "$nosuid" ] && chgrp 1 setgid 2>/dev/null && chmod g+s setgid; then
    says 125 'set-group-ID' "a set-gid program: 125" under "$NEVER" ./setgid
else
    skip "a set-gid program: 125" "not root, or no such rights here"
fi
chmod u+s capable
status_is 0 "a set-uid program of one's own is none" under "$NEVER" ./capable malloc:1
chmod u-s capable
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if [ -z "$nosuid" ] && PATH=$PATH:/usr/sbin:/sbin setcap cap_net_raw+ep capable 2>/dev/null &&
    $nobody test -r "$MF_LIB"; then
    # shellcheck disable=SC2086 # a command and its options
    says 125 'capabilities' "a program with file capabilities: 125" \
        $nobody "$MF_RUN" --policy "$NEVER" -- ./capable malloc:1
else
    skip "a program with file capabilities: 125" "not root, or no such rights here"
fi

says 125 'alloc' "a program that allocates nothing: 125" under "$NEVER" "$MF_TARGETS/quiet"
is "which ran nevertheless" "$(under "$NEVER" "$MF_TARGETS/quiet" 2>/dev/null)" quiet

printf '#!/bin/sh\nexec "%s" malloc:1 malloc:1 malloc:1\n' "$count" >script
chmod +x script
both "a script is run by its interpreter" "$(rule '"process":"count","nth":2')" 2 ./script
printf '#!/no/such/interpreter\n' >orphan
chmod +x orphan
says 127 'orphan|/no/such/interpreter' "a script without its interpreter: 127" \
    under "$NEVER" ./orphan

says 0 'never|no (rule|failure)|did not' "a policy that never fired: a note, and the target's status" \
    "$MF_RUN" --policy "$NEVER" -- "$count" malloc:1
unlike "which -q keeps back" \
    "$("$MF_RUN" -q --policy "$NEVER" -- "$count" malloc:1 2>&1)" '.'

says 125 'none\.json' "a policy file that is not there: 125" \
    under none.json "$count" malloc:1
printf '{"version":1,\n "rules":[{"nht":3}]}\n' >broken.json
says 125 'broken\.json:2:.*nht' "a broken policy: 125, its file and line" \
    under broken.json "$count" malloc:1
says 125 'nth' "with the key that was meant" under broken.json "$count" malloc:1
says 125 '1:' "a broken policy given inline: 125" under '{"version":2}' "$count" malloc:1
is "nothing is started under a broken policy" \
    "$(under broken.json touch started 2>/dev/null; ls started 2>/dev/null)" ''
says 0 'broken\.json' "with the library alone: said once, and nothing fails" \
    alone broken.json "$count" malloc:1
is "in one line" "$(wc -l <err | tr -d ' ')" 1
says 0 'none\.json' "with the library alone, a missing policy is said too" \
    alone none.json "$count" malloc:1
status_is 125 "a wrong option: 125" "$MF_RUN" --no-such-option --policy "$NEVER" "$count"
status_is 125 "no program: 125" "$MF_RUN" --policy "$NEVER"
says 125 'libmallocfail' "a library that is not there: 125" \
    env MALLOCFAIL_LIBRARY=/no/libmallocfail.so "$MF_RUN" --policy "$NEVER" "$count" malloc:1
plan
