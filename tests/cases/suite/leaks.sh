#!/bin/sh
# SPDX-License-Identifier: MIT
# suite --leaks: what a child leaves that its own process does not leave, once for each leak.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"

cat >shared.h <<'END'
char *shared_copy(const char *text);
END
cat >shared.c <<'END'
#include "shared.h"
#include <stdlib.h>
#include <string.h>
char *shared_copy(const char *text) {
    char *header = malloc(61);
    char *copy = header ? malloc(62) : NULL;
    if (!copy) {
        return NULL; // the header is lost
    }
    free(header);
    return strcpy(copy, text);
}
END
# program NAME: build a program of the suite.
program() {
    { cat "$MF_SOURCE/tests/targets/member.h"; echo '#include "shared.h"'; cat; } >"$1.c"
    ${CC:-cc} -g -O0 -w -fno-builtin -pthread -o "$1" "$1.c" shared.c || exit 1
}

program lossy <<'END'
#include <unistd.h>
static int work(void) {
    char *first = malloc(21), *second = first ? malloc(22) : NULL;
    if (!second) {
        return -1; // the first is lost
    }
    free(second);
    free(first);
    return 0;
}
int main(int argc, char **argv) {
    int bad = work();
    if (argc > 1) {
        _exit(-bad);
    }
    puts("lossy: fine");
    return -bad;
}
END
program hoards <<'END'
static void *all[3];
int main(void) {
    for (int i = 0; i < 3; i++) {
        all[i] = malloc(31 + i);
        if (!all[i]) {
            return 1;
        }
    }
    puts("hoards: fine");
    return 0;
}
END
program clean <<'END'
int main(void) {
    char *first = malloc(41), *second = malloc(42);
    free(first);
    free(second);
    puts("clean: fine");
    return 0;
}
END
program grows <<'END'
static char *table;
static int lose(void) {
    char *block = malloc(51), *more = block ? realloc(block, 5100) : NULL;
    if (!more) {
        return -1; // the block is lost
    }
    free(more);
    return 0;
}
int main(void) {
    table = malloc(52);
    char *more = table ? realloc(table, 5200) : NULL;
    table = more ? more : table; // kept, either way
    if (lose()) {
        return 1;
    }
    puts("grows: fine");
    return 0;
}
END
program one <<'END'
int main(void) {
    char *copy = shared_copy("one: fine");
    if (!copy) {
        return 1;
    }
    puts(copy);
    free(copy);
    return 0;
}
END
program two <<'END'
static char *indirect(void) { return shared_copy("two: fine"); }
int main(void) {
    char *copy = indirect();
    if (!copy) {
        return 1;
    }
    puts(copy);
    free(copy);
    return 0;
}
END
program opens <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    int fd = open("shared.h", O_RDONLY);
    char *block = malloc(71);
    if (!block) {
        return 1; // fd is left open
    }
    free(block);
    close(fd);
    puts("opens: fine");
    return 0;
}
END
program ends <<'END'
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char *first = malloc(81), *second = first ? malloc(82) : NULL;
    if (!second) {
        return 1; // the first is lost
    }
    free(second);
    free(first);
    if (argv[1][0] == 'k') {
        raise(SIGKILL);
    }
    execlp("true", "true", NULL);
    return 1;
}
END
program waits <<'END'
#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *run(void *none) {
    pthread_mutex_lock(&lock);
    return none;
}
int main(void) {
    pthread_t thread;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, run, NULL);
    usleep(50000);
    char *first = malloc(91), *second = first ? malloc(92) : NULL;
    if (!second) {
        _exit(1); // the first is lost
    }
    free(second);
    free(first);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}
END
program forks <<'END'
#include <sys/wait.h>
#include <unistd.h>
static int work(void) {
    char *first = malloc(96), *second = first ? malloc(97) : NULL;
    if (!second) {
        return -1; // the first is lost
    }
    free(first);
    free(second);
    return 0;
}
int main(void) {
    char *kept = malloc(95);
    if (fork() == 0) {
        exit(-work());
    }
    int status;
    wait(&status);
    free(kept);
    return status;
}
END

