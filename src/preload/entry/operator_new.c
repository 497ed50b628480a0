// SPDX-License-Identifier: MIT
// The C++ library's operator new calls malloc, and so fails by it: it is passed on to by a
// jump that leaves no frame. Allocators that bring an operator new of their own (those of
// libasan, libtsan, tcmalloc, jemalloc) never call malloc in it, and some never throw: there
// the call is asked for here, and fails as the C++ library's does. It calls the new handler,
// and tries again; if there is none it throws std::bad_alloc by the C++ library's own
// function.
#include "preload/entry/operator_new.h"

#include "preload/base/inside.h"
#include "preload/patch/patch.h"
#include "preload/policy/gate.h"
#include "preload/stack/modules.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)
#define ASIDE  MF_REALIGNED __attribute__((noinline))

/** The forms of operator new. All take the size first; the second and third argument, an
 * alignment and std::nothrow, are passed on as they are. */
enum form {
    PLAIN,
    ARRAY,
    NOTHROW,
    ARRAY_NOTHROW,
    ALIGNED,
    ARRAY_ALIGNED,
    ALIGNED_NOTHROW,
    ARRAY_ALIGNED_NOTHROW,
    FORMS,
};

typedef void *new_function(size_t size, uintptr_t second, uintptr_t third);
typedef void handler_function(void);
typedef handler_function *get_handler_function(void);

static const struct {
    const char *name;
    bool throws;
    enum mf_function function;
} forms[FORMS] = {
    [PLAIN] = {"_Znwm", true, MF_MALLOC},
    [ARRAY] = {"_Znam", true, MF_MALLOC},
    [NOTHROW] = {"_ZnwmRKSt9nothrow_t", false, MF_MALLOC},
    [ARRAY_NOTHROW] = {"_ZnamRKSt9nothrow_t", false, MF_MALLOC},
    [ALIGNED] = {"_ZnwmSt11align_val_t", true, MF_ALIGNED_ALLOC},
    [ARRAY_ALIGNED] = {"_ZnamSt11align_val_t", true, MF_ALIGNED_ALLOC},
    [ALIGNED_NOTHROW] = {"_ZnwmSt11align_val_tRKSt9nothrow_t", false, MF_ALIGNED_ALLOC},
    [ARRAY_ALIGNED_NOTHROW] = {"_ZnamSt11align_val_tRKSt9nothrow_t", false,
                               MF_ALIGNED_ALLOC},
};

/** Filled in by whoever calls first; all who do find the same. */
static struct {
    new_function *_Atomic next[FORMS];
    /** Whether that is an allocator's own, and can be made to fail. */
    atomic_bool own;
    get_handler_function *_Atomic get_handler;
    handler_function *_Atomic throw_bad_alloc;
} mf_new;

/** Not in another C library than glibc, nor is the flag that asks it for the module. */
#define LINK_MAP 2
int dladdr1(const void *address, Dl_info *info, void **extra, int flags)
    __attribute__((weak));

/** Look a function up in what a module was loaded with. By a handle: the link map of a library
 * that another one needs has no scope to look in until it was opened by its name. */
static void *look_up_beside(const char *name, const void *module) {
    const struct link_map *map = (const struct link_map *)module;
    void *handle = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
    void *found = handle ? dlsym(handle, name) : NULL;
    if (handle && mf_hot.next.dlclose) {
        mf_hot.next.dlclose(handle);
    }
    return found;
}

/** Look a function up behind this library; where what calls was loaded later, among what it
 * was loaded with. */
static void *look_up(const char *name, const void *caller) {
    Dl_info info;
    void *map = NULL;
    void *found = dlsym(RTLD_NEXT, name);
    if (!found && dladdr1 && dladdr1(caller, &info, &map, LINK_MAP) && map) {
        found = look_up_beside(name, map);
    }
    return found;
}

/** The same of what is only called, which the program may have inside. */
static void *look_up_helper(enum mf_entry entry, const char *name, const void *caller) {
    void *inside = mf_patch_original(entry);
    return inside ? inside : look_up(name, caller);
}

/** Whether a module has both: then its operator new does not go through malloc as seen from
 * outside. */
static bool is_allocators_own(const void *next) {
    const struct mf_range *news = mf_modules_find((uintptr_t)next);
    const struct mf_range *mallocs =
        mf_modules_find((uintptr_t)dlsym(RTLD_NEXT, "malloc"));
    return news && mallocs && news->key == mallocs->key;
}

/** Without a C++ library there is nobody to throw. */
static void *without_next(size_t size, uintptr_t second, uintptr_t third) {
    (void)second;
    (void)third;
    return mf_hot.next.malloc(size ? size : 1);
}

