// SPDX-License-Identifier: MIT
#include "runner/formats/sourceroot.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** How many frames of each stack are looked at. */
#define FRAMES_MAX 64

/** Whether a folder is the top of a checkout. */
static bool is_top(const char *folder) {
    char path[PATH_MAX + sizeof(".git")];
    snprintf(path, sizeof(path), "%s.git", folder);
    return access(path, F_OK) == 0;
}

char *sourceroot_absolute(const char *folder) {
    char *real = realpath(folder, NULL);
    char *path = NULL;
    if (real && asprintf(&path, "%s%s", real, strcmp(real, "/") == 0 ? "" : "/") < 0) {
        errno = ENOMEM;
        path = NULL;
    }
    free(real);
    return path;
}

/** Make a folder's path that of the one above; false where there is none. */
static bool go_up(char *folder) {
    size_t length = strlen(folder);
    if (length <= 1) {
        return false;
    }
    folder[length - 1] = '\0';
    strrchr(folder, '/')[1] = '\0';
    return true;
}

/** Make a folder's path that of the checkout around it; false where there is none. */
static bool find_top(char *folder) {
    char top[PATH_MAX];
    snprintf(top, sizeof(top), "%s", folder);
    while (!is_top(top)) {
        if (!go_up(top)) {
            return false;
        }
    }
    strcpy(folder, top);
    return true;
}

/** Whether a path is of a folder where no sources of users are. */
static bool is_of_system(const char *path) {
    static const char *const folders[] = {"/usr/", "/etc/", "/proc/", "/sys/",
                                          "/dev/", "/run/", "/var/",  "/lib/"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (strncmp(path, folders[i], strlen(folders[i])) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether a file's name is that of source text. */
static bool is_source(const char *path) {
    static const char *const endings[] = {
        "c",   "cc", "cpp", "cxx", "C", "h", "hh",  "hpp", "hxx", "inc", "rs", "go",
        "zig", "d",  "m",   "mm",  "y", "l", "pyx", "pas", "f90", "adb", "S",  "tcc"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (strcmp(dot + 1, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** The source file of a frame that is there, to be freed; NULL = none. */
static char *file_of(const json_t *frame) {
    const char *file = json_string_value(json_object_get(frame, "file"));
    const char *directory = json_string_value(json_object_get(frame, "directory"));
    char path[PATH_MAX];
    if (!file || (*file != '/' && (!directory || *directory != '/'))) {
        return NULL;
    }
    int length = snprintf(path, sizeof(path), "%s%s%s", *file == '/' ? "" : directory,
                          *file == '/' ? "" : "/", file);
    char *real = length > 0 && (size_t)length < sizeof(path) && is_source(path)
                     ? realpath(path, NULL)
                     : NULL;
    struct stat status;
    if (real &&
        (is_of_system(real) || stat(real, &status) != 0 || !S_ISREG(status.st_mode))) {
        free(real);
        real = NULL;
    }
    return real;
}

/** What is known of the sources so far. */
struct search {
    /** The folder around the working directory. */
    const char *here;
    /** The folder that all have in common; "" = there are none yet. */
    char common[PATH_MAX];
    /** Whether there are some outside of `here`, and in it. */
    bool outside, inside;
};

/** Shorten a folder so that it is above a file, too. */
static void join(char *common, const char *file) {
    while (strncmp(file, common, strlen(common)) != 0 && go_up(common)) {
    }
}

/** Take a frame into account. */
static void see(struct search *search, const json_t *frame) {
    char *file = file_of(frame);
    if (!file) {
        return;
    }
    if (!search->common[0]) {
        snprintf(search->common, sizeof(search->common), "%s", file);
        strrchr(search->common, '/')[1] = '\0';
    }
    join(search->common, file);
    bool below = strncmp(file, search->here, strlen(search->here)) == 0;
    search->outside |= !below;
    search->inside |= below;
    free(file);
}

/** Take a place and the stack around it into account. */
static void see_stack(struct search *search, const json_t *site, const json_t *frames) {
    see(search, site);
    for (size_t i = 0; i < json_array_size(frames) && i < FRAMES_MAX; i++) {
        see(search, json_array_get(frames, i));
    }
}

/** Look where findings have failed and broken. */
static void see_findings(struct search *search, const json_t *root) {
    const json_t *finding;
    size_t at;
    json_array_foreach(json_object_get(root, "findings"), at, finding) {
        const json_t *injection = json_object_get(finding, "injection");
        see_stack(search, json_object_get(finding, "crash_site"),
                  json_object_get(finding, "frames"));
        see_stack(search, json_object_get(finding, "injection_site"),
                  json_object_get(injection, "frames"));
    }
}

/** Whether a folder is one that a user may well have sources in: two levels deep. */
static bool is_deep(const char *folder) {
    const char *second = strchr(folder + 1, '/');
    return second && second[1] && !is_of_system(folder);
}

char *sourceroot_find(const json_t *root) {
    char *absolute = sourceroot_absolute(".");
    char here[PATH_MAX];
    if (!absolute) {
        return NULL;
    }
    snprintf(here, sizeof(here), "%s", absolute);
    bool checkout = find_top(here);
    // Nobody keeps sources in "/" or "/home/": all files are outside of these.
    struct search search = {.here = checkout || is_deep(here) ? here : "//"};
    see_findings(&search, root);
    free(absolute);
    // CI systems want names relative to the checkout.
    if (!search.outside || (checkout && search.inside)) {
        return strdup(here);
    }
    char common[PATH_MAX];
    snprintf(common, sizeof(common), "%s", search.common);
    return strdup(find_top(common) || is_deep(common) ? common : here);
}
