// SPDX-License-Identifier: MIT
#include "preload/base/sys.h"

#include "core/policy/text.h"
#include "preload/base/limits.h"
#include "preload/base/state.h"
#include "tgkill.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE  103
#endif

/** syscall(2) with errno kept: the result, or -errno. */
#define CALL(...)                                                                        \
    __extension__({                                                                      \
        int saved = errno;                                                               \
        long result = syscall(__VA_ARGS__);                                              \
        if (result == -1) {                                                              \
            result = -errno;                                                             \
            errno = saved;                                                               \
        }                                                                                \
        result;                                                                          \
    })

/** CALL(), where the barrier is to let it through: of five arguments. */
#define PASS(number, a, b, c, d, e) CALL(number, a, b, c, d, e, (unsigned long)mf.pass)

static bool failed(long result) {
    return result < 0 && result > -4096;
}

int mf_sys_open_as(const char *path, int flags) {
    return (int)PASS(SYS_openat, AT_FDCWD, path, flags, 0, 0);
}

int mf_sys_open(const char *path, bool writable) {
    return mf_sys_open_as(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
}

int mf_sys_create(const char *path, unsigned mode) {
    return (int)CALL(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                     mode);
}

/** Write zeros, where a file system cannot keep room in another way. */
static int write_zeros(int fd, uint64_t offset, uint64_t size) {
    static const char zeros[4096];
    uint64_t end = offset + size;
    while (offset < end) {
        uint64_t left = end - offset;
        long written = CALL(SYS_pwrite64, fd, zeros,
                            left < sizeof(zeros) ? left : sizeof(zeros), offset);
        if (written <= 0 && written != -EINTR) {
            return written < 0 ? (int)written : -ENOSPC;
        }
        offset += written > 0 ? (uint64_t)written : 0;
    }
    return 0;
}

long mf_sys_limit(int which, const struct rlimit *now, struct rlimit *before) {
    return CALL(SYS_prlimit64, 0, which, now, before);
}

int mf_sys_grow(int fd, uint64_t offset, uint64_t size) {
    long refused = offset + size > mf_limits_of(RLIMIT_FSIZE) ? -EFBIG : -EINTR;
    while (refused == -EINTR) {
        refused = CALL(SYS_fallocate, fd, 0, offset, size);
    }
    return refused == -EOPNOTSUPP ? write_zeros(fd, offset, size) : (int)refused;
}

size_t mf_sys_directory(char *path, size_t size) {
    long length = CALL(SYS_getcwd, path, size);
    return length > 1 && path[0] == '/' ? (size_t)length - 1 : 0;
}

long mf_sys_read(int fd, void *buffer, size_t size) {
    long got;
    do {
        got = PASS(SYS_read, fd, buffer, size, 0, 0);
    } while (got == -EINTR);
    return got;
}

void mf_sys_close(int fd) {
    CALL(SYS_close, fd);
}

void *mf_sys_map_shared(int fd, size_t offset, size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return failed(at) ? NULL : (void *)at;
}

void *mf_sys_map_file(int fd, size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    return failed(at) ? NULL : (void *)at;
}

void *mf_sys_attach(int id) {
    long at = CALL(SYS_shmat, id, NULL, 0);
    return failed(at) ? NULL : (void *)at;
}

long mf_sys_segment_size(int id) {
    struct shmid_ds about;
    long bad = CALL(SYS_shmctl, id, IPC_STAT, &about);
    return bad ? bad : (long)about.shm_segsz;
}

void mf_sys_unmap(void *address, size_t size) {
    CALL(SYS_munmap, address, size);
}

long mf_sys_file_size(int fd) {
    return CALL(SYS_lseek, fd, 0, SEEK_END);
}

long mf_sys_seek(int fd, long offset) {
    return CALL(SYS_lseek, fd, offset, SEEK_SET);
}

long mf_sys_offset(int fd) {
    return CALL(SYS_lseek, fd, 0, SEEK_CUR);
}

long mf_sys_dup(int from, int to, int flags) {
    return CALL(SYS_dup3, from, to, flags);
}

long mf_sys_open_flags(int fd) {
    return CALL(SYS_fcntl, fd, F_GETFL);
}

long mf_sys_fd_flags(int fd) {
    return CALL(SYS_fcntl, fd, F_GETFD);
}

long mf_sys_list(int fd, void *buffer, size_t size) {
    return CALL(SYS_getdents64, fd, buffer, size);
}

static int look(int fd, const char *path, int flags, struct mf_sys_file *file) {
    struct stat found;
    int missing = (int)CALL(SYS_newfstatat, fd, path, &found, flags);
    if (!missing) {
        *file = (struct mf_sys_file){
            .device = found.st_dev,
            .inode = found.st_ino,
            .stands_for = found.st_rdev,
            .size = (uint64_t)found.st_size,
            .links = found.st_nlink,
            .changed_ns = (uint64_t)found.st_mtim.tv_sec * UINT64_C(1000000000) +
                          (uint64_t)found.st_mtim.tv_nsec,
            .kind = found.st_mode & S_IFMT,
            .bits = found.st_mode & ~(uint32_t)S_IFMT,
            .owner = found.st_uid,
            .group = found.st_gid,
        };
    }
    return missing;
}

int mf_sys_look(int fd, struct mf_sys_file *file) {
    return look(fd, "", AT_EMPTY_PATH, file);
}

int mf_sys_look_at(const char *path, struct mf_sys_file *file) {
    return look(AT_FDCWD, path, 0, file);
}

bool mf_sys_may_read(const char *path) {
    return CALL(SYS_faccessat, AT_FDCWD, path, R_OK) == 0;
}

long mf_sys_control(int fd, unsigned long request, void *argument) {
    return PASS(SYS_ioctl, fd, request, argument, 0, 0);
}

long mf_sys_madvise(void *address, size_t size, int advice) {
    return CALL(SYS_madvise, address, size, advice);
}

bool mf_sys_wipe_on_fork(void *address, size_t size) {
    return CALL(SYS_madvise, address, size, MADV_WIPEONFORK) == 0;
}

void mf_sys_raise(int signal) {
    mf_tgkill(mf_sys_pid(), mf_sys_tid(), signal);
}

int mf_sys_pid(void) {
    return (int)PASS(SYS_getpid, 0, 0, 0, 0, 0);
}

uint32_t mf_sys_user(void) {
    return (uint32_t)CALL(SYS_geteuid);
}

int mf_sys_parent(void) {
    return (int)PASS(SYS_getppid, 0, 0, 0, 0, 0);
}

int mf_sys_tid(void) {
    return (int)PASS(SYS_gettid, 0, 0, 0, 0, 0);
}

bool mf_sys_lives(int tid) {
    return CALL(SYS_tgkill, mf_sys_pid(), tid, 0) != -ESRCH;
}

uint64_t mf_sys_used(int tid) {
    // As pthread_getcpuclockid() makes it: of one thread, as the scheduler counts.
    clockid_t clock = (clockid_t)(~(unsigned)tid << 3 | 6);
    struct timespec time = {0};
    PASS(SYS_clock_gettime, clock, &time, 0, 0, 0);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

void mf_sys_thread_name(char name[16]) {
    memset(name, 0, 16);
    CALL(SYS_prctl, PR_GET_NAME, name);
}

/** The program that the loader was told to run, as "ld.so PROGRAM" does; whether it was. */
static bool loaded_path(char *path, size_t size) {
    // The kernel has loaded no loader, and the loader has put its program there.
    const char *program = getauxval(AT_BASE) ? NULL : (const char *)getauxval(AT_EXECFN);
    if (!program) {
        return false;
    }
    size_t length = program[0] == '/' ? 0 : mf_sys_directory(path, size - 1);
    if (length + 1 + strlen(program) >= size) {
        return false;
    }
    path[length] = '/';
    strcpy(path + length + (program[0] != '/'), program);
    return true;
}

void mf_sys_image_path(char *path, size_t size) {
    if (loaded_path(path, size)) {
        return;
    }
    long length = CALL(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, size - 1);
    path[failed(length) ? 0 : length] = '\0';
}

void mf_sys_image(char *name, size_t size) {
    char path[4096];
    mf_sys_image_path(path, sizeof(path));
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t kept = strlen(base) < size ? strlen(base) : size - 1;
    memcpy(name, base, kept);
    name[kept] = '\0';
}

static uint64_t now(clockid_t clock) {
    struct timespec time = {0, 0};
    int saved = errno;
    clock_gettime(clock, &time);
    errno = saved;
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t mf_sys_now(void) {
    return now(CLOCK_MONOTONIC);
}

uint64_t mf_sys_now_real(void) {
    return now(CLOCK_REALTIME);
}

uint64_t mf_sys_now_coarse(void) {
    return now(CLOCK_MONOTONIC_COARSE);
}

void *mf_sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                  long offset) {
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mf_sys_mremap(void *address, size_t old_size, size_t new_size, int flags,
                    void *to) {
    return (void *)syscall(SYS_mremap, address, old_size, new_size, flags, to);
}

void *mf_sys_reserve(size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return failed(at) ? NULL : (void *)at;
}

void *mf_sys_reserve_memory(size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (failed(at)) {
        return NULL;
    }
    CALL(SYS_madvise, at, size, MADV_NOHUGEPAGE);
    CALL(SYS_madvise, at, size, MADV_DONTDUMP);
    return (void *)at;
}

bool mf_sys_unlock(void *address, size_t size) {
    return CALL(SYS_mprotect, address, size, PROT_READ | PROT_WRITE) == 0;
}

bool mf_sys_lock(void *address, size_t size) {
    // A new mapping goes together with what is closed around it; an old one that was
    // written to would stay by itself.
    long at = CALL(SYS_mmap, address, size, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return !failed(at) || CALL(SYS_mprotect, address, size, PROT_NONE) == 0;
}

long mf_sys_protect(void *address, size_t size, int protection) {
    return CALL(SYS_mprotect, address, size, protection);
}

bool mf_sys_guard(void *address, size_t size) {
    return CALL(SYS_madvise, address, size, MADV_GUARD_INSTALL) == 0;
}

bool mf_sys_unguard(void *address, size_t size) {
    return CALL(SYS_madvise, address, size, MADV_GUARD_REMOVE) == 0;
}

void mf_sys_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns) {
    struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    CALL(SYS_futex, word, FUTEX_WAIT, value, &time, NULL, 0);
}

uint64_t mf_sys_block_signals(void) {
    uint64_t all = ~UINT64_C(0), old = 0;
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(all));
    return old;
}

void mf_sys_restore_signals(uint64_t old) {
    CALL(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof(old));
}

bool mf_sys_on_signal_stack(uintptr_t address) {
    stack_t stack = {.ss_flags = SS_DISABLE};
    CALL(SYS_sigaltstack, NULL, &stack);
    return stack.ss_flags & SS_ONSTACK &&
           address - (uintptr_t)stack.ss_sp >= stack.ss_size;
}

void mf_sys_drop_signals(void) {
    uint64_t all = ~UINT64_C(0);
    struct timespec at_once = {0, 0};
    while (CALL(SYS_rt_sigtimedwait, &all, NULL, &at_once, sizeof(all)) > 0) {
    }
}

long mf_sys_fork_sibling(_Atomic int32_t *pid) {
    // The order of the arguments behind these differs between machines: all are 0.
    return PASS(SYS_clone, CLONE_PARENT | CLONE_PARENT_SETTID, 0, pid, 0, 0);
}

long mf_sys_fork_unseen(_Atomic int32_t *pid) {
    return CALL(SYS_clone, CLONE_PARENT_SETTID, 0, pid, 0, 0);
}

long mf_sys_fork_aside(_Atomic int32_t *pid) {
    return CALL(SYS_clone, CLONE_PARENT_SETTID | CLONE_UNTRACED, 0, pid, 0, 0);
}

long mf_sys_pipe(int ends[2]) {
    return CALL(SYS_pipe2, ends, O_CLOEXEC);
}

long mf_sys_execute(const char *path, char *const *argv, char *const *envp) {
    return CALL(SYS_execve, path, argv, envp);
}

void mf_sys_reap(int pid) {
    while (CALL(SYS_wait4, pid, NULL, __WALL, NULL) == -EINTR) {
    }
}

long mf_sys_kill(int pid, int signal) {
    return CALL(SYS_kill, pid, signal);
}

long mf_sys_die_with_parent(void) {
    return PASS(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

long mf_sys_trace_me(void) {
    return PASS(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0, 0);
}

void mf_sys_yield(void) {
    CALL(SYS_sched_yield);
}

bool mf_sys_has_children(void) {
    return PASS(SYS_waitid, P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) !=
           -ECHILD;
}

bool mf_sys_has_same_memory(int pid) {
    return CALL(SYS_kcmp, mf_sys_pid(), pid, KCMP_VM, 0, 0) == 0;
}

bool mf_sys_has_pending_signals(void) {
    uint64_t pending = 0;
    return CALL(SYS_rt_sigpending, &pending, sizeof(pending)) != 0 || pending != 0;
}

bool mf_sys_catches(int signal) {
    // The kernel's own structure: the handler comes first on all machines that are known.
    uintptr_t action[8] = {0};
    return CALL(SYS_rt_sigaction, signal, NULL, action, sizeof(uint64_t)) == 0 &&
           action[0] != (uintptr_t)SIG_DFL && action[0] != (uintptr_t)SIG_IGN;
}

uint64_t mf_sys_interval_timer_left(void) {
    uint64_t least = UINT64_MAX;
    for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
        struct itimerval timer = {0};
        bool read = CALL(SYS_getitimer, which, &timer) == 0;
        uint64_t left = (uint64_t)timer.it_value.tv_sec * 1000000000 +
                        (uint64_t)timer.it_value.tv_usec * 1000;
        if (!read || (left > 0 && left < least)) {
            least = left;
        }
    }
    return least;
}

bool mf_sys_has_posix_timers(void) {
    char byte;
    // Not there where the kernel was built without it: then nobody can tell.
    int fd = mf_sys_open_as("/proc/self/timers", O_RDONLY | O_CLOEXEC);
    bool any = fd >= 0 && mf_sys_read(fd, &byte, 1) > 0;
    if (fd >= 0) {
        mf_sys_close(fd);
    }
    return any;
}

long mf_sys_leave_session(void) {
    return CALL(SYS_setsid);
}

long mf_sys_seccomp_mode(void) {
    return CALL(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
}

long mf_sys_filter(const void *instructions, unsigned count) {
    struct sock_fprog program = {(unsigned short)count, (void *)instructions};
    long refused = CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!refused) {
        refused = CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                       SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    }
    if (refused == -EINVAL) {
        refused = CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    }
    return refused;
}

_Noreturn void mf_sys_exit(int status) {
    for (;;) {
        CALL(SYS_exit_group, status);
    }
}

_Noreturn void mf_sys_abort(void) {
    // The kernel's own structure: handler, flags, restorer, mask; all default.
    static const uint64_t by_default[4] = {0, 0, 0, 0};
    uint64_t abort_only = UINT64_C(1) << (SIGABRT - 1);
    for (int i = 0; i < 2; i++) {
        CALL(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_only, NULL, sizeof(abort_only));
        mf_tgkill(mf_sys_pid(), mf_sys_tid(), SIGABRT);
        CALL(SYS_rt_sigaction, SIGABRT, by_default, NULL, sizeof(abort_only));
    }
    mf_sys_exit(128 + SIGABRT);
}

/** The most bytes of a line, and of one of its strings: names are the user's. */
#define SAID_MAX  1024
#define PIECE_MAX 512

void mf_say(const char *text, ...) {
    char bytes[SAID_MAX];
    // The last one is for the line's end.
    struct mf_text line = mf_text_begin(bytes, sizeof(bytes) - 1);
    mf_text_add(&line, "libmallocfail: ");
    va_list texts;
    va_start(texts, text);
    for (; text; text = va_arg(texts, const char *)) {
        size_t length = strlen(text);
        mf_text_add_printable(&line, text, length < PIECE_MAX ? length : PIECE_MAX);
        mf_text_add(&line, length > PIECE_MAX ? "..." : "");
    }
    va_end(texts);
    bytes[line.used++] = '\n';
    CALL(SYS_write, STDERR_FILENO, bytes, line.used);
}

const char *mf_decimal(char digits[MF_DIGITS], uint64_t number) {
    char *at = digits + MF_DIGITS - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return at;
}

const char *mf_hexadecimal(char digits[MF_DIGITS], uint64_t number) {
    char *at = digits + MF_DIGITS - 1;
    *at = '\0';
    do {
        *--at = "0123456789abcdef"[number % 16];
        number /= 16;
    } while (number);
    *--at = 'x';
    *--at = '0';
    return at;
}
