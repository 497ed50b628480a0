// SPDX-License-Identifier: MIT
#include "runner/target/account.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/uio.h>

/** So many origins are read with the numbers in front of them: mostly there are no more. */
#define USUAL 256

/** The part of an account from the serial to the origins. */
struct numbers {
    uint64_t serial, lost, used;
};

_Static_assert(offsetof(struct mf_account, origins) -
                       offsetof(struct mf_account, serial) ==
                   sizeof(struct numbers),
               "the numbers come directly before the origins");

/** Read memory of a process into two places; 0 on success. */
static int read_into(pid_t pid, uint64_t address, void *first, size_t first_size,
                     void *second, size_t second_size) {
    const struct iovec to[2] = {{first, first_size}, {second, second_size}};
    const struct iovec from = {(void *)(uintptr_t)address, first_size + second_size};
    ssize_t got = process_vm_readv(pid, to, 2, &from, 1, 0);
    return got >= 0 && (size_t)got == first_size + second_size ? 0 : -1;
}

int account_read(struct account *account, pid_t pid, uint64_t address) {
    struct numbers numbers = {0};
    uint64_t at = address + offsetof(struct mf_account, serial);
    struct mf_origin *origins = calloc(USUAL, sizeof(origins[0]));
    *account = (struct account){0};
    if (!origins || read_into(pid, at, &numbers, sizeof(numbers), origins,
                              USUAL * sizeof(origins[0])) != 0) {
        free(origins);
        return -1;
    }
    uint64_t count = numbers.used < MF_ORIGINS_MAX ? numbers.used : MF_ORIGINS_MAX;
    if (count > USUAL) {
        size_t used = USUAL * sizeof(origins[0]), size = count * sizeof(origins[0]);
        void *grown = realloc(origins, size);
        if (!grown) {
            free(origins);
            return -1;
        }
        origins = grown;
        at = address + offsetof(struct mf_account, origins) + used;
        if (read_into(pid, at, origins + USUAL, size - used, NULL, 0) != 0) {
            free(origins);
            return -1;
        }
    }
    account->serial = numbers.serial;
    account->lost = numbers.lost;
    account->origins = origins;
    account->count = count;
    return 0;
}

int account_read_frames(pid_t pid, uint64_t address, size_t origin,
                        struct mf_frame *frames) {
    uint64_t at = address + offsetof(struct mf_account, frames) +
                  origin * MF_FRAMES_MAX * sizeof(frames[0]);
    return read_into(pid, at, frames, MF_FRAMES_MAX * sizeof(frames[0]), NULL, 0);
}

void account_destroy(struct account *account) {
    free(account->origins);
    *account = (struct account){0};
}