/** Find the next operator new. */
ASIDE static new_function *find(enum form form, const void *caller) {
    struct mf_inside_mark mark;
    int saved = errno;
    bool entered = mf_inside_enter(&mark);
    void *patched = mf_patch_original((enum mf_entry)(MF_ENTRY_NEW + form));
    new_function *next =
        (new_function *)(patched ? patched : look_up(forms[form].name, caller));
    if (patched || (next && is_allocators_own((const void *)next))) {
        atomic_store(&mf_new.get_handler,
                     (get_handler_function *)look_up_helper(
                         MF_ENTRY_GET_NEW_HANDLER, "_ZSt15get_new_handlerv", caller));
        atomic_store(&mf_new.throw_bad_alloc,
                     (handler_function *)look_up_helper(
                         MF_ENTRY_THROW_BAD_ALLOC, "_ZSt17__throw_bad_allocv", caller));
        atomic_store(&mf_new.own, atomic_load(&mf_new.throw_bad_alloc) != NULL);
    }
    if (entered) {
        mf_inside_leave();
    }
    errno = saved;
    atomic_store(&mf_new.next[form], next);
    return next ? next : without_next;
}

/** It is to fail: what that comes to. */
ASIDE static void *refused(enum form form, new_function *next, size_t size,
                           uintptr_t second, uintptr_t third) {
    get_handler_function *get_handler = atomic_load(&mf_new.get_handler);
    handler_function *handler = get_handler ? get_handler() : NULL;
    if (handler && forms[form].throws) {
        handler();
        return next(size, second, third);
    }
    if (forms[form].throws) {
        handler_function *throw = atomic_load(&mf_new.throw_bad_alloc);
        throw();
    }
    return NULL;
}

/** Ask the gate. Our caller's frame is told as the allocation's: that is operator new. */
ASIDE static bool passes(enum form form, size_t size) {
    return mf_gate_passes(forms[form].function, size, CALLER);
}

void mf_operator_new_expire(void) {
    for (int i = 0; i < FORMS; i++) {
        atomic_store(&mf_new.next[i], NULL);
    }
}

static inline new_function *next_of(enum form form, const void *caller) {
    new_function *next = atomic_load_explicit(&mf_new.next[form], memory_order_acquire);
    return mf_likely(next) ? next : find(form, caller);
}

static inline bool is_own(void) {
    return atomic_load_explicit(&mf_new.own, memory_order_relaxed);
}

#define OPERATOR_NEW(symbol, form)                                                       \
    EXPORT void *symbol(size_t size, uintptr_t second, uintptr_t third);                 \
    EXPORT void *symbol(size_t size, uintptr_t second, uintptr_t third) {                \
        new_function *next = next_of(form, CALLER);                                      \
        if (mf_likely(!is_own()) || passes(form, size)) {                                \
            return next(size, second, third);                                            \
        }                                                                                \
        void *block = refused(form, next, size, second, third);                          \
        /* This frame is to stand. */                                                    \
        __asm__ volatile("" : : "r"(block));                                             \
        return block;                                                                    \
    }

OPERATOR_NEW(_Znwm, PLAIN)
OPERATOR_NEW(_Znam, ARRAY)
OPERATOR_NEW(_ZnwmRKSt9nothrow_t, NOTHROW)
OPERATOR_NEW(_ZnamRKSt9nothrow_t, ARRAY_NOTHROW)
OPERATOR_NEW(_ZnwmSt11align_val_t, ALIGNED)
OPERATOR_NEW(_ZnamSt11align_val_t, ARRAY_ALIGNED)
OPERATOR_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, ALIGNED_NOTHROW)
OPERATOR_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, ARRAY_ALIGNED_NOTHROW)

bool mf_patch_new_fails(enum mf_entry entry, const void *caller) {
    next_of((enum form)(entry - MF_ENTRY_NEW), caller);
    return is_own();
}

/** Where one of the program's own is to fail. */
#define REFUSED(name, form)                                                              \
    MF_REALIGNED static void *name(size_t size, uintptr_t second, uintptr_t third) {     \
        void *block = refused(form, next_of(form, CALLER), size, second, third);         \
        __asm__ volatile("" : : "r"(block));                                             \
        return block;                                                                    \
    }

REFUSED(refused_new, PLAIN)
REFUSED(refused_new_array, ARRAY)
REFUSED(refused_new_nothrow, NOTHROW)
REFUSED(refused_new_array_nothrow, ARRAY_NOTHROW)
REFUSED(refused_new_aligned, ALIGNED)
REFUSED(refused_new_array_aligned, ARRAY_ALIGNED)
REFUSED(refused_new_aligned_nothrow, ALIGNED_NOTHROW)
REFUSED(refused_new_array_aligned_nothrow, ARRAY_ALIGNED_NOTHROW)

_Static_assert(FORMS == MF_ENTRY_THROW_BAD_ALLOC - MF_ENTRY_NEW, "in the same order");
void *const mf_patch_news_refused[] = {
    (void *)refused_new,
    (void *)refused_new_array,
    (void *)refused_new_nothrow,
    (void *)refused_new_array_nothrow,
    (void *)refused_new_aligned,
    (void *)refused_new_array_aligned,
    (void *)refused_new_aligned_nothrow,
    (void *)refused_new_array_aligned_nothrow,
};
