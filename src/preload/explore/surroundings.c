// SPDX-License-Identifier: MIT
#include "preload/explore/surroundings.h"

#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/threads.h"

#include <stdatomic.h>

/** Whether a child of this thread works in the same memory: it would not in a copy of it. */
static bool has_partner(void) {
    char pids[512];
    if (!mf_sys_has_children()) {
        return false;
    }
    int fd = mf_sys_open("/proc/thread-self/children", false);
    long length = fd < 0 ? 0 : mf_sys_read(fd, pids, sizeof(pids));
    bool found = false;
    int pid = 0;
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    for (long i = 0; i < length && !found; i++) {
        if (pids[i] != ' ') {
            pid = 10 * pid + (pids[i] - '0');
        } else {
            found = mf_sys_has_same_memory(pid);
            pid = 0;
        }
    }
    return found;
}

/** Whether memory was ever left out of forks. */
static atomic_bool unforked;

void mf_surroundings_note_unforked(void) {
    atomic_store(&unforked, true);
}

/** The same in a forerunner. The barrier keeps it from threads, children, other timers, and
 * from sharing more than the target does. */
static enum mf_point_state judge_ahead(void) {
    if (mf_sys_has_pending_signals()) {
        return MF_POINT_SIGNALS;
    }
    return mf_sys_has_interval_timers()
               ? MF_POINT_TIMERS
               : mf_descriptors_list(&mf_exploration.descriptors);
}

enum mf_point_state mf_surroundings_judge(void) {
    if (mf_exploration.ahead) {
        return judge_ahead();
    }
    if (atomic_load(&unforked)) {
        return MF_POINT_MEMORY;
    }
    mf_exploration.threads = mf_threads_look();
    if (mf_exploration.threads == MF_THREADS_RUN || has_partner()) {
        return MF_POINT_THREADS;
    }
    if (mf_sys_has_pending_signals()) {
        return MF_POINT_SIGNALS;
    }
    if (mf_sys_has_timers()) {
        return MF_POINT_TIMERS;
    }
    enum mf_point_state state = mf_descriptors_list(&mf_exploration.descriptors);
    if (state != MF_POINT_HELD) {
        return state;
    }
    mf_exploration.sharing = mf_sharing_look();
    return mf_exploration.sharing == MF_SHARING_WRITABLE ? MF_POINT_SHARED_MEMORY
                                                         : MF_POINT_HELD;
}
