// SPDX-License-Identifier: MIT
#include "runner/target/launch.h"

#include "runner/util/fault_guard.h"
#include "runner/util/status.h"
#include "runner/util/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/** How long a child may be on its way to exec before it is looked at, in ms. */
#define PATIENCE 20

/**
 * Everything the child needs, made ready before the fork.
 *
 * One whose streams are captured uses the runner's memory until it executes its file, and
 * the runner stands still meanwhile: to copy page tables for that takes longer than all
 * that the child does with them. No terminal can stop it there.
 */
struct child {
    const struct launch *launch;
    struct terminal *terminal;
    bool wants_terminal;
    /** The runner's pid. */
    pid_t parent;
    /** Where errno is written when the child comes to nothing; closed by exec. */
    int failure;
    /** Where a byte comes when it may go on; -1 = it need not wait. */
    int go;
};

/** Die with the runner; -1 if it is dead already. */
static int die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return -1;
    }
    if (getppid() != parent) {
        errno = ESRCH;
        return -1;
    }
    return 0;
}

/** The stack that mallocfail wants, and that it cannot do without, in bytes. */
#define STACK_WANTED ((rlim_t)8 << 20)
#define STACK_NEEDED ((rlim_t)512 << 10)

/** The limit that mallocfail was given, if it has raised it. */
static struct rlimit stack_given;
static bool stack_raised;

bool launch_raise_stack(void) {
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= STACK_WANTED) {
        return true;
    }
    stack_given = stack;
    // Who may not raise the hard limit can go up to it.
    rlim_t most = stack.rlim_max < STACK_WANTED ? STACK_WANTED : stack.rlim_max;
    const struct rlimit all = {STACK_WANTED, most};
    const struct rlimit rest = {
        stack.rlim_max < STACK_WANTED ? stack.rlim_max : STACK_WANTED, stack.rlim_max};
    stack_raised =
        setrlimit(RLIMIT_STACK, &all) == 0 || setrlimit(RLIMIT_STACK, &rest) == 0;
    return getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= STACK_NEEDED;
}

/** Give the limit back; 0 on success. */
static int limit_stack(void) {
    return stack_raised ? setrlimit(RLIMIT_STACK, &stack_given) : 0;
}

/** Have no cores written; 0 on success. */
static int limit_cores(void) {
    // A limit of 0 does not keep the kernel from starting a collector; 1 does.
    struct rlimit cores;
    if (getrlimit(RLIMIT_CORE, &cores) != 0) {
        return -1;
    }
    cores.rlim_max = cores.rlim_max < 1 ? cores.rlim_max : 1;
    cores.rlim_cur = cores.rlim_max;
    return setrlimit(RLIMIT_CORE, &cores);
}

/** Limit the size of files; a program that knows better may lift it. 0 on success. */
static int limit_files(uint64_t size) {
    struct rlimit files;
    if (getrlimit(RLIMIT_FSIZE, &files) != 0) {
        return -1;
    }
    files.rlim_cur = size < files.rlim_max ? size : files.rlim_max;
    return setrlimit(RLIMIT_FSIZE, &files);
}

/** Give the child its streams, directory and limits. */
static int settle(const struct launch_surroundings *surroundings) {
    for (int fd = 0; surroundings->streams && fd < 3; fd++) {
        if (dup2(surroundings->streams[fd], fd) < 0) {
            return -1;
        }
    }
    if (surroundings->file_limit != 0 &&
        (limit_files(surroundings->file_limit) != 0 || limit_cores() != 0)) {
        return -1;
    }
    return surroundings->directory ? chdir(surroundings->directory) : 0;
}

/** The child's way to exec: nothing but system calls. */
_Noreturn static void become(const struct child *child) {
    char byte;
    if ((child->go < 0 || read(child->go, &byte, 1) == 1) && setpgid(0, 0) == 0 &&
        die_with(child->parent) == 0) {
        if (child->wants_terminal) {
            terminal_give(child->terminal, getpid());
        }
        fault_guard_lower();
        signals_restore(child->launch->signals);
        if (limit_stack() == 0 && settle(&child->launch->surroundings) == 0) {
            execve(child->launch->path, child->launch->argv, child->launch->envp);
        }
    }
    int reason = errno;
    ssize_t told = write(child->failure, &reason, sizeof(reason));
    _exit(told == sizeof(reason) ? 126 : 127);
}

/** Wait until the child has executed its file; 0, or the errno of its failure. It has the
 * default signals by then, and one that comes before stops it, if only for its tracer. */
static int await_exec(int failure, pid_t pid) {
    struct pollfd end = {.fd = failure, .events = POLLIN};
    int reason = 0;
    ssize_t got;
    while (poll(&end, 1, PATIENCE) == 0) {
        tracee_urge(pid);
    }
    do {
        got = read(failure, &reason, sizeof(reason));
    } while (got < 0 && errno == EINTR);
    return got == sizeof(reason) ? reason : 0;
}

/** Begin to trace the child, where that is wanted, and let it go on. */
static void let_go(const struct launch *launch, pid_t pid, int go) {
    if (launch->tracer && tracee_seize(launch->tracer, pid, launch->owner) != 0) {
        launch->tracer->on = false;
    } else if (launch->tracer && launch->agent) {
        tracee_entrust(launch->tracer, pid, launch->agent);
    }
    while (write(go, "", 1) < 0 && errno == EINTR) {
    }
}

static void close_both(int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

int launch_status(int reason) {
    switch (reason) {
    case ENOENT:
        return STATUS_NOT_FOUND;
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return STATUS_FAILED;
    default:
        return STATUS_CANNOT_RUN;
    }
}

/** Fork, and have the child wait until it is traced, if it is; as fork(2). */
static pid_t start_apart(struct child *child) {
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0) {
        return -1;
    }
    child->go = go[0];
    pid_t pid = fork();
    if (pid == 0) {
        become(child);
    }
    if (pid > 0) {
        setpgid(pid, pid);
        let_go(child->launch, pid, go[1]);
    }
    int saved = errno;
    close_both(go);
    errno = saved;
    return pid;
}

/** Fork, and stand still until the child has executed its file, or ended; as fork(2). */
static pid_t start_within(struct child *child) {
    child->go = -1;
    pid_t pid = vfork();
    if (pid == 0) {
        become(child);
    }
    return pid;
}

pid_t launch_start(const struct launch *launch, struct terminal *terminal) {
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0) {
        return -1;
    }
    struct child child = {
        .launch = launch,
        .terminal = terminal,
        .wants_terminal = terminal_is_wanted(terminal),
        .parent = getpid(),
        .failure = failure[1],
    };
    bool within =
        launch->surroundings.streams && !launch->tracer && !child.wants_terminal;
    pid_t pid = within ? start_within(&child) : start_apart(&child);
    int reason = pid < 0 ? errno : 0;
    close(failure[1]);
    if (pid > 0) {
        terminal->given = child.wants_terminal;
        reason = await_exec(failure[0], pid);
    }
    close(failure[0]);
    if (reason == 0) {
        return pid;
    }
    if (pid > 0) {
        wait_through(pid, NULL, 0);
        terminal_take(terminal);
    }
    errno = reason;
    return -1;
}
