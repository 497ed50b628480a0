#!/bin/sh
# SPDX-License-Identifier: MIT
# Naming places takes time, and the user's wish to end, or the end of the budget, is obeyed
# meanwhile: what has no name yet is left as module and offset, and that is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
many=$MF_TARGETS/many
COUNTED='[(.coverage.call_sites | length), (.coverage.call_sites | map(select(.named)) | length),
    .coverage.summary.places_unnamed == (.coverage.places | map(select(.named | not)) | length),
    (.coverage.places | map(select(.named)) | length > 0), .complete]'

"$MF_RUN" -o all -- "$many" >out 2>err
is "without hurry all places have names" \
    "$? $(jq -c "$COUNTED, .coverage.summary.places_unnamed" all/findings.json | tr '\n' ' ')" \
    "0 [128,128,true,true,true] 0 "
unlike "... and nothing is said of it" "$(cat err)" 'module and offset'

# interrupted SIGNAL: the signal comes when the first unit is read.
interrupted() {
    timeout -s KILL 20 env LD_PRELOAD="$MF_TARGETS/interrupted.so" \
        MALLOCFAIL_LIBRARY="$MF_LIB" INTERRUPTED_NAMING="$1" "$MF_RUN" -o late -- "$many" \
        >out 2>err
    echo $?
}
if env LD_PRELOAD="$MF_TARGETS/interrupted.so" "$MF_RUN" --version >/dev/null 2>&1; then
    for number in 2 15; do
        is "signal $number while places are named ends it" "$(interrupted $number)" \
            $((128 + number))
        is "... all was tried; one site has its name, the others are places still" \
            "$(jq -c "$COUNTED" late/findings.json)" '[128,1,true,true,true]'
        is "... they have what tells them apart" "$(jq '[.coverage.call_sites[] |
            select(.named | not) | .module + .offset] | unique | length' late/findings.json)" 127
        like "... and that is told" "$(cat err)" \
            'coverage has [0-9]+ of [0-9]+ places as module and offset only: interrupted'
    done
else
    skip "signals while places are named" "nothing can be preloaded into this runner"
fi
# An inlined call is named wherever the compiler puts what it knows of it.
cat >inlined.cc <<'EOF'
#include <stdlib.h>
namespace outer {
__attribute__((always_inline)) static inline void fill(char *block) { *(volatile char *)block = 1; }
__attribute__((noinline)) void work() { fill((char *)malloc(1000)); }
}
int main() { outer::work(); return 0; }
EOF
for compiler in g++ clang++; do
    for how in '-gdwarf-4' '-gdwarf-5' '-g1' '-g -gz' '-g -flto' '-gdwarf-4 -gsplit-dwarf' \
        '-gdwarf-5 -gsplit-dwarf'; do
        # shellcheck disable=SC2086 # several options
        if have $compiler && $compiler -O1 -fno-builtin $how -o inlined inlined.cc 2>/dev/null; then
            is "$compiler $how" "$(report "$(rule '"size":{"min":1000,"max":1000}')" \
                '[.finding.frames[:2][] | [(.short_name | sub("^outer::"; "")), .line, .inlined]]' \
                ./inlined)" '[["fill",3,true],["work",4,false]]'
        else
            skip "$compiler $how" "the compiler does not build that"
        fi
    done
done

# A server of debug files is asked where the user says so, and only then.
asked() {
    report "$(rule '"size":{"min":1000,"max":1000}')" '.finding.frames[1].line' ./served
}
if have python3 && have objcopy && python3 -c 'import http.server' &&
    ldconfig -p 2>/dev/null | grep -q libdebuginfod; then
    g++ -g -O1 -fno-builtin -Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567 -o served inlined.cc
    mkdir -p www/buildid/0123456789abcdef0123456789abcdef01234567
    objcopy --only-keep-debug served www/buildid/0123456789abcdef0123456789abcdef01234567/debuginfo
    strip served
    python3 -u -m http.server -b 127.0.0.1 -d www 0 >port 2>requests &
    server=$!
    i=0
    while [ $i -lt 50 ] && ! grep -q port port; do
        sleep 0.1
        i=$((i + 1))
    done
    port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' port)
    export DEBUGINFOD_CACHE_PATH="$PWD/cache"
    is "without DEBUGINFOD_URLS no server is asked" "$(asked) $(wc -l <requests)" 'null 0'
    is "with it the server's debug file names lines" \
        "$(DEBUGINFOD_URLS=http://127.0.0.1:$port asked)" 4
    kill $server
    wait $server 2>/dev/null || :
else
    skip "a server of debug files" "no python3, objcopy or libdebuginfod"
fi

# LLVM's linker leaves no gaps in a file, so that its first page is mapped again for the code.
cat >gapless.c <<'EOC'
#include <stdlib.h>
int plug(void) {
    char *block = malloc(10);
    block[0] = 1; // BREAKS
    free(block);
    return 0;
}
#ifndef PLUG
int main(void) { return plug(); }
#endif
EOC
cat >host.c <<'EOC'
#include <dlfcn.h>
int main(void) {
    void *library = dlopen("./gapless.so", RTLD_NOW);
    int (*plug)(void) = library ? dlsym(library, "plug") : 0;
    return plug ? plug() : 3;
}
EOC
if clang -fuse-ld=lld -g -O0 -w -o gapless gapless.c 2>/dev/null &&
    clang -fuse-ld=lld -g -O0 -w -DPLUG -shared -fPIC -o gapless.so gapless.c && clang -w -o host host.c -ldl; then
    for program in gapless host; do
        rm -rf found
        timeout 60 "$MF_RUN" -q -o found -- ./$program >out 2>err
        is "code of LLVM's linker is named: $program" \
            "$(jq -c '[.findings[] | select(.outcome == "crashed") | [.crash_site.line, .injection_site.line]]' found/findings.json)" '[[4,3]]'
    done
else
    skip "code of LLVM's linker is named" "no clang with lld"
fi

# The kernel writes a newline in a path otherwise.
folder='two
lines'
mkdir "$folder"
printf 'int main(void) {\n    int *block = __builtin_malloc(4);\n    *block = 1;\n    return 0;\n}\n' >"$folder/null.c"
${CC:-cc} -g -O0 -o "$folder/null" "$folder/null.c" || exit 1
for strategy in in-place fresh; do
    "$MF_RUN" -q --strategy $strategy -o newline -- "$folder/null" >out 2>err
    is "a newline in a program's path, $strategy" \
        "$(jq -c '[.findings[] | .crash_site.line, .injection_site.line]' newline/findings.json)" '[3,2]'
done
plan
