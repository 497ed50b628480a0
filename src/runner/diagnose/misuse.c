// SPDX-License-Identifier: MIT
#include "runner/diagnose/misuse.h"

#include "runner/diagnose/callname.h"
#include "runner/util/figures.h"

#include <inttypes.h>
#include <string.h>

bool misuse_known(const struct outcome_facts *facts) {
    return facts->heap && facts->heap->fault != HEAP_FAULT_NONE;
}

/** Where glibc says how long a block is: so far in front of it. */
#define HEAD UINT64_C(8)
/** Threads' heaps begin at a page; a block's head may lead there. */
#define PAGE (UINT64_C(1) << 12)

/** Whether the function that a thread stands in is glibc's that resizes a block; -1 = it does
 * neither that nor free one. */
static int resizes(const struct outcome_facts *facts) {
    const struct outcome_frame *frame = facts->count > 0 ? &facts->frames[0] : NULL;
    if (!frame || !frame->module ||
        (strncmp(frame->module, "libc.so.6", strlen("libc.so.6")) != 0 &&
         strncmp(frame->module, "libc-2", strlen("libc-2")) != 0)) {
        return -1;
    }
    bool frees = callname_equal(frame->function, "free") ||
                 callname_equal(frame->function, "cfree");
    return callname_equal(frame->function, "realloc") ? 1 : frees ? 0 : -1;
}

bool misuse_is_of_no_block(const struct outcome_facts *facts) {
    if (resizes(facts) < 0) {
        return false;
    }
    // All that these functions read by themselves is the block's head, and what it leads to.
    return !facts->address_known ||
           (facts->access == ACCESS_READ && facts->address % PAGE != 0);
}

enum crash_class misuse_class(const struct outcome_heap *heap) {
    static const enum crash_class classes[] = {
        [HEAP_FAULT_NONE] = CLASS_OTHER,
        [HEAP_FAULT_BEHIND] = CLASS_HEAP_OVERFLOW,
        [HEAP_FAULT_BEFORE] = CLASS_HEAP_UNDERFLOW,
        [HEAP_FAULT_FREED] = CLASS_USE_AFTER_FREE,
        [HEAP_FAULT_DOUBLE_FREE] = CLASS_DOUBLE_FREE,
        [HEAP_FAULT_NO_BLOCK] = CLASS_INVALID_FREE,
        [HEAP_FAULT_INSIDE] = CLASS_INVALID_FREE,
    };
    return classes[heap->fault];
}

/** "1 byte", "1,024 bytes" */
static void put_bytes(struct sentence *sentence, uint64_t count) {
    sentence_put_number(sentence, count);
    sentence_put(sentence, " byte%s", plural(count));
}

static void put_block(struct sentence *sentence, const char *kind) {
    sentence_put(sentence, "a %sblock of ", kind);
    put_bytes(sentence, sentence->facts->heap->size);
}

/** "is written to", "is read" */
static void put_access(struct sentence *sentence) {
    static const char *const verbs[] = {[ACCESS_UNKNOWN] = "accessed",
                                        [ACCESS_READ] = "read",
                                        [ACCESS_WRITE] = "written to",
                                        [ACCESS_EXECUTE] = "jumped to"};
    sentence_put(sentence, " is %s", verbs[sentence->facts->access]);
}

/** " 1 byte past its end", " at offset 8" */
static void put_distance(struct sentence *sentence) {
    const struct outcome_heap *heap = sentence->facts->heap;
    sentence_put(sentence, " ");
    if (heap->offset < 0) {
        put_bytes(sentence, (uint64_t)-heap->offset);
        sentence_put(sentence, " in front of it");
    } else if ((uint64_t)heap->offset >= heap->size) {
        put_bytes(sentence, (uint64_t)heap->offset - heap->size + 1);
        sentence_put(sentence, " past its end");
    } else {
        sentence_put(sentence, "at offset ");
        sentence_put_number(sentence, (uint64_t)heap->offset);
    }
}

/** An access to what is closed. */
static void put_touch(struct sentence *sentence) {
    bool freed = sentence->facts->heap->fault == HEAP_FAULT_FREED;
    put_block(sentence, freed ? "freed " : "");
    put_access(sentence);
    // The C library reads strings in large pieces, which may begin in front of them.
    if (!freed || sentence->facts->heap->offset >= 0) {
        put_distance(sentence);
    }
    if (sentence_called(sentence)) {
        sentence_put(sentence, " by ");
        sentence_put_function(sentence, sentence_called(sentence));
    }
    sentence_put_crash_place(sentence);
}

