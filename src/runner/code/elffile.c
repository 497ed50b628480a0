// SPDX-License-Identifier: MIT
#include "runner/code/elffile.h"

#include <dwarf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

struct elffile {
    int fd;
    Elf *elf;
    GElf_Ehdr header;
};

/** Open what is a regular file, without waiting for the other end of a pipe. */
static int open_regular(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return -1;
    }
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        return fd;
    }
    close(fd);
    errno = ENOEXEC;
    return -1;
}

struct elffile *elffile_open(const char *path) {
    if (elf_version(EV_CURRENT) == EV_NONE) {
        errno = ENOSYS;
        return NULL;
    }
    struct elffile *file = malloc(sizeof(*file));
    if (!file) {
        return NULL;
    }
    file->elf = NULL;
    file->fd = open_regular(path);
    if (file->fd < 0) {
        goto fail;
    }
    errno = ENOEXEC;
    file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF ||
        !gelf_getehdr(file->elf, &file->header)) {
        errno = errno == ENOMEM ? ENOMEM : ENOEXEC;
        goto fail;
    }
    return file;

fail:
    elffile_close(file);
    return NULL;
}

void elffile_close(struct elffile *file) {
    if (!file) {
        return;
    }
    int saved = errno;
    elf_end(file->elf);
    if (file->fd >= 0) {
        close(file->fd);
    }
    free(file);
    errno = saved;
}

bool elffile_is_alike(const struct elffile *one, const struct elffile *other) {
    return one->header.e_ident[EI_CLASS] == other->header.e_ident[EI_CLASS] &&
           one->header.e_ident[EI_DATA] == other->header.e_ident[EI_DATA] &&
           one->header.e_machine == other->header.e_machine;
}

/** Find the first program header of a type, from `*index` on. */
static bool find_segment(const struct elffile *file, GElf_Word type, size_t *index,
                         GElf_Phdr *segment) {
    size_t count;
    if (elf_getphdrnum(file->elf, &count) != 0) {
        return false;
    }
    for (; *index < count; (*index)++) {
        if (gelf_getphdr(file->elf, (int)*index, segment) && segment->p_type == type) {
            return true;
        }
    }
    return false;
}

unsigned elffile_machine(const struct elffile *file) {
    return file->header.e_machine;
}

const unsigned char *elffile_bytes(const struct elffile *file, uint64_t address,
                                   size_t length) {
    GElf_Phdr segment;
    for (size_t index = 0; find_segment(file, PT_LOAD, &index, &segment); index++) {
        uint64_t at = address - segment.p_vaddr;
        if (address >= segment.p_vaddr && at < segment.p_filesz &&
            length <= segment.p_filesz - at) {
            Elf_Data *data = elf_getdata_rawchunk(
                file->elf, (int64_t)(segment.p_offset + at), length, ELF_T_BYTE);
            return data ? data->d_buf : NULL;
        }
    }
    return NULL;
}

uint64_t elffile_unwind_table(const struct elffile *file, size_t *length) {
    GElf_Phdr segment;
    size_t index = 0;
    bool there = find_segment(file, PT_GNU_EH_FRAME, &index, &segment);
    *length = there ? segment.p_filesz : 0;
    return there ? segment.p_vaddr : 0;
}

bool elffile_has_interpreter(const struct elffile *file) {
    GElf_Phdr segment;
    size_t index = 0;
    return find_segment(file, PT_INTERP, &index, &segment);
}

const char *elffile_interpreter(const struct elffile *file) {
    GElf_Phdr segment;
    size_t index = 0;
    if (!find_segment(file, PT_INTERP, &index, &segment)) {
        return NULL;
    }
    Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)segment.p_offset,
                                          segment.p_filesz, ELF_T_BYTE);
    return data && data->d_buf && memchr(data->d_buf, '\0', data->d_size) ? data->d_buf
                                                                          : NULL;
}

