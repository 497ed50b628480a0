// SPDX-License-Identifier: MIT
#include "runner/crash/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    PIECE = 4 * PAGE,
    PIECES = 8,
};

/** A piece of memory, from the beginning of a page on. */
struct piece {
    uint64_t start;
    size_t length;
    unsigned char bytes[PIECE];
};

struct memory {
    int fd;
    /** The piece that is used next, round and round. */
    unsigned next;
    /** The one that was used last. */
    unsigned recent;
    struct piece pieces[PIECES];
};

struct memory *memory_open(int pid) {
    char path[64];
    struct memory *memory = calloc(1, sizeof(*memory));
    if (!memory) {
        return NULL;
    }
    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
    memory->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (memory->fd < 0) {
        int saved = errno;
        free(memory);
        errno = saved;
        return NULL;
    }
    return memory;
}

void memory_forget(struct memory *memory) {
    for (unsigned i = 0; i < PIECES; i++) {
        memory->pieces[i].length = 0;
    }
}

void memory_close(struct memory *memory) {
    if (memory) {
        close(memory->fd);
        free(memory);
    }
}

static bool holds(const struct piece *piece, uint64_t address) {
    return address - piece->start < piece->length;
}

/** Read the piece that begins with an address's page; NULL where nothing is there. */
static const struct piece *fill(struct memory *memory, uint64_t address) {
    struct piece *piece = &memory->pieces[memory->next];
    uint64_t start = address & ~(uint64_t)(PAGE - 1);
    piece->length = 0;
    if (start > INT64_MAX) {
        return NULL;
    }
    ssize_t got;
    do {
        got = pread(memory->fd, piece->bytes, PIECE, (off_t)start);
    } while (got < 0 && errno == EINTR);
    piece->start = start;
    piece->length = got > 0 ? (size_t)got : 0;
    if (!holds(piece, address)) {
        return NULL;
    }
    memory->recent = memory->next;
    memory->next = (memory->next + 1) % PIECES;
    return piece;
}

/** The piece that holds an address. */
static const struct piece *find(struct memory *memory, uint64_t address) {
    for (unsigned i = 0; i < PIECES; i++) {
        unsigned at = (memory->recent + i) % PIECES;
        if (holds(&memory->pieces[at], address)) {
            memory->recent = at;
            return &memory->pieces[at];
        }
    }
    return fill(memory, address);
}

size_t memory_read_some(struct memory *memory, uint64_t address, void *bytes,
                        size_t length) {
    unsigned char *to = bytes;
    size_t got = 0;
    while (got < length) {
        const struct piece *piece = find(memory, address + got);
        if (!piece) {
            break;
        }
        size_t skip = address + got - piece->start;
        size_t part = length - got;
        part = piece->length - skip < part ? piece->length - skip : part;
        memcpy(to + got, piece->bytes + skip, part);
        got += part;
    }
    return got;
}

bool memory_read(struct memory *memory, uint64_t address, void *bytes, size_t length) {
    return memory_read_some(memory, address, bytes, length) == length;
}
