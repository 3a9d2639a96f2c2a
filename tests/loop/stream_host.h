/* For tests of loop/stream.c: a server whose loop runs in a thread of its own, so that the test can
 * be its client by blocking calls. What the tasks of connections see is written down in struct host
 * and judged by the test, since a failed assertion must not leave a coroutine. */
#ifndef TESTS_LOOP_STREAM_HOST_H
#define TESTS_LOOP_STREAM_HOST_H

#include "loop/server.h"
#include "tests/loop/backends.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct host {
    const char *selector;
    unsigned limit;
    int (*serve)(struct stream *s, void *arg);

    pthread_t thread;
    sem_t listening;
    sem_t event; /* for serve: it has come to a point that the client waits for */
    struct loop *loop;
    struct future stopped;
    struct handle stop;
    unsigned port; /* 0: a free one */
    int opened;    /* what server_open returned */

    atomic_int started, now, most; /* connections */
    int results[8];                /* of calls, as serve stores them */
    size_t count;                  /* of bytes */
};

/* Runs the body once a backend, with a fresh struct host of that name. */
#define EACH_BACKEND(h)                                                                     \
    for (const struct selector_ops *const *backend = selectors; *backend; backend++)        \
        if (host_works_on(*backend))                                                        \
            for (struct host h = {.selector = (*backend)->name, .limit = 2000}; h.selector; \
                 h.selector = NULL)

/* As backend_works, but in another thread: a ring that is closed interrupts a blocking call of the
 * thread that had it, some time later. */
bool host_works_on(const struct selector_ops *ops);

/* Starts the thread, and waits until it listens or cannot. */
void host_open(struct host *h, int (*serve)(struct stream *s, void *arg));

/* Closes the server and ends the thread; no connection may be left then. */
void host_close(struct host *h);

/* --- the client's calls; they fail the test after 30 s --- */

int client_socket(void);
void client_connect(const struct host *h, int fd);
int client_open(const struct host *h);

/* With a small buffer: a slow reader. */
int client_open_small(const struct host *h);

/* Closes with a reset. */
void client_reset(int fd);

void say(int fd, const char *text);
void say_bytes(int fd, const char *data, size_t n);

/* Receives that many bytes, or fewer at the end or an error. Returns their number. */
size_t hear_bytes(int fd, char *data, size_t n);

void expect_heard(const struct host *h, int fd, const char *text);
void expect_end(const struct host *h, int fd);

/* --- what connections do: for host_open --- */

/* Sends back what it receives. */
int serve_echo(struct stream *s, void *arg);

/* Writes 64 MiB with stream_drain. Posts the event at the first drain that has to wait, with the
 * bytes written till then in count; and again at the end, with what failed in results[0]. */
int serve_much(struct stream *s, void *arg);

/* Posts the event; reads until that fails, and then calls everything again, the errors in results;
 * posts the event. */
int serve_to_error(struct stream *s, void *arg);

#endif
