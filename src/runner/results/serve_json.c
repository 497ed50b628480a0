// SPDX-License-Identifier: MIT
#include "runner/results/serve_json.h"

#include "runner/util/clock.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"

static json_t *seconds(uint64_t ns) {
    return json_real((double)ns / (double)CLOCK_SECOND);
}

json_t *serve_json(const struct campaign *campaign) {
    const struct served *served = campaign->served;
    double spent = (double)campaign->trying_ns / (double)CLOCK_SECOND;
    json_t *object = json_object();
    int bad = exact_put(object, "ready", served->ready);
    bad |= exact_put(object, "drive", served->drive);
    bad |= exact_put(object, "health", served->health);
    bad |= json_put(object, "ready_seconds", seconds(served->started_ns));
    bad |= json_put(object, "drive_seconds", seconds(served->drive_ns));
    bad |= json_put(object, "allocations", json_count(served->allocations));
    bad |= json_put(object, "drives", json_count(served->drives));
    bad |= json_put(object, "health_checks", json_count(served->checks));
    bad |= json_put(object, "starts", json_count(served->starts));
    bad |= json_put(object, "failures_per_minute",
                    json_real(spent > 0 ? (double)campaign->done * 60 / spent : 0));
    bad |= json_put(object, "not_reached_again", json_count(served->not_again));
    bad |= json_put(object, "stacks_before_ready", json_count(served->before_ready));
    bad |= json_put(object, "stacks_between_drives", json_count(served->between));
    bad |= json_put(object, "stacks_after_failures", json_count(served->after_failure));
    bad |= json_put(object, "belated", json_count(served->belated));
    return json_finished(object, bad);
}

int serve_json_put(json_t *object, const struct trial *trial) {
    const struct trial_served *served = &trial->served;
    json_t *alone = served->alone == TRIAL_ALONE_UNKNOWN
                        ? json_null()
                        : json_boolean(served->alone == TRIAL_ALONE);
    int bad = json_put(object, "earlier_failures", json_count(served->earlier));
    bad |= json_put(object, "alone", alone);
    bad |= json_put(object, "drive_status",
                    served->unanswered ? json_null() : json_integer(served->drive));
    return bad;
}
