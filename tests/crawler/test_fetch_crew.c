/* All models of fetching give the same results. */
#include "crawler/crawler.h"
#include "tests/crawler/crews.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define KIB 1024

static char letters[300 * KIB]; /* all 'x' */

static const struct site_page pages[] = {
    {"/",
     .body = "<a href=/b><a href=/c><a href=/gone><a href=/there><a href=/text><a href=/long>"},
    {"/b", .body = "<a href=/d><a href=/e?q=%2f&r=a%20b><a href=/reset>"},
    {"/c", .body = "<a href=/b><a href=/truncated><a href=/headers><a href=/unheard>"},
    {"/d", .body = "<a href=/close><a href=/film>"},
    {"/e?q=%2f&r=a%20b", .body = "<a href=/f>"},
    {"/f", .body = "", .headers = "Link: </g>; rel=next\r\n"},
    {"/g", .body = "<p>"},
    {"/gone", 404, .body = "<a href=/never>"},
    {"/broken", 500, .body = "sorry"},
    {"/nothing", 204, .type = ""},
    {"/there", 301, .headers = "Location: /b\r\nlocation: /c\r\n", .body = "moved"},
    {"/text", .type = "text/plain", .body = "User-agent: *"},
    {"/css", .type = "text/css; charset=utf-8", .body = "p { }"},
    {"/film", .type = "video/mp4", .body = letters, .length = sizeof letters},
    {"/long", .body = letters, .length = sizeof letters},
    {"/gzip", .headers = "Content-Encoding: gzip\r\n",
     .body = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\xa4\x3d\x00\x00\x64\x7a\x70\xaf\x64"
             "\x00\x00\x00",
     .length = 24},
    {"/notgzip", .headers = "Content-Encoding: gzip\r\n", .body = "plain after all"},
    {"/headers", .type = "",
     .headers = "LINK:   </1>; rel=next \r\nrefresh: 5;url=/2\r\nContent-Type: text/plain\r\n"
                "link:</3>\t\r\nLink:\r\ncontent-type:text/html \r\nSet-Cookie: a=b\r\n"
                "Content-Location: /4\r\nRetry-After: 7\r\nx-robots-tag: a: noindex, all\r\n"
                "X-Robots-Tag: nofollow\r\nLast-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n"},
    {"/interim",
     .body = "HTTP/1.1 103 Early Hints\r\nLink: </early>\r\n\r\nHTTP/1.1 200 OK\r\n"
             "Content-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
     .behaviour = SITE_RAW},
    {"/badchunk", .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsome\r\nabc",
     .behaviour = SITE_RAW},
    {"/twolengths",
     .body = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 3\r\n\r\nabcde",
     .behaviour = SITE_RAW},
    {"/noise", .body = "good evening\r\n\r\n", .behaviour = SITE_RAW},
    {"/old", .body = "HTTP/1.0 200 OK\r\n\r\nold", .behaviour = SITE_RAW},
    {"/truncated", .body = "0123456789", .behaviour = SITE_TRUNCATE},
    {"/reset", .body = letters, .length = sizeof letters, .behaviour = SITE_RESET},
    {"/close", .behaviour = SITE_CLOSE},
    {"/hang", .behaviour = SITE_HANG},
    {"/slow", .body = "at last", .delay = 0.15},
};

static void write_letters(void)
{
    memset(letters, 'x', sizeof letters);
}

TestSuite(crew, .init = write_letters, .timeout = 60);

/* --- results --- */

/* What a fetch came to, as text, but for times and ports. */
struct result {
    char text[1024];
};

static uint64_t hash_of(const char *data, size_t length)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)data[i]) * 1099511628211u;
    return h;
}

/* Ports and milliseconds differ. */
static void leave_out_digits(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (!isdigit((unsigned char)*from))
            *to++ = *from;
    *to = '\0';
}

static void describe(const struct fetch *f, struct result *o)
{
    struct fetch_facts facts;
    char message[CURL_ERROR_SIZE];
    size_t n;

    fetch_facts_read(f, &facts);
    snprintf(message, sizeof message, "%s", f->message);
    leave_out_digits(message);
    n = (size_t)snprintf(
        o->text, sizeof o->text,
        "%s: %s; status %d, body %zu (%llx), taken %s, size %s%s%s; http %s, ip %s%s%s",
        fetch_error_name(f->error), message, f->status, f->body_length,
        (unsigned long long)hash_of(f->body, f->body_length),
        f->taken == sizeof letters ? "all"
        : f->taken > 64 * KIB      ? "much"
                                   : "little",
        f->size == sizeof letters ? "all" : "else", f->truncated ? ", truncated" : "",
        fetch_redirects(f) ? ", redirects" : "", facts.http ? facts.http : "?", facts.ip,
        facts.dns >= 0 ? ", fresh" : "", facts.first_byte >= 0 ? ", answered" : "");
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++)
        if (fetch_header(f, h))
            n += (size_t)snprintf(o->text + n, sizeof o->text - n, "; %d: %s", h,
                                  fetch_header(f, h));
}

