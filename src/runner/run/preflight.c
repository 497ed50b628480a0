// SPDX-License-Identifier: MIT
#include "runner/run/preflight.h"

#include "core/policy/plan.h"
#include "runner/patch/nearname.h"
#include "runner/patch/reach.h"
#include "runner/run/later.h"
#include "runner/run/static_program.h"
#include "runner/target/image.h"
#include "runner/target/libraries.h"
#include "runner/target/library.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** An allocator inside the program, which no library comes before. */
#define INSIDE ((unsigned)IMAGE_OWN_MALLOC | IMAGE_SANITIZED)

/** Take down one function by name; 0, or the exit status with the user told. */
static int want(struct policyfile_allocations *wanted, const char *text,
                const struct diag *diag) {
    char bytes[160];
    struct mf_text why = mf_text_begin(bytes, sizeof(bytes));
    struct mf_named named;
    if (wanted->count == MF_NAMED_MAX) {
        diag_error(diag, "more than %d functions by name", MF_NAMED_MAX);
        return STATUS_FAILED;
    }
    if (mf_named_read(&named, text, &why) != 0) {
        diag_error(diag, "--allocation %s: %s", text, bytes);
        return STATUS_FAILED;
    }
    strcpy(wanted->texts[wanted->count++], named.text);
    return 0;
}

