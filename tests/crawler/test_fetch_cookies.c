/* Which cookies are sent, kept and saved. The site has as many names as --resolve gives it. */
#include "tests/crawler/fetching.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB 1024
#define HEAVY 40   /* pages with */
#define A_PAGE 50  /* cookies each, of */
#define BYTES 4000 /* bytes */

static char bomb[240 * KIB], giant[1024 * KIB + 64], heavy[HEAVY][A_PAGE * (BYTES + 64)];
static char paths[HEAVY][16];

static struct site_page pages[8 + HEAVY] = {
    {"/", .body = "<p>"},
    {"/set", .body = "<p>", .headers = "Set-Cookie: aa=1\r\nSet-Cookie: b=2; Max-Age=1000\r\n"},
    {"/unset", .body = "<p>", .headers = "Set-Cookie: aa=; Max-Age=0\r\n"},
    {"/bomb", .body = "<p>", .headers = bomb},
    {"/giant", .body = "<p>", .headers = giant},
};

static void write_headers(void)
{
    char *out = bomb;

    for (int i = 0; i < 10000; i++)
        out += sprintf(out, "Set-Cookie: c%d=v\r\n", i);
    out = stpcpy(giant, "Set-Cookie: g=");
    memset(out, 'x', 1024 * KIB);
    strcpy(out + 1024 * KIB, "\r\n");
    for (int page = 0; page < HEAVY; page++) {
        out = heavy[page];
        for (int i = 0; i < A_PAGE; i++) {
            out += sprintf(out, "Set-Cookie: %d-%d=", page, i);
            memset(out, 'x', BYTES);
            out = stpcpy(out + BYTES, "\r\n");
        }
        sprintf(paths[page], "/heavy%d", page);
        pages[8 + page] = (struct site_page){paths[page], .body = "<p>", .headers = heavy[page]};
    }
    for (size_t i = 5; i < 8; i++)
        pages[i] = (struct site_page){.path = "/none"};
}

TestSuite(cookies, .init = write_headers);

/* A fetcher of our own, with further options and names. */
static void reopen(struct stage *s, const char *const names[], size_t count)
{
    char text[128];

    fetch_deinit(&s->fetch);
    fetcher_close(s->fetcher);
    hosts_deinit(&s->hosts);
    hosts_init(&s->hosts);
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%s:%u:127.0.0.1", names[i], site_port(s->site));
        s->options.resolve = curl_slist_append(s->options.resolve, text);
    }
    cr_assert_eq(fetcher_open(&s->fetcher, loop_running(), &s->options), 0);
    fetch_init(&s->fetch, s->fetcher);
}

static void forget_lists(struct stage *s)
{
    curl_slist_free_all(s->options.resolve);
    curl_slist_free_all(s->options.cookie_files);
}

/* What was sent as Cookie in a request to that name; "" for nothing. Valid until the next call. */
static const char *sent(struct stage *s, const char *name, const char *path)
{
    static char value[16 * KIB];
    const char *head = NULL, *at;
    char url[SITE_URL_SIZE];

    snprintf(url, sizeof url, "http://%s:%u%s", name, site_port(s->site), path);
    cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
    cr_assert_eq(s->fetch.error, FETCH_OK, "%s: %s", url, s->fetch.message);
    for (size_t i = 0; site_requests(s->site, i); i++)
        head = site_requests(s->site, i);
    at = strstr(head, "\r\nCookie: ");
    value[0] = '\0';
    if (at)
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at + 10, "\r"), at + 10);
    return value;
}

