// SPDX-License-Identifier: MIT
#include "runner/suite/deadline.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** This part of the time is for holding. */
#define PART 4
/** This part is for the look at a child; on a busy machine it is more, up to the other one. */
#define LOOK_PART     8
#define LOOK_PART_MAX 2
/** So far up it is looked for. */
#define ANCESTORS_MAX 12
/** The load is read once in so long: many processes are looked at at the same time. */
#define LOAD_PERIOD (20 * CLOCK_MILLISECOND)

/** The word behind one; NULL = it was the last. */
static const char *next(const char *word, const char *end) {
    word += strlen(word) + 1;
    return word < end ? word : NULL;
}

/** A duration as timeout(1) takes it, in ns; CLOCK_NEVER = it is none, or there is no limit. */
static uint64_t parse(const char *duration) {
    static const char units[] = "smhd";
    static const double seconds[] = {1, 60, 60 * 60, 24 * 60 * 60};
    char *end;
    double number = strtod(duration, &end);
    const char *unit = *end ? strchr(units, *end) : units;
    if (end == duration || !unit || (*end && end[1]) || !(number > 0) || number > 1e6) {
        return CLOCK_NEVER;
    }
    return (uint64_t)(number * seconds[unit - units] * (double)CLOCK_SECOND);
}

/** The time that a command gives to another one, if it is timeout(1); CLOCK_NEVER = it is not. */
static uint64_t time_given(const char *words, const char *end) {
    if (strcmp(path_base(words), "timeout") != 0) {
        return CLOCK_NEVER;
    }
    const char *word = next(words, end);
    while (word && word[0] == '-') {
        bool with_value = strcmp(word, "-s") == 0 || strcmp(word, "-k") == 0 ||
                          strcmp(word, "--signal") == 0 ||
                          strcmp(word, "--kill-after") == 0;
        word = next(word, end);
        if (with_value && word) {
            word = next(word, end);
        }
    }
    return word ? parse(word) : CLOCK_NEVER;
}

static double read_load(void) {
    double load = 0;
    char text[128] = "";
    FILE *file = fopen("/proc/loadavg", "re");
    if (file) {
        // "0.20 0.18 0.12 1/80 11206": the means of 1, 5 and 15 minutes, and how many run now,
        // of whom this process itself does not count.
        if (fgets(text, sizeof(text), file)) {
            char *end;
            load = strtod(text, &end);
            (void)strtod(end, &end);
            (void)strtod(end, &end);
            double running = (double)strtoul(end, NULL, 10) - 1;
            load = load > running ? load : running;
        }
        fclose(file);
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    double times = processors > 0 ? load / (double)processors : load;
    return times > 1 ? times : 1;
}

double deadline_load(void) {
    static uint64_t read_ns;
    static double times;
    uint64_t now = clock_now();
    if (times < 1 || now - read_ns >= LOAD_PERIOD) {
        times = read_load();
        read_ns = now;
    }
    return times;
}

/** Until when a process may be held that is given so much time; CLOCK_NEVER = for ever. */
static uint64_t until(pid_t pid, uint64_t given) {
    uint64_t part = given / PART;
    return given < CLOCK_NEVER ? clock_now() - procfile_age(pid) +
                                     (uint64_t)((double)part / deadline_load())
                               : CLOCK_NEVER;
}

static uint64_t sooner(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

uint64_t deadline_of(pid_t pid, struct harnesses *harnesses) {
    uint64_t deadline = CLOCK_NEVER;
    size_t size, own_size = 0;
    char *words = procfile_strings(pid, "cmdline", &size);
    for (int i = 0; i < ANCESTORS_MAX && words; i++) {
        pid_t parent = procfile_parent(pid);
        char *own = parent > 1 && parent != getpid()
                        ? procfile_strings(parent, "cmdline", &own_size)
                        : NULL;
        if (own) {
            struct testlist_match match;
            uint64_t given = time_given(own, own + own_size);
            deadline = sooner(deadline, until(parent, given));
            // The least limit counts, wherever it runs.
            const struct harness_command command = {words, size, NULL};
            if (harness_ask(harnesses, parent, own, own_size, &command, &match)) {
                deadline = sooner(deadline, until(pid, match.time_ns));
            }
        }
        free(words);
        words = own;
        size = own_size;
        pid = parent;
    }
    free(words);
    return deadline;
}

uint64_t deadline_look(uint64_t left_ns) {
    double times = deadline_load();
    uint64_t part = left_ns / LOOK_PART;
    return times < (double)LOOK_PART / LOOK_PART_MAX ? (uint64_t)((double)part * times)
                                                     : left_ns / LOOK_PART_MAX;
}
