/* What `skitter serve --hostile` serves: what servers, pages and machines do to a crawler, so that
 * any crawler can be tried on it.
 *
 * A row of a table is one such behaviour, under the folder of its name:
 *
 *     /              lists all rows, for people; a crawl from it meets everything
 *     /H009/         the row's entry page: links to ok1, to what is nasty, to ok2
 *     /H009/ok1      healthy, and links to /H009/after1: whoever prints that went on crawling
 *     /H009/ok2      the same with /H009/after2
 *     /H009/NAME     the row's own answers
 *
 * The server is reached as 127.0.0.1 to 127.0.0.167. The last number is a row's: what 127.0.0.84 is
 * asked for outside of any row's folder (/robots.txt, /sitemap.xml, /) is looked for in H084's. So
 * is what NAME.h084.localhost is asked for, whatever NAME: those are as many hosts as a row needs.
 * Those from 106 on are no rows': with --tls they are further ways to be H041 and H044.
 * Those from 127.0.0.128 on are the forty silent hosts of H006.
 *
 * A new row goes into the table of a cmd/hostile_*.c: canned answers where these will do, else a
 * function. A test of it goes into tests/cmd/test_hostile_*.c. */
#ifndef CMD_SERVE_HOSTILE_H
#define CMD_SERVE_HOSTILE_H

#include "cmd/wire.h"

#define HOSTILE_ADDRESSES 167 /* 127.0.0.1 and on; */
#define HOSTILE_ROWS 127      /* up to here a row's */
#define HOSTILE_OK "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

/* What becomes of the connection after an answer. */
enum hostile_after {
    HOSTILE_KEEP,  /* the next request */
    HOSTILE_CLOSE, /* an orderly end */
    HOSTILE_RESET, /* RST */
    HOSTILE_STALL, /* silence, until the client leaves */
};

struct hostile_client {
    struct wire *wire;
    const char *head;   /* of the request, as it came; NUL-terminated, as the next two are */
    const char *target; /* path and query, e.g. "/H009/a?b=c" */
    const char *path;   /* of that, what follows the row's folder: "a?b=c" */
    unsigned port;      /* that the client connected to, */
    unsigned address;   /* and the last number of 127.0.0.x; that of the row, where */
    char name[32];      /* is the NAME of NAME.h084.localhost; else "" */
};

/* An answer as data: either raw, which are all its bytes; or a body, which gets its Content-Length
 * and the empty line before. {{PORT}} stands for the server's port in all of them. */
struct hostile_answer {
    const char *path; /* below the row's folder, with its query */
    const char *raw;
    const char *head; /* status line and headers; NULL: HOSTILE_OK */
    const char *body;
    size_t length; /* of raw or body; 0: up to the NUL */
    enum hostile_after after;
};

struct hostile_row {
    const char *id;                       /* "H009"; NULL ends a table */
    const char *does;                     /* a line for people */
    const char *links;                    /* of the entry page: "a b?c //host/"; NULL: none */
    const struct hostile_answer *answers; /* NULL: none; a path of NULL ends them */
    /* For all other paths. Returns an enum hostile_after; -ENOENT, having sent nothing: there is
     * no such path; or another negative errno: the connection is of no use any more. */
    ASYNC int (*answer)(struct hostile_client *c);
    bool own_host; /* its entry page is to be asked for at 127.0.0.x */
};

/* The tables, one a file. */
extern const struct hostile_row hostile_bodies[];
extern const struct hostile_row hostile_codings[];
extern const struct hostile_row hostile_h2[];
extern const struct hostile_row hostile_pages[];
extern const struct hostile_row hostile_redirects[];
extern const struct hostile_row hostile_robots[];
extern const struct hostile_row hostile_slow[];
extern const struct hostile_row hostile_tls[];
extern const struct hostile_row hostile_traps[];
extern const struct hostile_row hostile_urls[];

/* Answers the request whose head that is: bytes of the wire, which are consumed. Returns 0: the
 * next request may come; 1: the connection is to end in order; or a negative errno. */
ASYNC int serve_hostile(struct wire *w, const char *head, size_t length);

/* The last number of the 127.0.0.x that the client connected to, and the port; 0: it did not. */
unsigned hostile_address(const struct stream *s, unsigned *port);

/* Says nothing until the client leaves. Returns 0 or a negative errno. */
ASYNC int hostile_stall(struct wire *w);

/* --- for the functions of rows; all return 0 or a negative errno --- */

ASYNC int hostile_send(struct hostile_client *c, const void *data, size_t length);

/* Up to the NUL, with {{PORT}}. */
ASYNC int hostile_send_text(struct hostile_client *c, const char *text);

/* A whole answer: a page of HTML, with {{PORT}}. */
ASYNC int hostile_page(struct hostile_client *c, const char *html);

/* The same bytes so many times. */
ASYNC int hostile_repeat(struct hostile_client *c, const char *text, uint64_t times);

/* The same so many times; the first %u in it becomes the number of the time, from 0. */
ASYNC int hostile_numbered(struct hostile_client *c, const char *text, unsigned times);

/* The same bytes for ever, one every so many nanoseconds. */
ASYNC int hostile_drip(struct hostile_client *c, const char *text, int64_t pause);

#endif
