#!/bin/sh
# SPDX-License-Identifier: MIT
# --follow: the processes that come of a program have points and deaths, too.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
family=$MF_TARGETS/family

# field FILTER: from the results.
field() {
    jq -c "$1" found/findings.json
}

# finds STATUS FINDINGS DESCRIPTION OPTION… -- PROGRAM…: an exploration ends so.
finds() {
    finds_status=$1 finds_want=$2 finds_what=$3
    shift 3
    rm -rf found
    "$MF_RUN" -o found --mode once "$@" >std 2>told
    finds_got=$?
    is "$finds_what" "$finds_got $(field '[.findings[]|.class]')" "$finds_status $finds_want"
}

# comes_back DESCRIPTION: the finding does.
comes_back() {
    status_is 0 "$1" "$MF_RUN" replay -q \
        "found/reproducers/$(jq -r '.findings[0].signature' found/findings.json).json"
}

finds 0 '[]' "nobody looks at a child" -- "$family" fork
finds 1 '["null dereference"]' "a child that dies counts" --follow -- "$family" fork
like "it is named" "$(cat told)" 'broke +in family\['
is "and is no child of the clean run's first process" "$(field '[.trials[].process]')" '[0,1]'
comes_back "it dies again"
finds 0 '[]' "a child that ends by itself does not" --follow -- "$family" careful
finds 1 '["null dereference"]' "the second child" --follow -- "$family" second
is "fails alone" "$(field '[.trials[]|select(.process==1)|.outcome]')" '["tolerated"]'
comes_back "it dies again, and the first does not"
finds 1 '["null dereference"]' "an executed program" --follow -- "$family" exec
comes_back "it dies again"
finds 1 '["null dereference"]' "a child that inherits NULL" --follow -- "$family" heir
like "the failure was its parent's" "$(cat told)" 'failed +malloc\(50\).*, in process'
comes_back "it inherits it again"
finds 1 '["none"]' "a child that says less" --follow -- "$family" speaks
is "is silent" "$(field '.findings[0].outcome')" '"silent"'
comes_back "it says less again"
finds 0 '[]' "a death of the clean run" --follow -- "$family" dies
unlike "is none of the trial's" "$(cat told)" 'crashed'
finds 1 '["null dereference"]' "all of them may fail from one on" --follow --mode persistent -- \
    "$family" second

# The filter that this goes by.
for index in 1 2 3; do
    policy=$(rule "\"process\":\"family\",\"process_index\":$index,\"nth\":1")
    is "process $index fails alone" \
        "$(report "$policy" '[.processes[].failed]' "$family" careful)" \
        "$(echo '[1] [0,1] [0,0]' | cut -d ' ' -f $index)"
done

# A helper that is killed, whatever by, is no crash.
cat >helper.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char *words[] = {"cat", NULL};
    int ends[2];
    pid_t helper;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (pipe2(ends, O_CLOEXEC) || posix_spawn_file_actions_adddup2(&actions, ends[0], 0) ||
        posix_spawn(&helper, "/bin/cat", &actions, NULL, words, environ)) {
        return 3;
    }
    posix_spawn_file_actions_destroy(&actions);
    char *block = malloc(100);
    if (!block || argc > 2) {
        kill(helper, atoi(argv[1]));
    }
    close(ends[1]);
    waitpid(helper, NULL, 0);
    free(block);
    return !block;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o helper helper.c || exit 1
for signal in 11 6 9; do
    finds 0 '[]' "a helper that its program kills by signal $signal" -- ./helper $signal
    status_is 0 "... is none for a run" \
        "$MF_RUN" -q --exit verdict -p "$(rule '"size":{"min":100,"max":100}')" -- ./helper $signal
done
finds 0 '[]' "a helper that is killed in the clean run" -- ./helper 6 always
unlike "... takes no signal" "$(cat told)" 'and catches them'

# What a shell starts.
finds 0 '[]' "a pipeline" --follow --max 200 -- sh -c 'seq 20 | sort -n | uniq | wc -l'
ok "in several processes" test "$(field '.processes|length')" -ge 4
if have sqlite3; then
    # glibc's getpwuid() trips over itself in sqlite3's search for a home directory.
    "$MF_RUN" -q -o found --follow --mode once -- sh -c 'sqlite3 "" "select 1"; exit 0' >std 2>told
    ok "and seen" test "$(field '[.trials[]|select(.process>0)]|length')" -gt 50
fi

# A program whose child alone allocates.
cat >parent.c <<'END'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    pid_t child = fork();
    if (child == 0) {
        char *block = malloc(9);
        *block = 1;
        free(block);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
END
${CC:-cc} -g -O0 -fno-builtin-malloc -o parent parent.c || exit 1
"$MF_RUN" -q --follow -o parent.out ./parent 2>err
is "a program that allocates nothing itself is tested for its child" \
    "$(jq -c '[.findings[] | [.class, .crash_site.line]]' parent.out/findings.json)" \
    '[["null dereference",8]]'
says 125 'the program made none, but processes that it started did; --follow tests these' \
    "... and without --follow the child is named" "$MF_RUN" -o parent.out ./parent
plan
