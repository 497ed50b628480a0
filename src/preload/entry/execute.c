// SPDX-License-Identifier: MIT
// Functions that execute another image. They cannot fail by us: interposed because an image
// whose environment lacks the library would go untested (kept.h). What is called in a child
// of vfork() uses its parent's memory: nothing is written but to the stack.
#include "preload/base/kept.h"
#include "preload/base/next.h"
#include "preload/explore/outside.h"
#include "preload/policy/startup.h"

#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef int execute_function(const char *file, char *const argv[], char *const envp[]);

/** Which of the next functions are called: they differ in where they look for a file. */
enum look_up { AS_PATH, ALONG_PATH };

static execute_function *next_of(enum look_up look_up) {
    if (!mf_hot.next.execve) {
        mf_startup_run();
    }
    return look_up == AS_PATH ? mf_hot.next.execve : mf_hot.next.execvpe;
}

static int no_function(void) {
    errno = ENOSYS;
    return -1;
}

static int execute(enum look_up look_up, const char *file, char *const argv[],
                   char *const envp[]) {
    execute_function *next = next_of(look_up);
    if (!next) {
        return no_function();
    }
    bool alien = mf_outside_note(file, look_up == ALONG_PATH);
    if (!mf_kept_is_lacking(envp, alien)) {
        return next(file, argv, envp);
    }
    char *list[mf_kept_entries(envp)], text[mf_kept_bytes(envp)];
    mf_kept_add(list, text, envp, alien);
    return next(file, argv, list);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[]) {
    return execute(AS_PATH, path, argv, envp);
}

EXPORT int execv(const char *path, char *const argv[]) {
    return execute(AS_PATH, path, argv, environ);
}

EXPORT int execvp(const char *file, char *const argv[]) {
    return execute(ALONG_PATH, file, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
    return execute(ALONG_PATH, file, argv, envp);
}

/** How many arguments there are, with the NULL behind them. */
static size_t count(const char *first, va_list list) {
    va_list rest;
    size_t arguments = 1;
    va_copy(rest, list);
    for (const char *at = first; at; at = va_arg(rest, const char *)) {
        arguments++;
    }
    va_end(rest);
    return arguments;
}

/** Make a list of them. */
static void collect(char *argv[], const char *first, va_list *list) {
    for (const char *at = first; (*argv++ = (char *)at);) {
        at = va_arg(*list, const char *);
    }
}

#define EXECUTE_LISTED(look_up, file, first, environment)                                \
    va_list list;                                                                        \
    va_start(list, first);                                                               \
    char *argv[count(first, list)];                                                      \
    collect(argv, first, &list);                                                         \
    int result = execute(look_up, file, argv, environment);                              \
    va_end(list);                                                                        \
    return result

EXPORT int execl(const char *path, const char *first, ...) {
    EXECUTE_LISTED(AS_PATH, path, first, environ);
}

EXPORT int execlp(const char *file, const char *first, ...) {
    EXECUTE_LISTED(ALONG_PATH, file, first, environ);
}

EXPORT int execle(const char *path, const char *first, ...) {
    EXECUTE_LISTED(AS_PATH, path, first, va_arg(list, char *const *));
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
    if (!mf_hot.next.fexecve) {
        mf_startup_run();
    }
    if (!mf_hot.next.fexecve) {
        return no_function();
    }
    if (!mf_kept_is_lacking(envp, false)) {
        return mf_hot.next.fexecve(fd, argv, envp);
    }
    char *list[mf_kept_entries(envp)], text[mf_kept_bytes(envp)];
    mf_kept_add(list, text, envp, false);
    return mf_hot.next.fexecve(fd, argv, list);
}

typedef int spawn_function(pid_t *pid, const char *file,
                           const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const argv[],
                           char *const envp[]);

static int spawn(spawn_function *next, enum look_up look_up, pid_t *pid, const char *file,
                 const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[],
                 char *const envp[]) {
    if (!next) {
        return ENOSYS;
    }
    bool alien = mf_outside_note(file, look_up == ALONG_PATH);
    if (!mf_kept_is_lacking(envp, alien)) {
        return next(pid, file, actions, attributes, argv, envp);
    }
    char *list[mf_kept_entries(envp)], text[mf_kept_bytes(envp)];
    mf_kept_add(list, text, envp, alien);
    return next(pid, file, actions, attributes, argv, list);
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
                       const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[],
                       char *const envp[]) {
    if (!mf_hot.next.spawn) {
        mf_startup_run();
    }
    return spawn((spawn_function *)mf_hot.next.spawn, AS_PATH, pid, path, actions,
                 attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file,
                        const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[],
                        char *const envp[]) {
    if (!mf_hot.next.spawnp) {
        mf_startup_run();
    }
    return spawn((spawn_function *)mf_hot.next.spawnp, ALONG_PATH, pid, file, actions,
                 attributes, argv, envp);
}
