/* What the parts of a stream know of each other: stream.c keeps the buffers, the waiting and the
 * calls, a transport moves the bytes. */
#ifndef LOOP_STREAM_PRIVATE_H
#define LOOP_STREAM_PRIVATE_H

#include "loop/stream.h"

/* Unsent bytes. A block never moves, and takes more behind its end while its front is sent. */
struct block {
    struct block *next;
    size_t start, end, room;
    char data[];
};

enum stream_wait { WAIT_NONE, WAIT_INPUT, WAIT_OUTPUT, WAIT_STOP };

struct stream {
    struct loop *loop;
    const struct stream_transport *transport;
    int fd;
    int error;
    bool ended; /* the input has */

    enum stream_wait waits; /* what the task waits for in wake */
    size_t mark;            /* of WAIT_OUTPUT: for less than this to be unsent */
    struct future wake;

    char *in;
    size_t in_start, in_size, in_room;
    size_t in_next; /* the room to receive into next, if there is nothing in it */
    size_t peeked;  /* of in_size, what the last stream_peek returned */

    struct block *out, *out_last;
    size_t unsent; /* in the blocks */

    union {
        struct watcher watcher;
        struct {
            struct operation receive, send;
        };
    };
};

struct stream_transport {
    /* Returns 0 or -ENOMEM, and then there is nothing to stop. */
    int (*start)(struct stream *s);

    /* Sees to it that stream_received is called while the task waits for input, and stream_sent
     * while something is unsent; called whenever either begins or ends. Returns 0 or a negative
     * errno. */
    int (*update)(struct stream *s);

    /* Takes the hands off the descriptor and the buffers. */
    ASYNC void (*stop)(struct stream *s);
};

extern const struct stream_transport stream_readiness, stream_completion;

/* Where to receive, and how much at most: 0 if there is no memory. What it returned before is
 * invalid then. */
size_t stream_input_room(struct stream *s, char **at);

/* Frees the room if it is more than the first and nothing is in it. */
void stream_input_trim(struct stream *s);

/* What recv(2) returned, into that room, or a negative errno. */
void stream_received(struct stream *s, ssize_t n);

/* What send(2) returned for the front of the first block, or a negative errno. */
void stream_sent(struct stream *s, ssize_t n);

/* The transport's update; an error of it sticks. */
int stream_update(struct stream *s);

#endif
