// SPDX-License-Identifier: MIT
// The reader of traces, the histogram, and all that prints them. An input is what a
// file's units of 64 KiB begin with, the head's first, each with its length (2) in front;
// the rest of a unit is zero, as in a file that was never filled. The first byte says
// what is done with it.
#include "core/channel/trace.h"
#include "fuzz/fuzz.h"
#include "runner/trace/histogram_view.h"
#include "runner/trace/tracetext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNITS_MAX 16

static const struct diag quiet = {.quiet = true};
static char path[64];

/** A file without a name, emptied. */
static int begin(void) {
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("trace", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0) {
        abort();
    }
    return fd;
}

/** Make the file. Its magic is right: else nothing would be read. */
static void write_file(const uint8_t *data, size_t size) {
    static const uint64_t magic = MF_TRACE_MAGIC;
    static const uint32_t version = MF_TRACE_VERSION;
    int fd = begin();
    off_t at = 0;
    for (int i = 0; i < UNITS_MAX && size >= 2; i++, at += (off_t)MF_TRACE_UNIT) {
        size_t length = (size_t)(data[0] | data[1] << 8);
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        if (pwrite(fd, data, length, at) < 0) {
            abort();
        }
        data += length;
        size -= length;
    }
    if (ftruncate(fd, at) != 0 || pwrite(fd, &magic, sizeof(magic), 0) < 0 ||
        pwrite(fd, &version, sizeof(version), offsetof(struct mf_trace_head, version)) <
            0) {
        abort();
    }
}

/** Show it summed up. */
static void show(struct tracefile *file, unsigned how, FILE *to) {
    static struct histogram histogram;
    struct symbols *symbols = symbols_new(&file->modules);
    if (!symbols || histogram_read(&histogram, file) != 0) {
        abort();
    }
    const struct histogram_view view = {
        .histogram = &histogram,
        .file = file,
        .symbols = symbols,
        .path = "x.trace",
        .below = how & 1 ? 100 : 1000,
        .width = how & 2 ? 80 : 1,
        .top = 5,
    };
    if (how & 4) {
        histogram_text(&view, to);
    } else if (how & 8) {
        histogram_svg(&view, to);
    } else {
        histogram_html(&view, to);
    }
    histogram_destroy(&histogram);
    symbols_free(symbols);
}

/** Print it for other programs. */
static void print(struct tracefile *file, unsigned how, FILE *to) {
    static trace_format *const formats[] = {trace_tsv, trace_folded, trace_json,
                                            trace_tsv};
    const struct trace_wish wish = {.all = how & 16, .weight = how % 3};
    // Without stacks there is nothing to fold, which is told.
    if (formats[how & 3] != trace_folded || file->head.flags & MF_TRACE_HAS_STACKS) {
        formats[how & 3](file, &wish, to, &quiet);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *null;
    struct tracefile file;
    null = null ? null : fopen("/dev/null", "w");
    if (!null || size < 3) {
        return 0;
    }
    write_file(data + 1, size - 1);
    if (tracefile_open(&file, path, &quiet) != 0) {
        return 0;
    }
    if (data[0] & 128) {
        print(&file, data[0], null);
    } else {
        show(&file, data[0], null);
    }
    tracefile_close(&file);
    return 0;
}
