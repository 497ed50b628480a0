// SPDX-License-Identifier: MIT
#include "runner/suite/gaps.h"

#include "runner/code/elffile.h"
#include "runner/diagnose/callname.h"
#include "runner/explore/untested.h"
#include "runner/target/image.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"

#include <stdlib.h>
#include <string.h>

/** So long files are looked at: programs can be many, and large. */
#define LOOK_TIME (2 * CLOCK_SECOND)

/** Whether a program is among those before it. */
static bool is_listed(const char *const *programs, size_t count, const char *program) {
    while (count > 0 && strcmp(programs[count - 1], program) != 0) {
        count--;
    }
    return count > 0;
}

/** Whether a module is a program, by its file. */
static bool is_program(const char *path) {
    struct elffile *file = path[0] == '/' ? elffile_open(path) : NULL;
    bool is = file && elffile_has_interpreter(file);
    elffile_close(file);
    return is;
}

/** List the files of all programs, each once: those of commands, and those that allocations
 * came from, for a command may have been gone before it was looked at. NULL when memory ran
 * out; to be freed. */
static const char **list_programs(const struct commands *commands,
                                  const struct modules *modules, size_t *count) {
    const char **programs =
        calloc(commands->count + modules->count + 1, sizeof(programs[0]));
    for (size_t i = 0; programs && i < commands->count; i++) {
        const char *program = commands->list[i].program;
        if (program && !is_listed(programs, *count, program)) {
            programs[(*count)++] = program;
        }
    }
    for (uint32_t i = 0; programs && i < modules->count; i++) {
        const char *path = modules->entries[i].path;
        const char *name = modules_name(modules, i);
        if (name && !callname_is_library(name) && !is_listed(programs, *count, path) &&
            is_program(path)) {
            programs[(*count)++] = path;
        }
    }
    return programs;
}

/** Look at a program's file: what of its allocator is not reached, and what that, or its
 * sanitizer, does not show. */
static void look_at(struct campaign *campaign, const char *program) {
    struct preflight preflight = {.program.binary = (char *)program};
    bool known = image_inspect(program, program, &preflight.facts) == 0;
    bool inside = preflight.facts & (IMAGE_OWN_MALLOC | IMAGE_SANITIZED);
    if (!known || (inside && patches_find(&preflight.patches, program, true) != 0)) {
        return;
    }
    untested_look_inside(&campaign->unreached, &preflight);
    unseen_find(&campaign->unseen, &preflight, false, path_base(program));
}

/** Whether a process of the same program that maps memory for itself is before one. */
static bool is_told(const struct channel *channel, unsigned at) {
    const struct mf_process *own = channel_process(channel, at);
    while (at-- > 0) {
        const struct mf_process *process = channel_process(channel, at);
        if (atomic_load(&process->mapped) &&
            strncmp(process->image, own->image, sizeof(own->image)) == 0) {
            return true;
        }
    }
    return false;
}

/** Tell what processes did. */
static void look_at_processes(struct campaign *campaign, const struct channel *channel) {
    uint64_t apart = 0;
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        const struct mf_process *process = channel_process(channel, i);
        apart |= atomic_load(&process->apart);
        if (atomic_load(&process->mapped) &&
            memchr(process->image, '\0', sizeof(process->image)) &&
            !is_told(channel, i)) {
            untested_look_around(&campaign->unreached, 0, true, process->image);
        }
    }
    untested_look_around(&campaign->unreached, apart, false, NULL);
}

void gaps_find(struct campaign *campaign, struct desks *desks) {
    uint64_t until = clock_now() + LOOK_TIME;
    until = until < campaign->until_ns ? until : campaign->until_ns;
    size_t count = 0, done = 0;
    const char **programs =
        list_programs(&desks->commands, &campaign->oracle.stacks.modules, &count);
    while (programs && done < count && clock_now() < until) {
        look_at(campaign, programs[done++]);
    }
    const struct untested_files files = {
        .programs = programs,
        .count = done,
        .modules = &campaign->oracle.stacks.modules,
    };
    if (programs && clock_now() < until) {
        untested_look_at(&campaign->unreached, &files);
    } else {
        done = 0;
    }
    look_at_processes(campaign, &desks->channel);
    campaign->not_looked_at = count - done;
    free(programs);
}
