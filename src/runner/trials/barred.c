// SPDX-License-Identifier: MIT
#include "runner/trials/barred.h"

#include <stdlib.h>
#include <string.h>

/** So many children tell what happens to those of a call site. */
#define TRIED_MIN 3
/** The most system calls that are printed. */
#define PRINTED_MAX 4

void barred_init(struct barred *barred, size_t sites) {
    *barred = (struct barred){.sites = calloc(sites + 1, sizeof(barred->sites[0]))};
    barred->site_count = barred->sites ? sites : 0;
}

/** Count a system call; its index. */
static size_t count_call(struct barred *barred, const char *name) {
    size_t at = 0;
    while (at < barred->call_count && strcmp(barred->calls[at].name, name) != 0) {
        at++;
    }
    if (at == BARRED_CALLS_MAX) {
        return at;
    }
    if (at == barred->call_count) {
        barred->call_count++;
        snprintf(barred->calls[at].name, BARRED_NAME_MAX, "%s", name);
    }
    barred->calls[at].count++;
    return at;
}

size_t barred_note(struct barred *barred, size_t site, const char *name) {
    if (site < barred->site_count) {
        barred->sites[site].tried++;
        barred->sites[site].ended += name[0] != '\0';
    }
    return name[0] ? count_call(barred, name) : BARRED_CALLS_MAX;
}

bool barred_is_hopeless(const struct barred *barred, size_t site) {
    const struct barred_site *known =
        site < barred->site_count ? &barred->sites[site] : NULL;
    return known && known->tried >= TRIED_MIN && known->ended == known->tried;
}

static int by_count(const void *a, const void *b) {
    const struct barred_call *one = a;
    const struct barred_call *other = b;
    return (other->count > one->count) - (other->count < one->count);
}

void barred_print(struct barred *barred, FILE *stream) {
    const char *before = "";
    qsort(barred->calls, barred->call_count, sizeof(barred->calls[0]), by_count);
    for (size_t i = 0; i < barred->call_count && i < PRINTED_MAX; i++) {
        if (barred->calls[i].count == 0) {
            break;
        }
        fprintf(stream, "%s%s %zu", before, barred->calls[i].name,
                barred->calls[i].count);
        before = ", ";
    }
    if (barred->call_count > PRINTED_MAX) {
        fputs(", …", stream);
    }
}

void barred_destroy(struct barred *barred) {
    free(barred->sites);
    *barred = (struct barred){0};
}