uint64_t elffile_base(const struct elffile *file) {
    uint64_t lowest = UINT64_MAX;
    GElf_Phdr segment;
    for (size_t index = 0; find_segment(file, PT_LOAD, &index, &segment); index++) {
        if (segment.p_vaddr < lowest) {
            lowest = segment.p_vaddr;
        }
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return lowest == UINT64_MAX ? 0 : lowest & ~(page - 1);
}

uint64_t elffile_end(const struct elffile *file) {
    uint64_t end = 0;
    GElf_Phdr segment;
    for (size_t index = 0; find_segment(file, PT_LOAD, &index, &segment); index++) {
        if (segment.p_vaddr + segment.p_memsz > end) {
            end = segment.p_vaddr + segment.p_memsz;
        }
    }
    return end;
}

bool elffile_thread_distance(const struct elffile *file, uint64_t address,
                             int64_t *distance) {
    GElf_Phdr segment;
    size_t index = 0;
    if (elffile_machine(file) != EM_X86_64 ||
        !find_segment(file, PT_TLS, &index, &segment)) {
        return false;
    }
    // They end at the thread pointer, aligned as they want to be.
    uint64_t align = segment.p_align ? segment.p_align : 1;
    uint64_t size = (segment.p_memsz + align - 1) / align * align;
    *distance = (int64_t)(address - size);
    return true;
}

/** How .eh_frame_hdr begins, as all linkers write it: two numbers of 4 bytes, the second of
 * which counts the pairs of 4 bytes that follow. Each has a function's start, less the
 * header's address. */
static const unsigned char frame_header[4] = {1, DW_EH_PE_pcrel | DW_EH_PE_sdata4,
                                              DW_EH_PE_udata4,
                                              DW_EH_PE_datarel | DW_EH_PE_sdata4};

/** The start of the function that a table of pairs has last in front of an offset. */
static int32_t search_starts(const unsigned char *pairs, size_t count, int64_t offset) {
    size_t low = 0, high = count;
    int32_t start = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int32_t here;
        memcpy(&here, pairs + 8 * middle, sizeof(here));
        if (here <= offset) {
            start = here;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? start : 0;
}

uint64_t elffile_function_start(const struct elffile *file, uint64_t address) {
    GElf_Phdr segment;
    size_t index = 0;
    uint32_t count;
    if (!find_segment(file, PT_GNU_EH_FRAME, &index, &segment)) {
        return 0;
    }
    Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)segment.p_offset,
                                          segment.p_filesz, ELF_T_BYTE);
    const unsigned char *bytes = data ? data->d_buf : NULL;
    if (!bytes || data->d_size < 12 ||
        memcmp(bytes, frame_header, sizeof(frame_header)) != 0) {
        return 0;
    }
    memcpy(&count, bytes + 8, sizeof(count));
    size_t most = (data->d_size - 12) / 8;
    int32_t start = search_starts(bytes + 12, count < most ? count : most,
                                  (int64_t)(address - segment.p_vaddr));
    return start ? segment.p_vaddr + (uint64_t)(int64_t)start : 0;
}

/** Find the next section of a type after `section` (NULL for the first). */
static Elf_Scn *find_section(const struct elffile *file, Elf_Scn *section, GElf_Word type,
                             GElf_Shdr *header) {
    while ((section = elf_nextscn(file->elf, section))) {
        if (gelf_getshdr(section, header) && header->sh_type == type) {
            return section;
        }
    }
    return NULL;
}

/** Find the section with a name. */
static bool find_named(const struct elffile *file, const char *name, GElf_Shdr *header) {
    size_t names;
    Elf_Scn *section = NULL;
    bool found = false;
    if (elf_getshdrstrndx(file->elf, &names) != 0) {
        return false;
    }
    while (!found && (section = elf_nextscn(file->elf, section))) {
        const char *own = gelf_getshdr(section, header)
                              ? elf_strptr(file->elf, names, header->sh_name)
                              : NULL;
        found = own && strcmp(own, name) == 0;
    }
    return found;
}

bool elffile_has_section(const struct elffile *file, const char *name) {
    GElf_Shdr header;
    return find_named(file, name, &header);
}

uint64_t elffile_section(const struct elffile *file, const char *name, size_t *length) {
    GElf_Shdr header;
    bool there = find_named(file, name, &header);
    *length = there ? header.sh_size : 0;
    return there ? header.sh_addr : 0;
}

