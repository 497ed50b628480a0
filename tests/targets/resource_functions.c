// SPDX-License-Identifier: MIT
// Calls each function of core/policy/resource.c's table once for each of its errors:
//   resource_functions policy N   the policy that has them fail so, for the Nth part of the table
//   resource_functions calls N    the calls, with a line for each that fails otherwise
#define _GNU_SOURCE 1
#include "core/policy/errnos.h"
#include "core/policy/resource.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/** A policy has 64 rules at most. */
#define RULES_MAX 64

static int ends[2];
static char word[16];
static char *path;
static volatile int flags = O_RDONLY;

static long pointer(const void *result) {
    return (long)result;
}

static void *run(void *nothing) {
    return nothing;
}

static char *template(void) {
    return strcpy(word, "nXXXXXX");
}

static long is_forked(pid_t pid) {
    if (pid == 0) {
        _exit(0);
    }
    return pid;
}

static long
is_spawned(int (*spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                        const posix_spawnattr_t *, char *const[], char *const[])) {
    char *none[] = {path, NULL};
    pid_t pid;
    return spawn(&pid, path, NULL, NULL, none, none);
}

/** What is closed is to be gone even where that fails. */
static long is_closed(void) {
    int fd = (int)syscall(SYS_dup, 0);
    long result = close(fd);
    int saved = errno;
    bool gone = fcntl(fd, F_GETFD) == -1;
    errno = saved;
    return gone ? result : -2;
}

static struct iovec part = {word, 1};
static struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "none"};
static pthread_t thread;
static pthread_attr_t attributes;
static pthread_mutex_t mutex;
static pthread_cond_t condition;
static pthread_rwlock_t lock;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_key_t key;
static sem_t semaphore;
static fd_set set;
static sigset_t mask;

#define CALL(function, call)                                                             \
    static long call_##function(void) {                                                  \
        return (long)(call);                                                             \
    }
