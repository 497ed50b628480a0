// SPDX-License-Identifier: MIT
#include "runner/run/addresslimit.h"

#include "runner/util/figures.h"

/** The library takes much of a limit that is not so many times more. */
#define MUCH 4

void addresslimit_tell(const struct job *job, const struct diag *diag) {
    uint64_t limit = job->address_limit, taken = job->channel.size;
    if (limit > 0 && limit / MUCH < taken) {
        diag_warn(
            diag,
            "the program limits its address space to %s (RLIMIT_AS), and mallocfail's "
            "library takes %s of that: it may have run out of memory by itself; test "
            "it with a higher limit, or with none",
            figure_bytes(limit).text, figure_bytes(taken).text);
    }
}
