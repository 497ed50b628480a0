// SPDX-License-Identifier: MIT
// One compilation unit of many functions; each allocates, by a call that is inlined.
#include <stdlib.h>

__attribute__((always_inline)) static inline int allocate(size_t size) {
    void *block = malloc(size);
    free(block);
    return !block;
}

#define ONE(name)                                                                        \
    static int name(void) {                                                              \
        return allocate(10 + __COUNTER__);                                               \
    }
#define FOUR(what, name) what(name##0) what(name##1) what(name##2) what(name##3)
#define SIXTEEN(what, name)                                                              \
    FOUR(what, name##0) FOUR(what, name##1) FOUR(what, name##2) FOUR(what, name##3)
#define SIXTYFOUR(what, name)                                                            \
    SIXTEEN(what, name##0)                                                               \
    SIXTEEN(what, name##1) SIXTEEN(what, name##2) SIXTEEN(what, name##3)
#define MANY(what) SIXTYFOUR(what, many_0) SIXTYFOUR(what, many_1)

MANY(ONE)

#define CALL(name) failures += name();

int main(void) {
    int failures = 0;
    MANY(CALL)
    return failures > 100 ? 3 : 0;
}
