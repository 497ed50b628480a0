// SPDX-License-Identifier: MIT
#include "runner/cmd/options.h"

#include "core/policy/allocator.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

/** The longest time that is taken for one, in units of a second: a year. */
#define SECONDS_MAX (366 * UINT64_C(86400))

void options_complain(int result, char *const *argv, const struct diag *diag) {
    const char *word = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;
    const char *name = is_long || !optopt ? word : letter;
    const char *before = "unknown ", *behind = "";
    if (result == ':') {
        before = "";
        behind = " needs an argument";
    } else if (is_long && optopt) {
        before = "";
        behind = " takes no argument";
    }
    // Subcommands have their own name for a first word.
    const char *own = strcmp(argv[0], program_invocation_name) == 0 ? "" : argv[0];
    diag_error(diag, "%soption '%s'%s: try 'mallocfail %s%s--help'", before, name, behind,
               own, *own ? " " : "");
}

/** Read digits; NULL where they become too many. */
static const char *read_digits(const char *at, uint64_t *value) {
    for (; *at >= '0' && *at <= '9'; at++) {
        *value = *value * 10 + (uint64_t)(*at - '0');
        if (*value > SECONDS_MAX * 1000) {
            return NULL;
        }
    }
    return at;
}

/** Read what stands behind the point, as part of a unit. */
static const char *read_fraction(const char *at, uint64_t *ns_of_second) {
    uint64_t place = CLOCK_SECOND / 10;
    for (; *at >= '0' && *at <= '9'; at++) {
        *ns_of_second += place * (uint64_t)(*at - '0');
        place /= 10;
    }
    return at;
}

/** How many ns a unit has; 0 where it is none. */
static uint64_t unit(const char *name) {
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"", CLOCK_SECOND},       {"ms", CLOCK_MILLISECOND},  {"s", CLOCK_SECOND},
        {"m", 60 * CLOCK_SECOND}, {"h", 3600 * CLOCK_SECOND},
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].name, name) == 0) {
            return units[i].ns;
        }
    }
    return 0;
}

int options_duration(const char *text, uint64_t *ns) {
    uint64_t whole = 0;
    uint64_t fraction = 0;
    const char *at = read_digits(text, &whole);
    if (!at || at == text) {
        return -1;
    }
    if (*at == '.') {
        at = read_fraction(at + 1, &fraction);
    }
    uint64_t size = unit(at);
    if (size == 0 || whole > SECONDS_MAX * CLOCK_SECOND / size) {
        return -1;
    }
    *ns =
        whole * size + (uint64_t)((double)fraction / (double)CLOCK_SECOND * (double)size);
    return *ns > 0 ? 0 : -1;
}

int options_timeout(const char *text, uint64_t *ns, const struct diag *diag) {
    if (options_duration(text, ns) == 0) {
        return 0;
    }
    diag_error(diag, "'%s' is no time for --timeout: use 500ms, 10s, 2m or 1h", text);
    return -1;
}

int options_allocator(const char *word, uint32_t *allocator, const struct diag *diag) {
    uint32_t found = mf_allocator_find(word);
    if (found == MF_ALLOCATOR_COUNT) {
        diag_error(diag, "'%s' is no choice for --allocator: use " MF_ALLOCATOR_CHOICES,
                   word);
        return -1;
    }
    *allocator = found + 1;
    return 0;
}
