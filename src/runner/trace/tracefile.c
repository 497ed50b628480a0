// SPDX-License-Identifier: MIT
// Each stream is read through a window; the streams with events left form a heap by the
// time of their next event. The first one's events are taken for as long as they are
// older than the next stream's, so that threads that take long turns cost nothing.
#include "runner/trace/tracefile.h"

#include "runner/trace/tracedefinitions.h"
#include "runner/util/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** So much of a chunk is in memory at once. */
#define WINDOW 65536

/** A chunk with events. */
struct trace_chunk {
    uint64_t offset, size;
    uint32_t stream, sequence;
};

/** A stream that is being read. */
struct trace_stream {
    /** Its chunks that are left. */
    const struct trace_chunk *chunk, *end;
    /** What is left of the present chunk behind the window: place in the file, bytes. */
    uint64_t offset, left;
    /** The window, with MF_TRACE_EVENT_MAX zeros behind it; NULL = not opened yet. */
    unsigned char *window;
    /** The unread part of it. */
    const unsigned char *at, *stop;
    struct mf_trace_state state;
    uint32_t thread;
    int32_t tid;
    /** The block that a realloc is at work on. */
    uint64_t old;
    /** What comes next; where no window is open yet, only its time counts. */
    struct mf_trace_event next;
};

static int read_at(const struct tracefile *file, void *to, size_t size, uint64_t offset) {
    unsigned char *at = to;
    while (size > 0) {
        ssize_t got = pread(file->fd, at, size, (off_t)offset);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            return -1;
        }
        at += got > 0 ? got : 0;
        offset += got > 0 ? (uint64_t)got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return 0;
}

/** Read a chunk's header; whether it is one. */
static bool read_chunk(const struct tracefile *file, uint64_t offset,
                       struct mf_trace_chunk *chunk) {
    return read_at(file, chunk, sizeof(*chunk), offset) == 0 &&
           chunk->magic == MF_TRACE_CHUNK_MAGIC && chunk->size >= MF_TRACE_UNIT &&
           chunk->size <= MF_TRACE_CHUNK_MAX && chunk->size % MF_TRACE_UNIT == 0 &&
           chunk->size <= file->size - offset && chunk->stream < MF_TRACE_STREAMS_MAX;
}

/** Room for one more; 0 on success. */
static int grow(struct tracefile *file) {
    // A power of two is where the room ends.
    if (file->chunk_count & (file->chunk_count - 1)) {
        return 0;
    }
    size_t room = file->chunk_count ? 2 * file->chunk_count : 1;
    void *chunks = reallocarray(file->chunks, room, sizeof(file->chunks[0]));
    if (!chunks) {
        return -1;
    }
    file->chunks = chunks;
    return 0;
}

static int add_chunk(struct tracefile *file, const struct mf_trace_chunk *chunk,
                     uint64_t offset) {
    if (grow(file) != 0) {
        return -1;
    }
    file->chunks[file->chunk_count++] =
        (struct trace_chunk){offset, chunk->size, chunk->stream, chunk->sequence};
    return 0;
}

/** ns in a unit between two moments; 0 where they do not tell. */
static double rate(const struct mf_trace_moment *from, const struct mf_trace_moment *to) {
    bool fine = to->ns > from->ns && to->units > from->units;
    return fine ? (double)(to->ns - from->ns) / (double)(to->units - from->units) : 0;
}

/** Take a later moment into account, if it is believable: it is more exact. */
static void learn(struct tracefile *file, struct mf_trace_moment *latest,
                  const struct mf_trace_moment *moment) {
    double now = rate(&file->head.begin, moment);
    if (moment->ns && moment->units > latest->units && now > 0.9 * file->unit_ns &&
        now < 1.1 * file->unit_ns) {
        file->unit_ns = now;
        *latest = *moment;
    }
}

