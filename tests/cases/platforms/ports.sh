#!/bin/sh
# SPDX-License-Identifier: MIT
# The library built for another C library and another machine, with victims of the same
# kind: musl beside glibc, run by this runner, and AArch64, run by qemu-user. That has no
# ptrace and no seccomp, so there the runner is built and its parts are tested, but nothing
# is run by it.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

only_in_full
have apt-get dpkg-deb dpkg-source cmake jq || skip_all "needs Debian, with dpkg-dev, cmake and jq"
[ ! -e "$MF_SOURCE/config.status" ] || skip_all "needs a build outside the source tree"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

# An apt of its own, which knows nothing of this machine: apt ARCHITECTURE ARGUMENT…
apt() {
    apt_home=$tap_home/apt-$1
    mkdir -p "$apt_home/lists/partial" "$apt_home/archives/partial"
    : >"$apt_home/status"
    printf '%s http://deb.debian.org/debian %s main\n' deb "$codename" deb-src "$codename" \
        >"$apt_home/sources.list"
    apt_arch=$1
    shift
    apt-get -qq -o APT::Architecture="$apt_arch" -o APT::Architectures="$apt_arch" \
        -o APT::Sandbox::User= -o Dir::State="$apt_home" -o Dir::State::lists="$apt_home/lists" \
        -o Dir::State::status="$apt_home/status" -o Dir::Cache="$apt_home" \
        -o Dir::Etc::SourceList="$apt_home/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        "$@"
}

# configured WHERE OPTION…: configure for a build there.
configured() {
    configured_where=$1
    shift
    (cd "$configured_where" && "$MF_SOURCE/configure" -q --enable-werror "$@")
}

# made WHERE TARGET…: make them there, and keep what was said.
made() {
    made_where=$1
    shift
    make -s -C "$made_where" -j2 "$@" >>"$made_where.log" 2>&1 && return
    grep -E 'error|Error|undefined' "$made_where.log" | head -20 >&2
    return 2
}

# holds DESCRIPTION CASE EXCEPT: a case's assertions, but those that match EXCEPT, hold with
# MF_RUN, MF_LIB and MF_TARGETS as they are.
holds() {
    (cd / && sh "$MF_SOURCE/tests/cases/$2.sh") >case.tap 2>case.err
    is "$1: $2.sh: $(grep -c '^ok' case.tap) assertions hold" \
        "$(grep '^not ok' case.tap | grep -vE -e "$3")$(grep -q '^1\.\.' case.tap || echo 'it broke off')" ''
}

# targets NAME…: what make calls these victims.
targets() {
    for target; do echo "tests/targets/$target"; done
}
NOTHING='^$'

# resource_functions DESCRIPTION BUILD EMULATOR COMPILER…: each function of the table fails with
# each of its errors there, without the runner.
resource_functions() {
    resource_what=$1 resource_build=$2 resource_by=$3 resource_part=0
    shift 3
    core=$MF_SOURCE/src/core/policy
    "$@" -std=gnu17 -w -I"$MF_SOURCE/src" -o calls "$MF_SOURCE/tests/targets/resource_functions.c" \
        "$core/resource.c" "$core/errnos.c" "$core/function.c" "$core/text.c" -lpthread
    : >wrong
    # shellcheck disable=SC2086 # words, or none
    while policy=$($resource_by ./calls policy $resource_part); do
        if [ -n "$resource_by" ]; then
            MALLOCFAIL_POLICY=$policy $resource_by -E LD_PRELOAD="$resource_build/libmallocfail.so" \
                ./calls calls $resource_part </dev/null >>wrong 2>&1
        else
            MALLOCFAIL_POLICY=$policy LD_PRELOAD=$resource_build/libmallocfail.so \
                ./calls calls $resource_part </dev/null >>wrong 2>&1
        fi
        resource_part=$((resource_part + 1))
    done
    is "$resource_what: resource functions fail" "$(awk '$1 != $3' wrong) $((resource_part > 4))" ' 1'
}

