// SPDX-License-Identifier: MIT
// mallocfail.h, as seen from inside the library.
#include "mallocfail.h"

#include "core/channel/trace.h"
#include "core/policy/text.h"
#include "preload/base/bootstrap.h"
#include "preload/base/counting.h"
#include "preload/base/env.h"
#include "preload/base/inside.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/hold.h"
#include "preload/heap/census.h"
#include "preload/patch/patch.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/arming.h"
#include "preload/policy/attach.h"
#include "preload/policy/gate.h"
#include "preload/policy/session.h"
#include "preload/policy/startup.h"
#include "preload/policy/thread_counters.h"

#include <errno.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/** How long to be patient with a thread that replaces or reads a policy, and how
 * often. */
#define PATIENCE_NS UINT64_C(100000)
#define PATIENCE    10000

/** Say why not; -1. */
static int fail_with(int error) {
    errno = error;
    return -1;
}

/** Whether the failures of this run are to be those of its policy alone. */
static bool is_alone(void) {
    const struct mf_policy *policy = &mf_policies.all[0].policy;
    return mf_exploration.mode != MF_EXPLORE_OFF ||
           (mf.head && mf.head->options & MF_OPTION_ALONE) ||
           (policy->reproduces && policy->rule_count > 0);
}

static int available(void) {
    mf_startup_run();
    return atomic_load(&mf.stage) >= MF_READY && !is_alone();
}

/** Go inside to act for the program; NULL where nothing can be done, with errno. */
static struct mf_process *begin(struct mf_inside_mark *mark) {
    if (!available() || !mf_inside_enter(mark)) {
        errno = ENOSYS;
        return NULL;
    }
    struct mf_process *process = mf_attach_process();
    atomic_fetch_add_explicit(&process->asked, 1, memory_order_relaxed);
    return process;
}

static void rest(void) {
    _Atomic uint32_t never = 0;
    mf_sys_wait(&never, 0, PATIENCE_NS);
}

/** Begin to replace the policy, with patience; NULL with errno. */
static struct mf_active_policy *begin_policy(struct mf_process *process) {
    for (int i = 0; i < PATIENCE; i++) {
        struct mf_active_policy *active = mf_active_policy_begin(process);
        if (active) {
            return active;
        }
        rest();
    }
    errno = EBUSY;
    return NULL;
}

/** Threads that allocate at this moment can overwrite a notice: notify them again. */
static void insist(struct mf_process *process) {
    for (int i = 0; i < 3 && mf_process_notify(process) > 0; i++) {
        rest();
    }
}

/** A policy's only rule: these of all allocations fail. */
static void write_rule(struct mf_policy *policy, enum mallocfail_which which,
                       uint64_t n) {
    static const uint32_t triggers[] = {
        [MALLOCFAIL_NTH] = MF_NTH,
        [MALLOCFAIL_EVERY] = MF_EVERY,
        [MALLOCFAIL_FROM] = MF_FROM,
    };
    policy->rule_count = which == MALLOCFAIL_NONE ? 0 : 1;
    policy->rules[0] = (struct mf_rule){
        .name = "mallocfail.h",
        .trigger = triggers[which],
        .functions = MF_FUNCTIONS_DEFAULT,
        .size_max = UINT64_MAX,
        .before_ns = UINT64_MAX,
        .nth = {n},
        .nth_count = 1,
        .from = n,
        .every = n,
        .times = UINT64_MAX,
    };
}

static int fail_process(struct mf_process *process, enum mallocfail_which which,
                        uint64_t n) {
    struct mf_active_policy *active = begin_policy(process);
    if (!active) {
        return -1;
    }
    write_rule(&active->policy, which, n);
    mf_active_policy_commit(process, active, MF_RULE_PROGRAM, mf_now());
    insist(process);
    return 0;
}

/** Leave the library after begin(); errno is the caller's where all went well. */
static int end(int result, int before) {
    errno = result == 0 ? before : errno;
    mf_inside_leave();
    return result;
}

static bool is_choice(enum mallocfail_which which, uint64_t n) {
    return which == MALLOCFAIL_NONE || (which <= MALLOCFAIL_FROM && n > 0);
}

