#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions that allocate for their callers: those are the call sites.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

CC=${CC:-cc}
have jq || skip_all "no jq to read the results with"

# builds NAME FLAG…: the program with all kinds of them.
builds() {
    builds_name=$1
    shift
    # shellcheck disable=SC2086 # CC may have several words
    $CC -fno-builtin-malloc -o "$builds_name" "$@" "$MF_SOURCE/tests/targets/callers.c" || exit 1
}

# explored PROGRAM OPTION…: explore it, and keep the report in err.
explored() {
    explored_program=$1
    shift
    rm -rf found
    "$MF_RUN" -o found -v --mode once "$@" -- "./$explored_program" >out 2>err
}

coverage() {
    jq -c ".coverage|$1" found/findings.json
}

functions='[.call_sites[].function]|sort'
wrappers='[.wrappers[]|.function]|sort'

builds plain -g -O0 -fno-inline
# What its code does not tell the user can.
explored plain --wrapper 'hand_*'
is "a function that is named is one" "$(coverage '[.wrappers[]|select(.known_by=="option").function]')" \
    '["hand_out"]'
is "its callers are call sites" "$(coverage "[.call_sites[].function]|map(select(.==\"twice\"))|length")" 2
like "the report tells" "$(cat err)" ': hand_out \(plain, --wrapper\)$'
explored plain --wrapper 'no_such' --wrapper 'set' --wrapper 'obtain'
like "a name that matches nothing is told" "$(cat err)" \
    "^mallocfail: warning: --wrapper 'no_such' matches no function that allocates"
is "several names" "$(coverage '[.wrappers[]|select(.known_by=="option").function]|sort')" '["obtain","set"]'
says 125 'is not a valid pattern for functions' "a pattern that is none" \
    "$MF_RUN" -o found --wrapper '[a' -- ./plain

# A name that everybody knows, and one caller.
cat >known.c <<'CODE'
#include <stdlib.h>
#include <string.h>
void *xmalloc(size_t size) {
    void *block = malloc(size);
    if (!block) {
        exit(2);
    }
    return block;
}
int main(void) {
    return *strcpy(xmalloc(5), "x") != 'x';
}
CODE
$CC -g -O0 -o known known.c || exit 1
explored known
is "a name that is well known" "$(coverage '[.wrappers[]|.function,.known_by],[.call_sites[].function]')" \
    '["xmalloc","name"]
["main"]'

# What its code tells.
explored plain
if [ "$(coverage .wrappers_unread)" = true ]; then
    like "without capstone it is told" "$(cat err)" '^mallocfail: machine code cannot be read'
    plan
    exit 0
fi
is "wrappers are found, and a wrapper of a wrapper" "$(coverage "$wrappers")" \
    '["copy","obtain","obtain_or_die"]'
is "with module, and how" "$(coverage '[.wrappers[]|.module,.known_by]|unique')" '["code","plain"]'
is "their callers are the call sites; what has a fixed size or returns nothing is one" \
    "$(coverage "$functions")" \
    '["add","careless","hand_out","main","main","main","main","main","set"]'
like "the report names them" "$(cat err)" '^mallocfail: allocates for its callers: obtain_or_die \(plain\)$'
like "and counts their callers" "$(cat err)" ' 9 of 9 call sites failed: '
like "it says for whom the memory was" "$(cat err)" \
    ' the NULL from malloc\([0-9]*\) for obtain\(\) at callers.c:[0-9]* is written through at callers.c:[0-9]*, in the same function$'
reproducer=found/reproducers/$(jq -r '.findings[]|select(.class=="null dereference").signature' found/findings.json).json
says 0 ' after malloc\([0-9]*\) for obtain\(\) failed at callers.c:[0-9]*, a NULL is written through' \
    "replay says it as well" "$MF_RUN" replay "$reproducer"
is "the trial list begins with one failure for each call site" \
    "$(jq -c '.coverage.stacks as $s|[.trials[:9][].stack_id|. as $id|$s[]|select(.stack_id==$id).call_site]|unique|length' \
        found/findings.json)" 9

# However it is built.
builds fast -g -O2 -fno-inline -fno-ipa-sra -fno-ipa-cp
explored fast
is "with optimisation" "$(coverage "$wrappers")" '["copy","obtain","obtain_or_die"]'
builds bare -O0 -fno-inline -s
explored bare
is "stripped" "$(coverage '[(.call_sites|length),(.wrappers|length),.wrappers[0].function]')" '[9,3,null]'
like "where there is no name, its address is told" "$(cat err)" \
    ': allocates for its callers: code at 0x[0-9a-f]* \(bare\)$'
builds inlined -g -O3
explored inlined
is "one that is inlined is not there" "$(coverage "$wrappers|map(select(.==\"obtain\"))")" '[]'

# Templates of the C++ library are passed over, those of the program are not.
cat >factory.cc <<'CODE'
#include <memory>
#include <vector>
struct small { int value; };
struct large { int values[100]; };
template <class T> T *make() { return new T(); }
template <class T> std::unique_ptr<T> make_it_unique() { return std::make_unique<T>(); }
static void *pool(std::size_t size) { return ::operator new(size); }
struct pooled {
    static void *operator new(std::size_t size) { return pool(size); }
    int value;
};
struct pooled_more : pooled { int more[10]; };
int main() {
    std::vector<int> numbers;
    numbers.push_back(1);
    auto one = make_it_unique<small>();
    small *a = make<small>(), *b = make<small>();
    large *c = make<large>();
    pooled *d = new pooled, *e = new pooled_more;
    delete a, delete b, delete c;
    ::operator delete(d), ::operator delete(e);
    return numbers.size() == 1 && one ? 0 : 1;
}
CODE
if have c++ && c++ -g -O0 -o factory factory.cc 2>err; then
    explored factory
    is "an operator new of the program's, and what it calls" "$(coverage "$wrappers")" \
        '["pool","pooled::operator new"]'
    is "templates of the program are call sites, those of the library are not" \
        "$(coverage "[.call_sites[]|select(.module==\"factory\").function|sub(\"[<(].*\";\"\")]|sort")" \
        '["large* make","main","main","main","small* make","std::unique_ptr"]'
else
    skip "C++ templates" "no C++ compiler"
fi

# The process that failed need not be the one that is judged: the place is the program's.
cat >two.c <<'CODE'
#include <string.h>
int main(void) {
    char *first = strdup("x");
    char *second = strdup("y");
    return first && second ? 1 : 0;
}
CODE
$CC -g -O0 -fno-builtin -o two two.c || exit 1

# are_two WHAT ARGUMENT…: each of its two calls is a defect.
are_two() {
    are_what=$1
    shift
    "$MF_RUN" -o found "$@" >out 2>err
    is "each call that failed is a defect: $are_what" \
        "$(jq -c '[.findings[].injection_site|select(.module=="two")|.line]|sort' found/findings.json)" \
        '[3,4]'
}

are_two "in place" -- ./two
are_two "fresh" --strategy fresh -- ./two
are_two "behind a wrapper" -- timeout 20 ./two
plan
