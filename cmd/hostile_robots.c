/* Answers that ask to wait, robots.txt and sitemaps. Most rows have hosts of their own, for what
 * they do is a host's: http://NAME.h084.localhost:PORT/, where NAME says which. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define XML "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
#define CLOSING "Connection: close\r\n\r\n"
#define SITEMAP_NS "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A whole answer, its body's length unknown. */
static ASYNC int send_short(struct hostile_client *c, const char *head, const char *body)
{
    int error = hostile_send_text(c, head);
    if (error == 0)
        error = hostile_send_text(c, CLOSING);
    if (error == 0)
        error = hostile_send_text(c, body);
    return error < 0 ? error : HOSTILE_CLOSE;
}

static ASYNC int send_status(struct hostile_client *c, const char *status, const char *headers)
{
    char text[256];
    snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%sContent-Length: 0\r\n\r\n", status, headers);
    int error = hostile_send_text(c, text);
    return error < 0 ? error : HOSTILE_KEEP;
}

/* The page of a host, with a link to what its robots.txt says something about. */
static ASYNC int send_home(struct hostile_client *c, const char *link)
{
    char html[256];
    snprintf(html, sizeof html,
             "<a href=/ok1>ok1</a> <a href=\"/%s-%s\">link</a> <a href=/ok2>ok2</a>", link,
             c->name);
    int error = hostile_page(c, html);
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- answers that ask to wait --- */

static const struct {
    const char *name, *value;
} waits[] = {
    {"long", "120"},
    {"date", "Fri, 31 Dec 2100 23:59:59 GMT"},
    {"large", "1000000000000"},
    {"past", "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"garbage", "soon"},
    {"negative", "-1"},
};

static ASYNC int busy(struct hostile_client *c)
{
    char header[128] = "";
    if (*c->name && !*c->path)
        return send_home(c, "busy");
    if (strncmp(c->path, "busy", 4) != 0)
        return -ENOENT;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        if (is(waits[i].name, c->name))
            sprintf(header, "Retry-After: %s\r\n", waits[i].value);
    return send_status(c, is(c->name, "past") ? "429 Too Many Requests" : "503 Service Unavailable",
                       header);
}

/* --- robots.txt --- */

static ASYNC int robots_lost(struct hostile_client *c)
{
    if (!is(c->path, "robots.txt"))
        return -ENOENT;
    if (is(c->name, "reset"))
        return HOSTILE_RESET;
    if (is(c->name, "silent"))
        return HOSTILE_STALL;
    return send_status(c, is(c->name, "error") ? "500 Internal Server Error" : "503 Later", "");
}

static ASYNC int robots_refused(struct hostile_client *c)
{
    if (!is(c->path, "robots.txt"))
        return -ENOENT;
    if (is(c->name, "forbidden"))
        return send_status(c, "403 Forbidden", "");
    if (is(c->name, "private"))
        return send_status(c, "401 Unauthorized", "WWW-Authenticate: Basic\r\n");
    return send_status(c, is(c->name, "gone") ? "410 Gone" : "404 Not Found", "");
}

/* /robots.txt, /hop1, ... as many redirects as the host's name says, to the rules. */
static ASYNC int robots_moved(struct hostile_client *c)
{
    char location[128];
    int hop = strncmp(c->path, "hop", 3) == 0 ? atoi(c->path + 3) : 0;
    int hops = is(c->name, "five") ? 5 : is(c->name, "six") ? 6 : 0;
    if (*c->name && !*c->path)
        return send_home(c, "no");
    if (is(c->path, "rules"))
        return send_short(c, TEXT, "User-agent: *\nDisallow: /no\n");
    if (!is(c->path, "robots.txt") && !hop)
        return -ENOENT;
    if (is(c->name, "loop"))
        sprintf(location, "Location: /robots.txt\r\n");
    else if (is(c->name, "cross"))
        sprintf(location, "Location: http://other.h086.localhost:%u/rules\r\n", c->port);
    else if (hop + 1 < hops)
        sprintf(location, "Location: /hop%d\r\n", hop + 1);
    else
        sprintf(location, "Location: /rules\r\n");
    return send_status(c, "302 Found", location);
}

/* Rules at the start and within the 500 KiB that RFC 9309 asks for; what comes then may be cut. */
static ASYNC int robots_long(struct hostile_client *c)
{
    if (!is(c->path, "robots.txt"))
        return -ENOENT;
    uint64_t rest = is(c->name, "long") ? 10000 : is(c->name, "huge") ? 100000000 : UINT64_MAX;
    int error = hostile_send_text(c, TEXT CLOSING "User-agent: *\nDisallow: /no-first\n");
    if (error == 0)
        error = hostile_repeat(c, "# comment\n", 40000);
    if (error == 0)
        error = hostile_send_text(c, "Disallow: /no-late\n");
    if (error == 0)
        error = hostile_repeat(c, "# comment\n", rest);
    return error < 0 ? error : HOSTILE_CLOSE;
}

static ASYNC int robots_costly(struct hostile_client *c)
{
    if (!is(c->path, "robots.txt"))
        return -ENOENT;
    bool stars = is(c->name, "stars");
    int error = hostile_send_text(c, TEXT CLOSING "User-agent: *\nAllow: /no-\n");
    if (error == 0)
        error = stars ? hostile_send_text(c, "Disallow: /")
                      : hostile_numbered(c, "Disallow: /x%u*z$\n", 100000);
    if (error == 0 && stars)
        error = hostile_repeat(c, "*a", 10000);
    if (error == 0 && stars)
        error = hostile_send_text(c, "*b$\n");
    return error < 0 ? error : HOSTILE_CLOSE;
}

static ASYNC int robots_slow(struct hostile_client *c)
{
    if (!is(c->path, "robots.txt"))
        return -ENOENT;
    int error = hostile_send_text(c, TEXT CLOSING "User-agent: *\n");
    return error < 0 ? error : hostile_drip(c, "Disallow: /no\n", 100 * NS_PER_MS);
}

/* --- sitemaps --- */

#define HOST(name) "http://" name ".h090.localhost:{{PORT}}/"
#define ENTRY(url) "<sitemap><loc>" url "</loc></sitemap>"
#define INDEX(entries) "<sitemapindex " SITEMAP_NS ">" entries "</sitemapindex>"

/* The entries are on NAME.h090.localhost, too, and numbered. */
static ASYNC int send_sitemap(struct hostile_client *c, const char *outer, const char *inner,
                              const char *path, unsigned count)
{
    char start[256], text[2048];
    snprintf(start, sizeof start, XML CLOSING "<%s %s>", outer, SITEMAP_NS);
    snprintf(text, sizeof text, "<%s><loc>http://%s.h090.localhost:%u/%s%%u</loc></%s>\n", inner,
             c->name, c->port, path, inner);
    int error = hostile_send_text(c, start);
    if (error == 0)
        error = hostile_numbered(c, text, count);
    snprintf(text, sizeof text, "</%s>", outer);
    if (error == 0)
        error = hostile_send_text(c, text);
    return error < 0 ? error : HOSTILE_CLOSE;
}

static ASYNC int sitemaps(struct hostile_client *c)
{
    char text[256], longest[1600] = "";
    if (is(c->path, "robots.txt")) {
        snprintf(text, sizeof text, "Sitemap: http://%s.h090.localhost:%u/%s.xml\n", c->name,
                 c->port, c->name);
        return send_short(c, TEXT, text);
    }
    if (is(c->path, "children.xml"))
        return send_sitemap(c, "sitemapindex", "sitemap", "child", 200000);
    if (strncmp(c->path, "child", 5) == 0)
        return send_short(c, XML, "<urlset " SITEMAP_NS "></urlset>");
    if (is(c->path, "long.xml"))
        return send_sitemap(c, "urlset", "url", "page", 60000);
    if (is(c->path, "large.xml")) {
        memset(longest, 'x', sizeof longest - 1);
        return send_sitemap(c, "urlset", "url", longest, 50000);
    }
    return -ENOENT;
}

static const struct hostile_answer loops[] = {
    {"loop.xml", .head = XML,
     .body = INDEX(ENTRY(HOST("loop") "loop.xml") ENTRY(HOST("loop") "second.xml")
                       ENTRY(HOST("loop") "leaf.xml") ENTRY(HOST("loop") "leaf.xml"))},
    {"second.xml", .head = XML,
     .body = INDEX(ENTRY(HOST("loop") "loop.xml") ENTRY(HOST("loop") "third.xml"))},
    {"third.xml", .head = XML,
     .body = INDEX(ENTRY(HOST("loop") "second.xml") ENTRY(HOST("loop") "fourth.xml"))},
    {"fourth.xml", .head = XML, .body = INDEX(ENTRY(HOST("loop") "fifth.xml"))},
    {"leaf.xml", .head = XML,
     .body = "<urlset " SITEMAP_NS "><url><loc>" HOST("loop") "from-leaf</loc></url></urlset>"},
    {.path = NULL},
};

static const struct hostile_answer foreign[] = {
    {"sitemap.xml", .head = XML,
     .body = "<urlset " SITEMAP_NS ">"
             "<url><loc>http://evil.test/</loc></url><url><loc>file:///etc/passwd</loc></url>"
             "<url><loc>javascript:no()</loc></url><url><loc>ftp://127.0.0.1/no</loc></url>"
             "<url><loc>http://user:pw@evil.test/</loc></url>"
             "<url><loc>http://a.h091.localhost:{{PORT}}/from-sitemap</loc></url></urlset>"},
    {.path = NULL},
};

const struct hostile_row hostile_robots[] = {
    {"H083", "429 and 503 with a Retry-After that is long, in the past, or nonsense", "busy",
     .answer = busy},
    {"H084", "a robots.txt that fails, is reset, never comes", "//error.h084.localhost:{{PORT}}/",
     .answer = robots_lost},
    {"H085", "a robots.txt that is refused", "//private.h085.localhost:{{PORT}}/",
     .answer = robots_refused},
    {"H086", "a robots.txt that moved, over five hops, to another host, to itself",
     "//five.h086.localhost:{{PORT}}/", .answer = robots_moved},
    {"H087", "a robots.txt of 500 kilobytes, of a gigabyte, without end", "no-first no-late",
     .answer = robots_long},
    {"H088", "a robots.txt of 10,000 wildcards; of 100,000 rules",
     "no-"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aa",
     .answer = robots_costly},
    {"H089", "a robots.txt of a byte now and then", "//slow.h089.localhost:{{PORT}}/",
     .answer = robots_slow},
    {"H090", "sitemaps that name themselves, 200,000 others, 60,000 pages, 80 megabytes",
     "//loop.h090.localhost:{{PORT}}/", .answers = loops, .answer = sitemaps},
    {"H091", "a sitemap of other hosts and schemes", "//a.h091.localhost:{{PORT}}/",
     .answers = foreign},
    {.id = NULL},
};
