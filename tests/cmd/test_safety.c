/* Where public pages must not lead, and what stays with the seeds. FALSE_NETWORK names the library
 * of false_network.c, which has public addresses. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

#define INSIDE ": private: leads to a private address (--allow-private)"

/* Two sites: a public one, and one that stands for what is inside. */
struct sites {
    struct site *outside, *inside;
    struct site_page pages[24];
    char locations[24][SITE_URL_SIZE];
    size_t count;
};

static const struct site_page inside_pages[] = {
    {"/", .body = "secret"},
    {"/more", .body = "secret"},
};

static void sites_init(struct sites *s)
{
    memset(s, 0, sizeof *s);
    s->inside = site_open(inside_pages, COUNT(inside_pages));
    crawling_preload("FALSE_NETWORK");
}

/* A page outside that redirects to a host inside: {{PORT}} is its port. */
static void sites_redirect(struct sites *s, const char *path, const char *to)
{
    char *location = s->locations[s->count];
    const char *mark = strstr(to, "{{PORT}}");

    if (mark)
        snprintf(location, SITE_URL_SIZE, "Location: %.*s%u%s\r\n", (int)(mark - to), to,
                 site_port(s->inside), mark + strlen("{{PORT}}"));
    else
        snprintf(location, SITE_URL_SIZE, "Location: %s\r\n", to);
    s->pages[s->count++] = (struct site_page){path, 302, .headers = location};
}

static void sites_open(struct sites *s)
{
    s->outside = site_open(s->pages, s->count);
}

static void sites_close(struct sites *s)
{
    site_close(s->outside);
    site_close(s->inside);
}

/* A URL on a host of that name at the outer site's port. */
static const char *outside(const struct sites *s, const char *host, const char *path,
                           char out[SITE_URL_SIZE])
{
    snprintf(out, SITE_URL_SIZE, "http://%s:%u%s", host, site_port(s->outside), path);
    return out;
}

/* --- private addresses --- */

Test(inside, is_not_where_a_public_page_leads)
{
    static const char *const targets[] = {
        "http://127.0.0.1:{{PORT}}/",       "http://[::1]:{{PORT}}/",
        "http://0x7f.1:{{PORT}}/",          "http://2130706433:{{PORT}}/",
        "http://localhost:{{PORT}}/",       "http://private.test:{{PORT}}/",
        "http://[::ffff:7f00:1]:{{PORT}}/", "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1:{{PORT}}/",        "https://private.test:{{PORT}}/",
    };
    struct sites s;
    char paths[COUNT(targets)][8], seeds[COUNT(targets)][SITE_URL_SIZE];
    const char *args[COUNT(targets) + 1] = {0};
    struct result r;

    sites_init(&s);
    for (size_t i = 0; i < COUNT(targets); i++)
        sites_redirect(&s, (sprintf(paths[i], "/%zu", i), paths[i]), targets[i]);
    sites_open(&s);
    for (size_t i = 0; i < COUNT(targets); i++)
        args[i] = outside(&s, "public.test", paths[i], seeds[i]);
    crawling_run(s.outside, args, &r);
    expect_status(&r, 1);
    size_t refused = 0;
    for (const char *at = r.err; (at = strstr(at, INSIDE "\n")); at++)
        refused++;
    cr_expect_eq(refused, 8, "%s", r.err); /* 127.0.0.1 stands there three times */
    cr_expect_eq(site_accepted(s.inside), 0);
    result_free(&r);
    sites_close(&s);
}

Test(inside, is_asked_for_nothing_more_once_it_was_refused)
{
    struct sites s;
    char seeds[2][SITE_URL_SIZE];
    struct result r;

    sites_init(&s);
    sites_redirect(&s, "/a", "http://private.test:{{PORT}}/");
    sites_redirect(&s, "/b", "http://private.test:{{PORT}}/more");
    sites_open(&s);
    crawling_run(s.outside,
                 ARGS(outside(&s, "public.test", "/a", seeds[0]),
                      outside(&s, "public.test", "/b", seeds[1]), "-v"),
                 &r);
    expect_said(&r, "/" INSIDE);
    expect_said(&r, "/more" INSIDE);
    cr_expect_eq(site_accepted(s.inside), 0);
    result_free(&r);
    sites_close(&s);
}

