// SPDX-License-Identifier: MIT
#include "preload/pages/redzone.h"

#include <stdbool.h>
#include <string.h>

struct redzone {
    unsigned char *start, *end;
};

static struct redzone before(const struct mf_block *block) {
    uint64_t start = block->pages ? block->address & -MF_BLOCK_PAGE : block->address;
    return (struct redzone){(unsigned char *)start, (unsigned char *)block->address};
}

static struct redzone behind(const struct mf_block *block) {
    uint64_t start = block->address & -MF_BLOCK_PAGE;
    uint64_t end = block->pages ? start + block->pages * MF_BLOCK_PAGE : block->address;
    return (struct redzone){(unsigned char *)(block->address + block->size),
                            (unsigned char *)end};
}

/** Whether a stretch is as it was filled. */
static bool is_whole(struct redzone redzone) {
    size_t size = (size_t)(redzone.end - redzone.start);
    return size == 0 || (redzone.start[0] == MF_REDZONE_BYTE &&
                         memcmp(redzone.start, redzone.start + 1, size - 1) == 0);
}

static void fill(struct redzone redzone) {
    memset(redzone.start, MF_REDZONE_BYTE, (size_t)(redzone.end - redzone.start));
}

void mf_redzone_fill(const struct mf_block *block) {
    fill(before(block));
    fill(behind(block));
}

const unsigned char *mf_redzone_behind(const struct mf_block *block) {
    struct redzone redzone = behind(block);
    if (is_whole(redzone)) {
        return NULL;
    }
    while (*redzone.start == MF_REDZONE_BYTE) {
        redzone.start++;
    }
    return redzone.start;
}

const unsigned char *mf_redzone_before(const struct mf_block *block) {
    struct redzone redzone = before(block);
    if (is_whole(redzone)) {
        return NULL;
    }
    while (redzone.end[-1] == MF_REDZONE_BYTE) {
        redzone.end--;
    }
    return redzone.end - 1;
}
