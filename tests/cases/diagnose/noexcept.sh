#!/bin/sh
# SPDX-License-Identifier: MIT
# An exception that a noexcept function or a destructor stops is a crash, also where nobody
# further out would catch it: then the C++ library ends the program before it has come there.
# One that nobody stops and nobody catches is the program's own way to give up.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

have g++ jq || skip_all "no g++ or jq"
cat >stop.cc <<'EOC'
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#define APART __attribute__((noinline))

static void show(const std::string &text) {
    std::fputs(text.c_str(), stdout);
}

// Where the second one fails, the first one is destroyed on the way out: what stops the
// exception comes after that.
struct pair {
    std::string first = "a text that is too long to be short", second;
    pair(const std::string &name) : second(first + name) {}
};
static void tell(const std::string &name) noexcept {
    pair pair(name);
    show(pair.second);
}
APART static int function(const std::string &name) {
    // gcc drops this handler: nothing comes to it.
    try { tell(name); } catch (...) { return 1; }
    return 0;
}

struct keeper {
    std::string name;
    ~keeper() {
        pair pair(name);
        show(pair.second);
    }
};
static keeper global;

APART static void destructor(const std::string &name) {
    keeper keeper{name};
}

static void call(const char *name) noexcept {
    std::string copy = name;
    std::function<void()> later = [copy] { show(copy); };
    later();
}

// A handler for something else, in a function that lets nothing out.
APART static void other(const std::string &name) noexcept {
    try {
        show("a text that is too long to be short " + name);
    } catch (const std::logic_error &) {
        show("never\n");
    }
}

// Nobody stops these.
APART static void plain(const std::string &name) {
    std::unique_ptr<int> number(new (std::nothrow) int);
    pair pair(name);
    show(pair.second);
}
struct open {
    std::string name;
    ~open() noexcept(false) {
        pair pair(name);
        show(pair.second);
    }
};
APART static void opened(const std::string &name) {
    open open{name};
}

int main(int, char **v) {
    const char *how = v[1];
    if (!std::strcmp(how, "function")) return function(how);
    if (!std::strcmp(how, "global")) global.name = how;
    if (!std::strcmp(how, "destructor")) destructor(how);
    if (!std::strcmp(how, "call")) call("a name that is too long to be short");
    if (!std::strcmp(how, "other")) other(how);
    if (!std::strcmp(how, "plain")) plain(how);
    if (!std::strcmp(how, "open")) opened(how);
    // The global one shall not be what stops all others.
    if (std::strcmp(how, "global")) { std::fflush(stdout); std::_Exit(0); }
}
EOC

# outcomes HOW: what the failures of what throws lead to, each kind once.
outcomes() {
    "$MF_RUN" -q -o found --arm main --mode once -- ./stop "$1" >out 2>err
    jq -c '[.findings[] | select(.class | test("exception|throwing")) | .outcome + ": " + .class] | unique' \
        found/findings.json
}

# stops FLAG…: what a build of the program shows.
stops() {
    if ! g++ -w -std=c++17 "$@" -o stop stop.cc; then
        skip "$*" "the compiler does not build it"
        return
    fi
    for how in function global destructor call other; do
        is "$*: $how stops it, and that is a crash" "$(outcomes $how)" \
            '["crashed: failure while throwing"]'
    done
    for how in plain open; do
        is "$*: $how lets it out, and nobody catches it" "$(outcomes $how)" \
            '["aborted: uncaught exception"]'
    done
}
stops -O2 -g
stops -O0 -g
stops -O1 -no-pie -fno-plt -s
stops -O2 -static

status_is 1 "it counts as a defect" "$MF_RUN" -q -o found --arm main -- ./stop function
like "the explanation says what stops it" "$(jq -r '.findings[].explanation' found/findings.json)" \
    "std::bad_alloc is thrown .*and reaches a noexcept function or a destructor"
plan
