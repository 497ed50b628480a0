// SPDX-License-Identifier: MIT
#include "preload/stack/modules.h"

#include "core/channel/stackid.h"
#include "core/policy/mix.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/stack/maps.h"

#include <elf.h>
#include <link.h>
#include <string.h>

struct mf_modules mf_modules;

/** How far the file that the lines being read belong to is mapped; `mf_modules.file` says which it
 * is. */
struct file {
    uintptr_t base;
    /** End of its first mapping, where headers and notes are. */
    uintptr_t header_end;
    /** The end of its latest mapping; and whether that is one page from offset 0, and what of
     * it is allowed: see continues(). */
    uintptr_t end;
    bool small, writable, executable;
};

/** What is kept of a path: the tail of one that is longer than a path can be. */
static const char *tail_of(const char *path) {
    size_t length = strlen(path), room = sizeof(mf_modules.file.path) - 1;
    return path + (length > room ? length - room : 0);
}

/** Keep a path for a range: another range may have it already. NULL when the room is full. */
static const char *keep_path(const char *path) {
    uint32_t count = atomic_load_explicit(&mf_modules.count, memory_order_relaxed);
    while (count-- > 0) {
        if (strcmp(mf_modules.ranges[count].path, path) == 0) {
            return mf_modules.ranges[count].path;
        }
    }
    size_t size = strlen(path) + 1;
    if (size > sizeof(mf_modules.paths) - mf_modules.paths_used) {
        return NULL;
    }
    char *kept = mf_modules.paths + mf_modules.paths_used;
    memcpy(kept, path, size);
    mf_modules.paths_used += (uint32_t)size;
    return kept;
}

/** The lowest address that the file wants to be loaded at, by page. */
static uintptr_t first_address(const ElfW(Phdr) * headers, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (headers[i].p_type == PT_LOAD) {
            return headers[i].p_vaddr & ~(uintptr_t)(MF_PAGE - 1);
        }
    }
    return 0;
}

/** Find the build id among notes; its length, 0 when it is not there. */
static uint32_t build_id_in(uintptr_t note, uintptr_t end, unsigned char *id) {
    while (note + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *header = (const ElfW(Nhdr) *)note;
        uintptr_t name = note + sizeof(*header);
        uintptr_t data = name + ((header->n_namesz + 3u) & ~3u);
        if (data + header->n_descsz > end || data < name) {
            return 0;
        }
        if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == 4 &&
            memcmp((const void *)name, "GNU", 4) == 0) {
            uint32_t length =
                header->n_descsz < MF_BUILD_ID_MAX ? header->n_descsz : MF_BUILD_ID_MAX;
            memcpy(id, (const void *)data, length);
            return length;
        }
        note = data + ((header->n_descsz + 3u) & ~3u);
    }
    return 0;
}

/** The mapped program headers of a module; NULL if there are none. */
static const ElfW(Phdr) * headers_of(const struct file *file, unsigned *count) {
    const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)file->base;
    size_t mapped = file->header_end - file->base;
    if (mapped < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_phentsize != sizeof(ElfW(Phdr)) || elf->e_phoff > mapped ||
        (mapped - elf->e_phoff) / sizeof(ElfW(Phdr)) < elf->e_phnum) {
        return NULL;
    }
    *count = elf->e_phnum;
    return (const ElfW(Phdr) *)(file->base + elf->e_phoff);
}

/** Read the build id out of the mapped headers of a module. */
static uint32_t build_id(const struct file *file, unsigned char *id) {
    unsigned count = 0;
    const ElfW(Phdr) *headers = headers_of(file, &count);
    uintptr_t first = headers ? first_address(headers, count) : 0;
    size_t mapped = file->header_end - file->base;
    for (unsigned i = 0; headers && i < count; i++) {
        uintptr_t at = headers[i].p_vaddr - first;
        if (headers[i].p_type != PT_NOTE || at > mapped ||
            mapped - at < headers[i].p_filesz) {
            continue;
        }
        uintptr_t note = file->base + at;
        uint32_t length = build_id_in(note, note + headers[i].p_filesz, id);
        if (length) {
            return length;
        }
    }
    return 0;
}

