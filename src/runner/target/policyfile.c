// SPDX-License-Identifier: MIT
#include "runner/target/policyfile.h"

#include "core/policy/spelling.h"
#include "runner/target/installed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Read up to `room` bytes; -1 with errno on failure. */
static ssize_t read_all(int fd, char *buffer, size_t room) {
    size_t length = 0;
    while (length < room) {
        ssize_t got = read(fd, buffer + length, room - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        length += (size_t)got;
    }
    return (ssize_t)length;
}

/** Tell that a policy cannot be opened, and which one that comes with mallocfail is near. */
static void tell_absent(const char *name, int error, const struct diag *diag) {
    struct mf_spelling spelling = {.word = name};
    bool is_path = strchr(name, '/') || error != ENOENT;
    char **names = is_path ? NULL : installed_list("policies", ".json");
    for (size_t i = 0; names && names[i]; i++) {
        mf_spelling_offer(&spelling, names[i]);
    }
    if (spelling.likely) {
        diag_error(diag, "cannot open the policy '%s': %s: did you mean '%s'?", name,
                   strerror(error), spelling.likely);
    } else {
        diag_error(diag, "cannot open the policy '%s': %s%s", name, strerror(error),
                   is_path ? "" : " ('mallocfail list' names those that come with it)");
    }
    installed_release(names);
}

/** Read the named file into `text`, one byte more than is allowed to see what is too
 * long. */
static int read_file(struct policyfile *file, const struct diag *diag) {
    int fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        tell_absent(file->name, errno, diag);
        return -1;
    }
    ssize_t length = read_all(fd, file->text, MF_POLICY_TEXT_MAX + 1);
    int saved = errno;
    close(fd);
    if (length < 0) {
        diag_error(diag, "cannot read the policy '%s': %s", file->name, strerror(saved));
        return -1;
    }
    file->length = (size_t)length;
    return 0;
}

/** Get the text, by whichever way the user gave it. */
static int read_text(struct policyfile *file, const char *argument,
                     const struct diag *diag) {
    if (strcmp(argument, "-") == 0) {
        diag_error(diag, "a policy cannot come from the standard input, which is the "
                         "target's: name a file, or give the JSON itself");
        return -1;
    }
    if (argument[0] != '{' && argument[0] != '[') {
        if (access(argument, F_OK) != 0) {
            file->installed = installed_find("policies", argument, ".json");
        }
        file->name = file->installed ? file->installed : argument;
        return read_file(file, diag);
    }
    file->name = "(inline policy)";
    file->length = strnlen(argument, MF_POLICY_TEXT_MAX + 1);
    memcpy(file->text, argument, file->length);
    return 0;
}

/** Parse the text in memory that is there for the length of the call only. */
static int parse(struct policyfile *file, const struct diag *diag) {
    struct mf_arena arena = {.size = MF_POLICY_ARENA_SIZE};
    arena.memory = malloc(arena.size);
    if (!arena.memory) {
        diag_no_memory(diag);
        return -1;
    }
    struct mf_policy_error error;
    int result = mf_policy_parse(file->text, file->length, &arena, file->policy, &error);
    if (result != 0) {
        diag_error(diag, "%s:%d:%d: %s: %s", file->name, error.line, error.column,
                   error.path, error.text);
    }
    free(arena.memory);
    return result;
}

int policyfile_load(struct policyfile *file, const char *argument,
                    const struct diag *diag) {
    *file = (struct policyfile){0};
    file->text = malloc(MF_POLICY_TEXT_MAX + 1);
    file->policy = malloc(sizeof(*file->policy));
    if (!file->text || !file->policy) {
        diag_no_memory(diag);
        goto fail;
    }
    if (read_text(file, argument, diag) != 0 || parse(file, diag) != 0) {
        goto fail;
    }
    return 0;

fail:
    policyfile_destroy(file);
    return -1;
}

void policyfile_destroy(struct policyfile *file) {
    free(file->policy);
    free(file->text);
    free(file->installed);
    *file = (struct policyfile){0};
}
