// SPDX-License-Identifier: MIT
#include "runner/trace/recording.h"

#include "runner/run/preflight.h"
#include "runner/run/run.h"
#include "runner/trace/tracefile.h"
#include "runner/util/figures.h"
#include "runner/util/outfile.h"
#include "runner/util/status.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** What is done where nothing is to fail. */
#define NO_FAILURES "{\"version\":1,\"arm\":\"startup\",\"rules\":[]}"

/** So many files are told of. */
#define FILES_TOLD 8

/** Make a name absolute; NULL with errno. To be freed. */
static char *absolute(const char *path) {
    char *directory = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
    char *result = NULL;
    if (directory &&
        asprintf(&result, "%s%s%s", directory, path[0] == '/' ? "" : "/", path) < 0) {
        result = NULL;
    }
    free(directory);
    return result;
}

/** Whether a file's name is a trace's with a number behind, or two. */
static bool is_numbered(const char *name, size_t length) {
    const char *at = name + length;
    unsigned numbers = 0;
    while (*at == '.' && numbers++ < 2) {
        size_t digits = strspn(at + 1, "0123456789");
        if (digits == 0) {
            return false;
        }
        at += 1 + digits;
    }
    return *at == '\0';
}

/** Whether a file is a trace. */
static bool is_trace(const char *path) {
    uint64_t magic = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, &magic, sizeof(magic)) == sizeof(magic) &&
              magic == MF_TRACE_MAGIC;
    if (fd >= 0) {
        close(fd);
    }
    return is;
}

/** Find the files of a recording: the name itself, and with numbers behind; 0 on
 * success. */
static int find_files(const char *output, glob_t *files) {
    char *pattern = malloc(2 * strlen(output) + 2);
    if (!pattern) {
        return -1;
    }
    char *at = pattern;
    for (const char *from = output; *from; from++) {
        if (strchr("*?[]\\", *from)) {
            *at++ = '\\';
        }
        *at++ = *from;
    }
    strcpy(at, "*");
    int result = glob(pattern, 0, NULL, files);
    free(pattern);
    return result == 0 || result == GLOB_NOMATCH ? 0 : -1;
}

/** Whether a file can be made there; false with errno. */
static bool is_writable(const char *output) {
    char *path = strdup(output);
    char *slash = path ? strrchr(path, '/') : NULL;
    if (slash) {
        slash[slash == path] = '\0';
    }
    bool can = path && access(slash ? path : ".", W_OK | X_OK) == 0;
    free(path);
    return can;
}

/** Remove what an earlier recording left; 0 on success, -1 with the user told. */
static int clear(const char *output, const struct diag *diag) {
    glob_t files = {0};
    int result = find_files(output, &files);
    for (size_t i = 0; result == 0 && i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        if (is_numbered(path, strlen(output)) && is_trace(path) && unlink(path) != 0) {
            diag_error(diag, "cannot remove '%s': %s", path, strerror(errno));
            result = -1;
        }
    }
    globfree(&files);
    if (result == 0 && !is_writable(output)) {
        diag_error(diag, "cannot record to '%s': %s", output, strerror(errno));
        result = -1;
    }
    if (result == 0 && access(output, F_OK) == 0) {
        diag_error(diag, "'%s' exists and is not a trace: choose another --output",
                   output);
        result = -1;
    }
    return result;
}

/** One of the files. */
struct recorded {
    const char *path;
    char image[MF_IMAGE_MAX];
    int pid;
    uint64_t events;
};

/** Read one file to its end; 0 on success. */
static int read_recorded(struct recorded *recorded, const char *path,
                         const struct diag *diag) {
    struct tracefile file;
    if (tracefile_open(&file, path, diag) != 0) {
        return -1;
    }
    *recorded = (struct recorded){path, "", file.head.pid, tracefile_count(&file)};
    memcpy(recorded->image, file.head.image, sizeof(recorded->image));
    tracefile_warn(&file, path, diag);
    tracefile_close(&file);
    return 0;
}

static int by_events(const void *first, const void *second) {
    const struct recorded *a = first, *b = second;
    return (a->events < b->events) - (a->events > b->events);
}

/** Tell of the files, the largest first. */
static void tell(struct recorded *files, size_t count, const struct diag *diag) {
    qsort(files, count, sizeof(files[0]), by_events);
    for (size_t i = 0; i < count && i < FILES_TOLD; i++) {
        diag_note(diag, "%s: %s[%d], %s events", files[i].path, files[i].image,
                  files[i].pid, figure_count(files[i].events).text);
    }
    if (count > FILES_TOLD) {
        diag_note(diag, "and %zu smaller ones", count - FILES_TOLD);
    }
}

/** Look at what was recorded, and tell; how many files there are, and how many events in
 * all of them. */
static size_t look_at(const char *output, uint64_t *events, const struct diag *diag) {
    glob_t files = {0};
    size_t count = 0;
    struct recorded *recorded = NULL;
    if (find_files(output, &files) == 0) {
        recorded = calloc(files.gl_pathc + 1, sizeof(recorded[0]));
    }
    for (size_t i = 0; recorded && i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        if (is_numbered(path, strlen(output)) && is_trace(path)) {
            bool good = read_recorded(&recorded[count], path, diag) == 0;
            *events += good ? recorded[count].events : 0;
            count += good;
        }
    }
    if (count > 0) {
        tell(recorded, count, diag);
    }
    free(recorded);
    globfree(&files);
    return count;
}

/** Run the program; the exit status. */
static int run(const struct recording *recording, const struct preflight *preflight,
               const char *output, const struct diag *diag) {
    struct run_options run = preflight_options(preflight, recording->argv);
    run.timeout_ns = recording->timeout_ns;
    run.trace = false;
    run.frees = true;
    struct run_result result;
    int status = run_target(&run, &result, diag);
    if (status != 0) {
        return status;
    }
    status = WIFSIGNALED(result.wait_status)
                 ? STATUS_SIGNALLED + WTERMSIG(result.wait_status)
                 : WEXITSTATUS(result.wait_status);
    status = result.timed_out ? STATUS_TIMED_OUT : status;
    run_result_destroy(&result);
    uint64_t events = 0;
    if (look_at(output, &events, diag) == 0) {
        diag_error(diag, "nothing was recorded: the library was never loaded into it");
        status = STATUS_FAILED;
    } else if (events == 0) {
        diag_error(diag, "nothing was recorded: the program allocated nothing");
        status = recording->nothing;
    }
    return status;
}

int recording_make(const struct recording *recording, const struct diag *diag) {
    struct preflight preflight = {0};
    char *output = absolute(recording->output);
    int status = STATUS_FAILED;
    if (!output || setenv(MF_TRACE_VARIABLE, output, 1) != 0 ||
        setenv(MF_TRACE_STACKS_VARIABLE, recording->stacks ? "1" : "0", 1) != 0) {
        diag_no_memory(diag);
        goto out;
    }
    status =
        preflight_find(&preflight, recording->policy ? recording->policy : NO_FAILURES,
                       recording->argv[0], false, diag);
    if (status == 0) {
        status = preflight_check_blocks(&preflight, "a trace", false, diag);
    }
    if (status == 0) {
        status = clear(recording->output, diag) != 0 ? STATUS_FAILED : 0;
    }
    if (status == 0 && outfile_try(recording->output) != 0) {
        diag_error(diag, "cannot record to '%s': %s", recording->output, strerror(errno));
        status = STATUS_FAILED;
    }
    if (status == 0) {
        status = run(recording, &preflight, recording->output, diag);
    }

out:
    preflight_release(&preflight);
    free(output);
    return status;
}
