// SPDX-License-Identifier: MIT
#include "runner/run/others.h"

#include "runner/util/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Programs that run others and do nothing else. */
static const char *const wrappers[] = {
    "timeout", "setsid", "flock",  "script",           "strace",  "ltrace",  "env",
    "nice",    "nohup",  "stdbuf", "dbus-run-session", "unshare", "taskset", "time",
    "setarch", "ionice", "chrt",   "faketime",         "setpriv", "chroot",
};

/** Programs whose work is done by those that they run. */
static const char *const launchers[] = {
    "sh",    "dash",  "bash",  "ksh",   "zsh",      "busybox", "make",  "gmake",
    "ninja", "ctest", "meson", "xargs", "parallel", "watch",   "prove",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** Whether a list has a name. */
static bool has(const char *const *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** The entry of an image, made where there is none: the list has room. */
static struct others_entry *entry_of(struct others *others, const char *image) {
    for (size_t i = 0; i < others->count; i++) {
        if (strcmp(others->list[i].image, image) == 0) {
            return &others->list[i];
        }
    }
    struct others_entry *entry = &others->list[others->count++];
    snprintf(entry->image, sizeof(entry->image), "%s", image);
    return entry;
}

/** A process's image, as a text. */
static void read_image(const struct mf_process *process, char image[MF_IMAGE_MAX]) {
    memcpy(image, process->image, MF_IMAGE_MAX);
    image[MF_IMAGE_MAX - 1] = '\0';
    printable_fix(image);
}

int others_gather(struct others *others, const struct channel *channel) {
    unsigned count = channel_processes(channel);
    char own[MF_IMAGE_MAX], image[MF_IMAGE_MAX];
    *others = (struct others){.list = calloc(count + 1, sizeof(others->list[0]))};
    if (!others->list || count == 0) {
        return others->list ? 0 : -1;
    }
    const struct mf_process *first = channel_process(channel, 0);
    read_image(first, own);
    for (unsigned i = 1; i < count; i++) {
        const struct mf_process *process = channel_process(channel, i);
        read_image(process, image);
        if (strcmp(image, own) == 0) {
            others->forks++;
            continue;
        }
        struct others_entry *entry = entry_of(others, image);
        entry->processes++;
        entry->allocations += mf_process_seen(process);
    }
    return 0;
}

void others_names(const struct others *others, char names[OTHERS_NAMES_MAX]) {
    size_t used = 0, i = 0;
    names[0] = '\0';
    for (; i < others->count && used + MF_IMAGE_MAX + 64 < OTHERS_NAMES_MAX; i++) {
        const struct others_entry *entry = &others->list[i];
        used += (size_t)snprintf(names + used, OTHERS_NAMES_MAX - used, "%s%s",
                                 i > 0 ? ", " : "", entry->image);
        if (entry->processes > 1) {
            used += (size_t)snprintf(names + used, OTHERS_NAMES_MAX - used,
                                     " (%u processes)", entry->processes);
        }
    }
    if (i < others->count) {
        snprintf(names + used, OTHERS_NAMES_MAX - used, " and %zu more",
                 others->count - i);
    }
}

bool others_is_wrapper(const char *image) {
    return has(wrappers, COUNT(wrappers), image);
}

bool others_is_launcher(const char *image) {
    return others_is_wrapper(image) || has(launchers, COUNT(launchers), image);
}

const struct others_entry *others_behind(const struct others *others) {
    const struct others_entry *only = NULL;
    for (size_t i = 0; i < others->count; i++) {
        const struct others_entry *entry = &others->list[i];
        if (others_is_launcher(entry->image)) {
            continue;
        }
        if (only || entry->processes > 1) {
            return NULL;
        }
        only = entry;
    }
    return only;
}

void others_destroy(struct others *others) {
    free(others->list);
    *others = (struct others){0};
}
