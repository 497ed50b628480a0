// SPDX-License-Identifier: MIT
/** A library to be opened at run time, with a bug of its own. */
#include "bug.h"

BUG(void, plugin_run, void) {
    int *block = malloc(1000); // FAILS plugin
    LAUNDER(block);
    block[3] = 1; // BREAKS plugin
    free(block);
}
