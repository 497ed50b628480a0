// SPDX-License-Identifier: MIT
/** C++: NULLs and exceptions that nobody expects. The allocations that are to fail have
 * 1,000 bytes. */
#include "bug.h"

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace shop {

struct item {
    long number;
    volatile long price;
    char name[984];
    __attribute__((noinline)) void raise_price(long by) {
        price = price + by; // BREAKS method
    }
};

} // namespace shop

static void method() {
    shop::item *item = new (std::nothrow) shop::item; // FAILS method
    LAUNDER(item);
    item->raise_price(3);
    delete item;
}

BUG(void, load, size_t size) {
    char *block = new char[size]; // FAILS uncaught
    LAUNDER(block);
    delete[] block;
}

static void uncaught() {
    load(1000);
}

/** What is thrown is not what failed. */
BUG(void, load_all, void) {
    char *block = new (std::nothrow) char[1000]; // FAILS other-type
    LAUNDER(block);
    if (!block) {
        throw std::runtime_error("not loaded"); // BREAKS other-type
    }
    delete[] block;
}

static void other_type() {
    load_all();
}

/** The library throws on the program's behalf. */
BUG(void, reserve, size_t count) {
    std::vector<char> all;
    all.reserve(count); // BREAKS length
}

static void length() {
    char *block = new (std::nothrow) char[1000]; // FAILS length
    LAUNDER(block);
    reserve(block ? 1 : SIZE_MAX);
    delete[] block;
}

/** A destructor must not throw. */
struct closer {
    __attribute__((noinline)) ~closer() {
        load(1000);
    }
};

static void in_destructor() {
    try {
        closer closer;
        STAY;
    } catch (const std::bad_alloc &) {
        STAY;
    }
}

static void caught() {
    try {
        load(1000);
    } catch (const std::bad_alloc &) {
        STAY;
    }
}

int main(int argc, char *argv[]) {
    static const struct bug bugs[] = {
        {"method", method}, {"uncaught", uncaught},      {"other-type", other_type},
        {"length", length}, {"noexcept", in_destructor}, {"caught", caught},
    };
    return run_bug(bugs, sizeof(bugs) / sizeof(bugs[0]), argc, argv);
}
