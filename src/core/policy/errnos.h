// SPDX-License-Identifier: MIT
/** The names of errno values. */
#ifndef MF_CORE_POLICY_ERRNOS_H
#define MF_CORE_POLICY_ERRNOS_H

#include <stdint.h>

/** The number of an error by its name, "EMFILE"; 0 = there is none. */
int32_t mf_errno_find(const char *name);

/** The name of an error; "?" for a number that is not an error's. Static, never NULL. */
const char *mf_errno_name(int32_t number);

/** The names one by one, from index 0; NULL after the last. */
const char *mf_errno_known(unsigned index);

#endif