static int fail(enum mallocfail_scope scope, enum mallocfail_which which, uint64_t n) {
    if (scope > MALLOCFAIL_PROCESS || !is_choice(which, n)) {
        return fail_with(EINVAL);
    }
    int before = errno;
    struct mf_inside_mark mark;
    struct mf_process *process = begin(&mark);
    if (!process) {
        return -1;
    }
    int result = 0;
    if (scope == MALLOCFAIL_THREAD) {
        mf_session_begin(which, n);
    } else {
        result = fail_process(process, which, n);
    }
    return end(result, before);
}

static int seed(const void *bytes, size_t length) {
    if (!bytes && length > 0) {
        return fail_with(EINVAL);
    }
    int before = errno;
    struct mf_inside_mark mark;
    if (!begin(&mark)) {
        return -1;
    }
    mf_session_seed(length > 0 ? bytes : "", length);
    return end(0, before);
}

static void tell(const struct mf_policy_error *error, char *to, size_t size) {
    struct mf_text text = mf_text_begin(to, size);
    mf_text_number(&text, (uint64_t)error->line);
    mf_text_add(&text, ":");
    mf_text_number(&text, (uint64_t)error->column);
    mf_text_add(&text, ": ");
    mf_text_add(&text, error->path);
    mf_text_add(&text, ": ");
    mf_text_add(&text, error->text);
}

/** Have a policy's rules select this thread's allocations alone. */
static void narrow(struct mf_policy *policy) {
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        policy->rules[i].thread_index = mf_self.index;
        policy->rules[i].thread_name[0] = '\0';
    }
}

/** The arena that policies are read in is nobody else's while a policy is replaced. */
static int replace(struct mf_process *process, enum mallocfail_scope scope,
                   const char *text, struct mf_policy_error *error) {
    struct mf_active_policy *active = begin_policy(process);
    if (!active) {
        return -1;
    }
    if (mf_policy_parse(text, strlen(text), &mf_bootstrap, &active->policy, error) != 0) {
        mf_active_policy_unlock();
        return fail_with(EINVAL);
    }
    if (scope == MALLOCFAIL_THREAD) {
        mf_thread_counter_mine(process);
        narrow(&active->policy);
    }
    mf_active_policy_commit(process, active, MF_RULE_PROGRAM, mf_now());
    insist(process);
    return 0;
}

static int policy(enum mallocfail_scope scope, const char *text, char *error,
                  size_t size) {
    if (scope > MALLOCFAIL_PROCESS || !text) {
        return fail_with(EINVAL);
    }
    int before = errno;
    struct mf_inside_mark mark;
    struct mf_process *process = begin(&mark);
    if (!process) {
        return -1;
    }
    struct mf_policy_error found = {0};
    int result = replace(process, scope, text, &found);
    if (found.line > 0 && error && size > 0) {
        tell(&found, error, size);
    }
    return end(result, before);
}

static int stop_process(struct mf_process *process) {
    for (int i = 0; i < PATIENCE; i++) {
        if (mf_active_policy_restore(process)) {
            insist(process);
            return 0;
        }
        rest();
    }
    return fail_with(EBUSY);
}

static int stop(enum mallocfail_scope scope) {
    if (scope > MALLOCFAIL_PROCESS) {
        return fail_with(EINVAL);
    }
    int before = errno;
    struct mf_inside_mark mark;
    struct mf_process *process = begin(&mark);
    if (!process) {
        return -1;
    }
    int result = 0;
    if (scope == MALLOCFAIL_THREAD) {
        mf_session_stop();
    } else {
        result = stop_process(process);
    }
    return end(result, before);
}

// "pause" is libc's name for something else.
static void pause_thread(void) {
    if (available()) {
        mf_session.paused++;
        mf_count_in(NULL);
    }
}

static void resume_thread(void) {
    if (mf_session.paused > 0) {
        mf_session.paused--;
    }
}

static uint64_t allocations(enum mallocfail_scope scope) {
    if (scope == MALLOCFAIL_THREAD || !mf.process) {
        return mf_session.seen;
    }
    return mf_process_seen(mf.process) - mf_active_policy_now()->seen_before;
}

static uint64_t failures(enum mallocfail_scope scope) {
    if (scope == MALLOCFAIL_THREAD || !mf.process) {
        return mf_session.failed;
    }
    return atomic_load(&mf.process->injections) - mf_active_policy_now()->failed_before;
}

static void region(const char *name) {
    struct mf_text text = mf_text_begin(mf_self.region, sizeof(mf_self.region));
    mf_text_add(&text, name ? name : "");
}

