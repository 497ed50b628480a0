// SPDX-License-Identifier: MIT
#include "runner/formats/finding_kind.h"

#include "runner/formats/document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct finding_kind kinds[] = {
    {"sick", NULL, "sick-server", "SickServer",
     "After a failed allocation a server no longer serves.",
     "An allocation failed while a request was served, and afterwards the server did not "
     "answer other requests as it had before: a lock that the error path kept, a "
     "connection or a slot that it did not give back, a state that it left half changed. "
     "Undo on the error path what was done before the failure.",
     755},
    {NULL, "null dereference", "null-dereference", "NullDereference",
     "The NULL of a failed allocation is dereferenced.",
     "An allocation failed and returned NULL, and the program read, wrote or called "
     "through it without a check. Check what the allocation returns, and return the "
     "error "
     "to the caller.",
     476},
    {NULL, "wild pointer", "wild-pointer", "WildPointer",
     "After a failed allocation the program uses an invalid address.",
     "An allocation failed, and the program then used an address that is neither NULL "
     "nor its own: a pointer that was never set, or NULL and a large offset. Check what "
     "the allocation returns, and set pointers before an error path can read them.",
     824},
    {NULL, "use after free", "use-after-free", "UseAfterFree",
     "The error path of a failed allocation uses memory that it freed.",
     "An allocation failed, and the clean-up freed something that is used later on. Set "
     "pointers to NULL when what they point to is freed, and let one place own it.",
     416},
    {NULL, "heap corruption", "heap-corruption", "HeapCorruption",
     "After a failed allocation the heap is damaged.",
     "An allocation failed, and a block was then freed twice, freed without having been "
     "allocated, or written past its end. Look at what the error path frees, and whether "
     "a size was changed although realloc() had failed.",
     787},
    {NULL, "buffer overflow", "buffer-overflow", "BufferOverflow",
     "After a failed allocation the C library stops a buffer overflow.",
     "An allocation failed, and a function was then told to write past the end of its "
     "buffer, by _FORTIFY_SOURCE's count. Look at the size that the error path gives it.",
     120},
    {NULL, "stack smashing", "stack-smashing", "StackSmashing",
     "After a failed allocation the stack is overwritten.",
     "An allocation failed, and a function then wrote past the end of an array of its "
     "own. Look at the sizes and indices of the error path.",
     121},
    {NULL, "failed check", "failed-check", "FailedCheck",
     "After a failed allocation a check of a run-time library ends the program.",
     "An allocation failed, and on the error path the program broke a rule that the C, "
     "C++ or Rust library checks: a longjmp() into a function that has returned, a call "
     "of a "
     "pure virtual function, a std::thread destroyed before it was joined. The library's "
     "message has the details.",
     703},
    {NULL, "heap overflow", "heap-overflow", "HeapOverflow",
     "After a failed allocation a block is accessed past its end.",
     "An allocation failed, and a block that is too small was used as if it were not: a "
     "size was changed although realloc() had failed, or an old block was kept. Change "
     "pointer and size together, and only where the allocation worked.",
     122},
    {NULL, "heap underflow", "heap-underflow", "HeapUnderflow",
     "After a failed allocation memory in front of a block is accessed.",
     "An allocation failed, and an index or a pointer that the error path left behind "
     "leads to before the beginning of a block.",
     124},
    {NULL, "double free", "double-free", "DoubleFree",
     "The error path of a failed allocation frees a block twice.",
     "An allocation failed, and two places cleaned up the same block. Set pointers to "
     "NULL when what they point to is freed, and let one place own it.",
     415},
    {NULL, "invalid free", "invalid-free", "InvalidFree",
     "The error path of a failed allocation frees an invalid pointer.",
     "An allocation failed, and the clean-up freed a pointer that was never set, that "
     "was moved, or that came from elsewhere. Set pointers to NULL before anything can "
     "fail.",
     590},
    {NULL, "sanitizer", "sanitizer", "SanitizerReport",
     "After a failed allocation a sanitizer finds a fault.",
     "An allocation failed, and on the error path the program did what the sanitizer "
     "that it is built with watches for. Its report, in the finding's output, has the "
     "details.",
     758},
    {NULL, "run-time library", "run-time-library", "RuntimeLibrary",
     "A compiler's run-time library breaks over a failed allocation of its own.",
     "An allocation of libgcov or of a sanitizer failed, and it broke by itself. There "
     "is "
     "nothing to fix in the program.",
     0},
    {NULL, "stack overflow", "stack-overflow", "StackOverflow",
     "After a failed allocation functions call each other until the stack is full.",
     "An allocation failed, and the error path fails, too, and starts again, without "
     "end. Out-of-memory handling must not need memory.",
     674},
    {NULL, "allocator re-entry", "allocator-reentry", "AllocatorReentry",
     "An allocation function calls itself until the stack is full.",
     "Code inside an allocation function allocates: printing a message by stdio from a "
     "replaced malloc() does. Use write() and static memory there.",
     674},
    {NULL, "failure while throwing", "failure-while-throwing", "FailureWhileThrowing",
     "The exception that reports a failed allocation cannot be allocated.",
     "operator new failed and threw, and throwing needs memory as well. A C++ runtime "
     "keeps some for that; where it is replaced or used up, nothing is left.",
     755},
    {NULL, "uncaught exception", "uncaught-exception", "UncaughtException",
     "Nothing catches the exception of a failed allocation.",
     "An allocation failed and an exception was thrown, std::bad_alloc as a rule, that "
     "ended the program. Catch it where the program can go on or end in order; mind "
     "noexcept functions and destructors on the way. An exception such as "
     "std::logic_error tells of a value that was not checked.",
     248},
    {NULL, "assertion", "assertion", "FailedAssertion",
     "After a failed allocation an assertion fails.",
     "An allocation failed, and an assertion of the program says that it cannot. Treat "
     "it "
     "as an error: assertions are for what no input and no machine can cause.",
     617},
    {NULL, "deliberate abort", "deliberate-abort", "DeliberateAbort",
     "The program ends itself by design when an allocation fails.",
     "An allocation failed, and the program gave up by abort(), as programs with an "
     "xmalloc() do. A library should leave that decision to its caller.",
     0},
    {NULL, "hang", "hang", "ProgramHangs", "After a failed allocation the program hangs.",
     "An allocation failed, and the program waits for an event that never comes: a lock "
     "that "
     "the error path already holds, or a thread that was never started.",
     833},
    {NULL, "spinning", "spinning", "ProgramSpins",
     "After a failed allocation the program never ends.",
     "An allocation failed, and the program tries again and again, or writes without "
     "end. Limit the number of tries, or return the error to the caller.",
     835},
    {"silent", "unexpected end", "unexpected-end", "UnexpectedEnd",
     "A failed allocation does not end as --expect-status and --expect-message say.",
     "An allocation failed, and the program noticed it, but ended with another status "
     "than "
     "those that are expected then, or without the message.",
     755},
    {"silent", "ignored failure", "ignored-failure", "IgnoredFailure",
     "A failed allocation is ignored (--strict).",
     "An allocation failed, and the program succeeded as if it had not, or went on "
     "allocating before it ended. That is right where it can do without the memory.",
     391},
    {"silent", NULL, "silent-wrong-output", "SilentWrongOutput",
     "After a failed allocation the output differs, without an error message.",
     "An allocation failed, and the program ended with the exit status of success and no "
     "message, yet its output differs from that of a clean run. An error was dropped on "
     "the way. If the other output is as good, put the finding into the baseline.",
     252},
    {"leaked", NULL, "leak", "MemoryLeak",
     "The error path of a failed allocation leaks memory.",
     "An allocation failed, and the error path did not free what a run without the "
     "failure frees.",
     401},
    {NULL, NULL, "other", "OtherDefect", "After a failed allocation the program breaks.",
     "An allocation failed, and the program then ended in a way that it does not end "
     "without the failure. The stacks tell where.",
     755},
};

