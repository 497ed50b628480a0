# SPDX-License-Identifier: MIT
# MF_UNWINDER
# -----------
# Whether the compiler's unwinder can be linked into a library by itself. That of a compiler
# which was made for glibc, and is used for another C library, wants a function of glibc's
# loader: src/preload/stack/find_object.c has one.
AC_DEFUN([MF_UNWINDER], [
AC_CACHE_CHECK([whether the unwinder lacks _dl_find_object], [mf_cv_find_object], [
    mf_saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -shared -fPIC -static-libgcc -Wl,-z,defs"
    mf_cv_find_object=yes
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
        #include <unwind.h>
        static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data)
        {
            return context == data ? _URC_END_OF_STACK : _URC_NO_REASON;
        }
        int walk(void);
        int walk(void)
        {
            return _Unwind_Backtrace(visit, 0);
        }]])],
        [mf_cv_find_object=no])
    LDFLAGS=$mf_saved_LDFLAGS
])
AM_CONDITIONAL([FIND_OBJECT], [test "$mf_cv_find_object" = yes])
])