static int arm(void) {
    mf_startup_run();
    return mf_arming_reach(MF_ARM_API) ? 0 : -1;
}

static int disarm(void) {
    return mf_arming_undo() ? 0 : -1;
}

/** The one function that explorations do not leave out: the program asks for no failure. */
static int should_fail(uint64_t size) {
    if (mf_gate_passes(MF_SHOULD_FAIL, size, __builtin_return_address(0))) {
        return 0;
    }
    // A NULL of its own is of no use to whoever only asks.
    mf_hold_refused();
    return 1;
}

/** What is recorded or patched comes to the allocator by another way. */
static int live_begin(void) {
    int before = errno;
    struct mf_inside_mark mark;
    if (mf_env_find(MF_TRACE_VARIABLE) || mf_patch_original((enum mf_entry)MF_MALLOC)) {
        return fail_with(ENOSYS);
    }
    if (!begin(&mark)) {
        return -1;
    }
    return end(mf_census_begin() ? 0 : fail_with(ENOMEM), before);
}

/** A loop's words. */
enum {
    EACH_SCOPE,
    EACH_WHICH,
    EACH_BEGUN,
    EACH_GUARD,
    EACH_PASS,
    /** The thread's session before the loop. */
    EACH_OUTER,
};

_Static_assert(EACH_OUTER * 8 + sizeof(struct mf_session) <= MALLOCFAIL_EACH_WORDS * 8,
               "a loop has room for what it sets aside");

/** Whether the loop's failures are still its own. */
static bool is_its_own(const uint64_t *state) {
    return state[EACH_SCOPE] != MALLOCFAIL_THREAD ||
           mf_session.guard == &state[EACH_GUARD];
}

/** Begin a pass; whether that could be done. */
static bool begin_pass(uint64_t *state) {
    enum mallocfail_scope scope = (enum mallocfail_scope)state[EACH_SCOPE];
    enum mallocfail_which which = (enum mallocfail_which)state[EACH_WHICH];
    uint64_t n = state[EACH_PASS];
    if (fail(scope, n > 0 ? which : MALLOCFAIL_NONE, n) != 0) {
        mf_say("a MALLOCFAIL_EACH loop ends early: another thread is replacing the "
               "process's policy",
               NULL);
        return false;
    }
    if (scope == MALLOCFAIL_THREAD) {
        mf_session_guard(&state[EACH_GUARD]);
    }
    return true;
}

static int each_next(uint64_t *pass, uint64_t *state) {
    if (!state[EACH_BEGUN]++) {
        memcpy(&state[EACH_OUTER], &mf_session, sizeof(mf_session));
        *pass = 0;
        // Elsewhere: one pass, with no failures.
        return !available() || begin_pass(state);
    }
    if (!available()) {
        return 0;
    }
    if (!is_its_own(state)) {
        mf_say(
            "a MALLOCFAIL_EACH loop ends early: mallocfail_fail() or mallocfail_stop() was "
            "called inside it",
            NULL);
        return 0;
    }
    if (state[EACH_PASS] > 0 && failures((enum mallocfail_scope)state[EACH_SCOPE]) == 0) {
        return 0;
    }
    *pass = ++state[EACH_PASS];
    return begin_pass(state);
}

static void each_end(uint64_t *state) {
    if (!state[EACH_BEGUN] || !available()) {
        return;
    }
    state[EACH_GUARD] = 0;
    if (state[EACH_SCOPE] == MALLOCFAIL_THREAD) {
        memcpy(&mf_session, &state[EACH_OUTER], sizeof(mf_session));
    } else {
        stop(MALLOCFAIL_PROCESS);
    }
}

EXPORT const struct mallocfail_api *mallocfail_get_api(uint32_t version) {
    static const struct mallocfail_api api = {
        .do_available = available,
        .do_arm = arm,
        .do_disarm = disarm,
        .do_fail = fail,
        .do_policy = policy,
        .do_stop = stop,
        .do_pause = pause_thread,
        .do_resume = resume_thread,
        .do_allocations = allocations,
        .do_failures = failures,
        .do_region = region,
        .do_each_next = each_next,
        .do_each_end = each_end,
        .do_should_fail = should_fail,
        .do_seed = seed,
        .do_live_begin = live_begin,
        .do_live_blocks = mf_census_blocks,
        .do_live_bytes = mf_census_bytes,
    };
    return version == 1 ? &api : NULL;
}
