// SPDX-License-Identifier: MIT
#include "core/channel/trace.h"

#include "runner/trace/tracefile.h"
#include "unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Random numbers that are the same in each run. */
static uint64_t seed;

static uint64_t next_number(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/** A number of any length in bits. */
static uint64_t any_number(void) {
    uint64_t number = next_number();
    return number >> (next_number() & 63);
}

static void set_up(void) {
    seed = UINT64_C(88172645463325252);
}

static struct mf_trace_event any_event(uint64_t *time) {
    struct mf_trace_event event = {0};
    *time += any_number() >> 10;
    event.time = *time;
    event.kind = (uint32_t)(next_number() % MF_TRACE_THREAD) + 1;
    event.size = any_number();
    event.address = next_number() % 8 ? any_number() & ~UINT64_C(15) : any_number();
    event.stack = (uint32_t)next_number() & (MF_TRACE_STACKS_MAX - 1);
    return event;
}

static bool equal(const struct mf_trace_event *got, const struct mf_trace_event *wanted,
                  bool stacks) {
    bool has = stacks && mf_trace_allocates(wanted->kind);
    return got->kind == wanted->kind && got->time == wanted->time &&
           got->size == wanted->size && got->address == wanted->address &&
           got->stack == (has ? wanted->stack : 0);
}

#define EVENTS 100000

/** Pack events and unpack them; stacks or not is the loop's index. */
START_TEST(what_is_packed_comes_back) {
    bool stacks = _i;
    unsigned char *bytes = calloc(EVENTS + 1, MF_TRACE_EVENT_MAX);
    struct mf_trace_event *events = calloc(EVENTS, sizeof(events[0]));
    struct mf_trace_state packing = {0}, unpacking = {0};
    unsigned char *at = bytes;
    uint64_t time = 0;
    for (int i = 0; i < EVENTS; i++) {
        struct mf_trace_event *event = &events[i];
        *event = any_event(&time);
        bool has = stacks && mf_trace_allocates(event->kind);
        unsigned length =
            mf_trace_pack(at, &packing, event->kind, event->time, event->size,
                          event->address, has ? (int32_t)event->stack : -1);
        ck_assert_uint_lt(length, MF_TRACE_EVENT_MAX);
        at += length;
    }
    const unsigned char *from = bytes;
    for (int i = 0; i < EVENTS; i++) {
        struct mf_trace_event event;
        unsigned length = mf_trace_unpack(from, &unpacking, stacks, &event);
        ck_assert(length > 0 && equal(&event, &events[i], stacks));
        from += length;
    }
    ck_assert_ptr_eq(from, at);
    struct mf_trace_event none;
    ck_assert_uint_eq(mf_trace_unpack(from, &unpacking, stacks, &none), 0);
    free(events);
    free(bytes);
}
END_TEST

START_TEST(short_events_are_the_same_bytes) {
    struct mf_trace_state state = {1000, 0x5500000000};
    unsigned many = 0;
    for (int i = 0; i < EVENTS; i++) {
        unsigned char quick[MF_TRACE_EVENT_MAX] = {0}, slow[MF_TRACE_EVENT_MAX] = {0};
        uint64_t time = state.time + any_number() % 100000;
        uint64_t size = any_number();
        uint64_t address = state.address + (any_number() % 4096) * 16;
        struct mf_trace_state after = state;
        unsigned length = mf_trace_pack_short(quick, &state, 1, time, size, address);
        unsigned full = mf_trace_pack(slow, &after, 1, time, size, address, -1);
        if (length > 0) {
            many++;
            ck_assert_uint_eq(length, full);
            ck_assert_mem_eq(quick, slow, sizeof(quick));
        } else {
            ck_assert_uint_gt(full, 8);
        }
    }
    ck_assert_uint_gt(many, EVENTS / 10);
}
END_TEST

START_TEST(an_event_of_nothing_special_is_small) {
    unsigned char bytes[MF_TRACE_EVENT_MAX] = {0};
    struct mf_trace_state state = {1000, 0x5500000000};
    ck_assert_uint_eq(
        mf_trace_pack_short(bytes, &state, 1, 1010, 24, state.address + 4096), 5);
    ck_assert_uint_eq(
        mf_trace_pack_short(bytes, &state, MF_TRACE_FREE, 1010, 0, state.address), 2);
}
END_TEST

START_TEST(nothing_that_is_unpacked_leads_astray) {
    unsigned char bytes[4096 + MF_TRACE_EVENT_MAX];
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (unsigned char)next_number();
        }
        struct mf_trace_state state = {0};
        struct mf_trace_event event;
        size_t at = 0;
        unsigned length = 1;
        while (at < 4096 && length > 0) {
            length = mf_trace_unpack(bytes + at, &state, round & 1, &event);
            ck_assert_uint_le(length, MF_TRACE_EVENT_MAX);
            ck_assert(length == 0 || (event.kind > 0 && event.kind <= MF_TRACE_THREAD));
            at += length;
        }
    }
}
END_TEST

