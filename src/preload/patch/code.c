// SPDX-License-Identifier: MIT
#include "preload/patch/code.h"

#include "core/channel/patch.h"
#include "jump.h"
#include "preload/base/sys.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/** Nearer behind the program its heap is to grow. */
#define HEAP_ROOM   (UINT64_C(1) << 28)
#define AT_ONCE_MAX 64

/** Take a place that is free; NULL where that one is not. */
static unsigned char *take(uint64_t at, size_t size) {
    void *wanted = (void *)(uintptr_t)at;
    void *got = mf_sys_mmap(wanted, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    // Before Linux 4.17 the flag was not known.
    if (got != MAP_FAILED && got != wanted) {
        mf_sys_unmap(got, size);
    }
    return got == wanted ? got : NULL;
}

unsigned char *mf_code_take_near(uint64_t low, uint64_t high, size_t size) {
    uint64_t step = MF_PATCH_STEP, most = MF_PATCH_DISTANCE;
    unsigned char *place = NULL;
    low &= ~(MF_PATCH_STEP - 1);
    high += HEAP_ROOM + MF_PATCH_STEP;
    if ((uint64_t)MF_JUMP_REACH / 2 < most) {
        most = MF_JUMP_REACH / 2;
        high -= HEAP_ROOM;
    }
    for (uint64_t far = step; far < most && !place; far += step) {
        if (low > far + MF_PATCH_LOWEST) {
            place = take(low - far, size);
        }
        if (!place) {
            place = take((high + far) & ~(MF_PATCH_STEP - 1), size);
        }
        step += far / AT_ONCE_MAX & ~(MF_PATCH_STEP - 1);
    }
    return place;
}

bool mf_code_close(unsigned char *place, size_t size) {
    __builtin___clear_cache((char *)place, (char *)place + size);
    return mf_sys_protect(place, size, PROT_READ | PROT_EXEC) == 0;
}

bool mf_code_write(unsigned char *to, const unsigned char *bytes, size_t length) {
    uintptr_t page = getauxval(AT_PAGESZ);
    uintptr_t low = (uintptr_t)to & ~(page - 1);
    uintptr_t high = ((uintptr_t)to + length + page - 1) & ~(page - 1);
    if (mf_sys_protect((void *)low, high - low, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        ((volatile unsigned char *)to)[i] = bytes[i];
    }
    bool closed = mf_sys_protect((void *)low, high - low, PROT_READ | PROT_EXEC) == 0;
    __builtin___clear_cache((char *)to, (char *)to + length);
    return closed;
}