#define CALLS(CALL)                                                                      \
    CALL(open, open(path, flags))                                                        \
    CALL(openat, openat(AT_FDCWD, path, flags))                                          \
    CALL(creat, creat("new", 0600))                                                      \
    CALL(fopen, pointer(fopen(path, "r")))                                               \
    CALL(freopen, pointer(freopen(path, "r", stdin)))                                    \
    CALL(fdopen, pointer(fdopen(0, "r")))                                                \
    CALL(opendir, pointer(opendir("/")))                                                 \
    CALL(fdopendir, pointer(fdopendir(0)))                                               \
    CALL(tmpfile, pointer(tmpfile()))                                                    \
    CALL(mkstemp, mkstemp(template()))                                                   \
    CALL(mkostemp, mkostemp(template(), O_CLOEXEC))                                      \
    CALL(mkstemps, mkstemps(template(), 0))                                              \
    CALL(mkostemps, mkostemps(template(), 0, O_CLOEXEC))                                 \
    CALL(mkdtemp, pointer(mkdtemp(template())))                                          \
    CALL(shm_open, shm_open("/mallocfail-none", O_RDONLY, 0))                            \
    CALL(pipe, pipe(ends))                                                               \
    CALL(pipe2, pipe2(ends, O_CLOEXEC))                                                  \
    CALL(dup, dup(0))                                                                    \
    CALL(dup2, dup2(0, 100))                                                             \
    CALL(dup3, dup3(0, 100, O_CLOEXEC))                                                  \
    CALL(fcntl, fcntl(0, F_DUPFD_CLOEXEC, 10))                                           \
    CALL(epoll_create, epoll_create(1))                                                  \
    CALL(epoll_create1, epoll_create1(0))                                                \
    CALL(eventfd, eventfd(0, 0))                                                         \
    CALL(timerfd_create, timerfd_create(CLOCK_MONOTONIC, 0))                             \
    CALL(signalfd, signalfd(-1, &mask, 0))                                               \
    CALL(inotify_init, inotify_init())                                                   \
    CALL(inotify_init1, inotify_init1(0))                                                \
    CALL(memfd_create, memfd_create("name", 0))                                          \
    CALL(socket, socket(AF_UNIX, SOCK_STREAM, 0))                                        \
    CALL(socketpair, socketpair(AF_UNIX, SOCK_STREAM, 0, ends))                          \
    CALL(accept, accept(0, NULL, NULL))                                                  \
    CALL(accept4, accept4(0, NULL, NULL, SOCK_CLOEXEC))                                  \
    CALL(connect, connect(0, (struct sockaddr *)&address, sizeof(address)))              \
    CALL(bind, bind(0, (struct sockaddr *)&address, sizeof(address)))                    \
    CALL(listen, listen(0, 1))                                                           \
    CALL(pthread_create, pthread_create(&thread, NULL, run, NULL))                       \
    CALL(pthread_attr_init, pthread_attr_init(&attributes))                              \
    CALL(pthread_mutex_init, pthread_mutex_init(&mutex, NULL))                           \
    CALL(pthread_cond_init, pthread_cond_init(&condition, NULL))                         \
    CALL(pthread_rwlock_init, pthread_rwlock_init(&lock, NULL))                          \
    CALL(pthread_barrier_init, pthread_barrier_init(&barrier, NULL, 1))                  \
    CALL(pthread_spin_init, pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE))           \
    CALL(pthread_key_create, pthread_key_create(&key, NULL))                             \
    CALL(sem_init, sem_init(&semaphore, 0, 1))                                           \
    CALL(sem_open, pointer(sem_open("/mallocfail-none", 0)))                             \
    CALL(fork, is_forked(fork()))                                                        \
    CALL(vfork, is_forked(vfork()))                                                      \
    CALL(posix_spawn, is_spawned(posix_spawn))                                           \
    CALL(posix_spawnp, is_spawned(posix_spawnp))                                         \
    CALL(system, system("exit 0"))                                                       \
    CALL(popen, pointer(popen("exit 0", "r")))                                           \
    CALL(mmap, pointer(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) \
    CALL(mremap, pointer(mremap(NULL, 4096, 8192, 0)))                                   \
    CALL(brk, brk((char *)sbrk(0) + 4096))                                               \
    CALL(sbrk, pointer(sbrk(4096)))                                                      \
    CALL(mprotect, mprotect(NULL, 0, PROT_READ))                                         \
    CALL(mlock, mlock(word, 1))                                                          \
    CALL(mlockall, mlockall(0))                                                          \
    CALL(shmget, shmget(IPC_PRIVATE, 0, 0))                                              \
    CALL(shmat, pointer(shmat(-1, NULL, 0)))                                             \
    CALL(read, read(0, word, sizeof(word) - (size_t)flags))                              \
    CALL(pread, pread(0, word, sizeof(word) - (size_t)flags, 0))                         \
    CALL(readv, readv(0, &part, 1))                                                      \
    CALL(write, write(0, word, 1))                                                       \
    CALL(pwrite, pwrite(0, word, 1, 0))                                                  \
    CALL(writev, writev(0, &part, 1))                                                    \
    CALL(sendfile, sendfile(0, 0, NULL, 1))                                              \
    CALL(fsync, fsync(0))                                                                \
    CALL(fdatasync, fdatasync(0))                                                        \
    CALL(ftruncate, ftruncate(0, 0))                                                     \
    CALL(truncate, truncate("none", 0))                                                  \
    CALL(fallocate, fallocate(0, 0, 0, 1))                                               \
    CALL(posix_fallocate, posix_fallocate(0, 0, 1))                                      \
    CALL(close, is_closed())                                                             \
    CALL(fclose, fclose(fmemopen(word, sizeof(word), "r")))                              \
    CALL(fflush, fflush(stdin))                                                          \
    CALL(mkdir, mkdir("directory", 0700))                                                \
    CALL(link, link("none", "other"))                                                    \
    CALL(symlink, symlink("none", "symbolic"))                                           \
    CALL(rename, rename("none", "other"))                                                \
    CALL(unlink, unlink("none"))                                                         \
    CALL(send, send(0, word, 1, 0))                                                      \
    CALL(sendto, sendto(0, word, 1, 0, NULL, 0))                                         \
    CALL(sendmsg, sendmsg(0, &message, 0))                                               \
    CALL(recv, recv(0, word, sizeof(word) - (size_t)flags, 0))                           \
    CALL(recvfrom, recvfrom(0, word, sizeof(word) - (size_t)flags, 0, NULL, NULL))       \
    CALL(recvmsg, recvmsg(0, &message, 0))                                               \
    CALL(poll, poll(NULL, 0, 0))                                                         \
    CALL(select, select(0, &set, NULL, NULL, NULL))                                      \
    CALL(setuid, setuid(getuid()))                                                       \
    CALL(setgid, setgid(getgid()))

CALLS(CALL)

#define ENTRY(function, call) {#function, call_##function},
static const struct {
    const char *name;
    long (*call)(void);
} calls[] = {CALLS(ENTRY)};

static unsigned errors_of(const struct mf_resource *resource) {
    unsigned count = 0;
    while (count < MF_RESOURCE_ERRORS && resource->errors[count]) {
        count++;
    }
    return count;
}

/** The rows of a part of the table, from `*at` on; the index behind them. */
static unsigned find_part(unsigned part_number, unsigned *at) {
    unsigned end = 0;
    do {
        unsigned rules = 0;
        *at = end;
        while (mf_resource_at(end) &&
               (rules += errors_of(mf_resource_at(end))) <= RULES_MAX) {
            end++;
        }
    } while (part_number-- > 0 && mf_resource_at(end));
    return part_number == (unsigned)-1 ? end : *at;
}

static void print_policy(unsigned at, unsigned end) {
    const char *comma = "";
    printf("{\"version\":1,\"rules\":[");
    for (; at < end; at++) {
        const struct mf_resource *resource = mf_resource_at(at);
        for (unsigned k = 0; k < errors_of(resource); k++) {
            // The first is what it fails with by itself.
            printf("%s{\"functions\":[\"%s\"],\"times\":1", comma, resource->name);
            if (k > 0) {
                printf(",\"errno\":\"%s\"", mf_errno_name(resource->errors[k]));
            }
            printf("}");
            comma = ",";
        }
    }
    printf("]}\n");
}

/** What a call does: what it returns, and errno. */
static bool fails_so(const struct mf_resource *resource, long (*call)(void), int error) {
    errno = 0;
    long result = call();
    int number = errno;
    long wanted = resource->result == MF_RETURNS_NULL    ? 0
                  : resource->result == MF_RETURNS_ERROR ? error
                                                         : -1;
    int left = resource->result == MF_RETURNS_ERROR ? 0 : error;
    if (result != wanted || number != left) {
        fprintf(stderr, "%s with %s: returned %ld, errno %d (%s)\n", resource->name,
                mf_errno_name(error), result, number, mf_errno_name(number));
    }
    return result == wanted && number == left;
}

static long (*find_call(const char *name))(void) {
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, name) == 0) {
            return calls[i].call;
        }
    }
    return NULL;
}

static unsigned make_calls(unsigned at, unsigned end) {
    unsigned good = 0;
    for (; at < end; at++) {
        const struct mf_resource *resource = mf_resource_at(at);
        long (*call)(void) = find_call(resource->name);
        if (!call) {
            fprintf(stderr, "%s is not called\n", resource->name);
            continue;
        }
        for (unsigned k = 0; k < errors_of(resource); k++) {
            good += fails_so(resource, call, resource->errors[k]);
        }
    }
    return good;
}

int main(int argc, char **argv) {
    unsigned at, wanted = 0;
    if (argc < 3) {
        return 2;
    }
    path = argv[0];
    unsigned end = find_part((unsigned)atoi(argv[2]), &at);
    for (unsigned i = at; i < end; i++) {
        wanted += errors_of(mf_resource_at(i));
    }
    if (wanted == 0) {
        return 3;
    }
    if (strcmp(argv[1], "policy") == 0) {
        print_policy(at, end);
    } else {
        unsigned good = make_calls(at, end);
        printf("%u of %u\n", good, wanted);
        return good != wanted;
    }
    return 0;
}
