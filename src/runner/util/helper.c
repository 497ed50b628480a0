// SPDX-License-Identifier: MIT
// The process tells its result, one byte, through a pipe that nobody else writes to. It
// is never looked for by its pid: whoever waits for all children may have had it, and the
// pid be another's by then.
#include "runner/util/helper.h"

#include "runner/util/clock.h"
#include "runner/util/highfd.h"
#include "runner/util/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** waitid(2)'s P_PIDFD, which older C libraries do not name. */
#define BY_DESCRIPTOR ((idtype_t)3)
/** What `result` is while nothing has been told. */
#define PENDING (-1)

struct helper {
    /** The file; where the result comes from; and the process. */
    int fd, line, process;
    pid_t pid;
    /** 0, an errno value, or PENDING. */
    int result;
};

/** Let everybody else go first: the kernel shares processors out by session, and then by
 * process. */
static void stand_back(void) {
    const struct sched_param none = {0};
    setsid();
    int share = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (share >= 0) {
        if (write(share, "19", 2) != 2) {
            // It has a part like others', then.
        }
        close(share);
    }
    sched_setscheduler(0, SCHED_IDLE, &none);
}

/** The process. */
_Noreturn static void work(int line, int fd, bool idle, helper_function *function,
                           const void *context, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent) {
        _exit(1);
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (idle) {
        stand_back();
    }
    unsigned char result = (unsigned char)function(context, fd);
    _exit(write(line, &result, 1) == 1 ? 0 : 1);
}

/** Start the process; 0 on success, -1 with errno. */
static int start(struct helper *helper, bool idle, helper_function *function,
                 const void *context) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t parent = getpid();
    helper->line = highfd_move(ends[0]);
    helper->pid = helper->line < 0 ? -1 : fork();
    if (helper->pid == 0) {
        work(ends[1], helper->fd, idle, function, context, parent);
    }
    int saved = errno;
    close(ends[1]);
    if (helper->pid > 0) {
        // Without one it is waited for in the end.
        helper->process = highfd_move((int)syscall(SYS_pidfd_open, helper->pid, 0));
    }
    errno = saved;
    return helper->pid > 0 ? 0 : -1;
}

struct helper *helper_start(const char *name, bool idle, helper_function *function,
                            const void *context) {
    struct helper *helper = calloc(1, sizeof(*helper));
    if (!helper) {
        return NULL;
    }
    helper->line = helper->process = -1;
    helper->result = PENDING;
    int fd = memfd_create(name, MFD_CLOEXEC);
    helper->fd = highfd_move(fd < 0 ? unnamed_open(0) : fd);
    if (helper->fd >= 0 && start(helper, idle, function, context) == 0) {
        return helper;
    }
    helper_free(helper);
    return NULL;
}

/** Whether the result, or the end of it, can be read within so many ns. */
static bool is_due(const struct helper *helper, uint64_t patience_ns) {
    struct pollfd line = {.fd = helper->line, .events = POLLIN};
    uint64_t until = patience_ns == CLOCK_NEVER ? CLOCK_NEVER : clock_now() + patience_ns;
    for (;;) {
        uint64_t now = clock_now();
        struct timespec left = clock_span(until > now ? until - now : 0);
        int ready = ppoll(&line, 1, until == CLOCK_NEVER ? NULL : &left, NULL);
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

/** Read what the process tells. */
static int hear(const struct helper *helper) {
    unsigned char told;
    ssize_t got;
    do {
        got = read(helper->line, &told, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1 ? told : ECHILD;
}

int helper_await(struct helper *helper, uint64_t patience_ns) {
    if (!helper) {
        errno = ECHILD;
        return -1;
    }
    if (helper->result == PENDING && !is_due(helper, patience_ns)) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (helper->result == PENDING) {
        helper->result = hear(helper);
    }
    if (helper->result != 0) {
        errno = helper->result;
        return -1;
    }
    return helper->fd;
}

/** End the process, and wait for it: whoever waits for all children may have had it. */
static void end(const struct helper *helper) {
    bool named = helper->process >= 0;
    siginfo_t info;
    if (named) {
        syscall(SYS_pidfd_send_signal, helper->process, SIGKILL, NULL, 0);
    }
    while (helper->pid > 0 &&
           waitid(named ? BY_DESCRIPTOR : P_PID,
                  (id_t)(named ? helper->process : helper->pid), &info, WEXITED) < 0 &&
           errno == EINTR) {
    }
}

void helper_free(struct helper *helper) {
    if (!helper) {
        return;
    }
    int saved = errno;
    end(helper);
    const int open[] = {helper->line, helper->process, helper->fd};
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        if (open[i] >= 0) {
            close(open[i]);
        }
    }
    free(helper);
    errno = saved;
}
