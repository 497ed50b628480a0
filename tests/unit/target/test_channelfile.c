// SPDX-License-Identifier: MIT
#include "runner/code/modules.h"
#include "runner/target/channelfile.h"

#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static struct channel channel;

static void create(void) {
    ck_assert_int_eq(channel_create(&channel, "{}", 2), 0);
}

static void destroy(void) {
    channel_destroy(&channel);
}

/** Lower a limit, as far as both of its values are given. */
static void limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit now;
    getrlimit(resource, &now);
    now.rlim_cur = soft;
    now.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
    ck_assert_int_eq(setrlimit(resource, &now), 0);
}

START_TEST(a_new_one_holds_its_policy_and_has_no_fault) {
    ck_assert_ptr_null(mf_head_fault(channel.head));
    ck_assert_uint_eq(channel.head->policy_length, 2);
    ck_assert_int_eq(memcmp(channel.head->policy, "{}", 2), 0);
    ck_assert_uint_eq(channel.size, MF_CHANNEL_SIZE);
    ck_assert_uint_eq(channel_processes(&channel), 0);
}
END_TEST

START_TEST(nobody_else_gets_in_and_nobody_can_make_it_shorter) {
    struct stat about;
    ck_assert_int_eq(fstat(channel.fd, &about), 0);
    ck_assert_uint_eq(about.st_mode & 07777, 0600);
    ck_assert_uint_eq(about.st_nlink, 0);
    ck_assert_int_ne(ftruncate(channel.fd, 0), 0);
    ck_assert_int_eq(fcntl(channel.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    // Out of the way of those that a target opens.
    ck_assert_int_ge(channel.fd, 100);
}
END_TEST

START_TEST(what_is_behind_it_is_zeroes) {
    struct channel larger;
    ck_assert_int_eq(channel_create_larger(&larger, "", 0, 5), 0);
    ck_assert_uint_eq(larger.size, MF_CHANNEL_SIZE + MF_PAGE);
    const char *behind = (const char *)larger.head + MF_CHANNEL_SIZE;
    for (size_t i = 0; i < MF_PAGE; i++) {
        ck_assert_int_eq(behind[i], 0);
    }
    channel_destroy(&larger);
}
END_TEST

START_TEST(a_destroyed_one_can_be_destroyed_again) {
    struct channel none = {0};
    channel_destroy(&none);
    int fd = channel.fd;
    channel_destroy(&channel);
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
    channel_destroy(&channel);
    ck_assert_ptr_null(channel.head);
    ck_assert_int_eq(channel.fd, -1);
}
END_TEST

START_TEST(a_policy_that_is_too_long_is_an_error) {
    struct channel none;
    static char policy[MF_POLICY_TEXT_MAX + 1];
    ck_assert_int_eq(channel_create(&none, policy, sizeof(policy)), -1);
    ck_assert_int_eq(errno, EFBIG);
    ck_assert_ptr_null(none.head);
    ck_assert_int_eq(channel_create(&none, policy, sizeof(policy) - 1), 0);
    channel_destroy(&none);
}
END_TEST

START_TEST(a_limit_on_files_is_lifted_for_it_alone) {
    limit(RLIMIT_FSIZE, 4096, RLIM_INFINITY);
    create();
    struct rlimit now;
    getrlimit(RLIMIT_FSIZE, &now);
    ck_assert_uint_eq(now.rlim_cur, 4096);
    destroy();
}
END_TEST

START_TEST(where_a_limit_cannot_be_lifted_a_segment_takes_its_place) {
    limit(RLIMIT_FSIZE, 4096, 4096);
    create();
    ck_assert_int_lt(channel.fd, -1);
    ck_assert_ptr_null(mf_head_fault(channel.head));
    int id = -2 - channel.fd;
    struct shmid_ds about;
    ck_assert_int_eq(shmctl(id, IPC_STAT, &about), 0);
    ck_assert_uint_eq(about.shm_segsz, MF_CHANNEL_SIZE);
    ck_assert_uint_eq(about.shm_perm.mode & 0777, 0600);
    // Others attach it, though it will go by itself.
    void *again = shmat(id, NULL, 0);
    ck_assert_ptr_eq(mf_head_fault(again), NULL);
    ck_assert_int_eq(shmdt(again), 0);
    destroy();
    ck_assert_int_eq(channel.fd, -1);
    ck_assert_int_eq(shmctl(id, IPC_STAT, &about), -1);
}
END_TEST

START_TEST(a_limit_on_descriptors_leaves_it_where_it_is) {
    limit(RLIMIT_NOFILE, 64, RLIM_INFINITY);
    create();
    ck_assert_int_lt(channel.fd, 64);
    destroy();
}
END_TEST

START_TEST(no_descriptors_are_an_error) {
    struct channel none;
    limit(RLIMIT_NOFILE, 3, RLIM_INFINITY);
    ck_assert_int_eq(channel_create(&none, "{}", 2), -1);
    ck_assert_int_eq(errno, EMFILE);
    // A sanitizer needs some at the end.
    limit(RLIMIT_NOFILE, 64, RLIM_INFINITY);
}
END_TEST

START_TEST(no_room_for_addresses_is_an_error_that_leaves_nothing) {
    struct channel none;
    int lowest = dup(0);
    close(lowest);
    limit(RLIMIT_AS, 1 << 20, RLIM_INFINITY);
    ck_assert_int_eq(channel_create(&none, "{}", 2), -1);
    ck_assert_int_eq(errno, ENOMEM);
    limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
    ck_assert_int_eq(dup(0), lowest);
    ck_assert_int_eq(fcntl(100, F_GETFD), -1);
}
END_TEST

START_TEST(another_process_finds_it) {
    struct channel found;
    const char *fault = "";
    ck_assert_int_eq(channel_open(&found, getpid(), &fault), 0);
    ck_assert_ptr_null(fault);
    ck_assert_ptr_ne(found.head, channel.head);
    found.head->processes_lost = 7;
    ck_assert_uint_eq(channel.head->processes_lost, 7);
    channel_destroy(&found);
}
END_TEST

/** Nothing is found, and the words for it are these; NULL = none. */
static void find_nothing(const char *words) {
    struct channel found;
    const char *fault = "";
    ck_assert_int_eq(channel_open(&found, getpid(), &fault), -1);
    ck_assert_ptr_null(found.head);
    ck_assert_int_eq(found.fd, -1);
    if (words) {
        ck_assert_ptr_nonnull(fault);
        ck_assert_ptr_nonnull(strstr(fault, words));
    } else {
        ck_assert_ptr_null(fault);
    }
}

START_TEST(a_process_without_one_is_no_fault) {
    find_nothing(NULL);
    struct channel found;
    const char *fault = "";
    ck_assert_int_eq(channel_open(&found, -1, &fault), -1);
    ck_assert_ptr_null(fault);
}
END_TEST

START_TEST(one_of_another_version_is_a_fault) {
    channel.head->version++;
    find_nothing("another version");
}
END_TEST

START_TEST(one_that_is_too_short_is_a_fault) {
    const uint64_t magic = MF_CHANNEL_MAGIC;
    int fd = memfd_create("short", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, &magic, sizeof(magic)), sizeof(magic));
    find_nothing("another version");
    close(fd);
}
END_TEST

START_TEST(a_file_with_other_contents_is_none) {
    int fd = memfd_create("other", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, "MALLOCFAIL", 10), 10);
    find_nothing(NULL);
    close(fd);
}
END_TEST