Test(inside, is_not_where_a_robots_txt_leads)
{
    struct sites s;
    char seed[SITE_URL_SIZE];
    struct result r;

    sites_init(&s);
    sites_redirect(&s, "/robots.txt", "http://private.test:{{PORT}}/");
    sites_open(&s);
    crawling_run(s.outside, ARGS(outside(&s, "public.test", "/", seed)), &r);
    expect_status(&r, 1);
    expect_said(&r, "/" INSIDE);
    cr_expect_eq(site_accepted(s.inside), 0);
    cr_expect_eq(site_hits(s.outside, "/"), 0);
    result_free(&r);
    sites_close(&s);
}

/* Each crawl begins at the redirect of a host, and either gets inside or not. */
Test(inside, is_open_where_a_seed_is_there_or_it_is_allowed)
{
    static const struct {
        const char *seed, *other, *target, *option;
        size_t hits;
    } table[] = {
        {"public.test", NULL, "http://127.0.0.1:{{PORT}}/", "-v", 0},
        {"public.test", NULL, "http://127.0.0.1:{{PORT}}/", "--allow-private", 1},
        {"public.test", NULL, "http://private.test:{{PORT}}/", "--allow-private", 1},
        {"127.0.0.1", NULL, "http://127.0.0.1:{{PORT}}/", "-v", 1},
        {"127.0.0.1", NULL, "http://private.test:{{PORT}}/", "-v", 1},
        {"private.test", NULL, "http://127.0.0.1:{{PORT}}/", "-v", 1},
        {"localhost", NULL, "http://127.0.0.1:{{PORT}}/", "--ignore-robots", 1},
        {"public.test", "127.0.0.1", "http://private.test:{{PORT}}/", "-v", 1},
        {"public.test", "www.public.test", "http://private.test:{{PORT}}/", "-v", 0},
        {"rebound.test", NULL, "http://rebound.test:{{PORT}}/", "-v", 0},
        {"rebound.test", NULL, "https://rebound.test:{{PORT}}/", "-v", 0},
        {"public.test", NULL, "http://mixed.test:{{PORT}}/", "-v", 1},
        {"public.test", NULL, "http://failing.test:{{PORT}}/", "-v", 0},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct sites s;
        char seed[SITE_URL_SIZE], other[SITE_URL_SIZE];
        struct result r;
        sites_init(&s);
        sites_redirect(&s, "/", table[i].target);
        sites_open(&s);
        outside(&s, table[i].seed, "/", seed);
        outside(&s, table[i].other ? table[i].other : table[i].seed, "/", other);
        crawling_run(s.outside, ARGS(seed, other, table[i].option), &r);
        cr_expect_eq(site_hits(s.inside, "/"), table[i].hits, "row %zu: %s", i, r.err);
        cr_expect_eq(strstr(r.err, INSIDE) != NULL, table[i].hits == 0, "row %zu: %s", i, r.err);
        cr_expect_eq(site_accepted(s.inside) > 0, table[i].hits > 0, "row %zu", i);
        result_free(&r);
        sites_close(&s);
    }
}

Test(inside, is_not_where_a_seed_leads_whose_first_address_is_public)
{
    struct sites s;
    struct result r;
    char seed[SITE_URL_SIZE];

    sites_init(&s);
    snprintf(seed, sizeof seed, "http://failing.test:%u/", site_port(s.inside));
    crawling_run(s.inside, ARGS(seed), &r);
    expect_status(&r, 1);
    expect_said(&r, "/" INSIDE);
    cr_expect_eq(site_accepted(s.inside), 0);
    result_free(&r);
    site_close(s.inside);
}

/* --- through a proxy, which the outer site plays --- */

Test(proxy, may_be_at_a_private_address_itself)
{
    static const struct site_page pages[] = {
        {"http://public.test/", 302, .headers = "Location: http://private.test/\r\n"},
        {"http://private.test/", 302, .headers = "Location: http://127.0.0.1/\r\n"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;

    crawling_run(s, ARGS("http://public.test/", "-x", "{{BASE}}"), &r);
    expect_said(&r, "http://127.0.0.1/" INSIDE);
    cr_expect_eq(site_hits(s, "http://private.test/"), 1);
    result_free(&r);
    site_close(s);
}

Test(proxy, that_does_not_stand_before_a_host_leaves_its_address_to_be_looked_at)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct sites s;
        struct result r;
        sites_init(&s);
        setenv(names[i], "public.example, .private.test", 1);
        sites_redirect(&s, "http://public.test/", "http://private.test:{{PORT}}/");
        sites_open(&s);
        crawling_run(s.outside, ARGS("http://public.test/", "-x", "{{BASE}}"), &r);
        expect_said(&r, "/" INSIDE);
        cr_expect_eq(site_accepted(s.inside), 0);
        unsetenv(names[i]);
        result_free(&r);
        sites_close(&s);
    }
}