/** Take down those that a policy names; 0, or the exit status with the user told. */
static int want_of(struct policyfile_allocations *wanted, const char *name,
                   const struct diag *diag) {
    struct policyfile file = {0};
    if (policyfile_load(&file, name, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = 0;
    for (unsigned i = 0; i < file.policy->named_count && status == 0; i++) {
        status = want(wanted, file.policy->named[i].text, diag);
    }
    if (file.policy->named_count == 0) {
        diag_error(diag, "--allocation @%s: the policy has no \"allocations\"", name);
        status = STATUS_FAILED;
    }
    policyfile_destroy(&file);
    return status;
}

/** Load the policy, whose rules may name the command line's functions, too; 0, or the exit
 * status with the user told. */
static int load_policy(struct preflight *preflight, const char *policy,
                       const struct diag *diag) {
    struct policyfile_allocations *wanted = &preflight->wanted;
    int status = 0;
    for (size_t i = 0; i < preflight->named_count && status == 0; i++) {
        const char *text = preflight->named[i];
        status =
            text[0] == '@' ? want_of(wanted, text + 1, diag) : want(wanted, text, diag);
    }
    if (status == 0 &&
        policyfile_load_with(&preflight->policy, policy, wanted, diag) != 0) {
        status = STATUS_FAILED;
    }
    return status;
}

/** Take down all functions by name: the policy's, and then the command line's. */
static int want_all(struct preflight *preflight, const struct diag *diag) {
    const struct mf_policy *policy = preflight->policy.policy;
    const struct policyfile_allocations *wanted = &preflight->wanted;
    struct mf_patches *plan = &preflight->patches.plan;
    plan->also = plan->reached = preflight->also;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        plan->reached |= policy->rules[i].functions;
    }
    plan->reached &= ~MF_FUNCTIONS_DEFAULT;
    plan->named_count = policy->named_count;
    memcpy(plan->named, policy->named, sizeof(plan->named));
    for (size_t i = 0; i < wanted->count && !preflight->policy.lent; i++) {
        char bytes[160];
        struct mf_text why = mf_text_begin(bytes, sizeof(bytes));
        if (plan->named_count == MF_NAMED_MAX) {
            diag_error(diag, "more than %d functions by name", MF_NAMED_MAX);
            return STATUS_FAILED;
        }
        mf_named_read(&plan->named[plan->named_count++], wanted->texts[i], &why);
    }
    return 0;
}

/** Tell which function by name is not reached; 0 where all are. */
static int check_named(const struct preflight *preflight, const struct diag *diag) {
    const struct patches *patches = &preflight->patches;
    int status = 0;
    for (unsigned k = 0; k < patches->plan.named_count; k++) {
        const char *clone = patches->named_clone[k];
        bool later = patches->plan.named_later >> k & 1;
        if (!patches->named_found[k] && !later && !patches->blind) {
            struct nearname near;
            nearname_find(&near, patches->plan.named[k].name, preflight->program.binary);
            bool likely = near.text[0] && !clone[0];
            diag_error(diag,
                       "neither '%s' nor a library that it is started with has a symbol "
                       "for the function '%s'%s%s%s",
                       preflight->program.binary, patches->plan.named[k].name,
                       clone[0] ? "; the compiler has made '"
                       : likely ? ": did you mean '"
                                : "",
                       clone[0] ? clone : near.text,
                       clone[0] ? "' of it, which can have other arguments"
                       : likely ? "'?"
                                : "");
            status = STATUS_FAILED;
        }
    }
    for (unsigned i = 0; i < patches->fault_count; i++) {
        for (unsigned k = 0; k < patches->plan.named_count; k++) {
            if (strcmp(patches->faults[i].function, patches->plan.named[k].name) == 0) {
                diag_error(diag, "'%s' cannot be made to fail in '%s': %s",
                           patches->faults[i].function, preflight->program.binary,
                           patches->faults[i].reason);
                status = STATUS_FAILED;
            }
        }
    }
    return status;
}

static void look_in_library(void *context, const char *path) {
    patches_find_in(context, path);
}

/** Work out how functions inside the program are reached; 0, or the exit status. */
static int find_patches(struct preflight *preflight, const struct diag *diag) {
    const char *binary = preflight->program.binary;
    bool closed = preflight->facts & IMAGE_STATIC;
    bool allocator = closed || (preflight->facts & INSIDE);
    int status = want_all(preflight, diag);
    if (status == 0 && !closed && !(preflight->facts & IMAGE_FOREIGN) &&
        later_find_started(&preflight->later, binary) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    if (status != 0 || (preflight->facts & IMAGE_FOREIGN) ||
        (!allocator && preflight->patches.plan.named_count == 0)) {
        return status;
    }
    if (patches_find(&preflight->patches, binary, allocator) != 0) {
        diag_error(diag, "cannot read '%s': %s", binary, strerror(errno));
        return STATUS_FAILED;
    }
    if (closed) {
        status = static_program_find(preflight, diag);
    } else if (patches_lack_named(&preflight->patches)) {
        libraries_list(binary, look_in_library, &preflight->patches);
        if (patches_lack_named(&preflight->patches) && later_may_load(binary)) {
            later_expect(&preflight->patches);
        }
    }
    return status != 0 ? status : check_named(preflight, diag);
}

/** Tell that an allocator inside the program is not reached. */
static void tell_unreached(const struct preflight *preflight, const struct diag *diag) {
    const struct patches_fault *fault = &preflight->patches.faults[0];
    diag_error(
        diag,
        "'%s' %s, and its %s() cannot be patched: %s; build it to use the system's (or a "
        "shared) one",
        preflight->program.binary,
        preflight->facts & IMAGE_SANITIZED
            ? "has a sanitizer's run-time library with a malloc inside"
            : "defines a malloc of its own",
        fault->function, fault->reason);
}

/** Whether the program can be tested; 0, or the exit status. */
static int judge(const struct preflight *preflight, bool force, const struct diag *diag) {
    const char *binary = preflight->program.binary;
    bool broken = preflight->breakpoints.patches;
    bool reached = broken || patches_reach_malloc(&preflight->patches);
    unsigned against = preflight->facts & (reached ? ~INSIDE : ~0u) &
                       (broken ? ~(unsigned)IMAGE_STATIC : ~0u);
    if (force && (against & (INSIDE | IMAGE_STATIC)) &&
        !(against & ~(INSIDE | IMAGE_STATIC))) {
        diag_note(diag, "injection cannot reach '%s': it is only watched", binary);
        return 0;
    }
    if (against & IMAGE_STATIC && !(against & IMAGE_FOREIGN)) {
        return static_program_refuse(preflight, diag);
    }
    int status = image_judge(binary, against, diag);
    if (status == 0 && broken) {
        status = static_program_judge(preflight, diag);
    }
    if (status == 0 && (against & INSIDE)) {
        tell_unreached(preflight, diag);
        status = STATUS_FAILED;
    }
    return status;
}

int preflight_find(struct preflight *preflight, const char *policy, const char *name,
                   bool force, const struct diag *diag) {
    int status = load_policy(preflight, policy, diag);
    status = status != 0 ? status : program_find(&preflight->program, name, diag);
    if (status != 0) {
        return status;
    }
    if (access("/proc/self/fd", X_OK) != 0) {
        diag_error(diag, "/proc is not mounted, and the library inside PROGRAM needs "
                         "it to find mallocfail: mount it");
        return STATUS_FAILED;
    }
    preflight->preload = library_find(clibrary_at(preflight->program.binary), diag);
    if (!preflight->preload) {
        return STATUS_FAILED;
    }
    diag_debug(diag, "program: %s", preflight->program.binary);
    if (image_inspect(preflight->program.binary, preflight->preload, &preflight->facts) !=
        0) {
        diag_error(diag, "cannot read '%s' as a library: %s", preflight->preload,
                   strerror(errno));
        return STATUS_FAILED;
    }
    status = find_patches(preflight, diag);
    status = status != 0 ? status : judge(preflight, force, diag);
    if (status == 0 && mf_plan_asks_heap(preflight->policy.policy)) {
        status = preflight_check_blocks(preflight, "\"heap_above\"", true, diag);
    }
    if (status == 0 && preflight_environment(preflight) == ENVIRONMENT_LEAK_CHECK) {
        diag_note(diag,
                  "detect_leaks=1 is set, and LeakSanitizer does not work in a traced "
                  "program: it is not traced, and crashes have no place (--leaks "
                  "finds leaks without LeakSanitizer)");
    }
    return status;
}

enum environment_kind preflight_environment(const struct preflight *preflight) {
    const char *slash = strrchr(preflight->program.path, '/');
    const char *name = slash ? slash + 1 : preflight->program.path;
    bool sanitized = preflight->facts & (IMAGE_LIBASAN | IMAGE_LIBSAN | IMAGE_SANITIZED);
    return strcmp(name, "valgrind") == 0               ? ENVIRONMENT_VALGRIND
           : sanitized && environment_asks_for_leaks() ? ENVIRONMENT_LEAK_CHECK
                                                       : ENVIRONMENT_PLAIN;
}

int preflight_check_allocator(const struct preflight *preflight, uint32_t allocator,
                              const struct diag *diag) {
    uint32_t wanted = allocator ? allocator - 1 : preflight->policy.policy->allocator;
    const struct patches *patches = &preflight->patches;
    const char *function =
        patches_reach_malloc(patches) ? patches_irreplaceable(patches) : NULL;
    const char *word = mf_allocator_words[wanted];
    if (!mf_allocator_align(wanted)) {
        return 0;
    }
    if (preflight->breakpoints.patches) {
        return static_program_lacks(preflight, "another allocator", diag);
    }
    if (preflight->facts & IMAGE_ADDRESS) {
        diag_error(diag,
                   "'%s' has AddressSanitizer, which brings an allocator of its own: run "
                   "it without \"%s\"",
                   preflight->program.binary, word);
    } else if (preflight->facts & IMAGE_THREAD) {
        diag_error(
            diag,
            "'%s' has ThreadSanitizer, which would confuse two blocks, and report a "
            "race: run it without \"%s\"",
            preflight->program.binary, word);
    } else if (function) {
        diag_error(diag,
                   "'%s' has an allocator of its own, whose %s() takes no jump: run it "
                   "without \"%s\"",
                   preflight->program.binary, function, word);
    } else {
        return 0;
    }
    return STATUS_FAILED;
}

int preflight_check_blocks(const struct preflight *preflight, const char *option,
                           bool sizes, const struct diag *diag) {
    if (preflight->breakpoints.patches) {
        return static_program_lacks(preflight, option, diag);
    }
    const char *reason = patches_blind(&preflight->patches, sizes);
    if (!reason) {
        return 0;
    }
    diag_error(diag,
               "'%s' has an allocator of its own, whose blocks %s cannot follow: %s",
               preflight->program.binary, option, reason);
    return STATUS_FAILED;
}

struct run_options preflight_options(const struct preflight *preflight,
                                     char *const *argv) {
    return (struct run_options){
        .policy = &preflight->policy,
        .path = preflight->program.path,
        .argv = argv,
        .preload = preflight->preload,
        .patches = &preflight->patches.plan,
        .later = &preflight->later,
        .breakpoints = &preflight->breakpoints,
        .frees = mf_plan_asks_heap(preflight->policy.policy),
        .environment = preflight_environment(preflight),
        .timeout_ns = CLOCK_NEVER,
        .trace = environment_is_traced(preflight_environment(preflight)),
    };
}

bool preflight_own_malloc(const char *name) {
    const struct diag silent = {.quiet = true, .silent = true};
    struct program program = {0};
    struct patches patches = {0};
    unsigned facts = 0;
    bool reached = false;
    if (access(name, X_OK) == 0 && program_find(&program, name, &silent) == 0) {
        image_inspect(program.binary, program.binary, &facts);
        // Of a static one it is told why it is not reached.
        reached = (facts & IMAGE_STATIC) || (facts & IMAGE_OWN_MALLOC) == 0 ||
                  (patches_find(&patches, program.binary, true) == 0 &&
                   patches_reach_malloc(&patches));
        program_destroy(&program);
    }
    return (facts & IMAGE_OWN_MALLOC) && !reached;
}

void preflight_release(struct preflight *preflight) {
    free(preflight->preload);
    program_destroy(&preflight->program);
    policyfile_destroy(&preflight->policy);
    later_release(&preflight->later);
    *preflight = (struct preflight){0};
}