START_TEST(counts_that_were_scribbled_over_are_cut) {
    channel.head->processes_used = UINT32_MAX;
    channel.head->modules_used = UINT32_MAX;
    ck_assert_uint_eq(channel_processes(&channel), MF_PROCESSES_MAX);
    struct mf_module copy;
    ck_assert(!modules_copy(channel.head, MF_MODULES_MAX, &copy));
    unsigned char *last = (void *)channel_process(&channel, MF_PROCESSES_MAX - 1);
    ck_assert(last + sizeof(struct mf_process) <=
              (unsigned char *)channel.head + MF_CHANNEL_SIZE);
}
END_TEST

START_TEST(a_module_is_copied_with_its_end) {
    struct mf_module copy, *module = &channel.head->modules[1];
    channel.head->modules_used = 2;
    memset(module->path, 'x', sizeof(module->path));
    module->build_id_length = UINT32_MAX;
    ck_assert(!modules_copy(channel.head, 1, &copy));
    module->ready = 1;
    ck_assert(modules_copy(channel.head, 1, &copy));
    ck_assert_uint_eq(strlen(copy.path), sizeof(copy.path) - 1);
    ck_assert_uint_eq(copy.build_id_length, MF_BUILD_ID_MAX);
    ck_assert(!modules_copy(channel.head, 2, &copy));
    ck_assert(!modules_copy(channel.head, UINT64_MAX, &copy));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("channelfile");
    TCase *test = tcase_create("channelfile");
    tcase_add_checked_fixture(test, create, destroy);
    tcase_add_test(test, a_new_one_holds_its_policy_and_has_no_fault);
    tcase_add_test(test, nobody_else_gets_in_and_nobody_can_make_it_shorter);
    tcase_add_test(test, what_is_behind_it_is_zeroes);
    tcase_add_test(test, a_destroyed_one_can_be_destroyed_again);
    tcase_add_test(test, another_process_finds_it);
    tcase_add_test(test, one_of_another_version_is_a_fault);
    tcase_add_test(test, counts_that_were_scribbled_over_are_cut);
    tcase_add_test(test, a_module_is_copied_with_its_end);
    suite_add_tcase(suite, test);
    TCase *without = tcase_create("without one");
    tcase_add_test(without, a_policy_that_is_too_long_is_an_error);
    tcase_add_test(without, a_limit_on_files_is_lifted_for_it_alone);
    tcase_add_test(without, where_a_limit_cannot_be_lifted_a_segment_takes_its_place);
    tcase_add_test(without, a_limit_on_descriptors_leaves_it_where_it_is);
    tcase_add_test(without, no_descriptors_are_an_error);
    tcase_add_test(without, no_room_for_addresses_is_an_error_that_leaves_nothing);
    tcase_add_test(without, a_process_without_one_is_no_fault);
    tcase_add_test(without, one_that_is_too_short_is_a_fault);
    tcase_add_test(without, a_file_with_other_contents_is_none);
    suite_add_tcase(suite, without);
    return unit_run(suite);
}