/** Find all chunks; read those that define something. */
static int find_chunks(struct tracefile *file) {
    struct tracedefinitions definitions = {0};
    struct mf_trace_moment latest = file->head.ready;
    int result = 0;
    file->unit_ns = rate(&file->head.begin, &latest);
    file->unit_ns = file->unit_ns > 0 ? file->unit_ns : 1;
    for (uint64_t at = MF_TRACE_UNIT; result == 0 && at < file->size;) {
        struct mf_trace_chunk chunk;
        bool good = read_chunk(file, at, &chunk);
        if (good) {
            learn(file, &latest, &chunk.begin);
            learn(file, &latest, &chunk.later);
        }
        if (good && chunk.content == MF_TRACE_EVENTS) {
            result = add_chunk(file, &chunk, at);
        } else if (good && chunk.content == MF_TRACE_DEFINITIONS) {
            result = tracedefinitions_read(&definitions, file, at, chunk.size);
        }
        at += good ? chunk.size : MF_TRACE_UNIT;
    }
    tracedefinitions_finish(&definitions, file);
    tracedefinitions_destroy(&definitions);
    return result;
}

static int by_stream(const void *first, const void *second) {
    const struct trace_chunk *a = first, *b = second;
    if (a->stream != b->stream) {
        return a->stream < b->stream ? -1 : 1;
    }
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/** Restore the heap's order from a place downwards. */
static void sift(struct tracefile *file, size_t at) {
    struct trace_stream *stream = file->heap[at];
    for (size_t child; (child = 2 * at + 1) < file->heap_count; at = child) {
        if (child + 1 < file->heap_count &&
            file->heap[child + 1]->next.time < file->heap[child]->next.time) {
            child++;
        }
        if (stream->next.time <= file->heap[child]->next.time) {
            break;
        }
        file->heap[at] = file->heap[child];
    }
    file->heap[at] = stream;
}

/** Move the window on; whether there is more. */
static bool refill(struct tracefile *file, struct trace_stream *stream) {
    size_t kept = (size_t)(stream->stop - stream->at);
    size_t more = stream->left < WINDOW - kept ? stream->left : WINDOW - kept;
    memmove(stream->window, stream->at, kept);
    if (more == 0 || read_at(file, stream->window + kept, more, stream->offset) != 0) {
        more = 0;
        stream->left = 0;
    }
    stream->offset += more;
    stream->left -= more;
    stream->at = stream->window;
    stream->stop = stream->window + kept + more;
    memset(stream->window + kept + more, 0, MF_TRACE_EVENT_MAX);
    return more > 0;
}

/** Go to the stream's next chunk; whether there is one. */
static bool next_chunk(struct tracefile *file, struct trace_stream *stream) {
    struct mf_trace_chunk chunk;
    while (stream->chunk < stream->end) {
        const struct trace_chunk *now = stream->chunk++;
        if (!read_chunk(file, now->offset, &chunk)) {
            continue;
        }
        stream->offset = now->offset + sizeof(chunk);
        stream->left = now->size - sizeof(chunk);
        stream->at = stream->stop = stream->window;
        stream->state = (struct mf_trace_state){chunk.begin.units, 0};
        stream->thread = chunk.thread;
        stream->tid = chunk.tid;
        if (refill(file, stream)) {
            return true;
        }
    }
    return false;
}

/** Unpack the stream's next event; whether there is one. */
static bool advance(struct tracefile *file, struct trace_stream *stream, bool stacks) {
    for (;;) {
        if (stream->stop - stream->at < MF_TRACE_EVENT_MAX && stream->left > 0) {
            refill(file, stream);
        }
        unsigned length =
            mf_trace_unpack(stream->at, &stream->state, stacks, &stream->next);
        if (__builtin_expect(length == 0 || stream->at + length > stream->stop, 0)) {
            file->damaged += mf_trace_word(stream->at) & 0xffff ? 1 : 0;
            if (!next_chunk(file, stream)) {
                return false;
            }
            continue;
        }
        stream->at += length;
        if (__builtin_expect(stream->next.kind != MF_TRACE_THREAD, 1)) {
            return true;
        }
        stream->thread = (uint32_t)stream->next.size;
        stream->tid = (int32_t)(stream->next.address >> 3);
    }
}

/** Begin to read a stream; whether it has events. */
static bool begin(struct tracefile *file, struct trace_stream *stream) {
    stream->window = malloc(WINDOW + MF_TRACE_EVENT_MAX);
    file->failed |= !stream->window;
    return stream->window && next_chunk(file, stream) &&
           advance(file, stream, file->head.flags & MF_TRACE_HAS_STACKS);
}

/** Make the streams of the chunks. */
static int make_streams(struct tracefile *file) {
    size_t count = 0;
    file->streams = calloc(MF_TRACE_STREAMS_MAX, sizeof(file->streams[0]));
    file->heap = calloc(MF_TRACE_STREAMS_MAX, sizeof(struct trace_stream *));
    if (!file->streams || !file->heap) {
        return -1;
    }
    if (file->chunk_count > 0) {
        qsort(file->chunks, file->chunk_count, sizeof(file->chunks[0]), by_stream);
    }
    for (size_t i = 0; i < file->chunk_count; i++) {
        if (i == 0 || file->chunks[i].stream != file->chunks[i - 1].stream) {
            file->streams[count++].chunk = &file->chunks[i];
        }
        file->streams[count - 1].end = &file->chunks[i + 1];
    }
    for (size_t i = 0; i < count; i++) {
        struct mf_trace_chunk chunk;
        if (read_chunk(file, file->streams[i].chunk->offset, &chunk)) {
            file->streams[i].next.time = chunk.begin.units;
            file->heap[file->heap_count++] = &file->streams[i];
        }
    }
    for (size_t i = file->heap_count; i-- > 0;) {
        sift(file, i);
    }
    return 0;
}

/** Read the head; NULL, or what is wrong. */
static const char *read_head(struct tracefile *file) {
    struct stat status;
    if (fstat(file->fd, &status) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return "is not a regular file";
    }
    file->size = (uint64_t)status.st_size;
    if (read_at(file, &file->head, sizeof(file->head), 0) != 0) {
        return "is not a trace";
    }
    file->head.image[MF_IMAGE_MAX - 1] = '\0';
    printable_fix(file->head.image);
    uint32_t length = file->head.command_length;
    file->head.command_length =
        length < MF_TRACE_COMMAND_MAX ? length : MF_TRACE_COMMAND_MAX - 1;
    file->head.command[file->head.command_length] = '\0';
    return mf_trace_head_fault(&file->head);
}

int tracefile_open(struct tracefile *file, const char *path, const struct diag *diag) {
    *file = (struct tracefile){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file->fd < 0) {
        diag_error(diag, "cannot read '%s': %s", path, strerror(errno));
        return -1;
    }
    const char *fault = read_head(file);
    if (fault) {
        diag_error(diag, "'%s' %s: 'mallocfail trace -o FILE PROGRAM' makes one", path,
                   fault);
        tracefile_close(file);
        return -1;
    }
    if (find_chunks(file) != 0 || make_streams(file) != 0) {
        diag_no_memory(diag);
        tracefile_close(file);
        return -1;
    }
    return 0;
}

/** Take the stream that is first in the heap out of it. */
static void drop_first(struct tracefile *file) {
    free(file->heap[0]->window);
    file->heap[0]->window = NULL;
    file->heap[0] = file->heap[--file->heap_count];
}

/** The time of the stream that comes after the first one. */
static uint64_t second_time(const struct tracefile *file) {
    uint64_t time = UINT64_MAX;
    for (size_t i = 1; i < 3 && i < file->heap_count; i++) {
        uint64_t other = file->heap[i]->next.time;
        time = other < time ? other : time;
    }
    return time;
}

/** The stream's next event, as others see it. */
static inline struct trace_event show(struct trace_stream *stream) {
    struct trace_event event = {stream->next, stream->thread, stream->tid, 0};
    uint32_t kind = stream->next.kind;
    if (kind == MF_TRACE_RESIZE) {
        stream->old = stream->next.address;
    } else if (kind == MF_TRACE_REALLOC || kind == MF_TRACE_REALLOCARRAY) {
        event.old = stream->old;
        stream->old = 0;
    }
    return event;
}

/** Take events of one stream until another one's is older; how many. Whether it has
 * `more`. */
static size_t take(struct tracefile *file, struct trace_stream *stream,
                   struct trace_event *events, size_t room, bool *more) {
    uint64_t until = second_time(file);
    bool stacks = file->head.flags & MF_TRACE_HAS_STACKS;
    size_t count = 0;
    do {
        events[count++] = show(stream);
        *more = advance(file, stream, stacks);
    } while (*more && count < room && stream->next.time <= until);
    return count;
}

size_t tracefile_read(struct tracefile *file, struct trace_event *events, size_t room) {
    size_t count = 0;
    while (count < room && file->heap_count > 0 && !file->failed) {
        struct trace_stream *stream = file->heap[0];
        bool more = true;
        if (stream->window) {
            count += take(file, stream, events + count, room - count, &more);
        } else {
            more = begin(file, stream);
        }
        if (!more) {
            drop_first(file);
        }
        if (file->heap_count > 0) {
            sift(file, 0);
        }
    }
    return count;
}

uint64_t tracefile_ns(const struct tracefile *file, uint64_t time) {
    uint64_t begin = file->head.begin.units;
    double ns = time > begin ? (double)(time - begin) * file->unit_ns : 0;
    // No honest file has such times.
    return ns < 0x1p63 ? (uint64_t)ns : INT64_MAX;
}

const struct trace_stack *tracefile_stack(const struct tracefile *file, uint32_t index) {
    bool known = index > 0 && index <= file->stack_count;
    return known && file->stacks[index - 1].count > 0 ? &file->stacks[index - 1] : NULL;
}

const char *tracefile_function(const struct mf_trace_event *event) {
    switch (event->kind) {
    case MF_TRACE_FREE:
        return "free";
    case MF_TRACE_RESIZE:
        return "realloc of";
    case MF_TRACE_REFUSED:
        return mf_function_name((unsigned)(event->address >> 3 & 255));
    default:
        return mf_function_name(event->kind - 1);
    }
}

uint64_t tracefile_count(struct tracefile *file) {
    struct trace_event events[256];
    uint64_t sum = 0;
    size_t count;
    while ((count = tracefile_read(file, events, 256)) > 0) {
        sum += count;
    }
    return sum;
}

void tracefile_warn(const struct tracefile *file, const char *path,
                    const struct diag *diag) {
    uint64_t lost = file->head.lost;
    if (file->failed) {
        diag_no_memory(diag);
    }
    if (lost > 0) {
        diag_warn(diag, "%s: %" PRIu64 " events are missing: there was no room for them",
                  path, lost);
    }
    if (file->damaged > 0) {
        diag_warn(diag, "%s: %" PRIu64 " parts are damaged and left out", path,
                  file->damaged);
    }
}

void tracefile_close(struct tracefile *file) {
    for (size_t i = 0; file->streams && i < MF_TRACE_STREAMS_MAX; i++) {
        free(file->streams[i].window);
    }
    for (uint32_t i = 0; i < file->stack_count; i++) {
        free(file->stacks[i].frames);
    }
    free(file->stacks);
    free(file->streams);
    free(file->heap);
    free(file->chunks);
    modules_destroy(&file->modules);
    if (file->fd >= 0) {
        close(file->fd);
    }
    *file = (struct tracefile){.fd = -1};
}
