// SPDX-License-Identifier: MIT
// The effect barrier, asked call by call: a traced child puts it up and makes one system
// call, which passes, is seen to in its parent's name, or is where it ends.
#include "runner/inplace/barrier.h"

#include "runner/inplace/stand_in.h"
#include "runner/target/tracee.h"

#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/** In a probe's arguments: the child's own pid, its parent's, and any address. */
#define SELF    (-1001)
#define PARENT  (-1002)
#define SCRATCH (-1003)
#define NOWHERE ((long)"/nonexistent/file")

struct probe {
    const char *name;
    long call;
    long arguments[6];
};

/** Calls that compute, read or answer. */
static const struct probe passing[] = {
    {"brk", SYS_brk, {0}},
    {"private memory",
     SYS_mmap,
     {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"a private mapping of a file", SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, 0, 0}},
    {"a shared mapping of a file, to read",
     SYS_mmap,
     {0, 4096, PROT_READ, MAP_SHARED, 0, 0}},
    {"madvise", SYS_madvise, {SCRATCH, 0, MADV_DONTNEED}},
    {"freeing", SYS_madvise, {SCRATCH, 0, MADV_FREE}},
    {"getpid", SYS_getpid, {0}},
    {"clock_gettime", SYS_clock_gettime, {CLOCK_MONOTONIC, SCRATCH}},
    {"getrandom", SYS_getrandom, {SCRATCH, 8, 0}},
    {"read", SYS_read, {0, SCRATCH, 8}},
    {"lseek", SYS_lseek, {0, 0, SEEK_CUR}},
    {"open to read", SYS_openat, {AT_FDCWD, NOWHERE, O_RDONLY | O_CLOEXEC, 0}},
    {"open a folder", SYS_openat, {AT_FDCWD, (long)"/", O_RDONLY | O_DIRECTORY, 0}},
    {"faccessat", SYS_faccessat, {AT_FDCWD, NOWHERE, R_OK}},
    {"readlinkat", SYS_readlinkat, {AT_FDCWD, NOWHERE, SCRATCH, 8}},
    {"write to stdout", SYS_write, {1, SCRATCH, 0}},
    {"write to stderr", SYS_write, {2, SCRATCH, 0}},
    {"write in pieces", SYS_writev, {2, SCRATCH, 0}},
    {"close", SYS_close, {900}},
    {"F_GETFL", SYS_fcntl, {0, F_GETFL}},
    {"F_SETFD", SYS_fcntl, {0, F_SETFD, FD_CLOEXEC}},
    {"F_DUPFD above stderr", SYS_fcntl, {0, F_DUPFD, 3}},
    {"dup3 above stderr", SYS_dup3, {0, 10, 0}},
    {"isatty", SYS_ioctl, {0, TCGETS, SCRATCH}},
    {"isatty of glibc 2.42, TCGETS2", SYS_ioctl, {0, 0x802c542a, SCRATCH}},
    {"prlimit64 to know", SYS_prlimit64, {0, RLIMIT_NOFILE, 0, SCRATCH}},
    {"signal itself", SYS_tgkill, {SELF, SELF, 0}},
    {"kill itself", SYS_kill, {SELF, 0}},
    {"sched_yield", SYS_sched_yield, {0}},
    {"rt_sigprocmask", SYS_rt_sigprocmask, {SIG_SETMASK, 0, 0, 8}},
};

static char scratch[4096];

