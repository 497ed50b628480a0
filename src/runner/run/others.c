// SPDX-License-Identifier: MIT
#include "runner/run/others.h"

#include "runner/target/procfile.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <limits.h>
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

bool others_allocate(const struct channel *channel) {
    for (unsigned i = 1; i < channel_processes(channel); i++) {
        if (mf_process_seen(channel_process(channel, i)) > 0) {
            return true;
        }
    }
    return false;
}

const char *others_absence(const struct channel *channel) {
    return others_allocate(channel)
               ? "the program made none, but processes that it started did; --follow "
                 "tests these"
               : "the program made none before it ended (keep a daemon in the "
                 "foreground), or has an allocator of its own (as Go programs do)";
}

/** Whether a list has a name. */
static bool has(const char *const *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/** The entry of an image, made if there is none: the list has room. */
static struct others_entry *entry_of(struct others_list *list, const char *image) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i].image, image) == 0) {
            return &list->entries[i];
        }
    }
    struct others_entry *entry = &list->entries[list->count++];
    snprintf(entry->image, sizeof(entry->image), "%s", image);
    return entry;
}

/** Make a list with room; 0 on success. */
static int make(struct others_list *list, size_t room) {
    *list = (struct others_list){.entries = calloc(room + 1, sizeof(list->entries[0]))};
    return list->entries ? 0 : -1;
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
    *others = (struct others){.before = others->before};
    if (make(&others->reached, count) != 0 || count == 0) {
        return others->reached.entries ? 0 : -1;
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
        struct others_entry *entry = entry_of(&others->reached, image);
        entry->processes++;
        entry->allocations += mf_process_seen(process);
    }
    return 0;
}

void others_note(void *images, pid_t pid) {
    struct others_images *noted = images;
    void *grown =
        reallocarray(noted->list, noted->count + 1, sizeof(struct others_image));
    if (grown) {
        noted->list = grown;
        struct others_image *image = &noted->list[noted->count++];
        image->pid = pid;
        procfile_image(pid, image->image, sizeof(image->image));
    }
}

/** Where the images begin that are looked at: with the one that is tested. */
static size_t first_of(const struct others_images *images, pid_t own, uint32_t before) {
    for (size_t i = 0; i < images->count; i++) {
        if (images->list[i].pid == own && before-- == 0) {
            return i;
        }
    }
    return images->count;
}

/** Whether the library ran in an image. */
static bool has_slot(const struct channel *channel, const struct others_image *image) {
    unsigned count = channel_processes(channel);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        const struct mf_process *process = channel_process(channel, i);
        char name[MF_IMAGE_MAX];
        read_image(process, name);
        found = atomic_load(&process->pid) == image->pid &&
                strncmp(name, image->image, MF_IMAGE_MAX) == 0;
    }
    return found;
}

int others_gather_unreached(struct others *others, const struct others_images *images,
                            const struct channel *channel, uint32_t before) {
    if (channel_processes(channel) == 0 || atomic_load(&channel->head->processes_lost)) {
        return 0;
    }
    pid_t own = atomic_load(&channel_process(channel, 0)->pid);
    if (make(&others->unreached, images->count) != 0) {
        return -1;
    }
    for (size_t i = first_of(images, own, before); i < images->count; i++) {
        if (!has_slot(channel, &images->list[i])) {
            char image[MF_IMAGE_MAX];
            memcpy(image, images->list[i].image, sizeof(image));
            printable_fix(image);
            entry_of(&others->unreached, image)->processes++;
        }
    }
    return 0;
}

void others_forget(struct others_images *images) {
    free(images->list);
    *images = (struct others_images){0};
}

/** Whether a file is in a folder of the system's: nobody builds its programs to test them. */
static bool is_of_system(const char *path) {
    static const char *const folders[] = {"/usr/", "/bin/", "/sbin/", "/lib"};
    for (size_t i = 0; i < COUNT(folders); i++) {
        if (strncmp(path, folders[i], strlen(folders[i])) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether an image is one that the user may want to test: not a script's interpreter. */
static bool is_users(const char *image, const char *file) {
    char path[PATH_MAX];
    bool found = realpath(file, path);
    return found && strcmp(path_base(path), image) == 0 && !is_of_system(path);
}

int others_gather_before(struct others_list *before, const struct channel *channel,
                         const char *file) {
    unsigned count = channel_processes(channel), last = 0;
    free(before->entries);
    if (make(before, count) != 0) {
        return -1;
    }
    pid_t own = count > 0 ? atomic_load(&channel_process(channel, 0)->pid) : 0;
    for (unsigned i = 1; i < count; i++) {
        last = atomic_load(&channel_process(channel, i)->pid) == own ? i : last;
    }
    for (unsigned i = 0; i < last; i++) {
        const struct mf_process *process = channel_process(channel, i);
        char image[MF_IMAGE_MAX];
        read_image(process, image);
        if (atomic_load(&process->pid) != own || mf_process_seen(process) == 0 ||
            others_is_launcher(image) || (i == 0 && !is_users(image, file))) {
            continue;
        }
        struct others_entry *entry = entry_of(before, image);
        entry->processes = 1;
        entry->allocations += mf_process_seen(process);
        entry->why = "it executes another program in its place, and that one is tested";
    }
    return 0;
}

void others_names(const struct others_list *list, char names[OTHERS_NAMES_MAX]) {
    size_t used = 0, i = 0;
    names[0] = '\0';
    for (; i < list->count && used + MF_IMAGE_MAX + 64 < OTHERS_NAMES_MAX; i++) {
        const struct others_entry *entry = &list->entries[i];
        used += (size_t)snprintf(names + used, OTHERS_NAMES_MAX - used, "%s%s",
                                 i > 0 ? ", " : "", entry->image);
        if (entry->processes > 1) {
            used += (size_t)snprintf(names + used, OTHERS_NAMES_MAX - used,
                                     " (%u processes)", entry->processes);
        }
    }
    if (i < list->count) {
        snprintf(names + used, OTHERS_NAMES_MAX - used, " and %zu more", list->count - i);
    }
}

bool others_is_wrapper(const char *image) {
    return has(wrappers, COUNT(wrappers), image);
}

bool others_is_launcher(const char *image) {
    return others_is_wrapper(image) || has(launchers, COUNT(launchers), image);
}

/** Whether one of the arguments names an image. */
static bool is_named(const char *image, char *const *argv) {
    for (size_t i = 1; argv[0] && argv[i]; i++) {
        const char *slash = strrchr(argv[i], '/');
        if (strcmp(slash ? slash + 1 : argv[i], image) == 0) {
            return true;
        }
    }
    return false;
}

const struct others_entry *others_behind(const struct others *others, char *const *argv) {
    const struct others_entry *only = NULL;
    size_t found = 0;
    for (size_t i = 0; i < others->reached.count; i++) {
        const struct others_entry *entry = &others->reached.entries[i];
        if (others_is_launcher(entry->image)) {
            continue;
        }
        if (entry->processes == 1 && is_named(entry->image, argv)) {
            return entry;
        }
        only = entry;
        found += entry->processes;
    }
    return found == 1 ? only : NULL;
}

void others_remove(struct others_list *list, const char *image) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i].image, image) == 0) {
            list->count--;
            memmove(&list->entries[i], &list->entries[i + 1],
                    (list->count - i) * sizeof(list->entries[0]));
            return;
        }
    }
}

void others_destroy(struct others *others) {
    free(others->before.entries);
    free(others->reached.entries);
    free(others->unreached.entries);
    *others = (struct others){0};
}
