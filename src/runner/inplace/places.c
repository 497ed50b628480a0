// SPDX-License-Identifier: MIT
#include "runner/inplace/places.h"

#include <sys/syscall.h>

/** How far apart the calls of one function are, at most. */
#define NEAR 128

static bool is_near(uint64_t first, uint64_t second) {
    return first > 0 && second > first && second - first < NEAR;
}

bool places_raise(const struct stand_in_places *places,
                  const struct registers_call *call) {
    return places->raises && call->number == SYS_getpid && call->back > places->gettid &&
           call->back < places->tgkill;
}

void places_note(struct stand_in_places *places, const struct registers_call *call) {
    if (places->raises) {
        return;
    }
    if (call->number == SYS_gettid) {
        *places = (struct stand_in_places){
            .gettid = call->from,
            .reads_proc = places->reads_proc,
            .captures = places->captures,
            .symbolizer = places->symbolizer,
        };
    } else if (call->number == SYS_getpid) {
        bool called = is_near(places->gettid, call->back);
        places->getpid = called ? call->back : call->from;
        places->number = call->from;
    } else if (call->number == SYS_tgkill) {
        places->tgkill = call->from;
        places->raises = is_near(places->gettid, places->getpid) &&
                         is_near(places->getpid, call->from);
    }
}
