// SPDX-License-Identifier: MIT
#include "runner/crash/glance.h"

#include "core/policy/mix.h"
#include "runner/crash/facts.h"

#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>

/** A frame is found by an address that is so near to what is read of it. */
#define LINK_NEAR 8

_Static_assert(UNWIND_REACH_MAX <= GLANCE_WHERE, "offsets fit");

/** So much of a file tells which one it is: there linkers put its headers and its build id. */
#define HEAD 1536

/** Remember that there is a place in a file. One too many is never found again. */
static void add_file(struct glance *glance, size_t first) {
    size_t at = 0;
    while (at < glance->file_count && at < GLANCE_FILES_MAX &&
           glance->files[at] != first) {
        at++;
    }
    if (at == glance->file_count) {
        glance->file_count++;
        if (at < GLANCE_FILES_MAX) {
            glance->files[at] = first;
        }
    }
}

/** Where code lies in its file, whichever process has mapped it; 0 if it is in no file. */
static uint64_t place_of(struct glance *glance, uint64_t address) {
    const struct map *map =
        address < CRASH_NULL_PAGE ? NULL : maps_find(glance->maps, address);
    if (!map || !map->executable) {
        return 0;
    }
    if (map->path[0]) {
        add_file(glance, map->first);
    }
    uint64_t start = glance->maps->entries[map->first].start;
    return mf_mix(map->inode + MF_MIX_STEP) ^ (address - start);
}

/** Whether the head of a file has its build id. */
static bool has_build_id(const unsigned char *head, size_t length) {
    const ElfW(Nhdr) note = {4, 20, NT_GNU_BUILD_ID};
    unsigned char wanted[sizeof(note) + 4] = {0};
    memcpy(wanted, &note, sizeof(note));
    memcpy(wanted + sizeof(note), "GNU", 4);
    return memmem(head, length, wanted, sizeof(wanted)) != NULL;
}

/** Add which file it is: by its build id, or else by when it was written. */
static uint64_t hash_file(uint64_t hash, const unsigned char *head, size_t length,
                          const char *path) {
    struct stat status;
    for (size_t at = 0; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, head + at, sizeof(word));
        hash = mf_mix(hash ^ word);
    }
    if (!has_build_id(head, length) && path[0] == '/' && stat(path, &status) == 0) {
        hash = mf_mix(hash ^ status.st_dev);
        hash = mf_mix(hash ^ (uint64_t)status.st_mtim.tv_sec);
        hash = mf_mix(hash ^ (uint64_t)status.st_mtim.tv_nsec);
        hash = mf_mix(hash ^ (uint64_t)status.st_size);
    }
    return hash;
}

uint64_t glance_end(const struct glance *glance) {
    unsigned char heads[GLANCE_FILES_MAX][HEAD] = {{0}};
    struct iovec local[GLANCE_FILES_MAX], remote[GLANCE_FILES_MAX];
    uint64_t hash = glance->hash;
    size_t count = glance->file_count;
    if (count > GLANCE_FILES_MAX) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct map *map = &glance->maps->entries[glance->files[i]];
        uint64_t length = map->end - map->start < HEAD ? map->end - map->start : HEAD;
        local[i] = (struct iovec){heads[i], length};
        remote[i] = (struct iovec){(void *)(uintptr_t)map->start, length};
    }
    ssize_t got =
        count > 0 ? process_vm_readv(glance->tid, local, count, remote, count, 0) : 0;
    for (size_t i = 0; i < count; i++) {
        got -= (ssize_t)local[i].iov_len;
        hash = hash_file(hash, heads[i], local[i].iov_len,
                         glance->maps->entries[glance->files[i]].path);
    }
    return got == 0 ? hash : 0;
}

/** Whether the fault was at NULL or near it: another address is as good as any. */
static bool is_null(pid_t tid, int signal) {
    siginfo_t info;
    return (signal == SIGSEGV || signal == SIGBUS) &&
           ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 && info.si_code > 0 &&
           (uint64_t)(uintptr_t)info.si_addr < CRASH_NULL_PAGE;
}

