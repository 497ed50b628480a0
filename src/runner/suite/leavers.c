// SPDX-License-Identifier: MIT
#include "runner/suite/leavers.h"

#include "runner/target/procfile.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/** A thread is about to end, maybe the child of a desk. */
static void note(void *owner, pid_t tid) {
    struct held *held = owner;
    if (held && tid == held->child.pid) {
        remains_look(held->remains, held);
    }
}

int leavers_begin(struct leavers *leavers, struct desks *desks) {
    struct inplace *inplace = &desks->inplace;
    *leavers = (struct leavers){.suite = desks->suite, .head = desks->channel.head};
    if (!inplace->campaign->options->leaks) {
        return 0;
    }
    leavers->remains = remains_new(inplace->campaign);
    if (!leavers->remains) {
        return -1;
    }
    desks->channel.head->explore.account_private = 1;
    inplace->tracer.leaving = note;
    for (unsigned i = 0; i < inplace->target_count; i++) {
        inplace->targets[i].remains = leavers->remains;
    }
    return 0;
}

/** Read what a process leaves, and let it go. */
static void dismiss(struct leavers *leavers, struct mf_suite_leaver *leaver, pid_t pid) {
    remains_compare(leavers->remains, leavers->head, pid, leaver->account,
                    leaver->serial);
    atomic_store(&leaver->asks, 0);
    syscall(SYS_futex, &leaver->asks, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    atomic_store(&leaver->pid, 0);
}

void leavers_attend(struct leavers *leavers) {
    for (unsigned i = 0; leavers->remains && i < MF_SUITE_LEAVERS_MAX; i++) {
        struct mf_suite_leaver *leaver = &leavers->suite->leavers[i];
        pid_t pid = atomic_load(&leaver->pid);
        if (pid > 0 && atomic_load(&leaver->asks)) {
            dismiss(leavers, leaver, pid);
        } else if (pid > 0 && !procfile_runs(pid)) {
            // It was killed before it asked.
            atomic_store(&leaver->pid, 0);
        }
    }
}

void leavers_end(struct leavers *leavers) {
    remains_free(leavers->remains);
    leavers->remains = NULL;
}
