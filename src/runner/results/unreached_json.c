// SPDX-License-Identifier: MIT
#include "runner/results/unreached_json.h"

#include "runner/util/json.h"

json_t *unreached_json(const struct campaign *campaign) {
    const struct pools *pools = &campaign->unreached;
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < pools->count; i++) {
        const struct own_pool *pool = &pools->list[i];
        json_t *entry = json_object();
        int worse = json_put(entry, "what", json_text(pool->what));
        worse |= json_put(entry, "symbol", json_text(pool->symbol));
        worse |= json_put(entry, "module", json_optional(pool->module));
        worse |= json_put(entry, "remedy", json_optional(pool->remedy));
        if (pool->more > 0) {
            worse |= json_put(entry, "more", json_count(pool->more));
        }
        bad |= json_array_append_new(list, json_finished(entry, worse));
    }
    return json_finished(list, bad);
}

/** The programs of a suite. */
static json_t *programs_json(const struct unseen_kind *kind) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < kind->count && i < UNSEEN_PROGRAMS_MAX; i++) {
        bad |= json_array_append_new(list, json_text(kind->programs[i]));
    }
    return json_finished(list, bad);
}

json_t *unseen_json(const struct campaign *campaign) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < campaign->unseen.count; i++) {
        const struct unseen_kind *kind = &campaign->unseen.list[i];
        json_t *entry = json_object();
        int worse = json_put(entry, "what", json_text(kind->unseen->what));
        worse |= json_put(entry, "why", json_text(kind->unseen->why));
        worse |= json_put(entry, "remedy", json_text(kind->unseen->remedy));
        if (kind->count > 0) {
            worse |= json_put(entry, "programs", programs_json(kind));
            worse |= json_put(entry, "programs_in_all", json_count(kind->count));
        }
        bad |= json_array_append_new(list, json_finished(entry, worse));
    }
    return json_finished(list, bad);
}
