// SPDX-License-Identifier: MIT
#ifndef TARGETS_NEST_H
#define TARGETS_NEST_H

/** libnest.so: call back, from a function of its own. */
void nest_through(void (*function)(void));

#endif
