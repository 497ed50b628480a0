// SPDX-License-Identifier: MIT
// A reproducer is an ordinary policy. Two rules pin the failure: the calls in front of it
// are spared by number, and from there on the first call from the same stack fails; so
// neither a stack that comes often nor a number that has moved a little leads astray.
// What "reproduces" says is for replay: the number alone is its second try.
#include "runner/diagnose/reproducer.h"

#include "runner/util/exact.h"
#include "runner/util/json.h"
#include "runner/util/shellword.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Room for the names of all functions, quoted. */
#define FUNCTIONS_TEXT_MAX 2048

static const char *const arms[] = {
    [MF_ARM_LOAD] = "load",
    [MF_ARM_MAIN] = "main",
    [MF_ARM_STARTUP] = "startup",
    [MF_ARM_API] = "api",
};

/** The functions that were counted, as a list; NULL where those are that rules select without
 * a list. */
static json_t *functions_of(const struct finding *finding) {
    char text[FUNCTIONS_TEXT_MAX];
    struct mf_text list = mf_text_begin(text, sizeof(text));
    mf_functions reached = finding->own ? finding->own->reached : 0;
    mf_text_add(&list, "[");
    mf_functions_write(MF_FUNCTIONS_DEFAULT | reached, &list);
    mf_text_add(&list, "]");
    return reached ? json_loads(text, 0, NULL) : NULL;
}

/** The calls before the failed one pass. */
static json_t *spare_rule(const struct finding *finding) {
    return json_pack("{s:s, s:s, s:o*, s:{s:i, s:I}}", "name", "what comes before",
                     "action", "spare", "functions", functions_of(finding), "nth", "from",
                     1, "to", (json_int_t)finding->injection.number - 1);
}

/** Then the first one from the stack fails. */
static json_t *fail_rule(const struct finding *finding) {
    const char *error = mf_injection_error(&finding->injection);
    return json_pack("{s:s, s:o*, s:s*, s:{s:o}, s:i}", "name", "the failure",
                     "functions", functions_of(finding), "errno", error, "stack", "id",
                     json_id(finding->injection.stack_id), "times", 1);
}

/** Whether the program had the call fail itself: it does so again, without a policy. */
static bool asks_itself(const struct finding *finding) {
    return finding->injection.rule == MF_RULE_PROGRAM;
}

static json_t *rules_of(const struct finding *finding) {
    json_t *rules = json_array();
    int bad = 0;
    if (asks_itself(finding)) {
        return rules;
    }
    if (finding->injection.number > 1) {
        bad |= json_array_append_new(rules, spare_rule(finding));
    }
    bad |= json_array_append_new(rules, fail_rule(finding));
    if (bad) {
        json_decref(rules);
        return NULL;
    }
    return rules;
}

static json_t *reproduces(const struct finding *finding, char *const *argv) {
    json_t *object =
        json_pack("{s:o, s:s, s:s, s:I, s:I}", "signature", json_id(finding->signature),
                  "outcome", outcome_name(finding->verdict.outcome), "class",
                  outcome_class_name(finding->verdict.class), "number",
                  (json_int_t)finding->injection.number, "caller",
                  (json_int_t)finding->verdict.injection_site);
    return json_finished(object, exact_put_arguments(object, "arguments", argv));
}

static bool by_pages(const struct finding *finding) {
    return mf_allocator_align(finding->allocator) != 0;
}

/** Put what functions by name there are into a policy; 0 on success. NULL is fine. */
static int put_own(json_t *policy, const struct mf_patches *own) {
    json_t *list = json_array();
    int bad = 0;
    for (unsigned i = 0; own && i < own->named_count; i++) {
        bad |= json_array_append_new(list, json_string(own->named[i].text));
    }
    if (json_array_size(list) > 0) {
        bad |= json_object_set(policy, "allocations", list);
    }
    json_decref(list);
    return list && !bad ? 0 : -1;
}

json_t *reproducer_policy(const struct finding *finding, uint32_t arm,
                          char *const *argv) {
    json_t *policy =
        json_pack("{s:i, s:s, s:o, s:o}", "version", 1, "arm", arms[arm], "rules",
                  rules_of(finding), "reproduces", reproduces(finding, argv));
    if (policy && ((by_pages(finding) &&
                    json_object_set_new(
                        policy, "allocator",
                        json_string(mf_allocator_words[finding->allocator])) != 0) ||
                   put_own(policy, finding->own) != 0)) {
        json_decref(policy);
        return NULL;
    }
    return policy;
}

/** The policy on the command line, without what only replay reads. */
static int put_policy(FILE *stream, const struct finding *finding, uint32_t arm) {
    json_t *policy = reproducer_policy(finding, arm, NULL);
    if (policy && arm == MF_ARM_LOAD) {
        json_object_del(policy, "arm");
    }
    json_object_del(policy, "reproduces");
    char *text = json_dumps(policy, JSON_COMPACT);
    json_decref(policy);
    if (!text) {
        return -1;
    }
    fputs("mallocfail --policy ", stream);
    shellword_put(text, stream);
    free(text);
    return 0;
}

/** Without a policy, where the program breaks by itself or has calls fail itself. */
static void put_run(FILE *stream, const struct finding *finding) {
    fputs("mallocfail run", stream);
    if (by_pages(finding)) {
        fprintf(stream, " --allocator %s", mf_allocator_words[finding->allocator]);
    }
}

/** The program and its arguments. */
static void put_program(FILE *stream, char *const *argv) {
    fputs(" --", stream);
    for (; *argv; argv++) {
        fputc(' ', stream);
        shellword_put(*argv, stream);
    }
}

char *reproducer_command(const struct finding *finding, uint32_t arm, char *const *argv,
                         const char *file) {
    char *command = NULL;
    size_t size;
    FILE *stream =
        finding->injected || by_pages(finding) ? open_memstream(&command, &size) : NULL;
    if (!stream) {
        return NULL;
    }
    int bad = 0;
    if (!finding->injected || (asks_itself(finding) && !file)) {
        put_run(stream, finding);
        put_program(stream, argv);
    } else if (file) {
        fputs("mallocfail replay ", stream);
        shellword_put(file, stream);
    } else {
        bad = put_policy(stream, finding, arm);
        put_program(stream, argv);
    }
    if (fclose(stream) != 0 || bad) {
        free(command);
        return NULL;
    }
    return command;
}
