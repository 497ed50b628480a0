#!/bin/sh
# SPDX-License-Identifier: MIT
# "The NULL from malloc()" is said only where the NULL that broke it was seen to be that one;
# elsewhere, and where it was not looked at, it is "after malloc() failed, a NULL".
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have jq || skip_all "no jq to read the results with"
cat >ways.c <<'EOF'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define APART __attribute__((noinline)) static
struct holder { int count; char *block; };
static struct holder table[3];
static void (*volatile called)(void);
static int *volatile other;
APART void used(void) { char *p = malloc(10); p[3] = 1; free(p); }
APART void at_an_index(void) { int *p = malloc(4000); p[900] = 1; free(p); }
APART void in_a_struct(void) {
    struct holder h = {1, malloc(10)}, *volatile at = &h;
    at->block[at->count] = 1;
    free(h.block);
}
APART void keep(int at) { table[at].block = malloc(10); }
APART void empty(int at) { table[at].block[0] = 1; }
APART void in_a_table(void) { keep(2); empty(2); free(table[2].block); }
APART void resized(void) {
    char *p = malloc(10);
    if (!p) return;
    p = realloc(p, 5000);
    p[0] = 1;
    free(p);
}
APART void over_a_call(void) {
    char *p = malloc(10);
    long id = getppid() + getppid();
    p[0] = (char)id, p[1] = (char)getppid();
    free(p);
}
APART void passed_on(void) { char *p = malloc(10); strcpy(p, "abc"); free(p); }
APART void jumped_to(void) { called = malloc(10); called(); }
APART void another(void) {
    char *p = malloc(10);
    if (!p) { close(99); *other = errno; }
    free(p);
}
APART void of_another_function(void) {
    char *p = malloc(10);
    if (p) strcpy(p, "/etc");
    FILE *file = fopen(p ? "/dev/null" : "/none", "r");
    int c = fgetc(file);
    fclose(file), free(p);
    if (c == 'x') puts("x");
}
APART char *join(void) {
    char *p = malloc(10);
    if (!p) return NULL;
    return strcpy(p, "abc");
}
APART void made_up_by_the_callee(void) { char *p = join(); p[1] = 'x'; free(p); }
int main(int argc, char **argv) {
#define WAY(name) if (argc > 1 && strcmp(argv[1], #name) == 0) name();
    WAY(used) WAY(at_an_index) WAY(in_a_struct) WAY(in_a_table) WAY(resized) WAY(over_a_call)
    WAY(passed_on) WAY(jumped_to) WAY(another) WAY(of_another_function)
    WAY(made_up_by_the_callee)
    return 0;
}
EOF

# told WAY OPTION…: the explanation of the NULL dereference.
told() {
    told_way=$1
    shift
    "$MF_RUN" -q --mode once -o found "$@" -- ./ways "$told_way" >out 2>err
    jq -r '.findings[] | select(.class == "null dereference") | .explanation' \
        found/findings.json
}

for how in 'gcc -O0' 'gcc -O2' 'clang -O2' 'clang -O2 -s'; do
    # shellcheck disable=SC2086 # several options
    $how -g -w -fno-builtin -o ways ways.c 2>/dev/null || {
        skip "$how" "no such compiler"
        continue
    }
    for way in used at_an_index in_a_struct in_a_table over_a_call passed_on jumped_to; do
        like "$how: $way: it is that NULL" "$(told $way)" '^the NULL from malloc\('
    done
    like "$how: resized: it is realloc's" "$(told resized)" '^the NULL from realloc\(5000\)'
    for way in another of_another_function made_up_by_the_callee; do
        like "$how: $way: it is another one" "$(told $way)" '^after malloc\(10\) failed .*, a NULL is '
    done
done
cat >tail.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *volatile block = malloc(12);
    FILE *none = NULL;
    if (!block) {
        return fgetc(none);
    }
    free(block);
    return 0;
}
EOF
gcc -O2 -g -w -o tail tail.c
"$MF_RUN" -q -o found -- ./tail >out 2>err
unlike "what calls main is not said to be passed anything" \
    "$(jq -r '.findings[].explanation' found/findings.json)" '_start'
like "tried fresh it is not known, and not claimed" "$(told used --strategy fresh)" \
    '^after malloc\(10\) failed .*, a NULL is written at offset 3 '

# Nobody knows whether a loop would end: this one does, in its time.
cat >busy.c <<'EOF'
#include <stdlib.h>
#include <time.h>
#define APART static __attribute__((noinline, noclone))
APART void work(void) { for (volatile int i = 0; i < 10000; i++); }
int main(void) {
    void *volatile block = malloc(20);
    for (time_t end = time(NULL) + 10; !block && time(NULL) < end;) work();
    free(block);
    return 0;
}
EOF
gcc -g -w -o busy busy.c
"$MF_RUN" -q -o found --timeout 0.3s --mode once --strategy fresh -- ./busy >out 2>err
like "of a loop that was cut off it is told that its time was over" \
    "$(jq -r '.findings[].explanation' found/findings.json)" \
    'main\(\) at busy.c:7 loops, and does not end in its time \(--timeout\)$'
plan
