// SPDX-License-Identifier: MIT
#include "runner/inplace/origin.h"

#include "core/policy/resource.h"
#include "runner/crash/crash.h"
#include "runner/util/clock.h"

#include <signal.h>
#include <sys/ptrace.h>

/** What the call returns: a multiple of a page, so that what is aligned stays so, and
 * below the lowest address that can be mapped, with room for members. */
#define RETURNED UINT64_C(0x8000)

/** What the second child may take: so many times what the first took, and some more. */
#define TIMES     10
#define TIME_MORE (300 * CLOCK_MILLISECOND)

/** Whether a crash is one at a NULL that one call can have returned. */
static bool is_null(const struct sighting *sighting) {
    const struct crash *crash = &sighting->crash;
    const struct mf_resource *resource =
        mf_resource_of(sighting->cause.injection.function);
    return crash->signal == SIGSEGV && crash->address_known &&
           crash->address + RETURNED < CRASH_NULL_PAGE && sighting->cause.count == 1 &&
           sighting->cause.injection.pid == crash->pid &&
           sighting->cause.injection.function != MF_POSIX_MEMALIGN &&
           (!resource || resource->result == MF_RETURNS_NULL);
}

bool origin_ask(const struct inplace *inplace, struct held *held,
                const struct trial *trial, const struct mf_child *told) {
    struct campaign *campaign = inplace->campaign;
    uint32_t at = trial->sighting - 1;
    if (!held->child.crashed || trial->sighting == 0 || told->failed > 0 ||
        !campaign_goes_on(campaign) ||
        &campaign->trials[campaign->sightings.list[at].trial] != trial ||
        !is_null(&campaign->sightings.list[at].sighting)) {
        return false;
    }
    held->asked = at;
    held->origin_limit_ns = TIMES * (clock_now() - held->child.time.since_ns) + TIME_MORE;
    atomic_store(&held->explore->child.again, RETURNED);
    return true;
}

bool origin_is_asked(const struct held *held) {
    return held->explore->child.returned == RETURNED;
}

/** Whether two stacks are the same from frame `from` on, as far as the shorter one was
 * looked at. */
static bool is_same_stack(const struct raw_stack *one, const struct raw_stack *other,
                          size_t from) {
    size_t count = one->count < other->count ? one->count : other->count;
    for (size_t i = from; i < count; i++) {
        if (one->frames[i].module != other->frames[i].module ||
            one->frames[i].offset != other->frames[i].offset) {
            return false;
        }
    }
    return count > from;
}

/** Whether a child's fault is the first one's, with the address moved: it is the same
 * program, mapped at the same addresses. */
static bool is_moved(const struct crash *first, pid_t pid, int signal) {
    struct registers registers;
    siginfo_t info;
    uint64_t moves = first->access == ACCESS_EXECUTE ? RETURNED : 0;
    return signal == first->signal && ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 &&
           info.si_code > 0 &&
           (uint64_t)(uintptr_t)info.si_addr == first->address + RETURNED &&
           registers_read(&registers, pid) == 0 && registers.pc == first->pc + moves;
}

void origin_compare(const struct inplace *inplace, struct held *held, int signal) {
    struct campaign *campaign = inplace->campaign;
    struct crash crash;
    // The target writes what says that this child is a second one.
    if (held->asked >= campaign->sightings.count) {
        return;
    }
    struct sightings_entry *entry = &campaign->sightings.list[held->asked];
    struct crash *first = &entry->sighting.crash;
    const struct trial *trial = &campaign->trials[entry->trial];
    if (!is_null(&entry->sighting) || !is_moved(first, held->child.pid, signal) ||
        crash_gather_stack(&crash, held->child.pid, signal, &held->job.channel,
                           &held->view, &campaign->defects->modules) != 0) {
        return;
    }
    view_leave(&held->view);
    // Where two targets came to one place, each may ask: one proof is enough.
    first->null_proven |=
        crash.access == first->access &&
        trial->seen == trial->point.number + mf_child_seen(&held->explore->child) &&
        // Who calls a NULL stands there itself.
        is_same_stack(&first->stack, &crash.stack, first->access == ACCESS_EXECUTE);
    crash_destroy(&crash);
}
