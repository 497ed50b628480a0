// SPDX-License-Identifier: MIT
#include "runner/cmd/settings.h"

#include "runner/util/status.h"

#include <stdlib.h>

int settings_nothing(const struct settings *settings) {
    return settings->if_nothing == SETTINGS_NOTHING_SKIP ? STATUS_SKIPPED
           : settings->if_nothing == SETTINGS_NOTHING_OK ? STATUS_GOOD
                                                         : STATUS_FAILED;
}

/** Release a list whose words are owned. */
static void release(struct settings_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free((char *)list->words[i]);
    }
    free(list->words);
}

void settings_destroy(struct settings *settings) {
    free(settings->watch.words);
    free(settings->allocations.words);
    free(settings->programs.words);
    free(settings->ignore.words);
    free(settings->broke_in.words);
    destinations_destroy(&settings->reports);
    release(&settings->defaults.texts);
    release(&settings->defaults.lines);
    *settings = (struct settings){0};
}
