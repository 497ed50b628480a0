// SPDX-License-Identifier: MIT
#include "core/channel/block.h"

#include <stddef.h>

#define AT(type, member, offset)                                                         \
    _Static_assert(offsetof(struct type, member) == (offset), #type "." #member)

AT(mf_block_stack, tid, 0);
AT(mf_block_stack, count, 4);
AT(mf_block_stack, addresses, 8);
AT(mf_block, state, 0);
AT(mf_block, next, 4);
AT(mf_block, address, 8);
AT(mf_block, size, 16);
AT(mf_block, pages, 24);
AT(mf_block, span, 28);
AT(mf_block, span_pages, 32);
AT(mf_block, allocated, 40);
AT(mf_block, freed, 176);
_Static_assert(sizeof(struct mf_block) == 312, "a block's entry");
AT(mf_misuse, kind, 0);
AT(mf_misuse, place, 4);
AT(mf_misuse, tid, 8);
AT(mf_misuse, address, 16);
AT(mf_misuse, block, 24);
AT(mf_heap, magic, 0);
AT(mf_heap, start, 8);
AT(mf_heap, pages, 16);
AT(mf_heap, table, 24);
AT(mf_heap, used, 32);
AT(mf_heap, misuse, 40);