/** Bytes around a block that are not what they were. */
static void put_change(struct sentence *sentence) {
    enum heap_finder finder = sentence->facts->heap->finder;
    put_block(sentence, "");
    sentence_put(sentence, " was written to");
    put_distance(sentence);
    if (finder == HEAP_FINDER_EXIT) {
        sentence_put(sentence, ", found when the program ends");
        return;
    }
    sentence_put(sentence, ", as is found when it is %s",
                 finder == HEAP_FINDER_FREE ? "freed" : "resized");
    sentence_put_crash_place(sentence);
}

/** "an address 4 bytes into " */
static void put_address(struct sentence *sentence) {
    const struct outcome_heap *heap = sentence->facts->heap;
    sentence_put(sentence, "an address ");
    if (heap->offset < 0) {
        put_bytes(sentence, (uint64_t)-heap->offset);
        sentence_put(sentence, " in front of ");
    } else if ((uint64_t)heap->offset < heap->size) {
        put_bytes(sentence, (uint64_t)heap->offset);
        sentence_put(sentence, " into ");
    } else {
        put_bytes(sentence, (uint64_t)heap->offset - heap->size);
        sentence_put(sentence, " past the end of ");
    }
}

/** Something is freed, or given to realloc(), that cannot be. */
static void put_free(struct sentence *sentence) {
    const struct outcome_heap *heap = sentence->facts->heap;
    bool freed = heap->fault == HEAP_FAULT_DOUBLE_FREE;
    if (heap->fault == HEAP_FAULT_NO_BLOCK) {
        sentence_put(sentence, "0x%" PRIx64 ", which is not a heap block,",
                     heap->address);
    } else if (heap->fault == HEAP_FAULT_INSIDE) {
        put_address(sentence);
        put_block(sentence, heap->freed ? "freed " : "");
    } else {
        put_block(sentence, freed && heap->finder == HEAP_FINDER_REALLOC ? "freed " : "");
    }
    sentence_put(sentence, " is %s%s",
                 heap->finder == HEAP_FINDER_REALLOC ? "given to realloc()" : "freed",
                 freed && heap->finder == HEAP_FINDER_FREE ? " a second time" : "");
    sentence_put_crash_place(sentence);
}

/** "; grow() at tree.c:87 freed it" */
static void put_owner(struct sentence *sentence) {
    const struct outcome_heap *heap = sentence->facts->heap;
    const struct outcome_verdict *verdict = sentence->verdict;
    bool freed = heap->freed && verdict->release_site < heap->release_count;
    if (freed) {
        sentence_put(sentence, "; ");
        sentence_put_actor(sentence, &heap->release[verdict->release_site]);
        sentence_put(sentence, " freed it");
    } else if (verdict->allocation_site < heap->allocation_count) {
        sentence_put(sentence, "; ");
        sentence_put_actor(sentence, &heap->allocation[verdict->allocation_site]);
        sentence_put(sentence, " allocated it");
    }
}

/** What is no block, as misuse_is_of_no_block() found it. */
static void put_no_block(struct sentence *sentence) {
    const struct outcome_facts *facts = sentence->facts;
    if (facts->address_known) {
        sentence_put(sentence, "0x%" PRIx64, facts->address + HEAD);
    } else {
        sentence_put(sentence, "a wild address");
    }
    sentence_put(sentence, ", which is not a heap block, is %s",
                 resizes(facts) > 0 ? "given to realloc()" : "freed");
    sentence_put_crash_place(sentence);
}

void misuse_write(struct sentence *sentence) {
    const struct outcome_heap *heap = sentence->facts->heap;
    sentence_put_after(sentence);
    if (!misuse_known(sentence->facts)) {
        put_no_block(sentence);
        return;
    }
    switch (heap->fault) {
    case HEAP_FAULT_DOUBLE_FREE:
    case HEAP_FAULT_NO_BLOCK:
    case HEAP_FAULT_INSIDE:
        put_free(sentence);
        break;
    default:
        if (heap->finder == HEAP_FINDER_ACCESS) {
            put_touch(sentence);
        } else {
            put_change(sentence);
        }
    }
    put_owner(sentence);
}
