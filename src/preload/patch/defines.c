// SPDX-License-Identifier: MIT
#include "preload/patch/defines.h"

#include "preload/base/sys.h"

#include <link.h>
#include <string.h>

/** A file's bytes. */
struct bytes {
    const unsigned char *from;
    uint64_t size;
};

void mf_defines_add(struct mf_defines *defines, const char *name) {
    size_t end = 0;
    while (name[end] && name[end] != '(' && name[end] != '<') {
        end++;
    }
    size_t begin = end;
    while (begin > 0 && name[begin - 1] != ':') {
        begin--;
    }
    char *part = defines->parts[defines->count++];
    memcpy(part, name + begin, end - begin);
    part[end - begin] = '\0';
}

/** A part of the file; NULL = it is not whole. */
static const void *part_of(const struct bytes *bytes, uint64_t offset, uint64_t size) {
    return offset <= bytes->size && size <= bytes->size - offset ? bytes->from + offset
                                                                 : NULL;
}

/** Whether a name is one of those that are looked for. */
static bool is_wanted(const struct mf_defines *defines, const char *name) {
    bool is = strcmp(name, "malloc") == 0;
    for (unsigned i = 0; i < defines->count && !is; i++) {
        is = strstr(name, defines->parts[i]) != NULL;
    }
    return is;
}

/** Look through one table of symbols. */
static bool look_through(const struct mf_defines *defines, const struct bytes *bytes,
                         const ElfW(Shdr) * table, const ElfW(Shdr) * strings) {
    const ElfW(Sym) *symbols = part_of(bytes, table->sh_offset, table->sh_size);
    const char *names = part_of(bytes, strings->sh_offset, strings->sh_size);
    uint64_t length = strings->sh_size;
    // Each name ends in the table.
    if (!symbols || !names || length == 0 || names[length - 1] != '\0') {
        return false;
    }
    for (uint64_t i = 0; i < table->sh_size / sizeof(symbols[0]); i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        unsigned type = ELF64_ST_TYPE(symbol->st_info);
        if (symbol->st_shndx != SHN_UNDEF && symbol->st_name < length &&
            (type == STT_FUNC || type == STT_GNU_IFUNC) &&
            is_wanted(defines, names + symbol->st_name)) {
            return true;
        }
    }
    return false;
}

/** Look through all tables of symbols. */
static bool look(const struct mf_defines *defines, const struct bytes *bytes) {
    const ElfW(Ehdr) *header = part_of(bytes, 0, sizeof(*header));
    bool sound = header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
                 header->e_ident[EI_CLASS] == ELFCLASS64 &&
                 header->e_shentsize == sizeof(ElfW(Shdr));
    const ElfW(Shdr) *sections =
        sound ? part_of(bytes, header->e_shoff, header->e_shnum * sizeof(sections[0]))
              : NULL;
    bool found = false;
    for (unsigned i = 0; sections && i < header->e_shnum && !found; i++) {
        const ElfW(Shdr) *section = &sections[i];
        if ((section->sh_type == SHT_SYMTAB || section->sh_type == SHT_DYNSYM) &&
            section->sh_link < header->e_shnum) {
            found = look_through(defines, bytes, section, &sections[section->sh_link]);
        }
    }
    return found;
}

bool mf_defines_any(const struct mf_defines *defines, int file) {
    long size = mf_sys_file_size(file);
    struct bytes bytes = {
        .from = size > 0 ? mf_sys_map_file(file, (size_t)size) : NULL,
        .size = size > 0 ? (uint64_t)size : 0,
    };
    bool found = bytes.from && look(defines, &bytes);
    if (bytes.from) {
        mf_sys_unmap((void *)(uintptr_t)bytes.from, bytes.size);
    }
    return found;
}
