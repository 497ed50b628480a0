// SPDX-License-Identifier: MIT
/** new fails, which is caught: were it not for the runtime in throwing.c. The allocation
 * that is to fail has 1,000 bytes. */
#include "bug.h"

#include <cxxabi.h>
#include <new>

BUG(void, load, size_t size) {
    char *block = new char[size]; // FAILS throwing
    LAUNDER(block);
    delete[] block;
}

int main() {
    try {
        load(1000);
    } catch (const std::bad_alloc &) {
        // Also what makes the linker keep the library.
        return abi::__cxa_get_globals() ? 3 : 4;
    }
    return 0;
}
