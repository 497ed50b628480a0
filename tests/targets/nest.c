// SPDX-License-Identifier: MIT
/** Crashes in a known nest of functions: `nest HOW`. */
#include "nest.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

typedef void action(void);

/** Counted behind each call, so that none is the last thing a function does. */
static volatile int calls;
static int *volatile nowhere = (int *)16;
static action *volatile null;
static char data[64];

static void stand(void) {
    *nowhere = 1;
    calls++;
}

static void inner(void) {
    stand();
    calls++;
}

static void middle(void) {
    inner();
    calls++;
}

static void outer(void) {
    middle();
    calls++;
}

static int recurse(int depth) {
    volatile char block[32] = {(char)depth};
    int below = depth >= 0 ? recurse(depth + 1) : 0;
    calls += block[0];
    return below + 1;
}

static void call_null(void) {
    null();
    calls++;
}

static void call_data(void) {
    action *volatile wild = (action *)(void *)data;
    wild();
    calls++;
}

static void on_signal(int number) {
    (void)number;
    stand();
    calls++;
}

static void raise_here(void) {
    raise(SIGUSR1);
    calls++;
}

static void in_handler(void) {
    signal(SIGUSR1, on_signal);
    raise_here();
}

/** The handler's stack lies below the one it interrupts. */
static void on_other_stack(void) {
    char *stack =
        mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t other = {.ss_sp = stack, .ss_size = 1 << 16};
    struct sigaction how = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigaltstack(&other, NULL);
    sigaction(SIGUSR1, &how, NULL);
    raise_here();
}

static void *run_thread(void *argument) {
    (void)argument;
    outer();
    return NULL;
}

static void *run_deep_thread(void *argument) {
    (void)argument;
    recurse(0);
    return NULL;
}

static void start(void *(*function)(void *), size_t stack) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    pthread_create(&thread, &attributes, function, NULL);
    pthread_join(thread, NULL);
}

static void in_thread(void) {
    start(run_thread, 1 << 20);
}

/** 64 MiB: more than 130,000 frames. */
static void in_deep_thread(void) {
    start(run_deep_thread, 64 << 20);
}

/** The first thread has ended when the other one crashes. */
static void *run_orphan(void *argument) {
    pthread_join(*(pthread_t *)argument, NULL);
    usleep(20000);
    outer();
    return NULL;
}

static void without_leader(void) {
    static pthread_t leader, thread;
    leader = pthread_self();
    pthread_create(&thread, NULL, run_orphan, &leader);
    pthread_exit(NULL);
}

static inline __attribute__((always_inline)) void inlined_inner(void) {
    stand();
    calls++;
}

static inline __attribute__((always_inline)) void inlined_outer(void) {
    inlined_inner();
    calls++;
}

static void around_inlined(void) {
    inlined_outer();
    calls++;
}

static void in_library(void) {
    nest_through(outer);
    calls++;
}

static int compare(const void *left, const void *right) {
    stand();
    return *(const char *)left - *(const char *)right;
}

static void in_libc(void) {
    char letters[] = "nest";
    qsort(letters, 4, 1, compare);
    calls++;
}

/** A stack of nothing but pointers to itself. */
static void broken(void) {
    void **frame = __builtin_frame_address(0);
    for (int i = 0; i < 8; i++) {
        frame[i] = frame;
    }
    stand();
}

/** Write the addresses that the unwinder inside finds, the caller's first, and crash. */
static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *argument) {
    (void)argument;
    unsigned long address = _Unwind_GetIP(context);
    return write(STDOUT_FILENO, &address, sizeof(address)) == sizeof(address)
               ? _URC_NO_REASON
               : _URC_END_OF_STACK;
}

static void tell(void) {
    _Unwind_Backtrace(on_frame, NULL);
    *nowhere = 1;
    calls++;
}

static void told(void) {
    nest_through(tell);
    calls++;
}

/** Code without a name, a file or tables: push the frame pointer, call the first
 * argument. */
static void in_made_code(void) {
#ifdef __x86_64__
    static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, sizeof(code));
    ((void (*)(action *))page)(stand);
#else
    stand();
#endif
    calls++;
}

static void without_file(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    unlink(path);
    outer();
}

int main(int argc, char *argv[]) {
    static const struct {
        const char *name;
        action *action;
    } ways[] = {
        {"outer", outer},
        {"null", call_null},
        {"data", call_data},
        {"handler", in_handler},
        {"other-stack", on_other_stack},
        {"thread", in_thread},
        {"deep-thread", in_deep_thread},
        {"without-leader", without_leader},
        {"inlined", around_inlined},
        {"library", in_library},
        {"libc", in_libc},
        {"broken", broken},
        {"told", told},
        {"made-code", in_made_code},
        {"without-file", without_file},
    };
    for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].action();
            return 0;
        }
    }
    return 98;
}
