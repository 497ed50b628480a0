/* SPDX-License-Identifier: MIT */
/* mallocfail.h with nothing but assert(). */
#include "names.h"

#include <assert.h>
#include <mallocfail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    unsigned passes = 0, refused = 0;
    MALLOCFAIL_EACH(n) {
        struct names *names = names_new();
        char *all = NULL;
        if (names && names_add(names, "Ada") == 0 && names_add(names, "Grace") == 0) {
            all = names_join(names);
        }
        MALLOCFAIL_PAUSED {
            /* It may refuse, but only for want of memory, and what it says is true. */
            assert(all || mallocfail_failures(MALLOCFAIL_THREAD) == 1);
            assert(!all || strcmp(all, "Ada,Grace") == 0);
            refused += !all;
            passes++;
        }
        free(all);
        names_free(names);
    }
    printf("%u passes, refused in %u\n", passes, refused);
    return 0;
}
