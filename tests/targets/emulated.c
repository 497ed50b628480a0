// SPDX-License-Identifier: MIT
// Runs a program of another machine in an emulator, which has no ptrace for the runner: with a
// channel, and the patches that the runner works out. To be built for this machine.
// Usage: emulated POLICY FUNCTION PROGRAM [LIBRARY] -- EMULATOR…
//
// FUNCTION is one by name, "" = none; PROGRAM's allocator is patched if it has one. LIBRARY is
// one that it loads, whose patches are there before: the emulator starts nothing else.
#include "core/channel/channel.h"
#include "core/channel/journal.h"
#include "runner/run/later.h"
#include "runner/target/channelfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** Have the library take the emulator's file for the program's: it asks the kernel. */
static void disguise(struct mf_patch_file *file, const char *emulator) {
    struct stat status;
    if (stat(emulator, &status) == 0) {
        file->device = status.st_dev;
        file->inode = status.st_ino;
    }
}

static int add_library(struct mf_head *head, const struct mf_patches *plan,
                       const char *path) {
    static struct patches patches;
    patches.plan.named_count = plan->named_count;
    memcpy(patches.plan.named, plan->named, sizeof(plan->named));
    if (patches_find_module(&patches, path) != 0) {
        return -1;
    }
    head->programs[0].patches = patches.plan;
    atomic_store(&head->programs[0].state, MF_PATCH_KNOWN);
    return 0;
}

int main(int argc, char **argv) {
    static struct patches patches;
    struct channel channel;
    struct mf_text none = mf_text_begin((char[8]){""}, 8);
    const char *library = argc > 4 && strcmp(argv[4], "--") != 0 ? argv[4] : NULL;
    char **command = argv + (library ? 6 : 5);
    if (argc < 7 ||
        (argv[2][0] && mf_named_read(&patches.plan.named[0], argv[2], &none) != 0)) {
        return 125;
    }
    patches.plan.named_count = argv[2][0] != '\0';
    if (patches_find(&patches, argv[3], argv[2][0] == '\0') != 0 ||
        channel_create(&channel, argv[1], strlen(argv[1])) != 0) {
        return 125;
    }
    later_expect(&patches);
    channel.head->patches = patches.plan;
    disguise(&channel.head->patches.files[0], command[0]);
    if (library && add_library(channel.head, &patches.plan, library) != 0) {
        return 125;
    }
    char where[64];
    snprintf(where, sizeof(where), MF_CHANNEL_VARIABLE "=%010d/%010d", (int)getpid(),
             channel.fd);
    pid_t pid = fork();
    if (pid == 0) {
        char *with[64] = {command[0], (char *)"-E", where};
        for (int i = 1; command[i] && i < 60; i++) {
            with[i + 2] = command[i];
        }
        execv(with[0], with);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    printf("status %d, %d failed\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
           (int)atomic_load(&channel.head->journal_used));
    return 0;
}
