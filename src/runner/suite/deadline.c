// SPDX-License-Identifier: MIT
#include "runner/suite/deadline.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** This part of the time is for holding. */
#define PART 4
/** What meson gives to a test, unless its build says otherwise. */
#define MESON_TIME (30 * CLOCK_SECOND)
/** So far up it is looked for. */
#define ANCESTORS_MAX 12

/** The word behind one; NULL = it was the last. */
static const char *next(const char *word, const char *end) {
    word += strlen(word) + 1;
    return word < end ? word : NULL;
}

/** A duration as timeout(1) takes it, in ns; 0 = it is none, or there is no limit. */
static uint64_t parse(const char *duration) {
    static const char units[] = "smhd";
    static const double seconds[] = {1, 60, 60 * 60, 24 * 60 * 60};
    char *end;
    double number = strtod(duration, &end);
    const char *unit = *end ? strchr(units, *end) : units;
    if (end == duration || !unit || (*end && end[1]) || !(number > 0) || number > 1e6) {
        return 0;
    }
    return (uint64_t)(number * seconds[unit - units] * (double)CLOCK_SECOND);
}

/** The time that a command gives to another one, if it is timeout(1); 0 = it is not. */
static uint64_t time_given(const char *words, const char *end) {
    if (strcmp(path_base(words), "timeout") != 0) {
        return 0;
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
    return word ? parse(word) : 0;
}

/** Whether a command is meson, by its own name or as its interpreter's first argument. */
static bool is_meson(const char *words, const char *end) {
    const char *word = words;
    for (int i = 0; i < 2 && word; i++) {
        const char *name = path_base(word);
        if (strcmp(name, "meson") == 0 || strcmp(name, "meson.py") == 0) {
            return true;
        }
        word = next(word, end);
    }
    return false;
}

/** Until when a process may be held that is given so much time; CLOCK_NEVER = for ever. */
static uint64_t until(pid_t pid, uint64_t given) {
    return given > 0 ? clock_now() - procfile_age(pid) + given / PART : CLOCK_NEVER;
}

static uint64_t sooner(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

uint64_t deadline_of(pid_t pid) {
    uint64_t deadline = CLOCK_NEVER;
    for (int i = 0; i < ANCESTORS_MAX; i++) {
        pid_t parent = procfile_parent(pid);
        if (parent <= 1 || parent == getpid()) {
            break;
        }
        size_t size;
        char *words = procfile_strings(parent, "cmdline", &size);
        if (words) {
            uint64_t given = time_given(words, words + size);
            bool meson = is_meson(words, words + size);
            deadline = sooner(deadline, until(parent, given));
            deadline = sooner(deadline, until(pid, meson ? MESON_TIME : 0));
        }
        free(words);
        pid = parent;
    }
    return deadline;
}
