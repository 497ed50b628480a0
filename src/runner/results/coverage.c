// SPDX-License-Identifier: MIT
#include "runner/results/coverage.h"

#include "runner/code/symbol.h"
#include "runner/diagnose/callname.h"
#include "runner/results/coverage_json.h"
#include "runner/util/clock.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>

/** How long places are named after a signal. */
#define MOMENT (150 * CLOCK_MILLISECOND)

/** What part of the budget it may take to name places when the time for trials is over. */
#define BUDGET_PART 40

int coverage_count(struct coverage *coverage, const struct campaign *campaign) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    bool *stack_failed = calloc(stacks->count + 1, sizeof(bool));
    bool *site_failed = calloc(stacks->site_count + 1, sizeof(bool));
    int result = stack_failed && site_failed ? 0 : -1;
    *coverage = (struct coverage){
        .stacks = stacks->count - stacks->stacks_out,
        .sites = stacks->site_count - stacks->sites_out,
    };
    for (size_t i = 0; result == 0 && i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        const struct stacks_entry *entry = stacks_find(stacks, trial->stack_id);
        if (trial->state != TRIAL_DONE || !trial->failed || !entry || entry->left_out) {
            continue;
        }
        coverage->stacks_failed += !stack_failed[entry - stacks->list];
        coverage->sites_failed += !site_failed[entry->site];
        stack_failed[entry - stacks->list] = true;
        site_failed[entry->site] = true;
    }
    free(site_failed);
    free(stack_failed);
    return result;
}

/** The call that a reader knows a site by: of those inlined there, the innermost one that
 * is neither the C++ library's nor there to allocate for others. */
static const struct symbol *symbol_of(struct symbol_list list) {
    size_t at = 0;
    while (at + 1 < list.count && (callname_is_template(list.symbols[at].short_name) ||
                                   callname_is_wrapper(list.symbols[at].short_name))) {
        at++;
    }
    return &list.symbols[at];
}

/** A place as the symbols of the findings have it: their files are open already. */
static struct frame entered(const struct campaign *campaign, const struct frame *place) {
    const struct modules *modules = &campaign->oracle.stacks.modules;
    struct frame frame = {MODULE_NONE, place->offset};
    if (place->module < modules->count) {
        frame.module =
            modules_add(&campaign->defects->modules, &modules->entries[place->module]);
    }
    return frame;
}

/** When to stop naming. */
static uint64_t naming_ends(const struct campaign *campaign) {
    uint64_t until = campaign->until_ns;
    if (until != CLOCK_NEVER) {
        until += campaign->options->budget_ns / BUDGET_PART;
    }
    uint64_t moment = clock_now() + MOMENT;
    return campaign->stopped_by && moment < until ? moment : until;
}

/** Whether there is time to name one more place. */
static bool has_time(struct campaign *campaign, uint64_t until) {
    int number = signals_wait(0);
    if (number && signals_are_final(number)) {
        campaign->unnamed_by = number;
    }
    return !campaign->unnamed_by && clock_now() < until;
}

/** Name places; how many could not be. */
static size_t name_places(struct campaign *campaign, const struct frame *places,
                          size_t count, uint64_t until) {
    size_t at = 0;
    while (at < count && has_time(campaign, until)) {
        symbols_find(campaign->defects->symbols, entered(campaign, &places[at++]), true);
    }
    size_t unnamed = 0;
    for (; at < count; at++) {
        unnamed += !symbols_known(campaign->defects->symbols,
                                  entered(campaign, &places[at]), true);
    }
    return unnamed;
}

void coverage_name(struct campaign *campaign) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    uint64_t until = naming_ends(campaign);
    name_places(campaign, stacks->sites, stacks->site_count, until);
    campaign->unnamed = name_places(campaign, stacks->places, stacks->place_count, until);
}

