// SPDX-License-Identifier: MIT
#include "preload/base/env.h"

#include <string.h>
#include <unistd.h>

const char *mf_env_find(const char *name) {
    size_t length = strlen(name);
    for (char **at = environ; *at; at++) {
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=') {
            return *at + length + 1;
        }
    }
    return NULL;
}