/** Room for a chunk with more modules than there can be. */
#define MODULES_SIZE (8 * MF_TRACE_UNIT)

/** A file in which all is as it should be: a head, two streams. */
#define FILE_SIZE (4 * MF_TRACE_UNIT)

static void put_chunk(unsigned char *file, unsigned place, unsigned stream,
                      uint64_t begin) {
    struct mf_trace_chunk chunk = {.magic = MF_TRACE_CHUNK_MAGIC,
                                   .content = MF_TRACE_EVENTS,
                                   .stream = stream,
                                   .size = MF_TRACE_UNIT,
                                   .begin = {begin, begin * 10},
                                   .thread = stream + 1,
                                   .tid = 100 + (int)stream};
    unsigned char *at = file + place * MF_TRACE_UNIT;
    memcpy(at, &chunk, sizeof(chunk));
    at += sizeof(chunk);
    struct mf_trace_state state = {begin, 0};
    for (uint64_t i = 0; i < 100; i++) {
        at += mf_trace_pack(at, &state, 1, begin + 7 * i, i, 0x1000 * (i + 1), -1);
    }
}

static unsigned char *make_file(void) {
    unsigned char *bytes = calloc(1, FILE_SIZE);
    struct mf_trace_head head = {.magic = MF_TRACE_MAGIC,
                                 .version = MF_TRACE_VERSION,
                                 .begin = {1000, 10000},
                                 .ready = {2000, 20000},
                                 .image = "good"};
    memcpy(bytes, &head, sizeof(head));
    put_chunk(bytes, 1, 0, 3000);
    put_chunk(bytes, 2, 1, 3003);
    return bytes;
}

/** Open what is in memory; closes over a file that is gone at once. */
static int open_bytes(struct tracefile *file, const unsigned char *bytes, size_t size) {
    const struct diag silent = {.quiet = true};
    char path[] = "/tmp/test_trace.XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    int quiet = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    int result = tracefile_open(file, path, &silent);
    dup2(quiet, STDERR_FILENO);
    close(quiet);
    close(null);
    unlink(path);
    close(fd);
    return result;
}

START_TEST(streams_are_read_in_the_order_of_time) {
    struct tracefile file;
    struct trace_event events[300];
    unsigned char *bytes = make_file();
    ck_assert_int_eq(open_bytes(&file, bytes, FILE_SIZE), 0);
    ck_assert_uint_eq(tracefile_read(&file, events, 300), 200);
    for (unsigned i = 0; i < 200; i++) {
        ck_assert_uint_eq(events[i].thread, i % 2 + 1);
        ck_assert_int_eq(events[i].tid, 100 + (int)(i % 2));
        ck_assert_uint_eq(events[i].event.size, i / 2);
        ck_assert_uint_eq(events[i].event.time, 3000 + 7 * (i / 2) + 3 * (i % 2));
    }
    ck_assert_uint_eq(tracefile_ns(&file, 3000), 20000);
    ck_assert_uint_eq(file.damaged, 0);
    tracefile_close(&file);
    free(bytes);
}
END_TEST

START_TEST(a_file_cut_anywhere_gives_what_is_there) {
    unsigned char *bytes = make_file();
    for (size_t size = 0; size < FILE_SIZE; size += 4099) {
        struct tracefile file;
        if (open_bytes(&file, bytes, size) == 0) {
            ck_assert_uint_le(tracefile_count(&file), 200);
            tracefile_close(&file);
        } else {
            ck_assert_uint_lt(size, sizeof(struct mf_trace_head));
        }
    }
    free(bytes);
}
END_TEST

START_TEST(a_file_with_any_bytes_changed_does_no_harm) {
    for (int round = 0; round < 400; round++) {
        struct tracefile file;
        unsigned char *bytes = make_file();
        size_t count = next_number() % 64 + 1;
        for (size_t i = 0; i < count; i++) {
            // Mostly where structures are: at the beginning of a unit.
            uint64_t place = next_number() % 4 * MF_TRACE_UNIT + next_number() % 200;
            bytes[place] = (unsigned char)next_number();
        }
        if (open_bytes(&file, bytes, FILE_SIZE) == 0) {
            tracefile_count(&file);
            for (uint32_t i = 0; i <= file.stack_count; i++) {
                tracefile_stack(&file, i);
            }
            tracefile_close(&file);
        }
        free(bytes);
    }
}
END_TEST

