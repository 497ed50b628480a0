// SPDX-License-Identifier: MIT
#include "runner/suite/gone.h"

#include "runner/util/printable.h"

#include <string.h>
#include <unistd.h>

/** The most files that are named. */
#define NAMES_MAX 3

/** Whether a module was a file, and is none now. One without a name never had a place. */
static bool is_gone(const struct mf_module *module) {
    static const char *const nameless[] = {"/memfd:", "/dev/", "/SYSV", "/anon"};
    for (size_t i = 0; i < sizeof(nameless) / sizeof(nameless[0]); i++) {
        if (strncmp(module->path, nameless[i], strlen(nameless[i])) == 0) {
            return false;
        }
    }
    // Where the kernel has put " (deleted)" behind it there is none, either.
    return module->path[0] == '/' && access(module->path, F_OK) != 0;
}

/** Whether an earlier module has the same name, as each build of a test may. */
static bool is_named(const struct modules *modules, uint32_t at) {
    for (uint32_t i = 0; i < at; i++) {
        if (is_gone(&modules->entries[i]) &&
            strcmp(modules->names[i], modules->names[at]) == 0) {
            return true;
        }
    }
    return false;
}

/** How many trials were not run again because something is gone. */
static size_t count_left(const struct campaign *campaign) {
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        count += campaign->trials[i].left == TRIAL_LEFT_GONE;
    }
    return count;
}

void gone_print(const struct campaign *campaign, FILE *stream) {
    const struct modules *modules = &campaign->defects->modules;
    size_t count = 0;
    for (uint32_t i = 0; i < modules->count; i++) {
        if (!is_gone(&modules->entries[i]) || is_named(modules, i)) {
            continue;
        }
        if (count < NAMES_MAX) {
            fputs(count == 0 ? "mallocfail: no longer there, so that stacks have no "
                               "names of it, and --fresh cannot run it: "
                             : ", ",
                  stream);
            printable_put(modules->names[i], stream);
        }
        count++;
    }
    if (count > NAMES_MAX) {
        fprintf(stream, " and %zu more", count - NAMES_MAX);
    }
    if (count > 0 || count_left(campaign) > 0) {
        fprintf(stream,
                "%skeep what the suite builds (of Go: go test -work, or go test -c)\n",
                count > 0 ? "; " : "mallocfail: to have all tried, ");
    }
}
