// SPDX-License-Identifier: MIT
#include "runner/serve/reproduction.h"

#include "core/channel/stacktable.h"
#include "runner/formats/finding_text.h"
#include "runner/points/stacks.h"
#include "runner/report/finding_json.h"
#include "runner/serve/trying.h"
#include "runner/util/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** So many drives come to the stack, or it is not there. */
#define DRIVES_MAX 3

/** Have the stack in the table, for it to be wanted; it may be there. */
static void enter(struct server *server, uint64_t stack_id) {
    struct mf_stack *stack =
        mf_stacktable_find((struct mf_stack *)server->table, STACKS_ROOM, stack_id);
    uint64_t none = 0;
    if (stack) {
        atomic_compare_exchange_strong(&stack->id, &none, stack_id);
    }
}

/** Whether a defect is the finding. */
static bool is_wanted(const struct defect *defect, const char *signature) {
    char text[32];
    snprintf(text, sizeof(text), "%016" PRIx64, defect->finding.signature);
    return strcmp(text, signature) == 0;
}

/** Print what was found; whether the finding is among it. */
static bool tell(const struct campaign *campaign, const char *signature) {
    const struct defects *defects = campaign->defects;
    const struct document style = {
        .colour = campaign->diag->colour,
        .verbose = campaign->diag->verbose,
    };
    bool found = false;
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        found |= is_wanted(defect, signature);
        json_t *finding = finding_json(&defect->finding, &defects->modules, NULL);
        if (campaign->diag->quiet) {
            finding_text_line(finding, stderr);
        } else {
            finding_text_live(&style, finding, stderr);
        }
    }
    return found;
}

int reproduction_serve(struct server *server, const struct serve_wanted *wanted) {
    struct campaign *campaign = server->campaign;
    campaign->trials = calloc(1, sizeof(campaign->trials[0]));
    if (!campaign->trials) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    struct trial *trial = &campaign->trials[0];
    campaign->trial_count = 1;
    trial->point.stack_id = trial->stack_id = wanted->stack_id;
    enter(server, wanted->stack_id);
    for (int i = 0; i < DRIVES_MAX && trial->state == TRIAL_OPEN; i++) {
        if (trying_once(server, trial)) {
            break;
        }
    }
    if (campaign->stopped_by) {
        return STATUS_SIGNALLED + campaign->stopped_by;
    }
    if (trial->state != TRIAL_DONE) {
        diag_note(campaign->diag, "no drive reached the stack that is to fail");
        return STATUS_DEFECT;
    }
    if (campaign_settle(campaign) != 0) {
        return STATUS_FAILED;
    }
    if (trial->sighting == 0) {
        diag_note(campaign->diag, "the drive with the failure was %s",
                  outcome_name(trial->outcome));
    }
    return tell(campaign, wanted->signature) ? STATUS_GOOD : STATUS_DEFECT;
}
