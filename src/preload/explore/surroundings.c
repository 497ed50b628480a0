// SPDX-License-Identifier: MIT
#include "preload/explore/surroundings.h"

#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/suite.h"
#include "preload/explore/threads.h"

#include <signal.h>
#include <stdatomic.h>

/** A timer of a suite's process that is due only after so many times the time for which it may
 * still be held stands against no child: that has ended by then. */
#define TIMER_TIMES 5

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

/** Whether an alarm or an interval timer may be due before a child ends. Elsewhere than in a
 * suite nothing ends the time for which a process is held. */
static bool has_close_timer(void) {
    uint64_t left = mf_sys_interval_timer_left();
    return left != UINT64_MAX && left / TIMER_TIMES < mf_suite_hold_left();
}

/** Whether a child process of the program may send it signals that it acts on: they would come to
 * the program and not to the copy. */
static bool may_be_signalled(void) {
    static const int signals[] = {SIGCHLD, SIGUSR1, SIGUSR2, SIGHUP,
                                  SIGTERM, SIGIO,   SIGURG};
    /** glibc has those before for itself. */
    const int first = 34;
    bool catches = false;
    if (!mf_sys_has_children()) {
        return false;
    }
    for (size_t i = 0; !catches && i < sizeof(signals) / sizeof(signals[0]); i++) {
        catches = mf_sys_catches(signals[i]);
    }
    for (int signal = first; !catches && signal < _NSIG; signal++) {
        catches = mf_sys_catches(signal);
    }
    return catches;
}

/** The same in a forerunner. The barrier keeps it from threads, children, other timers, and
 * from sharing more than the target does. */
static enum mf_point_state judge_ahead(void) {
    if (mf_sys_has_pending_signals()) {
        return MF_POINT_SIGNALS;
    }
    return has_close_timer() ? MF_POINT_TIMERS
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
    if (mf_sys_has_posix_timers() || has_close_timer()) {
        return MF_POINT_TIMERS;
    }
    if (may_be_signalled()) {
        return MF_POINT_CHILDREN;
    }
    enum mf_point_state state = mf_descriptors_list(&mf_exploration.descriptors);
    if (state != MF_POINT_HELD) {
        return state;
    }
    mf_exploration.sharing = mf_sharing_look();
    return mf_exploration.sharing == MF_SHARING_WRITABLE ? MF_POINT_SHARED_MEMORY
                                                         : MF_POINT_HELD;
}
