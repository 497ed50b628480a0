// SPDX-License-Identifier: MIT
// The process tells its result, one byte, through a pipe that nobody else writes to. It
// is never looked for by its pid: whoever waits for all children may have had it, and the
// pid be another's by then.
#include "runner/util/errand.h"

#include "runner/util/clock.h"
#include "runner/util/highfd.h"

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

struct errand {
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
_Noreturn static void work(int line, int fd, bool idle, errand_function *function,
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
static int start(struct errand *errand, bool idle, errand_function *function,
                 const void *context) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t parent = getpid();
    errand->line = highfd_move(ends[0]);
    errand->pid = errand->line < 0 ? -1 : fork();
    if (errand->pid == 0) {
        work(ends[1], errand->fd, idle, function, context, parent);
    }
    int saved = errno;
    close(ends[1]);
    if (errand->pid > 0) {
        // Without one it is waited for in the end.
        errand->process = highfd_move((int)syscall(SYS_pidfd_open, errand->pid, 0));
    }
    errno = saved;
    return errand->pid > 0 ? 0 : -1;
}

struct errand *errand_start(const char *name, bool idle, errand_function *function,
                            const void *context) {
    struct errand *errand = calloc(1, sizeof(*errand));
    if (!errand) {
        return NULL;
    }
    errand->line = errand->process = -1;
    errand->result = PENDING;
    errand->fd = highfd_move(memfd_create(name, MFD_CLOEXEC));
    if (errand->fd >= 0 && start(errand, idle, function, context) == 0) {
        return errand;
    }
    errand_free(errand);
    return NULL;
}

/** Whether the result, or the end of it, can be read within so many ns. */
static bool is_due(const struct errand *errand, uint64_t patience_ns) {
    struct pollfd line = {.fd = errand->line, .events = POLLIN};
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
static int hear(const struct errand *errand) {
    unsigned char told;
    ssize_t got;
    do {
        got = read(errand->line, &told, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1 ? told : ECHILD;
}

int errand_await(struct errand *errand, uint64_t patience_ns) {
    if (!errand) {
        errno = ECHILD;
        return -1;
    }
    if (errand->result == PENDING && !is_due(errand, patience_ns)) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (errand->result == PENDING) {
        errand->result = hear(errand);
    }
    if (errand->result != 0) {
        errno = errand->result;
        return -1;
    }
    return errand->fd;
}

/** End the process, and wait for it: whoever waits for all children may have had it. */
static void end(const struct errand *errand) {
    bool named = errand->process >= 0;
    siginfo_t info;
    if (named) {
        syscall(SYS_pidfd_send_signal, errand->process, SIGKILL, NULL, 0);
    }
    while (errand->pid > 0 &&
           waitid(named ? BY_DESCRIPTOR : P_PID,
                  (id_t)(named ? errand->process : errand->pid), &info, WEXITED) < 0 &&
           errno == EINTR) {
    }
}

void errand_free(struct errand *errand) {
    if (!errand) {
        return;
    }
    int saved = errno;
    end(errand);
    const int open[] = {errand->line, errand->process, errand->fd};
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        if (open[i] >= 0) {
            close(open[i]);
        }
    }
    free(errand);
    errno = saved;
}
