/* HTTP exchanges: libcurl's multi interface, driven by the loop without ever blocking it.
 *
 * Redirects are not followed, nothing is retried (but once what HTTP/2 refused unread), and who may
 * start when is not decided here. But a fetch whose patience is over ends where another host waits
 * for its slot: see frontier.h. */
#ifndef CRAWLER_FETCH_H
#define CRAWLER_FETCH_H

#include "crawler/host.h"
#include "loop/task.h"

#include <curl/curl.h>
#include <netinet/in.h>

/* Why there is no answer, or not the whole of one. */
enum fetch_error {
    FETCH_OK,
    FETCH_DNS,
    FETCH_CONNECT,
    FETCH_TLS,
    FETCH_TIMEOUT,
    FETCH_RESET,     /* the connection, or the stream, ended before the answer did */
    FETCH_HTTP,      /* what came is not HTTP */
    FETCH_DECODE,    /* the body is not what its Content-Encoding says */
    FETCH_REDIRECTS, /* too many of them, or one that leads nowhere */
    FETCH_TOO_LARGE, /* headers without end */
    FETCH_PRIVATE,   /* a private address, where links must not lead */
    FETCH_ERROR_COUNT,
};

/* The word for it in records and in the summary. */
const char *fetch_error_name(enum fetch_error e);

struct fetch_crew;

struct fetch_options {
    struct fetch_crew *crew; /* who does the exchanges: see fetch_crew.h; NULL: the loop */
    unsigned concurrency;    /* fetches in flight at once, at most */
    int64_t max_time;        /* of a whole fetch, ns */
    int64_t connect_timeout; /* of a name lookup and connection, ns */
    uint64_t max_body;       /* bytes read of one decoded body */
    bool bodies;             /* read all bodies to their end */
    const char *user_agent;
    uint64_t limit_rate;             /* bytes of bodies a second, over all fetches; 0: any */
    struct curl_slist *headers;      /* for seeds' origins alone; borrowed, as all here */
    const char *credentials;         /* the same; NULL: none */
    const char *cookies;             /* "a=b; c=d", the same; NULL: none */
    struct curl_slist *cookie_files; /* to read: then, or with a jar, cookies are kept */
    const char *cookie_jar;          /* to write at the end; NULL: none */
    bool allow_private; /* connections to private addresses: see fetcher_allow_private */
    const char *proxy, *cacert, *interface;
    struct curl_slist *resolve;
    bool insecure, netrc;
    long http_version; /* CURL_HTTP_VERSION_* */
    long ip_resolve;   /* CURL_IPRESOLVE_* */
};

/* The response headers that a crawler looks at. */
enum fetch_header {
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_LENGTH,
    HEADER_LOCATION,
    HEADER_LINK, /* several of them joined by ", " */
    HEADER_REFRESH,
    HEADER_CONTENT_LOCATION,
    HEADER_RETRY_AFTER,
    HEADER_X_ROBOTS_TAG, /* several joined by line feeds: see header_robots_tag */
    HEADER_LAST_MODIFIED,
    HEADER_COUNT,
};

/* What to do with a body. One that can hold no links is not read far, unless it is kept. */
enum fetch_body {
    BODY_COUNT,   /* keep nothing */
    BODY_LINKS,   /* keep it if it can hold links: a document, of a 2xx answer, */
    BODY_STYLES,  /* or a style sheet alone */
    BODY_ROBOTS,  /* keep it up to ROBOTS_MAX, whatever max_body is */
    BODY_SITEMAP, /* keep that of a 2xx answer up to SITEMAP_MAX, whatever its type and max_body are
                   */
};

/* The value of one header; its memory is used again and again. */
struct fetch_value {
    char *text;
    size_t length, capacity;
    bool there;
};

/* One exchange at a time; made once and used for many, one after another. */
struct fetch {
    /* Set before fetch_get: the doubtful host that has the slot; NULL: none. Its answer may bring
     * next to nothing for as long as frontier_patience says, or for eight times as long as the
     * connection took, up to 2 s; until there is one, for a second at least. */
    const struct host *doubted;

    /* The answer, valid until the next fetch_get. */
    enum fetch_error error;
    const char *message; /* a sentence about it; "" */
    int status;          /* 0: none came */
    char *body;          /* what was kept */
    size_t body_length, body_capacity;
    uint64_t taken;         /* decoded bytes read of the body */
    uint64_t size;          /* the same, but as announced if it was cut unread */
    bool truncated;         /* there was more than may be read */
    bool given_back;        /* it brought nothing while others waited: a timeout before its time */
    int64_t started, ended; /* loop_time */

