// SPDX-License-Identifier: MIT
#include "runner/target/tree.h"

#include "runner/util/wait.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/** How deep a tree is counted. */
#define DEPTH_MAX 64

/** A list of pids that fills up. */
struct list {
    pid_t pids[TREE_CHILDREN_MAX];
    size_t count;
};

/** Add the pids that a /proc file lists, as far as there is room. */
static void read_pids(const char *path, struct list *list) {
    char text[TREE_CHILDREN_MAX * 12];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    char *at = text;
    while (list->count < TREE_CHILDREN_MAX) {
        char *end;
        long pid = strtol(at, &end, 10);
        // A number at the very end may have been cut.
        if (end == at || *end == '\0') {
            break;
        }
        list->pids[list->count++] = (pid_t)pid;
        at = end;
    }
}

/** The runner's own children; it has one thread. */
static void list_own(struct list *list) {
    list->count = 0;
    read_pids("/proc/thread-self/children", list);
}

/** The children of all threads of a process. */
static void list_of(pid_t pid, struct list *list) {
    char path[64];
    list->count = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks) {
        return;
    }
    for (struct dirent *task; (task = readdir(tasks));) {
        if (isdigit((unsigned char)task->d_name[0])) {
            snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid,
                     task->d_name);
            read_pids(path, list);
        }
    }
    closedir(tasks);
}

static bool is_spared(const struct tree *tree, pid_t pid) {
    for (size_t i = 0; i < tree->spared_count; i++) {
        if (tree->spared[i] == pid) {
            return true;
        }
    }
    return false;
}

void tree_begin(struct tree *tree) {
    struct list list;
    list_own(&list);
    tree->spared_count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        tree->spared[i] = list.pids[i];
    }
    tree->reaper_before = 0;
    prctl(PR_GET_CHILD_SUBREAPER, &tree->reaper_before, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/** Kill all children but the spared ones; how many there were. */
static size_t kill_children(const struct tree *tree) {
    struct list list;
    size_t killed = 0;
    list_own(&list);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_spared(tree, list.pids[i])) {
            kill(list.pids[i], SIGKILL);
            killed++;
        }
    }
    return killed;
}

/** Wait until one of them is gone, or a traced one has told that it is going: SIGKILL does not
 * end the stop at its exit. */
static void wait_for_one(void) {
    int status;
    pid_t pid = wait_through(-1, &status, __WALL);
    if (pid > 0 && WIFSTOPPED(status)) {
        ptrace(PTRACE_CONT, pid, NULL, 0);
    }
}

void tree_kill(const struct tree *tree, pid_t group) {
    kill(-group, SIGKILL);
    tree_kill_strays(tree);
}

void tree_kill_strays(const struct tree *tree) {
    while (kill_children(tree) > 0) {
        wait_for_one();
    }
}

size_t tree_children(pid_t pid, pid_t *pids, size_t room) {
    struct list list;
    list_of(pid, &list);
    size_t count = list.count < room ? list.count : room;
    for (size_t i = 0; i < count; i++) {
        pids[i] = list.pids[i];
    }
    return count;
}

static size_t count_below(pid_t pid, int depth) {
    struct list list;
    list_of(pid, &list);
    size_t alive = list.count;
    for (size_t i = 0; i < list.count && depth < DEPTH_MAX; i++) {
        alive += count_below(list.pids[i], depth + 1);
    }
    return alive;
}

size_t tree_count(const struct tree *tree) {
    struct list list;
    size_t alive = 0;
    list_own(&list);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_spared(tree, list.pids[i])) {
            alive += 1 + count_below(list.pids[i], 0);
        }
    }
    return alive;
}

void tree_end(struct tree *tree) {
    prctl(PR_SET_CHILD_SUBREAPER, tree->reaper_before, 0, 0, 0);
    tree->spared_count = 0;
}