static json_t *place_json(const struct campaign *campaign, const struct frame *place) {
    static const struct symbol nameless;
    const struct modules *modules = &campaign->oracle.stacks.modules;
    const struct symbol_list *named =
        symbols_known(campaign->defects->symbols, entered(campaign, place), true);
    const struct symbol *symbol = named ? symbol_of(*named) : &nameless;
    bool known = place->module < modules->count;
    const struct mf_module *module = known ? &modules->entries[place->module] : NULL;
    const char *name = modules_name(modules, place->module);
    json_t *object = json_object();
    int bad = json_put(object, "module", name ? json_text(name) : json_null());
    bad |= json_put(object, "path", known ? json_text(module->path) : json_null());
    bad |= json_put(object, "build_id",
                    known ? json_bytes(module->build_id, module->build_id_length)
                          : json_null());
    bad |= json_put(object, "offset", known ? json_hex(place->offset) : json_null());
    bad |= json_put(object, "named", json_boolean(named));
    bad |= json_put(object, "function", json_optional(symbol->function));
    bad |= json_put(object, "file", json_optional(symbol->file));
    bad |= json_put(object, "directory",
                    json_optional(symbol->file ? symbol->directory : NULL));
    bad |=
        json_put(object, "line", symbol->file ? json_integer(symbol->line) : json_null());
    return json_finished(object, bad);
}

static json_t *places_json(const struct campaign *campaign, const struct frame *places,
                           size_t count) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        bad |= json_array_append_new(list, place_json(campaign, &places[i]));
    }
    return json_finished(list, bad);
}

static json_t *frames_json(const struct stacks *stacks,
                           const struct stacks_entry *entry) {
    json_t *list = json_array();
    int bad = 0;
    for (uint32_t i = 0; i < entry->count; i++) {
        const struct frame *frame = &stacks->frames[entry->first + i];
        if (!stacks_is_runtime(stacks, frame)) {
            bad |= json_array_append_new(list, json_count(stacks_place(stacks, frame)));
        }
    }
    return json_finished(list, bad);
}

static json_t *stacks_json(const struct stacks *stacks) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        const struct stacks_entry *entry = &stacks->list[i];
        json_t *object = json_object();
        bad |= json_put(object, "stack_id", json_id(entry->id));
        bad |= json_put(object, "call_site", json_count(entry->site));
        bad |= json_put(object, "number", json_count(entry->number));
        bad |= json_put(object, "allocations", json_count(entry->allocations));
        bad |= json_put(object, "left_out", json_boolean(entry->left_out));
        bad |= json_put(object, "frames", frames_json(stacks, entry));
        bad |= json_array_append_new(list, object);
    }
    return json_finished(list, bad);
}

static json_t *globs_json(const struct stacks_globs *globs) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; i < globs->count; i++) {
        bad |= json_array_append_new(list, json_text(globs->list[i]));
    }
    return json_finished(list, bad);
}

/** The functions that allocate for their callers. */
static json_t *wrappers_json(const struct wrappers *wrappers) {
    static const char *const how[] = {
        [WRAPPER_FOUND] = "code", [WRAPPER_NAMED] = "option", [WRAPPER_KNOWN] = "name"};
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < wrappers->count; i++) {
        const struct wrapper *wrapper = &wrappers->list[i];
        if (wrappers_is_again(wrappers, i)) {
            continue;
        }
        json_t *object = json_object();
        bad |= json_put(object, "function", json_optional(wrapper->function));
        bad |= json_put(object, "module", json_text(wrapper->module));
        bad |= json_put(object, "offset", json_hex(wrapper->start));
        bad |= json_put(object, "known_by", json_string(how[wrapper->kind]));
        bad |= json_array_append_new(list, object);
    }
    return json_finished(list, bad);
}

json_t *coverage_json(const struct campaign *campaign, const struct triallist *trials) {
    const struct points_choice *choice = &campaign->options->choice;
    const struct stacks *stacks = &campaign->oracle.stacks;
    json_t *object = json_object();
    int bad = json_put(object, "only_modules", globs_json(&choice->only));
    bad |= json_put(object, "skip_modules", globs_json(&choice->skip));
    bad |= json_put(object, "wrappers", wrappers_json(&campaign->wrappers));
    bad |= json_put(object, "wrappers_unread", json_boolean(campaign->wrappers.unread));
    bad |= json_put(object, "call_sites",
                    places_json(campaign, stacks->sites, stacks->site_count));
    bad |= json_put(object, "places",
                    places_json(campaign, stacks->places, stacks->place_count));
    bad |= json_put(object, "stacks", stacks_json(stacks));
    return json_finished(object, bad || coverage_json_trials(object, trials) != 0);
}