/** Calls that somebody else could see, each made so that it does no harm. */
static const struct probe stopped[] = {
    {"write elsewhere", SYS_write, {903, SCRATCH, 0}},
    {"write with a number of more than 32 bits", SYS_write, {(1L << 32) + 5, 0, 0}},
    {"writev elsewhere", SYS_writev, {904, SCRATCH, 0}},
    {"open to write", SYS_openat, {AT_FDCWD, NOWHERE, O_WRONLY, 0}},
    {"open to read and write", SYS_openat, {AT_FDCWD, NOWHERE, O_RDWR, 0}},
    {"create", SYS_openat, {AT_FDCWD, NOWHERE, O_RDONLY | O_CREAT, 0}},
    {"truncate", SYS_openat, {AT_FDCWD, NOWHERE, O_RDONLY | O_TRUNC, 0}},
    {"open a file without a name", SYS_openat, {AT_FDCWD, NOWHERE, O_TMPFILE | O_RDWR}},
    {"ftruncate", SYS_ftruncate, {900, 0}},
    {"fsync", SYS_fsync, {900}},
    {"unlinkat", SYS_unlinkat, {AT_FDCWD, NOWHERE, 0}},
    {"renameat2", SYS_renameat2, {AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE, 0}},
    {"mkdirat", SYS_mkdirat, {AT_FDCWD, NOWHERE, 0}},
    {"fchmodat", SYS_fchmodat, {AT_FDCWD, NOWHERE, 0}},
    {"shared memory", SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0}},
    {"a shared mapping of a file, to write",
     SYS_mmap,
     {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0}},
    {"punching a hole", SYS_madvise, {SCRATCH, 0, MADV_REMOVE}},
    {"socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
    {"connect", SYS_connect, {900, SCRATCH, 0}},
    {"sendto", SYS_sendto, {900, SCRATCH, 0, 0, 0, 0}},
    {"a file of its own in /proc",
     SYS_openat,
     {AT_FDCWD, (long)"/proc/self/stat", O_RDONLY, 0}},
    {"its number in /proc",
     SYS_readlinkat,
     {AT_FDCWD, (long)"/proc/self", SCRATCH, sizeof(scratch)}},
    {"whether a thread is there",
     SYS_faccessat,
     {AT_FDCWD, (long)"/proc/self/task/1/stat", R_OK}},
    {"a file of a thread",
     SYS_openat,
     {AT_FDCWD, (long)"/proc/self/task/1/stat", O_RDONLY, 0}},
    {"times", SYS_times, {SCRATCH}},
    {"dup3 to stdout", SYS_dup3, {0, 1, 0}},
    {"dup3 to stdout, with more than 32 bits", SYS_dup3, {0, (1L << 32) + 1, 0}},
    {"a lock", SYS_fcntl, {0, F_SETLK, SCRATCH}},
    {"flock", SYS_flock, {900, 0}},
    {"type for a terminal", SYS_ioctl, {0, TIOCSTI, SCRATCH}},
    {"signal its group", SYS_kill, {0, 0}},
    {"fork", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
    {"execve", SYS_execve, {NOWHERE, 0, 0}},
    {"wait4", SYS_wait4, {-1, 0, WNOHANG, 0}},
    {"a new limit", SYS_prlimit64, {0, RLIMIT_NOFILE, SCRATCH, 0}},
    {"PR_SET_PDEATHSIG", SYS_prctl, {PR_SET_PDEATHSIG, 0}},
    {"ptrace", SYS_ptrace, {-1, 0, 0, 0}},
    {"shmat", SYS_shmat, {-1, 0, 0}},
};

/** Calls that are seen to in its parent's name. */
static const struct probe answered[] = {
    {"getpid", SYS_getpid, {0}},
    {"gettid", SYS_gettid, {0}},
    {"getppid", SYS_getppid, {0}},
    {"a signal to its parent is one to itself", SYS_kill, {PARENT, 0}},
    {"a signal to its parent's thread, too", SYS_tgkill, {PARENT, PARENT, 0}},
    {"the time of its processor", SYS_clock_gettime, {CLOCK_PROCESS_CPUTIME_ID, SCRATCH}},
    {"whether its rights are limited", SYS_prctl, {PR_GET_NO_NEW_PRIVS, 0}},
    {"its file in /proc",
     SYS_readlinkat,
     {AT_FDCWD, (long)"/proc/self/exe", SCRATCH, sizeof(scratch)}},
    {"whether a descriptor is open",
     SYS_faccessat,
     {AT_FDCWD, (long)"/proc/self/fd/0", F_OK}},
    {"another name where 1 and 2 are taken", SYS_dup, {0}},
};

/** What is asked of stdout, where it is trapped if that is a capture. */
static const struct probe about_output[] = {
    {"what it is", SYS_fstat, {1, SCRATCH}},
    {"what it is, by newfstatat", SYS_newfstatat, {1, (long)"", SCRATCH, AT_EMPTY_PATH}},
    {"what it is, by statx", SYS_statx, {1, (long)"", AT_EMPTY_PATH, 0x7ff, SCRATCH}},
    {"its file system", SYS_fstatfs, {1, SCRATCH}},
    {"its offset", SYS_lseek, {1, 0, SEEK_CUR}},
    {"its flags", SYS_fcntl, {1, F_GETFL}},
    {"whether it stays open", SYS_fcntl, {1, F_GETFD}},
    {"whether it is a terminal", SYS_ioctl, {1, TCGETS, SCRATCH}},
    {"with an upper half", SYS_lseek, {(1L << 32) + 1, 0, SEEK_CUR}},
};

static struct mf_explore explore;
/** Instead of the child's stdout and stderr. */
static struct capture captures[2] = {{-1}, {-1}};

/** Put a value in a number's place, as the library does. */
static void put(struct sock_filter *filter, uint32_t number, uint32_t value) {
    for (uint32_t i = 0; i < explore.barrier_length; i++) {
        if (BPF_CLASS(filter[i].code) == BPF_JMP && filter[i].k == number) {
            filter[i].k = value;
        }
    }
}

/**
 * Put the barrier up.
 *
 * @harmless
 *         Whether to let pass what is fine where nothing is open that can be written to.
 * @return
 *         Whether the kernel takes it.
 */
static bool submit(bool harmless) {
    static struct sock_filter filter[MF_BARRIER_MAX];
    struct sock_fprog program = {(unsigned short)explore.barrier_length, filter};
    memcpy(filter, explore.barrier, explore.barrier_length * sizeof(*filter));
    put(filter, MF_BARRIER_SELF, (uint32_t)getpid());
    put(filter, MF_BARRIER_READABLE, harmless ? INT32_MAX : 0);
    put(filter, MF_BARRIER_PROTECTED, harmless ? INT32_MAX : PROT_WRITE);
    if (harmless) {
        put(filter, MF_BARRIER_SHARED, MAP_SHARED);
        put(filter, MF_BARRIER_DUPFD, F_DUPFD);
        put(filter, MF_BARRIER_DUPFD_CLOEXEC, F_DUPFD_CLOEXEC);
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static long argument(const struct probe *probe, int at) {
    long value = probe->arguments[at];
    return value == SELF      ? getpid()
           : value == PARENT  ? getppid()
           : value == SCRATCH ? (long)scratch
                              : value;
}

/** Put the barrier up and make one call; never returns. */
static _Noreturn void make(const struct probe *probe, bool harmless) {
    long a[6];
    for (int i = 0; i < 6; i++) {
        a[i] = argument(probe, i);
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (!harmless) {
        close(1);
    }
    if (captures[0].fd >= 0) {
        dup2(captures[0].fd, 1);
        dup2(captures[1].fd, 2);
    }
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || !submit(harmless)) {
        syscall(SYS_exit_group, 99);
    }
    syscall(probe->call, a[0], a[1], a[2], a[3], a[4], a[5]);
    for (;;) {
        syscall(SYS_exit_group, 0);
    }
}

/** How a call came out. */
enum result { PASSES, ANSWERED, BARRED };

/** See to a child that has been trapped. */
static enum result see_to(pid_t pid, struct registers_call *call) {
    struct stand_in_places places = {.captures = captures[0].fd < 0 ? NULL : captures};
    char name[BARRED_NAME_MAX];
    switch (stand_in(call, pid, getpid(), explore.pass, &places, name)) {
    case STAND_IN_ENDS:
        ck_assert(name[0]);
        kill(pid, SIGKILL);
        return BARRED;
    case STAND_IN_STEPS:
        ptrace(PTRACE_SINGLESTEP, pid, NULL, 0);
        return ANSWERED;
    default:
        tracee_resume(pid, 0);
        return ANSWERED;
    }
}

/** Make one call behind the barrier. */
static enum result result_of(const struct probe *probe, bool harmless) {
    struct tracer tracer = {0};
    struct registers_call call;
    enum result result = PASSES;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        make(probe, harmless);
    }
    for (;;) {
        struct tracee_event event = tracee_next(&tracer, true);
        if (event.kind == TRACEE_ENDED) {
            ck_assert(!WIFEXITED(event.status) || WEXITSTATUS(event.status) == 0);
            break;
        }
        if (event.signal == SIGSYS) {
            result = see_to(pid, &call);
            continue;
        }
        if (event.signal == SIGTRAP) {
            stand_in_after(&call, pid);
        }
        tracee_resume(pid, 0);
    }
    tracee_destroy(&tracer);
    return result;
}

static void put_up(enum barrier_output output) {
    struct helper *helper = barrier_begin();
    ck_assert_int_eq(barrier_put(helper, output, &explore), 0);
    helper_free(helper);
}

static void set_up(void) {
    put_up(BARRIER_OUTPUT_SAME);
    int file = open("/proc/self/exe", O_RDONLY);
    ck_assert_int_ge(file, 0);
    dup2(file, 0);
}

/** How often the program compares with a number. */
static unsigned mentions(uint32_t number) {
    const struct sock_filter *filter = (const void *)explore.barrier;
    unsigned times = 0;
    for (uint32_t i = 0; i < explore.barrier_length; i++) {
        ck_assert(BPF_CLASS(filter[i].code) == BPF_JMP || filter[i].k != number);
        times += filter[i].k == number;
    }
    return times;
}

START_TEST(has_room_for_what_the_child_knows) {
    ck_assert_uint_gt(explore.barrier_length, 0);
    ck_assert_uint_le(explore.barrier_length, MF_BARRIER_MAX);
    ck_assert_uint_gt(mentions(MF_BARRIER_SELF), 0);
    ck_assert_uint_gt(mentions(MF_BARRIER_SHARED), 0);
    ck_assert_uint_gt(mentions(MF_BARRIER_DUPFD), 0);
    ck_assert_uint_gt(mentions(MF_BARRIER_DUPFD_CLOEXEC), 0);
    ck_assert_uint_gt(mentions(MF_BARRIER_READABLE), 0);
    ck_assert_uint_gt(mentions(MF_BARRIER_PROTECTED), 0);
}
END_TEST

START_TEST(is_stricter_where_files_can_change) {
    static const struct probe probes[] = {
        {"", SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED, 0, 0}},
        {"", SYS_fcntl, {0, F_DUPFD, 0}},
        {"", SYS_fcntl, {0, F_DUPFD_CLOEXEC, 2}},
        // The kernel sees the lower half only.
        {"", SYS_fcntl, {0, F_DUPFD, (1L << 32) + 1}},
        {"", SYS_fcntl, {0, F_DUPFD_CLOEXEC, 1L << 32}},
    };
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        ck_assert_int_eq(result_of(&probes[i], false), BARRED);
        ck_assert_int_eq(result_of(&probes[i], true), PASSES);
    }
}
END_TEST