# ---- musl
musl=$tap_home/musl
if have musl-gcc && apt amd64 update && apt amd64 source jansson >apt.log 2>&1; then
    # Debian's musl-gcc does not see the kernel's headers.
    mkdir headers
    ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$(cc -print-multiarch)/asm" headers
    cmake -S jansson-*/ -B jansson-musl -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF \
        -DJANSSON_WITHOUT_TESTS=ON -DCMAKE_INSTALL_PREFIX="$tap_home/jansson" >cmake.log 2>&1
    cmake --build jansson-musl --target install >>cmake.log 2>&1
    mkdir "$musl"
    ok "musl: configure --disable-runner" configured "$musl" --disable-runner \
        --host=x86_64-linux-musl CC=musl-gcc CPPFLAGS="-isystem $tap_home/headers" \
        --with-jansson="$tap_home/jansson"
    ok "musl: the library is built" made "$musl" libmallocfail.so
    # shellcheck disable=SC2046 # words; and musl-gcc leaves the table for the unwinder out
    ok "musl: victims are built" made "$musl" LDFLAGS=-Wl,--eh-frame-hdr \
        $(targets alike bump.so caller children contract count explore_victim leaker libfetch.so \
            mapping old-kernel pages_victim recorded startup stress)
    count=$musl/tests/targets/count
    says 125 'is a program of musl' "musl: without a library for it a program is refused" \
        under "$NEVER" "$count" malloc:1
    says 125 'is a program of glibc' "musl: and one of glibc where only that is there" \
        env MALLOCFAIL_LIBRARY="$musl/libmallocfail.so" "$MF_RUN" --policy "$NEVER" -- true

    # As it is installed: each C library's in a folder of its own.
    mkdir -p root/bin root/lib/mallocfail/musl
    cp "$MF_RUN" root/bin
    cp "$MF_LIB" root/lib/mallocfail
    made "$musl" install-preloadPROGRAMS preloaddir="$tap_home/root/lib/mallocfail/musl"
    MF_RUN=$tap_home/root/bin/mallocfail
    is "musl: its library is found by the program" \
        "$(under "$(rule '"nth":2')" "$count" malloc:1*3)" 2
    is "musl: glibc's still is, too" \
        "$(under "$(rule '"nth":2')" "$MF_TARGETS/count" malloc:1*3)" 2
    status_is 1 "musl: an exploration ends with defects" \
        timeout 60 "$MF_RUN" -o found -- "$musl/tests/targets/explore_victim" null
    is "musl: they are found in place, and diagnosed" \
        "$(jq -c '[.findings[0].class, .findings[0].injection_site.function]' found/findings.json)" \
        '["null dereference","null"]'

    (
        MF_LIB=$musl/libmallocfail.so MF_TARGETS=$musl/tests/targets
        # realloc(p, 0) gives a block in musl; pvalloc, and errno after a refused alignment,
        # are glibc's.
        holds musl triggers/exact "$NOTHING"
        holds musl library/contract '(posix_memalign-odd|pvalloc) is itself|realloc-zero when'
        holds musl triggers/arm "$NOTHING"
        holds musl triggers/filters 'the shell around it'
        holds musl triggers/heap "$NOTHING"
        holds musl triggers/time "$NOTHING"
        holds musl triggers/threads 'thread_local|numbered with the rest'
        holds musl library/children 'system'
        holds musl library/imports "$NOTHING"
        holds musl trace/histogram "$NOTHING"
        holds musl explore/leaks 'strdup|lua|a copy is kept|something else runs it'
        # As above; the shell that limits the room is of glibc.
        holds musl library/pages \
            '(realloc-zero|posix_memalign-odd|pvalloc) keeps|so little address space'
        # Shells here are of glibc, and no stack goes through musl itself.
        holds musl trace/trace \
            'as itself|never freed is left|one line for each|signal handlers|are executed|outermost frame|may not grow|the rest is there'
        echo "$tap_number" >number
    )
    tap_number=$(cat number)
    resource_functions musl "$musl" '' musl-gcc -isystem "$tap_home/headers"
else
    skip "musl" "no musl-gcc, or no source of jansson"
fi

