// SPDX-License-Identifier: MIT
#include "unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int unit_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

static _Noreturn void bail_out(const char *what, const char *why) {
    printf("Bail out! %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void source_path(char *path, size_t size, const char *folder, const char *name) {
    const char *root = getenv("MF_SOURCE");
    if (!root) {
        bail_out("MF_SOURCE", "not set; it names the source tree");
    }
    if (snprintf(path, size, "%s/%s/%s", root, folder, name) >= (int)size) {
        bail_out(folder, "path too long");
    }
}

/** Make the bytes one block of exactly their size, so that a sanitizer sees an
 * overrun. */
static void fit(struct unit_file *file, const char *path) {
    char *exact = malloc(file->length > 0 ? file->length : 1);
    if (!exact) {
        bail_out(path, strerror(errno));
    }
    memcpy(exact, file->bytes, file->length);
    free(file->bytes);
    file->bytes = exact;
}

struct unit_file unit_read(const char *folder, const char *name) {
    enum { MOST = 1 << 20 };
    char path[4096];
    source_path(path, sizeof(path), folder, name);
    FILE *stream = fopen(path, "rb");
    struct unit_file file = {.bytes = malloc(MOST)};
    if (!stream || !file.bytes) {
        bail_out(path, strerror(errno));
    }
    file.length = fread(file.bytes, 1, MOST, stream);
    fclose(stream);
    fit(&file, path);
    return file;
}

static int ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

struct unit_names unit_list(const char *folder, const char *ending) {
    char path[4096];
    struct dirent **entries;
    struct unit_names list = {0};
    source_path(path, sizeof(path), folder, "");
    int count = scandir(path, &entries, NULL, alphasort);
    list.names = calloc(count > 0 ? (size_t)count : 1, sizeof(*list.names));
    for (int i = 0; list.names && i < count; i++) {
        if (ends_in(entries[i]->d_name, ending)) {
            list.names[list.count++] = strdup(entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (list.count == 0) {
        bail_out(path, "no test files found");
    }
    free(entries);
    return list;
}
