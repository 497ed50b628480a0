// SPDX-License-Identifier: MIT
// Those functions of <string.h> that read what the library has in its stack. Sanitizers have
// versions of their own in programs that they built, which judge the caller: MemorySanitizer's
// end the program where bytes come from code that it has not built, as all of ours do.
#include <stdint.h>
#include <string.h>

/** So many bytes at once, wherever they are. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

#define ONES  (UINT64_C(0x0101010101010101))
#define HIGHS (ONES << 7)

/** Keep the compiler from making a loop a call of the function that it is in. */
#define STAY(pointer) __asm__("" : "+r"(pointer))

int memcmp(const void *one, const void *other, size_t size) {
    const unsigned char *a = one, *b = other;
    while (size >= sizeof(word) && *(const word *)a == *(const word *)b) {
        a += sizeof(word);
        b += sizeof(word);
        size -= sizeof(word);
    }
    while (size > 0 && *a == *b) {
        a++;
        b++;
        size--;
    }
    return size > 0 ? *a - *b : 0;
}

/** Whether a word has a byte that is 0. */
static int has_zero(uint64_t bytes) {
    return ((bytes - ONES) & ~bytes & HIGHS) != 0;
}

void *memchr(const void *memory, int byte, size_t size) {
    const unsigned char *at = memory;
    uint64_t wanted = ONES * (unsigned char)byte;
    while (size >= sizeof(word) && !has_zero(*(const word *)at ^ wanted)) {
        at += sizeof(word);
        size -= sizeof(word);
    }
    while (size > 0 && *at != (unsigned char)byte) {
        at++;
        size--;
    }
    return size > 0 ? (void *)at : NULL;
}

size_t strlen(const char *text) {
    const char *end = text;
    while (*end) {
        end++;
        STAY(end);
    }
    return (size_t)(end - text);
}

char *strcpy(char *to, const char *from) {
    return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *to, const char *from) {
    strcpy(to + strlen(to), from);
    return to;
}

int strncmp(const char *one, const char *other, size_t most) {
    while (most > 0 && *one && *one == *other) {
        one++;
        other++;
        most--;
    }
    return most > 0 ? (unsigned char)*one - (unsigned char)*other : 0;
}

int strcmp(const char *one, const char *other) {
    return strncmp(one, other, SIZE_MAX);
}

char *strchr(const char *text, int byte) {
    while (*text && *text != (char)byte) {
        text++;
        STAY(text);
    }
    return *text == (char)byte ? (char *)text : NULL;
}

char *strrchr(const char *text, int byte) {
    const char *last = NULL;
    do {
        last = *text == (char)byte ? text : last;
    } while (*text++);
    return (char *)last;
}

char *strstr(const char *text, const char *wanted) {
    size_t length = strlen(wanted);
    while (*text && strncmp(text, wanted, length) != 0) {
        text++;
    }
    return strncmp(text, wanted, length) == 0 ? (char *)text : NULL;
}

size_t strspn(const char *text, const char *bytes) {
    size_t length = 0;
    while (text[length] && strchr(bytes, text[length])) {
        length++;
    }
    return length;
}
