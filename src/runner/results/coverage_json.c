// SPDX-License-Identifier: MIT
// Results may come from files that others wrote: whatever is missing counts for nothing.
#include "runner/results/coverage_json.h"

#include "core/policy/mix.h"
#include "runner/util/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_int_t number_of(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/** Add to a count; 0 on success. */
static int add(json_t *object, const char *key, json_int_t count) {
    return json_put(object, key, json_integer(json_sum(number_of(object, key), count)));
}

/** The object in an object, made if there is none; NULL when memory ran out. */
static json_t *inner(json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    if (!json_is_object(value)) {
        json_object_set_new(object, key, json_object());
        value = json_object_get(object, key);
    }
    return value;
}

/** A stack's call site; NULL = none. */
static json_t *site_of(const json_t *coverage, const json_t *stack) {
    json_int_t at = number_of(stack, "call_site");
    const json_t *sites = json_object_get(coverage, "call_sites");
    return at < 0 ? NULL : json_array_get(sites, (size_t)at);
}

/** The stacks by their ids; NULL when memory ran out. */
static json_t *index_stacks(const json_t *coverage) {
    json_t *index = json_object();
    json_t *stack;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(coverage, "stacks"), at, stack) {
        bad |= json_object_set(index, text_of(stack, "stack_id"), stack);
    }
    return json_finished(index, bad);
}

/** Set all counts to what holds without trials; 0 on success. */
static int begin(json_t *coverage) {
    static const char *const counts[] = {"allocations",   "stacks",   "stacks_left_out",
                                         "stacks_failed", "failures", "points_failed"};
    json_t *site, *stack;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(coverage, "call_sites"), at, site) {
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            bad |= json_put(site, counts[i], json_integer(0));
        }
        bad |= json_put(site, "outcomes", json_object());
    }
    json_array_foreach(json_object_get(coverage, "stacks"), at, stack) {
        bad |= json_put(stack, "failures", json_integer(0));
        bad |= json_put(stack, "outcomes", json_object());
        site = site_of(coverage, stack);
        if (site) {
            bool out = json_is_true(json_object_get(stack, "left_out"));
            bad |= add(site, "allocations", number_of(stack, "allocations"));
            bad |= add(site, "stacks", 1) | add(site, "stacks_left_out", out);
        }
    }
    return bad;
}

/** A point of a call site that has failed, by one trial or several. */
struct failed_point {
    /** Index of the site, and what tells its points apart. */
    json_int_t site;
    uint64_t key;
};

/** What is counted at the end. */
struct failed_points {
    struct failed_point *list;
    size_t count, room;
};

/** Note a trial's point; 0 on success. */
static int note_point(struct failed_points *points, const json_t *stack,
                      const json_t *trial) {
    if (points->count == points->room) {
        size_t room = points->room ? 2 * points->room : 64;
        void *grown = reallocarray(points->list, room, sizeof(points->list[0]));
        if (!grown) {
            return -1;
        }
        points->list = grown;
        points->room = room;
    }
    uint64_t id = strtoull(text_of(trial, "stack_id"), NULL, 16);
    points->list[points->count++] = (struct failed_point){
        .site = number_of(stack, "call_site"),
        .key = mf_mix(id + MF_MIX_STEP) + (uint64_t)number_of(trial, "number"),
    };
    return 0;
}

static int by_point(const void *a, const void *b) {
    const struct failed_point *one = a, *other = b;
    return one->site != other->site
               ? (one->site > other->site) - (one->site < other->site)
               : (one->key > other->key) - (one->key < other->key);
}

/** Count the points of each call site, each once; 0 on success. */
static int count_points(const json_t *coverage, struct failed_points *points) {
    const json_t *sites = json_object_get(coverage, "call_sites");
    int bad = 0;
    if (points->count > 0) {
        qsort(points->list, points->count, sizeof(points->list[0]), by_point);
    }
    for (size_t i = 0, next; i < points->count; i = next) {
        const json_int_t site = points->list[i].site;
        json_int_t count = 0;
        for (next = i; next < points->count && points->list[next].site == site; next++) {
            count += next == i || points->list[next].key != points->list[next - 1].key;
        }
        json_t *object = site < 0 ? NULL : json_array_get(sites, (size_t)site);
        bad |= object ? add(object, "points_failed", count) : 0;
    }
    return bad;
}