    /* fetch.c's own. */
    struct fetcher *fetcher;
    struct multi *multi;
    CURL *easy;
    CURLU *address;            /* of the URL, for libcurl */
    const struct host *former; /* whose URL the address was last */
    const char *url;
    struct host *host;
    enum fetch_body want;
    uint64_t most; /* bytes of the body that may be read */
    struct future done;
    struct list node;
    struct list held; /* by fetch_throttle.c, to keep the rate */
    struct handle abort;
    struct timer timer;
    long version; /* CURL_HTTP_VERSION_* and secrets as last set */
    const char *credentials, *proxy;
    bool trusted;
    bool begun;     /* libcurl was asked */
    bool refused;   /* a connection, to a private address */
    bool connected; /* so only max_time counts any more */
    int64_t moved;  /* of a doubtful host: when it was last seen to bring something, */
    uint64_t had;   /* and the bytes of the answer then */
    bool judged;    /* what follows has been decided */
    bool read;      /* the body is read to its end */
    bool kept;
    bool cut;         /* we ended it */
    bool contradicts; /* it has Content-Lengths that differ */
    bool again;       /* it was started once more, being refused unread */
    struct fetch_value headers[HEADER_COUNT];
    size_t header_bytes; /* all that came */
    char error_text[CURL_ERROR_SIZE];
    struct fetch_seat *seat; /* where a crew does the exchanges */
};

/* Returns 0 or a negative errno. */
int fetcher_open(struct fetcher **out, struct loop *l, const struct fetch_options *options);

/* From now on connections to private addresses (address.h) are allowed. They are from the beginning
 * with the option, and from the moment on at which a seed's host turns out to be at one: at the
 * first connection to it. All others end with FETCH_PRIVATE, on the address that would be connected
 * to; through a proxy, whose own address is not looked at, on one that is written in the URL. */
void fetcher_allow_private(struct fetcher *fr);
bool fetcher_allows_private(const struct fetcher *fr);

/* How many fetches are in flight, integrated over the time until now: a difference of two such
 * areas (ns) by the time between them is the average number then. */
uint64_t fetcher_area(const struct fetcher *fr);

/* Writes the cookies to cookie_jar, if there is one; a file that is new or regular is replaced as a
 * whole. Returns 0 or a negative errno. */
int fetcher_save_cookies(struct fetcher *fr);

/* All fetches must have been freed. */
void fetcher_close(struct fetcher *fr);

void fetch_init(struct fetch *f, struct fetcher *fr);
void fetch_deinit(struct fetch *f);

/* Fetches the canonical URL, whose host that is, and waits for the whole answer. Returns 0, also
 * when it failed: see error; or -ECANCELED, having closed what was open. */
ASYNC int fetch_get(struct fetch *f, const char *url, struct host *host, enum fetch_body want);

/* The value of a response header, NULL where there was none. */
const char *fetch_header(const struct fetch *f, enum fetch_header h);

/* Nanoseconds from the request to the answer's first byte; 0: not known. */
int64_t fetch_first_byte(const struct fetch *f);

/* What a record says of an exchange. Times are in ns since it began; -1: not known. */
struct fetch_facts {
    int64_t start;             /* when it began, ns since 1970 */
    int64_t dns;               /* the name was looked up: this and the next two only where */
    int64_t connect;           /* a connection was made for it */
    int64_t tls;               /* and it was ready for the request */
    int64_t first_byte;        /* of the answer */
    int64_t total;             /* all of it */
    char ip[INET6_ADDRSTRLEN]; /* of the server, not of a proxy; "": not known */
    const char *http;          /* the answer's version, "1.0", "1.1" or "2"; NULL: not known */
};

/* Of the last exchange, once it has ended: for who asks, for it takes several calls. */
void fetch_facts_read(const struct fetch *f, struct fetch_facts *out);

/* The times of the same alone, for who asks after each fetch. */
struct fetch_times {
    int64_t total;
    int64_t connect;    /* the connection that was made for it was ready for the request, TLS and
                           all; -1: none was made, or it never was */
    int64_t first_byte; /* of the answer; -1: none came */
};

void fetch_times_read(const struct fetch *f, struct fetch_times *out);

/* Whether the answer is a redirect (RFC 9110, 15.4). */
bool fetch_redirects(const struct fetch *f);

#endif
