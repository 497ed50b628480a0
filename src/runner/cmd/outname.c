// SPDX-License-Identifier: MIT
#include "runner/cmd/outname.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *outname_expand(const char *name, const char *program) {
    const char *slash = strrchr(program, '/');
    const char *base = slash ? slash + 1 : program;
    char *expanded = malloc(strlen(name) * (strlen(base) + 1) + 1);
    if (!expanded) {
        return NULL;
    }
    char *to = expanded;
    for (const char *from = name; *from; from++) {
        if (*from != '%') {
            *to++ = *from;
        } else if (from[1] == 'p') {
            to = stpcpy(to, base);
            from++;
        } else if (from[1] == '%') {
            *to++ = *from++;
        } else {
            free(expanded);
            errno = EINVAL;
            return NULL;
        }
    }
    *to = '\0';
    return expanded;
}
