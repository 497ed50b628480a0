// SPDX-License-Identifier: MIT
#include "runner/report/report_pages.h"

#include <inttypes.h>
#include <stdio.h>

/** How many mappings a process may have; 0 = unknown. */
static uint64_t maps_max(void) {
    uint64_t most = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    if (file) {
        if (fscanf(file, "%" SCNu64, &most) != 1) {
            most = 0;
        }
        fclose(file);
    }
    return most;
}

void report_pages_full(uint64_t blocks, bool refused, char *text, size_t size) {
    uint64_t most = maps_max();
    if (!refused) {
        snprintf(text, size,
                 "the page allocator ran out of address space at %" PRIu64 " blocks",
                 blocks);
    } else if (blocks <= most && 2 * blocks >= most / 4 * 3) {
        // Two maps for a block; what else is mapped takes a share.
        snprintf(text, size,
                 "the page allocator ran out of maps at %" PRIu64
                 " blocks: sysctl vm.max_map_count is %" PRIu64,
                 blocks, most);
    } else {
        snprintf(text, size,
                 "the kernel refused the page allocator memory at %" PRIu64 " blocks",
                 blocks);
    }
}
