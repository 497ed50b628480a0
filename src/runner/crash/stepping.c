// SPDX-License-Identifier: MIT
#include "runner/crash/stepping.h"

#include "core/channel/journal.h"
#include "runner/crash/registers.h"
#include "runner/target/waiting.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** So many looks come one right behind the other. */
#define LOOKS_AWAKE 100
/** How long to sleep between two looks at it, in ns. */
#define NAP 50000
/** A loop that retries allocations is known by so many rounds and failures, ... */
#define ROUNDS 2
/** ... and another one by so many rounds: a loop inside it ends some time. */
#define ROUNDS_BLIND 64
/** When to give up, without the time that a busy machine keeps it, or us, from running; and in
 * any case. */
#define STOPS_MAX    20000
#define TIME_MAX     (4000 * CLOCK_MILLISECOND)
#define TIME_LONGEST (40000 * CLOCK_MILLISECOND)
/** How long it is given to come round, without the time that a busy machine keeps it from
 * running: a thread that waits does not. */
#define ROUND_MAX (50 * CLOCK_MILLISECOND)
/** How long it is given to stop. */
#define STOP_TIME (3000 * CLOCK_MILLISECOND)
/** ... and in any case. */
#define STOP_SOON (20 * CLOCK_MILLISECOND)
/** No instruction is longer. */
#define INSTRUCTION_MAX 15

/** Whether a trap was the agent's: then the thread has gone on. */
static bool is_agents(struct tracee_agent *agent, pid_t tid, int signal) {
    bool is = agent && signal == SIGTRAP && agent->trapped(agent, tid);
    if (is) {
        ptrace(PTRACE_CONT, tid, NULL, 0);
    }
    return is;
}

int stepping_await(pid_t tid, uint64_t until_ns, struct tracee_agent *agent) {
    const struct timespec nap = {0, NAP};
    for (unsigned looks = 0;; looks++) {
        // It may stop while we are kept from running: the last look comes after the time.
        bool over = clock_now() >= until_ns;
        siginfo_t info = {0};
        int how = WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL;
        if (waitid(P_PID, (id_t)tid, &info, how) != 0) {
            return -1;
        }
        if (info.si_pid == tid) {
            bool plain = info.si_code == CLD_TRAPPED && info.si_status >> 8 == 0;
            int status;
            if (!plain || waitpid(tid, &status, __WALL | WNOHANG) != tid) {
                return -1;
            }
            if (!is_agents(agent, tid, WSTOPSIG(status))) {
                return WSTOPSIG(status);
            }
        }
        if (over) {
            return 0;
        }
        // Mostly it stops at once.
        if (looks < LOOKS_AWAKE) {
            sched_yield();
        } else {
            nanosleep(&nap, NULL);
        }
    }
}

int stepping_stop(pid_t pid, pid_t tid, const struct look_time *time,
                  struct tracee_agent *agent) {
    syscall(SYS_tgkill, pid, tid, SIGSTOP);
    // Mostly it takes no time at all.
    uint64_t soon = clock_now() + STOP_SOON;
    uint64_t until = look_time_before(time, clock_now() + STOP_TIME);
    return stepping_await(tid, until > soon ? until : soon, agent);
}

uint64_t stepping_failures(struct mf_head *head) {
    const struct mf_injection *latest = mf_journal_latest(head);
    return atomic_load(&head->journal_used) + (latest ? mf_injection_count(latest) : 0);
}

/** Whether a thread gets no further that is stopped for a signal. A SIGSTOP may be left of an
 * earlier stop. */
static bool is_end(int signal) {
    return signal <= 0 || signal == SIGTRAP || signal == SIGSYS || signal == SIGSEGV ||
           signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGABRT;
}

/** Have it go on until it traps, or is stopped in the end; whether it trapped. Other signals
 * are dropped, but for those of faults. */
static bool go_on(const struct stepping_round *round, int how, uint64_t until_ns) {
    int signal;
    do {
        ptrace(how, round->tid, NULL, 0);
        signal = stepping_await(round->tid, until_ns, round->agent);
    } while (!is_end(signal));
    if (signal == 0) {
        // It may have trapped before the signal came.
        signal = stepping_stop(round->pid, round->tid, round->time, round->agent);
    }
    return signal == SIGTRAP;
}