/** Whether it has a dynamic entry that is a name which begins so. */
static bool has_name(const struct elffile *file, GElf_Sxword tag, const char *prefix) {
    GElf_Shdr header;
    Elf_Scn *section = find_section(file, NULL, SHT_DYNAMIC, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    GElf_Dyn entry;
    for (int i = 0; data && gelf_getdyn(data, i, &entry); i++) {
        if (entry.d_tag == DT_NULL) {
            break;
        }
        if (entry.d_tag != tag) {
            continue;
        }
        const char *name = elf_strptr(file->elf, header.sh_link, entry.d_un.d_val);
        if (name && strncmp(name, prefix, strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}

bool elffile_needs(const struct elffile *file, const char *prefix) {
    return has_name(file, DT_NEEDED, prefix);
}

bool elffile_is_loader(const struct elffile *file) {
    return !elffile_has_interpreter(file) && has_name(file, DT_SONAME, "ld");
}

/** Find the build id among the notes of one segment. */
static const unsigned char *note_build_id(Elf_Data *data, size_t *length) {
    GElf_Nhdr note;
    size_t name, text;
    size_t at = 0;
    while ((at = gelf_getnote(data, at, &note, &name, &text)) > 0) {
        const char *bytes = data->d_buf;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(bytes + name, "GNU", 4) == 0) {
            *length = note.n_descsz;
            return (const unsigned char *)bytes + text;
        }
    }
    return NULL;
}

const unsigned char *elffile_build_id(const struct elffile *file, size_t *length) {
    GElf_Phdr segment;
    for (size_t index = 0; find_segment(file, PT_NOTE, &index, &segment); index++) {
        Elf_Type type = segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
        Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)segment.p_offset,
                                              segment.p_filesz, type);
        const unsigned char *id = data ? note_build_id(data, length) : NULL;
        if (id) {
            return id;
        }
    }
    return NULL;
}

bool elffile_is_built(const struct elffile *file, const unsigned char *id,
                      size_t length) {
    size_t own_length = 0;
    const unsigned char *own = elffile_build_id(file, &own_length);
    return own && own_length >= length && memcmp(own, id, length) == 0;
}

/** Copy a file; 0 on success. */
static int copy(const char *path, int fd) {
    int from = open_regular(path);
    ssize_t got = from < 0 ? -1 : 1;
    while (got > 0) {
        got = sendfile(fd, from, NULL, (size_t)1 << 30);
    }
    if (from >= 0) {
        close(from);
    }
    return (int)got;
}

/** Put one compressed section's contents, or nothing, in its place; 0 on success. */
static int unpack_section(Elf *elf, Elf_Scn *section, size_t names) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header)) {
        return -1;
    }
    if (!(header.sh_flags & SHF_COMPRESSED)) {
        return 0;
    }
    const char *name = elf_strptr(elf, names, header.sh_name);
    if (name && strncmp(name, ".debug_loc", strlen(".debug_loc")) == 0) {
        header.sh_type = SHT_NOBITS;
        header.sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
        return gelf_update_shdr(section, &header) ? 0 : -1;
    }
    return elf_compress(section, 0, 0) < 0 ? -1 : 0;
}

int elffile_unpack(const char *path, int fd) {
    size_t names;
    bool fine = elf_version(EV_CURRENT) != EV_NONE && copy(path, fd) == 0;
    Elf *elf = fine ? elf_begin(fd, ELF_C_RDWR, NULL) : NULL;
    fine = elf && elf_kind(elf) == ELF_K_ELF && elf_getshdrstrndx(elf, &names) == 0;
    for (Elf_Scn *section = NULL; fine && (section = elf_nextscn(elf, section));) {
        fine = unpack_section(elf, section, names) == 0;
    }
    fine = fine && elf_update(elf, ELF_C_WRITE) >= 0;
    elf_end(elf);
    return fine ? 0 : -1;
}