# ---- AArch64
arm=$tap_home/aarch64
system=$tap_home/system
# Packages are unpacked, not installed: nothing of this machine changes.
if have aarch64-linux-gnu-gcc qemu-aarch64 && apt arm64 update &&
    apt arm64 install -y --download-only --no-install-recommends libc6-dev libstdc++-12-dev \
        libjansson-dev libelf-dev libdw-dev libseccomp-dev libxml2-dev check >apt.log 2>&1; then
    mkdir "$system" "$arm"
    for package in "$tap_home"/apt-arm64/archives/*.deb; do
        dpkg-deb -x "$package" "$system"
    done
    cat >cc <<EOF
#!/bin/sh
exec aarch64-linux-gnu-gcc --sysroot='$system' -L'$system/usr/lib/gcc/aarch64-linux-gnu/12' "\$@"
EOF
    chmod +x cc
    PKG_CONFIG_LIBDIR=$system/usr/lib/aarch64-linux-gnu/pkgconfig
    PKG_CONFIG_SYSROOT_DIR=$system
    export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
    ok "aarch64: configure" configured "$arm" --host=aarch64-linux-gnu CC="$tap_home/cc" \
        CXX="$tap_home/cc"
    ok "aarch64: the library and the runner are built" made "$arm" all
    units="code/test_demangle core/test_arena core/test_channel core/test_decide core/test_glob \
        core/test_journal core/test_locate core/test_plan core/test_policy core/test_stackid \
        diagnose/test_cycle diagnose/test_outcome results/test_coverage_json \
        patch/test_relocate points/test_points util/test_printable"
    # shellcheck disable=SC2046,SC2086 # words
    ok "aarch64: victims and unit tests are built" made "$arm" \
        $(targets alike caller contract count libfetch.so mapping startup stress) \
        $(printf 'tests/unit/%s ' $units)
    for unit in $units; do
        ok "aarch64: unit tests: $unit" \
            env CK_TIMEOUT_MULTIPLIER=10 qemu-aarch64 -L "$system" "$arm/tests/unit/$unit"
    done

    # What the cases take for the runner, and for victims.
    mkdir wrapped
    cat >runner <<'EOF'
#!/bin/sh
[ "$1 $2 $4" = "-q --policy --" ] || exit 125
export MALLOCFAIL_POLICY="$3"
shift 4
exec "$@"
EOF
    for name in alike caller contract count mapping startup stress; do
        cat >"wrapped/$name" <<EOF
#!/bin/sh
unset LD_PRELOAD
exec qemu-aarch64 -L '$system' \${MALLOCFAIL_POLICY:+-E LD_PRELOAD='$arm/libmallocfail.so'} \
    '$arm/tests/targets/$name' "\$@"
EOF
    done
    chmod +x runner wrapped/*
    like "aarch64: victims are for it" "$(readelf -h "$arm/tests/targets/count")" AArch64
    (
        MF_RUN=$tap_home/runner MF_LIB=$tap_home/none.so MF_TARGETS=$tap_home/wrapped
        # The rest asks for reports, of a runner that cannot run here.
        holds aarch64 triggers/exact "$NOTHING"
        holds aarch64 library/contract 'is no call|counts$|is a call'
        holds aarch64 triggers/arm 'does not take for a test'
        holds aarch64 triggers/filters "stack id: as the report|the main thread's is the program's"
        holds aarch64 triggers/heap "$NOTHING"
        echo "$tap_number" >number
    )
    tap_number=$(cat number)
    resource_functions aarch64 "$arm" "qemu-aarch64 -L $system" "$tap_home/cc"

    # Patches, as this machine's runner works them out for the other's programs.
    cat >pool.c <<'EOF'
#include <stdio.h>
static char room[1000];
static unsigned long used;
__attribute__((noinline, noipa)) void *pool_get(unsigned long count, unsigned long size, double rest) {
    used += count * size;
    return used < sizeof(room) && rest > 0 ? room + used - count * size : 0;
}
__attribute__((noinline, noipa)) long sum(long a, long b, long c, long d, long e, long f, long g, long h, long i, double x) {
    return a + b + c + d + e + f + g + h + i + (long)x;
}
#ifdef PLUG
static int early;
__attribute__((constructor)) static void begin(void) { early = pool_get(1, 7, 1) != 0; }
int plug(int n) { return printf("%d%d ", early, pool_get(2, 10 + n, 1.5) != 0), 0; }
#else
int main(void) {
    int first = pool_get(2, 8, 1.5) != 0;
    return printf("%d%d %ld ", first, pool_get(3, 10, 1) != 0, sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 1.5)) < 0;
}
#endif
EOF
    cat >host.c <<'EOF'
#include <dlfcn.h>
int main(int argc, char **argv) {
    void *library = dlopen("./plug.so", RTLD_NOW);
    return ((int (*)(int))dlsym(library, "plug"))(2);
}
EOF
    make -s -C "$MF_BUILD" tests/targets/emulated >emulated.log 2>&1
    # comes FUNCTION PROGRAM LIBRARY RULE: what comes of it.
    comes() {
        # shellcheck disable=SC2086 # a word or none
        "$MF_BUILD/tests/targets/emulated" "{\"version\":1,\"arm\":\"startup\",\"allocations\":[${1:+\"$1\"}],\"rules\":[$4]}" "$1" "./$2" $3 -- \
            "$(command -v qemu-aarch64)" -L "$system" -E LD_PRELOAD="$arm/libmallocfail.so" "./$2" 2>&1
    }
    for way in -O0 -O2 '-O2 -mbranch-protection=standard' '-O2 -no-pie -fno-pie'; do
        # shellcheck disable=SC2086 # words
        ./cc -w $way -o pool pool.c && ./cc -w $way -fPIC -shared -DPLUG -o plug.so pool.c && ./cc -w $way -o host host.c
        is "aarch64: a function by name is patched ($way)" \
            "$(comes 'pool_get:size=1*2' pool '' '{"size":{"min":30,"max":30}}')" '10 46 status 0, 1 failed'
        is "... and gets all its arguments ($way)" "$(comes sum pool '' '{"functions":["sum"],"nth":2}')" '11 46 status 0, 0 failed'
        is "... in a library that is loaded later, too ($way)" \
            "$(comes 'pool_get:size=1*2' host ./plug.so '{"functions":["pool_get"],"nth":1}')" '01 status 0, 1 failed'
        # shellcheck disable=SC2086 # words
        ./cc -w -fno-builtin $way -o use "$MF_SOURCE/tests/targets/inside/use.c" "$MF_SOURCE/tests/targets/inside/heap.c"
        is "aarch64: a malloc inside the program is patched ($way)" \
            "$(comes '' use '' '{"functions":["realloc"],"nth":1}')" 'no room
status 4, 1 failed'
    done
else
    skip "aarch64" "no cross compiler, no qemu-user, or no packages for it"
fi
plan
