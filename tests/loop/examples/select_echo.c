/* What a loop stands on: readiness alone, as in the example of Python's selectors. Sends back what
 * comes, by two verbs: set says which descriptors matter, wait says which are ready.
 *
 *     select_echo [SELECTOR]      prints its port; SIGTERM ends it
 */
#include "loop/selector.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct selector_ops *ops;
static struct selector *selector;

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void accept_client(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0 && ops->set(selector, fd, 0, EVENT_READ) < 0)
        close(fd);
}

static void echo(int fd)
{
    char buffer[1024];
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);

    if (n > 0 && send(fd, buffer, (size_t)n, MSG_NOSIGNAL) == n)
        return;
    ops->set(selector, fd, EVENT_READ, 0);
    close(fd);
}

int main(int argc, char **argv)
{
    struct event ready[16];

    ops = selector_find(argc > 1 ? argv[1] : NULL);
    int error = ops ? ops->open(&selector) : -EINVAL;
    int listener = error ? error : listen_on_loopback();
    int n = listener < 0 ? listener : ops->set(selector, listener, 0, EVENT_READ);
    while (n >= 0) {
        n = ops->wait(selector, ready, 16, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].fd == listener)
                accept_client(listener);
            else
                echo(ready[i].fd);
        }
    }
    fprintf(stderr, "select_echo: %s\n", strerror(-n));
    return 1;
}