static char *new_file(const char *text)
{
    char *path = strdup("/tmp/cookies-XXXXXX");
    int fd = mkstemp(path);

    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static char *read_file(const char *path, size_t *size)
{
    static char text[4096 * KIB];
    FILE *f = fopen(path, "r");

    cr_assert(f, "%s", path);
    *size = fread(text, 1, sizeof text - 1, f);
    text[*size] = '\0';
    fclose(f);
    return text;
}

static void remove_file(char *path)
{
    unlink(path);
    free(path);
}

/* --- sent --- */

FETCH_TEST(cookies, that_are_given_go_to_the_origins_of_seeds_alone, .cookies = "a=b; c=d")
{
    char url[SITE_URL_SIZE];

    snprintf(url, sizeof url, "http://127.0.0.1:%u/", site_port(s->site));
    host_of(s, url)->seed = true;
    for (int i = 0; i < 2; i++) {
        cr_expect_str_eq(sent(s, "127.0.0.1", "/set"), "a=b; c=d");
        cr_expect_str_eq(sent(s, "localhost", "/set"), "");
    }
}

FETCH_TEST(cookies, of_answers_are_not_kept_unasked)
{
    sent(s, "127.0.0.1", "/set");
    cr_expect_str_eq(sent(s, "127.0.0.1", "/"), "");
}

FETCH_TEST(cookies, of_answers_are_kept_where_they_are_to_be_saved, .cookie_jar = "/dev/null")
{
    struct fetch other;

    sent(s, "127.0.0.1", "/set");
    cr_expect_str_eq(sent(s, "127.0.0.1", "/"), "aa=1; b=2");
    cr_expect_str_eq(sent(s, "localhost", "/"), "");
    other = s->fetch;
    fetch_init(&s->fetch, s->fetcher);
    cr_expect_str_eq(sent(s, "127.0.0.1", "/"), "aa=1; b=2", "for all fetches");
    fetch_deinit(&other);
    sent(s, "127.0.0.1", "/unset");
    cr_expect_str_eq(sent(s, "127.0.0.1", "/"), "b=2");
}

FETCH_TEST(cookies, of_a_file_go_where_it_says)
{
    static const char *const names[] = {"a.example.org", "example.org", "example.net"};
    char *file = new_file("# Netscape HTTP Cookie File\n"
                          ".example.org\tTRUE\t/\tFALSE\t0\tall\t1\n"
                          "#HttpOnly_a.example.org\tFALSE\t/\tFALSE\t4000000000\tone\t2\n"
                          "a.example.org\tFALSE\t/set\tFALSE\t0\tbelow\t3\n"
                          "a.example.org\tFALSE\t/\tTRUE\t0\tsecure\t4\n"
                          "a.example.org\tFALSE\t/\tFALSE\t1\told\t5\n");

    s->options.cookie_files = curl_slist_append(NULL, file);
    reopen(s, names, COUNT(names));
    cr_expect_str_eq(sent(s, "a.example.org", "/"), "one=2; all=1");
    cr_expect_str_eq(sent(s, "example.org", "/"), "all=1");
    cr_expect_str_eq(sent(s, "example.net", "/"), "");
    cr_expect(strstr(sent(s, "a.example.org", "/set"), "below=3"));
    cr_expect(strstr(sent(s, "a.example.org", "/"), "aa=1"), "what an answer set is kept too");
    remove_file(file);
    forget_lists(s);
}

/* --- taken --- */

static struct site_page set_page = {"/taken", .body = "<p>"};

static void set_and_look(struct stage *s)
{
    static const char *const names[] = {"www.example.org", "a.www.example.org", "example.org",
                                        "other.org",       "www.example.co.uk", "other.co.uk"};
    static const struct {
        const char *from, *header, *to, *sent;
    } table[] = {
        {"www.example.org", "x=1", "www.example.org", "x=1"},
        {"www.example.org", "x=1", "a.www.example.org", ""},
        {"www.example.org", "x=1; Domain=www.example.org", "a.www.example.org", "x=1"},
        {"www.example.org", "x=1; Domain=.example.org", "example.org", "x=1"},
        {"www.example.org", "x=1; Domain=other.org", "other.org", ""},
        {"www.example.org", "x=1; Domain=a.www.example.org", "a.www.example.org", ""},
        {"www.example.org", "x=1; Domain=org", "other.org", ""},
        {"www.example.co.uk", "x=1; Domain=co.uk", "other.co.uk", ""},
        {"www.example.co.uk", "x=1; Domain=.co.uk", "www.example.co.uk", ""},
        {"www.example.org", "x=1; Secure", "www.example.org", ""},
        {"www.example.org", "__Host-x=1", "www.example.org", ""},
        {"www.example.org", "x=1; Path=/deep", "www.example.org", ""},
        {"www.example.org", "x=1\001y", "www.example.org", ""},
        {"www.example.org", "=1", "www.example.org", ""},
    };
    char header[128];

    for (size_t i = 0; i < COUNT(table); i++) {
        s->options.resolve = NULL;
        reopen(s, names, COUNT(names));
        snprintf(header, sizeof header, "Set-Cookie: %s\r\n", table[i].header);
        set_page.headers = header;
        sent(s, table[i].from, "/taken");
        cr_expect_str_eq(sent(s, table[i].to, "/"), table[i].sent, "row %zu: %s", i,
                         table[i].header);
        curl_slist_free_all(s->options.resolve);
    }
}

Test(cookies, are_taken_from_those_that_may_set_them, .timeout = 30)
{
    struct stage s = {.act = set_and_look, .options.cookie_jar = "/dev/null"};

    stage_play(&s, &set_page, 1);
}

/* --- bombs --- */

static size_t head_size(struct stage *s)
{
    const char *head = NULL;

    for (size_t i = 0; site_requests(s->site, i); i++)
        head = site_requests(s->site, i);
    return strlen(head);
}

FETCH_TEST(cookies, by_the_thousand_make_no_long_request, .cookie_jar = "/dev/null")
{
    cr_assert_eq(get(s, "/bomb", BODY_LINKS)->error, FETCH_OK, "%s", s->fetch.message);
    cr_assert_eq(get(s, "/giant", BODY_LINKS)->error, FETCH_TOO_LARGE, "%s", s->fetch.message);
    const char *cookies = sent(s, "127.0.0.1", "/");
    cr_expect(strstr(cookies, "c0=v"));
    cr_expect_null(strstr(cookies, "g="));
    cr_expect_lt(head_size(s), 1 * KIB);
    sent(s, "127.0.0.1", "/heavy0");
    cr_expect_gt(strlen(sent(s, "127.0.0.1", "/")), 4 * KIB);
    cr_expect_leq(head_size(s), 8 * KIB + 128);
}

FETCH_TEST(cookies, of_a_site_never_fill_the_jar)
{
    static const char *const names[] = {"a.example.org", "b.example.org", "other.org"};
    char *jar = new_file("");
    size_t size;

    s->options.cookie_jar = jar;
    reopen(s, names, COUNT(names));
    sent(s, "other.org", "/set");
    for (int i = 0; i < HEAVY; i++)
        sent(s, names[i % 2], paths[i]);
    cr_expect_str_eq(sent(s, "other.org", "/"), "aa=1; b=2");
    cr_assert_eq(fetcher_save_cookies(s->fetcher), 0);
    read_file(jar, &size);
    cr_expect_lt(size, 1024 * KIB, "%zu of %d", size, HEAVY * A_PAGE * BYTES);
    remove_file(jar);
    forget_lists(s);
}

/* --- saved --- */

FETCH_TEST(cookies, are_saved_as_curl_saves_them)
{
    char *jar = new_file("what was there before");
    size_t size;
    struct stat st;

    chmod(jar, 0640);
    s->options.cookie_jar = jar;
    reopen(s, NULL, 0);
    sent(s, "127.0.0.1", "/set");
    cr_assert_eq(fetcher_save_cookies(s->fetcher), 0);
    const char *text = read_file(jar, &size);
    cr_expect_eq(strncmp(text, "# Netscape HTTP Cookie File\n", 28), 0, "%s", text);
    cr_expect(strstr(text, "127.0.0.1\tFALSE\t/\tFALSE\t0\taa\t1\n"), "%s", text);
    cr_expect_eq(stat(jar, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0640);

    s->options.cookie_files = curl_slist_append(NULL, jar);
    reopen(s, NULL, 0);
    cr_expect_str_eq(sent(s, "127.0.0.1", "/"), "aa=1; b=2", "read again");
    remove_file(jar);
    forget_lists(s);
}

FETCH_TEST(cookies, that_cannot_be_saved_are_an_error)
{
    static const struct {
        const char *path;
        int error;
    } table[] = {
        {"/tmp/no/such/folder", -ENOENT},
        {"/tmp", -EISDIR},
        {"/dev/full", -ENOSPC},
        {"", -ENOENT},
        {NULL, 0},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        s->options.cookie_jar = table[i].path;
        reopen(s, NULL, 0);
        sent(s, "127.0.0.1", "/set");
        int error = fetcher_save_cookies(s->fetcher);
        cr_expect_eq(error, table[i].error, "%s: %s", table[i].path, strerror(-error));
    }
}

FETCH_TEST(cookies, are_nobody_elses_business)
{
    char *jar = new_file("");
    struct stat st;

    unlink(jar);
    s->options.cookie_jar = jar;
    reopen(s, NULL, 0);
    cr_assert_eq(fetcher_save_cookies(s->fetcher), 0);
    cr_assert_eq(stat(jar, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    remove_file(jar);
}
