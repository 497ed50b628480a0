// SPDX-License-Identifier: MIT
#include "runner/run/exitplace.h"

#include "core/channel/journal.h"

/** How many outermost frames two stacks have in common. */
static size_t count_common(const struct mf_frame *one, size_t count,
                           const struct mf_frame *other, size_t other_count) {
    size_t common = 0;
    while (common < count && common < other_count) {
        const struct mf_frame *left = &one[count - 1 - common];
        const struct mf_frame *right = &other[other_count - 1 - common];
        if (left->module != right->module || left->offset != right->offset) {
            break;
        }
        common++;
    }
    return common;
}

void exitplace_read(struct exitplace *place, struct mf_head *head,
                    const struct mf_child *told) {
    uint64_t cursor = 0;
    place->count = told->end_count;
    // Of a stack that is cut the outermost frames are not known.
    if (!mf_journal_next(head, &cursor, &place->failed) ||
        place->failed.frame_count >= MF_FRAMES_MAX ||
        place->count >= MF_CHILD_FRAMES_MAX) {
        place->count = place->failed.frame_count = 0;
    }
    for (size_t i = 0; i < place->count; i++) {
        place->frames[i].module = told->end_frames[i][0];
        place->frames[i].offset = told->end_frames[i][1];
    }
}

bool exitplace_holds(const struct exitplace *place, const struct mf_frame *frames,
                     size_t count) {
    size_t common =
        count_common(frames, count, place->failed.frames, place->failed.frame_count);
    // Of the very same stack it was another run of the innermost function.
    common -= common > 0 && common == count;
    return common > 0 && place->count > common && count < MF_FRAMES_MAX &&
           count_common(frames, count, place->frames, place->count) >= common;
}

bool exitplace_is_inside(const struct exitplace *place, const struct mf_head *head) {
    size_t count = place->failed.frame_count;
    size_t common =
        count_common(place->failed.frames, count, place->frames, place->count);
    return common > 0 && common < count && place->count > common &&
           !leaks_are_inner(head, &place->failed.frames[count - 1 - common], 1);
}

void exitplace_mark(struct leaks *leaks, const struct channel *channel) {
    struct exitplace place;
    exitplace_read(&place, channel->head, &channel->head->explore.child);
    for (size_t i = 0; i < leaks->count; i++) {
        struct leak *leak = &leaks->list[i];
        leak->held = exitplace_holds(&place, leak->frames, leak->frame_count);
    }
    leaks->open_held = exitplace_is_inside(&place, channel->head);
}
