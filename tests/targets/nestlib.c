// SPDX-License-Identifier: MIT
#include "nest.h"

static volatile int calls;

static void nest_hidden(void (*function)(void)) {
    function();
    calls++;
}

void nest_through(void (*function)(void)) {
    nest_hidden(function);
    calls++;
}
