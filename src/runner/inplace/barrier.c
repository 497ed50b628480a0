// SPDX-License-Identifier: MIT
#include "runner/inplace/barrier.h"

#include "runner/inplace/output.h"
#include "runner/util/clock.h"
#include "runner/util/hash_seed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/** Of an int argument the kernel looks at the lower half only. */
#define INT UINT64_C(0xffffffff)

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE  103
#endif
/** TCGETS2, whose struct termios2 the C library may not have: what tcgetattr(3) and isatty(3)
 * ask by since glibc 2.42. */
#define GET_TERMINAL _IOC(_IOC_READ, 'T', 0x2a, 44)
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/** A call that is let through whatever its arguments are. */
static const int plain[] = {
    // Memory and threads of its own; the mappings made by mmap are below.
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mincore),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),
    SCMP_SYS(exit_group),
    // Time.
    SCMP_SYS(time),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_getres),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getitimer),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(restart_syscall),
    // Signals: how it takes them.
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    // Questions about itself and the system.
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getresgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getpriority),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(capget),
    SCMP_SYS(umask),
    // Reading: its descriptors are known to be harmless.
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(lseek),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(fadvise64),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    // Looking at files, and which folder is meant.
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(getcwd),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
};

/** A call that is let through where one argument is right. */
struct rule {
    int call;
    struct scmp_arg_cmp argument;
};

#define MASKED(call, at, mask, value)                                                    \
    {                                                                                    \
        SCMP_SYS(call), {                                                                \
            at, SCMP_CMP_MASKED_EQ, mask, value                                          \
        }                                                                                \
    }
#define EQUAL(call, at, value) MASKED(call, at, INT, value)
#define COMPARE(call, at, op, with)                                                      \
    {                                                                                    \
        SCMP_SYS(call), {                                                                \
            at, SCMP_CMP_##op, with, 0                                                   \
        }                                                                                \
    }

static const struct rule rules[] = {
    // Private memory, of no file or of one that stays as it is.
    MASKED(mmap, 3, MAP_TYPE, MAP_PRIVATE),
    COMPARE(mprotect, 2, LT, MF_BARRIER_PROTECTED),
    COMPARE(madvise, 2, LE, MADV_DONTNEED),
    EQUAL(madvise, 2, MADV_FREE),
    EQUAL(madvise, 2, MADV_HUGEPAGE),
    EQUAL(madvise, 2, MADV_NOHUGEPAGE),
    EQUAL(madvise, 2, MADV_DONTDUMP),
    // The page allocator's.
    EQUAL(madvise, 2, MADV_GUARD_INSTALL),
    EQUAL(madvise, 2, MADV_GUARD_REMOVE),
    // What wakes another thread, or waits for one, and how a thread ends. A timer's signal
    // could be taken by another one, too.
    COMPARE(futex, 1, LT, MF_BARRIER_ALONE),
    COMPARE(exit, 0, LT, MF_BARRIER_ALONE),
    COMPARE(alarm, 0, LT, MF_BARRIER_ALONE),
    COMPARE(setitimer, 0, LT, MF_BARRIER_ALONE),
    // Time that goes on by itself; a processor's is the parent's, too.
    EQUAL(clock_gettime, 0, CLOCK_REALTIME),
    EQUAL(clock_gettime, 0, CLOCK_MONOTONIC),
    EQUAL(clock_gettime, 0, CLOCK_MONOTONIC_RAW),
    EQUAL(clock_gettime, 0, CLOCK_REALTIME_COARSE),
    EQUAL(clock_gettime, 0, CLOCK_MONOTONIC_COARSE),
    EQUAL(clock_gettime, 0, CLOCK_BOOTTIME),
    // What is open: the library lets none pass where reading would take something away.
    COMPARE(read, 0, LT, MF_BARRIER_READABLE),
    COMPARE(readv, 0, LT, MF_BARRIER_READABLE),
    // Its captured output.
    EQUAL(write, 0, 1),
    EQUAL(write, 0, 2),
    EQUAL(writev, 0, 1),
    EQUAL(writev, 0, 2),
    EQUAL(pwrite64, 0, 1),
    EQUAL(pwrite64, 0, 2),
    EQUAL(fcntl, 1, F_GETFD),
    EQUAL(fcntl, 1, F_SETFD),
    EQUAL(fcntl, 1, F_GETFL),
    EQUAL(fcntl, 1, MF_BARRIER_DUPFD),
    EQUAL(fcntl, 1, MF_BARRIER_DUPFD_CLOEXEC),
    EQUAL(ioctl, 1, TCGETS),
    EQUAL(ioctl, 1, GET_TERMINAL),
    EQUAL(ioctl, 1, TIOCGWINSZ),
    EQUAL(ioctl, 1, FIONREAD),
    // Another name for a descriptor; but no file that can be written to may become number
    // 1 or 2, which is why dup, which takes the first that is free, is not here.
    COMPARE(dup2, 1, GE, 3),
    COMPARE(dup3, 1, GE, 3),
    // Signals to itself: the library puts the pid there.
    EQUAL(kill, 0, MF_BARRIER_SELF),
    EQUAL(tkill, 0, MF_BARRIER_SELF),
    EQUAL(tgkill, 0, MF_BARRIER_SELF),
    EQUAL(rt_sigqueueinfo, 0, MF_BARRIER_SELF),
    EQUAL(rt_tgsigqueueinfo, 0, MF_BARRIER_SELF),
    // Limits, to know them: no new ones are given.
    COMPARE(prlimit64, 2, EQ, 0),
    EQUAL(prctl, 0, PR_GET_NAME),
    EQUAL(prctl, 0, PR_SET_NAME),
    EQUAL(prctl, 0, PR_SET_VMA),
};