/** Count one trial that failed a stack; 0 on success. */
static int count(json_t *coverage, json_t *stack, const json_t *trial,
                 struct failed_points *points) {
    const char *outcome = text_of(trial, "outcome");
    json_t *modes = inner(stack, "outcomes");
    json_t *site = site_of(coverage, stack);
    int bad = note_point(points, stack, trial);
    if (site) {
        bad |= add(site, "stacks_failed", number_of(stack, "failures") == 0);
        bad |= add(site, "failures", 1);
        bad |= add(inner(site, "outcomes"), outcome, 1);
    }
    bad |= add(inner(modes, text_of(trial, "mode")), outcome, 1);
    return bad | add(stack, "failures", 1);
}

/** Add a call site or stack to a summary; 0 on success. */
static int sum_up(json_t *summary, const char *what, bool left_out, bool failed) {
    char key[64];
    snprintf(key, sizeof(key), "%s_%s", what, left_out ? "left_out" : "failed");
    int bad = left_out ? 0 : add(summary, what, 1);
    return bad | (left_out || failed ? add(summary, key, 1) : 0);
}

/** How many there are, and how many of them failed; NULL when memory ran out. */
static json_t *summarize(const json_t *coverage) {
    json_t *summary =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "stacks", 0, "stacks_failed", 0,
                  "stacks_left_out", 0, "call_sites", 0, "call_sites_failed", 0,
                  "call_sites_left_out", 0, "places_unnamed", 0);
    json_t *site, *stack, *place;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(coverage, "stacks"), at, stack) {
        bad |= sum_up(summary, "stacks", json_is_true(json_object_get(stack, "left_out")),
                      number_of(stack, "failures") > 0);
    }
    json_array_foreach(json_object_get(coverage, "call_sites"), at, site) {
        bool out = number_of(site, "stacks") == number_of(site, "stacks_left_out");
        bad |= sum_up(summary, "call_sites", out, number_of(site, "failures") > 0);
    }
    json_array_foreach(json_object_get(coverage, "places"), at, place) {
        bad |= add(summary, "places_unnamed",
                   json_is_false(json_object_get(place, "named")));
    }
    return json_finished(summary, bad);
}

/** Count a trial, if it failed a stack that is known; 0 on success. */
static int count_trial(json_t *coverage, const json_t *stacks, const json_t *trial,
                       struct failed_points *points) {
    json_t *stack = json_object_get(stacks, text_of(trial, "stack_id"));
    const json_t *failed = json_object_get(trial, "failed");
    bool reached = !failed || json_integer_value(failed) > 0;
    return stack && reached ? count(coverage, stack, trial, points) : 0;
}

int coverage_json_trials(json_t *coverage, const struct triallist *trials) {
    json_t *stacks = index_stacks(coverage);
    struct failed_points points = {0};
    int bad = !stacks || begin(coverage) != 0;
    for (size_t i = 0; i < trials->count && !bad; i++) {
        json_t *trial = trials->get(trials->from, i);
        bad = !trial || count_trial(coverage, stacks, trial, &points) != 0;
        json_decref(trial);
    }
    bad |= count_points(coverage, &points);
    free(points.list);
    json_decref(stacks);
    return bad | json_put(coverage, "summary", summarize(coverage)) ? -1 : 0;
}

/** What makes a place that one, wherever its file lies; to be freed. */
static char *place_key(const json_t *place) {
    char *key = NULL;
    const char *build_id = text_of(place, "build_id");
    int length = asprintf(&key, "%s %s", *build_id ? build_id : text_of(place, "path"),
                          text_of(place, "offset"));
    return length < 0 ? NULL : key;
}

/** Enter a place into the index, as what is at `at`, if it is not there; where it is, or
 * NULL when memory ran out. */
static const json_t *enter_place(json_t *index, const json_t *place, size_t at) {
    char *key = place_key(place);
    const json_t *found = key ? json_object_get(index, key) : NULL;
    if (key && !found && json_object_set_new(index, key, json_count(at)) == 0) {
        found = json_object_get(index, key);
    }
    free(key);
    return found;
}

