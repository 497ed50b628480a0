// SPDX-License-Identifier: MIT
/** Leaks: the blocks that PROGRAM's own process held when it ended, and where they came
 * from; and what it had open then. */
#ifndef MF_RUNNER_TARGET_LEAKS_H
#define MF_RUNNER_TARGET_LEAKS_H

#include "core/channel/account.h"
#include "runner/target/channelfile.h"

/** Blocks of one origin: of a call site or of a stack. */
struct leak {
    /** Of the call site and of the whole stack; equal in every run. */
    uint64_t caller_id, stack_id;
    /** Of the call site that asked for the block: outside of the run-time libraries and of
     * functions that allocate for their callers. */
    uint64_t site_id;
    /** Of the call site where a realloc() of them was refused; 0 = none was. */
    uint64_t instead;
    uint64_t blocks, bytes;
    /** Whether the function that they are for was still running when exit() ended the
     * process. */
    bool held;
    /** Places of the channel, innermost first; none where the leak is only compared with. */
    const struct mf_frame *frames;
    size_t frame_count;
};

/** Room for what a descriptor refers to, with its NUL; cut. */
#define LEAKS_OPEN_TEXT 256

struct leaks {
    /** The oldest origin first; without what the C library and the dynamic linker have
     * for themselves. */
    struct leak *list;
    size_t count;
    /** The frames of all of them. */
    struct mf_frame *frames;
    /** Whether all is in the list; else the reason. */
    bool known;
    /** Whether blocks were left out because a clean run keeps others that came to the same
     * call site by other calls, or descriptors because it keeps others: these may be leaks. */
    bool replaced;
    /** How many found no room, and whether the process became another program. */
    uint64_t lost;
    bool executed;
    /** What the descriptors refer to that it had open, and whether somebody has looked: a
     * tracer can. */
    char (*open)[LEAKS_OPEN_TEXT];
    size_t open_count;
    bool open_known;
    /** Whether exit() ended the process in the middle of functions that may have held them; and
     * whether these, or blocks that are held, were left out. */
    bool open_held, was_held;
};

/** Have the library keep account; its bytes follow `offset` in the channel's file. */
void leaks_set_up(struct mf_explore *explore, uint64_t offset, enum mf_account_mode mode);

/** How many bytes that takes. */
size_t leaks_room(void);

/** Whether the C library allocated for purposes of its own: not in a function that the
 * program called, as it calls strdup() or asprintf(). Or the C++ one for an exception. The frames are places of the channel. */
bool leaks_are_inner(const struct mf_head *head, const struct mf_frame *frames,
                     size_t count);

/** Says which functions, by their names, allocate for their callers; the context comes with it. */
struct leaks_wrappers {
    bool (*is)(const void *context, const char *function);
    const void *context;
};

/** The site_id of frames that are places of the channel; the id of the call site is there
 * already. */
uint64_t leaks_site(const struct mf_head *head, const struct mf_frame *frames,
                    size_t count, uint64_t caller_id,
                    const struct leaks_wrappers *wrappers);

/** Gather what a run left; 0 on success, -1 when memory ran out. */
int leaks_gather(struct leaks *leaks, const struct channel *channel,
                 const struct leaks_wrappers *wrappers);

/** Leave only what a clean run does not keep: of each call site, the blocks that are more
 * than its; and of descriptors, as many as there are more, those that it has not. A block whose realloc() was refused is where the clean run has the moved one.
 * 0 on success, -1 when memory ran out; then nothing is known of them. */
int leaks_forgive(struct leaks *leaks, const struct leaks *clean);

/** Leave out what functions still held; whether there was some. */
bool leaks_leave_held(struct leaks *leaks);

/** Add what another clean run keeps more; of that one, only this is left. 0 on success, -1
 * when memory ran out. */
int leaks_widen(struct leaks *leaks, struct leaks *other);

/** All blocks, and their bytes. */
uint64_t leaks_blocks(const struct leaks *leaks);
uint64_t leaks_bytes(const struct leaks *leaks);

/** Release them; fine on leaks that are all zeroes. */
void leaks_destroy(struct leaks *leaks);

#endif
