// SPDX-License-Identifier: MIT
#include "fuzz/scribble.h"

#include <stdlib.h>
#include <string.h>

/** How far behind a start a scribble may begin. */
#define REACH (1u << 16)
/** The most scribbles of an input. */
#define SCRIBBLES_MAX 256

/** The places of the last input's scribbles. */
static struct { size_t at, size; } scribbled[SCRIBBLES_MAX];
static size_t scribbled_count;

/** Make the scribbled places zero again. */
static void wipe(struct channel *channel) {
    for (size_t i = 0; i < scribbled_count; i++) {
        memset((char *)channel->head + scribbled[i].at, 0, scribbled[i].size);
    }
    scribbled_count = 0;
}

struct channel scribble_begin(const char *policy, size_t extra) {
    static struct channel channel;
    size_t length = strlen(policy);
    if (!channel.head && channel_create_larger(&channel, policy, length, extra) != 0) {
        abort();
    }
    struct mf_head *head = channel.head;
    wipe(&channel);
    mf_head_init(head);
    memcpy(head->policy, policy, length);
    head->policy_length = (uint32_t)length;
    head->processes_used = 2;
    head->journal_used = 3;
    head->modules_used = 2;
    head->journal[0].ready = 1;
    head->journal[1].ready = 2;
    head->modules[0].ready = 1;
    return channel;
}

void scribble(struct channel *channel, const uint8_t *data, size_t size,
              const size_t *starts, size_t count) {
    unsigned char *bytes = (unsigned char *)channel->head;
    for (; size >= 16 && scribbled_count < SCRIBBLES_MAX; data += 16, size -= 16) {
        uint64_t where;
        memcpy(&where, data, sizeof(where));
        size_t start = starts[where % count];
        size_t at = start + (where >> 8) % REACH;
        at = at < channel->size - 256 * 8 ? at : start;
        for (unsigned i = 0; i <= data[15]; i++) {
            memcpy(bytes + at + i * 8u, data + 8, 7);
        }
        scribbled[scribbled_count].at = at;
        scribbled[scribbled_count++].size = (data[15] + 1) * 8u;
    }
}