static const struct {
    const char *path; /* or a URL */
    enum fetch_body want;
} exchanges[] = {
    {"/", BODY_LINKS},           {"/", BODY_COUNT},        {"/b", BODY_LINKS},
    {"/gone", BODY_LINKS},       {"/gone", BODY_ROBOTS},   {"/broken", BODY_LINKS},
    {"/nothing", BODY_LINKS},    {"/there", BODY_LINKS},   {"/text", BODY_ROBOTS},
    {"/css", BODY_STYLES},       {"/film", BODY_LINKS},    {"/film", BODY_SITEMAP},
    {"/long", BODY_LINKS},       {"/b", BODY_LINKS},       {"/gzip", BODY_LINKS},
    {"/notgzip", BODY_LINKS},    {"/headers", BODY_LINKS}, {"/e?q=%2f&r=a%20b", BODY_LINKS},
    {"/interim", BODY_LINKS},    {"/b", BODY_LINKS},       {"/badchunk", BODY_LINKS},
    {"/twolengths", BODY_LINKS}, {"/noise", BODY_LINKS},   {"/old", BODY_LINKS},
    {"/truncated", BODY_LINKS},  {"/reset", BODY_LINKS},   {"/close", BODY_LINKS},
    {"/hang", BODY_LINKS},       {"/unheard", BODY_LINKS}, {"http://127.0.0.1:1/", BODY_LINKS},
    {"http://a!b/", BODY_LINKS}, {"/b", BODY_LINKS},
};

static struct result results[FETCH_MODEL_COUNT][COUNT(exchanges)];

static void fetch_it(struct stage *s, const char *path, enum fetch_body want)
{
    if (*path == '/')
        get(s, path, want);
    else
        cr_assert_eq(fetch_get(&s->fetch, path, host_of(s, path), want), 0);
}

static void do_exchanges(struct stage *s)
{
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        fetch_it(s, exchanges[i].path, exchanges[i].want);
        describe(&s->fetch, &results[s->model][i]);
    }
}

static void play_exchanges(enum fetch_model model)
{
    struct stage s = {.act = do_exchanges, .model = model};

    s.options.max_body = 100 * KIB;
    s.options.max_time = 300 * NS_PER_MS;
    stage_play(&s, pages, COUNT(pages));
}

Test(crew, all_models_give_the_same_results)
{
    for (enum fetch_model m = 0; m < FETCH_MODEL_COUNT; m++)
        play_exchanges(m);
    for (enum fetch_model m = 1; m < FETCH_MODEL_COUNT; m++)
        for (size_t i = 0; i < COUNT(exchanges); i++)
            cr_expect_str_eq(results[m][i].text, results[FETCH_ASYNC][i].text, "%s, %s",
                             fetch_model_name(m), exchanges[i].path);
}

CREWS_TEST(reads_to_the_end_what_decodes_to_no_more_than_may_be_read, 8, .max_body = 100)
{
    cr_expect_eq(get(s, "/gzip", BODY_LINKS)->error, FETCH_OK, "%s: %s", model_of(s),
                 s->fetch.message);
    cr_expect_eq(s->fetch.body_length, 100);
    cr_expect(!s->fetch.truncated);
}

CREWS_TEST(gives_up_a_connection_after_connect_timeout, 8, .connect_timeout = 30 * NS_PER_MS)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    char url[64];
    int fds[4]; /* a listener with a full backlog */

    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fds[0], (struct sockaddr *)&a, size), 0);
    listen(fds[0], 0);
    getsockname(fds[0], (struct sockaddr *)&a, &size);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
    for (size_t i = 1; i < COUNT(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fds[i], (struct sockaddr *)&a, size);
    }
    fetch_it(s, url, BODY_LINKS);
    cr_expect_eq(s->fetch.error, FETCH_TIMEOUT, "%s: %s", model_of(s), s->fetch.message);
    cr_expect(strstr(s->fetch.message, "--connect-timeout"), "%s", s->fetch.message);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
}

CREWS_TEST(asks_with_the_options_that_it_has, 8, .credentials = "a:b", .cookies = "c=d")
{
    const char *head;

    site_url(s->site, "/b", s->url);
    host_of(s, s->url)->seed = true;
    get(s, "/b", BODY_LINKS);
    head = site_requests(s->site, 0);
    cr_expect(strstr(head, "\r\nUser-Agent: tester/1\r\n"), "%s: %s", model_of(s), head);
    cr_expect(strstr(head, "\r\nAuthorization: Basic YTpi\r\n"), "%s: %s", model_of(s), head);
    cr_expect(strstr(head, "\r\nCookie: c=d\r\n"), "%s: %s", model_of(s), head);
    host_of(s, s->url)->seed = false;
    get(s, "/b", BODY_LINKS);
    head = site_requests(s->site, 1);
    cr_expect(!strstr(head, "Authorization") && !strstr(head, "Cookie"), "%s: %s", model_of(s),
              head);
}

