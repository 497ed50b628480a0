// SPDX-License-Identifier: MIT
#include "runner/serve/client.h"

#include "runner/target/launch.h"
#include "runner/util/highfd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int client_start(struct client *client, const char *command, const struct capture *output,
                 const struct signals *signals, struct tracer *tracer) {
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    struct terminal none = {.fd = -1};
    int input = highfd_move(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int streams[3] = {input, output->fd, output->fd};
    const struct launch launch = {
        .path = "/bin/sh",
        .argv = argv,
        .envp = environ,
        .signals = signals,
        .surroundings = {streams, NULL, CAPTURE_MAX},
    };
    *client = (struct client){0};
    capture_rewind(output, 0);
    pid_t pid = input < 0 ? -1 : launch_start(&launch, &none);
    int saved = errno;
    if (input >= 0) {
        close(input);
    }
    errno = saved;
    if (pid < 0) {
        return -1;
    }
    client->pid = pid;
    tracee_watch(tracer, pid, NULL);
    return 0;
}

void client_end(struct client *client, int status) {
    client->pid = 0;
    client->status = status;
}

void client_kill(struct client *client) {
    if (client->pid > 0) {
        kill(-client->pid, SIGKILL);
        kill(client->pid, SIGKILL);
    }
}
