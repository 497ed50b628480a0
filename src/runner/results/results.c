// SPDX-License-Identifier: MIT
#include "runner/results/results.h"

#include "runner/diagnose/reproducer.h"
#include "runner/results/exploration_json.h"
#include "runner/results/resume.h"
#include "runner/util/json.h"
#include "runner/util/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The number of an arm's name. */
static uint32_t arm_number(const char *name) {
    static const struct {
        const char *name;
        uint32_t number;
    } arms[] = {{"main", MF_ARM_MAIN}, {"startup", MF_ARM_STARTUP}, {"api", MF_ARM_API}};
    for (size_t i = 0; i < sizeof(arms) / sizeof(arms[0]); i++) {
        if (strcmp(arms[i].name, name) == 0) {
            return arms[i].number;
        }
    }
    return MF_ARM_LOAD;
}

static char *path_of(const char *directory, const char *folder,
                     const struct defect *defect, const char *suffix) {
    char *path = NULL;
    int length = asprintf(&path, "%s/%s/%016" PRIx64 ".%s", directory, folder,
                          defect->finding.signature, suffix);
    return length < 0 ? NULL : path;
}

/** Make a directory, if there is none; 0 on success. */
static int make_directory(const char *directory, const char *folder) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int bad = mkdir(path, 0777) != 0 && errno != EEXIST;
    int saved = errno;
    free(path);
    errno = saved;
    return bad ? -1 : 0;
}

/** Write JSON to a file, with other trials if there are some; takes it over. 0 on
 * success, -1 with errno. */
static int write_json(json_t *value, const struct triallist *trials, const char *path) {
    struct outfile file;
    if (!value || !path) {
        json_decref(value);
        errno = ENOMEM;
        return -1;
    }
    if (outfile_open_own(&file, path) != 0) {
        json_decref(value);
        return -1;
    }
    int good = triallist_write(value, trials, file.stream) == 0;
    json_decref(value);
    return outfile_close(&file, good);
}

/** Write bytes to a file; 0 on success, -1 with errno. */
static int write_bytes(const char *bytes, size_t length, const char *path) {
    struct outfile file;
    if (!path || outfile_open_own(&file, path) != 0) {
        return -1;
    }
    return outfile_close(&file, length == 0 || fwrite(bytes, length, 1, file.stream));
}

/** Put a trial's own rules in the place of those that pin its failure. In a suite the stack tells
 * its process from those that run before it: what else fails follows the pinned failure. */
static void put_own_rules(json_t *policy, const struct trial *trial,
                          const struct trial_terms *terms, bool pinned) {
    struct trial own = *trial;
    char text[TRIAL_POLICY_MAX];
    own.point.occurrence += own.point.occurrence == 0;
    trial_policy(&own, terms, text);
    json_t *value = json_loads(text, 0, NULL);
    json_t *rules = json_object_get(value, "rules");
    if (pinned && json_array_size(rules) > 1) {
        json_array_remove(rules, 0);
        json_array_extend(json_object_get(policy, "rules"), rules);
    } else if (!pinned) {
        json_object_set(policy, "rules", rules);
    }
    json_decref(value);
}

/** A defect's policy: where more than the point fails, the trial's own rules. */
static json_t *reproducer(const struct campaign *campaign, const struct defect *defect) {
    const struct campaign_options *options = campaign->options;
    const struct trial *trial = defect->trial;
    struct finding finding = defect->finding;
    finding.own = campaign->plan.patches;
    json_t *policy = reproducer_policy(&finding, arm_number(options->arm),
                                       exploration_argv(campaign, trial));
    // A suite's fresh trials go by the stack alone, and a server's.
    bool fresh = trial->left == TRIAL_LEFT_FRESH || campaign->served;
    bool more = trial->mode != TRIAL_ONCE || campaign->options->follow || fresh;
    if (policy && (more || !defect->finding.injected)) {
        struct trial_terms terms = campaign_terms(campaign);
        terms.by_stack |= fresh || campaign->commands;
        // Any process of a server may come to it.
        terms.image = campaign->served ? "" : terms.image;
        put_own_rules(policy, trial, &terms,
                      campaign->commands && !fresh && defect->finding.injected);
        if (!fresh) {
            json_object_set_new(json_object_get(policy, "reproduces"), "number",
                                json_count(trial->point.number));
        }
    }
    int bad = json_put(json_object_get(policy, "reproduces"), "run",
                       exploration_trial_run_json(campaign, trial));
    return json_finished(policy, policy ? bad : 0);
}

/** Write a defect's files; 0 on success, -1 with errno. */
static int write_defect(const struct campaign *campaign, const struct defect *defect) {
    const char *directory = campaign->options->directory;
    static const char *const suffixes[] = {"stdout", "stderr"};
    char *path = path_of(directory, "reproducers", defect, "json");
    int bad = write_json(reproducer(campaign, defect), NULL, path);
    free(path);
    for (int i = 0; i < 2 && !bad; i++) {
        path = path_of(directory, "logs", defect, suffixes[i]);
        bad = write_bytes(defect->outputs[i], defect->lengths[i], path);
        int saved = errno;
        free(path);
        errno = saved;
    }
    return bad;
}

