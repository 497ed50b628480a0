#!/bin/sh
# SPDX-License-Identifier: MIT
# A program behind a wrapper, as libtool makes them: the wrapper is left alone, and the program
# is tested as if it had been called itself.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq"
${CC:-cc} -g -o keys "$MF_SOURCE/examples/keys.c" || exit 1
cat >wrapper <<'EOS'
#!/bin/sh
# shellcheck disable=SC2034
home=$(dirname "$0")
list=$(ls "$home")
exec ./keys
EOS
chmod +x wrapper

# found DIR PROGRAM...: what an exploration of it finds
found() {
    found_in=$1
    shift
    "$MF_RUN" --strategy "$strategy" -o "$found_in" -- "$@" >"$found_in.out" 2>"$found_in.err"
    jq -c '[.oracle.allocations, .outcomes, [.findings[] | [.class, .crash_site, .trials]]]' "$found_in/findings.json"
}

strategy=auto
direct=$(found direct ./keys)
like "the program itself crashes" "$direct" '"null dereference"'
is "behind a shell script the same is found" "$(found script ./wrapper)" "$direct"
like "... it is told whose failures these are" "$(cat script.err)" 'executes keys, and that is tested'
is "behind env(1) and nice(1), too" "$(found both env A=b nice -n 1 ./keys)" "$direct"

# The environment of an image that is executed keeps the library, whoever clears it.
cat >clears.c <<'EOS'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **arguments) {
    char *const none[] = {NULL}, *const keys[] = {"keys", NULL};
    const char *how = count > 1 ? arguments[1] : "";
    if (!strcmp(how, "execve")) execve("./keys", keys, none);
    if (!strcmp(how, "execle")) execle("./keys", "keys", NULL, none);
    if (!strcmp(how, "execvpe")) execvpe("./keys", keys, none);
    if (!strcmp(how, "fexecve")) fexecve(open("keys", O_RDONLY), keys, none);
    clearenv();
    if (!strcmp(how, "execv")) execv("./keys", keys);
    if (!strcmp(how, "execvp")) execvp("./keys", keys);
    if (!strcmp(how, "execl")) execl("./keys", "keys", NULL);
    if (!strcmp(how, "execlp")) execlp("./keys", "keys", NULL);
    return 3;
}
EOS
${CC:-cc} -w -o clears clears.c || exit 1
for how in execve execle execvpe fexecve execv execvp execl execlp; do
    is "$how with an empty environment: the same is found" "$(found $how ./clears $how)" "$direct"
done
for wrapper in 'env -i' 'env -u LD_PRELOAD' 'env LD_PRELOAD=' 'env -i env -i'; do
    # shellcheck disable=SC2086
    is "behind $wrapper, too" "$(found cleared $wrapper ./keys)" "$direct"
done
cat >until.sh <<'EOS'
#!/bin/sh
[ -z "${LD_PRELOAD:-}" ] || { unset LD_PRELOAD; exec "$0"; }
exec ./keys
EOS
chmod +x until.sh
says 125 'runs keys where the library does not reach it' \
    "a program that executes itself until LD_PRELOAD is gone comes to its end" \
    timeout 60 "$MF_RUN" -o until ./until.sh

# An image that the library does not reach is named.
cat >starts.c <<'EOS'
#define _GNU_SOURCE
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments) {
    char *const child[] = {arguments[1], NULL}, *const none[] = {NULL};
    char *block = malloc(10);
    pid_t pid;
    if (!block) return 1;
    free(block);
    if (count > 2) {
        pid = fork();
        if (pid == 0) { syscall(SYS_execve, child[0], child, none); _exit(9); }
    } else if (posix_spawn(&pid, child[0], NULL, NULL, child, none)) {
        return 2;
    }
    waitpid(pid, NULL, 0);
    return 0;
}
EOS
${CC:-cc} -w -fno-builtin-malloc -o starts starts.c || exit 1
says 0 'program ran and was not tested: keys' "posix_spawn() with an empty environment: named" \
    "$MF_RUN" -o spawned ./starts ./keys
says 0 'ran without the library and was not tested: keys' "a raw execve(2) with one: named" \
    "$MF_RUN" -o raw ./starts ./keys raw
is "... in the results, too" "$(jq -c '[.untested[] | [.image, .processes, .allocations]]' raw/findings.json)" \
    '[["keys",1,null]]'
if ${CC:-cc} -static -o static "$MF_SOURCE/examples/keys.c" 2>/dev/null; then
    for wrapper in 'env -i' 'timeout 9' 'sh -c'; do
        # shellcheck disable=SC2086
        says 125 'runs static where the library does not reach it' \
            "$wrapper of a static program: nothing was tested" "$MF_RUN" -o none $wrapper ./static
    done
    says 1 'ran without the library and was not tested: static' "... beside another one: named" \
        "$MF_RUN" -o beside sh -c './static; ./keys; true'
else
    skip "a static program" "none can be linked"
fi
cat >idle.c <<'EOS'
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments) {
    if (fork() == 0) execv(arguments[1], arguments + 1);
    wait(NULL);
    return 0;
}
EOS
mkdir -p named && ${CC:-cc} -w -o named/time idle.c || exit 1
says 1 'time only runs keys, and that is tested' "a wrapper that allocates nothing is seen through" \
    "$MF_RUN" -o idle named/time ./keys
says 1 '1 defect' "... by --follow, too" "$MF_RUN" -o idle --follow named/time ./keys
cat >refuses.c <<'EOS'
#include <stdio.h>
#include <stdlib.h>
int main(void) { char *p = malloc(9); if (p) fputs("flock: it is taken\n", stderr); free(p); return 5; }
EOS
${CC:-cc} -w -fno-builtin-malloc -o named/flock refuses.c || exit 1
says 125 'its last message: flock: it is taken' "a wrapper that fails before it runs anything: why" \
    "$MF_RUN" -o refused named/flock ./keys
cat >serves.sh <<'EOS'
#!/bin/sh
ls / >/dev/null
uname >/dev/null
"$1"
rm -f none
EOS
chmod +x serves.sh
says 1 'runs keys, and that is tested: fresh, behind' \
    "a wrapper that runs more than the program it is given: that one is tested" \
    "$MF_RUN" -o serves ./serves.sh ./keys
like "... the others are named" "$(cat err)" '3 other programs ran and were not tested: ls, uname, rm'
is "... in the results, too" "$(jq -c '[.untested[].image]' serves/findings.json)" '["ls","uname","rm"]'

strategy=fresh
is "fresh, too" "$(found fresh ./wrapper)" "$direct"
ok "... its reproducer brings the crash back" "$MF_RUN" replay fresh/reproducers/*.json
unlike "a shell that starts the program as its child does not become it" \
    "$("$MF_RUN" -o child -- sh -c './keys; true' 2>&1)" 'by exec'
plan
