// SPDX-License-Identifier: MIT
#include "preload/policy/startup.h"

#include "core/policy/allocator.h"
#include "preload/base/bootstrap.h"
#include "preload/base/inside.h"
#include "preload/base/kept.h"
#include "preload/base/next.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/heap/account.h"
#include "preload/heap/liveheap.h"
#include "preload/pages/pages.h"
#include "preload/patch/later.h"
#include "preload/patch/linkage.h"
#include "preload/patch/patch.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/attach.h"
#include "preload/policy/slot.h"
#include "preload/trace/record.h"

#include <errno.h>

/** glibc's, from 2.32 on: its address is NULL elsewhere. A look-up that fails would leave
 * a message behind, which is freed when the program's numbers are counted. */
extern char __libc_single_threaded __attribute__((weak));

/** Find the next allocator; whether there is one, whole. */
static bool find_next(void) {
    const char *missing = mf_next_find();
    if (missing) {
        mf_say("no ", missing, " behind ours; nothing will fail", NULL);
        return false;
    }
    mf.single_threaded = &__libc_single_threaded;
    return true;
}

/** What the page allocator aligns blocks to; 0 = it is not asked for. */
static uint32_t pages_align(void) {
    bool told = mf.head && mf.head->allocator;
    return mf_allocator_align(told ? mf.head->allocator - 1
                                   : mf_policies.all[0].policy.allocator);
}

/** Have the page allocator serve. */
static void start_pages(uint32_t align) {
    bool inside = mf_patch_original((enum mf_entry)MF_MALLOC) != NULL;
    if (!mf_pages_start(align, inside)) {
        mf_say("the page allocator has no address space, or no pages of 4096 bytes; the "
               "next one serves",
               NULL);
    } else if (mf.process) {
        mf_slot_note_heap(mf.process);
    }
}

/** Reach the functions that give out other things than memory, as far as they are asked
 * for. */
static void start_linkage(void) {
    const struct mf_policy *policy = &mf_policies.all[0].policy;
    mf_functions wanted = mf.head ? mf.head->patches.reached : 0;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        wanted |= policy->rules[i].functions;
    }
    mf_linkage_want(wanted);
    mf_linkage_reach();
}

void mf_startup_begin(void) {
    uint32_t cold = MF_COLD;
    if (!atomic_compare_exchange_strong(&mf.stage, &cold, MF_STARTING)) {
        return;
    }
    bool found = mf_hot.next.brk || find_next();
    enum mf_gate_stage stage = found ? mf_attach_start() : MF_OFF;
    if (mf.head) {
        mf_kept_take();
    }
    if (stage >= MF_READY && mf_policies.all[0].policy.arm == MF_ARM_STARTUP) {
        mf_slot_arm();
        stage = MF_ARMED;
    }
    if (stage >= MF_READY) {
        uint32_t align = pages_align();
        mf_patch_start(align != 0);
        mf_later_start(mf_exploration.runner);
        start_linkage();
        if (!mf.head && mf_policies.all[0].policy.named_count > 0) {
            mf_say("\"allocations\" fail only where mallocfail runs the program", NULL);
        }
        if (align) {
            start_pages(align);
        }
        // What an allocator inside the program gives and takes is not followed in a suite.
        if (!mf_patch_original((enum mf_entry)MF_MALLOC)) {
            mf_account_begin();
        }
        mf_next_alias();
    }
    if (stage != MF_COLD && mf_exploration.mode == MF_EXPLORE_OFF) {
        mf_record_start();
    }
    mf_hot.blocks_watched = mf_bootstrap.used > 0;
    mf_hot.free = mf_hot.blocks_watched ? mf_liveheap_free : mf_hot.next.free;
    if (stage >= MF_READY) {
        mf_active_policy_show(&mf_policies.all[0]);
    }
    atomic_store_explicit(&mf.stage, stage, memory_order_release);
}

void mf_startup_run(void) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (mf_inside_enter(&mark)) {
        mf_startup_stage();
        mf_inside_leave();
    }
    errno = saved;
}
