// SPDX-License-Identifier: MIT
// gdb starts programs by a shell, which can give them their input and is not to be under
// the policy itself: so it is env that gives the program what the library reads.
#include "runner/cmd/debugger.h"

#include "core/channel/channel.h"
#include "runner/util/shellword.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Write NAME=VALUE[:MORE] as one word; non-zero when memory ran out. */
static int put_variable(FILE *stream, const char *name, const char *value,
                        const char *more) {
    char *word = NULL;
    bool both = more && more[0];
    if (asprintf(&word, "%s=%s%s%s", name, value, both ? ":" : "", both ? more : "") <
        0) {
        return -1;
    }
    putc(' ', stream);
    shellword_put(word, stream);
    free(word);
    return 0;
}

/** "set exec-wrapper env LD_PRELOAD=… MALLOCFAIL_POLICY=…"; NULL when memory ran out. */
static char *order_environment(const struct debugger *debugger) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        return NULL;
    }
    fputs("set exec-wrapper env", stream);
    int bad = put_variable(stream, "LD_PRELOAD", debugger->preload, getenv("LD_PRELOAD"));
    bad |= put_variable(stream, MF_POLICY_VARIABLE, debugger->policy, NULL);
    if ((fclose(stream) | bad) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/** "set args ARGUMENT… <INPUT"; NULL when memory ran out. */
static char *order_arguments(const struct debugger *debugger) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        return NULL;
    }
    fputs("set args", stream);
    for (char *const *word = debugger->argv + 1; *word; word++) {
        putc(' ', stream);
        shellword_put(*word, stream);
    }
    if (debugger->input) {
        fputs(" <", stream);
        shellword_put(debugger->input, stream);
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/** "shell COMMAND", or what does nothing; NULL when memory ran out. */
static char *order_preparation(const struct debugger *debugger) {
    const char *prepare = debugger->prepare;
    char *text = NULL;
    return asprintf(&text, "shell %s", prepare ? prepare : ":") < 0 ? NULL : text;
}

int debugger_become(const struct debugger *debugger) {
    char *environment = order_environment(debugger);
    char *arguments = order_arguments(debugger);
    char *preparation = order_preparation(debugger);
    if (environment && arguments && preparation) {
        execlp("gdb", "gdb", "-q", "-ex", "set startup-with-shell on", "-ex", environment,
               "-ex", arguments, "-ex", "set breakpoint pending on", "-ex",
               "break mallocfail_injected", "-ex", preparation, "-ex", "run", "-ex",
               "backtrace", "--args", debugger->program, (char *)NULL);
    }
    free(preparation);
    free(arguments);
    free(environment);
    return -1;
}