START_TEST(looks_at_what_is_made_writable) {
    long shared = (long)mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long private = (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct probe of_all = {"", SYS_mprotect, {shared, 4096, PROT_WRITE}};
    const struct probe own = {"", SYS_mprotect, {private, 4096, PROT_WRITE}};
    const struct probe read = {"", SYS_mprotect, {shared, 4096, PROT_READ}};
    ck_assert_int_eq(result_of(&of_all, false), BARRED);
    ck_assert_int_eq(result_of(&own, false), ANSWERED);
    ck_assert_int_eq(result_of(&read, false), PASSES);
    ck_assert_int_eq(result_of(&own, true), PASSES);
}
END_TEST

START_TEST(lets_pass) {
    ck_assert_msg(result_of(&passing[_i], true) != BARRED, "%s", passing[_i].name);
}
END_TEST

START_TEST(answers) {
    ck_assert_msg(result_of(&answered[_i], true) == ANSWERED, "%s", answered[_i].name);
}
END_TEST

START_TEST(stops) {
    ck_assert_msg(result_of(&stopped[_i], true) == BARRED, "%s", stopped[_i].name);
}
END_TEST

START_TEST(answers_for_an_output_that_is_captured) {
    ck_assert_msg(result_of(&about_output[_i], true) == PASSES, "%s",
                  about_output[_i].name);
    put_up(BARRIER_OUTPUT_CAPTURED);
    ck_assert_int_eq(capture_open(&captures[0]) + capture_open(&captures[1]), 0);
    ck_assert_msg(result_of(&about_output[_i], true) == ANSWERED, "%s",
                  about_output[_i].name);
    // No other descriptor is asked about.
    struct probe other = about_output[_i];
    other.arguments[0] = 0;
    ck_assert_msg(result_of(&other, true) == PASSES, "%s", other.name);
    capture_close(&captures[0]);
    capture_close(&captures[1]);
}
END_TEST

START_TEST(does_not_answer_what_it_does_not_know_of_a_capture) {
    static const struct probe probes[] = {
        {"what it has", SYS_read, {1, SCRATCH, 8}},
        {"what it has, at a place", SYS_pread64, {1, SCRATCH, 8, 0}},
        {"type for a terminal", SYS_ioctl, {1, TIOCSTI, SCRATCH}},
        {"new flags", SYS_fcntl, {1, F_SETFL, 0}},
    };
    put_up(BARRIER_OUTPUT_CAPTURED);
    ck_assert_int_eq(capture_open(&captures[0]) + capture_open(&captures[1]), 0);
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        ck_assert_msg(result_of(&probes[i], true) == BARRED, "%s", probes[i].name);
    }
    capture_close(&captures[0]);
    capture_close(&captures[1]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("barrier");
    TCase *tests = tcase_create("calls");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, has_room_for_what_the_child_knows);
    tcase_add_test(tests, is_stricter_where_files_can_change);
    tcase_add_test(tests, looks_at_what_is_made_writable);
    tcase_add_loop_test(tests, lets_pass, 0, sizeof(passing) / sizeof(passing[0]));
    tcase_add_loop_test(tests, answers, 0, sizeof(answered) / sizeof(answered[0]));
    tcase_add_loop_test(tests, stops, 0, sizeof(stopped) / sizeof(stopped[0]));
    tcase_add_loop_test(tests, answers_for_an_output_that_is_captured, 0,
                        sizeof(about_output) / sizeof(about_output[0]));
    tcase_add_test(tests, does_not_answer_what_it_does_not_know_of_a_capture);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
