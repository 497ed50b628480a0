// SPDX-License-Identifier: MIT
/** Colours of a terminal, as ANSI escape sequences. */
#ifndef MF_RUNNER_UTIL_COLOUR_H
#define MF_RUNNER_UTIL_COLOUR_H

#define COLOUR_RED    "\033[31m"
#define COLOUR_GREEN  "\033[32m"
#define COLOUR_YELLOW "\033[33m"
#define COLOUR_CYAN   "\033[36m"
#define COLOUR_BOLD   "\033[1m"
#define COLOUR_FAINT  "\033[2m"
/** Ends all of them. */
#define COLOUR_PLAIN "\033[0m"

#endif
