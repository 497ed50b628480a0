// SPDX-License-Identifier: MIT
#include "runner/target/policyfile.h"

#include "core/policy/locate.h"
#include "core/policy/spelling.h"
#include "runner/target/installed.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
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

/** A change of a text: where, counted as in errors, and by how many bytes. */
struct insertion {
    size_t offset;
    struct mf_locate_place place;
    size_t length;
    /** Whether what is behind has become the value of "rules". */
    bool wraps;
};

/** Parse the text in memory that is there for the length of the call only; 0, -1 with an error, or
 * -2 where there is no memory. */
static int parse(struct policyfile *file, struct mf_policy_error *error) {
    struct mf_arena arena = {.size = MF_POLICY_ARENA_SIZE};
    arena.memory = malloc(arena.size);
    int result = arena.memory ? mf_policy_parse(file->text, file->length, &arena,
                                                file->policy, error)
                              : -2;
    free(arena.memory);
    return result;
}

/** Put functions by name together, as members of a list. */
static char *join(const struct policyfile_allocations *allocations) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < allocations->count; i++) {
        json_array_append_new(list, json_string(allocations->texts[i]));
    }
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    if (text) {
        text[strlen(text) - 1] = '\0';
    }
    return text;
}

/** Where the list of functions by name begins in a valid text, or would. */
static struct insertion find_list(const struct policyfile *file, const json_t *root) {
    static const struct mf_locate_step step = {.key = "allocations"};
    struct insertion at = {.offset = strspn(file->text, " \t\r\n"),
                           .wraps = json_is_array(root)};
    if (json_is_array(json_object_get(root, "allocations"))) {
        struct mf_locate_place place =
            mf_locate_path(file->text, file->length, &step, 1, 0);
        const char *line = file->text;
        for (int i = 1; i < place.line; i++) {
            line = strchr(line, '\n') + 1;
        }
        at.offset = (size_t)(line - file->text) + (size_t)place.column - 1;
    }
    at.offset += !at.wraps;
    at.place = mf_locate_offset(file->text, at.offset);
    return at;
}

/** Add functions by name to a valid text; -1 where it would be too long, or memory ran out. */
static int lend(struct policyfile *file, const json_t *root,
                const struct policyfile_allocations *allocations, struct insertion *at) {
    const json_t *own = json_object_get(root, "allocations");
    bool more = own ? json_array_size(own) > 0 : json_object_size(root) > 0;
    char *list = join(allocations), *text = NULL;
    *at = find_list(file, root);
    const char *rest = file->text + at->offset;
    int length = !list ? -1
                       : asprintf(&text, "%.*s%s%s%s%s%s%s", (int)at->offset, file->text,
                                  at->wraps ? "{" : "",
                                  own ? "" : "\"allocations\":", own ? list + 1 : list,
                                  own ? "" : "]",
                                  at->wraps ? ",\"rules\":"
                                  : more    ? ","
                                            : "",
                                  rest);
    free(list);
    if (length < 0 || (size_t)length + at->wraps > MF_POLICY_TEXT_MAX) {
        free(length < 0 ? NULL : text);
        return -1;
    }
    at->length = (size_t)length - file->length;
    memcpy(file->text, text, (size_t)length);
    file->length = (size_t)length;
    if (at->wraps) {
        file->text[file->length++] = '}';
    }
    file->text[file->length] = '\0';
    free(text);
    return 0;
}

/** Say of an error in the changed text where it is in the user's. */
static void put_back(const struct insertion *at, struct mf_policy_error *error) {
    static const char wrapped[] = "$.rules";
    if (error->line == at->place.line && error->column >= at->place.column) {
        int column = error->column - (int)at->length;
        error->column = column > at->place.column ? column : at->place.column;
    }
    if (at->wraps && strncmp(error->path, wrapped, strlen(wrapped)) == 0) {
        memmove(error->path + 1, error->path + strlen(wrapped),
                strlen(error->path + strlen(wrapped)) + 1);
    }
}

/** Parse it, with functions by name added where it is wrong without them. */
static int parse_with(struct policyfile *file,
                      const struct policyfile_allocations *allocations,
                      const struct diag *diag) {
    struct mf_policy_error error;
    int result = parse(file, &error);
    json_t *root =
        result == -1 && allocations->count > 0
            ? json_loadb(file->text, file->length, JSON_REJECT_DUPLICATES, NULL)
            : NULL;
    struct insertion at;
    if (root && lend(file, root, allocations, &at) == 0) {
        file->lent = true;
        result = parse(file, &error);
        put_back(&at, &error);
    }
    json_decref(root);
    if (result == -2) {
        diag_no_memory(diag);
    } else if (result != 0) {
        diag_error(diag, "%s:%d:%d: %s: %s", file->name, error.line, error.column,
                   error.path, error.text);
    }
    return result;
}

int policyfile_load(struct policyfile *file, const char *argument,
                    const struct diag *diag) {
    const struct policyfile_allocations none = {.count = 0};
    return policyfile_load_with(file, argument, &none, diag);
}

int policyfile_load_with(struct policyfile *file, const char *argument,
                         const struct policyfile_allocations *allocations,
                         const struct diag *diag) {
    *file = (struct policyfile){0};
    file->text = calloc(1, MF_POLICY_TEXT_MAX + 2);
    file->policy = malloc(sizeof(*file->policy));
    if (!file->text || !file->policy) {
        diag_no_memory(diag);
        goto fail;
    }
    if (read_text(file, argument, diag) != 0 ||
        parse_with(file, allocations, diag) != 0) {
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
