// SPDX-License-Identifier: MIT
#include "core/channel/trace.h"

/** Store the low bytes of a number; zeros follow up to the eighth. */
static unsigned char *put(unsigned char *at, uint64_t number, unsigned bits) {
    memcpy(at, &number, sizeof(number));
    return at + bits / 8;
}

/** What of an event comes behind its head; where it ends. */
static unsigned char *put_wide(unsigned char *at, uint64_t passed, uint64_t size,
                               uint64_t address) {
    at = put(at, passed, 64);
    at = put(at, size, 64);
    return put(at, address, 64);
}

unsigned mf_trace_pack(unsigned char *at, struct mf_trace_state *state, unsigned kind,
                       uint64_t time, uint64_t size, uint64_t address, int32_t stack) {
    struct mf_trace_packed packed;
    unsigned char *to = at + 2;
    if (mf_trace_split(&packed, state, kind, time, size, address)) {
        to = put(to, packed.time, packed.time_bits);
        to = put(to, packed.size, packed.size_bits);
        to = put(to, packed.address, packed.address_bits);
    } else {
        to = put_wide(to, time - state->time, size, address);
        packed.head = (uint16_t)(MF_TRACE_WIDE | kind << 4);
    }
    if (stack >= 0) {
        to = put(to, (uint64_t)stack, 24);
    }
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(at, &packed.head, sizeof(packed.head));
    state->time = time;
    if (address && kind <= MF_TRACE_RESIZE) {
        state->address = address & ~UINT64_C(7);
    }
    return (unsigned)(to - at);
}

unsigned mf_trace_unpack_wide(const unsigned char *at, struct mf_trace_state *state,
                              bool stacks, struct mf_trace_event *event) {
    uint64_t word = mf_trace_word(at);
    unsigned kind = word >> 4 & 15;
    unsigned length = 26;
    if ((word & 0xff0f) != MF_TRACE_WIDE || kind - 1 >= MF_TRACE_THREAD) {
        return 0;
    }
    state->time += mf_trace_word(at + 2);
    event->kind = kind;
    event->time = state->time;
    event->size = mf_trace_word(at + 10);
    event->address = mf_trace_word(at + 18);
    event->stack = 0;
    if (event->address && kind <= MF_TRACE_RESIZE) {
        state->address = event->address & ~UINT64_C(7);
    }
    if (stacks && mf_trace_allocates(kind)) {
        event->stack = mf_trace_word(at + length) & 0xffffff;
        length += 3;
    }
    return length;
}

const char *mf_trace_head_fault(const struct mf_trace_head *head) {
    if (atomic_load_explicit(&head->magic, memory_order_acquire) != MF_TRACE_MAGIC) {
        return "is not a trace";
    }
    if (head->version != MF_TRACE_VERSION) {
        return "is a trace of another version of mallocfail";
    }
    return NULL;
}
