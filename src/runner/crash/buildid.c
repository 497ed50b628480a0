// SPDX-License-Identifier: MIT
// What counts as a build id here and in preload/stack/modules.c must be the same: stack
// ids are made of it on both sides.
#include "runner/crash/buildid.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/** The most program headers and bytes of notes that are looked at. */
#define HEADERS_MAX 256
#define NOTES_MAX   4096

/** A file's first mapping. */
struct image {
    struct memory *memory;
    uint64_t start, size;
};

/** Read at an offset from the load base, inside the first mapping only. */
static bool take(const struct image *image, uint64_t at, void *bytes, size_t length) {
    return at <= image->size && length <= image->size - at &&
           memory_read(image->memory, image->start + at, bytes, length);
}

/** Find the build id among notes; its length, 0 when it is not there. */
static uint32_t find_note(const unsigned char *notes, size_t length, unsigned char *id) {
    ElfW(Nhdr) note;
    for (size_t at = 0; length - at >= sizeof(note);) {
        memcpy(&note, notes + at, sizeof(note));
        size_t name = at + sizeof(note);
        size_t data = name + (((size_t)note.n_namesz + 3) & ~(size_t)3);
        if (data > length || note.n_descsz > length - data) {
            return 0;
        }
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(notes + name, "GNU", 4) == 0) {
            uint32_t size =
                note.n_descsz < MF_BUILD_ID_MAX ? note.n_descsz : MF_BUILD_ID_MAX;
            memcpy(id, notes + data, size);
            return size;
        }
        at = data + (((size_t)note.n_descsz + 3) & ~(size_t)3);
        if (at > length) {
            return 0;
        }
    }
    return 0;
}

/** Look into one segment of notes. */
static uint32_t read_notes(const struct image *image, uint64_t at, uint64_t size,
                           unsigned char *id) {
    unsigned char notes[NOTES_MAX];
    if (size > image->size) {
        return 0;
    }
    size_t length = size < sizeof(notes) ? size : sizeof(notes);
    return take(image, at, notes, length) ? find_note(notes, length, id) : 0;
}

uint32_t buildid_read(struct memory *memory, uint64_t start, uint64_t end,
                      unsigned char id[MF_BUILD_ID_MAX]) {
    struct image image = {memory, start, end - start};
    ElfW(Ehdr) elf;
    ElfW(Phdr) headers[HEADERS_MAX];
    if (!take(&image, 0, &elf, sizeof(elf)) ||
        memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 ||
        elf.e_phentsize != sizeof(headers[0]) || elf.e_phnum > HEADERS_MAX ||
        !take(&image, elf.e_phoff, headers, elf.e_phnum * sizeof(headers[0]))) {
        return 0;
    }
    uint64_t base = 0;
    for (unsigned i = elf.e_phnum; i-- > 0;) {
        if (headers[i].p_type == PT_LOAD) {
            base = headers[i].p_vaddr & ~(uint64_t)(MF_PAGE - 1);
        }
    }
    uint32_t length = 0;
    for (unsigned i = 0; i < elf.e_phnum && length == 0; i++) {
        if (headers[i].p_type == PT_NOTE) {
            length =
                read_notes(&image, headers[i].p_vaddr - base, headers[i].p_filesz, id);
        }
    }
    return length;
}
