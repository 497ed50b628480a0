// SPDX-License-Identifier: MIT
#include "preload/policy/attach.h"

#include "core/channel/trace.h"
#include "preload/base/bootstrap.h"
#include "preload/base/counting.h"
#include "preload/base/env.h"
#include "preload/base/memory.h"
#include "preload/base/sys.h"
#include "preload/explore/explore.h"
#include "preload/explore/programs.h"
#include "preload/heap/account.h"
#include "preload/patch/patch.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/slot.h"
#include "preload/policy/thread_counters.h"
#include "preload/stack/modules.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/** Where the policy was found. */
struct source {
    const char *name;
    const char *text;
    size_t length;
};

/** Map the channel, whole if there is address space for it, else its head. NULL, or what
 * is wrong: "" where the runner has ended, and what it left running goes on in peace. */
static const char *map_channel(const char *value) {
    struct mf_memory memory;
    int32_t runner;
    const char *fault = mf_memory_open(&memory, value, &runner);
    if (fault) {
        return fault;
    }
    if (memory.size < MF_CHANNEL_SIZE) {
        fault = "has another size; are mallocfail and libmallocfail.so of one version?";
    } else if ((mf.head = mf_memory_map(&memory, 0, MF_CHANNEL_SIZE))) {
        mf.slots = (struct mf_process *)((char *)mf.head + MF_CHANNEL_SLOTS);
    } else if (!(mf.head = mf_memory_map(&memory, 0, MF_CHANNEL_SLOTS))) {
        fault = "cannot be mapped: no address space";
    }
    if (!fault && (fault = mf_head_fault(mf.head))) {
        mf.head = NULL;
        mf.slots = NULL;
    }
    if (!fault) {
        mf_explore_map(&memory, runner);
    }
    mf_memory_close(&memory);
    return fault;
}

/** Read a policy's file into the arena. */
static const char *read_file(struct source *source) {
    int fd = mf_sys_open(source->name, false);
    if (fd < 0) {
        return "cannot be opened";
    }
    char *text = mf_bootstrap_malloc(MF_POLICY_TEXT_MAX + 1);
    long got = 1;
    while (text && got > 0 && source->length <= MF_POLICY_TEXT_MAX) {
        got = mf_sys_read(fd, text + source->length,
                          MF_POLICY_TEXT_MAX + 1 - source->length);
        source->length += got > 0 ? (size_t)got : 0;
    }
    mf_sys_close(fd);
    source->text = text;
    return !text ? "is too large for the arena" : got < 0 ? "cannot be read" : NULL;
}

/** Find the policy: in the channel, in the variable, or in the file that it names. */
static const char *find_policy(struct source *source) {
    const char *channel = mf_env_find(MF_CHANNEL_VARIABLE);
    if (channel) {
        source->name = MF_CHANNEL_VARIABLE;
        const char *fault = map_channel(channel);
        if (fault) {
            return fault;
        }
        source->text = mf.head->policy;
        source->length = mf.head->policy_length;
        return NULL;
    }
    const char *policy = mf_env_find(MF_POLICY_VARIABLE);
    if (!policy) {
        return NULL;
    }
    bool inline_text = policy[0] == '{' || policy[0] == '[';
    source->name = inline_text ? MF_POLICY_VARIABLE : policy;
    source->text = policy;
    source->length = strlen(policy);
    if (inline_text) {
        return NULL;
    }
    source->length = 0;
    return read_file(source);
}

static void say_error(const char *name, const struct mf_policy_error *error) {
    char line[MF_DIGITS], column[MF_DIGITS];
    mf_say(name, ":", mf_decimal(line, (uint64_t)error->line), ":",
           mf_decimal(column, (uint64_t)error->column), ": ", error->path, ": ",
           error->text, "; nothing will fail", NULL);
}

/** Read the policy; whether there is one. */
static bool load_policy(void) {
    struct source source = {0};
    size_t mark = mf_bootstrap.used;
    const char *fault = find_policy(&source);
    if (fault && fault[0]) {
        mf_say(source.name, ": ", fault, "; nothing will fail", NULL);
    }
    bool loaded = false;
    if (!fault && source.text) {
        struct mf_policy_error error = {0};
        loaded = mf_policy_parse(source.text, source.length, &mf_bootstrap,
                                 &mf_policies.all[0].policy, &error) == 0;
        if (!loaded) {
            say_error(source.name, &error);
        }
    }
    mf_bootstrap.used = mark;
    if (!fault && !source.text) {
        // Nothing fails until the program says so (mallocfail.h). Where a trace is
        // wanted, calls are let through quickly from the first one on.
        bool traced = mf_env_find(MF_TRACE_VARIABLE);
        mf_policies.all[0].policy =
            (struct mf_policy){.seed = 1, .arm = traced ? MF_ARM_STARTUP : MF_ARM_LOAD};
        loaded = true;
    }
    return loaded;
}

