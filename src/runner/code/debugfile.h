// SPDX-License-Identifier: MIT
/** Where debug files are: libdwfl's callback that looks for them. */
#ifndef MF_RUNNER_CODE_DEBUGFILE_H
#define MF_RUNNER_CODE_DEBUGFILE_H

#include <elfutils/libdwfl.h>

/**
 * As dwfl_standard_find_debuginfo(), but asks a server (debuginfod) only where the user has
 * set DEBUGINFOD_URLS: to load the library that asks takes longer than everything else.
 *
 * @userdata
 *         The `struct unpack` whose file it may be; NULL = none.
 */
int debugfile_find(Dwfl_Module *module, void **userdata, const char *name,
                   Dwarf_Addr base, const char *file_name, const char *debuglink,
                   GElf_Word crc, char **debuginfo_name);

#endif