/** The name of a dynamic symbol; NULL if there is none. */
static const char *dynamic_name(const struct elffile *file, size_t number) {
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Scn *section = find_section(file, NULL, SHT_DYNSYM, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    return number > 0 && number <= INT_MAX && data &&
                   gelf_getsym(data, (int)number, &symbol)
               ? elf_strptr(file->elf, header.sh_link, symbol.st_name)
               : NULL;
}

/** The same by the relocations of one kind of section: those of the procedure linkage
 * table, which are few, say what they are for. */
static const char *bound_by(const struct elffile *file, uint64_t address, bool linkage) {
    GElf_Shdr header;
    Elf_Scn *section = NULL;
    while ((section = find_section(file, section, SHT_RELA, &header))) {
        bool wanted = linkage == ((header.sh_flags & SHF_INFO_LINK) != 0);
        Elf_Data *data = wanted ? elf_getdata(section, NULL) : NULL;
        GElf_Rela entry;
        for (int i = 0; data && gelf_getrela(data, i, &entry); i++) {
            if (entry.r_offset == address) {
                return dynamic_name(file, GELF_R_SYM(entry.r_info));
            }
        }
    }
    return NULL;
}

const char *elffile_bound(const struct elffile *file, uint64_t address) {
    const char *name = bound_by(file, address, true);
    return name ? name : bound_by(file, address, false);
}

bool elffile_refers(const struct elffile *file, const char *name) {
    GElf_Shdr header;
    Elf_Scn *section = NULL;
    while ((section = find_section(file, section, SHT_RELA, &header))) {
        Elf_Data *data = elf_getdata(section, NULL);
        GElf_Rela entry;
        for (int i = 0; data && gelf_getrela(data, i, &entry); i++) {
            const char *its = dynamic_name(file, GELF_R_SYM(entry.r_info));
            if (its && strcmp(its, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool elffile_wants(const struct elffile *file, const char *name) {
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Scn *section = find_section(file, NULL, SHT_DYNSYM, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    for (int i = 1; data && gelf_getsym(data, i, &symbol); i++) {
        const char *its = symbol.st_shndx == SHN_UNDEF
                              ? elf_strptr(file->elf, header.sh_link, symbol.st_name)
                              : NULL;
        if (its && strcmp(its, name) == 0) {
            return true;
        }
    }
    return false;
}

/** Whether a symbol is defined here, and what it is. */
static bool describe(const struct elffile *file, const GElf_Shdr *table,
                     const GElf_Sym *raw, struct elffile_symbol *symbol) {
    unsigned type = GELF_ST_TYPE(raw->st_info);
    if (raw->st_shndx == SHN_UNDEF || type == STT_SECTION || type == STT_FILE) {
        return false;
    }
    symbol->name = elf_strptr(file->elf, table->sh_link, raw->st_name);
    symbol->address = raw->st_value;
    symbol->size = raw->st_size;
    symbol->function = type == STT_FUNC || type == STT_GNU_IFUNC;
    symbol->global = GELF_ST_BIND(raw->st_info) != STB_LOCAL;
    symbol->chosen = type == STT_GNU_IFUNC;
    symbol->thread = type == STT_TLS;
    symbol->exported = symbol->global && table->sh_type == SHT_DYNSYM;
    return symbol->name && symbol->name[0];
}

/** Show the symbols of one table; false once the visitor has seen enough. `whole` becomes false
 * if one could not be read. */
static bool visit_table(const struct elffile *file, Elf_Scn *section,
                        const GElf_Shdr *table, elffile_visit *visit, void *context,
                        bool *whole) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym raw;
    *whole &= data != NULL;
    for (int i = 1; data && gelf_getsym(data, i, &raw); i++) {
        struct elffile_symbol symbol = {.name = ""};
        if (describe(file, table, &raw, &symbol) && !visit(context, &symbol)) {
            return false;
        }
        *whole &= symbol.name != NULL;
    }
    return true;
}

bool elffile_symbols(const struct elffile *file, elffile_visit *visit, void *context) {
    static const GElf_Word types[] = {SHT_DYNSYM, SHT_SYMTAB};
    bool whole = true;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        GElf_Shdr header;
        Elf_Scn *section = find_section(file, NULL, types[i], &header);
        if (section && !visit_table(file, section, &header, visit, context, &whole)) {
            break;
        }
    }
    return whole;
}