/** Whether this is one of valgrind's launchers: what it runs has its libraries preloaded,
 * too. */
static bool launches_valgrind(void) {
    const char *preload = mf_env_find("LD_PRELOAD");
    mf_modules.valgrind = preload && strstr(preload, "/vgpreload_");
    return mf.head && mf.head->options & MF_OPTION_VALGRIND && !mf_modules.valgrind;
}

/** Not in another C library than glibc, nor is the flag that asks it for the symbol. */
#define SYMBOL_ENTRY 1
int dladdr1(const void *address, Dl_info *info, void **extra, int flags)
    __attribute__((weak));

/** Whether an address is that of an entry in a program's procedure linkage table, which stands
 * for the function itself in a program at a fixed address that takes it: a call of it goes on to
 * where the function is found. */
static bool is_linkage(const void *address) {
    Dl_info info;
    void *entry = NULL;
    return dladdr1 && dladdr1(address, &info, &entry, SYMBOL_ENTRY) && entry &&
           ((const ElfW(Sym) *)entry)->st_shndx == SHN_UNDEF;
}

/** Whether calls of malloc come to us: ours is the one that is found first, or the program's
 * own takes a jump. */
static bool is_reached(void) {
    const void *first = dlsym(RTLD_DEFAULT, "malloc");
    bool inside = first != mf_patch_own_malloc && !is_linkage(first);
    bool patched = mf_patch_find(mf_exploration.runner, inside);
    return !inside || patched;
}

/** Whether this only leads to the program that is tested. */
static bool is_launcher(void) {
    if (!mf.head || mf.head->launchers == 0) {
        return false;
    }
    bool own = mf_sys_parent() == mf_exploration.runner;
    uint32_t images = own ? atomic_fetch_add(&mf.head->launched, 1) + 1
                          : atomic_load(&mf.head->launched);
    return images <= mf.head->launchers;
}

/** The calling thread is the first of a new process: what it counted was another's. What
 * it asked for goes on. */
static void forget_counts(void) {
    mf_count_in(NULL);
    mf_self.own = NULL;
    mf_self.index = 0;
    mf_self.tid = 0;
    memset(mf_self.counts, 0, sizeof(mf_self.counts));
    mf_self.uncounted = 0;
}

static struct mf_process *enter_process(void) {
    struct mf_process *process = mf_slot_take();
    process->parent = mf_is_shut_in() ? mf.pid : mf_sys_parent();
    process->attached_ns = mf_now();
    mf_slot_note_heap(process);
    mf.pid = mf_sys_pid();
    memcpy(process->image, mf.image, sizeof(process->image));
    process->image_index = mf_exploration.records_room > 0 ? mf_slot_index(process) : 0;
    atomic_store(&process->pid, mf.pid);
    forget_counts();
    mf.solo = mf.single_threaded && *mf.single_threaded;
    mf_active_policy_inherit(process);
    mf.process = process;
    return process;
}

/** In a child of a fork: its counter and its slot are its parent's. */
static void forget_parent(void) {
    mf.process = NULL;
    mf_count_in(NULL);
    mf_self.own = NULL;
}

enum mf_gate_stage mf_attach_start(void) {
    if (!mf_env_all()) {
        return MF_COLD;
    }
    if (getauxval(AT_SECURE) || !load_policy() || launches_valgrind() || is_launcher() ||
        !mf_suite_wants_program(is_reached)) {
        return MF_OFF;
    }
    mf_policies.serial = 1;
    mf_policies.all[0].serial = 1;
    mf_sys_image(mf.image, sizeof(mf.image));
    mf_sys_wipe_on_fork(&mf, MF_PAGE);
    pthread_atfork(NULL, NULL, forget_parent);
    struct mf_process *process = enter_process();
    mf_active_policy_plan(process, &mf_policies.all[0]);
    mf_thread_counters_hook_exits();
    atomic_store_explicit(&process->stage, MF_STAGE_ATTACHED, memory_order_release);
    return MF_READY;
}

struct mf_process *mf_attach_child(void) {
    struct mf_process *process = enter_process();
    mf_account_renew();
    mf_active_policy_inherit_plans(process);
    if (mf_exploration.mode == MF_EXPLORE_SUITE) {
        // Its parent may have been over its time, and gone by stacks that this one has time for.
        mf_active_policies_expire_sites();
    }
    bool armed = atomic_load(&mf.stage) == MF_ARMED;
    atomic_store(&process->armed_ns, armed ? mf.armed_ns : 0);
    atomic_store_explicit(&process->stage, armed ? MF_STAGE_ARMED : MF_STAGE_ATTACHED,
                          memory_order_release);
    return process;
}
