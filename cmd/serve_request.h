/* Requests as `skitter serve` reads them: HTTP/1.1 and 1.0 (RFC 9112), GET and HEAD. */
#ifndef CMD_SERVE_REQUEST_H
#define CMD_SERVE_REQUEST_H

#include "cmd/serve_site.h"

struct serve_request {
    int status; /* of the answer */
    bool found; /* it is the answer of a page, this one */
    uint32_t page;
    bool head_only; /* HEAD */
    bool old;       /* HTTP/1.0 */
    bool close;     /* after the answer */
    bool gzip;      /* is accepted (RFC 9110, 12.5.3) */
    bool hosted;
};

/* Reads a head, which ends in an empty line, of a request to that host of the site. Never fails:
 * what is wrong becomes the status. */
struct serve_request serve_request_read(const struct serve_site *site, unsigned host,
                                        const char *at, size_t size);

#endif
