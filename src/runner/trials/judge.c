// SPDX-License-Identifier: MIT
#include "runner/trials/judge.h"

#include "core/channel/journal.h"
#include "core/policy/function.h"
#include "runner/diagnose/last_words.h"
#include "runner/diagnose/sanitizer.h"
#include "runner/target/launch.h"
#include "runner/util/printable.h"
#include "runner/util/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** How much of stderr is searched for libc's last words. */
#define TAIL_MAX 16384

/** The most of a report's first line that is looked at. */
#define HEADLINE_MAX 1024
/** How much is read to tell reports apart. */
#define REPORTS_MAX (UINT64_C(1) << 20)

/** How a Rust program ends whose first thread has panicked. */
#define STATUS_PANIC 101
/** Room for the words of a panic. */
#define WORDS_MAX 256

/** A run that does not end and has written so much too much writes for ever. */
#define FLOOD_MIN (UINT64_C(1) << 20)

/** How many variables a checker finds. */
#define OWN_MAX 8

/** What libc says when it aborts because it found the heap or the stack broken. */
static const char *const complaints[] = {
    "free(): ",           "malloc(): ",
    "realloc(): ",        "double free or corruption",
    "munmap_chunk(): ",   "malloc_consolidate(): ",
    "corrupted ",         "invalid fastbin entry",
    "stack smashing ",    "buffer overflow detected",
    "Fatal glibc error:", "mremap_chunk(): ",
    "sysmalloc: ",        "libmallocfail: heap misuse: ",
};

/** Whether there is a sanitizer's report in a text. */
static bool has_report(const char *text) {
    char headline[64];
    return sanitizer_headline(text, headline, sizeof(headline));
}

bool judge_find_report(const struct capture *stream, uint64_t *from) {
    char text[TAIL_MAX];
    *from = 0;
    for (;;) {
        size_t got = capture_part(stream, *from, text, sizeof(text) - 1);
        for (size_t i = 0; i < got; i++) {
            // What is no text does not end it.
            text[i] = (char)(text[i] ? text[i] : '\n');
        }
        text[got] = '\0';
        bool found = has_report(text);
        if (found || got < sizeof(text) - 1) {
            return found;
        }
        // A headline may lie across the end.
        *from += got - HEADLINE_MAX;
    }
}

void judge_read_reports(struct sanitizer_reports *reports, const struct capture *stream) {
    uint64_t size = capture_size(stream);
    uint64_t room = size < REPORTS_MAX ? size : REPORTS_MAX;
    char *text = room > 0 ? malloc((size_t)room + 1) : NULL;
    *reports = (struct sanitizer_reports){.more = size > room || (size > 0 && !text)};
    if (!text) {
        return;
    }
    size_t got = capture_part(stream, 0, text, (size_t)room);
    for (size_t i = 0; i < got; i++) {
        text[i] = (char)(text[i] ? text[i] : '\n');
    }
    text[got] = '\0';
    sanitizer_reports_take(reports, text);
    free(text);
}

/** Whether a sanitizer reports what it does not in a clean run. */
static bool has_new_report(const struct capture *errors, const struct capture *usual) {
    struct sanitizer_reports reports, others;
    uint64_t at;
    if (!judge_find_report(errors, &at)) {
        return false;
    }
    judge_read_reports(&reports, errors);
    judge_read_reports(&others, usual);
    return reports.more || others.more ? !judge_find_report(usual, &at)
                                       : !sanitizer_reports_are_among(&reports, &others);
}

/** Whether a Rust program ends because a check of the language failed: its panic has unwound
 * the stack, so that there is no signal. */
static bool has_panic(int status, const char *text) {
    char words[WORDS_MAX], place[SANITIZER_PLACE_MAX];
    return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_PANIC &&
           last_words_failed_check(text, words, sizeof(words), place, sizeof(place));
}

/** Whether a sanitizer or Rust reports what it does not in a clean run, and lets the program
 * end by itself: the user's own options can have a sanitizer do so. */
