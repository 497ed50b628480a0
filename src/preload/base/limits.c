// SPDX-License-Identifier: MIT
#include "preload/base/limits.h"

#include "preload/base/sys.h"

#include <stddef.h>
#include <sys/resource.h>

uint64_t mf_limits_of(int which) {
    struct rlimit limit;
    return mf_sys_limit(which, NULL, &limit) == 0 ? limit.rlim_cur : UINT64_MAX;
}

bool mf_limits_allow(uint64_t size) {
    return mf_limits_of(RLIMIT_AS) >= size && mf_limits_of(RLIMIT_DATA) >= size;
}

long mf_limits_dump_nothing(void) {
    // A limit of 0 does not keep the kernel from starting a collector; 1 does.
    struct rlimit limit;
    long refused = mf_sys_limit(RLIMIT_CORE, NULL, &limit);
    if (!refused) {
        limit.rlim_max = limit.rlim_max < 1 ? limit.rlim_max : 1;
        limit.rlim_cur = limit.rlim_max;
        refused = mf_sys_limit(RLIMIT_CORE, &limit, NULL);
    }
    return refused;
}

long mf_limits_files(uint64_t size) {
    const struct rlimit all = {size, size};
    struct rlimit limit;
    long refused = mf_sys_limit(RLIMIT_FSIZE, NULL, &limit);
    // Only some may have more than they were given.
    if (!refused &&
        (limit.rlim_max >= size || mf_sys_limit(RLIMIT_FSIZE, &all, NULL) != 0)) {
        limit.rlim_cur = limit.rlim_max < size ? limit.rlim_max : size;
        refused = mf_sys_limit(RLIMIT_FSIZE, &limit, NULL);
    }
    return refused;
}
