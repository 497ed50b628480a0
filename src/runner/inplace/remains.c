// SPDX-License-Identifier: MIT
#include "runner/inplace/remains.h"

#include "core/policy/mix.h"
#include "runner/run/exitplace.h"
#include "runner/target/account.h"
#include "runner/target/leftopen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The streams of a child are not its process's. */
#define FIRST_DESCRIPTOR 3
/** How much is kept at the same time, in bytes: of children beyond that it is not known what they
 * leak. */
#define BYTES_MAX ((size_t)256 << 20)

/** A stack of blocks, as it is known of all processes. */
struct stack {
    uint64_t id;
    /** Of the call site that asked; and whether the C library allocates there for itself. */
    uint64_t site_id;
    bool inner;
    struct frame *frames;
    size_t count;
    /** The same places as the channel has them. */
    struct mf_frame raw[MF_FRAMES_MAX];
};

/** A process that has an account, where that is, and its channel. */
struct owner {
    pid_t pid;
    uint64_t account;
    const struct mf_head *head;
};

/** What a child left. */
struct kept {
    pid_t pid;
    uint64_t serial;
    size_t trial;
    struct leaks leaks;
    /** What there is to tell if it is too much. */
    struct sighting sighting;
};

struct remains {
    struct campaign *campaign;
    struct leaks_wrappers wrappers;
    /** A hash table by id; the room is a power of two. */
    struct stack *stacks;
    size_t stack_count, stack_room;
    struct kept *list;
    size_t count, room;
    /** What the children in the list take. */
    size_t bytes;
};

struct remains *remains_new(struct campaign *campaign) {
    struct remains *remains = calloc(1, sizeof(*remains));
    if (remains) {
        remains->campaign = campaign;
        remains->wrappers = wrappers_by_name(&campaign->options->choice.wrappers);
    }
    return remains;
}

/** The entry of a stack, or the free one for it, in a table with room. */
static struct stack *place_of(struct stack *stacks, size_t room, uint64_t id) {
    size_t at = mf_mix(id) & (room - 1);
    while (stacks[at].frames && stacks[at].id != id) {
        at = (at + 1) & (room - 1);
    }
    return &stacks[at];
}

/** Make room for one more stack; 0 on success. */
static int grow_stacks(struct remains *remains) {
    if (2 * (remains->stack_count + 1) <= remains->stack_room) {
        return 0;
    }
    size_t room = remains->stack_room ? 2 * remains->stack_room : 256;
    struct stack *stacks = calloc(room, sizeof(stacks[0]));
    if (!stacks) {
        return -1;
    }
    for (size_t i = 0; i < remains->stack_room; i++) {
        if (remains->stacks[i].frames) {
            *place_of(stacks, room, remains->stacks[i].id) = remains->stacks[i];
        }
    }
    free(remains->stacks);
    remains->stacks = stacks;
    remains->stack_room = room;
    return 0;
}

/** Learn a stack from the process that has it; NULL where that cannot be. */
static const struct stack *learn(struct remains *remains, const struct owner *owner,
                                 const struct account *account, size_t origin) {
    struct modules *modules = &remains->campaign->defects->modules;
    const struct mf_head *head = owner->head;
    uint64_t count = account->origins[origin].frame_count;
    struct mf_frame raw[MF_FRAMES_MAX];
    count = count < MF_FRAMES_MAX ? count : MF_FRAMES_MAX;
    struct frame *frames = calloc(count + 1, sizeof(frames[0]));
    if (!frames || account_read_frames(owner->pid, owner->account, origin, raw) != 0) {
        free(frames);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        frames[i] = modules_enter(modules, head, &raw[i]);
    }
    uint64_t id = account->origins[origin].id;
    struct stack *stack = place_of(remains->stacks, remains->stack_room, id);
    *stack = (struct stack){
        .id = id,
        .site_id = leaks_site(head, raw, count, account->origins[origin].caller_id,
                              &remains->wrappers),
        .inner = leaks_are_inner(head, raw, count),
        .frames = frames,
        .count = count,
    };
    memcpy(stack->raw, raw, sizeof(raw));
    remains->stack_count++;
    return stack;
}

static const struct stack *find_stack(const struct remains *remains, uint64_t id) {
    const struct stack *stack = remains->stack_room > 0
                                    ? place_of(remains->stacks, remains->stack_room, id)
                                    : NULL;
    return stack && stack->frames ? stack : NULL;
}

/** The same, but learn it where it is not known. */
static const struct stack *know(struct remains *remains, const struct owner *owner,
                                const struct account *account, size_t origin) {
    const struct stack *stack = find_stack(remains, account->origins[origin].id);
    if (!stack && grow_stacks(remains) == 0) {
        stack = learn(remains, owner, account, origin);
    }
    return stack;
}

