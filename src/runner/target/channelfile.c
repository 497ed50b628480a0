// SPDX-License-Identifier: MIT
#include "runner/target/channelfile.h"

#include "runner/util/highfd.h"
#include "runner/util/unnamed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

/** A memfd that nobody can make shorter under our feet. */
static int open_memfd(size_t size) {
    int fd = memfd_create("mallocfail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return -1;
    }
    // What memfds are made with lets everybody in who gets hold of a name for it.
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, (off_t)size) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    return fd;
}

/** Lift the limit on the size of files so far, for growing one above it would bring
 * SIGXFSZ; 0 on success, with the old limit, or -1 with errno. */
static int lift_limit(size_t size, struct rlimit *before) {
    if (getrlimit(RLIMIT_FSIZE, before) != 0 || before->rlim_max < size) {
        errno = EFBIG;
        return -1;
    }
    const struct rlimit lifted = {before->rlim_max, before->rlim_max};
    return before->rlim_cur < size ? setrlimit(RLIMIT_FSIZE, &lifted) : 0;
}

/** Open memory for a channel; -1 with errno. */
static int open_memory(size_t size) {
    struct rlimit before;
    if (lift_limit(size, &before) != 0) {
        return -1;
    }
    int fd = open_memfd(size);
    if (fd < 0) {
        fd = unnamed_open(size);
    }
    int saved = errno;
    setrlimit(RLIMIT_FSIZE, &before);
    errno = saved;
    return fd;
}

/** Have a segment of System V, which no limit on files concerns. It goes when nobody has
 * it any more, but can be attached until then. The memory, or NULL with errno. */
static void *open_segment(struct channel *channel, size_t size) {
    int id = shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_NORESERVE | 0600);
    void *memory = id < 0 ? NULL : shmat(id, NULL, 0);
    if (id >= 0) {
        shmctl(id, IPC_RMID, NULL);
    }
    if (!memory || memory == (void *)-1) {
        // That a file would do is what the user can mend.
        errno = EFBIG;
        return NULL;
    }
    channel->fd = -2 - id;
    return memory;
}

/** Move a descriptor up; the old one if there is no room above. */
static int move_up(int fd) {
    int high = highfd_copy(fd);
    if (high < 0) {
        return fd;
    }
    close(fd);
    return high;
}

/** Have a file in memory; it mapped, or NULL with errno. */
static void *open_file(struct channel *channel, size_t size) {
    int fd = open_memory(size);
    if (fd < 0) {
        return NULL;
    }
    fd = move_up(fd);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        int saved = errno;
        close(fd);
        errno = saved;
        return NULL;
    }
    channel->fd = fd;
    return memory;
}

int channel_create(struct channel *channel, const char *policy, size_t length) {
    return channel_create_larger(channel, policy, length, 0);
}

int channel_create_larger(struct channel *channel, const char *policy, size_t length,
                          size_t extra) {
    size_t size = MF_CHANNEL_SIZE + (extra + MF_PAGE - 1) / MF_PAGE * MF_PAGE;
    *channel = (struct channel){.fd = -1};
    if (length > MF_POLICY_TEXT_MAX) {
        errno = EFBIG;
        return -1;
    }
    void *memory = open_file(channel, size);
    if (!memory && errno == EFBIG) {
        memory = open_segment(channel, size);
    }
    if (!memory) {
        return -1;
    }
    channel->size = size;
    channel->head = memory;
    mf_head_init(channel->head);
    memcpy(channel->head->policy, policy, length);
    channel->head->policy_length = (uint32_t)length;
    return 0;
}

/** Whether a file without a name, of any process, can be a channel. */
static bool may_be_channel(int fd) {
    struct stat about;
    uint64_t magic = 0;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink == 0 &&
           pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) &&
           magic == MF_CHANNEL_MAGIC;
}

/** Map a file that claims to be a channel; what is wrong with it, or NULL. */
static const char *map_whole(struct channel *channel, int fd) {
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_size < (off_t)MF_CHANNEL_SIZE) {
        return "it runs under another version of mallocfail";
    }
    void *memory = mmap(NULL, MF_CHANNEL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return "the memory shared with it cannot be mapped";
    }
    if (mf_head_fault(memory)) {
        munmap(memory, MF_CHANNEL_SIZE);
        return "it runs under another version of mallocfail";
    }
    *channel = (struct channel){.fd = fd, .head = memory, .size = MF_CHANNEL_SIZE};
    return NULL;
}

/** Try one descriptor of the runner; whether it is the channel, or would be. */
static bool try_descriptor(struct channel *channel, const char *path,
                           const char **fault) {
    struct stat about;
    // What a descriptor stands for is looked at before it is opened: that can have
    // effects where it is no regular file.
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink != 0) {
        return false;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || !may_be_channel(fd)) {
        close(fd);
        return false;
    }
    *fault = map_whole(channel, fd);
    if (*fault) {
        close(fd);
    }
    return true;
}

int channel_open(struct channel *channel, pid_t runner, const char **fault) {
    *channel = (struct channel){.fd = -1};
    *fault = NULL;
    char path[300];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)runner);
    DIR *folder = opendir(path);
    if (!folder) {
        return -1;
    }
    const struct dirent *entry;
    bool found = false;
    while (!found && (entry = readdir(folder))) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)runner, entry->d_name);
        found = try_descriptor(channel, path, fault);
    }
    closedir(folder);
    return found && !*fault ? 0 : -1;
}

void channel_destroy(struct channel *channel) {
    if (channel->head && channel->fd < 0) {
        shmdt(channel->head);
    } else if (channel->head) {
        munmap(channel->head, channel->size);
        close(channel->fd);
    }
    *channel = (struct channel){.fd = -1};
}

unsigned channel_processes(const struct channel *channel) {
    uint32_t used = atomic_load(&channel->head->processes_used);
    return used < MF_PROCESSES_MAX ? used : MF_PROCESSES_MAX;
}

struct mf_process *channel_process(const struct channel *channel, unsigned index) {
    unsigned char *slots = (unsigned char *)channel->head + MF_CHANNEL_SLOTS;
    return (struct mf_process *)(void *)(slots + index * sizeof(struct mf_process));
}
