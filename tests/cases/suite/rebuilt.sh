#!/bin/sh
# SPDX-License-Identifier: MIT
# A file that is overwritten has another program in it, though its path and its inode stay: each
# build's defects are its own.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# Three programs alike but for names and sizes.
for build in 1 2 3; do
    cat >program$build.c <<EOC
#include <stdlib.h>
void in_$build(void) { char *p = malloc(70$build); p[0] = 1; free(p); }
int main(void) { in_$build(); return 0; }
EOC
    for how in pie no-pie; do
        ${CC:-cc} -g -O0 -fno-builtin -Wl,--build-id -$how -o $how$build program$build.c || exit 1
    done
    ${CC:-cc} -g -O0 -fno-builtin -Wl,--build-id -fPIC -shared -o plugin$build program$build.c || exit 1
done
# sizes: of the allocations that the defects come of; what is no longer there has no names.
sizes() {
    jq -c '[.findings[].injection.size | select(. > 700 and . < 704)] | sort' found/findings.json
}
all='[701,702,703]'
for how in pie no-pie; do
    echo "for build in 1 2 3; do cp $how\$build program; ./program; done" >builds.sh
    "$MF_RUN" suite -q -o found sh builds.sh >out 2>err
    is "suite: three builds of one path ($how)" "$(sizes)" "$all"
    for strategy in auto fresh; do
        "$MF_RUN" -q --follow --strategy $strategy -o found sh builds.sh >out 2>err
        is "--follow, $strategy ($how)" "$(sizes)" "$all"
    done
done

# A plug-in that is overwritten and loaded again.
cat >loads.c <<'EOC'
#include <dlfcn.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        void *plugin = dlopen(argv[i], RTLD_NOW);
        void (*function)(void) = plugin ? dlsym(plugin, argv[++i]) : 0;
        if (function) { function(); }
        if (plugin) { dlclose(plugin); }
    }
    return 0;
}
EOC
${CC:-cc} -g -O0 -fno-builtin -o loads loads.c -ldl || exit 1
cat >plugins.sh <<'EOC'
for build in 1 2 3; do cp plugin$build plugin.so; ./loads ./plugin.so in_$build; done
EOC
"$MF_RUN" suite -q -o found sh plugins.sh >out 2>err
is "suite: three builds of one plug-in" "$(sizes)" "$all"
"$MF_RUN" -q -o found ./loads ./plugin1 in_1 ./plugin2 in_2 ./plugin3 in_3 >out 2>err
is "three plug-ins that one process loads in turn" "$(sizes)" "$all"

# Plug-ins of one name, without a build ID, whose code differs by a constant.
for folder in a b c; do
    mkdir $folder
    cat >plugin.c <<EOC
#include <stdlib.h>
static void give_up(void) { exit(1); }
void run(void) {
    char *block = malloc(705);
    if ($([ $folder = c ] && echo 0 || echo 1) * !block) {
        give_up();
    }
    block[0] = 1;
    free(block);
}
EOC
    ${CC:-cc} -g -O0 -fno-builtin -Wl,--build-id=none -fPIC -shared -o $folder/plugin.so plugin.c || exit 1
done
set -- a/plugin.so run a/plugin.so run c/plugin.so run b/plugin.so run
for strategy in auto fresh; do
    "$MF_RUN" -q --strategy $strategy -o found ./loads "$@" >out 2>err
    is "plug-ins without a build ID are told apart by their code ($strategy)" \
        "$(jq -c '[.findings[].injection.size]' found/findings.json)" '[705]'
done
echo "for i in a a c b; do ./loads \$i/plugin.so run; done" >folders.sh
"$MF_RUN" suite -q -o found sh folders.sh >out 2>err
is "... in a suite, too" "$(jq -c '[.findings[].injection.size]' found/findings.json)" '[705]'
plan
