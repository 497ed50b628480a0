# SPDX-License-Identifier: MIT
# MF_DEMANGLE
# -----------
# Find a C++ library with __cxa_demangle. Static if possible: the shared one would cost the
# runner's start more than everything else it does there.
AC_DEFUN([MF_DEMANGLE], [
AC_CACHE_CHECK([for a library with __cxa_demangle], [mf_cv_demangle], [
    mf_cv_demangle=no
    mf_saved_LIBS=$LIBS
    for mf_libs in '-Wl,-Bstatic -lstdc++ -Wl,-Bdynamic' -lstdc++ -lc++abi -lc++; do
        LIBS="$mf_libs $mf_saved_LIBS"
        AC_LINK_IFELSE([AC_LANG_PROGRAM(
            [[extern char *__cxa_demangle(const char *, char *, unsigned long *, int *);]],
            [[return __cxa_demangle("_Z1fv", 0, 0, 0) == 0;]])],
            [mf_cv_demangle=$mf_libs])
        AS_IF([test "$mf_cv_demangle" != no], [break])
    done
    LIBS=$mf_saved_LIBS
])
AS_IF([test "$mf_cv_demangle" = no],
    [AC_MSG_ERROR([no C++ library was found: names are decoded by libstdc++ or libc++abi])])
AC_SUBST([DEMANGLE_LIBS], [$mf_cv_demangle])

# Rust's names, where libiberty is there.
mf_iberty=no
AC_CHECK_HEADER([libiberty/demangle.h], [
    AC_CHECK_LIB([iberty], [rust_demangle_callback], [mf_iberty=yes])
])
AS_IF([test "$mf_iberty" = yes], [AC_SUBST([DEMANGLE_LIBS], ["$mf_cv_demangle -liberty"])])
])
