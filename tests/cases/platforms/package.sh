#!/bin/sh
# SPDX-License-Identifier: MIT
# The source builds Debian packages that lintian has no errors for and that work; the tarball
# is the same, whoever makes it and when; and it builds rpm packages that work.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
have dpkg-buildpackage dh lintian jq || skip_all "needs debhelper, dpkg-dev, lintian and jq"
git -C "$MF_SOURCE" rev-parse HEAD >/dev/null 2>&1 || skip_all "needs the repository"

git clone -q "$MF_SOURCE" mallocfail
ok "dpkg-buildpackage builds the packages" \
    sh -c 'cd mallocfail && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b'
packages=$(ls ./*.deb)
like "... one with the command" "$packages" '/mallocfail_.*\.deb'
like "... with its manual pages" "$(for package in ./mallocfail_*.deb; do dpkg-deb -c "$package"; done)" \
    'man7/mallocfail-cookbook\.7\.gz'
like "... one with the header" "$packages" 'libmallocfail-dev_.*\.deb'
is "lintian finds no errors" "$(lintian --fail-on none --tag-display-limit 0 ./*.changes 2>&1 | grep '^E:')" ""

mkdir root
for package in ./mallocfail_*.deb ./libmallocfail-dev_*.deb; do
    dpkg-deb -x "$package" root
done
ok "what is packaged works: smoke test" env ROOT="$tap_home/root" sh mallocfail/debian/tests/smoke

# make dist, twice, in other places, at other times.
tarball() {
    git clone -q "$MF_SOURCE" "$1/source" &&
        (
            cd "$1/source" && autoreconf -fi && mkdir ../b && cd ../b &&
                ../source/configure -q && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s dist
        ) >"$1.log" 2>&1
    sha256sum <"$(echo "$1"/b/*.tar.xz)"
}
mkdir first second-place
first=$(tarball first)
second=$(umask 077 && tarball second-place)
is "make dist writes the same bytes twice" "$first" "$second"

if have rpmbuild rpmlint rpm2cpio cpio; then
    # Debian's rpm knows no package of Debian: --nodeps.
    ok "rpmbuild builds packages of the tarball" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
        rpmbuild -ta --nodeps --define "_topdir $tap_home/rpm" "$(echo first/b/*.tar.xz)"
    is "rpmlint finds nothing wrong in the spec" "$(rpmlint "$MF_SOURCE/rpm/mallocfail.spec" 2>&1 | grep ': [EW]: ')" ""
    mkdir rpmroot
    for package in rpm/RPMS/*/*.rpm; do
        rpm2cpio "$package" | (cd rpmroot && cpio -id --quiet)
    done
    ok "with the manual pages" test -e rpmroot/usr/share/man/man7/mallocfail-cookbook.7
    ok "what is packaged works: smoke test of the rpm" env ROOT="$tap_home/rpmroot" \
        sh mallocfail/debian/tests/smoke
else
    skip "rpm packages" "needs rpm, rpmlint and cpio"
fi
plan
