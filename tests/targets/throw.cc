// SPDX-License-Identifier: MIT
/** C++: `throw caught`, `throw uncaught`, `throw nothrow`, `throw vector`, `throw
 * rethrow`. */
#include "say.h"

#include <cstring>
#include <new>
#include <string>
#include <vector>

static void caught() {
    try {
        // 2,000 bytes are told apart from what an exception needs for itself.
        char *volatile block = new char[2000];
        say("a block\n");
        delete[] block;
    } catch (const std::bad_alloc &) {
        say("bad_alloc\n");
    }
}

static void nothrow() {
    char *volatile block = new (std::nothrow) char[2000];
    say("%s\n", block ? "a block" : "nullptr");
    delete[] block;
}

static void vector() {
    try {
        std::vector<std::string> all;
        for (int i = 0; i < 1000; i++) {
            all.emplace_back(100, 'x');
        }
        say("%zu strings\n", all.size());
    } catch (const std::bad_alloc &) {
        say("bad_alloc\n");
    }
}

/** Throwing needs memory as well; libstdc++ has a reserve for it. */
static void thrown() {
    try {
        throw std::string("thrown");
    } catch (const std::string &) {
        say("caught a string\n");
    }
}

int main(int argc, char *argv[]) {
    const char *how = argc == 2 ? argv[1] : "";
    if (!std::strcmp(how, "caught")) {
        caught();
    } else if (!std::strcmp(how, "uncaught")) {
        char *volatile block = new char[2000];
        delete[] block;
    } else if (!std::strcmp(how, "nothrow")) {
        nothrow();
    } else if (!std::strcmp(how, "vector")) {
        vector();
    } else if (!std::strcmp(how, "thrown")) {
        thrown();
    } else {
        return 98;
    }
    return 0;
}
