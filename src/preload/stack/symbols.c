// SPDX-License-Identifier: MIT
#include "preload/stack/symbols.h"

#include "core/policy/glob.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/** A mapped ELF file; all that is read from it is checked against its size. */
struct elf {
    const unsigned char *bytes;
    size_t size;
};

/** A part of the file, NULL when it lies outside. */
static const void *part(const struct elf *elf, uint64_t offset, uint64_t size) {
    return offset <= elf->size && elf->size - offset >= size ? elf->bytes + offset : NULL;
}

static const ElfW(Shdr) * section(const struct elf *elf, unsigned index) {
    const ElfW(Ehdr) *header = part(elf, 0, sizeof(*header));
    if (!header || index >= header->e_shnum ||
        header->e_shentsize != sizeof(ElfW(Shdr))) {
        return NULL;
    }
    return part(elf, header->e_shoff + index * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)));
}

/** The lowest address that the file wants to be loaded at, by page. */
static uint64_t first_address(const struct elf *elf) {
    const ElfW(Ehdr) *header = part(elf, 0, sizeof(*header));
    for (unsigned i = 0; header && i < header->e_phnum; i++) {
        const ElfW(Phdr) *segment =
            part(elf, header->e_phoff + i * sizeof(*segment), sizeof(*segment));
        if (segment && segment->p_type == PT_LOAD) {
            return segment->p_vaddr & ~(uint64_t)4095;
        }
    }
    return 0;
}

static bool is_function_at(const ElfW(Sym) * symbol, uint64_t address) {
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
           address - symbol->st_value < (symbol->st_size ? symbol->st_size : 1);
}

/** A string of a string table, NULL unless it ends inside the table. */
static const char *string(const struct elf *elf, const ElfW(Shdr) * table, uint64_t at) {
    const char *start = table && at < table->sh_size
                            ? part(elf, table->sh_offset + at, table->sh_size - at)
                            : NULL;
    return start && memchr(start, '\0', table->sh_size - at) ? start : NULL;
}

static bool table_matches(const struct elf *elf, const ElfW(Shdr) * table,
                          uint64_t address, const char *glob) {
    const ElfW(Sym) *symbols = part(elf, table->sh_offset, table->sh_size);
    const ElfW(Shdr) *strings = section(elf, table->sh_link);
    for (uint64_t i = 0; symbols && i < table->sh_size / sizeof(*symbols); i++) {
        if (is_function_at(&symbols[i], address)) {
            const char *name = string(elf, strings, symbols[i].st_name);
            if (name && mf_glob_match(glob, name)) {
                return true;
            }
        }
    }
    return false;
}

static bool file_matches(const struct elf *elf, uint64_t offset, const char *glob) {
    const ElfW(Ehdr) *header = part(elf, 0, sizeof(*header));
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return false;
    }
    uint64_t address = offset + first_address(elf);
    for (unsigned i = 0; i < header->e_shnum; i++) {
        const ElfW(Shdr) *table = section(elf, i);
        if (table && (table->sh_type == SHT_SYMTAB || table->sh_type == SHT_DYNSYM) &&
            table_matches(elf, table, address, glob)) {
            return true;
        }
    }
    return false;
}

bool mf_symbols_match(const char *path, uint64_t offset, const char *glob) {
    int fd = mf_is_shut_in() ? -1 : mf_sys_open(path, false);
    if (fd < 0) {
        return false;
    }
    long size = mf_sys_file_size(fd);
    void *bytes = size > 0 ? mf_sys_map_file(fd, (size_t)size) : NULL;
    mf_sys_close(fd);
    if (!bytes) {
        return false;
    }
    struct elf elf = {bytes, (size_t)size};
    bool matches = file_matches(&elf, offset, glob);
    mf_sys_unmap(bytes, (size_t)size);
    return matches;
}
