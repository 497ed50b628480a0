// SPDX-License-Identifier: MIT
#include "runner/cmd/settings.h"

#include <stdlib.h>

void settings_destroy(struct settings *settings) {
    free(settings->watch.words);
    destinations_destroy(&settings->reports);
    *settings = (struct settings){0};
}
