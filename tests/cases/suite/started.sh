#!/bin/sh
# SPDX-License-Identifier: MIT
# However a test starts its programs, they are tested under their own names.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

# program NAME: build a program of the suite.
program() {
    { cat "$MF_SOURCE/tests/targets/member.h"; cat; } >"$1.c"
    ${CC:-cc} -g -O0 -fno-builtin -o "$1" "$1.c" || exit 1
}
program null <<'END'
int main(int argc, char **argv) {
    char *copy = malloc(20);
    strcpy(copy, argc > 1 ? argv[1] : "nothing");
    puts(copy);
    free(copy);
    return 0;
}
END

# By naming the dynamic loader.
loader=$(readelf -l null 2>readelf.err | sed -n 's,.*interpreter: \(/.*\)],\1,p')
if [ -x "$loader" ] && [ "$("$loader" ./null word 2>loader.err)" = word ]; then
    cp "$loader" ld-own.so
    # glibc 2.31 knows no --argv0.
    option='--argv0 other'
    # shellcheck disable=SC2086  # words, on purpose
    [ "$("$loader" $option ./null word 2>loader.err)" = word ] || option=--inhibit-cache
    printf '%s ./null one\n./ld-own.so %s ./null two\n' "$loader" "$option" >loads.sh
    "$MF_RUN" suite -o loads sh loads.sh >out 2>err
    is "what the loader is told to run runs" "$(cat out)" "one
two"
    is "... is tested" "$(jq .oracle.processes loads/findings.json)" 2
    is "... and no loader is passed over" \
        "$(jq -r '[.untested[].image] | map(select(startswith("ld"))) | length' loads/findings.json)" 0
    is "a crash is the program's" "$(jq -r '.findings[0].image' loads/findings.json)" null
    says 0 'the same finding came back' "... and comes back" \
        "$MF_RUN" replay "loads/$(jq -r '.findings[0].reproducer' loads/findings.json)"
    "$MF_RUN" suite -q -o chosen --program null sh loads.sh >out 2>err
    is "--program selects it by its own name" "$(jq .oracle.processes chosen/findings.json)" 2
    "$MF_RUN" -o explored -- "$loader" ./null three >out 2>err
    is "an exploration tests it, too" "$(jq -r '.findings[0].image' explored/findings.json)" null
    is "... and names no other program" "$(grep -c 'other program' err)" 0
else
    skip "what the loader is told to run" "no loader that runs programs"
fi

# Interpreters that users have installed for themselves are no programs of the suite.
mkdir -p home/.pyenv/versions/3/bin .libs
cp null home/.pyenv/versions/3/bin/python3
cp null .libs/lt-null
"$MF_RUN" suite -o tools sh -c './home/.pyenv/versions/3/bin/python3 one; ./.libs/lt-null two' >out 2>err
is "what pyenv has installed is not tested" "$(jq -c '.programs' tools/findings.json)" '["lt-null"]'
like "... and is named" "$(cat err)" 'they are programs of the system .*: .*python3 \(1\)'
"$MF_RUN" suite -q -o tools --program python3 sh -c ./home/.pyenv/versions/3/bin/python3 >out 2>err
is "... unless --program selects it" "$(jq .oracle.processes tools/findings.json)" 1
mkdir -p home/.local/src
cp null home/.local/src/mine
"$MF_RUN" suite -q -o mine sh -c './home/.local/src/mine one' >out 2>err
is "a project beside such tools is tested" "$(jq -c '.programs' mine/findings.json)" '["mine"]'

# Where the directory of a test is gone, a replay says what to do.
cp null there
printf 'mkdir away && cd away && rmdir ../away && "%s/there" word\n' "$PWD" >away.sh
"$MF_RUN" suite -q -o away.out sh away.sh >out 2>err
file=away.out/$(jq -r '.findings[0].reproducer' away.out/findings.json)
says 125 "cannot change to the directory '$PWD/away': No such file or directory; make it again, or name the program" \
    "a replay in a directory that is gone" "$MF_RUN" replay "$file"
says 0 'the same finding came back' "... elsewhere" "$MF_RUN" replay "$file" -- ./there word

# Under another name, with which a shell would run another program.
cat >as.c <<'END'
#include <unistd.h>
int main(int argc, char **argv) {
    return argc < 3 || execv(argv[1], argv + 2);
}
END
${CC:-cc} -o as as.c || exit 1
mkdir path
printf '#!/bin/sh\ntouch "%s/ran"\n' "$PWD" >path/other
chmod +x path/other
for name in other nowhere; do
    "$MF_RUN" suite -q -o $name.out --program null ./as ./null $name word >out 2>err
    file=$name.out/$(jq -r '.findings[0].reproducer' $name.out/findings.json)
    is "the arguments of a test are those that it was given" \
        "$(jq -c .reproduces.arguments "$file")" "[\"$name\",\"word\"]"
    says 0 'the same finding came back' "a replay executes the test's file, called $name" \
        env PATH="$PWD/path:$PATH" "$MF_RUN" replay "$file"
    like "... and says so" "$(cat err)" "by executing $PWD/null"
done
ok "... and no other program of that name" test ! -e ran
program more <<'END'
int main(void) {
    return !malloc(21);
}
END
printf '%s\n' './as ./null same word' './as ./more same word' >same.sh
"$MF_RUN" suite -q -o same.out sh same.sh >out 2>err
is "two programs under one name are two commands" \
    "$(jq '[.tests[] | select(.arguments[0] == "same")] | length' same.out/findings.json)" 2

# --program goes by the name of a link, too, as /bin/sh is one, but not by that of a script.
ln -s null linked
printf '#!/bin/sh\n./null by a script\n' >script
chmod +x script
for glob in linked "$PWD/linked" '*/linked' null; do
    "$MF_RUN" suite -q -o linked.out --program "$glob" sh -c './linked word' >out 2>err
    is "--program $glob selects what a link leads to" "$(jq .oracle.processes linked.out/findings.json)" 1
done
"$MF_RUN" suite -q -o linked.out --program other sh -c './as ./null other' >out 2>err
is "... and what is started under another name" "$(jq .oracle.processes linked.out/findings.json)" 1
for glob in script "$PWD/script"; do
    says 125 'no program ran that --program selects' "--program $glob is not the script's shell" \
        "$MF_RUN" suite --program "$glob" sh -c './script'
done

# A runner that forks for each test: only the one of the failure fails.
program runner <<'END'
#include <unistd.h>
#include <sys/wait.h>
static void first(void) {
    void *block = malloc(10);
    for (volatile int go = !block && !malloc(11); go;) {}
    free(block);
}
static void second(void) {
    int *block = malloc(20);
    if (!block) {
        *(int *)malloc(21) = 1;
    }
    free(block);
}
int main(void) {
    void (*const tests[])(void) = {first, second};
    for (int i = 0; i < 2; i++) {
        int status;
        if (fork() == 0) {
            tests[i]();
            _exit(0);
        }
        wait(&status);
    }
    return 0;
}
END
"$MF_RUN" suite -q -o forks.out --timeout 500ms ./runner >out 2>err
file=forks.out/$(jq -r '.findings[] | select(.injection.size == 20) | .reproducer' forks.out/findings.json)
says 0 'the same finding came back' "where all later ones fail, they fail in the test's process only" \
    "$MF_RUN" replay "$file"
plan