/** Have it go on to an address; whether it came there in time. */
static bool go_to(const struct stepping_round *round, uint64_t address,
                  uint64_t until_ns) {
    pid_t tid = round->tid;
    void *place = (void *)(uintptr_t)(address & ~UINT64_C(7));
    struct registers registers;
    errno = 0;
    uint64_t word = (uint64_t)ptrace(PTRACE_PEEKTEXT, tid, place, NULL);
    uint64_t trapped = word;
    if (errno != 0) {
        return false;
    }
    memcpy((unsigned char *)&trapped + address % 8, registers_trap.code,
           registers_trap.length);
    ptrace(PTRACE_POKETEXT, tid, place, (long)trapped);
    bool there = go_on(round, PTRACE_CONT, until_ns);
    ptrace(PTRACE_POKETEXT, tid, place, (long)word);
    return there && registers_read(&registers, tid) == 0 &&
           registers.pc - registers_trap.behind == address &&
           registers_set_pc(tid, address) == 0;
}

/** Where a call that it has just made returns to; 0 where it has made none. */
static uint64_t call_returns(pid_t tid, uint64_t before, const struct registers *now) {
    struct registers back = *now;
    if (now->pc > before && now->pc - before <= INSTRUCTION_MAX) {
        return 0;
    }
    struct memory *memory = memory_open(tid);
    bool read = memory && registers_return(&back, memory);
    memory_close(memory);
    return read && back.pc > before && back.pc - before <= INSTRUCTION_MAX ? back.pc : 0;
}

/** One step in the function, calls included; whether it could be made. */
static bool step(const struct stepping_round *round, struct registers *now,
                 uint64_t until_ns) {
    uint64_t before = now->pc;
    if (!go_on(round, PTRACE_SINGLESTEP, until_ns) ||
        registers_read(now, round->tid) != 0) {
        return false;
    }
    uint64_t back = call_returns(round->tid, before, now);
    if (back && (!go_to(round, back, until_ns) || registers_read(now, round->tid) != 0)) {
        return false;
    }
    return true;
}

/** Have it come to the address of each round; whether it does. */
static bool come_round(const struct stepping_round *round, uint64_t until_ns) {
    uint64_t before, after = procfile_share(round->tid).waited_ns;
    bool there;
    do {
        before = after;
        there = go_to(round, round->address,
                      look_time_before(round->time, clock_now() + ROUND_MAX));
        after = procfile_share(round->tid).waited_ns;
    } while (!there && after - before > ROUND_MAX / 2 &&
             clock_now() < look_time_before(round->time, until_ns));
    return there;
}

/** Note an address, once. */
static size_t note(uint64_t addresses[STEPPING_MAX], size_t count, uint64_t address) {
    size_t at = 0;
    while (at < count && addresses[at] != address) {
        at++;
    }
    if (at < STEPPING_MAX) {
        addresses[at] = address;
    }
    return at == count && at < STEPPING_MAX ? count + 1 : count;
}

/** Until when a thread is followed, of which account is kept from the beginning on; `until` is
 * what was said before. It is put off early enough for a step that takes long. */
static uint64_t follow_until(const struct stepping_round *round,
                             const struct waiting *waiting, uint64_t until) {
    if (clock_now() + TIME_MAX / 2 >= until) {
        struct procfile_share share = procfile_share(round->tid);
        uint64_t kept = share.waited_ns - waiting->share.waited_ns +
                        waiting_stood_still(waiting, &share);
        uint64_t most = TIME_LONGEST - TIME_MAX;
        until = waiting->since_ns + TIME_MAX + (kept < most ? kept : most);
    }
    return look_time_before(round->time, until);
}

size_t stepping_follow(const struct stepping_round *round,
                       uint64_t addresses[STEPPING_MAX], bool *left) {
    uint64_t until = clock_now() + TIME_MAX;
    struct waiting waiting;
    struct procfile_share share = procfile_share(round->tid);
    waiting_begin(&waiting, &share);
    uint64_t failures = stepping_failures(round->head);
    unsigned rounds = 0, failed = 0;
    struct registers now;
    *left = false;
    if (!come_round(round, until) || registers_read(&now, round->tid) != 0 ||
        now.sp > round->slot) {
        return 0;
    }
    uint64_t sp = now.sp;
    size_t count = 0;
    for (unsigned stops = 0; stops < STOPS_MAX; stops++) {
        until = follow_until(round, &waiting, until);
        if (clock_now() >= until || !step(round, &now, until)) {
            return 0;
        }
        *left = now.sp > round->slot;
        if (*left) {
            return 0;
        }
        uint64_t more = stepping_failures(round->head);
        failed += more != failures;
        failures = more;
        count = note(addresses, count, now.pc);
        rounds += now.pc == round->address && now.sp == sp;
        if (round->retries ? rounds >= ROUNDS && failed >= ROUNDS
                           : rounds >= ROUNDS_BLIND) {
            return count;
        }
    }
    return rounds > 0 && !round->retries ? count : 0;
}
