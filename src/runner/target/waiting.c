// SPDX-License-Identifier: MIT
#include "runner/target/waiting.h"

#include "runner/util/clock.h"

#include <sys/syscall.h>
#include <unistd.h>

static uint64_t read_own_wait(void) {
    return procfile_share((pid_t)syscall(SYS_gettid)).waited_ns;
}

void waiting_begin(struct waiting *waiting, const struct procfile_share *share) {
    *waiting = (struct waiting){
        .since_ns = clock_now(), .waited_ns = read_own_wait(), .share = *share};
}

uint64_t waiting_stood_still(const struct waiting *waiting,
                             const struct procfile_share *share) {
    uint64_t span = clock_now() - waiting->since_ns;
    uint64_t waited = read_own_wait() - waiting->waited_ns;
    uint64_t active = share->tid == waiting->share.tid
                          ? share->ran_ns - waiting->share.ran_ns + share->waited_ns -
                                waiting->share.waited_ns
                          : 0;
    uint64_t still = span > active ? span - active : 0;
    return waited < still ? waited : still;
}
