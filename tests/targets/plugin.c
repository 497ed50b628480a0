// SPDX-License-Identifier: MIT
/** A library to be opened at run time: allocates while it is loaded, and when asked. */
#include "say.h"

void plugin_ask(void);

__attribute__((constructor)) static void constructor(void) {
    say_failures("plugin's constructor", 3, 24);
}

void plugin_ask(void) {
    say_failures("plugin", 3, 24);
}
