// SPDX-License-Identifier: MIT
#include "runner/trace/histogram.h"

#include "runner/trace/histogram_view.h"
#include "runner/util/figures.h"
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS 20000

START_TEST(the_live_heap_keeps_what_lives) {
    struct liveheap heap;
    static bool lives[BLOCKS];
    uint64_t seed = 1, count = 0;
    bool good = true;
    ck_assert_int_eq(liveheap_init(&heap), 0);
    for (int i = 0; i < 400000; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t at = (seed >> 33) % BLOCKS;
        // Two regions that lie far apart, as arenas of threads do.
        uint64_t address = (at & 1 ? 0x7f0000000000 : 0x550000000000) + at * 48;
        struct live_block block = {address, at, 0}, old;
        if (lives[at]) {
            good &= liveheap_remove(&heap, address, &old) && old.size == at;
            count--;
        } else {
            good &= !liveheap_remove(&heap, address, &old) &&
                    liveheap_add(&heap, block, &old) == 0 && old.address == 0;
            count++;
        }
        lives[at] = !lives[at];
        good &= heap.count == count;
    }
    ck_assert(good);
    liveheap_destroy(&heap);
}
END_TEST

START_TEST(a_block_at_the_same_place_takes_the_others) {
    struct liveheap heap;
    struct live_block old;
    ck_assert_int_eq(liveheap_init(&heap), 0);
    ck_assert_int_eq(liveheap_add(&heap, (struct live_block){64, 1, 2}, &old), 0);
    ck_assert_int_eq(liveheap_add(&heap, (struct live_block){64, 3, 4}, &old), 0);
    ck_assert_uint_eq(old.size, 1);
    ck_assert_uint_eq(old.stack, 2);
    ck_assert_uint_eq(heap.count, 1);
    liveheap_destroy(&heap);
}
END_TEST

/** The most places in a row that are taken. */
static size_t longest_run(const struct liveheap *heap) {
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < heap->room; i++) {
        run = heap->blocks[i].address ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/** Addresses that a factor known to all would bring to one place: products that differ in
 * their high bits only, or that follow each other. */
START_TEST(no_file_can_have_blocks_pile_up) {
    static const struct {
        uint64_t factor, step;
    } files[] = {
        {1, UINT64_C(1) << 42},
        {1, UINT64_C(1) << 39},
        {UINT64_C(0xf1de83e19937733d), 1},
    };
    struct liveheap heap;
    ck_assert_uint_eq(files[2].factor * MF_MIX_STEP, 1);
    ck_assert_int_eq(liveheap_init(&heap), 0);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        struct live_block block = {i * files[_i].step * files[_i].factor << 6, 1, 0}, old;
        ck_assert_int_eq(liveheap_add(&heap, block, &old), 0);
    }
    ck_assert_uint_eq(heap.count, BLOCKS);
    ck_assert_uint_lt(longest_run(&heap), 500);
    liveheap_destroy(&heap);
}
END_TEST

START_TEST(a_timeline_keeps_each_peak) {
    struct timeline timeline;
    timeline_init(&timeline);
    timeline_note(&timeline, 10, 0, 5);
    timeline_note(&timeline, 1000000, 5, 100);
    timeline_note(&timeline, 1000001, 100, 7);
    timeline_note(&timeline, 5000000, 7, 8);
    uint64_t most = 0;
    for (size_t i = 0; i <= timeline.at; i++) {
        most = timeline.most[i] > most ? timeline.most[i] : most;
        ck_assert_uint_gt(timeline.most[i], 0);
    }
    ck_assert_uint_eq(most, 100);
    ck_assert_uint_eq(timeline.most[1000000 / timeline.width], 100);
    ck_assert_uint_eq(timeline.most[timeline.at], 8);
    ck_assert_uint_eq(timeline.at, 5000000 / timeline.width);
}
END_TEST

START_TEST(a_timeline_stands_any_time) {
    struct timeline timeline;
    timeline_init(&timeline);
    timeline_note(&timeline, UINT64_MAX, 0, 5);
    timeline_note(&timeline, 3, 5, 6);
    timeline_note(&timeline, UINT64_MAX - 1, 6, 7);
    ck_assert_uint_lt(timeline.at, TIMELINE_MAX);
}
END_TEST

START_TEST(percentiles_are_sizes_that_were_asked_for) {
    struct histogram *histogram = calloc(1, sizeof(*histogram));
    histogram->exact[16] = 90;
    histogram->exact[100] = 9;
    histogram->large[0] = 1;
    histogram->allocations = 100;
    histogram->largest = 65537;
    ck_assert_uint_eq(histogram_percentile(histogram, 0), 16);
    ck_assert_uint_eq(histogram_percentile(histogram, 0.9), 16);
    ck_assert_uint_eq(histogram_percentile(histogram, 0.99), 100);
    ck_assert_uint_eq(histogram_percentile(histogram, 1), 65537);
    ck_assert_uint_eq(histogram_below(histogram, 100), 90);
    ck_assert_uint_eq(histogram_below(histogram, 101), 99);
    ck_assert_uint_eq(histogram_between(histogram, 17, 101), 9);
    free(histogram);
}
END_TEST

START_TEST(steps_are_round_and_few) {
    bool good = true;
    for (uint64_t below = 1; below <= HISTOGRAM_BELOW_MAX; below += 13) {
        for (unsigned bars = 1; bars < 200; bars += 7) {
            good &= histogram_step(below, bars) * bars >= below;
        }
    }
    ck_assert(good);
    ck_assert_uint_eq(histogram_step(100, 25), 4);
    ck_assert_uint_eq(histogram_step(100, 128), 1);
    ck_assert_uint_eq(histogram_step(4096, 25), 200);
}
END_TEST

START_TEST(figures_are_as_people_write_them) {
    ck_assert_str_eq(figure_count(0).text, "0");
    ck_assert_str_eq(figure_count(1234567).text, "1,234,567");
    ck_assert_str_eq(figure_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
    ck_assert_str_eq(figure_bytes(1).text, "1 byte");
    ck_assert_str_eq(figure_bytes(9999).text, "9,999 bytes");
    ck_assert_str_eq(figure_bytes(5 << 20).text, "5.0 MiB");
    ck_assert_str_eq(figure_bytes(UINT64_MAX).text, "16.0 EiB");
    ck_assert_str_eq(figure_share(1, 3).text, "33.3 %");
    ck_assert_str_eq(figure_share(0, 0).text, "0.0 %");
    ck_assert_str_eq(figure_time(1234567890).text, "1.235 s");
    ck_assert_str_eq(figure_time(1500000).text, "1.5 ms");
    ck_assert_str_eq(figure_time(45678).text, "45 us");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("histogram");
    TCase *tests = tcase_create("histogram");
    tcase_add_test(tests, the_live_heap_keeps_what_lives);
    tcase_add_test(tests, a_block_at_the_same_place_takes_the_others);
    tcase_add_loop_test(tests, no_file_can_have_blocks_pile_up, 0, 3);
    tcase_add_test(tests, a_timeline_keeps_each_peak);
    tcase_add_test(tests, a_timeline_stands_any_time);
    tcase_add_test(tests, percentiles_are_sizes_that_were_asked_for);
    tcase_add_test(tests, steps_are_round_and_few);
    tcase_add_test(tests, figures_are_as_people_write_them);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