static bool is_reported(const struct end *end, const struct oracle *oracle) {
    char tail[TAIL_MAX];
    if (has_new_report(&end->streams[1], &oracle->streams[1])) {
        return true;
    }
    capture_tail(&end->streams[1], tail, sizeof(tail));
    if (!has_panic(end->status, tail)) {
        return false;
    }
    capture_tail(&oracle->streams[1], tail, sizeof(tail));
    return !has_panic(oracle->status, tail);
}

/** Whether libc or a sanitizer, not the program, wanted an abort. */
static bool libc_complains(const struct capture *errors) {
    char tail[TAIL_MAX];
    capture_tail(errors, tail, sizeof(tail));
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if (strstr(tail, complaints[i])) {
            return true;
        }
    }
    return has_report(tail);
}

/** What it is that a process, the program's own or one of its children, died of. */
static enum outcome judge_signal(const struct end *end, int status) {
    int signal = WTERMSIG(status);
    if (outcome_is_crash(signal) || (signal == SIGXFSZ && end->own_size)) {
        return OUTCOME_CRASHED;
    }
    if (signal == SIGABRT) {
        return libc_complains(&end->streams[1]) ? OUTCOME_CRASHED : OUTCOME_ABORTED;
    }
    if (signal == SIGKILL) {
        // Whoever sent it, the program did not come to an end: memory or time had run out.
        return OUTCOME_CRASHED;
    }
    return signal == SIGTRAP ? OUTCOME_ABORTED : OUTCOME_HANDLED;
}

enum outcome judge_alone(const struct end *end) {
    char tail[TAIL_MAX];
    uint64_t at;
    if (WIFSIGNALED(end->status)) {
        return judge_signal(end, end->status);
    }
    capture_tail(&end->streams[1], tail, sizeof(tail));
    bool reported = judge_find_report(&end->streams[1], &at);
    return reported || has_panic(end->status, tail) ? OUTCOME_CRASHED : OUTCOME_TOLERATED;
}

/** Whether stderr has something that the oracle's had not. */
static bool has_message(const struct end *end, const struct oracle *oracle) {
    return !steady_start(&oracle->steady[1], &oracle->streams[1], &end->streams[1]);
}

/** How programs say that memory ran out. */
static const char *const shortages[] = {
    "out of memory",      "memory exhausted",   "cannot allocate memory",
    "not enough memory",  "no memory",          "insufficient memory",
    "unable to allocate", "can't allocate",     "cannot allocate",
    "couldn't allocate",  "could not allocate", "failed to allocate",
    "allocation failed",  "allocation failure", "bad_alloc",
    "memory allocation",  "no more memory",     "malloc failed",
    "memory error",
};

/** Whether a stream ends with such words. */
static bool tells_shortage(const struct capture *stream) {
    char tail[TAIL_MAX];
    capture_tail(stream, tail, sizeof(tail));
    for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
        if (strcasestr(tail, shortages[i])) {
            return true;
        }
    }
    return false;
}

/** Whether a run says on either stream that memory ran out, which a clean one does not. */
static bool has_told(const struct end *end, const struct oracle *oracle) {
    for (int i = 0; i < 2; i++) {
        if (tells_shortage(&end->streams[i]) && !tells_shortage(&oracle->streams[i])) {
            return true;
        }
    }
    return false;
}

/** Whether it wrote something else than it should. */
static bool wrote_otherwise(const struct end *end, const struct oracle *oracle) {
    bool same =
        steady_same(&oracle->steady[0], &oracle->streams[0], &end->streams[0], NULL);
    size_t count = end->files ? end->files->count : 0;
    for (size_t i = 0; i < count && same; i++) {
        same = steady_same(&oracle->file_steady[i], &oracle->files.files[i],
                           &end->files->files[i], NULL);
    }
    return !same;
}

