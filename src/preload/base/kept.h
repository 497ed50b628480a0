// SPDX-License-Identifier: MIT
/**
 * The variables by which the runner reaches the target's processes, as the process's image
 * found them. An image that is executed without them gets them again: wrappers clear the
 * environment (env -i) or take LD_PRELOAD out of it, and what they run is what is tested.
 *
 * Nothing is kept without a runner. Safe in a signal handler and in a child of vfork().
 */
#ifndef MF_PRELOAD_BASE_KEPT_H
#define MF_PRELOAD_BASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/** Keep copies of them; once, while the library starts. */
void mf_kept_take(void);

/**
 * Whether an environment lacks one of them. Not, however, where it leads to another
 * mallocfail or is very large, nor where it has been mended many times in a row: a program that executes
 * itself until LD_PRELOAD is gone is to come to an end. If the library is out of reach, as after
 * chroot(2) or setuid(2), an environment lacks nothing, and the library has to be taken out of it.
 *
 * @envp
 *         NULL is an empty one.
 * @alien
 *         Whether what is executed cannot load the library: it has to be taken out, too.
 */
bool mf_kept_is_lacking(char *const *envp, bool alien);

/** Room that mf_kept_add() needs: entries and bytes. */
size_t mf_kept_entries(char *const *envp);
size_t mf_kept_bytes(char *const *envp);

/** Copy an environment into a list: with what it lacks, or without the library if that is out
 * of reach or alien. Ours stands in front of a value that is there. */
void mf_kept_add(char **list, char *text, char *const *envp, bool alien);

#endif
