// SPDX-License-Identifier: MIT
/** `opener LIBRARY…` opens one after the other, calls its plugin_ask() and closes it. */
#include "say.h"

#include <dlfcn.h>
#include <stdint.h>

/** 0, or an exit status. */
static int visit(const char *name) {
    void *library = dlopen(name, RTLD_NOW);
    if (!library) {
        say("not opened\n");
        return 3;
    }
    void (*ask)(void) = (void (*)(void))(uintptr_t)dlsym(library, "plugin_ask");
    if (!ask) {
        say("nothing to ask\n");
        return 4;
    }
    ask();
    say_failures("opener", 3, 24);
    dlclose(library);
    return 0;
}

int main(int argc, char *argv[]) {
    int status = 0;
    for (int i = 1; i < argc && !status; i++) {
        status = visit(argv[i]);
    }
    return status;
}
