/* A site given as a table, served on a free loopback port by a thread with a loop of its own, and
 * what was asked of it. Whatever goes wrong in here ends the test's process with a message.
 *
 *     static const struct site_page pages[] = {
 *         {"/", .body = "<a href=/b>"},
 *         {"/b", 301, .headers = "Location: {{BASE}}/c\r\n"},
 *         {"/slow", .body = "at last", .delay = 0.2},
 *     };
 *     struct site *s = site_open(pages, 3);
 *
 * Connections are kept alive. A path that the table does not hold answers 404. */
#ifndef TESTS_SITE_H
#define TESTS_SITE_H

#include <stddef.h>

#define SITE_URL_SIZE 1024

enum site_behaviour {
    SITE_NORMAL,
    SITE_RAW,      /* body is the whole answer, status line and all; then the connection ends */
    SITE_TRUNCATE, /* half of the body, then the connection ends */
    SITE_RESET,    /* half of the body, then a reset */
    SITE_CLOSE,    /* no answer: the connection ends */
    SITE_HANG,     /* no answer, and the connection stays */
};

/* In headers and body, {{BASE}} stands for http://127.0.0.1:PORT. */
struct site_page {
    const char *path;    /* the request's whole target, with its query */
    int status;          /* 0: 200 */
    const char *type;    /* NULL: text/html; "": no Content-Type at all */
    const char *headers; /* further ones, each with its \r\n, or NULL */
    const char *body;    /* or NULL: empty */
    size_t length;       /* of body; 0: up to its NUL */
    double delay;        /* seconds before the answer */
    enum site_behaviour behaviour;
    unsigned fail_first; /* that many requests answer 503 before */
};

struct site;

/* Borrows the table until site_close. */
struct site *site_open(const struct site_page *pages, size_t n);

/* Cuts what is under way, ends the thread, frees. */
void site_close(struct site *s);

unsigned site_port(const struct site *s);

/* Writes http://127.0.0.1:PORT and path. Returns out. */
char *site_url(const struct site *s, const char *path, char out[SITE_URL_SIZE]);

/* How often a path was requested. */
size_t site_hits(struct site *s, const char *path);

/* The head of the i-th request, NULL if there were not so many. Valid until site_close. */
const char *site_requests(struct site *s, size_t i);

/* The targets in the order of their requests, with a space between. The caller frees. */
char *site_order(struct site *s);

/* The requests that are being answered now. */
size_t site_in_flight(struct site *s);

/* The greatest number of requests that were being answered at once, hanging ones included. */
size_t site_most_in_flight(struct site *s);

/* Connections that were accepted so far, and those that are open now. */
size_t site_accepted(struct site *s);
size_t site_connected(struct site *s);

#endif
