# SPDX-License-Identifier: MIT
# MF_JANSSON
# ----------
# Find jansson: by pkg-config, or where --with-jansson says.
AC_DEFUN([MF_JANSSON], [
AC_ARG_WITH([jansson],
    [AS_HELP_STRING([--with-jansson=PREFIX],
        [embed PREFIX/lib/libjansson.a in libmallocfail.so])],
    [mf_jansson_dir=$withval/lib
    JANSSON_CFLAGS=-I$withval/include
    JANSSON_LIBS=$withval/lib/libjansson.a],
    [mf_jansson_dir=])
PKG_CHECK_MODULES([JANSSON], [jansson >= 2.10])
AS_IF([test -z "$mf_jansson_dir"], [mf_jansson_dir=`$PKG_CONFIG --variable=libdir jansson`])
])

# MF_JANSSON_EMBED
# ----------------
# Find a static jansson that can be linked into a shared object, hidden, and try exactly the
# link that src/preload makes: a distribution's archive is often PIE and not PIC, which works
# only together with a hidden object named stdin (src/preload/entry/jansson_stdin.c says why).
AC_DEFUN([MF_JANSSON_EMBED], [
mf_jansson_archive=$mf_jansson_dir/libjansson.a
AC_CACHE_CHECK([whether $mf_jansson_archive can be embedded], [mf_cv_jansson_embed], [
    mf_cv_jansson_embed=no
    cat >conftest_stdin.c <<MF_EOF
#include <stdio.h>
#undef stdin
extern __typeof__(stdin) stdin __attribute__((visibility("hidden")));
__typeof__(stdin) stdin;
MF_EOF
    cat >conftest_parse.c <<MF_EOF
#include <jansson.h>
int parse(const char *text, size_t length);
int parse(const char *text, size_t length)
{
    return json_loadb(text, length, JSON_REJECT_DUPLICATES, 0) != 0;
}
MF_EOF
    AS_IF([$CC $CPPFLAGS $CFLAGS $JANSSON_CFLAGS -fPIC -fno-lto -shared -o conftest_embed.so \
            conftest_stdin.c conftest_parse.c "$mf_jansson_archive" \
            -Wl,--exclude-libs,ALL -Wl,-z,defs -Wl,-z,text >&AS_MESSAGE_LOG_FD 2>&1],
        [mf_cv_jansson_embed=yes])
    rm -f conftest_stdin.c conftest_parse.c conftest_embed.so
])
AS_IF([test "$mf_cv_jansson_embed" != yes],
    [AC_MSG_ERROR([$mf_jansson_archive cannot be linked into a shared object.
  Debian and Ubuntu: apt-get install libjansson-dev. Elsewhere build jansson with
      ./configure --disable-shared --with-pic --prefix=PREFIX && make install
  and give this configure --with-jansson=PREFIX (config.log has the linker's words).])])
AC_SUBST([JANSSON_ARCHIVE], [$mf_jansson_archive])
])
