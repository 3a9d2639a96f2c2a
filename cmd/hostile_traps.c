/* Spaces of URLs without end, and cookies without measure. What a page of a trap links to follows
 * from its own path, so that every crawl sees the same. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* FNV-1a, well mixed. */
static uint64_t hash(const char *text, unsigned salt)
{
    uint64_t h = 14695981039346656037u ^ salt;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    h = (h ^ h >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

/* A page of links, of which make writes the i-th. */
static ASYNC int send_links(struct hostile_client *c, unsigned count,
                            void (*make)(FILE *f, const struct hostile_client *c, unsigned i))
{
    char *html;
    size_t size;
    FILE *f = open_memstream(&html, &size);
    if (!f)
        return -ENOMEM;
    fputs("<title>the same</title>", f);
    for (unsigned i = 0; i < count; i++) {
        fputs("<a href=\"", f);
        make(f, c, i);
        fputs("\">link</a>\n", f);
    }
    int error = fclose(f) == 0 ? hostile_page(c, html) : -ENOMEM;
    free(html);
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- endless spaces --- */

static void tomorrow(FILE *f, const struct hostile_client *c, unsigned i)
{
    (void)i;
    fprintf(f, "cal?d=%d", atoi(c->path + strlen("cal?d=")) + 1);
}

static ASYNC int calendar(struct hostile_client *c)
{
    return begins(c->path, "cal?d=") ? send_links(c, 1, tomorrow) : -ENOENT;
}

static ASYNC int growth(struct hostile_client *c)
{
    if (!begins(c->path, "a/b/"))
        return -ENOENT;
    int error = hostile_page(c, "<a href=a/b/>down</a>");
    return error < 0 ? error : HOSTILE_KEEP;
}

static void new_session(FILE *f, const struct hostile_client *c, unsigned i)
{
    uint64_t id = hash(c->path, i);
    if (i % 3 == 0)
        fprintf(f, "/H076/page?lang=en&sid=%016" PRIx64 "01", id);
    else if (i % 3 == 1)
        fprintf(f, "/H076/page;jsessionid=%016" PRIX64, id);
    else
        fprintf(f, "/H076/(S(%016" PRIx64 "))/page", id);
}

static ASYNC int sessions(struct hostile_client *c)
{
    bool page = begins(c->path, "page") || begins(c->path, "(S(");
    return page ? send_links(c, 6, new_session) : -ENOENT;
}

/* The same parameters with the i-th and the next one swapped; and one more each time. */
static void swap(FILE *f, const struct hostile_client *c, unsigned i)
{
    char *words[4] = {0}, *copy = strdup(c->path), *rest = NULL;
    for (size_t n = 0; copy && n < 4; n++)
        words[n] = strtok_r(n ? NULL : copy, "?&", &rest);
    if (copy && words[3]) { /* "list" and three parameters */
        char *former = words[1 + i];
        words[1 + i] = words[2 + i];
        words[2 + i] = former;
        fprintf(f, "list?%s&%s&%s", words[1], words[2], words[3]);
    }
    free(copy);
}

static void grow(FILE *f, const struct hostile_client *c, unsigned i)
{
    fprintf(f, "%s&x=%u", c->path, i);
}

static ASYNC int queries(struct hostile_client *c)
{
    if (begins(c->path, "list?"))
        return send_links(c, 2, swap);
    return begins(c->path, "grow?") ? send_links(c, 1, grow) : -ENOENT;
}

static void anywhere(FILE *f, const struct hostile_client *c, unsigned i)
{
    fprintf(f, "/H078/maze/%" PRIx64, hash(c->path, i));
}

static ASYNC int maze(struct hostile_client *c)
{
    return begins(c->path, "maze/") ? send_links(c, 100, anywhere) : -ENOENT;
}

static void other_host(FILE *f, const struct hostile_client *c, unsigned i)
{
    fprintf(f, "http://h%" PRIu64 ".h079.localhost:%u/page", hash(c->name, i) % 1000000, c->port);
}

static ASYNC int hosts(struct hostile_client *c)
{
    return strcmp(c->path, "page") == 0 ? send_links(c, 10, other_host) : -ENOENT;
}

static ASYNC int link_to_itself(struct hostile_client *c)
{
    if (!begins(c->path, "x/"))
        return -ENOENT;
    int error = hostile_page(c, "<h1>Index of x</h1><a href=x/>x/</a> <a href=file>file</a>");
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- cookies --- */

static ASYNC int finish_cookies(struct hostile_client *c, int error)
{
    if (error == 0)
        error = hostile_send_text(c, "Connection: close\r\n\r\n<a href=check>check</a>");
    return error < 0 ? error : HOSTILE_CLOSE;
}

#define COOKIE "Set-Cookie: c%u=0123456789012345678901234567890123456789; Path=/\r\n"

static ASYNC int set_many(struct hostile_client *c)
{
    int error = hostile_send_text(c, HOSTILE_OK);
    if (error == 0)
        error = hostile_numbered(c, COOKIE, 3000);
    return finish_cookies(c, error);
}

static ASYNC int set_large(struct hostile_client *c)
{
    int error = hostile_send_text(c, HOSTILE_OK "Set-Cookie: c=");
    if (error == 0)
        error = hostile_repeat(c, "x", 1 << 20);
    if (error == 0)
        error = hostile_send_text(c, "; Path=/\r\n");
    return finish_cookies(c, error);
}

/* Links to how long the head of the request was. */
static ASYNC int check_length(struct hostile_client *c)
{
    int error =
        hostile_page(c, strlen(c->head) < 9 * 1024 ? "<a href=sent-little>" : "<a href=sent-much>");
    return error < 0 ? error : HOSTILE_KEEP;
}

static ASYNC int cookies(struct hostile_client *c)
{
    if (strcmp(c->path, "many") == 0)
        return set_many(c);
    if (strcmp(c->path, "large") == 0)
        return set_large(c);
    return begins(c->path, "check") ? check_length(c) : -ENOENT;
}

#define SET(cookie) "Set-Cookie: " cookie "; Path=/\r\n"

static const struct hostile_answer foreign_cookies[] = {
    {"set",
     .head = HOSTILE_OK SET("own=1") SET("theft=1; Domain=evil.test") SET("theft=2; Domain=.")
         SET("theft=3; Domain=127.0.0.82") SET("theft=4; Domain=0.0.1") SET("theft=5; Domain=1"),
     .body = "<a href=check>own</a><a href=http://127.0.0.82:{{PORT}}/H082/other>other</a>"
             "<a href=http://a.h082.localhost:{{PORT}}/named>a name</a>"},
    {"named",
     .head = HOSTILE_OK SET("theft=6; Domain=localhost") SET("theft=7; Domain=.b.h082.localhost")
         SET("theft=8; Domain=h081.localhost") SET("theft=9; Secure"),
     .body = "<a href=http://b.h082.localhost:{{PORT}}/other2>another name</a>"},
    {.path = NULL},
};

const struct hostile_row hostile_traps[] = {
    {"H074", "a calendar that ends on no day", "cal?d=1", .answer = calendar},
    {"H075", "a relative link that makes the path longer each time", "a/b/", .answer = growth},
    {"H076", "a new session id in each link", "page", .answer = sessions},
    {"H077", "parameters in all orders, and one more each time", "list?a=1&b=2&c=3 grow?x=0",
     .answer = queries},
    {"H078", "every path is there and links to 100 others", "maze/", .answer = maze},
    {"H079", "a million hosts with the same page", "page", .answer = hosts},
    {"H080", "a folder that holds itself", "x/", .answer = link_to_itself},
    {"H081", "3,000 cookies, and one of a megabyte", "many large", .answer = cookies},
    {"H082", "cookies for other hosts, and for all under a public suffix", "set",
     .answers = foreign_cookies},
    {.id = NULL},
};