CREWS_TEST(keeps_no_cookies, 8, .cookie_jar = "/nonexistent/jar")
{
    get(s, "/headers", BODY_LINKS);
    cr_expect(!strstr(site_requests(s->site, 0), "Cookie"), "%s", model_of(s));
    get(s, "/headers", BODY_LINKS);
    cr_expect(!strstr(site_requests(s->site, 1), "Cookie"), "%s", model_of(s));
    cr_expect_eq(fetcher_save_cookies(s->fetcher), 0);
}

/* --- private addresses --- */

static enum fetch_error error_at(struct stage *s, const char *name)
{
    char url[SITE_URL_SIZE];

    snprintf(url, sizeof url, "http://%s:%u/", name, site_port(s->site));
    fetch_it(s, url, BODY_LINKS);
    return s->fetch.error;
}

static void visit_private(struct stage *s)
{
    struct host *h = host_of(s, site_url(s->site, "/", s->url));

    cr_expect_eq(error_at(s, "127.0.0.1"), FETCH_PRIVATE, "%s", model_of(s));
    cr_expect_eq(error_at(s, "localhost"), FETCH_PRIVATE, "%s", model_of(s));
    cr_expect_str_eq(s->fetch.message, "leads to a private address (--allow-private)");
    cr_expect(!h->private_address);
    h->seed = h->public_address = true;
    cr_expect_eq(error_at(s, "127.0.0.1"), FETCH_PRIVATE, "%s: was public", model_of(s));
    cr_expect_eq(site_accepted(s->site), 0);
    h->public_address = false;
    cr_expect_eq(error_at(s, "127.0.0.1"), FETCH_OK, "%s: %s", model_of(s), s->fetch.message);
    cr_expect(h->private_address && !h->public_address, "%s", model_of(s));
    cr_expect(fetcher_allows_private(s->fetcher));
    cr_expect_eq(error_at(s, "localhost"), FETCH_OK, "%s: %s", model_of(s), s->fetch.message);
}

Test(crew, refuses_private_addresses_but_not_a_seeds)
{
    for (enum fetch_model m = 1; m < FETCH_MODEL_COUNT; m++) {
        struct stage s = {.act = visit_private, .model = m, .guarded = true};
        stage_play(&s, pages, COUNT(pages));
    }
}

/* --- times --- */

CREWS_TEST(tells_the_steps_of_an_exchange_in_their_order, 8, )
{
    int64_t before = loop_time();
    struct fetch *f = get(s, "/slow", BODY_LINKS);
    struct fetch_facts facts;
    struct fetch_times times;

    cr_expect(before <= f->started && f->started < f->ended && f->ended <= loop_time());
    fetch_facts_read(f, &facts);
    cr_expect_geq(facts.dns, 0, "%s", model_of(s));
    cr_expect_geq(facts.connect, facts.dns);
    cr_expect_geq(facts.first_byte, 140 * NS_PER_MS);
    cr_expect_geq(facts.total, facts.first_byte);
    cr_expect_geq(fetch_first_byte(f), 140 * NS_PER_MS, "%s", model_of(s));
    get(s, "/slow", BODY_LINKS);
    fetch_times_read(f, &times);
    cr_expect_eq(times.connect, -1, "%s", model_of(s));
    cr_expect_geq(times.first_byte, 140 * NS_PER_MS, "%s", model_of(s));
    cr_expect_geq(times.total, times.first_byte);
    cr_expect_eq(site_accepted(s->site), 1, "%s", model_of(s));
}

CREWS_TEST(counts_fetches_as_in_flight_as_long_as_they_take, 8, )
{
    struct fetching three[3];
    uint64_t area = fetcher_area(s->fetcher);
    int64_t total = 0;

    for (size_t i = 0; i < COUNT(three); i++)
        fetching_start(s, &three[i], "/slow");
    for (size_t i = 0; i < COUNT(three); i++) {
        task_join(&three[i].task);
        total += three[i].fetch.ended - three[i].fetch.started;
    }
    cr_expect_eq(fetcher_area(s->fetcher) - area, (uint64_t)total, "%s", model_of(s));
    for (size_t i = 0; i < COUNT(three); i++)
        fetch_deinit(&three[i].fetch);
}

