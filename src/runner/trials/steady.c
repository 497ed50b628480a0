// SPDX-License-Identifier: MIT
#include "runner/trials/steady.h"

#include "core/policy/mix.h"
#include "runner/trials/timeless.h"

#include <stdlib.h>
#include <string.h>

/** How much is read at a time. */
#define CHUNK 16384

/** An output that is read line by line. */
struct reader {
    const struct capture *capture;
    /** What was read last, and how much of it was taken. */
    char data[CHUNK];
    size_t got, taken;
    /** Where the next line begins, and what has been read up to. */
    uint64_t at, end;
};

/** A line: its bytes as a hash, the newline with them; the same without times, and how
 * many of those there are. */
struct line {
    uint64_t start, size, hash, timeless;
    unsigned times;
};

/** Read on; false at the end. */
static bool refill(struct reader *reader) {
    reader->got = capture_part(reader->capture, reader->end, reader->data, CHUNK);
    reader->end += reader->got;
    reader->taken = 0;
    return reader->got > 0;
}

/** Read the next line; false if there is none. */
static bool next_line(struct reader *reader, struct line *line) {
    *line = (struct line){.start = reader->at};
    struct timeless text = {0};
    bool whole = false;
    while (!whole && (reader->taken < reader->got || refill(reader))) {
        const char *from = reader->data + reader->taken;
        size_t left = reader->got - reader->taken;
        const char *newline = memchr(from, '\n', left);
        size_t size = newline ? (size_t)(newline - from) + 1 : left;
        for (size_t i = 0; i < size; i++) {
            line->hash = (line->hash ^ (unsigned char)from[i]) * MF_MIX_STEP;
            timeless_add(&text, from[i]);
        }
        line->size += size;
        reader->taken += size;
        whole = newline;
    }
    line->timeless = timeless_end(&text);
    line->times = text.times;
    reader->at += line->size;
    return line->size > 0;
}

static bool is_equal(const struct line *one, const struct line *other) {
    return one->size == other->size && one->hash == other->hash;
}

/** Whether two lines differ in times at most. */
static bool is_alike(const struct line *one, const struct line *other) {
    return is_equal(one, other) || (one->times > 0 && one->times == other->times &&
                                    one->timeless == other->timeless);
}

/** Note that a line moves; whether that is news. */
static bool note(struct steady *steady, uint64_t line) {
    size_t at = 0;
    while (at < steady->count && steady->moving[at] < line) {
        at++;
    }
    if (at < steady->count && steady->moving[at] == line) {
        return false;
    }
    void *grown =
        steady->count < STEADY_MOVING_MAX
            ? reallocarray(steady->moving, steady->count + 1, sizeof(steady->moving[0]))
            : NULL;
    if (!grown) {
        steady->moves = true;
        return true;
    }
    steady->moving = grown;
    memmove(steady->moving + at + 1, steady->moving + at,
            (steady->count - at) * sizeof(steady->moving[0]));
    steady->moving[at] = line;
    steady->count++;
    return true;
}

bool steady_learn(struct steady *steady, const struct capture *first,
                  const struct capture *again) {
    struct reader readers[2] = {{.capture = first}, {.capture = again}};
    struct line one, other;
    bool news = false, any, more;
    if (steady->moves || (first->fd < 0 && again->fd < 0)) {
        return false;
    }
    if (first->fd < 0 || again->fd < 0) {
        steady->moves = true;
        return true;
    }
    uint64_t number = 0;
    steady->timed = 0;
    do {
        number++;
        any = next_line(&readers[0], &one);
        more = next_line(&readers[1], &other);
        steady->timed += one.times > 0;
        if (any && more && !is_alike(&one, &other)) {
            news |= note(steady, number);
        }
    } while (any && more);
    if (any != more) {
        steady->moves = news = true;
    }
    return news;
}

/** Compare line by line; whether all is steady that should be. `start`: the bad one may
 * end early. */
static bool compare(const struct steady *steady, const struct capture *good,
                    const struct capture *bad, bool start, struct steady_place *place) {
    struct reader readers[2] = {{.capture = good}, {.capture = bad}};
    struct line one, other;
    size_t spared = 0;
    bool any, more, same = true;
    uint64_t number = 0;
    do {
        number++;
        any = next_line(&readers[0], &one);
        more = next_line(&readers[1], &other);
        while (spared < steady->count && steady->moving[spared] < number) {
            spared++;
        }
        bool moves = spared < steady->count && steady->moving[spared] == number;
        same = any && more ? moves || is_alike(&one, &other) : any == more;
    } while (any && more && same);
    if (!same && place) {
        *place = (struct steady_place){number, one.start, other.start};
    }
    return same || (start && !more);
}

bool steady_has_lines(const struct capture *capture) {
    struct reader reader = {.capture = capture};
    struct line first, second;
    return next_line(&reader, &first) && next_line(&reader, &second);
}

/** Add up the lines of an output, in any order. */
static uint64_t sum_lines(const struct capture *capture) {
    struct reader reader = {.capture = capture};
    struct line line;
    uint64_t sum = 0;
    while (next_line(&reader, &line)) {
        sum += mf_mix(mf_mix(line.times + MF_MIX_STEP) ^
                      (line.times > 0 ? line.timeless : line.hash));
    }
    return sum;
}

bool steady_same(const struct steady *steady, const struct capture *good,
                 const struct capture *bad, struct steady_place *place) {
    if (steady->moves) {
        return true;
    }
    if (good->fd < 0 || bad->fd < 0) {
        return good->fd < 0 && bad->fd < 0;
    }
    return capture_same(good, bad) || compare(steady, good, bad, false, place) ||
           (steady->unordered && sum_lines(good) == sum_lines(bad));
}

bool steady_start(const struct steady *steady, const struct capture *good,
                  const struct capture *bad) {
    return steady->moves || capture_begins(good, bad) ||
           ((steady->count > 0 || steady->timed > 0) &&
            compare(steady, good, bad, true, NULL));
}

void steady_destroy(struct steady *steady) {
    free(steady->moving);
    *steady = (struct steady){0};
}
