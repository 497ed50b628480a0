// SPDX-License-Identifier: MIT
#include "preload/pages/slack.h"

#include <stdbool.h>
#include <string.h>

/** A stretch of slack. */
struct slack {
    unsigned char *start, *end;
};

static struct slack before(const struct mf_block *block) {
    uint64_t start = block->pages ? block->address & -MF_BLOCK_PAGE : block->address;
    return (struct slack){(unsigned char *)start, (unsigned char *)block->address};
}

static struct slack behind(const struct mf_block *block) {
    uint64_t start = block->address & -MF_BLOCK_PAGE;
    uint64_t end = block->pages ? start + block->pages * MF_BLOCK_PAGE : block->address;
    return (struct slack){(unsigned char *)(block->address + block->size),
                          (unsigned char *)end};
}

/** Whether a stretch is as it was filled. */
static bool is_whole(struct slack slack) {
    size_t size = (size_t)(slack.end - slack.start);
    return size == 0 || (slack.start[0] == MF_SLACK_BYTE &&
                         memcmp(slack.start, slack.start + 1, size - 1) == 0);
}

static void fill(struct slack slack) {
    memset(slack.start, MF_SLACK_BYTE, (size_t)(slack.end - slack.start));
}

void mf_slack_fill(const struct mf_block *block) {
    fill(before(block));
    fill(behind(block));
}

const unsigned char *mf_slack_behind(const struct mf_block *block) {
    struct slack slack = behind(block);
    if (is_whole(slack)) {
        return NULL;
    }
    while (*slack.start == MF_SLACK_BYTE) {
        slack.start++;
    }
    return slack.start;
}

const unsigned char *mf_slack_before(const struct mf_block *block) {
    struct slack slack = before(block);
    if (is_whole(slack)) {
        return NULL;
    }
    while (slack.end[-1] == MF_SLACK_BYTE) {
        slack.end--;
    }
    return slack.end - 1;
}