cat >Makefile <<'END'
check: a b
a: ; @sh -c './lossy; ./hoards; sh -c "./clean"'
b: ; @./one; ./two | cat; ./grows; ./opens
END
make -s check >alone.out 2>alone.err
"$MF_RUN" suite --leaks --hold 60s -o found -- make -s check >out 2>err
is "a suite with leaks ends with 1" "$?" 1
is "what it prints is its own" "$(cat out)" "$(cat alone.out)"

# leaks RESULTS: of each finding of a leak the sizes of the failed and of the left blocks.
leaks() {
    jq -c '[.findings[] | select(.outcome == "leaked") |
        [.injection.size, (.leaks[] | .bytes)]] | sort' "$1/findings.json"
}
is "what only an error path leaves is found, once each" "$(leaks found)" \
    '[[22,21],[62,61],[71],[5100,51]]'
is "... and nothing else is" "$(jq '[.findings[] | select(.defect)] | length' found/findings.json)" 4
is "a leak of two programs has the commands of both" \
    "$(jq -c '[.findings[] | select(.injection.size == 62) | .commands[].arguments[0]] | sort' found/findings.json)" \
    '["./one","./two"]'
is "a descriptor is named" \
    "$(jq -r '.findings[] | select(.injection.size == 71) | .leaked.open[0]' found/findings.json)" \
    "$(pwd -P)/shared.h"
like "the text shows where a block came from" "$(cat err)" 'leaked +1 block of 21 bytes, allocated in'
# The table of ./grows, once alone and once with all that follow.
others='that left as many blocks of a call site, or descriptors, as the clean run, but others'
is "a block that realloc() refused may be kept as the moved one is, or be lost: all else is known" \
    "$(jq -c .leaks_unknown found/findings.json)" "[{\"reason\":\"$others\",\"failures\":2}]"
like "... and the text says so" "$(cat err)" "leaks are not known of 2 failures: 2 $others"
like "the findings of a report" "$("$MF_RUN" report found)" '4 defects'
# A first block, whose failure ends nothing: with it all later ones fail, too.
program later <<'END'
#include <fcntl.h>
#include <unistd.h>
static int lose(const char *path, size_t size) {
    int fd = open(path, O_RDONLY);
    char *block = malloc(size);
    if (!block) {
        return 1; // fd is left open
    }
    free(block);
    return close(fd);
}
int main(void) {
    free(malloc(11));
    return lose("shared.h", 12) + lose("shared.c", 13);
}
END
"$MF_RUN" suite -q --leaks -o later.out ./later >out 2>err
is "a leak is told where one allocation failed, not where many did" \
    "$(jq -c '[.findings[] | [.injection.size, .leaked.descriptors]] | sort' later.out/findings.json)" \
    '[[12,1],[13,1]]'

reproducer=$(jq -r '.findings[] | select(.injection.size == 22) | .reproducer' found/findings.json)
says 0 'the same finding came back' "a leak comes back alone" "$MF_RUN" replay "found/$reproducer"

says 0 '0 defects' "nobody asked" "$MF_RUN" suite -q -o asked make -s check
is "... so nothing is said of it" "$(jq 'has("leaks_unknown")' asked/findings.json)" false

