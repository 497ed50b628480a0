// SPDX-License-Identifier: MIT
/**
 * `deny CALL PROGRAM…`: execute a program that the kernel refuses a system call, as when
 * means run out or rights are missing: fork (EAGAIN), ptrace (EPERM), memfd (ENOSYS),
 * seccomp (EPERM), pipe (EMFILE).
 */
#include "say.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/** A call by its name, and the numbers that make it; -1 = no more. */
static const struct {
    const char *name;
    int error;
    int numbers[4];
} calls[] = {
#ifdef SYS_fork
    {"fork", EAGAIN, {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork}},
#else
    {"fork", EAGAIN, {SYS_clone, SYS_clone3, -1, -1}},
#endif
    {"ptrace", EPERM, {SYS_ptrace, -1, -1, -1}},
    {"memfd", ENOSYS, {SYS_memfd_create, -1, -1, -1}},
    {"seccomp", EPERM, {SYS_seccomp, -1, -1, -1}},
    {"pipe", EMFILE, {SYS_pipe2, -1, -1, -1}},
};

/** Have the kernel refuse these calls from here on; 0 on success. */
static int refuse(const int *numbers, int error) {
    struct sock_filter filter[1 + 2 * 4 + 1] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    unsigned short count = 1;
    for (int i = 0; i < 4 && numbers[i] >= 0; i++) {
        filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                       (unsigned)numbers[i], 0, 1);
        filter[count++] = (struct sock_filter)BPF_STMT(
            BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    }
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {count, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

int main(int argc, char *argv[]) {
    for (size_t i = 0; argc > 2 && i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(argv[1], calls[i].name) == 0 &&
            refuse(calls[i].numbers, calls[i].error) == 0) {
            execvp(argv[2], argv + 2);
        }
    }
    say("deny: %s\n", strerror(errno));
    return 98;
}
