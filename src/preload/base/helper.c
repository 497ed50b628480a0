// SPDX-License-Identifier: MIT
#include "preload/base/helper.h"

#include "preload/base/sys.h"

#include <stdatomic.h>
#include <unistd.h>

/** What the helper does up to its program. */
static _Noreturn void become(const char *program, char *const *argv, int output) {
    enum { NOT_THERE = 127 };
    static char *const no_environment[] = {NULL};
    if (mf_sys_dup(output, STDOUT_FILENO, 0) >= 0) {
        mf_sys_execute(program, argv, no_environment);
    }
    mf_sys_exit(NOT_THERE);
}

size_t mf_helper_ask(const char *program, char *const *argv, void *answer, size_t size) {
    int ends[2];
    size_t got = 0;
    if (mf_sys_pipe(ends) != 0) {
        return 0;
    }
    uint64_t signals = mf_sys_block_signals();
    _Atomic int32_t number = 0;
    long pid = mf_sys_fork_aside(&number);
    if (pid == 0) {
        become(program, argv, ends[1]);
    }
    mf_sys_close(ends[1]);
    for (long more = 1; pid > 0 && more > 0 && got < size;) {
        more = mf_sys_read(ends[0], (char *)answer + got, size - got);
        got += more > 0 ? (size_t)more : 0;
    }
    mf_sys_close(ends[0]);
    if (pid > 0) {
        mf_sys_reap((int)pid);
    }
    mf_sys_restore_signals(signals);
    return got;
}