/** Hash a stretch of a file, or 16 samples of 4 KB of it if it is larger. */
static uint64_t hash_samples(int fd, uint64_t at, uint64_t size) {
    enum { SAMPLES = 16 };
    static uint64_t words[MF_PAGE / sizeof(uint64_t)];
    uint64_t hash = size;
    uint64_t step = size > SAMPLES * sizeof(words) ? size / SAMPLES : sizeof(words);
    for (uint64_t done = 0; done < size; done += step) {
        uint64_t left = size - done;
        memset(words, 0, sizeof(words));
        mf_sys_seek(fd, (long)(at + done));
        mf_sys_read(fd, words, left < sizeof(words) ? left : sizeof(words));
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            hash = mf_mix(hash ^ words[i]);
        }
    }
    return hash;
}

/** A hash of the code of a module without a build id, out of its file: in memory there may be
 * jumps of ours. 0 where it cannot be read. */
static uint32_t code_of(const struct file *file, const char *path) {
    unsigned count = 0, i = 0;
    const ElfW(Phdr) *headers = headers_of(file, &count);
    while (headers && i < count &&
           !(headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_X) != 0)) {
        i++;
    }
    int fd = headers && i < count ? mf_sys_open(path, false) : -1;
    if (fd < 0) {
        return 0;
    }
    uint64_t hash = hash_samples(fd, headers[i].p_offset, headers[i].p_filesz);
    mf_sys_close(fd);
    return (uint32_t)hash | 1;
}

static bool same_module(const struct mf_module *a, const struct mf_module *b) {
    return atomic_load_explicit(&a->ready, memory_order_acquire) &&
           a->build_id_length == b->build_id_length &&
           memcmp(a->build_id, b->build_id, MF_BUILD_ID_MAX) == 0 && a->code == b->code &&
           strcmp(a->path, b->path) == 0;
}

/** Enter a module into the channel's table, or find it there. */
static uint32_t share(const struct mf_module *module) {
    if (!mf.head) {
        return MF_MODULES_MAX;
    }
    struct mf_head *head = mf.head;
    uint32_t used = atomic_load_explicit(&head->modules_used, memory_order_relaxed);
    for (uint32_t i = 0; i < used && i < MF_MODULES_MAX; i++) {
        if (same_module(&head->modules[i], module)) {
            return i;
        }
    }
    if (used >= MF_MODULES_MAX) {
        return MF_MODULES_MAX;
    }
    uint32_t at = atomic_fetch_add_explicit(&head->modules_used, 1, memory_order_relaxed);
    if (at >= MF_MODULES_MAX) {
        return MF_MODULES_MAX;
    }
    struct mf_module *entry = &head->modules[at];
    entry->build_id_length = module->build_id_length;
    memcpy(entry->build_id, module->build_id, sizeof(entry->build_id));
    entry->code = module->code;
    memcpy(entry->path, module->path, strlen(module->path) + 1);
    atomic_store_explicit(&entry->ready, 1, memory_order_release);
    return at;
}

/** Say of a range which module it is of. */
static void identify(struct mf_range *range, const struct mf_module *module) {
    const char *slash = strrchr(range->path, '/');
    bool is_file = range->path[0] == '/';
    range->key = 0;
    range->module = MF_MODULES_MAX;
    range->name = slash && is_file ? (uint32_t)(slash + 1 - range->path) : 0;
    range->build_id_length = module->build_id_length;
    memcpy(range->build_id, module->build_id, sizeof(range->build_id));
    if (is_file || strcmp(range->path, "[vdso]") == 0) {
        range->key = mf_stackid_module(module);
        range->module = share(module);
    }
}

static void add_range(const struct mf_maps_line *line, const struct file *file) {
    struct mf_module *module = &mf_modules.file;
    uint32_t at = atomic_load_explicit(&mf_modules.count, memory_order_relaxed);
    const char *path = at < MF_RANGES_MAX ? keep_path(module->path) : NULL;
    if (!path) {
        return;
    }
    struct mf_range *range = &mf_modules.ranges[at];
    range->start = line->start;
    range->end = line->end;
    range->base = file->base;
    range->seen = mf_modules.reading;
    range->path = path;
    memset(module->build_id, 0, sizeof(module->build_id));
    module->build_id_length = path[0] == '/' ? build_id(file, module->build_id) : 0;
    bool nameless = path[0] == '/' && module->build_id_length == 0;
    module->code = nameless ? code_of(file, path) : 0;
    identify(range, module);
    atomic_store_explicit(&mf_modules.count, at + 1, memory_order_release);
}

/** The newest range that holds an address. */
static struct mf_range *known(uintptr_t address) {
    uint32_t count = atomic_load_explicit(&mf_modules.count, memory_order_acquire);
    while (count-- > 0) {
        struct mf_range *range = &mf_modules.ranges[count];
        if (address - range->start < range->end - range->start) {
            return range;
        }
    }
    return NULL;
}