/** Add what is left of an origin. */
static void add(struct leaks *leaks, const struct mf_origin *origin,
                const struct stack *stack) {
    leaks->list[leaks->count++] = (struct leak){
        .caller_id = origin->caller_id,
        .stack_id = origin->id,
        .site_id = stack->site_id,
        .instead = origin->instead,
        .blocks = atomic_load(&origin->blocks),
        .bytes = atomic_load(&origin->bytes),
    };
}

/** Take over the blocks that a child leaves. */
static void take(struct remains *remains, struct held *held,
                 const struct account *account, const struct exitplace *place) {
    struct leaks *leaks = &held->child.leaks;
    const struct owner owner = {held->child.pid, held->explore->child.account,
                                held->job.channel.head};
    size_t left = 0;
    for (size_t i = 0; i < account->count; i++) {
        left += atomic_load(&account->origins[i].blocks) != 0;
    }
    leaks->list = calloc(left + 1, sizeof(leaks->list[0]));
    leaks->lost = account->lost;
    leaks->known = leaks->list && account->lost == 0;
    for (size_t i = 0; leaks->known && i < account->count; i++) {
        const struct mf_origin *origin = &account->origins[i];
        if (atomic_load(&origin->blocks) == 0) {
            continue;
        }
        const struct stack *stack = know(remains, &owner, account, i);
        leaks->known = stack;
        if (stack && !stack->inner) {
            add(leaks, origin, stack);
            leaks->list[leaks->count - 1].held =
                exitplace_holds(place, stack->raw, stack->count);
        }
    }
}

void remains_look(struct remains *remains, struct held *held) {
    struct account account;
    struct child *child = &held->child;
    const struct mf_child *told = &held->explore->child;
    leaks_destroy(&child->leaks);
    if (child->fatal || child->timed_out || child->cut || child->enclosed.barred[0] ||
        told->account == 0 || account_read(&account, child->pid, told->account) != 0) {
        return;
    }
    struct exitplace place;
    exitplace_read(&place, held->job.channel.head, told);
    take(remains, held, &account, &place);
    leftopen_look(&child->leaks, child->pid, FIRST_DESCRIPTOR, NULL);
    child->leaks.open_held = exitplace_is_inside(&place, held->job.channel.head);
    account_destroy(&account);
}

/** How much memory a child takes that is kept. */
static size_t bytes_of(const struct kept *kept) {
    return kept->leaks.count * sizeof(kept->leaks.list[0]) +
           kept->leaks.open_count * sizeof(kept->leaks.open[0]) +
           kept->sighting.lengths[0] + kept->sighting.lengths[1] + sizeof(*kept);
}

/** Make room for one more child; 0 on success. */
static int grow(struct remains *remains) {
    if (remains->count < remains->room) {
        return 0;
    }
    size_t room = remains->room ? 2 * remains->room : 64;
    struct kept *list = reallocarray(remains->list, room, sizeof(list[0]));
    if (!list) {
        return -1;
    }
    remains->list = list;
    remains->room = room;
    return 0;
}

/** Keep what a child left; 0 on success. */
static int keep(struct remains *remains, struct held *held, const struct trial *trial,
                const struct mf_child *told, const struct end *end) {
    struct campaign *campaign = remains->campaign;
    const struct sighting_source source = {
        .channel = &held->job.channel,
        .modules = &campaign->defects->modules,
        .oracle = &campaign->oracle,
        .watch = &campaign->watch,
        .end = end,
        .judgement = {.outcome = OUTCOME_LEAKED},
        .persistent = trial->mode == TRIAL_PERSISTENT,
    };
    if (remains->bytes > BYTES_MAX || grow(remains) != 0) {
        return -1;
    }
    struct kept *kept = &remains->list[remains->count];
    if (sighting_take(&kept->sighting, &source) != 0) {
        return -1;
    }
    remains->count++;
    kept->pid = held->job.pid;
    kept->serial = told->account_serial;
    kept->trial = (size_t)(trial - campaign->trials);
    kept->leaks = held->child.leaks;
    held->child.leaks = (struct leaks){0};
    remains->bytes += bytes_of(kept);
    return 0;
}

void remains_keep(struct remains *remains, struct held *held, struct trial *trial,
                  const struct mf_child *told, const struct end *end) {
    const struct leaks *leaks = &held->child.leaks;
    trial->leaks = LEAKING_KNOWN;
    if (!trial_is_good(trial)) {
        return;
    }
    if (told->crowded) {
        trial->leaks = LEAKING_THREADS;
    } else if (!leaks->known) {
        trial->leaks = LEAKING_UNTRACKED;
    } else if (leaks->count + leaks->open_count > 0) {
        bool bad = keep(remains, held, trial, told, end) != 0;
        trial->leaks = bad ? LEAKING_UNTRACKED : LEAKING_ENDED;
        atomic_store(&held->explore->child.kept, !bad);
    }
}

