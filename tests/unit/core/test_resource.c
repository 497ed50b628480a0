// SPDX-License-Identifier: MIT
// The table of functions that give out other things than memory: whole, and in the manual.
#include "core/policy/errnos.h"
#include "core/policy/resource.h"

#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(each_row_has_a_name_and_errors) {
    for (unsigned i = 0; mf_resource_at(i); i++) {
        const struct mf_resource *resource = mf_resource_at(i);
        unsigned function = mf_resource_function(i);
        ck_assert_ptr_eq(mf_resource_of(function), resource);
        ck_assert_str_eq(mf_function_name(function), resource->name);
        ck_assert(mf_functions_read(resource->name) == MF_FUNCTION_BIT(function));
        ck_assert(!(MF_FUNCTION_BIT(function) & MF_FUNCTIONS_DEFAULT));
        ck_assert_int_ne(resource->errors[0], 0);
        ck_assert_int_eq(mf_resource_error(function, 0), resource->errors[0]);
        ck_assert_int_eq(mf_resource_error(function, EXDEV), EXDEV);
        for (unsigned k = 0; k < MF_RESOURCE_ERRORS && resource->errors[k]; k++) {
            const char *name = mf_errno_name(resource->errors[k]);
            ck_assert_int_eq(mf_errno_find(name), resource->errors[k]);
        }
    }
}
END_TEST

START_TEST(each_symbol_is_there_once) {
    for (unsigned i = 0; mf_resource_symbol_at(i).name[0]; i++) {
        struct mf_resource_symbol symbol = mf_resource_symbol_at(i);
        ck_assert_ptr_nonnull(mf_resource_at(symbol.resource));
        for (unsigned k = 0; k < i; k++) {
            ck_assert_str_ne(mf_resource_symbol_at(k).name, symbol.name);
        }
    }
}
END_TEST

START_TEST(sets_are_written_as_they_are_read) {
    static const struct {
        const char *words[3], *text;
    } sets[] = {
        {{"open64", "read"}, "\"open\", \"read\""},
        {{"files", "memory"}, "\"memory\", \"files\""},
        {{"sockets", "socket", "mmap"}, "\"sockets\", \"mmap\""},
        {{"malloc", "fork"}, "\"malloc\", \"fork\""},
    };
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        char text[200];
        struct mf_text written = mf_text_begin(text, sizeof(text));
        mf_functions functions = 0;
        for (size_t k = 0; k < 3 && sets[i].words[k]; k++) {
            functions |= mf_functions_read(sets[i].words[k]);
        }
        mf_functions_write(functions, &written);
        ck_assert_str_eq(text, sets[i].text);
    }
    ck_assert(mf_functions_read("") == 0);
    ck_assert(mf_functions_read("free") == 0);
}
END_TEST

START_TEST(groups_run_out_together) {
    unsigned open = 0, read = 0;
    for (unsigned i = 0; mf_resource_at(i); i++) {
        open =
            strcmp(mf_resource_at(i)->name, "open") == 0 ? mf_resource_function(i) : open;
        read =
            strcmp(mf_resource_at(i)->name, "read") == 0 ? mf_resource_function(i) : read;
    }
    ck_assert(mf_resource_kin(open) == mf_functions_read("files"));
    ck_assert(mf_resource_kin(read) == MF_FUNCTION_BIT(read));
    ck_assert(mf_resource_kin(MF_CALLOC) == MF_FUNCTIONS_DEFAULT);
    ck_assert_int_eq(mf_resource_error(MF_CALLOC, 0), ENOMEM);
}
END_TEST

/** Whether a file has a line. */
static bool has_line(const char *path, const char *wanted) {
    char line[200] = "";
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    bool found = false;
    while (!found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, wanted) == 0;
    }
    fclose(file);
    return found;
}

START_TEST(the_manual_lists_them_all) {
    const char *source = getenv("MF_SOURCE");
    char path[1000];
    snprintf(path, sizeof(path), "%s/man/mallocfail-policy.5", source ? source : ".");
    for (unsigned i = 0; mf_resource_at(i); i++) {
        const struct mf_resource *resource = mf_resource_at(i);
        char line[200];
        int length = snprintf(line, sizeof(line), ".It %s Ta", resource->name);
        for (unsigned k = 0; k < MF_RESOURCE_ERRORS && resource->errors[k]; k++) {
            length += snprintf(line + length, sizeof(line) - (size_t)length, " %s",
                               mf_errno_name(resource->errors[k]));
        }
        ck_assert_msg(has_line(path, line), "%s lacks \"%s\"", path, line);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resource");
    TCase *test = tcase_create("resource");
    tcase_add_test(test, each_row_has_a_name_and_errors);
    tcase_add_test(test, each_symbol_is_there_once);
    tcase_add_test(test, sets_are_written_as_they_are_read);
    tcase_add_test(test, groups_run_out_together);
    tcase_add_test(test, the_manual_lists_them_all);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
