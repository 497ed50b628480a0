// SPDX-License-Identifier: MIT
#include "runner/explore/untested.h"

#include "runner/diagnose/callname.h"

#include <string.h>

/** Memory that the program itself maps can be a pool that nothing else shows; of a program
 * that has one which is known, that is known better. */
static const struct own_pool mapped = {
    .what = "what the program hands out of memory that it maps itself",
    .symbol = "mmap",
};

void untested_find(struct pools *pools, const struct campaign *campaign) {
    const struct modules *modules = &campaign->oracle.stacks.modules;
    *pools = (struct pools){.count = 0};
    pools_look(pools, campaign->preflight->program.binary);
    for (uint32_t i = 0; i < modules->count; i++) {
        const char *name = modules_name(modules, i);
        if (name && !callname_is_library(name)) {
            pools_look(pools, modules->entries[i].path);
        }
    }
    if (campaign->oracle.mapped && !pools->any) {
        pools->list[pools->count++] = mapped;
    }
}
