/* The pace of one host: how many fetches it may have in flight, until when none may start, and when
 * it is given up. It has no clock: all it knows are the outcomes of fetches, and their times.
 *
 * The share of a host grows and shrinks as TCP's congestion window does (RFC 5681). Signs of too
 * much halve it: 429, 503, a refused connection; two timeouts in a row leave one. What began before
 * the last cut does not cut again. Then each round of answers adds one, up to the full share; below
 * half of what was too much it doubles.
 *
 * A host that is met gently begins with two, which double each round while its answers are quick.
 * There a round whose quickest answer takes over twice the best of all, and 50 ms, is a sign of too
 * much as well. */
#ifndef CRAWLER_PACE_H
#define CRAWLER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_GENTLE 2 /* fetches at once, of a host that is met gently */

/* A host that answers no more is waited for that long, ns, and given up after that many probes at
 * the least, if this many fetches failed before, one after another, each after its own retries. */
#define PACE_WAIT INT64_C(60000000000)
#define PACE_PROBES 5
#define PACE_FAILURES 5

/* How a fetch ended, as far as its host's pace goes. */
struct outcome {
    enum {
        OUTCOME_OTHER,      /* it says nothing: a failed lookup or handshake, what is no HTTP */
        OUTCOME_ANSWER,     /* of any status but these: */
        OUTCOME_BUSY,       /* 503, */
        OUTCOME_LIMITED,    /* 429 */
        OUTCOME_REFUSED,    /* no connection */
        OUTCOME_TIMEOUT,    /* no whole answer in time */
        OUTCOME_SILENT,     /* the connection ended without any answer */
        OUTCOME_GIVEN_BACK, /* it gave its slot to a host that waited: see frontier.h */
    } kind;
    bool gentle;          /* the host is public, and nobody asked for its full share */
    bool last;            /* its own retries are used up */
    bool more;            /* the host has URLs that were never tried */
    unsigned in_flight;   /* fetches of the host when it ended, itself included */
    int64_t began, ended; /* ns of one clock, greater than 0 */
    int64_t first_byte;   /* ns from the request to the answer's first byte; 0: not known */
    int64_t retry_after;  /* ns; 0: none was asked for */
};

struct pace {
    unsigned share;     /* fetches at once, if that is less than the full share */
    unsigned threshold; /* up to here share doubles each round */
    unsigned answers;   /* since it last grew */
    unsigned limits;    /* times that it said 429, and not when to come back, in a row */
    bool limited;       /* it said so since it last had its full share */
    bool gentle;
    int64_t cut; /* when it shrank last: what began before says nothing more */

    int64_t best;     /* least time to a first byte; rises slowly; 0: not known */
    int64_t quickest; /* of the last few answers, which are these: */
    unsigned round;

    int64_t resume;    /* no fetch starts before */
    bool answered;     /* it did so once */
    unsigned timeouts; /* in a row */
    unsigned misses;   /* fetches without an answer, one after another, */
    unsigned failures; /* and those of them that were their URLs' last */
    int64_t missed;    /* when the last of them ended */
    int64_t trouble;   /* since when it is waited for; 0: it is not */
    unsigned probes;   /* that failed since */
};

void pace_init(struct pace *p, bool gentle);

/* Fetches at once, of at most full ones. */
static inline unsigned pace_share(const struct pace *p, unsigned full)
{
    return p->share < full ? p->share : full;
}

/* What becomes of the fetch's URL. */
enum pace_advice {
    PACE_NONE,     /* nothing but its own retries */
    PACE_AGAIN,    /* it is tried again when the host resumes, and this try does not count */
    PACE_PUT_ASIDE /* nothing of the host is fetched any more */
};

/* Takes note of an outcome. full: the share of a host that does well. */
enum pace_advice pace_heard(struct pace *p, unsigned full, const struct outcome *o);

#endif
