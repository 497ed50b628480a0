// SPDX-License-Identifier: MIT
#include "runner/run/static_program.h"

#include "runner/code/elffile.h"
#include "runner/util/status.h"

#include <errno.h>
#include <string.h>

int static_program_find(struct preflight *preflight, const struct diag *diag) {
    const char *binary = preflight->program.binary;
    const struct mf_patches *patches = &preflight->patches.plan;
    struct breakpoint_plan *plan = &preflight->breakpoints;
    if (!machine_has_breakpoints || patches->count == 0) {
        return 0;
    }
    if (breakpoint_plan_find(plan, binary, patches) != 0) {
        diag_error(diag, "cannot read '%s': %s", binary, strerror(errno));
        return STATUS_FAILED;
    }
    if (breakpoint_plan_functions(plan) == 0) {
        plan->patches = NULL;
    }
    return 0;
}

/** Whether a file is a Go program. */
static bool is_go(const char *binary) {
    struct elffile *file = elffile_open(binary);
    bool is = file && elffile_has_section(file, ".go.buildinfo");
    elffile_close(file);
    return is;
}

int static_program_refuse(const struct preflight *preflight, const struct diag *diag) {
    const char *binary = preflight->program.binary;
    const struct patches *patches = &preflight->patches;
    if (!machine_has_breakpoints) {
        diag_error(diag,
                   "'%s' is linked statically, and such programs can be tested on x86-64 "
                   "only: link it dynamically (without -static)",
                   binary);
    } else if (is_go(binary)) {
        diag_error(
            diag,
            "'%s' is a Go program: it is linked statically, and Go's own allocator "
            "ends the program where memory is short, so no call can fail",
            binary);
    } else if (patches->found) {
        diag_error(
            diag,
            "'%s' is linked statically, and its %s() takes no breakpoint: %s; link "
            "it dynamically (without -static)",
            binary, patches->faults[0].function, patches->faults[0].reason);
    } else {
        diag_error(
            diag,
            "'%s' is linked statically and has no symbol for malloc(), as stripped "
            "programs do: say where its functions are, as in --allocation "
            "0xADDRESS:size=1, or use one that is not stripped",
            binary);
    }
    return STATUS_FAILED;
}

int static_program_lacks(const struct preflight *preflight, const char *what,
                         const struct diag *diag) {
    diag_error(diag,
               "'%s' is linked statically, so no library can be loaded into it, which %s "
               "needs",
               preflight->program.binary, what);
    return STATUS_FAILED;
}

/** Whether a rule selects something that can fail; 0, or the exit status. */
static int judge_rule(const struct preflight *preflight, const struct mf_rule *rule,
                      const struct diag *diag) {
    mf_functions reached = breakpoint_plan_functions(&preflight->breakpoints);
    // Of the memory functions some are enough; of others all that are named are meant.
    mf_functions others = rule->functions & ~MF_FUNCTIONS_DEFAULT;
    mf_functions lacking = others ? others & ~reached : 0;
    char bytes[256];
    struct mf_text names = mf_text_begin(bytes, sizeof(bytes));
    if ((rule->functions & reached) && !lacking) {
        return 0;
    }
    mf_functions_write(lacking ? lacking : rule->functions, &names);
    diag_error(diag,
               "rule \"%s\" selects what cannot fail: '%s' is linked statically, and no "
               "breakpoint is put into %s",
               rule->name, preflight->program.binary, bytes);
    return STATUS_FAILED;
}

int static_program_judge(const struct preflight *preflight, const struct diag *diag) {
    const struct mf_policy *policy = preflight->policy.policy;
    int status = 0;
    if (preflight->also) {
        return static_program_lacks(preflight, "--also", diag);
    }
    if (policy->arm == MF_ARM_API) {
        return static_program_lacks(preflight, "\"arm\": \"api\"", diag);
    }
    if (policy->arm == MF_ARM_MAIN && !preflight->breakpoints.main) {
        diag_error(diag, "'%s' has no symbol for main(), where \"arm\": \"main\" begins",
                   preflight->program.binary);
        return STATUS_FAILED;
    }
    for (uint32_t i = 0; i < policy->rule_count && status == 0; i++) {
        status = judge_rule(preflight, &policy->rules[i], diag);
    }
    if (status == 0 && !breakpoint_plan_sets_errno(&preflight->breakpoints)) {
        diag_note(diag,
                  "'%s' has no symbol for errno: calls that fail leave it as it was",
                  preflight->program.binary);
    }
    return status;
}