static enum outcome judge_exit(const struct end *end, const struct oracle *oracle) {
    // A failure that makes a bad status good is as silent as can be.
    bool same = end->status == oracle->status || end->status == 0;
    if (!same || has_message(end, oracle)) {
        return OUTCOME_HANDLED;
    }
    bool wrong = end->status != oracle->status || wrote_otherwise(end, oracle);
    if (wrong && has_told(end, oracle)) {
        return OUTCOME_HANDLED;
    }
    return wrong ? OUTCOME_SILENT : OUTCOME_TOLERATED;
}

/** Whether a stream has far more in it than it should. */
static bool is_flooded(const struct end *end, const struct oracle *oracle, int stream) {
    uint64_t size = capture_size(&end->streams[stream]);
    uint64_t usual = capture_size(&oracle->streams[stream]);
    return size >= oracle->file_max || (end->timed_out && size > FLOOD_MIN + 16 * usual);
}

static bool is_runaway(const struct end *end, const struct oracle *oracle) {
    return (WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXFSZ &&
            !end->own_size) ||
           is_flooded(end, oracle, 0) || is_flooded(end, oracle, 1);
}

/** Whether a run that ended by itself left blocks that it should not have. */
static bool has_leaked(const struct end *end, const struct oracle *oracle) {
    if (!end->leaks || !end->leaks->known || !oracle->leaks.known) {
        return false;
    }
    if (leaks_forgive(end->leaks, &oracle->leaks) != 0) {
        return false;
    }
    end->leaks->was_held = leaks_leave_held(end->leaks);
    return end->leaks->count + end->leaks->open_count > 0;
}

struct judgement judge_end(const struct end *end, const struct oracle *oracle) {
    struct judgement judgement = {.runaway = is_runaway(end, oracle)};
    if (end->cut) {
        judgement.outcome = OUTCOME_SURVIVED;
    } else if (end->timed_out || judgement.runaway) {
        judgement.outcome = OUTCOME_HUNG;
    } else if (WIFSIGNALED(end->status)) {
        judgement.outcome = judge_signal(end, end->status);
    } else if (end->child && WIFSIGNALED(end->child)) {
        judgement.outcome = judge_signal(end, end->child);
    } else if (is_reported(end, oracle)) {
        judgement.outcome = OUTCOME_CRASHED;
    } else {
        judgement.outcome = judge_exit(end, oracle);
        judgement.by_output =
            end->status == oracle->status && judgement.outcome != OUTCOME_TOLERATED;
        if (judgement.outcome != OUTCOME_SILENT && has_leaked(end, oracle)) {
            judgement.outcome = OUTCOME_LEAKED;
        }
    }
    return judgement;
}

/** Set a variable; 0 on success, and NULL where memory ran out. */
__attribute__((format(printf, 2, 3))) static int set(char **variable, const char *format,
                                                     ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(variable, format, arguments);
    va_end(arguments);
    if (length < 0) {
        *variable = NULL;
        return -1;
    }
    return 0;
}

/** What a checker is told of the first failure; 0 on success. */
static int tell_failure(const struct mf_head *head, char *own[3]) {
    struct mf_injection entry;
    uint64_t cursor = 0;
    if (!mf_journal_next(head, &cursor, &entry)) {
        return set(&own[0], "MALLOCFAIL_FUNCTION=") | set(&own[1], "MALLOCFAIL_SIZE=") |
               set(&own[2], "MALLOCFAIL_NUMBER=");
    }
    return set(&own[0], "MALLOCFAIL_FUNCTION=%s", mf_injection_function(&entry)) |
           set(&own[1], "MALLOCFAIL_SIZE=%" PRIu64, (uint64_t)entry.size) |
           set(&own[2], "MALLOCFAIL_NUMBER=%" PRIu64, (uint64_t)entry.number);
}

/** What a checker is told of how the run ended, and where the outputs are; 0 on success. */
static int tell_end(const struct end *end, enum outcome outcome, char *own[5]) {
    int self = (int)getpid();
    return set(&own[0], "MALLOCFAIL_STDOUT=/proc/%d/fd/%d", self, end->streams[0].fd) |
           set(&own[1], "MALLOCFAIL_STDERR=/proc/%d/fd/%d", self, end->streams[1].fd) |
           set(&own[2], "MALLOCFAIL_STATUS=%d", WEXITSTATUS(end->status)) |
           set(&own[3], "MALLOCFAIL_DIRECTORY=%s",
               end->directory ? end->directory : ".") |
           set(&own[4], "MALLOCFAIL_OUTCOME=%s", outcome_name(outcome));
}

