#include "cmd/serve_request.h"

#include <string.h>
#include <strings.h>

struct text {
    const char *at;
    size_t size;
};

static bool is(struct text t, const char *s)
{
    return t.size == strlen(s) && memcmp(t.at, s, t.size) == 0;
}

static bool is_nocase(struct text t, const char *s)
{
    return t.size == strlen(s) && strncasecmp(t.at, s, t.size) == 0;
}

/* Takes what stands before the first separator, and the separator, off the front of rest; all of it
 * if there is none. */
static struct text take(struct text *rest, char separator)
{
    const char *at = memchr(rest->at, separator, rest->size);
    struct text first = {rest->at, at ? (size_t)(at - rest->at) : rest->size};
    size_t taken = first.size + (at ? 1 : 0);
    *rest = (struct text){rest->at + taken, rest->size - taken};
    return first;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct text trim(struct text t)
{
    for (; t.size > 0 && is_space(*t.at); t.size--)
        t.at++;
    while (t.size > 0 && is_space(t.at[t.size - 1]))
        t.size--;
    return t;
}

/* Takes a line without its CRLF. A line feed alone ends none. */
static bool take_line(struct text *rest, struct text *line)
{
    *line = take(rest, '\n');
    if (line->size == 0 || line->at[line->size - 1] != '\r')
        return false;
    line->size--;
    return !memchr(line->at, '\r', line->size) && !memchr(line->at, '\0', line->size);
}

/* The path of a target in origin form or absolute form. */
static struct text path_of(struct text target)
{
    static const char http[] = "http://";
    if (target.size < sizeof http - 1 || strncasecmp(target.at, http, sizeof http - 1) != 0)
        return target;
    target.at += sizeof http - 1;
    target.size -= sizeof http - 1;
    const char *slash = memchr(target.at, '/', target.size);
    if (!slash)
        return (struct text){"/", 1};
    return (struct text){slash, target.size - (size_t)(slash - target.at)};
}

static int status_of(enum serve_site_kind kind)
{
    switch (kind) {
    case SERVE_SITE_MISSING:
        return 404;
    case SERVE_SITE_BROKEN:
        return 500;
    case SERVE_SITE_REDIRECT:
        return 302;
    default:
        return 200;
    }
}

/* Returns the page's status, or what is wrong with the line. */
static int read_request_line(struct serve_request *r, const struct serve_site *site, unsigned host,
                             struct text line)
{
    struct text method = take(&line, ' ');
    struct text path = path_of(take(&line, ' '));
    r->old = is(line, "HTTP/1.0");
    r->close = r->old;
    if (method.size == 0 || path.size == 0 || !(r->old || is(line, "HTTP/1.1")))
        return 400;
    r->head_only = is(method, "HEAD");
    if (!r->head_only && !is(method, "GET"))
        return 405;
    if (path.at[0] != '/')
        return 400;
    int64_t page = serve_site_find(site, host, path.at, path.size);
    if (page < 0)
        return 404;
    r->found = true;
    r->page = (uint32_t)page;
    return status_of(serve_site_kind(site, r->page));
}

/* Whether a coding has a weight that is not zero (RFC 9110, 12.4.2). */
static bool is_wanted(struct text parameters)
{
    while (parameters.size > 0) {
        struct text value = trim(take(&parameters, ';')), name = trim(take(&value, '='));
        if (!is_nocase(name, "q"))
            continue;
        value = trim(value);
        for (; value.size > 0 && (*value.at == '0' || *value.at == '.'); value.size--)
            value.at++;
        return value.size > 0;
    }
    return true;
}

static bool accepts_gzip(struct text codings)
{
    while (codings.size > 0) {
        struct text parameters = take(&codings, ','), coding = trim(take(&parameters, ';'));
        if (is_nocase(coding, "gzip"))
            return is_wanted(parameters);
    }
    return false;
}

/* Returns whether it is a header line at all. */
static bool read_header(struct serve_request *r, struct text line)
{
    struct text name = take(&line, ':'), value = trim(line);
    if (name.size == 0 || line.at == name.at + name.size || is_space(*name.at) ||
        is_space(name.at[name.size - 1]))
        return false;
    if (is_nocase(name, "host")) {
        bool twice = r->hosted;
        r->hosted = true;
        return !twice;
    }
    /* A body is not read, so what comes after it cannot be. */
    if (is_nocase(name, "transfer-encoding") ||
        (is_nocase(name, "content-length") && !is(value, "0")))
        r->close = true;
    if (is_nocase(name, "accept-encoding"))
        r->gzip |= accepts_gzip(value);
    if (is_nocase(name, "connection")) {
        while (value.size > 0) {
            struct text option = trim(take(&value, ','));
            if (is_nocase(option, "close"))
                r->close = true;
            else if (is_nocase(option, "keep-alive") && r->old)
                r->close = false;
        }
    }
    return true;
}

struct serve_request serve_request_read(const struct serve_site *site, unsigned host,
                                        const char *at, size_t size)
{
    struct text head = {at, size}, line;
    struct serve_request r = {0};
    while (head.size > 2 && memcmp(head.at, "\r\n", 2) == 0)
        head = (struct text){head.at + 2, head.size - 2};
    r.status = take_line(&head, &line) ? read_request_line(&r, site, host, line) : 400;
    while (r.status != 400 && take_line(&head, &line)) {
        if (line.size == 0)
            break;
        if (!read_header(&r, line))
            r.status = 400;
    }
    if (head.size > 0 || !(r.hosted || r.old))
        r.status = 400;
    if (r.status == 400) {
        r.found = false;
        r.close = true;
    }
    return r;
}
