#include "crawler/robots_txt.h"

#include "crawler/memory.h"
#include "crawler/page.h"
#include "crawler/retry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REDIRECTS 5      /* RFC 9309, 2.3.1.2 */
#define MAX_CRAWL_DELAY 30.0 /* seconds: longer ones are cut to this */

/* Puts the redirect's target into *url, whose memory is *buffer. False: there is none. */
static bool follow(const struct fetch *f, struct url *url, char **buffer)
{
    const char *location = fetch_header(f, HEADER_LOCATION);
    char *text = memory_resize(NULL, URL_BUFFER);
    struct url to;

    if (!fetch_redirects(f) || !location ||
        url_parse(&to, text, URL_BUFFER, location, strlen(location), url, NULL,
                  URL_DROP_USERINFO) != 0) {
        free(text);
        return false;
    }
    free(*buffer);
    *buffer = text;
    *url = to;
    return true;
}

static void learn(struct host *h, const struct fetch *f, const char *agent)
{
    struct robots *rules = NULL;
    char why[64];

    if (f->error) {
        int64_t kept = f->error == FETCH_DNS ? DNS_FAILURE_KEPT : INT64_MAX / 2;
        host_set_unreachable(h, f->error, f->message, loop_time() + kept);
        return;
    }
    if (f->status >= 500) {
        snprintf(why, sizeof why, "robots.txt answers %d, which forbids everything", f->status);
        host_set_unavailable(h, why);
        return;
    }
    if (f->status / 100 == 2 && robots_parse(&rules, f->body, f->body_length, agent) != 0)
        memory_out();
    host_set_rules(h, rules);
}

static void slow_down(struct host *h)
{
    double asked = h->rules ? robots_crawl_delay(h->rules) : 0;

    h->delay = (int64_t)((asked < MAX_CRAWL_DELAY ? asked : MAX_CRAWL_DELAY) * (double)NS_PER_S);
}

ASYNC int robots_txt_visit(struct item *item, struct fetch *f, struct frontier *frontier,
                           const char *agent, unsigned retries, int64_t *pause)
{
    struct host *host = item->host;
    struct url url;
    char *buffer = NULL;
    int r;

    host_describe(host, &url, item->url, item->length);
    for (int hops = 0;; hops++) {
        r = fetch_get(f, url.text, hops ? frontier_host(frontier, &url) : host, BODY_ROBOTS);
        if (r != 0 || hops == MAX_REDIRECTS || !follow(f, &url, &buffer))
            break;
    }
    free(buffer);
    if (r != 0)
        return r;
    *pause = retry_heard(frontier, item, f, retries);
    if (*pause >= 0)
        return -EAGAIN;
    learn(host, f, agent);
    if (frontier->options.delay < 0) /* none was given, so Crawl-delay counts */
        slow_down(host);
    return 0;
}
