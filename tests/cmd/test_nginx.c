/* Crawls of nginx, configured by nginx.conf as real sites are: TLS, HTTP/2, redirects, limits. Run
 * by tests/nginx: the servers live as long as this program, and are the same for all tests. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

#define TLS "https://127.0.0.1:$PORT_TLS"
#define TRUST "--cacert \"$NGINX/certificate.pem\" "
#define LINKS 60 /* of the page whose server has limits */

/* Runs a shell command in $NGINX: "skitter" is the program, and "paths" prints a file of URLs,
 * sorted and without their origins, on one line. */
static void run(const char *command, struct result *r)
{
    static const char functions[] =
        "skitter() { \"$SKITTER\" \"$@\"; }; "
        "paths() { sed 's,^[a-z]*://[^/]*,,' $1 | LC_ALL=C sort | tr '\\n' ' '; }";
    char *script;
    if (asprintf(&script, "cd \"$NGINX\"; %s; %s", functions, command) < 0)
        abort();
    crawling_run_shell(NULL, script, r);
    free(script);
}

/* What a command prints, without the space at its end. That there are no errors, the lines of which
 * would begin with a URL, and at most libasan has something to say. */
static char *output(const char *command)
{
    struct result r;
    run(command, &r);
    cr_expect_eq(r.status, 0, "%s: status %d: %s", command, r.status, r.err);
    cr_expect(strncmp(r.err, "http", 4) != 0 && !strstr(r.err, "\nhttp"), "%s: %s", command, r.err);
    char *text = strdup(r.out);
    for (size_t n = strlen(text); n > 0 && strchr(" \n", text[n - 1]); n--)
        text[n - 1] = '\0';
    result_free(&r);
    return text;
}

/* The URLs that a crawl prints, sorted, with a space between, without their origins. */
static char *crawl(const char *args)
{
    char *command;
    if (asprintf(&command, "skitter %s >found && paths found", args) < 0)
        abort();
    char *found = output(command);
    free(command);
    return found;
}

/* The number that a command prints, e.g. of what is in a server's log. nginx does one thing at a
 * time: once it has answered, the log holds all that was asked before. */
static unsigned long number(const char *command)
{
    char *script;
    if (asprintf(&script, "skitter -l0 --ignore-robots ${SITE}nginx_status >found; %s", command) <
        0)
        abort();
    char *text = output(script);
    unsigned long n = strtoul(text, NULL, 10);
    free(text);
    free(script);
    return n;
}

static void expect_number(const char *command, unsigned long expected)
{
    unsigned long got = number(command);
    cr_expect_eq(got, expected, "%s: %lu, not %lu", command, got, expected);
}

/* The targets that a server answered with 200. */
#define ANSWERED(log) "grep '^200 ' " log " | cut -d ' ' -f 5 | sort -u | wc -l"

/* What is on the site, as far as plain HTTP shows it: asked once for all tests. */
static char *everything(void)
{
    char *paths = output("[ -f plain ] || skitter $SITE >plain; paths plain");
    cr_assert_gt(strlen(paths), 500 * strlen("/a.html "));
    return paths;
}

/* That a crawl finds everything, and before it that prefix: a seed that sent it there. */
static void expect_everything(const char *args, const char *prefix)
{
    char *got = crawl(args), *want = everything();
    size_t skip = strlen(prefix);
    cr_expect(strncmp(got, prefix, skip) == 0 && strcmp(got + skip, want) == 0, "%s: %s", args,
              got);
    free(got);
    free(want);
}

/* The logs begin anew. The folder is the one of tests/nginx, which removes it. */
static void begin(void)
{
    static const char script[] =
        "for log in *.log; do : >$log; done; echo 'user:{PLAIN}secret' >passwords; mkdir -p pages; "
        "i=0; while [ $((i += 1)) -lt 60 ]; do echo \"<a href='?$i'>\"; done >pages/links.html";
    free(output(script));
}
TestSuite(nginx, .init = begin);

/* --- TLS --- */

Test(nginx, gives_in_http_2_over_few_connections_what_it_gives_without_tls)
{
    expect_everything(TRUST TLS "/", "");
    cr_expect_gt(number("grep -c ' HTTP/2.0' tls.log"), 500);
    expect_number("grep -vc ' HTTP/2.0' tls.log || :", 0);
    cr_expect_leq(number("cut -d ' ' -f 3 tls.log | sort -u | wc -l"), 2);
}

