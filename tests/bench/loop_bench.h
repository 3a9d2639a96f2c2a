/* What the programs of tests/bench/loop share. Each has the same workloads on another event loop,
 * so that they can be laid side by side: loop_ours.c, loop_uv.c, loop_ev.c.
 *
 *   PROGRAM WORKLOAD SIZE COUNT [SELECTOR]
 *
 * makes COUNT operations of the workload among SIZE handles, timers, descriptors or connections,
 * and prints how many nanoseconds of CPU, user and system, one cost. An echo server prints its port
 * first, and measures from the second message of each connection on. */
#ifndef BENCH_LOOP_BENCH_H
#define BENCH_LOOP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MESSAGE_SIZE = 64 }; /* echo_client's */

struct bench {
    size_t size, count;
    const char *selector; /* NULL: the library's choice */
};

struct workload {
    const char *name;
    void (*run)(const struct bench *b);
};

/* Each program's, ended by NULL. */
extern const struct workload workloads[];

_Noreturn void die(const char *what);
void *allocate(size_t n, size_t size);

/* n random delays in ms, from 1 to most. */
uint32_t *random_delays(size_t n, uint32_t most);

/* The numbers below n in random order. */
uint32_t *random_order(size_t n);

/* A delay, for timers that are to fire, that is over after the sleep. */
uint32_t longest_delay(const struct bench *b);
void sleep_until_due(const struct bench *b);

/* Begin and end what is measured; measure_end prints. */
void measure_begin(void);
void measure_end(size_t operations);

int new_eventfd(unsigned count);

/* What a program makes whose loop knows nothing but "wake up": calls that another thread hands
 * over. */
struct call {
    struct call *next;
    void (*make)(struct call *c);
};
void calls_put(struct call *c);
struct call *calls_take(void); /* all, in the order of coming */

/* Listens on a free port of the loopback address, which it prints, and accepts without blocking. */
int echo_listen(void);
int echo_accept(int listener); /* -1: no more */
void echo_print_port(unsigned port);

/* Notes that bytes were echoed. */
void echo_sent(const struct bench *b, size_t n);

/* An echo by hand on a socket that does not block. */
struct echo {
    int fd;
    size_t size, sent; /* of data */
    char data[2 * MESSAGE_SIZE];
};

/* What a socket that is ready allows. Returns what to wait for then. */
enum echo_wants {
    ECHO_READ,
    ECHO_WRITE,
    ECHO_CLOSED
} echo_step(struct echo *e, const struct bench *b);

#endif