static int add_plain(scmp_filter_ctx context) {
    int fault = 0;
    for (size_t i = 0; !fault && i < sizeof(plain) / sizeof(plain[0]); i++) {
        fault = seccomp_rule_add(context, SCMP_ACT_ALLOW, plain[i], 0);
    }
    return fault;
}

static int add_rules(scmp_filter_ctx context) {
    int fault = 0;
    for (size_t i = 0; !fault && i < sizeof(rules) / sizeof(rules[0]); i++) {
        fault = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, rules[i].call, 1,
                                       &rules[i].argument);
    }
    return fault;
}

/** Calls of which two arguments have to be right. */
static int add_pairs(scmp_filter_ctx context) {
    static const struct {
        int call;
        struct scmp_arg_cmp both[2];
    } pairs[] = {
        // fcntl's ways to another name: as with dup2, not below 3.
        {SCMP_SYS(fcntl),
         {{1, SCMP_CMP_MASKED_EQ, INT, F_DUPFD}, {2, SCMP_CMP_GE, 3, 0}}},
        {SCMP_SYS(fcntl),
         {{1, SCMP_CMP_MASKED_EQ, INT, F_DUPFD_CLOEXEC}, {2, SCMP_CMP_GE, 3, 0}}},
        // A shared mapping to read from: the C library's own caches are.
        {SCMP_SYS(mmap),
         {{2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0},
          {3, SCMP_CMP_MASKED_EQ, INT, MF_BARRIER_SHARED}}},
    };
    int fault = 0;
    for (size_t i = 0; !fault && i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        fault = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, pairs[i].call, 2,
                                       pairs[i].both);
    }
    return fault;
}

/** Make all of it; 0 or a negative errno. */
static int compose(scmp_filter_ctx context) {
    int fault = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!fault) {
        fault = add_plain(context);
    }
    if (!fault) {
        fault = add_rules(context);
    }
    return fault ? fault : add_pairs(context);
}

/** Instructions that let a call through where it comes from one place in code. */
#define PLACE_LENGTH 5
/** All of them. */
#define PASS_LENGTH    3
#define OPENING_LENGTH (PASS_LENGTH + BARRIER_PLACES * PLACE_LENGTH)
#define LOWER          (uint32_t) offsetof(struct seccomp_data, instruction_pointer)
#define UPPER          (LOWER + 4)

/**
 * Write what the program begins with: calls with the runner's pass as their last argument
 * go through, and calls from some places in code.
 *
 * It is of use even where there are no such places. Linux remembers which calls a program
 * lets through whatever their arguments are. To learn that, it goes through the program
 * for each call there is, as far as to the first question about anything else; that is a
 * good part of what installing takes, more than the few calls of a short life win. This
 * has it give up at once.
 */
static void write_opening(struct mf_explore *explore,
                          const uint64_t places[BARRIER_PLACES]) {
    struct sock_filter *at = (struct sock_filter *)(void *)explore->barrier;
    const struct sock_filter pass[PASS_LENGTH] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)explore->pass, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    memcpy(at, pass, sizeof(pass));
    for (int i = 0; i < BARRIER_PLACES; i++) {
        const struct sock_filter asks[PLACE_LENGTH] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOWER),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)places[i], 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UPPER),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(places[i] >> 32), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        memcpy(at + PASS_LENGTH + i * PLACE_LENGTH, asks, sizeof(asks));
    }
}

void barrier_open(struct mf_explore *explore, const uint64_t places[BARRIER_PLACES]) {
    if (explore->barrier_length > OPENING_LENGTH) {
        write_opening(explore, places);
    }
}