# What an error path loses does not hide behind what the clean run gets in the same way, and keeps.
cat >hidden.h <<'END'
static char *kept;
static int parse(void) {
    char *first = GET(81), *second = first ? GET(82) : NULL;
    if (!second) {
        return 1; // first is lost
    }
    free(second);
    free(first);
    return 0;
}
int main(void) {
    if (parse()) {
        return 1;
    }
    kept = GET(83);
    return 0;
}
END
program hidden_by_wrapper <<'END'
static void *xmalloc(size_t size) {
    void *block = malloc(size);
    return block;
}
#define GET(size) xmalloc(size)
#include "hidden.h"
END
program hidden_by_library <<'END'
#define GET(size) strndup("abcdefghijklmnopqrstuvwxyz", size - 70)
#include "hidden.h"
END
program hidden_by_other <<'END'
static char *make(size_t size) {
    char *block = malloc(size);
    return block ? memset(block, 0, size) : NULL;
}
#define GET(size) make(size)
#include "hidden.h"
END
for command in suite explore; do
    for hidden in 'wrapper [[82,81]]' 'library [[13,12]]'; do
        by=${hidden% *}
        "$MF_RUN" $command -q --leaks -o "hidden.$by" "./hidden_by_$by" >out 2>err
        is "$command: a leak behind other blocks of a $by's" "$(leaks "hidden.$by")" "${hidden#* }"
        says 0 'the same finding came back' "$command: ... that comes back" \
            "$MF_RUN" replay "hidden.$by/reproducers/"*
    done