const struct finding_kind *finding_kinds(size_t *count) {
    *count = sizeof(kinds) / sizeof(kinds[0]);
    return kinds;
}

/** What is said of memory, and of any call. */
static const char *const words[][2] = {
    {"An allocation failed", "A call failed"},
    {"A failed allocation", "A failed call"},
    {"a failed allocation", "a failed call"},
    {"an allocation fails", "a call fails"},
    {"the allocation returns", "the call returns"},
    {"the allocation worked", "the call worked"},
    {"went on allocating before it ended", "went on before it ended"},
    {"do without the memory", "do without"},
};

char *finding_kind_words(const char *text, bool allocation) {
    // No word for any call is longer.
    char *result = malloc(strlen(text) + 1);
    char *to = result;
    while (result && *text) {
        size_t i = 0, count = allocation ? 0 : sizeof(words) / sizeof(words[0]);
        while (i < count && strncmp(text, words[i][0], strlen(words[i][0])) != 0) {
            i++;
        }
        if (i < count) {
            to = stpcpy(to, words[i][1]);
            text += strlen(words[i][0]);
        } else {
            *to++ = *text++;
        }
    }
    if (result) {
        *to = '\0';
    }
    return result;
}

/** Whether a kind leaves a member open, or asks for what it is. */
static bool fits(const char *wanted, const json_t *finding, const char *key) {
    const char *text = document_text(finding, key);
    return !wanted || (text && strcmp(text, wanted) == 0);
}

size_t finding_kind_of(const json_t *finding) {
    size_t last = sizeof(kinds) / sizeof(kinds[0]) - 1;
    for (size_t i = 0; i < last; i++) {
        if (fits(kinds[i].outcome, finding, "outcome") &&
            fits(kinds[i].class, finding, "class")) {
            return i;
        }
    }
    return last;
}

const char *finding_access(const char *access) {
    static const char *const accesses[][2] = {
        {"read", "read of"}, {"write", "write to"}, {"execute", "jump to"}};
    for (size_t i = 0; access && i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        if (strcmp(access, accesses[i][0]) == 0) {
            return accesses[i][1];
        }
    }
    return "access to";
}
