// SPDX-License-Identifier: MIT
#include "runner/suite/others.h"

#include "runner/util/printable.h"

#include <stdlib.h>

/** The most programs that are named for each reason. */
#define NAMES_MAX 12

/** Why programs are not tested. */
static const struct reason {
    /** Of one program. */
    const char *one;
    /** Of several, behind "because they"; NULL = the library cannot be loaded into them. */
    const char *several;
    /** What follows behind their names. */
    const char *advice;
} reasons[MF_SUITE_WHYS] = {
    [MF_SUITE_UNWANTED] = {"--program does not select it", NULL, NULL},
    [MF_SUITE_STATIC] = {"statically linked", NULL, NULL},
    [MF_SUITE_PRIVILEGED] = {"set-user-ID or set-group-ID", NULL, NULL},
    [MF_SUITE_FOREIGN] = {"made for another processor", NULL, NULL},
    [MF_SUITE_VALGRIND] = {"run under valgrind", "run under valgrind",
                           "; configure the suite to run without valgrind"},
    [MF_SUITE_INSIDE] = {"it has a malloc inside", "have a malloc inside", NULL},
    [MF_SUITE_USER] = {"ran as another user", "ran as another user", NULL},
    [MF_SUITE_APART] =
        {"ran where /proc does not show mallocfail",
         "ran where /proc does not show mallocfail (chroot, PID namespace)", NULL},
    [MF_SUITE_LIBC] = {"made for another C library", NULL, NULL},
    [MF_SUITE_CRAMPED] = {"too little address space or data (ulimit -v, -d)",
                          "have too little address space or data (ulimit -v, -d)", NULL},
    [MF_SUITE_NAMESPACE] = {"ran in another user namespace",
                            "ran in another user namespace (unshare -U)", NULL},
    [MF_SUITE_RIGHTS] = {"ran with fewer rights than mallocfail",
                         "ran with fewer rights than mallocfail", NULL},
};

const char *others_why(uint32_t why) {
    return why < MF_SUITE_WHYS ? reasons[why].one : NULL;
}

uint32_t others_read(const struct mf_suite *suite, struct mf_suite_other *others,
                     uint32_t *lost) {
    const uint32_t room = MF_SUITE_OTHERS_MAX / 2;
    uint32_t kept = 0;
    *lost = 0;
    for (unsigned half = 0; half < 2; half++) {
        uint32_t count = atomic_load(&suite->others_used[half]);
        *lost += count > room ? count - room : 0;
        for (uint32_t i = 0; i < count && i < room; i++) {
            others[kept] = suite->others[half][i];
            others[kept++].name[MF_SUITE_NAME_MAX - 1] = '\0';
        }
    }
    return kept;
}

static int by_processes(const void *a, const void *b) {
    uint32_t one = ((const struct mf_suite_other *)a)->processes;
    uint32_t other = ((const struct mf_suite_other *)b)->processes;
    return (one < other) - (one > other);
}

/** Begin the line of those that are not tested for a reason. */
static void print_reason(const struct mf_suite *suite, uint32_t why, FILE *stream) {
    fputs("mallocfail: not tested, because ", stream);
    if (why == MF_SUITE_UNWANTED) {
        fputs(suite->glob_count > 0
                  ? "no --program selects them"
                  : "they are programs of the system (--program selects others)",
              stream);
    } else if (reasons[why].several) {
        fprintf(stream, "they %s", reasons[why].several);
    } else {
        fprintf(stream, "the library cannot be loaded into them (%s)", reasons[why].one);
    }
}

/** Name those that are not tested for a reason. */
static void print_why(const struct mf_suite *suite, const struct mf_suite_other *others,
                      uint32_t count, uint32_t why, FILE *stream) {
    unsigned named = 0, more = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (others[i].why != why) {
            continue;
        }
        if (named == NAMES_MAX) {
            more++;
            continue;
        }
        if (named == 0) {
            print_reason(suite, why, stream);
        }
        fputs(named++ == 0 ? ": " : ", ", stream);
        printable_put(others[i].name, stream);
        fprintf(stream, " (%u)", (unsigned)others[i].processes);
    }
    if (more > 0) {
        fprintf(stream, " and %u more", more);
    }
    if (named > 0) {
        fprintf(stream, "%s\n", reasons[why].advice ? reasons[why].advice : "");
    }
}

void others_print(const struct mf_suite *suite, FILE *stream) {
    struct mf_suite_other others[MF_SUITE_OTHERS_MAX];
    uint32_t lost;
    uint32_t kept = others_read(suite, others, &lost);
    qsort(others, kept, sizeof(others[0]), by_processes);
    for (uint32_t why = MF_SUITE_WHYS; why-- > 0;) {
        print_why(suite, others, kept, why, stream);
    }
    if (lost > 0) {
        fprintf(stream,
                "mallocfail: %u more processes of other programs were not tested\n",
                (unsigned)lost);
    }
}

bool others_all_under_valgrind(const struct mf_suite *suite) {
    struct mf_suite_other others[MF_SUITE_OTHERS_MAX];
    uint32_t lost;
    uint32_t kept = others_read(suite, others, &lost);
    bool any = false;
    for (uint32_t i = 0; i < kept; i++) {
        if (others[i].why == MF_SUITE_UNWANTED || others[i].why == MF_SUITE_PRIVILEGED) {
            continue;
        }
        if (others[i].why != MF_SUITE_VALGRIND) {
            return false;
        }
        any = true;
    }
    return any;
}
