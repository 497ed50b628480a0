#!/bin/sh
# SPDX-License-Identifier: MIT
# An exception that nobody catches is the program's own way to give up where it says that there
# was no memory. One that only a bug throws is a crash: of a check that the C++ library made.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have g++ jq || skip_all "no g++ or jq"
cat >throws.cc <<'EOC'
#include <any>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>

struct base { virtual ~base() {} };
struct other : base {};
struct own : std::logic_error { own() : logic_error("own") {} };
struct full : std::bad_alloc {};

int main(int, char **v) {
    const std::string how = v[1];
    int *number = (int *)std::malloc(777);
    bool there = number;
    std::free(number);
    if (how == "logic") std::string(there ? "x" : nullptr);
    if (how == "function") { std::function<void()> f; if (there) f = [] {}; f(); }
    if (how == "optional") { std::optional<int> o; if (there) o = 1; return o.value() - 1; }
    if (how == "variant") { std::variant<int, long> i; if (!there) i = 1L; return std::get<int>(i); }
    if (how == "any") { std::any a; if (there) a = 1; return std::any_cast<int>(a) - 1; }
    if (how == "typeid") { base b, *p = there ? &b : nullptr; return typeid(*p).name()[0] == 0; }
    if (how == "cast") { base b; other o; base *p = there ? &o : &b; (void)dynamic_cast<other &>(*p); }
    if (how == "weak") { auto s = std::make_shared<int>(3); std::weak_ptr<int> w; if (there) w = s; std::shared_ptr<int> t(w); }
    if (how == "range") { std::map<int, int> m; if (there) m[1] = 0; return m.at(1); }
    if (how == "length") { std::string s; s.reserve(there ? 1 : SIZE_MAX); }
    if (how == "invalid") return std::stoi(there ? "0" : "x");
    // These say that something is not to be had.
    if (there) return 0;
    if (how == "none") throw std::bad_alloc();
    if (how == "array") throw std::bad_array_new_length();
    if (how == "derived") throw full();
    if (how == "runtime") throw std::runtime_error("no memory");
    if (how == "system") throw std::system_error(ENOMEM, std::generic_category());
    if (how == "own") throw own();
    if (how == "text") throw "no memory";
}
EOC

# leads HOW: what one failure leads to, with the type.
leads() {
    "$MF_RUN" -q -o found --arm main --mode once --only-function main -- ./throws "$1" >out 2>err
    jq -r '.findings[] | select(.injection.size == 777) | "\(.outcome): \(.class): \(.detail)"' \
        found/findings.json
}

for flags in '-O2 -g' '-O0'; do
    # shellcheck disable=SC2086 # several options
    g++ -w -std=c++17 -fno-builtin $flags -o throws throws.cc || { skip "$flags" "not built"; continue; }
    while read -r how type; do
        is "$flags: $type is of a bug" "$(leads "$how")" "crashed: uncaught exception: $type"
    done <<'EOF'
logic std::logic_error
function std::bad_function_call
optional std::bad_optional_access
variant std::bad_variant_access
any std::bad_any_cast
typeid std::bad_typeid
cast std::bad_cast
weak std::bad_weak_ptr
range std::out_of_range
length std::length_error
invalid std::invalid_argument
EOF
    while read -r how type; do
        is "$flags: $type is how the program gives up" "$(leads "$how")" \
            "aborted: uncaught exception: $type"
    done <<'EOF'
none std::bad_alloc
array std::bad_array_new_length
derived full
runtime std::runtime_error
system std::system_error
own own
text char const*
EOF
done

g++ -w -std=c++17 -fno-builtin -g -o throws throws.cc
status_is 1 "it counts as a defect" "$MF_RUN" -q -o found --arm main -- ./throws logic
explanation=$(jq -r '.findings[0].explanation' found/findings.json)
like "what it says of itself is told" "$explanation" \
    "^std::logic_error is thrown at throws.cc:[0-9]+ and never caught: basic_string: "
like "and the failure" "$explanation" ", after malloc\(777\) failed at throws.cc:[0-9]+$"
ok "its reproducer brings it back" "$MF_RUN" replay -q \
    "found/$(jq -r '.findings[0].reproducer' found/findings.json)"
status_is 1 "also where the program's standard error is closed" \
    "$MF_RUN" -q -o found --arm main -- sh -c 'exec ./throws logic 2>&-'
plan
