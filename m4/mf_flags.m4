# SPDX-License-Identifier: MIT
# MF_WARNINGS: the warnings, and --enable-werror.
AC_DEFUN([MF_WARNINGS], [
AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
    [], [enable_werror=no])
WARNING_FLAGS="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
WARNING_FLAGS="$WARNING_FLAGS -Wwrite-strings -Wformat=2 -Wundef"
mf_warnings="on"
AS_IF([test "$enable_werror" != no],
    [WARNING_FLAGS="$WARNING_FLAGS -Werror"; mf_warnings="errors"])
AC_SUBST([WARNING_FLAGS])
])

# MF_SANITIZERS: --enable-sanitizers[=LIST] and --enable-coverage, for everything that does
# not run inside a target.
AC_DEFUN([MF_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
        [build runner and unit tests with sanitizers (default address,undefined)])],
    [], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers],
    [no], [mf_sanitizers=none],
    [yes], [mf_sanitizers=address,undefined],
    [mf_sanitizers=$enable_sanitizers])
AS_IF([test "$mf_sanitizers" != none],
    [CHECKED_FLAGS="-fsanitize=$mf_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"])
AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [measure line coverage of runner and unit tests])],
    [], [enable_coverage=no])
AS_IF([test "$enable_coverage" = yes], [CHECKED_FLAGS="$CHECKED_FLAGS --coverage -fprofile-update=atomic -O0"])
AM_CONDITIONAL([SANITIZED], [test "$mf_sanitizers" != none])
AM_CONDITIONAL([COVERED], [test "$enable_coverage" = yes])
AC_SUBST([CHECKED_FLAGS])
])
