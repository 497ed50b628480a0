// SPDX-License-Identifier: MIT
#include "runner/suite/deadline.h"

#include "runner/target/procfile.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** This part of the time is for holding. */
#define PART 4
/** What meson gives to a test, unless its build says otherwise. */
#define MESON_TIME (30 * CLOCK_SECOND)
/** So far up it is looked for. */
#define ANCESTORS_MAX 12

/** A file of a process, with a NUL behind it. */
struct text {
    char bytes[4096];
    size_t length;
};

static bool read_text(struct text *text, pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text->bytes, sizeof(text->bytes) - 1);
    if (fd >= 0) {
        close(fd);
    }
    text->length = length > 0 ? (size_t)length : 0;
    text->bytes[text->length] = '\0';
    return length > 0;
}

/** The argument behind one; NULL = it was the last. */
static const char *next(const struct text *text, const char *argument) {
    argument += strlen(argument) + 1;
    return argument < text->bytes + text->length ? argument : NULL;
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

/** The time that a process gives to another one, if it is timeout(1); 0 = it is not. */
static uint64_t time_given(pid_t pid) {
    struct text text;
    if (!read_text(&text, pid, "cmdline") ||
        strcmp(path_base(text.bytes), "timeout") != 0) {
        return 0;
    }
    const char *argument = next(&text, text.bytes);
    while (argument && argument[0] == '-') {
        bool with_value = strcmp(argument, "-s") == 0 || strcmp(argument, "-k") == 0 ||
                          strcmp(argument, "--signal") == 0 ||
                          strcmp(argument, "--kill-after") == 0;
        argument = next(&text, argument);
        if (with_value && argument) {
            argument = next(&text, argument);
        }
    }
    return argument ? parse(argument) : 0;
}

/** Whether a process is meson, by its own name or as its interpreter's first argument. */
static bool is_meson(pid_t pid) {
    struct text text;
    const char *argument = read_text(&text, pid, "cmdline") ? text.bytes : NULL;
    for (int i = 0; i < 2 && argument; i++) {
        const char *name = path_base(argument);
        if (strcmp(name, "meson") == 0 || strcmp(name, "meson.py") == 0) {
            return true;
        }
        argument = next(&text, argument);
    }
    return false;
}

/** How long ago a process started, in ns. */
static uint64_t age_of(pid_t pid) {
    struct text text;
    struct timespec now;
    uint64_t ticks;
    const char *field = read_text(&text, pid, "stat") ? strrchr(text.bytes, ')') : NULL;
    // The 22nd field; the name is the second.
    for (int i = 2; i < 22 && field; i++) {
        field = strchr(field + 1, ' ');
    }
    if (!field || sscanf(field, "%" SCNu64, &ticks) != 1 ||
        clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    uint64_t since = ticks * (CLOCK_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
    uint64_t now_ns = (uint64_t)now.tv_sec * CLOCK_SECOND + (uint64_t)now.tv_nsec;
    return now_ns > since ? now_ns - since : 0;
}

/** Until when a process may be held that is given so much time; CLOCK_NEVER = for ever. */
static uint64_t until(pid_t pid, uint64_t given) {
    return given > 0 ? clock_now() - age_of(pid) + given / PART : CLOCK_NEVER;
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
        deadline = sooner(deadline, until(parent, time_given(parent)));
        deadline = sooner(deadline, until(pid, is_meson(parent) ? MESON_TIME : 0));
        pid = parent;
    }
    return deadline;
}