/** Whether a line from offset 0 is a further part of the file and not its beginning: LLVM's
 * linker leaves no gaps in the file, so that the first page can be mapped again, behind itself,
 * with other rights. */
static bool continues(const struct file *file, const struct mf_maps_line *line) {
    return file->small && line->start == file->end &&
           (line->executable != file->executable || line->writable != file->writable);
}

/** Follow which file the lines belong to: its first line begins at offset 0. */
static void follow(struct file *file, const struct mf_maps_line *line) {
    const char *path = tail_of(line->path ? line->path : "");
    bool same = strcmp(path, mf_modules.file.path) == 0;
    if (!same || (line->offset == 0 && !continues(file, line))) {
        file->base = line->start;
        file->header_end = line->readable ? line->end : line->start;
        memcpy(mf_modules.file.path, path, strlen(path) + 1);
    }
    file->end = line->end;
    // What is closed is a gap.
    if (!same || line->readable) {
        file->small = line->offset == 0 && line->end - line->start == MF_PAGE;
        file->writable = line->writable;
        file->executable = line->executable;
    }
}

/** Take note of one line: a new range, or one that is still there. */
static void note(const struct mf_maps_line *line, const struct file *file) {
    struct mf_range *old = known(line->start);
    if (old && strcmp(old->path, mf_modules.file.path) == 0) {
        old->seen = mf_modules.reading;
    } else {
        add_range(line, file);
    }
}

/** Empty the ranges that the last reading did not find. */
static void drop_unseen(void) {
    uint32_t count = atomic_load_explicit(&mf_modules.count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct mf_range *range = &mf_modules.ranges[i];
        if (range->seen != mf_modules.reading) {
            range->end = range->start;
        }
    }
}

/** Whether a file is valgrind itself, which complains about a look at its memory, and
 * which no stack leads through. */
static bool is_valgrind(const char *path) {
    const char *slash = mf_modules.valgrind ? strrchr(path, '/') : NULL;
    return slash && strstr(path, "/valgrind/") &&
           strncmp(slash + 1, "vgpreload_", 10) != 0;
}

/** Bring the ranges up to date. */
static void read_maps(void) {
    struct mf_maps maps;
    if (!mf_maps_open(&maps)) {
        return;
    }
    struct file file = {0};
    struct mf_maps_line line;
    mf_modules.file.path[0] = '\0';
    mf_modules.reading++;
    while (mf_maps_next(&maps, &line)) {
        follow(&file, &line);
        if (line.executable && !is_valgrind(mf_modules.file.path)) {
            note(&line, &file);
        }
    }
    mf_maps_close(&maps);
    drop_unseen();
}

/** Take the table for writing; whether it is ours. Another thread needs a moment to read the
 * mappings; in the child of a fork that thread may be missing, so the wait has a limit. */
static bool take_table(void) {
    enum { TRIES = 200 };
    bool taken = false;
    for (int i = 0; i < TRIES && !taken; i++) {
        taken = !atomic_exchange_explicit(&mf_modules.busy, 1, memory_order_acquire);
        if (!taken) {
            mf_sys_yield();
        }
    }
    return taken;
}

const struct mf_range *mf_modules_find(uintptr_t address) {
    bool stale = atomic_load_explicit(&mf_modules.stale, memory_order_acquire);
    const struct mf_range *range = stale ? NULL : known(address);
    if (range || mf_is_shut_in()) {
        return range;
    }
    // A handler that leaves by longjmp() would leave it busy.
    uint64_t signals = mf_sys_block_signals();
    bool ours = take_table();
    if (ours) {
        // Whoever had it may have read them just now.
        if (atomic_load_explicit(&mf_modules.stale, memory_order_relaxed) ||
            !known(address)) {
            atomic_store_explicit(&mf_modules.stale, 0, memory_order_relaxed);
            read_maps();
        }
        atomic_store_explicit(&mf_modules.busy, 0, memory_order_release);
    }
    mf_sys_restore_signals(signals);
    return ours ? known(address) : NULL;
}

const struct mf_range *mf_modules_with(uint64_t key) {
    uint32_t count = atomic_load_explicit(&mf_modules.count, memory_order_acquire);
    while (count-- > 0) {
        if (mf_modules.ranges[count].key == key) {
            return &mf_modules.ranges[count];
        }
    }
    return NULL;
}

void mf_modules_expire(void) {
    atomic_store_explicit(&mf_modules.stale, 1, memory_order_release);
}
