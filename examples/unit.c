// SPDX-License-Identifier: MIT
// A unit test that runs out of memory everywhere, by itself: see mallocfail.h.
#include <assert.h>
#include <mallocfail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** "key=value", to be freed; NULL when memory ran out. */
static char *join(const char *key, const char *value) {
    size_t size = strlen(key) + strlen(value) + 2;
    char *name = strdup(key);
    char *line = malloc(size);
    snprintf(line, size, "%s=%s", name, value);
    free(name);
    return line;
}

int main(void) {
    MALLOCFAIL_EACH(n) {
        char *line = join("colour", "blue");
        MALLOCFAIL_PAUSED {
            assert(line || mallocfail_failures(MALLOCFAIL_THREAD) > 0);
            assert(!line || strcmp(line, "colour=blue") == 0);
        }
        free(line);
    }
    puts("well done");
    return 0;
}
