// SPDX-License-Identifier: MIT
/**
 * What valgrind's tools for threads cannot see in machine code: which words are atomic,
 * and what is ordered by them.
 *
 * Included ahead of all sources (-include) in a build for helgrind and drd; see
 * cases/races.sh. A word that an atomic operation was done on is none that they look at;
 * who acquires from it comes after who released to it, and a relaxed operation orders
 * nothing. Fences are not told, nor operators on atomic variables.
 */
#ifndef MF_TESTS_ANNOTATED_H
#define MF_TESTS_ANNOTATED_H

// One operation in another has names twice.
#pragma GCC system_header

#include <stdatomic.h>
#include <valgrind/drd.h>
#include <valgrind/helgrind.h>

#define TOLD_HERE                                                                        \
    __attribute__((always_inline, no_instrument_function, unused)) static inline

/** The word is atomic: drd's request, then helgrind's. */
TOLD_HERE void told_atomic(const volatile void *word, unsigned long size) {
    VALGRIND_DO_CLIENT_REQUEST_STMT(VG_USERREQ__DRD_START_SUPPRESSION, word, size, 0, 0,
                                    0);
    VALGRIND_HG_DISABLE_CHECKING(word, size);
}

/** An operation on the word is about to be done. (Both tools know this request.) */
TOLD_HERE void told_before(const volatile void *word, unsigned long size, int order) {
    told_atomic(word, size);
    if (order != memory_order_relaxed && order != memory_order_acquire &&
        order != memory_order_consume) {
        ANNOTATE_HAPPENS_BEFORE(word);
    }
}

/** It has been done. */
TOLD_HERE void told_after(const volatile void *word, int order) {
    if (order != memory_order_relaxed && order != memory_order_release) {
        ANNOTATE_HAPPENS_AFTER(word);
    }
}

// The compilers' own functions behind <stdatomic.h>.
#ifdef __clang__
#define TOLD_DO(name) __c11_atomic_##name
#define TOLD_CAS(word, expected, value, weak, order, fail)                               \
    __c11_atomic_compare_exchange_##weak(word, expected, value, order, fail)
#else
#define TOLD_DO(name) TOLD_##name
#define TOLD_load     __atomic_load_n
#define TOLD_store    __atomic_store_n
#define TOLD_exchange __atomic_exchange_n
#define TOLD_CAS(word, expected, value, weak, order, fail)                               \
    __atomic_compare_exchange_n(word, expected, value, TOLD_##weak, order, fail)
#define TOLD_weak      1
#define TOLD_strong    0
#define TOLD_fetch_add __atomic_fetch_add
#define TOLD_fetch_sub __atomic_fetch_sub
#define TOLD_fetch_and __atomic_fetch_and
#define TOLD_fetch_or  __atomic_fetch_or
#endif

/** Do an operation that gives a value. */
#define TOLD(word, order, operation)                                                     \
    __extension__({                                                                      \
        __auto_type told_word = (word);                                                  \
        told_before(told_word, sizeof(*told_word), order);                               \
        __auto_type told_value = (operation);                                            \
        told_after(told_word, order);                                                    \
        told_value;                                                                      \
    })
#define TOLD_CHANGE(name, word, value, order)                                            \
    TOLD(word, order, TOLD_DO(name)(told_word, value, order))

#undef atomic_load
#undef atomic_load_explicit
#define atomic_load_explicit(word, order)                                                \
    TOLD(word, order, TOLD_DO(load)(told_word, order))
#define atomic_load(word) atomic_load_explicit(word, memory_order_seq_cst)

#undef atomic_store
#undef atomic_store_explicit
#define atomic_store_explicit(word, value, order)                                        \
    __extension__({                                                                      \
        __auto_type told_word = (word);                                                  \
        told_before(told_word, sizeof(*told_word), order);                               \
        TOLD_DO(store)(told_word, value, order);                                         \
    })
#define atomic_store(word, value) atomic_store_explicit(word, value, memory_order_seq_cst)

#undef atomic_exchange
#undef atomic_exchange_explicit
#define atomic_exchange_explicit(word, value, order)                                     \
    TOLD_CHANGE(exchange, word, value, order)
#define atomic_exchange(word, value)                                                     \
    atomic_exchange_explicit(word, value, memory_order_seq_cst)

#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#define atomic_fetch_add_explicit(word, value, order)                                    \
    TOLD_CHANGE(fetch_add, word, value, order)
#define atomic_fetch_add(word, value)                                                    \
    atomic_fetch_add_explicit(word, value, memory_order_seq_cst)

#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#define atomic_fetch_sub_explicit(word, value, order)                                    \
    TOLD_CHANGE(fetch_sub, word, value, order)
#define atomic_fetch_sub(word, value)                                                    \
    atomic_fetch_sub_explicit(word, value, memory_order_seq_cst)

#undef atomic_fetch_and
#define atomic_fetch_and(word, value)                                                    \
    TOLD_CHANGE(fetch_and, word, value, memory_order_seq_cst)
#undef atomic_fetch_or
#define atomic_fetch_or(word, value)                                                     \
    TOLD_CHANGE(fetch_or, word, value, memory_order_seq_cst)

#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(word, expected, value, order, fail)      \
    TOLD(word, order, TOLD_CAS(told_word, expected, value, strong, order, fail))
#define atomic_compare_exchange_strong(word, expected, value)                            \
    atomic_compare_exchange_strong_explicit(word, expected, value, memory_order_seq_cst, \
                                            memory_order_seq_cst)

#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_weak_explicit
#define atomic_compare_exchange_weak_explicit(word, expected, value, order, fail)        \
    TOLD(word, order, TOLD_CAS(told_word, expected, value, weak, order, fail))
#define atomic_compare_exchange_weak(word, expected, value)                              \
    atomic_compare_exchange_weak_explicit(word, expected, value, memory_order_seq_cst,   \
                                          memory_order_seq_cst)

#endif
