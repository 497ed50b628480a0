#!/bin/sh
# SPDX-License-Identifier: MIT
# operator new of an allocator that brings its own fails as the C++ library's does.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have g++ jq || skip_all "no g++ or jq"
cat >list.cc <<'EOC'
#include <cstdio>
#include <new>
#include <string>
#include <vector>

struct list {
    int *data = new int[10];
    std::string name = std::string(100, 'n');
    ~list() { delete[] data; }
};

int main() {
    std::vector<int> v(1000, 1);
    int *p = new (std::nothrow) int[50];
    p[0] = (int)v.size(); // unchecked
    list l;
    std::printf("%d %zu\n", p[0], l.name.size());
    delete[] p;
}
EOC
cat >forms.cc <<'EOC'
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

struct alignas(64) wide { char bytes[4000]; };
static void give_up() { std::puts("handler"); std::set_new_handler(nullptr); }

int main(int argc, char **argv) {
    bool array = argc > 1 && !std::strcmp(argv[1], "array");
    bool aligned = argc > 1 && !std::strcmp(argv[1], "aligned");
    bool nothrow = argc > 1 && !std::strcmp(argv[1], "nothrow");
    if (argc > 1 && !std::strcmp(argv[1], "handler")) std::set_new_handler(give_up);
    try {
        if (array) { char *p = new char[4000]; delete[] p; }
        else if (aligned) { wide *p = new wide; delete p; }
        else if (nothrow) {
            struct big { char bytes[4000]; };
            big *p = new (std::nothrow) big;
            std::puts(p ? "a block" : "nullptr");
            delete p;
            return 0;
        } else { struct big { char bytes[4000]; }; big *p = new big; delete p; }
        std::puts("a block");
    } catch (const std::bad_alloc &) { std::puts("bad_alloc"); }
}
EOC
cat >plugin.cc <<'EOC'
#include <cstdio>
#include <new>
extern "C" void plugged() {
    try {
        int *p = new int[1000];
        std::puts("a block");
        delete[] p;
    } catch (const std::bad_alloc &) { std::puts("bad_alloc"); }
}
EOC
cat >host.c <<'EOC'
#include <dlfcn.h>
int main(void) {
    for (int i = 0; i < 2; i++) {
        void *handle = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL);
        void (*plugged)(void) = (void (*)(void))dlsym(handle, "plugged");
        plugged();
        dlclose(handle);
    }
    return 0;
}
EOC

# What the runner sees to, and the library alone does not.
export ASAN_OPTIONS=verify_asan_link_order=0
fail=$(rule '"size":{"min":4000,"max":4032}')
once=$(rule '"size":{"min":4000,"max":4032},"nth":1')

# try WHAT FLAG…: what a program does that has operator new from there.
try() {
    what=$1
    shift
    if ! g++ -g -O0 -std=c++17 -fno-builtin-malloc -o list list.cc "$@" 2>/dev/null ||
        ! g++ -g -O0 -std=c++17 -fno-builtin-malloc -o forms forms.cc "$@" 2>/dev/null ||
        ! ./forms >/dev/null 2>&1; then
        skip "$what" "cannot be built here"
        return
    fi
    both "$what: new throws bad_alloc" "$fail" bad_alloc ./forms
    both "$what: so does new[]" "$fail" bad_alloc ./forms array
    both "$what: so does new of what is aligned" "$fail" bad_alloc ./forms aligned
    both "$what: nothrow new is nullptr" "$fail" nullptr ./forms nothrow
    both "$what: a new handler is called, and then it works" "$once" 'handler
a block' ./forms handler
    both "$what: nothing fails: a block" "$NEVER" 'a block' ./forms
    for strategy in auto fresh; do
        rm -rf found
        "$MF_RUN" -q -o found --arm main --strategy $strategy ./list >out 2>err
        is "$what, $strategy: the unchecked nothrow new is the one defect" \
            "$(jq -c '[.findings[] | select(.outcome == "crashed") |
                [.class, .crash_site.function, .crash_site.line]]' found/findings.json)" \
            '[["null dereference","main",15]]'
        is "$what, $strategy: the others are bad_alloc that nobody catches" \
            "$(jq -c '[.findings[] | select(.class == "uncaught exception") | .detail] | sort' found/findings.json)" \
            '["std::bad_alloc","std::bad_alloc"]'
    done
}

try "the C++ library's"
try "libasan's" -fsanitize=address
try "libtsan's" -fsanitize=thread
try "tcmalloc's" -l:libtcmalloc_minimal.so.4
try "jemalloc's" -l:libjemalloc.so.2

cat >needed.cc <<'EOC'
int *needed = new int(3);
EOC
cat >needing.c <<'EOC'
#include <stdio.h>
extern int *needed;
void plugged(void) { printf("%d\n", *needed); }
EOC

${CC:-cc} -o host host.c -ldl || exit 1
g++ -g -shared -fPIC -o plugin.so plugin.cc || exit 1
both "a C program's C++ plugin, which comes and goes: new works" "$NEVER" 'a block
a block' ./host
both "... and throws" "$fail" 'bad_alloc
bad_alloc' ./host
# As LLVM's plugin of ar(1), which needs libz3.
g++ -g -shared -fPIC -o libneeded.so needed.cc || exit 1
${CC:-cc} -shared -fPIC -o plugin.so needing.c -L. -lneeded "-Wl,-rpath,$PWD" || exit 1
both "a C plugin's C++ library allocates in its constructor: new works" "$NEVER" '3
3' ./host
plan