Test(nginx, has_a_certificate_that_nobody_signed_and_is_refused_by_name)
{
    struct result r;
    run("skitter " TLS "/", &r);
    expect_status(&r, 1);
    expect_said(&r, "certificate");
    expect_number("wc -l <tls.log", 0);
    result_free(&r);
}

Test(nginx, has_a_certificate_for_another_host_and_is_refused_by_name)
{
    struct result r;
    run("skitter " TRUST "--resolve other.test:$PORT_TLS:127.0.0.1 https://other.test:$PORT_TLS/",
        &r);
    expect_status(&r, 1);
    expect_said(&r, "other.test");
    expect_number("wc -l <tls.log", 0);
    result_free(&r);
}

Test(nginx, has_a_certificate_that_insecure_does_not_look_at)
{
    expect_text(crawl("-k -l0 " TLS "/"), "/", "found");
    expect_text(crawl("-k -l0 https://localhost:$PORT_TLS/"), "/", "found");
}

/* --- HTTP/2 --- */

Test(nginx, gives_the_same_in_http_1_1)
{
    expect_everything("--http1.1 " TRUST TLS "/", "");
    cr_expect_gt(number("grep -c ' HTTP/1.1' tls.log"), 500);
    expect_number("grep -c ' HTTP/2.0' tls.log || :", 0);
    cr_expect_leq(number("cut -d ' ' -f 3 tls.log | sort -u | wc -l"), 8);
}

Test(nginx, ends_http_2_connections_often_and_everything_is_found)
{
    expect_everything(TRUST "--retry 3 https://127.0.0.1:$PORT_WEARY/", "");
    expect_number("grep -vc ' HTTP/2.0' weary.log || :", 0);
    expect_number(ANSWERED("weary.log"), number("grep -c ^http plain") - 1);
    cr_expect_geq(number("cut -d ' ' -f 3 weary.log | sort -u | wc -l"), 53);
}

/* What is asked after the last request of a connection is refused unread (RFC 9113, 6.8), and is to
 * be asked again at once, on another. */
Test(nginx, ends_http_2_connections_and_no_try_is_lost)
{
    expect_everything(TRUST "--retry 0 https://127.0.0.1:$PORT_TIRED/", "");
    expect_number(ANSWERED("tired.log"), number("grep -c ^http plain") - 1);
}

/* It allows 128 on one connection, libcurl 100. */
Test(nginx, gives_hundreds_of_streams_at_once_over_few_connections)
{
    expect_everything(TRUST "-c 256 " TLS "/", "");
    cr_expect_leq(number("cut -d ' ' -f 3 tls.log | sort -u | wc -l"), 6);
}

/* nginx counts each stream as a connection. */
Test(nginx, is_not_asked_for_more_streams_at_once_than_per_host)
{
    free(output("skitter " TRUST "--per-host 4 --retry 0 https://127.0.0.1:$PORT_CROWD/ >found"));
    expect_number(ANSWERED("crowd.log"), LINKS);
    expect_number("grep -c '^503 ' crowd.log || :", 0);
}

Test(nginx, refuses_more_streams_at_once)
{
    struct result r;
    run("skitter " TRUST "--per-host 16 --retry 0 https://127.0.0.1:$PORT_CROWD/", &r);
    result_free(&r);
    cr_expect_gt(number("grep -c '^503 ' crowd.log || :"), 0);
}

/* --- redirects --- */

Test(nginx, has_moved_to_https_where_everything_is_found)
{
    expect_everything(TRUST "http://127.0.0.1:$PORT_MOVED/", "/ ");
    expect_number("grep -vc robots.txt moved.log", 1);
}

Test(nginx, gets_the_credentials_after_it_has_moved_to_https)
{
    expect_text(output("skitter -l0 " TRUST "-u user:secret http://127.0.0.1:$PORT_MOVED/locked "
                       ">found; grep '^200 .* user /locked$' tls.log | wc -l"),
                "1", "answered");
}

Test(nginx, refuses_other_credentials)
{
    struct result r;
    run("skitter -l0 " TRUST "-u user:other http://127.0.0.1:$PORT_MOVED/locked", &r);
    expect_status(&r, 1);
    expect_number("grep -c '^401 .* user /locked$' tls.log || :", 1);
    result_free(&r);
}