/** Definitions: a stack of two frames and their module, then garbage. */
START_TEST(stacks_are_read_and_garbage_behind_them_is_not) {
    struct tracefile file;
    unsigned char *bytes = make_file();
    unsigned char *at = bytes + 3 * MF_TRACE_UNIT;
    struct mf_trace_chunk chunk = {.magic = MF_TRACE_CHUNK_MAGIC,
                                   .content = MF_TRACE_DEFINITIONS,
                                   .size = MF_TRACE_UNIT};
    memcpy(at, &chunk, sizeof(chunk));
    uint64_t words[] = {MF_TRACE_RECORD(MF_TRACE_STACK, 56),
                        UINT64_C(2) << 32 | 7,
                        0x1234,
                        99,
                        0x10,
                        98,
                        0x20};
    memcpy(at + sizeof(chunk), words, sizeof(words));
    struct mf_trace_module module = {.record =
                                         MF_TRACE_RECORD(MF_TRACE_MODULE, sizeof(module)),
                                     .key = 99,
                                     .module.path = "/lib/good.so"};
    memcpy(at + sizeof(chunk) + 56, &module, sizeof(module));
    memset(at + sizeof(chunk) + 56 + sizeof(module), 0xff, 64);
    ck_assert_int_eq(open_bytes(&file, bytes, FILE_SIZE), 0);
    const struct trace_stack *stack = tracefile_stack(&file, 7);
    ck_assert_ptr_nonnull(stack);
    ck_assert_uint_eq(stack->id, 0x1234);
    ck_assert_uint_eq(stack->count, 2);
    ck_assert_str_eq(modules_name(&file.modules, stack->frames[0].module), "good.so");
    ck_assert_uint_eq(stack->frames[1].module, MODULE_NONE);
    ck_assert_ptr_null(tracefile_stack(&file, 8));
    ck_assert_ptr_null(tracefile_stack(&file, UINT32_MAX));
    ck_assert_uint_eq(file.damaged, 1);
    tracefile_close(&file);
    free(bytes);
}
END_TEST

/** Put a chunk that defines a stack with a frame in each module, and modules from 1 on;
 * every one has a path of its own. */
static void put_modules(unsigned char *at, uint32_t count) {
    struct mf_trace_chunk chunk = {.magic = MF_TRACE_CHUNK_MAGIC,
                                   .content = MF_TRACE_DEFINITIONS,
                                   .size = MODULES_SIZE};
    memcpy(at, &chunk, sizeof(chunk));
    at += sizeof(chunk);
    for (uint32_t i = 1; i <= count; i++) {
        uint64_t stack[] = {MF_TRACE_RECORD(MF_TRACE_STACK, 40), UINT64_C(1) << 32 | i, i,
                            i, 0x10};
        size_t length = (MF_TRACE_MODULE_PATH + 16 + 7) / 8 * 8;
        struct mf_trace_module module = {
            .record = MF_TRACE_RECORD(MF_TRACE_MODULE, length), .key = i};
        snprintf(module.module.path, 16, "/lib/%u", i);
        memcpy(at, stack, sizeof(stack));
        memcpy(at + sizeof(stack), &module, length);
        at += sizeof(stack) + length;
    }
}

/** Else the time to read it would go with their square. */
START_TEST(no_more_modules_are_read_than_are_ever_written) {
    struct tracefile file;
    struct mf_trace_head head = {.magic = MF_TRACE_MAGIC, .version = MF_TRACE_VERSION};
    size_t size = MF_TRACE_UNIT + MODULES_SIZE;
    unsigned char *bytes = calloc(1, size);
    memcpy(bytes, &head, sizeof(head));
    put_modules(bytes + MF_TRACE_UNIT, MF_TRACE_MODULES_MAX + 100);
    ck_assert_int_eq(open_bytes(&file, bytes, size), 0);
    ck_assert_uint_eq(file.modules.count, MF_TRACE_MODULES_MAX);
    ck_assert_uint_eq(file.damaged, 1);
    for (uint32_t i = 1; i <= MF_TRACE_MODULES_MAX; i++) {
        const struct trace_stack *stack = tracefile_stack(&file, i);
        char name[16];
        snprintf(name, sizeof(name), "%u", i);
        ck_assert_str_eq(modules_name(&file.modules, stack->frames[0].module), name);
    }
    tracefile_close(&file);
    free(bytes);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, what_is_packed_comes_back, 0, 2);
    tcase_add_test(tests, short_events_are_the_same_bytes);
    tcase_add_test(tests, an_event_of_nothing_special_is_small);
    tcase_add_test(tests, nothing_that_is_unpacked_leads_astray);
    tcase_add_test(tests, streams_are_read_in_the_order_of_time);
    tcase_add_test(tests, a_file_cut_anywhere_gives_what_is_there);
    tcase_add_test(tests, a_file_with_any_bytes_changed_does_no_harm);
    tcase_add_test(tests, stacks_are_read_and_garbage_behind_them_is_not);
    tcase_add_test(tests, no_more_modules_are_read_than_are_ever_written);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
