/* The records of a crawl: which ones (--print), in what form, to one output. */
#ifndef CMD_RECORDS_H
#define CMD_RECORDS_H

#include "cmd/broken_links.h"
#include "cmd/listener.h"
#include "cmd/output.h"
#include "cmd/record.h"
#include "cmd/result.h"
#include "cmd/template.h"

/* Streams, as bits. */
enum stream {
    STREAM_FOUND = 1,   /* RECORD_URL */
    STREAM_VISITED = 2, /* RECORD_PAGE, as the next three */
    STREAM_OK = 4,
    STREAM_REDIRECTS = 8,
    STREAM_BROKEN = 16,
    STREAM_BROKEN_LINKS = 32, /* RECORD_LINK */
    STREAM_EXTERNAL = 64,     /* RECORD_URL */
    STREAM_EDGES = 128,       /* RECORD_LINK; in JSON also RECORD_REFUSED for what was found */
    STREAM_REFUSED = 256,     /* RECORD_REFUSED */

    STREAM_PAGES = STREAM_VISITED | STREAM_OK | STREAM_REDIRECTS | STREAM_BROKEN,
};

/* The stream of that name; 0: there is none. */
unsigned stream_find(const char *name, size_t length);

enum record_format {
    FORMAT_PLAIN,
    FORMAT_JSON,
    FORMAT_CSV,
    FORMAT_TEMPLATE,
};

struct records_options {
    unsigned streams; /* several with FORMAT_JSON alone */
    enum record_format format;
    struct template *template; /* FORMAT_TEMPLATE's, borrowed */
    char end;                  /* of a record: '\n' or '\0' */
    bool sorted; /* all at the end, in order, without what may differ from run to run */
    const struct ok_statuses *ok; /* borrowed */
};

/* The type of a stream's records. */
enum record_type stream_type(enum stream s);

struct records;

/* Borrows the output until records_free. */
struct records *records_new(const struct records_options *options, struct output *output);
void records_free(struct records *r);

/* To be told of broken links too. */
void records_broken_link(struct records *r, const struct broken_link *b);

/* To be told of everything; it writes the sorted ones as the crawl ends. */
struct listener *records_listener(struct records *r);

#endif