int glance_begin(struct glance *glance, pid_t tid, int signal, struct maps *maps) {
    if ((maps->count == 0 && maps_read(maps, tid) != 0) ||
        registers_read(&glance->registers, tid) != 0) {
        return -1;
    }
    const struct registers *registers = &glance->registers;
    glance->tid = tid;
    glance->maps = maps;
    glance->file_count = 0;
    glance->start = 0;
    glance->length = 0;
    uint64_t hash = mf_mix((uint64_t)signal + MF_MIX_STEP) ^ is_null(tid, signal);
    hash = mf_mix(hash ^ place_of(glance, registers->pc));
    for (unsigned i = 0; i < registers->count; i++) {
        hash = mf_mix(hash ^ place_of(glance, registers->values[i]));
    }
    glance->hash = hash;
    return 0;
}

/** Read what is around a place in the stack; 0 on success. */
static int fill(struct glance *glance, uint64_t offset) {
    struct iovec local = {glance->bytes, sizeof(glance->bytes)};
    struct iovec remote = {(void *)(uintptr_t)(glance->registers.sp + offset),
                           local.iov_len};
    ssize_t got = process_vm_readv(glance->tid, &local, 1, &remote, 1, 0);
    glance->start = offset;
    glance->length = got > 0 ? (size_t)got : 0;
    return glance->length >= sizeof(uint64_t) ? 0 : -1;
}

/** Read a word of the stack; 0 on success. */
static int read_word(struct glance *glance, uint64_t offset, uint64_t *word) {
    bool held = offset >= glance->start && glance->length >= sizeof(*word) &&
                offset - glance->start <= glance->length - sizeof(*word);
    if (!held && fill(glance, offset) != 0) {
        return -1;
    }
    memcpy(word, glance->bytes + (offset - glance->start), sizeof(*word));
    return 0;
}

int glance_step(struct glance *glance, uint32_t step) {
    uint64_t word, where = step & GLANCE_WHERE;
    if (step & GLANCE_REGISTER) {
        word = glance->registers.values[where % REGISTERS_MAX];
    } else if (read_word(glance, where, &word) != 0) {
        return -1;
    }
    uint64_t above = word - glance->registers.sp;
    uint64_t told = step & GLANCE_LINK && above < UNWIND_REACH_MAX
                        ? above + 1
                        : place_of(glance, word);
    glance->hash = mf_mix(mf_mix(glance->hash ^ step) ^ told);
    return 0;
}

/** Whether a word is one that the walk has found a frame by: it leads to what was read. */
static bool is_link(const struct glance *glance, uint64_t word,
                    const struct unwind_reads *reads, size_t from) {
    uint64_t above = word - glance->registers.sp + LINK_NEAR;
    for (size_t i = from; above <= UNWIND_REACH_MAX && i < reads->count; i++) {
        if (above >= reads->offsets[i] && above - reads->offsets[i] <= 2 * LINK_NEAR) {
            return true;
        }
    }
    return false;
}

size_t glance_plan(struct glance *glance, const struct unwind_reads *reads,
                   uint32_t steps[GLANCE_STEPS_MAX]) {
    size_t count = 0;
    for (unsigned i = 0; i < glance->registers.count; i++) {
        uint64_t word = glance->registers.values[i];
        if (word != glance->registers.sp && is_link(glance, word, reads, 0)) {
            steps[count++] = GLANCE_REGISTER | GLANCE_LINK | i;
        }
    }
    for (size_t i = 0; i < reads->count; i++) {
        uint64_t word;
        if (read_word(glance, reads->offsets[i], &word) != 0) {
            return 0;
        }
        bool link = is_link(glance, word, reads, i + 1);
        steps[count++] = reads->offsets[i] | (link ? GLANCE_LINK : 0);
    }
    return count;
}
