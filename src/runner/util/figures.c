// SPDX-License-Identifier: MIT
#include "runner/util/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

const char *plural_es(uint64_t count) {
    return count == 1 ? "" : "es";
}

struct figure figure_count(uint64_t number) {
    struct figure figure;
    char digits[24];
    char *to = figure.text;
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return figure;
}

struct figure figure_bytes(uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct figure figure;
    if (bytes < 10240) {
        figure = figure_count(bytes);
        strcat(figure.text, bytes == 1 ? " byte" : " bytes");
        return figure;
    }
    double value = (double)bytes / 1024;
    unsigned unit = 0;
    while (value >= 1023.95) {
        value /= 1024;
        unit++;
    }
    snprintf(figure.text, sizeof(figure.text), "%.1f %s", value, units[unit]);
    return figure;
}

struct figure figure_share(uint64_t part, uint64_t whole) {
    struct figure figure;
    double share = whole ? 100 * (double)part / (double)whole : 0;
    snprintf(figure.text, sizeof(figure.text), "%.1f %%", share);
    return figure;
}

struct figure figure_time(uint64_t ns) {
    struct figure figure;
    if (ns >= 1000000000) {
        snprintf(figure.text, sizeof(figure.text), "%.3f s", (double)ns / 1e9);
    } else if (ns >= 1000000) {
        snprintf(figure.text, sizeof(figure.text), "%.1f ms", (double)ns / 1e6);
    } else {
        snprintf(figure.text, sizeof(figure.text), "%" PRIu64 " us", ns / 1000);
    }
    return figure;
}
