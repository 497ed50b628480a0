#!/bin/sh
# SPDX-License-Identifier: MIT
# What a suite makes of programs by how they are built and started: without a build ID, for
# another C library or processor, and with little address space.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

cat >needs.c <<'END'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *block = malloc(SIZE);
    if (!block && CAREFUL) {
        return 1;
    }
    block[0] = 1;
    free(block);
    puts("fine");
    return 0;
}
END

# build FILE SIZE CAREFUL [OPTION...]: build it, with another compiler if $compiler is one.
build() {
    file=$1 size=$2 careful=$3
    shift 3
    ${compiler:-${CC:-cc}} -g -O0 -fno-builtin -DSIZE="$size" -DCAREFUL="$careful" "$@" \
        -o "$file" needs.c 2>build.err
}

# found RESULTS: the sizes of the allocations that were found to break.
found() {
    jq -c '[.findings[].injection.size] | unique' "$1/findings.json"
}

# Programs that share name and offsets, and have no build ID to tell them apart: one differs by its
# code.
mkdir careful careless copy
build careful/needs 200 1 -Wl,--build-id=none || exit 1
build careless/needs 201 0 -Wl,--build-id=none || exit 1
cp careful/needs copy || exit 1
"$MF_RUN" suite -o names.out sh -c 'careful/needs; careless/needs; copy/needs; careful/needs' >out 2>err
is "programs of one name without a build ID are both tested" "$(found names.out)" '[201]'
is "... once each" "$(jq '.planned - .tried' names.out/findings.json)" 0
like "... and the summary says how they count" "$(cat err)" \
    'in libraries only, or in programs without a build ID, and counts? once per program'
for part in 1 2; do
    "$MF_RUN" suite -q -o "names$part" --shard "$part/2" sh -c 'careful/needs; careless/needs; copy/needs' >out 2>err
done
"$MF_RUN" merge -q -o joined names1 names2 2>err
is "... also where parts are joined" \
    "$(jq -c '[.tried, .planned]' joined/findings.json)" "$(jq -c '[.tried, .planned]' names.out/findings.json)"
mv careless/needs kept
"$MF_RUN" suite -o built.out sh -c 'cp careful/needs test && ./test && rm test &&
    cp kept test && ./test' >out 2>err
is "... also where one takes the other's place" "$(found built.out)" '[201]'

# At a fixed address, a program that takes malloc's address has an entry of that name in its own
# table: it has no malloc inside.
sed 's/= malloc(/= get(/; s/^int main.*/&\n    void *(*volatile get)(size_t) = malloc;/' needs.c >takes.c
${CC:-cc} -g -O0 -fno-builtin -fno-pie -no-pie -DSIZE=203 -DCAREFUL=0 -o takes takes.c || exit 1
"$MF_RUN" suite -o takes.out ./takes >out 2>err
is "a program at a fixed address that takes malloc's address is tested" "$(found takes.out)" '[203]'

# One that the library cannot be loaded into runs without it, as if nothing were there.
build good 202 0 || exit 1
compiler=musl-gcc
if have musl-gcc && ldd --version 2>&1 | grep -q 'GNU\|GLIBC' && build musl 203 0; then
    "$MF_RUN" suite -o musl.out sh -c './musl; echo $?; ./good' >out 2>err
    is "a program for another C library runs" "$(cat out)" "fine
0
fine"
    like "... and is named" "$(cat err)" 'cannot be loaded into them \(made for another C library\): musl \(1\)'
    is "... nothing else is on stderr" "$(grep -vc '^mallocfail: \|^    \|^$' err)" 0
    "$MF_RUN" -p '[]' sh -c 'env -i ./musl; ./musl' >out 2>err
    is "a run under a policy starts it, too" "$(cat out)" "fine
fine"
else
    skip "a program for another C library" "no musl-gcc, or not glibc's"
fi
compiler=
if build small 204 0 -m32 && ./small >out; then
    "$MF_RUN" suite -o small.out sh -c './small; ./good' >out 2>err
    like "a program for another processor is named" "$(cat err)" \
        'cannot be loaded into them \(made for another processor\): small \(1\)'
    is "... and the loader does not complain" "$(grep -c 'ld.so' err)" 0
else
    skip "a program for another processor" "none can be built"
fi

# One that has no room for what the processes of a suite share.
"$MF_RUN" suite -o cramped.out sh -c '(ulimit -v 60000; exec ./good); ./good' >out 2>err
like "a program with too little address space is named" "$(cat err)" \
    'not tested, because they have too little address space or data \(ulimit -v, -d\): good \(1\)'
is "... and runs" "$(cat out)" "fine
fine"

# One that has so little that the library would take what it needs.
for limit in '-d 8192' '-v 6000' '-v 12000' '-v 20000'; do
    "$MF_RUN" suite -o little.out sh -c "(ulimit $limit; ./good; true) 2>said; ./good" >out 2>err
    like "a program with less than the library takes is named (ulimit $limit)" "$(cat err)" \
        'not tested, because they have too little address space or data \(ulimit -v, -d\): good \(1\)'
    is "... and runs as it does alone" "$(cat out said)" "fine
fine"
done

# A library that takes the place of one that goes.
for name in first second; do
    cat >$name.c <<END
#include <stdlib.h>
void run(void) {
    char *block = malloc(205);
    if (block || $([ $name = second ] && echo 1 || echo 0)) {
        block[0] = 1;
    }
    free(block);
}
END
    ${CC:-cc} -g -O0 -fno-builtin -shared -fPIC -o $name.so $name.c || exit 1
done
cat >loads.c <<'END'
#include <dlfcn.h>
#include <stdlib.h>
int main(void) {
    const char *const names[] = {"./first.so", "./second.so"};
    for (int i = 0; i < 2; i++) {
        void *library = dlopen(names[i], RTLD_NOW);
        void (*run)(void) = library ? (void (*)(void))dlsym(library, "run") : NULL;
        if (!run) {
            return 1;
        }
        run();
        dlclose(library);
    }
    return 0;
}
END
${CC:-cc} -g -O0 -o loads loads.c -ldl || exit 1
"$MF_RUN" suite -o loads.out ./loads >out 2>err
is "a library in the place of another one is tested" "$(found loads.out)" '[205]'

# A process that may not make system calls any more is left alone.
cat >shut.c <<'END'
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    free(malloc(206));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) {
        char *block = malloc(207);
        block[0] = 1;
        write(1, "shut in\n", 8);
    }
    syscall(SYS_exit, 0);
}
END
if ${CC:-cc} -g -O0 -fno-builtin -o shut shut.c 2>shut.err && ./shut >out; then
    "$MF_RUN" suite -o shut.out sh -c "./shut; echo \$?" >out 2>err
    is "a process under seccomp goes on" "$(cat out)" "shut in
0"
    like "... and it is said what is left" "$(cat err)" '\(2 had given up system calls that mallocfail needs \(seccomp\), '
    says 1 '4 of 4 failures tried' "... which --fresh tries" "$MF_RUN" suite --fresh -o shut.out ./shut
else
    skip "a process under seccomp" "not to be had"
fi

# However many others there are.
i=100
while [ $i -lt 170 ]; do
    ln good "other$i" && i=$((i + 1))
done
# shellcheck disable=SC2016 # The inner shell's.
"$MF_RUN" suite -o many.out --program good --program cramped sh -c 'for p in ./other*; do $p; done
    ln good cramped; (ulimit -v 60000; exec ./cramped); ./good' >out 2>err
like "... also where many others are passed over" "$(cat err)" 'address space .*: cramped \(1\)'
like "... which are counted" "$(cat err)" 'more processes of other programs were not tested'
plan