/** Add places to others, and list where each is now; NULL when memory ran out. */
static json_t *join_places(json_t *into, const json_t *from) {
    json_t *index = json_object();
    json_t *moved = json_array();
    json_t *place;
    size_t at;
    int bad = !index || !moved;
    json_array_foreach(into, at, place) {
        bad |= !enter_place(index, place, at);
    }
    json_array_foreach(from, at, place) {
        size_t next = json_array_size(into);
        const json_t *found = enter_place(index, place, next);
        if (found && (size_t)json_integer_value(found) == next) {
            bad |= json_array_append(into, place);
        }
        bad |= !found ||
               json_array_append_new(moved, json_integer(json_integer_value(found))) != 0;
    }
    json_decref(index);
    return json_finished(moved, bad);
}

/** Where the place with an old index is now; NULL = nowhere. */
static json_t *move(const json_t *moved, const json_t *old) {
    json_int_t at = json_integer_value(old);
    return at < 0 ? NULL : json_array_get(moved, (size_t)at);
}

/** Set a stack's places to where they are now; 0 on success. */
static int move_places(json_t *stack, const json_t *sites, const json_t *places) {
    json_t *frames = json_array();
    json_t *frame;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(stack, "frames"), at, frame) {
        json_t *place = move(places, frame);
        bad |= place ? json_array_append(frames, place) : 0;
    }
    json_t *site = move(sites, json_object_get(stack, "call_site"));
    bad |= json_put(stack, "call_site", site ? json_incref(site) : json_integer(-1));
    return bad | json_put(stack, "frames", frames);
}

/** Join a stack with what other clean runs said of it; 0 on success. */
static int join_stack(json_t *twin, const json_t *stack) {
    json_int_t one = number_of(twin, "allocations");
    json_int_t other = number_of(stack, "allocations");
    bool out = json_is_true(json_object_get(twin, "left_out")) &&
               json_is_true(json_object_get(stack, "left_out"));
    return json_put(twin, "allocations", json_integer(one > other ? one : other)) |
           json_put(twin, "left_out", json_boolean(out));
}

/** Where other patterns chose the failures, there are none for all; 0 on success. */
static int join_filters(json_t *into, const json_t *from) {
    static const char *const filters[] = {"only_modules", "skip_modules"};
    int bad = 0;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        if (!json_equal(json_object_get(into, filters[i]),
                        json_object_get(from, filters[i]))) {
            bad |= json_put(into, filters[i], json_null());
        }
    }
    return bad;
}

/** Add the wrappers that are not known yet; 0 on success. */
static int join_wrappers(json_t *into, const json_t *from) {
    json_t *list = json_object_get(into, "wrappers");
    json_t *wrapper;
    size_t at;
    int bad = 0;
    json_array_foreach(json_object_get(from, "wrappers"), at, wrapper) {
        size_t twin = 0;
        while (twin < json_array_size(list) &&
               !json_equal(json_array_get(list, twin), wrapper)) {
            twin++;
        }
        bad |=
            list && twin == json_array_size(list) ? json_array_append(list, wrapper) : 0;
    }
    return bad;
}

int coverage_json_join(json_t *into, const json_t *from) {
    json_t *list = json_object_get(into, "stacks");
    json_t *index = index_stacks(into);
    json_t *sites = join_places(json_object_get(into, "call_sites"),
                                json_object_get(from, "call_sites"));
    json_t *places =
        join_places(json_object_get(into, "places"), json_object_get(from, "places"));
    json_t *stack;
    size_t at;
    int bad = !index || !sites || !places || join_filters(into, from) != 0 ||
              join_wrappers(into, from) != 0;
    json_array_foreach(json_object_get(from, "stacks"), at, stack) {
        json_t *twin = json_object_get(index, text_of(stack, "stack_id"));
        if (twin) {
            bad |= join_stack(twin, stack);
        } else {
            bad |= move_places(stack, sites, places);
            bad |= json_array_append(list, stack);
        }
    }
    json_decref(places);
    json_decref(sites);
    json_decref(index);
    return bad ? -1 : 0;
}