/** Make the directories that a path leads through. */
static int make_parents(const char *path) {
    char *parent = strdup(path);
    int bad = parent ? 0 : -1;
    for (char *slash = parent; !bad && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        bad = mkdir(parent, 0777) != 0 && errno != EEXIST ? -1 : 0;
        *slash = '/';
    }
    int saved = errno;
    free(parent);
    errno = saved;
    return bad;
}

/** The folder that a path's last name is in; to be freed, NULL when memory ran out. */
static char *folder_of(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    return length > 0 ? strndup(path, length) : strdup(".");
}

bool results_are_planted(const char *directory) {
    struct stat folder, entry;
    char *path = strdup(directory);
    char *parent = folder_of(directory);
    for (size_t end = path ? strlen(path) : 0; end > 1 && path[end - 1] == '/'; end--) {
        path[end - 1] = '\0';
    }
    bool shared = parent && path && stat(parent, &folder) == 0 &&
                  (folder.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
    bool planted = shared && lstat(path, &entry) == 0 && entry.st_uid != geteuid() &&
                   entry.st_uid != folder.st_uid;
    free(parent);
    free(path);
    return planted;
}

/** Whether a folder of ours is one, and no link to another; false with errno. */
static bool is_own_folder(const char *directory, const char *folder) {
    struct stat status;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, folder) < 0) {
        errno = ENOMEM;
        return false;
    }
    bool own = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
    free(path);
    errno = ENOTDIR;
    return own;
}

int results_foresee(const char *directory) {
    struct stat status;
    if (results_are_planted(directory)) {
        errno = EPERM;
        return -1;
    }
    // What is there already of the way to it.
    char *path = strdup(directory);
    while (path && stat(path, &status) != 0 && errno == ENOENT) {
        char *parent = folder_of(path);
        free(path);
        path = parent;
    }
    // Rights are not all that it takes: /proc has them, and a full disk.
    int bad = path ? outfile_try_folder(path) : -1;
    int reason = path ? errno : ENOMEM;
    free(path);
    errno = reason;
    return bad;
}

const char *results_fault(int error) {
    return error == EPERM
               ? "another user created it in a directory where everybody can write: "
                 "choose another --output"
               : strerror(error);
}

int results_prepare(const char *directory) {
    static const char *const folders[] = {"reproducers", "logs"};
    if (make_parents(directory) != 0 ||
        (mkdir(directory, 0777) != 0 && errno != EEXIST)) {
        return -1;
    }
    if (results_are_planted(directory)) {
        errno = EPERM;
        return -1;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (make_directory(directory, folders[i]) != 0 ||
            !is_own_folder(directory, folders[i])) {
            return -1;
        }
    }
    return 0;
}

/** Write findings.json; takes the value over. 0 on success, -1 with errno. */
static int save(json_t *value, const struct triallist *trials, const char *directory) {
    char *path = NULL;
    if (asprintf(&path, "%s/findings.json", directory) < 0) {
        path = NULL;
    }
    int bad = write_json(value, trials, path);
    int saved = errno;
    free(path);
    errno = saved;
    return bad;
}

int results_save(json_t *value, const char *directory) {
    return save(value, NULL, directory);
}

/** Whether a file is of a defect that is not there any more: of earlier results. */
static bool is_stale(const char *name, const struct defects *defects,
                     const json_t *kept) {
    char *end;
    uint64_t signature = strtoull(name, &end, 16);
    bool stale = end == name + 16 && *end == '.';
    json_t *finding;
    size_t at;
    for (size_t i = 0; i < defects->count && stale; i++) {
        stale = defects->list[i]->finding.signature != signature;
    }
    json_array_foreach(kept, at, finding) {
        const char *own = json_string_value(json_object_get(finding, "signature"));
        stale = stale && !(own && strncmp(own, name, 16) == 0);
    }
    return stale;
}

/** Remove what earlier results left in a folder of ours. What cannot be removed stays. */
static void remove_stale(const char *directory, const char *folder,
                         const struct defects *defects, const json_t *kept) {
    char *path;
    if (asprintf(&path, "%s/%s", directory, folder) < 0) {
        return;
    }
    DIR *listing = opendir(path);
    struct dirent *entry;
    while (listing && (entry = readdir(listing))) {
        if (is_stale(entry->d_name, defects, kept)) {
            unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    if (listing) {
        closedir(listing);
    }
    free(path);
}

int results_write(const struct campaign *campaign, const struct defects *defects) {
    const char *directory = campaign->options->directory;
    int bad = results_prepare(directory);
    for (size_t i = 0; i < defects->count && !bad; i++) {
        bad = write_defect(campaign, defects->list[i]);
    }
    if (!bad) {
        const struct triallist trials = exploration_trials(campaign);
        bad = save(exploration_json(campaign, defects, false), &trials, directory);
    }
    json_t *kept = bad ? NULL : resume_kept(campaign, defects);
    if (kept) {
        remove_stale(directory, "reproducers", defects, kept);
        remove_stale(directory, "logs", defects, kept);
    }
    json_decref(kept);
    if (bad) {
        diag_error(campaign->diag, "cannot write the results to '%s': %s", directory,
                   results_fault(errno));
        return -1;
    }
    return 0;
}
