/* Crawls of what `skitter serve --hostile` serves, as a table with a row for each behaviour:
 *
 *     static const struct hostile_case cases[] = {
 *         {"H011", .says = {"too many redirects"}, .finds = "1 10", .lacks = "/H011/12"},
 *     };
 *     Test(hostile, redirects)
 *     {
 *         hostile_run(cases, COUNT(cases));
 *     }
 *
 * Each row is a run of the program, on the row's entry page and on a healthy site of 30 pages at
 * once. Of every row it is checked that all healthy pages are in the output, so are ok1, ok2,
 * after1 and after2 of the row (nothing stopped the crawl), no URL twice; that it ended by itself,
 * in time, with its status; that its memory stayed small; and that neither output nor standard
 * error holds anything but printable ASCII. All rows of a table share the servers, and several run
 * at once; a failure names its row. */
#ifndef TESTS_CMD_HOSTILE_H
#define TESTS_CMD_HOSTILE_H

#include "tests/cmd/crawling.h"

#include <stdio.h>

/* In all texts {{PORT}} stands for the port of the hostile server. */
struct hostile_case {
    const char *id;       /* "H009" */
    const char *args[12]; /* further ones, beside "-m 1 --retry 0" */
    const char *seed;     /* NULL: http(s)://127.0.0.1:{{PORT}}/H009/ */
    const char *finds;    /* more that is in the output: URLs, or words below the seed's folder */
    const char *lacks;    /* words that are nowhere in the output */
    const char *says[4];  /* on standard error */
    const char *silent;   /* what is not on standard error */
    const char *hits;     /* "a=1 b<3 /robots.txt=0": how often the server was asked for these */
    int status;
    double seconds; /* it ends within; 0: 5. Ten times as long where the program is slow */
    size_t memory;  /* MiB that it may take; 0: 64. Not asked where the program is slow */
    bool alone;     /* without the row's ok pages: where nothing of it is to be had */
    /* Anything else: complains into problems. log: all that the server was asked so far. */
    void (*check)(const struct result *r, const char *log, FILE *problems);
};

void hostile_run(const struct hostile_case cases[], size_t count);

/* The same with `serve --hostile --tls`, whose authority is trusted: seeds are https. */
void hostile_run_tls(const struct hostile_case cases[], size_t count);

/* How often a text is in another. */
size_t hostile_count(const char *text, const char *what);

#endif