/** What a process leaves itself; known where it could be read. */
static struct leaks gather(struct remains *remains, const struct owner *owner,
                           uint64_t serial) {
    struct leaks leaks = {0};
    struct account account;
    if (owner->account == 0 || account_read(&account, owner->pid, owner->account) != 0) {
        return leaks;
    }
    leaks.list = calloc(account.count + 1, sizeof(leaks.list[0]));
    leaks.known = leaks.list && account.lost == 0 && account.serial == serial;
    for (size_t i = 0; leaks.known && i < account.count; i++) {
        if (atomic_load(&account.origins[i].blocks) != 0) {
            const struct stack *stack = know(remains, owner, &account, i);
            leaks.known = stack;
            if (stack) {
                add(&leaks, &account.origins[i], stack);
            }
        }
    }
    leftopen_look(&leaks, owner->pid, FIRST_DESCRIPTOR, NULL);
    account_destroy(&account);
    return leaks;
}

/** Tell in a sighting what is leaked; 0 on success. */
static int describe(const struct remains *remains, struct sighting *sighting,
                    const struct leaks *leaks) {
    if (sighting_begin_leaks(sighting, leaks) != 0) {
        return -1;
    }
    for (size_t i = 0; i < leaks->count; i++) {
        const struct leak *leak = &leaks->list[i];
        const struct stack *stack = find_stack(remains, leak->stack_id);
        if (stack) {
            sighting_add_leak(sighting, leak, stack->frames, stack->count);
        }
    }
    return 0;
}

/** The trial whose result follows from another one's; NULL = there is none. */
static struct trial *find_twin(const struct campaign *campaign, size_t index) {
    const struct trial *trial = &campaign->trials[index];
    struct trial *twin = &campaign->trials[index + 1];
    bool follows = index + 1 < campaign->trial_count && trial->mode == TRIAL_ONCE &&
                   twin->mode == TRIAL_PERSISTENT && twin->inferred &&
                   twin->point.stack_id == trial->point.stack_id;
    return follows ? twin : NULL;
}

/** What a trial left is no more than it leaves when nothing fails; or it is not known. */
static void acquit(const struct campaign *campaign, size_t index, enum leaking leaking) {
    struct trial *twin = find_twin(campaign, index);
    campaign->trials[index].leaks = (uint8_t)leaking;
    if (twin) {
        twin->leaks = (uint8_t)leaking;
    }
}

/** It is more: the trial is leaked. Takes the sighting over. */
static void turn(struct campaign *campaign, size_t index, struct sighting *sighting) {
    struct trial *trial = &campaign->trials[index];
    struct trial *twin = find_twin(campaign, index);
    acquit(campaign, index, LEAKING_KNOWN);
    if (trial_is_good(trial)) {
        bool both = twin && trial_is_good(twin);
        campaign_turn(campaign, trial, sighting);
        if (both) {
            twin->outcome = trial->outcome;
            twin->sighting = trial->sighting;
        }
    }
}

/** Compare what a child left with what its process leaves. */
static void judge(const struct remains *remains, struct kept *kept,
                  const struct leaks *clean) {
    struct campaign *campaign = remains->campaign;
    if (!clean->known || leaks_forgive(&kept->leaks, clean) != 0) {
        return;
    }
    bool held = leaks_leave_held(&kept->leaks);
    if (kept->leaks.count + kept->leaks.open_count == 0) {
        acquit(campaign, kept->trial,
               held                   ? LEAKING_HELD
               : kept->leaks.replaced ? LEAKING_REPLACED
                                      : LEAKING_KNOWN);
    } else if (describe(remains, &kept->sighting, &kept->leaks) == 0) {
        turn(campaign, kept->trial, &kept->sighting);
    }
}

static void release(struct kept *kept) {
    leaks_destroy(&kept->leaks);
    sighting_destroy(&kept->sighting);
}

void remains_compare(struct remains *remains, const struct mf_head *head, pid_t pid,
                     uint64_t account, uint64_t serial) {
    const struct owner owner = {pid, account, head};
    struct leaks clean = gather(remains, &owner, serial);
    size_t left = 0;
    for (size_t i = 0; i < remains->count; i++) {
        struct kept *kept = &remains->list[i];
        if (kept->pid == pid && kept->serial == serial) {
            remains->bytes -= bytes_of(kept);
            judge(remains, kept, &clean);
            release(kept);
        } else {
            remains->list[left++] = *kept;
        }
    }
    remains->count = left;
    leaks_destroy(&clean);
}

void remains_free(struct remains *remains) {
    if (!remains) {
        return;
    }
    for (size_t i = 0; i < remains->count; i++) {
        release(&remains->list[i]);
    }
    for (size_t i = 0; i < remains->stack_room; i++) {
        free(remains->stacks[i].frames);
    }
    free(remains->stacks);
    free(remains->list);
    free(remains);
}
