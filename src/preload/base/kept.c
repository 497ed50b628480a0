// SPDX-License-Identifier: MIT
#include "preload/base/kept.h"

#include "core/channel/channel.h"
#include "preload/base/env.h"
#include "preload/base/sys.h"

#include <string.h>

/** Longer ones are not kept. */
#define TEXT_MAX 4096
/** How often in a row an environment is mended. */
#define DEPTH_MAX 9
/** The largest environment that is mended: the copy stands on the caller's stack. */
#define ENTRIES_MAX 4096
/** The length of the channel's "PID/FD"; "/N" behind it says how often it was mended. */
#define CHANNEL_LENGTH 21

/** A variable, and what lies between our part of its value and another one. */
struct variable {
    const char *name;
    char between;
};

enum { PRELOAD, CHANNEL, OPTIONS };

/** What src/runner/target/environment.c sets; in a suite only the first three. */
static const struct variable variables[] = {
    [PRELOAD] = {"LD_PRELOAD", ':'},
    [CHANNEL] = {MF_CHANNEL_VARIABLE, '/'},
    [OPTIONS] = {"ASAN_OPTIONS", ':'},
    {"LSAN_OPTIONS", ':'},
    {"UBSAN_OPTIONS", ':'},
    {"TSAN_OPTIONS", ':'},
    {"MSAN_OPTIONS", ':'},
    {"VALGRIND_OPTS", ' '},
};

#define COUNT (sizeof(variables) / sizeof(variables[0]))
/** The length of MF_ASAN_OPTION. */
#define OPTION_LENGTH (sizeof(MF_ASAN_OPTION) - 1)

static struct {
    /** Their values; NULL = not kept. */
    const char *values[COUNT];
    /** How often the environment has been mended that this image was given. */
    int depth;
    /** Who could read the library. */
    uint32_t user;
    size_t used;
    char text[TEXT_MAX];
} kept;

/** Copy the first bytes of a value; NULL if there is no room. */
static const char *copy(const char *value, size_t length) {
    char *to = kept.text + kept.used;
    if (length >= TEXT_MAX - kept.used) {
        return NULL;
    }
    memcpy(to, value, length);
    to[length] = '\0';
    kept.used += length + 1;
    return to;
}

/** Whether a value of the channel's says that this is a suite's process. */
static bool is_suites(const char *channel) {
    return channel && strlen(channel) >= CHANNEL_LENGTH && strchr("+-", channel[10]);
}

/** The part of a sanitizer's options that is ours in a suite; NULL = none. */
static const char *suites_part(size_t variable, const char *options) {
    bool ours = variable == OPTIONS && options &&
                strncmp(options, MF_ASAN_OPTION, OPTION_LENGTH) == 0;
    return ours ? MF_ASAN_OPTION : NULL;
}

void mf_kept_take(void) {
    bool suite = is_suites(mf_env_find(MF_CHANNEL_VARIABLE));
    kept.user = mf_sys_user();
    for (size_t i = 0; i < COUNT; i++) {
        const char *value = mf_env_find(variables[i].name);
        value = suite && i >= OPTIONS ? suites_part(i, value) : value;
        size_t length = value ? strlen(value) : 0;
        if (i == PRELOAD && value) {
            // What stands behind our library is the user's; in front of it, rarely.
            const char *ours = strstr(value, "/libmallocfail");
            while (ours && ours > value && ours[-1] != ':') {
                ours--;
            }
            value = ours ? ours : value;
            const char *end = strchr(value, ':');
            length = end ? (size_t)(end - value) : strlen(value);
        } else if (i == CHANNEL && length == CHANNEL_LENGTH + 2) {
            kept.depth = value[CHANNEL_LENGTH + 1] - '0';
            length = CHANNEL_LENGTH;
        }
        kept.values[i] = value ? copy(value, length) : NULL;
    }
}

/** Which variable of ours an entry is of; COUNT = none. */
static size_t index_of(const char *entry) {
    for (size_t i = 0; i < COUNT; i++) {
        size_t length = strlen(variables[i].name);
        if (kept.values[i] && strncmp(entry, variables[i].name, length) == 0 &&
            entry[length] == '=') {
            return i;
        }
    }
    return COUNT;
}

