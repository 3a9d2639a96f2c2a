/* What came of a visit: ok, a redirect, broken. */
#ifndef CMD_RESULT_H
#define CMD_RESULT_H

#include "crawler/page.h"

/* Statuses that are not broken, whatever they are: --ok-status. */
struct ok_statuses {
    uint64_t bits[16]; /* of 0 to 1023 */
};

/* Adds one, a whole number from 100 to 999; false if it is none. */
bool ok_statuses_add(struct ok_statuses *ok, const char *text, size_t length);

enum result {
    RESULT_OTHER,    /* 1xx, or what --ok-status names */
    RESULT_OK,       /* 2xx */
    RESULT_REDIRECT, /* 3xx */
    RESULT_BROKEN,   /* 4xx and on, or no answer, or a redirect that leads nowhere */
};

enum result result_of(const struct page *p, const struct ok_statuses *ok);

#endif