/** Whether a jump from behind an instruction ends in letting the call through. */
static bool allows(const struct sock_filter *program, size_t count, size_t at,
                   uint32_t jump) {
    at += 1 + jump;
    while (at < count && program[at].code == (BPF_JMP | BPF_JA)) {
        at += 1 + program[at].k;
    }
    return at < count && program[at].code == (BPF_RET | BPF_K) &&
           program[at].k == SECCOMP_RET_ALLOW;
}

/**
 * Let no call through for what is in the upper half of an argument.
 *
 * libseccomp takes 1 << 32 for more than 3, but where an int is meant the kernel sees the
 * lower half only, and that is stdin. What is above 0 there goes the way of what is not
 * 0.
 *
 * @return
 *         0, or an errno value.
 */
static int narrow(struct sock_filter *program, size_t count) {
    for (size_t i = 0; i + 1 < count; i++) {
        struct sock_filter *above = &program[i];
        const struct sock_filter *equal = &program[i + 1];
        if (above->code != (BPF_JMP | BPF_JGT | BPF_K) || above->k != 0 ||
            !allows(program, count, i, above->jt)) {
            continue;
        }
        if (equal->code != (BPF_JMP | BPF_JEQ | BPF_K) || equal->k != 0 ||
            equal->jf == UINT8_MAX) {
            return EINVAL;
        }
        above->jt = equal->jf + 1;
    }
    return 0;
}

/** Instructions in front of the calls that are trapped for one of the outputs, and behind. */
#define OUTPUT_BEFORE 6
#define OUTPUT_BEHIND 2
#define OUTPUT_MAX    64

/** Write instructions that trap what a child asks of descriptors 1 and 2; how many. */
static uint32_t write_output(struct sock_filter *at) {
    const unsigned calls = output_call_count;
    const uint8_t rest = (uint8_t)(calls + OUTPUT_BEHIND);
    const struct sock_filter before[OUTPUT_BEFORE] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, rest + 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, rest + 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    const struct sock_filter behind[OUTPUT_BEHIND] = {
        BPF_STMT(BPF_JMP | BPF_JA, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    memcpy(at, before, sizeof(before));
    for (unsigned i = 0; i < calls; i++) {
        at[OUTPUT_BEFORE + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                             (uint32_t)output_calls[i],
                                                             (uint8_t)(calls - i), 0);
    }
    memcpy(at + OUTPUT_BEFORE + calls, behind, sizeof(behind));
    return OUTPUT_BEFORE + calls + OUTPUT_BEHIND;
}

/** Take the program out of a file; 0 or an errno value. */
static int take(int fd, enum barrier_output output, struct mf_explore *explore) {
    static const uint64_t nowhere[BARRIER_PLACES] = {0};
    struct sock_filter program[MF_BARRIER_MAX - OPENING_LENGTH];
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || (size_t)size > sizeof(program) || size % sizeof(program[0])) {
        return E2BIG;
    }
    if (pread(fd, program, (size_t)size, 0) != size) {
        return EIO;
    }
    size_t count = (size_t)size / sizeof(program[0]);
    struct sock_filter own[OUTPUT_MAX];
    size_t own_count = output == BARRIER_OUTPUT_CAPTURED ? write_output(own) : 0;
    if (OPENING_LENGTH + own_count + count > MF_BARRIER_MAX) {
        return E2BIG;
    }
    int fault = narrow(program, count);
    if (!fault) {
        explore->pass = (uint32_t)hash_seed();
        write_opening(explore, nowhere);
        memcpy(explore->barrier + OPENING_LENGTH, own, own_count * sizeof(own[0]));
        memcpy(explore->barrier + OPENING_LENGTH + own_count, program, (size_t)size);
        explore->barrier_length = (uint32_t)(OPENING_LENGTH + own_count + count);
    }
    return fault;
}

/** Have libseccomp write the program to a file, in the helper. It uses what it has freed
 * where memory runs out (2.5), and leaves the heap in pieces. */
static int export(const void *context, int fd) {
    (void)context;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int fault = filter ? compose(filter) : -ENOMEM;
    if (!fault) {
        fault = seccomp_export_bpf(filter, fd);
    }
    if (filter) {
        seccomp_release(filter);
    }
    return -fault;
}

struct helper *barrier_begin(void) {
    return helper_start("barrier", false, export, NULL);
}

int barrier_put(struct helper *helper, enum barrier_output output,
                struct mf_explore *explore) {
    int fd = helper_await(helper, CLOCK_NEVER);
    if (fd < 0) {
        return -1;
    }
    int fault = take(fd, output, explore);
    errno = fault ? fault : errno;
    return fault ? -1 : 0;
}
