/* Which URLs a crawl of a table site prints and fetches. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

#define PAGES_MOST 16

/* One crawl from / and what must come of it. */
struct crawl_case {
    const char *what;
    struct site_page pages[PAGES_MOST]; /* ended by one without a path */
    const char *found;
    const char *fetched; /* NULL: all that was found */
    const char *args[4]; /* further ones */
};

static size_t pages_of(const struct site_page *pages)
{
    size_t n = 0;
    while (n < PAGES_MOST && pages[n].path)
        n++;
    return n;
}

static void check(const struct crawl_case *c)
{
    struct site *s = site_open(c->pages, pages_of(c->pages));
    struct result r;
    const char *args[8] = {"{{BASE}}/", "-q", "--retry", "0"};
    memcpy(args + 4, c->args, sizeof c->args - sizeof *c->args);
    crawling_run(s, args, &r);
    expect_text(crawling_found(s, &r), c->found, c->what);
    expect_text(crawling_fetched(s), c->fetched ? c->fetched : c->found, c->what);
    cr_expect_eq(r.status, 0, "%s: status %d: %s", c->what, r.status, r.err);
    result_free(&r);
    site_close(s);
}

#define CHECK_ALL(cases)                      \
    for (size_t i = 0; i < COUNT(cases); i++) \
    check(&cases[i])

Test(crawl, follows_the_links_of_pages)
{
    static const struct crawl_case cases[] = {
        {"navigation links",
         {{"/", .body = "<a href=/a>1</a><map><area href=/b></map><iframe src=/c></iframe>"
                        "<link rel=next href=/d><meta http-equiv=refresh content='9; url=/e'>"},
          {"/a"},
          {"/b"},
          {"/c"},
          {"/d"},
          {"/e"}},
         "/ /a /b /c /d /e"},
        {"frames", {{"/", .body = "<frameset><frame src=a></frameset>"}, {"/a"}}, "/ /a"},
        {"assets are not followed",
         {{"/", .body = "<img src=/i.png><script src=/s.js></script><link rel=stylesheet href=/c>"
                        "<video src=/v></video><link rel=icon href=/f><a href=/a>"},
          {"/a"}},
         "/ /a"},
        {"noscript and template count, comments and scripts do not",
         {{"/", .body = "<noscript><a href=/n></a></noscript><template><a href=/t></a></template>"
                        "<!-- <a href=/c></a> --><script>'<a href=/s>'</script>"},
          {"/n"},
          {"/t"}},
         "/ /n /t"},
        {"each URL once, without its fragment",
         {{"/", .body = "<a href=#top><a href=''><a href=/a#1><a href=./a#2><a href=/x/../a><a "
                        "href='{{BASE}}/a'><a href=//127.0.0.1/><a href='/a?'>"},
          {"/a"},
          {"/a?"}},
         "/ /a /a?"},
        {"queries are part of a URL",
         {{"/", .body = "<a href='?x=1'><a href='?x=2'><a href='/?x=1&amp;y'>"},
          {"/?x=1"},
          {"/?x=2"},
          {"/?x=1&y"}},
         "/ /?x=1 /?x=1&y /?x=2"},
        {"URLs are printed in their WHATWG serialisation",
         {{"/", .body = "<a href='/a b'><a href='/%7e'><a href='/\xc3\xa9'><a href='\\back'>"},
          {"/a%20b"},
          {"/%7e"},
          {"/%E9"},
          {"/%C3%A9"},
          {"/back"}},
         "/ /%7e /%C3%83%C2%A9 /a%20b /back",
         "/ /%7e /%C3%83%C2%A9 /a%20b /back"},
        {"only http and https, and only the seed's host and port",
         {{"/", .body =
                    "<a href=mailto:a@b><a href=javascript:x()><a href=data:,x><a href=ftp://h/>"
                    "<a href=http://127.0.0.1:1/><a href=http://127.0.0.2/><a href='http://['>"
                    "<a href='//localhost/'><a href=a>"},
          {"/a"}},
         "/ /a"},
        {"the first base counts",
         {{"/", .body = "<base target=x><base href=/d/e><base href=/z/><a href=f><a href=/g>"},
          {"/d/f"},
          {"/g"}},
         "/ /d/f /g"},
        {"a base on another host takes the links along",
         {{"/", .body = "<base href=http://other.test/><a href=f><a href='{{BASE}}/g'>"}, {"/g"}},
         "/ /g"},
        {"pages that lead to each other",
         {{"/", .body = "<a href=a>"},
          {"/a", .body = "<a href=b>"},
          {"/b", .body = "<a href=/><a href=a><a href=b>"}},
         "/ /a /b"},
        {"what is not 2xx leads nowhere",
         {{"/", .body = "<a href=a><a href=b><a href=c>"},
          {"/a", 404, .body = "<a href=x>"},
          {"/b", 500, .body = "<a href=x>"},
          {"/c", 203, .body = "<a href=d>"},
          {"/d"}},
         "/ /a /b /c /d"},
    };
    CHECK_ALL(cases);
}

