// SPDX-License-Identifier: MIT
#include "core/policy/errnos.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ERROR(name)                                                                      \
    { #name, name }

static const struct {
    const char *name;
    int32_t number;
} errors[] = {
    ERROR(EACCES),       ERROR(EADDRINUSE),   ERROR(EADDRNOTAVAIL), ERROR(EAFNOSUPPORT),
    ERROR(EAGAIN),       ERROR(EBADF),        ERROR(EBUSY),         ERROR(ECONNABORTED),
    ERROR(ECONNREFUSED), ERROR(ECONNRESET),   ERROR(EDEADLK),       ERROR(EDQUOT),
    ERROR(EEXIST),       ERROR(EFAULT),       ERROR(EFBIG),         ERROR(EHOSTUNREACH),
    ERROR(EINPROGRESS),  ERROR(EINTR),        ERROR(EINVAL),        ERROR(EIO),
    ERROR(EISDIR),       ERROR(ELOOP),        ERROR(EMFILE),        ERROR(EMLINK),
    ERROR(EMSGSIZE),     ERROR(ENAMETOOLONG), ERROR(ENETDOWN),      ERROR(ENETUNREACH),
    ERROR(ENFILE),       ERROR(ENOBUFS),      ERROR(ENODEV),        ERROR(ENOENT),
    ERROR(ENOEXEC),      ERROR(ENOLCK),       ERROR(ENOMEM),        ERROR(ENOSPC),
    ERROR(ENOSYS),       ERROR(ENOTCONN),     ERROR(ENOTDIR),       ERROR(ENOTEMPTY),
    ERROR(ENOTSUP),      ERROR(ENXIO),        ERROR(EOVERFLOW),     ERROR(EPERM),
    ERROR(EPIPE),        ERROR(ERANGE),       ERROR(EROFS),         ERROR(ESPIPE),
    ERROR(ESRCH),        ERROR(ESTALE),       ERROR(ETIMEDOUT),     ERROR(ETXTBSY),
    ERROR(EWOULDBLOCK),  ERROR(EXDEV),
};

int32_t mf_errno_find(const char *name) {
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (strcmp(errors[i].name, name) == 0) {
            return errors[i].number;
        }
    }
    return 0;
}

const char *mf_errno_name(int32_t number) {
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].number == number) {
            return errors[i].name;
        }
    }
    return "?";
}

const char *mf_errno_known(unsigned index) {
    return index < COUNT(errors) ? errors[index].name : NULL;
}