done
for command in suite explore; do
    says 0 "leaks are not known of 2 failures: 2 $others" "$command: ... or it is told that it may be one" \
        "$MF_RUN" $command --leaks -o hidden.other ./hidden_by_other
    is "$command: ... in JSON, too" "$(jq -c '.leaks_unknown' hidden.other/findings.json)" \
        "[{\"reason\":\"$others\",\"failures\":2}]"
    says 1 '1 defect' "$command: ... and is one where the function is named" \
        "$MF_RUN" $command --leaks --wrapper make -o hidden.other ./hidden_by_other
    says 0 'the same finding came back' "$command: ... that comes back" \
        "$MF_RUN" replay hidden.other/reproducers/*
done
# A descriptor, too.
program hidden_open <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    int fd = open("shared.h", O_RDONLY);
    char *block = malloc(84);
    if (!block) {
        return 1; // fd is left open
    }
    close(fd);
    open("shared.c", O_RDONLY);
    free(block);
    return 0;
}
END
says 0 "leaks are not known of 2 failures: 2 $others" "as many descriptors, but others: it is told" \
    "$MF_RUN" suite --leaks -o hidden.open ./hidden_open

# What the C library hands out from deep inside, and what it keeps for itself.
cat >lost_of_libc.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char *memory_stream(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream) {
        fputs("some words", stream);
        fclose(stream);
    }
    return text;
}
static char *word(void) {
    char *text = NULL;
    FILE *file = fopen("words", "r");
    if (file && fscanf(file, "%ms", &text) != 1) {
        text = NULL;
    }
    if (file) {
        fclose(file);
    }
    return text;
}
static int lose(char *(*get)(void)) {
    char *got = get();
    char *block = malloc(91);
    if (!block) {
        return 1; // what we got is lost
    }
    free(block);
    free(got);
    return 0;
}
static int keep(void) {
    if (!malloc(92)) {
        getpwuid(0), getservbyname("none", "tcp");
        return 1; // what they have is the C library's
    }
    return 0;
}
int main(int argc, char **argv) {
    (void)argc;
    return argv[1][0] == 'm'   ? lose(memory_stream)
           : argv[1][0] == 'w' ? lose(word)
                               : keep();
}
END
echo word >words
${CC:-cc} -g -O0 -fno-builtin -o lost_of_libc lost_of_libc.c || exit 1
for command in suite explore; do
    "$MF_RUN" $command -q --leaks -o of_libc -- ./lost_of_libc memory >out 2>err
    is "$command: a memory stream's text" "$(jq -c '[.findings[] | select(.injection.size == 91) | .leaked.bytes]' of_libc/findings.json)" '[11]'
    "$MF_RUN" $command -q --leaks -o of_libc -- ./lost_of_libc word >out 2>err
    is "$command: a word that fscanf() gives" "$(jq -c '[.findings[] | select(.injection.size == 91) | .leaked.blocks]' of_libc/findings.json)" '[1]'
    "$MF_RUN" $command -q --leaks -o of_libc -- ./lost_of_libc keep >out 2>err
    is "$command: what the C library keeps is no leak" "$(jq -c '[.findings[] | select(.injection.size == 92)]' of_libc/findings.json)" '[]'
done
# A library with a name that begins as one of the C library's.
cat >pool.c <<'END'
#include <stdlib.h>
static char *get(size_t size) { return malloc(size); }
int pool(void) {
    char *first = get(93), *second = first ? get(94) : NULL;
    if (!second) {
        return 1; // first is lost
    }
    free(second), free(first);
    return 0;
}
END
printf 'int pool(void);\nint main(void) { return pool(); }\n' >pools.c
for soname in libpthreadpool.so.0 libnss_corp.so.2 ld-plugin.so; do
    ${CC:-cc} -g -O0 -fPIC -shared -o $soname pool.c && ${CC:-cc} -g -o pools pools.c "./$soname" || exit 1
    says 1 '1 defect' "a leak in $soname" "$MF_RUN" suite -q --leaks -o pools.out ./pools
done

# Tests that give up lose blocks, too: what a library loses can be told from that.
program gives_up <<'END'
int main(void) {
    char *own = malloc(23), *copy = own ? shared_copy("gives_up: fine") : NULL;
    if (!copy) {
        return 1; // own is lost by the test
    }
    puts(copy);
    free(copy);
    free(own);
    return 0;
}
END
"$MF_RUN" suite -q --leaks -o gives_up.out ./gives_up >out 2>err
is "a leak is where both blocks were called for" \
    "$(jq -c '[.findings[] | [.injection.size, .leak_site.function]] | sort' gives_up.out/findings.json)" \
    '[[61,"main"],[62,"shared_copy"]]'
cat >test.supp <<'END'
{
    what tests lose
    outcome: leaked
    broke.function: main
}
END
says 1 'suppressed: what tests lose: 1 defect' "... and can be suppressed by that" \
    "$MF_RUN" suite --leaks --ignore test.supp -o gives_up.out ./gives_up
says 0 'suppressed: outside of --broke-in: 2 defects' "... or by the module" \
    "$MF_RUN" suite --leaks --broke-in 'libc.so*' -o gives_up.out ./gives_up

# An exception is still there while it is handled.
cat >throws.cc <<'END'
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
__attribute__((noinline)) static void work() {
    void *block = malloc(60);
    if (!block) {
        throw std::runtime_error("a message that is longer than a short string");
    }
    free(block);
}
int main() {
    try {
        delete[] new int[40];
        delete[] new int[50];
        work();
    } catch (const std::exception &) {
        exit(1);
    }
    return 0;
}
END
if have "${CXX:-c++}" && ${CXX:-c++} -g -w -fno-builtin -o throws throws.cc 2>/dev/null; then
    "$MF_RUN" suite -q --leaks -o throws.out ./throws >out 2>err
    is "an exception that exit() ends is no leak, nor its message" \
        "$(jq -c '[.findings[] | select(.outcome == "leaked")]' throws.out/findings.json)" '[]'
    is "... as it is tried" "$(jq '.tried >= 6' throws.out/findings.json)" true
else
    skip "an exception that exit() ends is no leak, nor its message" "no C++ compiler"
fi

# unknown NAME COMMAND...: the leaks of a suite are not known.
unknown() {
    unknown_name=$1
    shift
    rm -rf unknown
    "$MF_RUN" suite --leaks -o unknown -- "$@" >out 2>err
    is "$unknown_name" "$(leaks unknown) $(jq -r '.leaks_unknown[] | "\(.failures) \(.reason)"' unknown/findings.json)" \
        "[] $unknown_want"
    like "... and the summary says so" "$(cat err)" "leaks are not known of ${unknown_want%% *} failures: $unknown_want"
}
# What exit() ends in the middle may be held by those who called it; what they lost before is not.
program exits <<'END'
#include <fcntl.h>
#include <unistd.h>
static int lose(void) {
    char *first = malloc(55), *second = first ? malloc(56) : NULL;
    if (!second) {
        return -1; // the first is lost
    }
    free(second);
    free(first);
    return 0;
}
int main(int argc, char **argv) {
    int fd = open("shared.h", O_RDONLY);
    char *own = duplicate("exits: fine");
    if (argc > 1 && lose()) {
        exit(1);
    }
    char *other = duplicate(own);
    puts(own);
    free(own);
    free(other);
    close(fd);
    return 0;
}
END
unknown_want='4 that ended inside functions which held what is left'
unknown "what main holds when exit() is called is not lost" ./exits
"$MF_RUN" suite -q --leaks -o exits.out ./exits loses >out 2>err
is "... but what a function has lost before" \
    "$(jq -c '[.findings[] | select(.outcome == "leaked") | [.leaks[].bytes, .leaked.blocks, .leaked.descriptors]]' exits.out/findings.json)" \
    '[[55,1,0]]'

unknown_want='4 of processes that did not end by themselves'
unknown "a process that a signal ends says nothing of its children" sh -c './ends killed; :'
unknown "nor does one that becomes another program" sh -c './ends executes; :'

for part in 1 2; do
    "$MF_RUN" suite -q --leaks --shard "$part/2" -o "part$part" sh -c './ends killed; :' >out 2>err
done
"$MF_RUN" merge -q -o parts part1 part2 >out 2>err
is "parts of a suite add up what is not known" \
    "$(jq -c '.leaks_unknown[0].failures' parts/findings.json)" 4
cp -r unknown other && "$MF_RUN" suite -q --leaks -o other sh -c './waits' >out 2>err
"$MF_RUN" merge -q -o joined unknown other >out 2>err
is "... and so do different suites" "$(jq -c '[.leaks_unknown[].reason]' joined/findings.json)" \
    '["of processes that did not end by themselves","of processes with other threads"]'
"$MF_RUN" report joined -f junit -o joined.junit
like "... JUnit has it, too" "$(cat joined.junit)" \
    'name="leaks-unknown" value="4 of processes that did not end by themselves, '

"$MF_RUN" suite --leaks -o ends.out -- ./lossy quickly >out 2>err
is "what ends by _exit() is compared" "$(leaks ends.out)" '[[22,21]]'
"$MF_RUN" suite --leaks -o forks.out -- ./forks >out 2>err
is "and a child of the program with itself" "$(leaks forks.out)" '[[97,96]]'
"$MF_RUN" suite --leaks -o waits.out -- ./waits >out 2>err
like "a process with threads is not compared with a child that has none" \
    "$(leaks waits.out) $(jq -c .leaks_unknown waits.out/findings.json)" '^\[\] .*of processes with other threads'
unknown_want='6 of processes whose blocks could not be tracked'
unknown "a process that has little address space keeps it for itself" sh -c 'ulimit -v 400000; ./lossy'

# What is left is compared with clean runs of the command.
program shares <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    int fd = open("/proc/version", O_RDONLY); // nothing is held here
    char *first = malloc(25), *second = first ? malloc(26) : NULL;
    if (second) {
        free(first);
    }
    free(second);
    close(fd);
    return !second;
}
END
"$MF_RUN" suite --leaks --fresh -o fresh sh -c './shares; sh -c "exec ./shares again"' >out 2>err
is "what is tried fresh is judged, too" "$(leaks fresh) $(jq .in_place fresh/findings.json)" '[[26,25]] 0'

for python in python3 /usr/bin/python3; do
    if "$python" -c 'import jsonschema' 2>/dev/null; then
        for document in found unknown waits.out fresh; do
            ok "$document is valid" "$python" "$MF_SOURCE/tests/validate.py" \
                "$MF_SOURCE/schemas/findings.schema.json" "$document/findings.json"
        done
        is "the schema knows all of it" "$("$python" "$MF_SOURCE/tests/validate.py" --unknown \
            "$MF_SOURCE/schemas/findings.schema.json" found/findings.json unknown/findings.json | sort -u)" ''
        break
    fi
done
plan
