// SPDX-License-Identifier: MIT
// Feeds each file of a corpus as it is, then mutated ones: ./fuzz_x RUNS FILE...
// The same every time: the mutations come from a seed.
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536

struct input {
    uint8_t *data;
    size_t size;
};

static uint64_t state = 0x9e3779b97f4a7c15;

/** A number below a limit (xorshift64*, Marsaglia and Vigna). */
static uint64_t chance(uint64_t limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545f4914f6cdd1d >> 16) % limit;
}

static struct input read_file(const char *path) {
    FILE *stream = fopen(path, "rb");
    struct input input = {malloc(INPUT_MAX), 0};
    if (!stream || !input.data) {
        perror(path);
        exit(2);
    }
    input.size = fread(input.data, 1, INPUT_MAX, stream);
    fclose(stream);
    return input;
}

/** Change a few places: bits, bytes, numbers, pieces of itself; or cut it short. */
static void mutate(struct input *input) {
    for (uint64_t left = 1 + chance(8); left > 0 && input->size > 8; left--) {
        size_t at = chance(input->size - 8);
        switch (chance(5)) {
        case 0:
            input->data[at] ^= (uint8_t)(1u << chance(8));
            break;
        case 1:
            input->data[at] = (uint8_t)chance(256);
            break;
        case 2:
            memset(input->data + at, chance(2) ? 0xff : 0, 1 + chance(8));
            break;
        case 3:
            memmove(input->data + at, input->data + chance(input->size - 8), 8);
            break;
        default:
            input->size = chance(8) ? input->size : at + 8;
        }
    }
}

int main(int argc, char **argv) {
    unsigned long runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    struct input *corpus = calloc((size_t)argc, sizeof(*corpus));
    uint8_t *room = malloc(INPUT_MAX);
    if (argc < 3 || !corpus || !room) {
        fprintf(stderr, "Usage: %s RUNS FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        corpus[i] = read_file(argv[i]);
        LLVMFuzzerTestOneInput(corpus[i].data, corpus[i].size);
    }
    for (unsigned long i = 0; i < runs; i++) {
        struct input input = corpus[2 + chance((uint64_t)argc - 2)];
        memcpy(room, input.data, input.size);
        input.data = room;
        mutate(&input);
        LLVMFuzzerTestOneInput(input.data, input.size);
    }
    printf("%lu inputs\n", runs + (unsigned long)argc - 2);
    for (int i = 2; i < argc; i++) {
        free(corpus[i].data);
    }
    free(corpus);
    free(room);
    return 0;
}
