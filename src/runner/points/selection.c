// SPDX-License-Identifier: MIT
#include "runner/points/selection.h"

#include "core/policy/mix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** 2^64. */
#define WHOLE 18446744073709551616.0

bool selection_has_numbers(const struct selection *selection) {
    return selection->nth_count > 0 || selection->every > 0 || selection->chance > 0;
}

const char *selection_name(const struct selection *selection) {
    bool numbers = selection_has_numbers(selection);
    return numbers && selection_has_facts(selection)
               ? "the combination of --nth, --every, --random, --above and --after"
           : selection->nth_count > 0 ? "--nth"
           : selection->every > 0     ? "--every"
           : numbers                  ? "--random"
           : !selection->sized        ? "--after"
           : selection->after_ns      ? "the combination of --above and --after"
                                      : "--above";
}

bool selection_has_facts(const struct selection *selection) {
    return selection->sized || selection->after_ns > 0;
}

bool selection_holds(const struct selection *selection, uint64_t number, uint64_t seed) {
    bool listed = selection->nth_count == 0;
    for (unsigned i = 0; i < selection->nth_count && !listed; i++) {
        listed = number >= selection->nth[i].from && number <= selection->nth[i].to;
    }
    uint64_t hash = mf_mix(mf_mix(seed + MF_MIX_STEP) + number);
    return listed && (selection->every == 0 || number % selection->every == 0) &&
           (selection->chance <= 0 || (double)hash / WHOLE < selection->chance);
}

bool selection_agrees(const uint64_t *one, const uint64_t *other, size_t count,
                      bool ragged) {
    bool same = true;
    for (size_t i = 0; same && i < count; i++) {
        same = one[i] == other[i] || (ragged && (one[i] == 0 || other[i] == 0));
    }
    return same;
}

/** Read a whole number above 0; NULL where there is none, else what stands behind it. */
static const char *read_number(const char *text, uint64_t *number) {
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && errno == 0 && *number > 0 ? end : NULL;
}

int selection_read_nth(const char *text, struct selection *selection) {
    selection->nth_count = 0;
    while (selection->nth_count < SELECTION_RANGES_MAX) {
        struct selection_range range;
        text = read_number(text, &range.from);
        range.to = range.from;
        if (text && *text == '-') {
            text = read_number(text + 1, &range.to);
        }
        if (!text || range.to < range.from || range.to > INT64_MAX) {
            return -1;
        }
        selection->nth[selection->nth_count++] = range;
        if (*text != ',') {
            return *text ? -1 : 0;
        }
        text++;
    }
    return -1;
}

int selection_read_chance(const char *text, struct selection *selection) {
    char *end;
    bool plain = (*text >= '0' && *text <= '9') || *text == '.';
    double chance = plain ? strtod(text, &end) : 0;
    if (!plain || (strcmp(end, "%") != 0 && *end)) {
        return -1;
    }
    chance = *end ? chance / 100 : chance;
    selection->chance = chance;
    return chance > 0 && chance <= 1 ? 0 : -1;
}

int selection_read_above(const char *text, struct selection *selection) {
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    uint64_t bytes = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || errno != 0) {
        return -1;
    }
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (unit) {
        end++;
        end += strcmp(end, "iB") == 0 ? 2 : strcmp(end, "B") == 0 ? 1 : 0;
    }
    if (*end || bytes > (uint64_t)INT64_MAX >> shift) {
        return -1;
    }
    selection->sized = true;
    selection->above = bytes << shift;
    return 0;
}