/* --- secrets --- */

/* Whether all three were in the request for that path. */
static bool asked_with_secrets(struct site *s, const char *path)
{
    const char *head;

    for (size_t i = 0; (head = site_requests(s, i)); i++) {
        const char *target = head + strcspn(head, " ") + 1;
        if (strncmp(target, path, strlen(path)) == 0 && target[strlen(path)] == ' ')
            return strstr(head, "\r\nX-Secret: 1\r\n") &&
                   strstr(head, "\r\nCookie: k=secret\r\n") &&
                   strstr(head, "\r\nAuthorization: Basic ");
    }
    return false;
}

Test(secrets, stay_with_the_origins_of_seeds)
{
    static const char *const asked[] = {"/robots.txt", "/", "/here", "/name"};
    struct sites s;
    struct result r;

    sites_init(&s);
    sites_redirect(&s, "/robots.txt", "http://127.0.0.1:{{PORT}}/more"); /* another port */
    sites_redirect(&s, "/", "/here");
    sites_redirect(&s, "/here", "http://127.0.0.1:{{PORT}}/");
    sites_redirect(&s, "/name", "http://localhost:{{PORT}}/");
    sites_open(&s);
    crawling_run(
        s.outside,
        ARGS("{{BASE}}/", "{{BASE}}/name", "-H", "X-Secret: 1", "-u", "u:p", "-b", "k=secret"), &r);
    expect_status(&r, 0);
    for (size_t i = 0; i < COUNT(asked); i++)
        cr_expect(asked_with_secrets(s.outside, asked[i]), "%s", asked[i]);
    cr_expect_eq(site_hits(s.inside, "/"), 2);
    cr_expect_eq(site_hits(s.inside, "/more"), 1);
    cr_expect_eq(crawling_heads(s.inside, "Secret"), 0);
    cr_expect_eq(crawling_heads(s.inside, "secret"), 0);
    cr_expect_eq(crawling_heads(s.inside, "Authorization"), 0);
    result_free(&r);
    sites_close(&s);
}

/* --- cookies --- */

static const struct site_page jar_pages[] = {
    {"/", .headers = "Set-Cookie: visit=1\r\n", .body = "<a href=/second>"},
    {"/second", .body = "<p>"},
};

Test(cookies, are_sent_back_and_saved_where_there_is_a_jar)
{
    struct site *s = site_open(jar_pages, COUNT(jar_pages));
    char *folder = crawling_folder(), jar[SITE_URL_SIZE];
    struct result r;

    snprintf(jar, sizeof jar, "%s/jar", folder);
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
    cr_expect_eq(crawling_heads(s, "\r\nCookie:"), 0);
    result_free(&r);
    crawling_run(s, ARGS("{{BASE}}/", "-q", "-b", jar, "--cookie-jar", jar), &r);
    expect_status(&r, 0); /* there is none to read yet */
    cr_expect_eq(crawling_heads(s, "\r\nCookie: visit=1\r\n"), 1);
    result_free(&r);
    char *saved = crawling_read_file(folder, "jar");
    cr_expect(saved && strstr(saved, "\tvisit\t1\n"), "%s", saved);
    free(saved);
    crawling_run(s, ARGS("{{BASE}}/second", "-q", "-b", jar, "--ignore-robots"), &r);
    cr_expect_eq(crawling_heads(s, "\r\nCookie: visit=1\r\n"), 2, "read again");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(cookies, that_could_not_be_saved_are_told_of)
{
    static const struct {
        const char *jar, *said;
    } table[] = {
        {"/dev/full", "--cookie-jar /dev/full: No space left on device"},
        {"/nowhere/jar", "--cookie-jar /nowhere/jar: No such file or directory"},
        {"/tmp", "--cookie-jar /tmp: Is a directory"},
    };
    struct site *s = site_open(jar_pages, COUNT(jar_pages));

    for (size_t i = 0; i < COUNT(table); i++) {
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-q", "--cookie-jar", table[i].jar), &r);
        expect_status(&r, 3);
        expect_said(&r, table[i].said);
        result_free(&r);
    }
    site_close(s);
}
