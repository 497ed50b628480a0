// SPDX-License-Identifier: MIT
#include "runner/run/filelimit.h"

#include "runner/target/procfile.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

const char *filelimit_reason(int reason, char text[FILELIMIT_REASON_MAX]) {
    struct rlimit limit;
    if (reason == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        snprintf(text, FILELIMIT_REASON_MAX, "%s ('ulimit -n' is %" PRIu64 ")",
                 strerror(reason), (uint64_t)limit.rlim_cur);
    } else {
        snprintf(text, FILELIMIT_REASON_MAX, "%s", strerror(reason));
    }
    return text;
}

void filelimit_tell_unready(int reason, size_t extra, const struct diag *diag) {
    struct rlimit limit;
    char text[FILELIMIT_REASON_MAX];
    uint64_t size = MF_CHANNEL_SIZE + extra;
    if (reason == EFBIG && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
        limit.rlim_max < size) {
        diag_error(diag,
                   "cannot prepare a run: a file of %" PRIu64
                   " bytes is needed, and the hard limit on the size of files ('ulimit "
                   "-f') is %" PRIu64,
                   size, (uint64_t)limit.rlim_max);
        return;
    }
    diag_error(diag, "cannot prepare a run: %s", filelimit_reason(reason, text));
}

bool filelimit_is_met(const struct job *job) {
    return (WIFSIGNALED(job->status) && WTERMSIG(job->status) == SIGXFSZ) ||
           capture_size(&job->streams[0]) >= job->plan->file_max ||
           capture_size(&job->streams[1]) >= job->plan->file_max;
}

bool filelimit_is_own(const struct capture streams[2], pid_t pid, int signal,
                      uint64_t most) {
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_FSIZE, NULL, &limit) != 0 || limit.rlim_cur >= most) {
        return false;
    }
    // What could not write anything has not written less than it wanted to.
    return (limit.rlim_cur > 0 || signal == SIGXFSZ) &&
           (capture_size(&streams[0]) >= limit.rlim_cur ||
            capture_size(&streams[1]) >= limit.rlim_cur);
}

bool filelimit_breaks(pid_t tid, int signal, uint64_t most) {
    struct rlimit limit, ours;
    siginfo_t info;
    if (signal != SIGXFSZ || !procfile_leaves_signal(tid, signal) ||
        ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) != 0 ||
        prlimit(tid, RLIMIT_FSIZE, NULL, &limit) != 0 ||
        getrlimit(RLIMIT_FSIZE, &ours) != 0) {
        return false;
    }
    // The kernel's own has SI_USER.
    bool raised = info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
    uint64_t set = most < ours.rlim_max ? most : ours.rlim_max;
    return raised || limit.rlim_cur < set;
}

void filelimit_tell(const struct job *job, const struct diag *diag) {
    struct rlimit limit;
    bool user =
        getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_max < job->plan->file_max;
    uint64_t set = user ? (uint64_t)limit.rlim_max : job->plan->file_max;
    if (capture_size(&job->streams[0]) < set && capture_size(&job->streams[1]) < set) {
        // It is not traced, so that no more is known.
        diag_error(
            diag,
            "nothing was tested: SIGXFSZ ended the clean run: it was sent, or a file "
            "reached the limit on the size of files: the program's own, or %" PRIu64
            " bytes%s",
            set, user ? " ('ulimit -f')" : ", which an exploration sets");
        return;
    }
    diag_error(diag,
               "nothing was tested: the clean run wrote a file of %" PRIu64
               " bytes, which is the limit on the size of files%s",
               set, user ? " ('ulimit -f')" : " that an exploration sets");
}
