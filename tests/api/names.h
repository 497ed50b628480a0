/* SPDX-License-Identifier: MIT */
/** What the examples test: a list of names. */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct names {
    char **list;
    size_t count;
};

/** An empty list; NULL when memory ran out. */
struct names *names_new(void);

/** Add a copy of a name; 0, or -1 when memory ran out, with the list as it was. */
int names_add(struct names *names, const char *name);

/** All names with a comma between them; NULL when memory ran out. To be freed. */
char *names_join(const struct names *names);

void names_free(struct names *names);

#ifdef __cplusplus
}
#endif

#endif