/** The environment of a checker: ours, and what it is told. */
static char **make_environment(char *const own[OWN_MAX]) {
    size_t count = 0;
    while (environ && environ[count]) {
        count++;
    }
    char **list = calloc(count + OWN_MAX + 1, sizeof(list[0]));
    if (list && count > 0) {
        memcpy(list, environ, count * sizeof(list[0]));
    }
    if (list) {
        memcpy(list + count, own, OWN_MAX * sizeof(own[0]));
    }
    return list;
}

/** Run a command by a shell, its output going to our stderr; its exit status, or -1. */
static int run_command(const char *command, char *const *envp,
                       const struct signals *signals) {
    struct terminal none = {.fd = -1};
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int high = input < 0 ? -1 : fcntl(input, F_DUPFD_CLOEXEC, 3);
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    const int streams[3] = {high, errors, errors};
    const struct launch launch = {
        .path = "/bin/sh",
        .argv = argv,
        .envp = envp,
        .signals = signals,
        .surroundings = {.streams = streams},
    };
    int status = -1;
    pid_t pid = high < 0 || errors < 0 ? -1 : launch_start(&launch, &none);
    if (pid > 0) {
        wait_through(pid, &status, 0);
    }
    for (int i = 0; i < 2; i++) {
        if (streams[i] >= 0) {
            close(streams[i]);
        }
    }
    if (input >= 0) {
        close(input);
    }
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/** Whether a run ended by itself, and so wrote all that there is to check. */
static bool is_for_checker(const struct end *end, enum outcome outcome) {
    return !end->timed_out && WIFEXITED(end->status) &&
           (outcome == OUTCOME_TOLERATED || outcome == OUTCOME_HANDLED ||
            outcome == OUTCOME_SILENT || outcome == OUTCOME_LEAKED);
}

void judge_by_command(struct judgement *judgement, const struct end *end,
                      const struct mf_head *head, const char *command,
                      const struct signals *signals) {
    char *own[OWN_MAX] = {NULL};
    if (!is_for_checker(end, judgement->outcome)) {
        return;
    }
    bool told =
        (tell_end(end, judgement->outcome, own) | tell_failure(head, own + 5)) == 0;
    char **envp = told ? make_environment(own) : NULL;
    int answer = envp ? run_command(command, envp, signals) : -1;
    free(envp);
    for (int i = 0; i < OWN_MAX; i++) {
        free(own[i]);
    }
    judgement->checked = true;
    judgement->unchecked = answer != 0 && answer != 1;
    if (judgement->unchecked) {
        return;
    }
    judgement->by_output = false;
    judgement->by_checker = answer == 1;
    if (answer == 1) {
        judgement->outcome = OUTCOME_SILENT;
    } else if (judgement->outcome == OUTCOME_SILENT) {
        judgement->outcome = OUTCOME_TOLERATED;
    }
}

/** Read one status off a list; NULL where there is none, else what stands behind it. */
static const char *read_status(const char *text, int *status) {
    char *end;
    long value = strtol(text, &end, 10);
    *status = (int)value;
    bool good = *text >= '0' && *text <= '9' && value <= 255 && (!*end || *end == ',');
    return good ? end : NULL;
}

bool demands_is_status(const char *text) {
    int status;
    while ((text = read_status(text, &status)) && *text) {
        text++;
    }
    return text != NULL;
}

bool demands_is_message(const char *text) {
    regex_t expression;
    if (!*text || regcomp(&expression, text, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    regfree(&expression);
    return true;
}

/** Whether a status is in a list. */
static bool has_status(const char *text, int wanted) {
    int status;
    while ((text = read_status(text, &status))) {
        if (status == wanted) {
            return true;
        }
        text += *text == ',';
        if (!*text) {
            break;
        }
    }
    return false;
}

/** Whether a stream has a line that matches, among its last ones. */
static bool has_line(const struct capture *stream, const char *pattern) {
    char tail[TAIL_MAX];
    regex_t expression;
    if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0) {
        return true;
    }
    capture_tail(stream, tail, sizeof(tail));
    bool found = regexec(&expression, tail, 0, NULL, 0) == 0;
    regfree(&expression);
    return found;
}

/** What a run does not meet. */
static enum demand find_missed(enum outcome outcome, const struct end *end,
                               const struct demands *demands, bool went_on) {
    if (outcome == OUTCOME_TOLERATED) {
        bool succeeded = WEXITSTATUS(end->status) == 0;
        return demands->strict && succeeded ? DEMAND_SHOW : DEMANDS_MET;
    }
    if (demands->status && !has_status(demands->status, WEXITSTATUS(end->status))) {
        return DEMAND_STATUS;
    }
    if (demands->message && !has_line(&end->streams[1], demands->message)) {
        return DEMAND_MESSAGE;
    }
    return demands->strict && went_on ? DEMAND_END : DEMANDS_MET;
}

void judge_by_demands(struct judgement *judgement, const struct end *end,
                      const struct demands *demands, bool went_on) {
    enum outcome outcome = judgement->outcome;
    if (!is_for_checker(end, outcome) ||
        (outcome != OUTCOME_TOLERATED && outcome != OUTCOME_HANDLED)) {
        return;
    }
    judgement->missed = find_missed(outcome, end, demands, went_on);
    if (judgement->missed != DEMANDS_MET) {
        judgement->outcome = OUTCOME_SILENT;
        judgement->by_output = false;
    }
}

/** Whether the first process of a run is not the one in which an allocation failed. */
static bool failed_elsewhere(const struct channel *channel) {
    const struct mf_process *first = channel_process(channel, 0);
    struct mf_injection injection;
    uint64_t cursor = 0;
    return mf_journal_next(channel->head, &cursor, &injection) &&
           injection.pid != atomic_load(&first->pid);
}

/** Whether what a run left is not all known. */
static bool is_unknown(const struct end *end, const struct oracle *oracle,
                       const struct channel *channel) {
    return !end->leaks->known || !oracle->leaks.known || failed_elsewhere(channel);
}

enum leaking judge_leaking(const struct end *end, const struct oracle *oracle,
                           const struct channel *channel) {
    return is_unknown(end, oracle, channel) ? LEAKING_RUN
           : end->leaks->was_held           ? LEAKING_HELD
           : end->leaks->replaced           ? LEAKING_REPLACED
                                            : LEAKING_KNOWN;
}

void judge_tell_killed(const struct job *job, const struct diag *diag) {
    static const char undefined[] = "UndefinedBehaviorSanitizer: ";
    uint32_t allocator = job->plan->allocator - 1;
    char room[32], tail[TAIL_MAX], headline[HEADLINE_MAX];
    const char *name = signals_name(WTERMSIG(job->status), room);
    if (mf_allocator_align(allocator) != 0) {
        diag_error(
            diag,
            "the clean run, where nothing fails, was killed by %s: 'mallocfail run "
            "--allocator %s' with it tells why",
            name, mf_allocator_words[allocator]);
        return;
    }
    capture_tail(&job->streams[1], tail, sizeof(tail));
    bool reported = sanitizer_headline(tail, headline, sizeof(headline));
    bool may_go_on = strncmp(headline, undefined, sizeof(undefined) - 1) == 0;
    printable_fix(headline);
    diag_error(diag, "the clean run, where nothing fails, was killed by %s%s%s%s", name,
               reported ? ": " : "", headline,
               may_go_on ? " (UBSAN_OPTIONS=halt_on_error=0 lets it go on, unless it was "
                           "built with -fno-sanitize-recover)"
                         : "");
}
