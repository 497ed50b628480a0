// SPDX-License-Identifier: MIT
#include "runner/cmd/option_value.h"

#include "core/policy/spelling.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The longest time that is taken for one, in units of a second: a year. */
#define SECONDS_MAX (366 * UINT64_C(86400))

/** Room for what may stand behind an option, in words. */
#define USE_MAX 160

/** Read digits; NULL where they become too many. */
static const char *read_digits(const char *at, uint64_t *value) {
    for (; *at >= '0' && *at <= '9'; at++) {
        *value = *value * 10 + (uint64_t)(*at - '0');
        if (*value > SECONDS_MAX * 1000) {
            return NULL;
        }
    }
    return at;
}

/** Read what stands behind the point, as part of a unit. */
static const char *read_fraction(const char *at, uint64_t *ns_of_second) {
    uint64_t place = CLOCK_SECOND / 10;
    for (; *at >= '0' && *at <= '9'; at++) {
        *ns_of_second += place * (uint64_t)(*at - '0');
        place /= 10;
    }
    return at;
}

/** How many ns a unit has; 0 if it is not one. */
static uint64_t unit(const char *name) {
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"", CLOCK_SECOND},       {"ms", CLOCK_MILLISECOND},  {"s", CLOCK_SECOND},
        {"m", 60 * CLOCK_SECOND}, {"h", 3600 * CLOCK_SECOND},
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].name, name) == 0) {
            return units[i].ns;
        }
    }
    return 0;
}

int option_value_duration(const char *text, uint64_t *ns) {
    uint64_t whole = 0;
    uint64_t fraction = 0;
    const char *at = read_digits(text, &whole);
    if (!at || at == text) {
        return -1;
    }
    if (*at == '.') {
        at = read_fraction(at + 1, &fraction);
    }
    uint64_t size = unit(at);
    if (size == 0 || whole > SECONDS_MAX * CLOCK_SECOND / size) {
        return -1;
    }
    *ns =
        whole * size + (uint64_t)((double)fraction / (double)CLOCK_SECOND * (double)size);
    return *ns > 0 ? 0 : -1;
}

/** Read a whole number from `min` to `max`; -1 if it is not one. */
static int read_count(const char *text, const struct option_value *value,
                      uint64_t *count) {
    char *end;
    errno = 0;
    *count = strtoull(text, &end, 10);
    bool good = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    return good && *count >= value->min && *count <= value->max ? 0 : -1;
}

/** Find a word; -1 if it is not one of them, else its index. */
static int find_word(const char *text, const char *const *words) {
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

/** Add the name of one more file; -1 when memory ran out, with the user told. */
static int add_to_list(struct settings_list *list, const char *text,
                       const struct diag *diag) {
    void *grown = reallocarray(list->words, list->count + 1, sizeof(list->words[0]));
    if (!grown) {
        diag_no_memory(diag);
        return -1;
    }
    list->words = grown;
    list->words[list->count++] = text;
    return 0;
}

/** Write words as a list: "a, b or c". */
static void write_words(const char *const *words, char use[USE_MAX]) {
    size_t used = 0;
    for (size_t i = 0; words[i] && used < USE_MAX; i++) {
        const char *before = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        used += (size_t)snprintf(use + used, USE_MAX - used, "%s%s", before, words[i]);
    }
}

/** Write the numbers that may stand there. */
static void write_bounds(const struct option_value *value, char use[USE_MAX]) {
    if (value->max >= INT64_MAX) {
        snprintf(use, USE_MAX, "%" PRIu64 " or more", value->min);
    } else {
        snprintf(use, USE_MAX, "%" PRIu64 " to %" PRIu64, value->min, value->max);
    }
}

/** Write which of the words a text is near to: "; did you mean 'x'?". */
static void write_near(const char *const *words, const char *text, char near[USE_MAX]) {
    struct mf_spelling spelling = {.word = text};
    for (size_t i = 0; words && words[i]; i++) {
        mf_spelling_offer(&spelling, words[i]);
    }
    near[0] = '\0';
    if (spelling.likely && !strchr(spelling.likely, ':')) {
        snprintf(near, USE_MAX, "; did you mean '%s'?", spelling.likely);
    }
}

/** Say that an option does not take a text, and what it takes; -1. */
static int refuse(const struct option_row *row, const char *text,
                  const struct diag *diag) {
    const struct option_value *value = &row->value;
    char use[USE_MAX] = "", near[USE_MAX] = "";
    if (value->kind == OPTION_DURATION) {
        snprintf(use, sizeof(use), "500ms, 10s, 2m or 1h");
    } else if (value->kind == OPTION_COUNT) {
        write_bounds(value, use);
    } else if (value->kind == OPTION_OTHER) {
        snprintf(use, sizeof(use), "%s", value->use);
        write_near(value->words, text, near);
    } else {
        write_words(value->words, use);
        write_near(value->words, text, near);
    }
    diag_error(diag, "--%s takes %s, not '%s'%s", row->name, use, text, near);
    return -1;
}

/** Set one of some words, as itself or by its index. */
static int set_word(const struct option_value *value, void *to, const char *text) {
    int index = find_word(text, value->words);
    if (index >= 0 && value->kind == OPTION_WORD) {
        *(const char **)to = value->words[index];
    } else if (index >= 0) {
        *(uint32_t *)to = (uint32_t)index + 1;
    }
    return index >= 0 ? 0 : 1;
}

/** Read a text by its kind; 0, 1 if it is not valid, -1 with the user told. */
static int read_value(const struct option_value *value, struct settings *settings,
                      const char *text, const struct diag *diag) {
    void *to = (char *)settings + value->offset;
    switch (value->kind) {
    case OPTION_HELP:
    case OPTION_VERSION:
        break;
    case OPTION_FLAG:
        *(bool *)to = true;
        break;
    case OPTION_FILE:
    case OPTION_DIRECTORY:
    case OPTION_POLICY:
    case OPTION_COMMAND:
        *(const char **)to = text;
        break;
    case OPTION_LIST:
        return add_to_list(to, text, diag);
    case OPTION_DURATION:
        return option_value_duration(text, to) == 0 ? 0 : 1;
    case OPTION_COUNT:
        return read_count(text, value, to) == 0 ? 0 : 1;
    case OPTION_CHOICE:
    case OPTION_WORD:
        return set_word(value, to, text);
    case OPTION_OTHER:
        return value->set(settings, text, diag);
    }
    return 0;
}

int option_value_set(const struct option_row *row, struct settings *settings,
                     const char *text, const struct diag *diag) {
    int result = read_value(&row->value, settings, text, diag);
    return result > 0 ? refuse(row, text, diag) : result;
}
