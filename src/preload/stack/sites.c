// SPDX-License-Identifier: MIT
#include "preload/stack/sites.h"

#include "core/channel/stackid.h"
#include "core/policy/glob.h"
#include "preload/stack/modules.h"
#include "preload/stack/symbols.h"

/** Marks an entry that is being written; no return address. */
#define BUSY ((uintptr_t)1)

/** The latest generation of any. */
static _Atomic uint32_t generations;

/** Whether module and function of a return address satisfy a filter; its id left
 * aside. */
static bool names_hold(const struct mf_place *place, const struct mf_range *range,
                       uintptr_t address) {
    if (place->module[0] && !mf_glob_match(place->module, mf_range_name(range))) {
        return false;
    }
    // The call may be a function's last instruction: look one byte back.
    return !place->function[0] ||
           mf_symbols_match(range->path, address - 1 - range->base, place->function);
}

static bool caller_holds(const struct mf_place *place, const struct mf_range *range,
                         uintptr_t address) {
    if (place->has_id) {
        uint64_t id = mf_stackid_add(MF_STACKID_START, range->key, address - range->base);
        if (id != place->id) {
            return false;
        }
    }
    return names_hold(place, range, address);
}

static struct mf_site_rules work_out(const struct mf_plan *plan, uintptr_t address,
                                     const struct mf_range *range) {
    struct mf_site_rules rules = {0, 0};
    for (uint64_t left = plan->rules; left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        const struct mf_rule *rule = &plan->policy->rules[at];
        const struct mf_place *stack = &rule->stack;
        if (mf_place_given(&rule->caller) &&
            caller_holds(&rule->caller, range, address)) {
            rules.callers |= UINT64_C(1) << at;
        }
        if ((stack->module[0] || stack->function[0]) &&
            names_hold(stack, range, address)) {
            rules.stacks |= UINT64_C(1) << at;
        }
    }
    return rules;
}

static void keep(struct mf_site *site, uintptr_t address, struct mf_site_rules rules) {
    uintptr_t old = atomic_load_explicit(&site->address, memory_order_relaxed);
    if (old == BUSY ||
        !atomic_compare_exchange_strong_explicit(
            &site->address, &old, BUSY, memory_order_acquire, memory_order_relaxed)) {
        return;
    }
    atomic_store_explicit(&site->callers, rules.callers, memory_order_relaxed);
    atomic_store_explicit(&site->stacks, rules.stacks, memory_order_relaxed);
    atomic_store_explicit(&site->address, address, memory_order_release);
}

struct mf_site_rules mf_sites_rules(struct mf_sites *sites, uintptr_t address) {
    struct mf_site *site = mf_site_of(sites->entries, address);
    struct mf_site_rules rules = {0, 0};
    if (mf_site_read(site, address, &rules)) {
        return rules;
    }
    const struct mf_range *range = mf_modules_find(address);
    if (range) {
        rules = work_out(sites->plan, address, range);
        keep(site, address, rules);
    }
    return rules;
}

/** From here on nothing that is known of whole stacks holds. */
static void turn(struct mf_sites *sites) {
    atomic_store(&sites->generation, atomic_fetch_add(&generations, 1) + 1);
}

void mf_sites_begin(struct mf_sites *sites, const struct mf_plan *plan) {
    sites->plan = plan;
    turn(sites);
}

void mf_sites_expire(struct mf_sites *sites) {
    for (unsigned i = 0; i < MF_SITES_MAX; i++) {
        atomic_store_explicit(&sites->entries[i].address, 0, memory_order_release);
    }
    turn(sites);
}