Test(crawl, obeys_nofollow_unless_told_otherwise)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a rel='x NoFollow' href=a><a href=b><a href=c>"},
        {"/b", .body = "<meta name=robots content='noindex, nofollow'><a href=d>"},
        {"/c", .body = "<meta name=robots content=noindex><a href=e><a rel=nofollow href=e>"},
    };
    struct crawl_case off = {
        .what = "obeyed", .found = "/ /a /b /c /d /e", .fetched = "/ /b /c /e"};
    memcpy(off.pages, pages, sizeof pages);
    struct crawl_case on = off;
    on.what = "ignored";
    on.fetched = NULL;
    on.args[0] = "--ignore-robots";
    check(&off);
    check(&on);
}

Test(crawl, follows_the_headers_that_link)
{
    static const struct crawl_case cases[] = {
        {"Link",
         {{"/", .headers = "Link: </a>; rel=next, </b>; rel=\"x prev\", </s>; rel=stylesheet\r\n"
                           "Link: </c>;rel=alternate;title=\"a, b\"\r\n"},
          {"/a"},
          {"/b"},
          {"/c"}},
         "/ /a /b /c"},
        {"Refresh", {{"/", .headers = "Refresh: 5; url=/a\r\n"}, {"/a"}}, "/ /a"},
        {"Content-Location",
         {{"/", .headers = "Content-Location: a.en\r\n"}, {"/a.en"}},
         "/ /a.en"},
        {"not of what is not 2xx",
         {{"/", .body = "<a href=a>"}, {"/a", 404, .headers = "Link: </b>; rel=next\r\n"}},
         "/ /a"},
    };
    CHECK_ALL(cases);
}

Test(crawl, reads_what_can_hold_links_by_its_content_type)
{
    static const char link[] = "<a href=/a>x</a>";
    static const struct crawl_case cases[] = {
        {"HTML with parameters",
         {{"/", .type = "Text/HTML ; charset=utf-8", .body = link}, {"/a"}},
         "/ /a"},
        {"XHTML",
         {{"/", .type = "application/xhtml+xml", .body = "<a href='/a'/>"}, {"/a"}},
         "/ /a"},
        {"no type at all", {{"/", .type = "", .body = link}, {"/a"}}, "/ /a"},
        {"an image", {{"/", .type = "image/png", .body = link}}, "/"},
        {"JSON", {{"/", .type = "application/json", .body = link}}, "/"},
        {"plain text", {{"/", .type = "text/plain", .body = link}}, "/"},
        {"a stylesheet", {{"/", .type = "text/css", .body = "@import '/a';"}}, "/"},
        {"bytes", {{"/", .type = "application/octet-stream", .body = link}}, "/"},
        {"a charset of its own",
         {{"/", .type = "text/html; charset=utf-8", .body = "<a href='/\xc3\xa9?\xc3\xa9'>"},
          {"/%C3%A9?%C3%A9"}},
         "/ /%C3%A9?%C3%A9"},
    };
    CHECK_ALL(cases);
}

Test(crawl, follows_the_entries_of_sitemaps_and_feeds)
{
#define SITEMAPS "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    static const struct crawl_case cases[] = {
        {"a sitemap",
         {{"/", .type = "application/xml",
           .body = "<urlset " SITEMAPS "><url><loc> {{BASE}}/a </loc></url>"
                   "<url><loc>{{BASE}}/b?x&amp;y</loc></url></urlset>"},
          {"/a"},
          {"/b?x&y"}},
         "/ /a /b?x&y"},
        {"an index of sitemaps",
         {{"/", .type = "text/xml",
           .body = "<sitemapindex " SITEMAPS "><sitemap><loc>{{BASE}}/s.xml</loc></sitemap>"
                   "</sitemapindex>"},
          {"/s.xml", .type = "text/xml",
           .body = "<urlset " SITEMAPS "><url><loc>{{BASE}}/a</loc></url></urlset>"},
          {"/a"}},
         "/ /a /s.xml"},
        {"a text sitemap",
         {{"/", .type = "text/plain", .body = "{{BASE}}/a\n{{BASE}}/b\n"}, {"/a"}, {"/b"}},
         "/ /a /b"},
        {"RSS",
         {{"/", .type = "application/rss+xml",
           .body =
               "<rss version='2.0'><channel><link>{{BASE}}/home</link><item><link>{{BASE}}/a</link>"
               "</item></channel></rss>"},
          {"/a"}},
         "/ /a"},
        {"Atom",
         {{"/", .type = "application/atom+xml",
           .body =
               "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='a'/></entry></feed>"},
          {"/a"}},
         "/ /a"},
    };
    CHECK_ALL(cases);
}

