// SPDX-License-Identifier: MIT
/**
 * The quarantine: freed blocks, whose pages stay closed until others have come after
 * them. First in, first out, as far as threads can tell. Lock-free, safe in a signal
 * handler.
 */
#ifndef MF_PRELOAD_PAGES_QUARANTINE_H
#define MF_PRELOAD_PAGES_QUARANTINE_H

#include <stdatomic.h>
#include <stdint.h>

/** The most blocks that wait: a power of two. */
#define MF_QUARANTINE_MAX 32768
/** The most address space that waits, in pages: 4 GiB. */
#define MF_QUARANTINE_PAGES (UINT64_C(1) << 20)

struct mf_quarantine {
    /** How many ever came, and how many of those were looked at to make room. */
    _Atomic uint64_t come, seen;
    /** Pages that wait. */
    _Atomic uint64_t pages;
    /** The pages that blocks begin in; 0 = none. */
    _Atomic uint32_t places[MF_QUARANTINE_MAX];
};

/** Have a freed block wait; its pages are closed. */
void mf_quarantine_add(uint32_t page);

/** Let so many of the oldest ones go. */
void mf_quarantine_relax(uint32_t count);

#endif
