// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/formats/finding_text.h"
#include "runner/results/baseline.h"
#include "runner/results/joining.h"
#include "runner/results/merging.h"
#include "runner/results/results.h"
#include "runner/util/capture.h"
#include "runner/util/figures.h"
#include "runner/util/outfile.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Open a file of results, which may come from anybody: no link leads elsewhere, and no
 * pipe is waited for. -1 if there is none. */
static int open_result(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

/** Write a file anew; 0 on success, -1 with errno. */
static int save_file(const struct capture *from, const char *path) {
    struct outfile file;
    if (outfile_open_own(&file, path) != 0) {
        return -1;
    }
    return outfile_close(&file,
                         capture_print(from, fileno(file.stream), UINT64_MAX) == 0);
}

/** Copy a file of one directory to another, if it is not there; 0 on success. */
static int copy_file(const char *from, const char *to, const char *name) {
    char *source = NULL, *target = NULL;
    int result = -1;
    struct capture file = {-1};
    if (asprintf(&source, "%s/%s", from, name) < 0) {
        source = NULL;
    }
    if (asprintf(&target, "%s/%s", to, name) < 0) {
        target = NULL;
    }
    if (source && target) {
        file.fd = open_result(source);
        result = access(target, F_OK) == 0 || file.fd < 0 ? 0 : save_file(&file, target);
    }
    capture_close(&file);
    free(target);
    free(source);
    return result;
}

/** Copy the files of a directory's findings; 0 on success. */
static int copy_files(const json_t *results, const char *from, const char *to) {
    static const struct {
        const char *folder, *suffix;
    } files[] = {{"reproducers", "json"}, {"logs", "stdout"}, {"logs", "stderr"}};
    const json_t *finding;
    size_t at;
    int bad = results_prepare(to);
    if (bad) {
        return bad;
    }
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        const char *signature = json_string_value(json_object_get(finding, "signature"));
        // It comes from a file: it must not lead elsewhere.
        bool fine = signature && strspn(signature, "0123456789abcdef") == 16 &&
                    signature[16] == '\0';
        for (size_t i = 0; fine && i < sizeof(files) / sizeof(files[0]); i++) {
            char name[64];
            snprintf(name, sizeof(name), "%s/%s.%s", files[i].folder, signature,
                     files[i].suffix);
            bad |= copy_file(from, to, name);
        }
    }
    return bad;
}

/** Read one directory, and copy the files of its findings; NULL with the user told. */
static json_t *take(const char *directory, const char *to, const struct diag *diag) {
    char why[200];
    json_t *results = merging_load(directory, why);
    if (!results) {
        diag_error(diag, "cannot read the results in '%s': %s", directory, why);
        return NULL;
    }
    if (copy_files(results, directory, to) != 0) {
        diag_error(diag, "cannot copy from '%s' to '%s': %s", directory, to,
                   results_fault(errno));
        json_decref(results);
        return NULL;
    }
    json_t *joined = joining_begin(results);
    if (!joined) {
        diag_no_memory(diag);
    }
    return joined;
}

/** Make one document of the directories; NULL with the user told. */
static json_t *merge(char **directories, const char *to, const struct diag *diag) {
    json_t *all = take(*directories, to, diag);
    while (all && *++directories) {
        json_t *more = take(*directories, to, diag);
        int bad = more ? joining_add(all, more) : -1;
        if (more && bad) {
            diag_no_memory(diag);
        }
        json_decref(more);
        if (bad) {
            json_decref(all);
            all = NULL;
        }
    }
    json_t *results = all ? joining_end(all) : NULL;
    if (all && !results) {
        diag_no_memory(diag);
    }
    return results;
}

/** How many defects there are, and how many of them count. */
static void print_defects(const json_t *results) {
    size_t count = merging_defects(results, true);
    fprintf(stderr, "%zu defect%s", count, plural(count));
    if (json_is_true(json_object_get(results, "baseline"))) {
        fprintf(stderr, ", %zu of them new", merging_defects(results, false));
    }
}

/** A line for each defect. */
static void print_lines(const json_t *results) {
    json_t *finding;
    size_t at;
    json_array_foreach(json_object_get(results, "findings"), at, finding) {
        if (document_is_defect(finding)) {
            finding_text_line(json_incref(finding), stderr);
        }
    }
}

/** The line about defects, and of how many failures they are. */
static void print_summary(const json_t *results, const char *to) {
    size_t trials = json_array_size(json_object_get(results, "trials"));
    json_int_t planned = json_integer_value(json_object_get(results, "planned"));
    fputs("mallocfail: ", stderr);
    if (json_is_true(json_object_get(results, "complete"))) {
        fprintf(stderr, "%zu failures tried, ", trials);
        print_defects(results);
    } else {
        print_defects(results);
        fprintf(stderr, " in %zu", trials);
        if (planned > 0 && (size_t)planned > trials) {
            fprintf(stderr, " of %" JSON_INTEGER_FORMAT " failures tried", planned);
        } else {
            fputs(" failures tried, which are not all", stderr);
        }
    }
    fputs("; results in ", stderr);
    printable_put(to, stderr);
    fputc('\n', stderr);
}

/** The directory of results that a word means, which may name the file in it. */
static char *directory_of(char *name) {
    static char here[] = ".";
    static const char file[] = "/findings.json";
    size_t length = strlen(name), cut = sizeof(file) - 1;
    if (strcmp(name, file + 1) == 0) {
        return here;
    }
    if (length > cut && strcmp(name + length - cut, file) == 0) {
        name[length - cut] = '\0';
    }
    return name;
}

static int merge_results(struct settings *settings, struct diag *diag) {
    const char *to = settings->output ? settings->output : "mallocfail-out";
    if (!settings->operands[0]) {
        advice_missing(&cmd_merge, settings, "results", diag);
        return STATUS_FAILED;
    }
    for (size_t i = 0; settings->operands[i]; i++) {
        settings->operands[i] = directory_of(settings->operands[i]);
    }
    if (baseline_foresee(&settings->campaign, diag) != 0) {
        return STATUS_FAILED;
    }
    json_t *all = merge(settings->operands, to, diag);
    if (!all || baseline_apply_joined(&settings->campaign, all, diag) != 0) {
        json_decref(all);
        return STATUS_FAILED;
    }
    size_t defects = merging_defects(all, false);
    if (results_save(json_incref(all), to) != 0) {
        json_decref(all);
        diag_error(diag, "cannot write the results to '%s': %s", to, strerror(errno));
        return STATUS_FAILED;
    }
    if (!diag->quiet) {
        format_text_coverage(all, stderr);
    } else {
        print_lines(all);
    }
    print_summary(all, to);
    bool any = merging_reached(all) > 0;
    json_decref(all);
    if (!any) {
        diag_error(diag, "nothing was tested: no failure was tried");
        return settings_nothing(settings);
    }
    return defects > 0 ? STATUS_DEFECT : STATUS_GOOD;
}

const struct command cmd_merge = {
    .name = "merge",
    .summary = "join the results of several programs",
    .bit = COMMAND_MERGE,
    .function = merge_results,
    .operands = OPERANDS_FILES,
    .usage =
        "Usage: mallocfail merge [OPTION...] DIR...\n"
        "\n"
        "Joins the results of several explorations and suites into one directory: each\n"
        "defect once, with the programs and tests that reach it. The parts of one\n"
        "exploration (--shard) become one again.\n",
    .notes =
        "Exit status: 0 no defect, 1 defects, 125 if mallocfail failed or nothing was\n"
        "tested (--if-nothing).\n",
};
