// SPDX-License-Identifier: MIT
#include "runner/run/means.h"

#include "runner/target/image.h"
#include "runner/target/library.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Whether the program can be tested; 0, or the exit status. */
static int judge(const struct means *means, bool force, const struct diag *diag) {
    const unsigned bypassed = IMAGE_OWN_MALLOC | IMAGE_SANITIZED | IMAGE_STATIC;
    const char *binary = means->program.binary;
    if (force && (means->facts & bypassed) && !(means->facts & ~bypassed)) {
        diag_note(diag, "injection cannot reach '%s': it is only watched", binary);
        return 0;
    }
    return image_judge(binary, means->facts, diag);
}

int means_find(struct means *means, const char *policy, const char *name, bool force,
               const struct diag *diag) {
    if (policyfile_load(&means->policy, policy, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = program_find(&means->program, name, diag);
    if (status != 0) {
        return status;
    }
    if (access("/proc/self/fd", X_OK) != 0) {
        diag_error(diag, "there is no /proc, through which the library inside PROGRAM "
                         "finds mallocfail: mount it");
        return STATUS_FAILED;
    }
    means->preload = library_find(clibrary_at(means->program.binary), diag);
    if (!means->preload) {
        return STATUS_FAILED;
    }
    diag_debug(diag, "program: %s", means->program.binary);
    if (image_inspect(means->program.binary, means->preload, &means->facts) != 0) {
        diag_error(diag, "cannot read '%s' as a library: %s", means->preload,
                   strerror(errno));
        return STATUS_FAILED;
    }
    return judge(means, force, diag);
}

enum environment_kind means_environment(const struct means *means) {
    const char *slash = strrchr(means->program.path, '/');
    return means->facts & IMAGE_LIBASAN ? ENVIRONMENT_ASAN
           : strcmp(slash ? slash + 1 : means->program.path, "valgrind") == 0
               ? ENVIRONMENT_VALGRIND
               : ENVIRONMENT_PLAIN;
}

int means_check_allocator(const struct means *means, uint32_t allocator,
                          const struct diag *diag) {
    uint32_t wanted = allocator ? allocator - 1 : means->policy.policy->allocator;
    if (!mf_allocator_align(wanted) || !(means->facts & IMAGE_LIBASAN)) {
        return 0;
    }
    diag_error(diag,
               "'%s' has AddressSanitizer, which brings an allocator of its own: run it "
               "without \"%s\"",
               means->program.binary, mf_allocator_words[wanted]);
    return STATUS_FAILED;
}

struct run_options means_options(const struct means *means, char *const *argv) {
    return (struct run_options){
        .policy = &means->policy,
        .path = means->program.path,
        .argv = argv,
        .preload = means->preload,
        .environment = means_environment(means),
        .timeout_ns = CLOCK_NEVER,
        // valgrind lives with faults, and diagnoses what it runs.
        .trace = means_environment(means) != ENVIRONMENT_VALGRIND,
    };
}

bool means_own_malloc(const char *name) {
    const struct diag silent = {.quiet = true};
    struct program program = {0};
    unsigned facts = 0;
    if (access(name, X_OK) == 0 && program_find(&program, name, &silent) == 0) {
        image_inspect(program.binary, program.binary, &facts);
        program_destroy(&program);
    }
    return facts & IMAGE_OWN_MALLOC;
}

void means_release(struct means *means) {
    free(means->preload);
    program_destroy(&means->program);
    policyfile_destroy(&means->policy);
    *means = (struct means){0};
}
