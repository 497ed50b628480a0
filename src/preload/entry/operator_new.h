// SPDX-License-Identifier: MIT
/** operator new, where it is another allocator's own. */
#ifndef MF_PRELOAD_ENTRY_OPERATOR_NEW_H
#define MF_PRELOAD_ENTRY_OPERATOR_NEW_H

/** Forget where the next ones are: their module may be unloaded. */
void mf_operator_new_expire(void);

#endif