/* --- redirects --- */

Test(crawl, takes_redirects_as_urls_of_their_own)
{
    static const struct crawl_case cases[] = {
        {"every kind",
         {{"/", .body = "<a href=1><a href=2><a href=3><a href=7><a href=8><a href=0><a href=4>"},
          {"/1", 301, .headers = "Location: {{BASE}}/a#x\r\n"},
          {"/2", 302, .headers = "Location: b\r\n"},
          {"/3", 303, .headers = "Location: /c\r\n"},
          {"/7", 307, .headers = "Location: ?d\r\n"},
          {"/8", 308, .headers = "Location: /a\r\n"},
          {"/0", 300, .headers = "Location: /x\r\n"},
          {"/4", 304, .headers = "Location: /x\r\n"},
          {"/a"},
          {"/b"},
          {"/c"},
          {"/7?d"}},
         "/ /0 /1 /2 /3 /4 /7 /7?d /8 /a /b /c"},
        {"to each other and to themselves",
         {{"/", .body = "<a href=a><a href=c><a href=d>"},
          {"/a", 302, .headers = "Location: /b\r\n"},
          {"/b", 302, .headers = "Location: /a\r\n"},
          {"/c", 301, .headers = "Location: /c\r\n"},
          {"/d", 301, .headers = "Location: /\r\n"}},
         "/ /a /b /c /d"},
        {"out of scope, or nowhere",
         {{"/", .body = "<a href=a><a href=b><a href=c>"},
          {"/a", 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
          {"/b", 302},
          {"/c", 302, .headers = "Location: mailto:x\r\n"}},
         "/ /a /b /c"},
        {"the links of a redirect's body do not count",
         {{"/", .body = "<a href=a>"},
          {"/a", 302, .headers = "Location: /b\r\n", .body = "<a href=x>"},
          {"/b"}},
         "/ /a /b"},
        {"as many as --max-redirs",
         {{"/", 302, .headers = "Location: /1\r\n"},
          {"/1", 302, .headers = "Location: /2\r\n"},
          {"/2", .body = "<a href=3>"},
          {"/3", 302, .headers = "Location: /4\r\n"},
          {"/4", 302, .headers = "Location: /5\r\n"},
          {"/5", 302, .headers = "Location: /6\r\n"}},
         "/ /1 /2 /3 /4 /5",
         NULL,
         {"--max-redirs", "2"}},
        {"a redirect keeps its source's depth",
         {{"/", 302, .headers = "Location: /a\r\n"},
          {"/a", .body = "<a href=b>"},
          {"/b", 302, .headers = "Location: /c\r\n"},
          {"/c", .body = "<a href=d>"}},
         "/ /a /b /c /d",
         "/ /a /b /c",
         {"-l", "1"}},
    };
    CHECK_ALL(cases);
}

Test(crawl, follows_ten_redirects_in_a_row_and_says_where_it_gives_up)
{
    static struct site_page pages[13];
    static char paths[13][8], headers[13][32];
    for (int i = 0; i < 13; i++) {
        sprintf(paths[i], "/%02d", i);
        sprintf(headers[i], "Location: /%02d\r\n", i + 1);
        pages[i] = (struct site_page){paths[i], 302, .headers = headers[i]};
    }
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/00"), &r);
    expect_fetched(s, "/00 /01 /02 /03 /04 /05 /06 /07 /08 /09 /10");
    expect_said(&r, "/10: redirects: ");
    expect_status(&r, 1);
    result_free(&r);
    site_close(s);
}

/* --- the scope, and who is told what, over two sites --- */

struct two_sites {
    struct site_page at_home[4], abroad[4];
    char texts[4][256];
    struct site *home, *away;
};

/* A home whose / redirects to the other site, and whose /link and /slow link there; the other site
 * has /start, which links on, and /x. */
static void two_sites_open(struct two_sites *t)
{
    char url[SITE_URL_SIZE];
    *t = (struct two_sites){.abroad = {{"/start", .body = "<a href=more>"}, {"/more"}, {"/x"}}};
    t->away = site_open(t->abroad, 3);
    sprintf(t->texts[0], "Location: %s\r\n", site_url(t->away, "/start", url));
    sprintf(t->texts[1], "<a href=%s>", site_url(t->away, "/x", url));
    t->at_home[0] = (struct site_page){"/", 302, .headers = t->texts[0], .delay = 0.1};
    t->at_home[1] = (struct site_page){"/link", .body = t->texts[1]};
    t->at_home[2] = (struct site_page){"/page", .body = "<a href=/>"};
    t->home = site_open(t->at_home, 3);
}

static void two_sites_close(struct two_sites *t)
{
    site_close(t->home);
    site_close(t->away);
}

Test(crawl, widens_its_scope_by_where_a_seeds_own_redirects_end)
{
    struct two_sites t;
    struct result r;
    two_sites_open(&t);
    crawling_run(t.home, ARGS("{{BASE}}/", "-q"), &r);
    expect_fetched(t.home, "/");
    expect_fetched(t.away, "/more /start");
    result_free(&r);
    two_sites_close(&t);
}

Test(crawl, considers_a_link_again_once_a_slow_seed_has_widened_the_scope)
{
    struct two_sites t;
    struct result r;
    two_sites_open(&t);
    crawling_run(t.home, ARGS("{{BASE}}/link", "{{BASE}}/", "-q"), &r);
    expect_fetched(t.home, "/ /link");
    expect_fetched(t.away, "/more /start /x");
    result_free(&r);
    two_sites_close(&t);
}

Test(crawl, does_not_widen_its_scope_by_the_redirect_of_a_link)
{
    struct two_sites t;
    struct result r;
    two_sites_open(&t);
    crawling_run(t.home, ARGS("{{BASE}}/page", "-q"), &r);
    expect_fetched(t.home, "/ /page");
    expect_fetched(t.away, "");
    result_free(&r);
    two_sites_close(&t);
}

Test(crawl, gives_headers_and_credentials_to_the_seeds_origins_alone)
{
    struct two_sites t;
    struct result r;
    two_sites_open(&t);
    crawling_run(t.home, ARGS("{{BASE}}/", "-u", "me:secret", "-H", "X-Key: 7", "-A", "Robo/2"),
                 &r);
    cr_expect_eq(crawling_heads(t.home, "Authorization: Basic bWU6c2VjcmV0\r\n"), 2);
    cr_expect_eq(crawling_heads(t.home, "X-Key: 7\r\n"), 2);
    cr_expect_eq(crawling_heads(t.home, "User-Agent: Robo/2\r\n"), 2);
    cr_expect_eq(crawling_heads(t.away, "Authorization"), 0);
    cr_expect_eq(crawling_heads(t.away, "X-Key"), 0);
    cr_expect_eq(crawling_heads(t.away, "User-Agent: Robo/2\r\n"), 3);
    cr_expect_eq(crawling_heads(t.away, "Referer"), 0);
    result_free(&r);
    two_sites_close(&t);
}

Test(crawl, gives_a_seeds_own_credentials_to_its_origin_alone_and_prints_them_nowhere)
{
    struct two_sites t;
    struct result r;
    char seed[64], other[SITE_URL_SIZE];
    two_sites_open(&t);
    sprintf(seed, "http://me:s%%65cret@127.0.0.1:%u/link", site_port(t.home));
    crawling_run(t.home, ARGS(seed, site_url(t.away, "/x", other), "-v"), &r);
    cr_expect_eq(crawling_heads(t.home, "Authorization: Basic bWU6c2VjcmV0\r\n"), 2);
    cr_expect_eq(crawling_heads(t.away, "Authorization"), 0);
    cr_expect_null(strstr(r.out, "cret"));
    cr_expect_null(strstr(r.err, "cret"));
    result_free(&r);
    two_sites_close(&t);
}

Test(crawl, drops_the_userinfo_of_a_link)
{
    static char body[64];
    static struct site_page pages[] = {{"/a"}, {"/", .body = body}};
    struct site *s = site_open(pages, 2);
    struct result r;
    sprintf(body, "<a href=//me:secret@127.0.0.1:%u/a>", site_port(s));
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
    expect_found(s, &r, "/ /a");
    expect_fetched(s, "/ /a");
    cr_expect_eq(crawling_heads(s, "Authorization"), 0);
    result_free(&r);
    site_close(s);
}

Test(crawl, prints_seeds_first_and_each_url_once_at_first_sight)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=c><a href=b><a href=a>", .delay = 0.05},
        {"/a", .body = "<a href=d>", .delay = 0.1},
        {"/b", .body = "<a href=/>"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    char expected[512], u[5][SITE_URL_SIZE];
    crawling_run(s, ARGS("{{BASE}}/", "-q", "{{BASE}}/b", "{{BASE}}/#again"), &r);
    sprintf(expected, "%s\n%s\n%s\n%s\n%s\n", site_url(s, "/", u[0]), site_url(s, "/b", u[1]),
            site_url(s, "/c", u[2]), site_url(s, "/a", u[3]), site_url(s, "/d", u[4]));
    cr_expect_str_eq(r.out, expected, "%s", r.out);
    result_free(&r);
    site_close(s);
}