/** The entry of a variable; NULL = none. */
static char *find(char *const *envp, size_t variable) {
    for (; envp && *envp; envp++) {
        if (index_of(*envp) == variable) {
            return *envp;
        }
    }
    return NULL;
}

/** Whether ours is part of a variable's value. */
static bool is_there(char *const *envp, size_t variable) {
    const char *entry = find(envp, variable);
    return !kept.values[variable] || (entry && strstr(entry, kept.values[variable]));
}

/** Whether our library is out of reach, as in another root, or for another user: the loader
 * would complain in each program. Who is another user now may still have capabilities that
 * the program to be executed will not have. */
static bool is_gone(void) {
    struct mf_sys_file file;
    const char *library = kept.values[PRELOAD];
    return library && (mf_sys_look_at(library, &file) != 0 ||
                       (mf_sys_user() != kept.user && !mf_sys_may_read(library)));
}

/** Ours in the entry of a variable; NULL = it is not there. */
static const char *find_ours(char *const *envp, size_t variable) {
    const char *entry = find(envp, variable);
    return entry && kept.values[variable] ? strstr(entry, kept.values[variable]) : NULL;
}

bool mf_kept_is_lacking(char *const *envp, bool alien) {
    if (alien || is_gone()) {
        return find_ours(envp, PRELOAD) && mf_kept_entries(envp) <= ENTRIES_MAX;
    }
    bool ours = kept.values[PRELOAD] && kept.values[CHANNEL] && kept.depth < DEPTH_MAX;
    if (!ours || (find(envp, CHANNEL) && !is_there(envp, CHANNEL)) ||
        mf_kept_entries(envp) > ENTRIES_MAX) {
        return false;
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (!is_there(envp, i)) {
            return true;
        }
    }
    return false;
}

size_t mf_kept_entries(char *const *envp) {
    size_t count = COUNT + 1;
    for (; envp && *envp; envp++) {
        count++;
    }
    return count;
}

size_t mf_kept_bytes(char *const *envp) {
    size_t bytes = kept.used;
    for (size_t i = 0; i < COUNT; i++) {
        const char *theirs = find(envp, i);
        bytes += strlen(variables[i].name) + 4 + (theirs ? strlen(theirs) : 0);
    }
    return bytes;
}

/** Write an entry with our value, and theirs behind it; the place past its end. */
static char *put(char *text, size_t variable, const char *theirs) {
    const char between[] = {variables[variable].between, '\0'};
    char *end = text;
    strcpy(end, variables[variable].name);
    strcat(end, "=");
    strcat(end, kept.values[variable]);
    if (theirs && *theirs) {
        strcat(end, between);
        strcat(end, theirs);
    }
    return end + strlen(end) + 1;
}

/** Copy an environment without our library. */
static void take_out(char **list, char *text, char *const *envp) {
    const char *entry = find(envp, PRELOAD), *ours = find_ours(envp, PRELOAD);
    for (char *const *at = envp; at && *at; at++) {
        if (*at != entry) {
            *list++ = *at;
        }
    }
    *list = NULL;
    if (!entry || !ours) {
        return;
    }
    const char *behind = ours + strlen(kept.values[PRELOAD]);
    // What the user has in front of it, and behind it.
    size_t length = (size_t)(ours - entry);
    memcpy(text, entry, length);
    strcpy(text + length, behind[0] && strchr("=", ours[-1]) ? behind + 1 : behind);
    if (length > sizeof("LD_PRELOAD=") - 1 || behind[0]) {
        *list++ = text;
    }
    *list = NULL;
}

void mf_kept_add(char **list, char *text, char *const *envp, bool alien) {
    if (alien || is_gone()) {
        take_out(list, text, envp);
        return;
    }
    const char depth[] = {(char)('1' + kept.depth), '\0'};
    for (char *const *at = envp; at && *at; at++) {
        if (index_of(*at) == COUNT) {
            *list++ = *at;
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        char *theirs = find(envp, i);
        if (i != CHANNEL && theirs && is_there(envp, i)) {
            *list++ = theirs;
        } else if (kept.values[i]) {
            *list++ = text;
            text = put(text, i,
                       i == CHANNEL ? depth
                       : theirs     ? theirs + strlen(variables[i].name) + 1
                                    : NULL);
        }
    }
    *list = NULL;
}