CREWS_TEST(the_times_of_one_that_waits_for_another_hold_that, 1, )
{
    struct fetching two[2], *a = &two[0], *b = &two[1];
    struct fetch_times times;

    for (size_t i = 0; i < COUNT(two); i++)
        fetching_start(s, &two[i], "/slow");
    for (size_t i = 0; i < COUNT(two); i++)
        task_join(&two[i].task);
    fetch_times_read(&b->fetch, &times);
    if (s->model == FETCH_SYNC) /* nothing is asked for while the loop stands still */
        cr_expect_geq(b->fetch.started, a->fetch.ended);
    else
        cr_expect_geq(times.first_byte, a->fetch.ended - b->fetch.started, "%s", model_of(s));
    cr_expect_geq(times.total, times.first_byte, "%s", model_of(s));
    cr_expect_eq(site_most_in_flight(s->site), 1, "%s", model_of(s));
    for (size_t i = 0; i < COUNT(two); i++)
        fetch_deinit(&two[i].fetch);
}

/* --- crawls --- */

struct crawling {
    struct crawl_sink sink;
    struct stage *stage;
    size_t visited, found;
    uint64_t digest; /* of paths, statuses and errors, in whatever order */
};

static void found(struct crawl_sink *sink, const struct finding *f)
{
    (void)f;
    container_of(sink, struct crawling, sink)->found++;
}

static void visited(struct crawl_sink *sink, const struct page *p)
{
    struct crawling *c = container_of(sink, struct crawling, sink);
    char text[256];
    int n = snprintf(text, sizeof text, "%s %d %d", p->item->url + p->item->host->origin_length,
                     p->fetch ? p->fetch->status : -1, p->error);

    c->digest += hash_of(text, (size_t)n);
    c->visited++;
}

static void refused(struct crawl_sink *sink, const struct refusal *r)
{
    (void)sink, (void)r;
}

static void visiting(struct crawl_sink *sink, const struct item *item, const char *from)
{
    (void)sink, (void)item, (void)from;
}

static struct future *pressure(struct crawl_sink *sink)
{
    (void)sink;
    return NULL;
}

static void met(struct crawl_sink *sink, const struct host *h)
{
    (void)sink, (void)h;
}

static struct crawling crawls[FETCH_MODEL_COUNT];

static void crawl(struct stage *s)
{
    struct crawl_options options = {
        .fetch = s->options,
        .concurrency = 8,
        .per_host = 8,
        .max_redirects = 10,
        .rules = {.depth = DEPTH_UNLIMITED, .traps = TRAP_LIMITS_DEFAULT},
        .agent = "tester",
    };
    struct crawling *c = &crawls[s->model];
    struct crawl *crawl;
    struct url seed;

    c->sink = (struct crawl_sink){.found = found,
                                  .visited = visited,
                                  .refused = refused,
                                  .visiting = visiting,
                                  .met = met,
                                  .put_aside = met,
                                  .pressure = pressure};
    cr_assert_eq(crawl_new(&crawl, loop_running(), &options, &c->sink), 0);
    site_url(s->site, "/", s->url);
    url_describe(&seed, s->url, strlen(s->url));
    crawl_seed(crawl, &seed, NULL);
    cr_assert_eq(crawl_run(crawl), 0);
    cr_expect_eq(crawl_stopped(crawl), STOP_NONE);
    cr_expect_eq(crawl_stats(crawl)->pages, c->visited);
    crawl_free(crawl);
}

Test(crew, a_crawl_of_any_model_finds_the_same)
{
    for (enum fetch_model m = 0; m < FETCH_MODEL_COUNT; m++) {
        struct stage s = {.act = crawl, .model = m};
        stage_play(&s, pages, COUNT(pages));
    }
    cr_expect_eq(crawls[FETCH_ASYNC].visited, 17);
    for (enum fetch_model m = 1; m < FETCH_MODEL_COUNT; m++) {
        cr_expect_eq(crawls[m].visited, crawls[FETCH_ASYNC].visited, "%s", fetch_model_name(m));
        cr_expect_eq(crawls[m].found, crawls[FETCH_ASYNC].found, "%s", fetch_model_name(m));
        cr_expect_eq(crawls[m].digest, crawls[FETCH_ASYNC].digest, "%s", fetch_model_name(m));
    }
}

Test(crew, nobody_is_needed_for_the_loops_own_fetches)
{
    struct fetch_crew *none = NULL;
    struct fetch_crew_usage usage = {.switches = 1};

    cr_expect_eq(fetch_crew_open(&none, NULL, FETCH_ASYNC, 8), 0);
    cr_expect(none == NULL);
    fetch_crew_usage(none, &usage);
    cr_expect_eq(usage.switches, 0);
    cr_expect_eq(fetch_crew_memory(none), 0);
    fetch_crew_close(none);
}
