// SPDX-License-Identifier: MIT
#include "preload/patch/loader.h"

#include "jump.h"
#include "preload/base/sys.h"
#include "preload/patch/code.h"

#include <stddef.h>
#include <sys/auxv.h>

static struct {
    const struct r_debug *debug;
    void (*changed)(void);
} mf_loader;

/** Find what the loader tells debuggers; NULL where the program has no place for it. */
static const struct r_debug *find_debug(void) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    unsigned long count = headers ? getauxval(AT_PHNUM) : 0;
    uintptr_t bias = 0, dynamic = 0;
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR) {
            bias = (uintptr_t)headers - headers[i].p_vaddr;
        } else if (headers[i].p_type == PT_DYNAMIC) {
            dynamic = headers[i].p_vaddr;
        }
    }
    const ElfW(Dyn) *entry = dynamic ? (const ElfW(Dyn) *)(bias + dynamic) : NULL;
    while (entry && entry->d_tag != DT_NULL && entry->d_tag != DT_DEBUG) {
        entry++;
    }
    return entry && entry->d_tag == DT_DEBUG ? (const struct r_debug *)entry->d_un.d_ptr
                                             : NULL;
}

const struct link_map *mf_loader_list(void) {
    if (!mf_loader.debug) {
        mf_loader.debug = find_debug();
    }
    return mf_loader.debug ? mf_loader.debug->r_map : NULL;
}

/** What the loader calls. */
static void on_change(void) {
    if (mf_loader.debug->r_state == RT_CONSISTENT) {
        mf_loader.changed();
    }
}

bool mf_loader_listen(void (*changed)(void)) {
    size_t size = getauxval(AT_PAGESZ);
    mf_loader.changed = changed;
    if (!mf_loader_list() || !mf_loader.debug->r_brk || MF_JUMP_REACH == 0) {
        return false;
    }
    unsigned char *entry = (unsigned char *)(uintptr_t)mf_loader.debug->r_brk;
    int at = mf_jump_empty(entry);
    unsigned char *place =
        at < 0 ? NULL
               : mf_code_take_near((uintptr_t)entry, (uintptr_t)entry + size, size);
    if (!place) {
        return false;
    }
    unsigned char jump[MF_JUMP_NEAR];
    mf_jump_far(place, (uintptr_t)on_change, 0);
    mf_jump_near(jump, place - (entry + at));
    if (!mf_code_close(place, size)) {
        mf_sys_unmap(place, size);
        return false;
    }
    uint64_t signals = mf_sys_block_signals();
    bool written = mf_code_write(entry + at, jump, sizeof(jump));
    mf_sys_restore_signals(signals);
    return written;
}
