// SPDX-License-Identifier: MIT
#include "runner/cmd/shorthand.h"

#include "core/policy/policy.h"
#include "runner/util/clock.h"
#include "runner/util/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/** What a pattern for modules begins with that is for all of the stack. */
static const char anywhere[] = "stack:";

static bool has_places(const struct points_choice *choice) {
    return choice->only.count + choice->skip.count + choice->only_function.count +
               choice->skip_function.count >
           0;
}

bool shorthand_is_given(const struct settings *settings) {
    const struct points_choice *choice = &settings->campaign.choice;
    return selection_has_numbers(&choice->selection) ||
           selection_has_facts(&choice->selection) || has_places(choice);
}

/** How many allocations --nth names. */
static uint64_t count_nth(const struct selection *selection) {
    uint64_t count = 0;
    for (unsigned i = 0; i < selection->nth_count; i++) {
        uint64_t more = selection->nth[i].to - selection->nth[i].from + 1;
        count = more > INT64_MAX - count ? INT64_MAX : count + more;
    }
    return count;
}

bool shorthand_fits(const struct settings *settings, bool single,
                    const struct diag *diag) {
    const struct points_choice *choice = &settings->campaign.choice;
    const struct selection *selection = &choice->selection;
    int triggers =
        (selection->nth_count > 0) + (selection->every > 0) + (selection->chance > 0);
    if (triggers > 1) {
        diag_error(diag, "--nth, --every and --random do not go together: give one");
    } else if (single && settings->policy && shorthand_is_given(settings)) {
        diag_error(diag, "--policy says which allocations fail, and so do --nth, "
                         "--only-module and the like: give one or the other");
    } else if (single && selection->nth_count > 1 &&
               count_nth(selection) > MF_POLICY_NTH_MAX) {
        diag_error(diag,
                   "--nth names more than %d allocations: give one range, or --every",
                   MF_POLICY_NTH_MAX);
    } else if (single && choice->seed && selection->chance <= 0) {
        diag_error(diag, "--seed goes with --random; a policy has a seed of its own");
    } else if (single && choice->only.count + choice->only_function.count +
                                 choice->skip.count + choice->skip_function.count >
                             MF_POLICY_RULES_MAX / 2) {
        diag_error(diag, "more than %d patterns for modules and functions",
                   MF_POLICY_RULES_MAX / 2);
    } else {
        return true;
    }
    return false;
}

/** What --nth says, as policies have it. */
static json_t *make_nth(const struct selection *selection) {
    const struct selection_range *range = &selection->nth[0];
    if (selection->nth_count == 1 && range->from == range->to) {
        return json_integer((json_int_t)range->from);
    }
    if (selection->nth_count == 1) {
        return json_pack("{s:I, s:I}", "from", (json_int_t)range->from, "to",
                         (json_int_t)range->to);
    }
    json_t *list = json_array();
    for (unsigned i = 0; i < selection->nth_count; i++) {
        range = &selection->nth[i];
        for (uint64_t number = range->from; number <= range->to; number++) {
            json_array_append_new(list, json_integer((json_int_t)number));
        }
    }
    return list;
}

/** Which calls a rule is for: `module` or `function` is a pattern, the other one NULL. */
static json_t *make_place(const char *module, const char *function) {
    bool all = module && strncmp(module, anywhere, sizeof(anywhere) - 1) == 0;
    const char *glob = function ? function : all ? module + sizeof(anywhere) - 1 : module;
    return json_pack("{s:{s:s}}", function || all ? "stack" : "caller",
                     function ? "function" : "module", glob);
}

/** Name a rule after the option that it stands for, so that reports name that: "--nth 50". */
static int put_name(json_t *rule, const struct selection *selection) {
    char name[MF_POLICY_NAME_MAX / 2];
    const struct selection_range *first = &selection->nth[0];
    if (selection->nth_count == 1 && first->from == first->to) {
        snprintf(name, sizeof(name), "--nth %" PRIu64, first->from);
    } else if (selection->nth_count == 1) {
        snprintf(name, sizeof(name), "--nth %" PRIu64 "-%" PRIu64, first->from,
                 first->to);
    } else if (selection->nth_count > 1) {
        snprintf(name, sizeof(name), "--nth");
    } else if (selection->every) {
        snprintf(name, sizeof(name), "--every %" PRIu64, selection->every);
    } else if (selection->chance > 0) {
        snprintf(name, sizeof(name), "--random");
    } else if (selection->sized) {
        snprintf(name, sizeof(name), "--above %" PRIu64, selection->above);
    } else if (selection->after_ns) {
        snprintf(name, sizeof(name), "--after");
    } else {
        return 0;
    }
    return json_put(rule, "name", json_string(name));
}

/** A rule that makes allocations fail. */
static json_t *make_rule(const struct selection *selection, const char *module,
                         const char *function) {
    json_t *rule = json_object();
    int bad = put_name(rule, selection);
    if (module) {
        json_t *place = make_place(module, NULL);
        bad |= !place || json_object_update(rule, place);
        json_decref(place);
    }
    if (function) {
        json_t *place = make_place(NULL, function);
        bad |= !place || json_object_update(rule, place);
        json_decref(place);
    }
    bad |= selection->sized &&
           json_put(rule, "above_size", json_integer((json_int_t)selection->above));
    bad |= selection->after_ns &&
           json_put(rule, "after_ms",
                    json_integer((json_int_t)(selection->after_ns / CLOCK_MILLISECOND)));
    bad |= selection->nth_count && json_put(rule, "nth", make_nth(selection));
    bad |= selection->every &&
           json_put(rule, "every", json_integer((json_int_t)selection->every));
    bad |= selection->chance > 0 &&
           json_put(rule, "probability", json_real(selection->chance));
    if (bad) {
        json_decref(rule);
        return NULL;
    }
    return rule;
}

/** Add rules that spare what patterns match. */
static int put_spared(json_t *rules, const struct stacks_globs *globs, bool functions) {
    int bad = 0;
    for (unsigned i = 0; i < globs->count; i++) {
        json_t *rule = functions ? make_place(NULL, globs->list[i])
                                 : make_place(globs->list[i], NULL);
        bad |= !rule || json_put(rule, "action", json_string("spare")) ||
               json_array_append(rules, rule);
        json_decref(rule);
    }
    return bad;
}

/** Add the rules that make allocations fail: one for each pair of a module and a function
 * that are wanted. */
static int put_failing(json_t *rules, const struct points_choice *choice) {
    const struct stacks_globs *modules = &choice->only;
    const struct stacks_globs *functions = &choice->only_function;
    int bad = 0;
    for (unsigned i = 0; i == 0 || i < modules->count; i++) {
        for (unsigned k = 0; k == 0 || k < functions->count; k++) {
            bad |= json_array_append_new(
                rules,
                make_rule(&choice->selection, modules->count ? modules->list[i] : NULL,
                          functions->count ? functions->list[k] : NULL));
        }
    }
    return bad;
}

char *shorthand_policy(const struct settings *settings) {
    const struct points_choice *choice = &settings->campaign.choice;
    json_t *rules = json_array();
    json_t *policy = json_object();
    int bad = !rules || put_spared(rules, &choice->skip, false) ||
              put_spared(rules, &choice->skip_function, true) ||
              put_failing(rules, choice);
    bad |=
        choice->seed && json_put(policy, "seed", json_integer((json_int_t)choice->seed));
    bad |= !rules || json_object_set(policy, "rules", rules);
    char *text = bad ? NULL : json_dumps(policy, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(policy);
    json_decref(rules);
    return text;
}
