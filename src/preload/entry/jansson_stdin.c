// SPDX-License-Identifier: MIT
// Why an object named stdin is here: distributions build libjansson.a
// position-independent for executables only, where a reference to stdin may be
// PC-relative. In a shared object the linker allows that for hidden symbols alone.
// jansson's json_loadf() is what refers to it; we read policies from memory, so nothing
// ever looks at this object.
#include <stdio.h>

#undef stdin
extern __typeof__(stdin) stdin __attribute__((visibility("hidden")));
__typeof__(stdin) stdin;
