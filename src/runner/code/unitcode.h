// SPDX-License-Identifier: MIT
/**
 * What a compilation unit's code belongs to: functions, and calls inlined into them.
 *
 * libdw goes through a unit's DIEs for each question. Here that is done once: the unit's
 * functions when the unit is first asked, what was inlined into a function when that is.
 * What is kept takes a few times the room that these DIEs take in the file. To be called
 * behind the guard, see fault_guard.h: a call that does not return leaves what can still be
 * released.
 */
#ifndef MF_RUNNER_CODE_UNITCODE_H
#define MF_RUNNER_CODE_UNITCODE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranges;
struct unitcode;

/**
 * Begin, with none of the DIEs but the unit's own read.
 *
 * @unit
 *         The unit's DIE.
 * @return
 *         NULL when memory ran out.
 */
struct unitcode *unitcode_new(Dwarf_Die *unit);

/** Release it; NULL is fine. */
void unitcode_free(struct unitcode *code);

/** Whether an address, as in the DIEs, is the unit's. */
bool unitcode_holds(const struct unitcode *code, uint64_t address);

/** Add the ranges of all its addresses to others; 0 on success, -1 when memory ran out. */
int unitcode_ranges(const struct unitcode *code, struct ranges *ranges, uint32_t owner);

/**
 * Find the DIEs of the calls at an address: inlined ones, innermost first, and then the
 * function's.
 *
 * @return
 *         How many there are, at most `room`; 0 where nothing is known.
 */
size_t unitcode_find(struct unitcode *code, uint64_t address, Dwarf_Die *dies,
                     size_t room);

#endif
