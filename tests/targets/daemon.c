// SPDX-License-Identifier: MIT
// A server on a Unix socket, with planted defects, and what talks to it.
//     daemon [-b] [-d] [-w N] serve SOCKET   serve; -b with work to do after each answer, -d in
//                                            the background, -w with N workers
//     daemon ask SOCKET WORD...         ask for each word; 0 when all are answered with "ok"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool ill, busy;
static char *shared, *cache;

/** Gives the error back. */
static bool handled(void) {
    char *block = malloc(100);
    if (!block) {
        return false;
    }
    free(block);
    return true;
}

/** Does not look. */
static bool crash(void) {
    char *block = malloc(101);
    block[0] = 'x';
    free(block);
    return true;
}

/** Waits for what never comes. */
static bool hang(void) {
    char *block = malloc(102);
    while (!block) {
        pause();
    }
    free(block);
    return true;
}

/** Keeps the lock. */
static bool keep(void) {
    pthread_mutex_lock(&lock);
    char *block = malloc(103);
    if (!block) {
        return false;
    }
    free(block);
    pthread_mutex_unlock(&lock);
    return true;
}

/** Serves nobody any more. */
static bool sick(void) {
    char *block = malloc(104);
    ill |= !block;
    free(block);
    return true;
}

/** Gives up. */
static bool quit(void) {
    char *block = malloc(105);
    if (!block) {
        exit(3);
    }
    free(block);
    return true;
}

/** Breaks when it is asked for the next time after the failure. */
static bool later(void) {
    free(shared);
    shared = malloc(106);
    shared = shared ? shared : (char *)8;
    return true;
}

/** Happens once. */
static bool once(void) {
    if (!cache) {
        cache = malloc(108);
        cache[0] = 'x';
    }
    return true;
}

static const struct {
    const char *word;
    bool (*serve)(void);
} words[] = {
    {"handled", handled}, {"crash", crash}, {"hang", hang},   {"keep", keep},
    {"sick", sick},       {"quit", quit},   {"later", later}, {"once", once},
};

/** Clear up after an answer, for 20 ms of processor time. */
static void clear_up(void) {
    clock_t end = clock() + CLOCKS_PER_SEC / 50;
    while (clock() < end) {
    }
}

/** Answer one connection. */
static void answer(int fd) {
    char word[32] = "";
    bool good = read(fd, word, sizeof(word) - 1) > 0 && !ill;
    for (size_t i = 0; good && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].word) == 0) {
            good = words[i].serve();
        }
    }
    if (strcmp(word, "silent") == 0 && !(shared = malloc(109))) {
        // The connection stays open, and nobody answers.
        return;
    }
    if (write(fd, good ? "ok" : "no", 2) != 2) {
        perror("answer");
    }
    close(fd);
}

static void serve(int listener) {
    while (true) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            answer(fd);
            if (busy) {
                clear_up();
            }
        }
    }
}

/** Have workers serve, and others in the place of those that end. */
static void supervise(int listener, int workers) {
    while (true) {
        if (workers-- > 0) {
            if (fork() == 0) {
                serve(listener);
            }
        } else {
            wait(NULL);
            workers = 1;
        }
    }
}

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

/** Ask for one word; whether it is answered with "ok". */
static bool ask(const char *path, const char *word) {
    struct sockaddr_un address = address_of(path);
    char got[3] = "";
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool good = connect(fd, (void *)&address, sizeof(address)) == 0 &&
                write(fd, word, strlen(word)) > 0 && read(fd, got, 2) == 2 &&
                strcmp(got, "ok") == 0;
    close(fd);
    return good;
}

int main(int argc, char **argv) {
    bool background = false;
    int workers = 0, option;
    while ((option = getopt(argc, argv, "bdw:")) != -1) {
        busy |= option == 'b';
        background |= option == 'd';
        workers = option == 'w' ? atoi(optarg) : workers;
    }
    argv += optind;
    if (argc - optind < 2) {
        return 2;
    }
    if (strcmp(argv[0], "ask") == 0) {
        bool good = true;
        for (int i = 2; argv[i]; i++) {
            good &= ask(argv[1], argv[i]);
        }
        return !good;
    }
    free(malloc(110));
    struct sockaddr_un address = address_of(argv[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    unlink(argv[1]);
    if (bind(listener, (void *)&address, sizeof(address)) != 0 ||
        listen(listener, 16) != 0 || (background && daemon(1, 1) != 0)) {
        perror(argv[1]);
        return 1;
    }
    if (workers > 0) {
        supervise(listener, workers);
    }
    serve(listener);
}