Test(nginx, does_not_get_the_credentials_of_another_origin)
{
    static const char *const seeds[] = {"", "name"};
    for (size_t i = 0; i < COUNT(seeds); i++) {
        char command[200];
        snprintf(command, sizeof command,
                 "skitter -u user:secret http://127.0.0.1:$PORT_ELSEWHERE/%s", seeds[i]);
        free(output(command));
    }
    expect_number("grep -c ' user ' elsewhere.log", 4);
    expect_number("grep -c '^200 .* - /strange$' strange.log", 2);
    expect_number("grep -c ' user ' strange.log || :", 0);
}

/* A page that is no seed may send anywhere: an open redirect. */
Test(nginx, gets_no_credentials_where_a_page_sends_to_https)
{
    free(output("skitter --scope any " TRUST
                "-u user:secret http://127.0.0.1:$PORT_ELSEWHERE/link >found"));
    expect_number("grep -c ' user ' elsewhere.log", 3);
    expect_number("grep -c '^200 .* /strange$' strange.log", 1);
    expect_number("grep -c ' user ' strange.log || :", 0);
}

Test(nginx, redirects_www_to_the_name_without_it_and_everything_is_found)
{
    expect_everything("--resolve www.site.test:$PORT_NAMES:127.0.0.1 --resolve "
                      "site.test:$PORT_NAMES:127.0.0.1 http://www.site.test:$PORT_NAMES/",
                      "/ ");
}

Test(nginx, redirects_a_folder_to_itself_with_a_slash_and_lists_it)
{
    free(crawl("-l1 http://127.0.0.1:$PORT_PACKED/_images"));
    expect_number("grep -c '^301 .* /_images$' packed.log", 1);
    expect_number("grep -c '^200 .* /_images/.' packed.log", number("ls site/_images | wc -l"));
}

/* --- bodies and connections --- */

Test(nginx, packs_its_pages_and_ends_connections_often)
{
    expect_everything("http://127.0.0.1:$PORT_PACKED/", "");
    cr_expect_geq(number("cut -d ' ' -f 3 packed.log | sort -u | wc -l"), 53);
}

/* Over HTTP/2 silence is the end of a stream. */
Test(nginx, answers_strangely_and_the_crawl_goes_on)
{
    static const char *const seeds[] = {"http://127.0.0.1:$PORT_STRANGE/",
                                        "https://127.0.0.1:$PORT_STRANGE_TLS/"};
    for (size_t i = 0; i < COUNT(seeds); i++) {
        char command[200];
        struct result r;
        snprintf(command, sizeof command, "skitter --retry 1 " TRUST "%s >found; paths found",
                 seeds[i]);
        run(command, &r);
        cr_expect_str_eq(r.out, "/ /Case /after-huge /broken /case /chain/0 /chain/1 /chain/2 "
                                "/chain/3 /chain/end /end /huge /silent ");
        expect_said(&r, "/silent: ");
        expect_said(&r, "7 2xx, 4 3xx, 1 5xx, 1 ");
        result_free(&r);
    }
}

/* --- limits --- */

Test(nginx, says_when_it_may_be_asked_again_and_every_page_is_fetched)
{
    free(output("skitter http://127.0.0.1:$PORT_TOLD/ >found"));
    expect_number(ANSWERED("told.log"), LINKS);
    cr_expect_lt(number("grep -c '^429 ' told.log"), LINKS / 2);
    cr_expect_gt(number("grep -c '^429 ' told.log"), 0);
}

/* It does not say when. Where all pages are asked for at full speed, each three times, most of them
 * are lost; the crawl has to get slower. */
Test(nginx, limits_the_rate_and_is_not_asked_ever_faster)
{
    free(output("skitter http://127.0.0.1:$PORT_LIMITED/ >found"));
    expect_number(ANSWERED("limited.log"), LINKS);
    cr_expect_gt(number("grep -c '^429 ' limited.log"), 0);
    cr_expect_lt(number("tail -n 30 limited.log | grep -c '^429 ' || :"), 10);
}

/* Over 4 streams at once it answers 503. */
Test(nginx, limits_the_streams_and_every_page_is_fetched)
{
    free(output("skitter " TRUST "--per-host 8 https://127.0.0.1:$PORT_CROWD/ >found"));
    expect_number(ANSWERED("crowd.log"), LINKS);
    cr_expect_lt(number("grep -c '^503 ' crowd.log"), LINKS);
}
