/* cmd/report_page.c and its parts: what they are told stands on the page, and what comes from the
 * network stays text. How the page looks and loads is tests/cmd/chromium's. */
#include "tests/cmd/reporting.h"

/* --- figures --- */

static void tell_of_each_kind(struct told *t)
{
    visited(t, "http://h/", &(struct fetch){.status = 200, .taken = 1000}, 0, "Home", NULL);
    visit(t, 200, "http://h/a");
    visit(t, 404, "http://h/b");
    visit(t, 503, "http://h/c");
    visited(t, "http://h/d", &(struct fetch){.error = FETCH_TIMEOUT}, 1, NULL, NULL);
    visited(t, "http://h/e", &(struct fetch){.status = 301}, 17, NULL, "/f?'a'&b");
    visited(t, "http://elsewhere/x", &(struct fetch){.status = 200}, 2, NULL, NULL);
    linked(t, "http://h/a", "http://h/b", 7);
    refused(t, VERDICT_SCOPE, "http://other/", NULL);
}

Test(report_page, counts_what_came)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "<dt>pages</dt><dd>7</dd>");
    expect_has(html, "<dt>broken</dt><dd>3</dd>");
    expect_has(html, "<dt>redirect</dt><dd>1</dd>");
    expect_has(html, "<dt>of content</dt><dd>4.00 KB</dd>");
    expect_has(html, "Not Found");
    expect_has(html, "Service Unavailable");
    expect_has(html, "<b class=\"k f\">○ timeout</b>");
    free(html);
}

static void tell_of_half_an_answer(struct told *t)
{
    visited(t, "http://h/", &(struct fetch){.status = 200, .error = FETCH_RESET}, 0, NULL, NULL);
}

Test(report_page, calls_half_an_answer_failed)
{
    char *html = page_of(tell_of_half_an_answer);

    expect_has(html, "<b class=\"k f\">○ failed</b> 1 ");
    expect_not(html, "✕");
    free(html);
}

Test(report_page, is_well_formed)
{
    char *html = page_of(tell_of_each_kind);

    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

Test(report_page, needs_neither_scripts_nor_the_network)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:;");
    expect_not(html, "<script");
    expect_not(html, "src=");
    expect_not(html, "url(");
    expect_not(html, "@import");
    cr_expect_eq(count(html, "<link "), 1);
    expect_has(html, "<link rel=\"icon\" href=\"data:");
    free(html);
}

static void tell_nothing(struct told *t)
{
    (void)t;
}

Test(report_page, of_a_crawl_without_pages_is_a_page_too)
{
    char *html = page_of(tell_nothing);

    expect_has(html, "<dt>pages</dt><dd>0</dd>");
    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

static void tell_at_once(struct told *t)
{
    for (int i = 0; i < 3; i++) {
        now = NS_PER_S;
        visited(t, "http://h/", &(struct fetch){.status = 200, .started = 1}, 0, NULL, NULL);
    }
}

Test(report_page, of_a_crawl_that_took_no_time_has_numbers)
{
    char *html = page_of(tell_at_once);

    expect_not(html, "nan ");
    expect_not(html, "inf ");
    expect_not(html, "nan%");
    free(html);
}

Test(report_page, puts_depths_beyond_the_chart_together)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "<th scope=\"row\">0–1</th>");
    expect_has(html, "<th scope=\"row\">16–17</th>");
    free(html);
}

/* --- text from the network --- */

static void tell_of_markup(struct told *t)
{
    visit_titled(t, "http://h/\"><script>alert(3)</script>?a='b'&c=<i>",
                 "</title><script>alert(1)</script><img src=x onerror=alert(2)>");
    visit(t, 404, "http://h/\"><script>4</script>");
    visited(t, "http://h/to", &(struct fetch){.status = 302}, 1, NULL, "/'onclick='alert(5)");
    linked(t, "http://h/'\"><script>6</script>", "http://h/\"><script>4</script>", 1);
    refused(t, VERDICT_TRAP, "http://h/<img>", "why <b>not</b>");
}

Test(report_page, leaves_markup_from_the_network_as_text)
{
    char *html = page_of(tell_of_markup);

    expect_not(html, "<script");
    expect_not(html, "<img");
    expect_not(html, "<i>");
    expect_not(html, "\"\">");
    expect_has(html, "&lt;/title&gt;&lt;script&gt;alert(1)");
    expect_has(html, "why &lt;b&gt;not&lt;/b&gt;");
    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

static void tell_of_letters(struct told *t)
{
    visit(t, 200, "http://h/%E4%B8%AD%2F%C3%A9");
    visit(t, 200, "http://h/rlo%E2%80%AEgpj.exe");
    visit(t, 200, "http://h/latin%E9%20x");
    visit(t, 200, "http://h/cut%E4%B8");
    visit_titled(t, "http://h/t", "left\u202eright");
}

Test(report_page, shows_letters_instead_of_their_escapes_and_nothing_that_misleads)
{
    char *html = page_of(tell_of_letters);

    expect_has(html, "href=\"http://h/%E4%B8%AD%2F%C3%A9\">中%2Fé</a>");
    expect_has(html, ">rlo%E2%80%AEgpj.exe</a>");
    expect_has(html, ">latin%E9%20x</a>");
    expect_has(html, ">cut%E4%B8</a>");
    expect_has(html, "left\ufffdright");
    free(html);
}

static void tell_of_length(struct told *t)
{
    static char url[4000] = "http://h/", title[4000];

    memset(url + 9, 'u', sizeof url - 10);
    memset(title, 't', sizeof title - 1);
    visit_titled(t, url, title);
    url[1500] = '\0';
    visit_titled(
        t, url,
        "中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中"
        "中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中"
        "中");
}

Test(report_page, cuts_what_is_very_long)
{
    char *html = page_of(tell_of_length);

    cr_expect_lt(strlen(html), 40000);
    expect_has(html, "uuu…");
    expect_not(html, "\ufffd");
    free(html);
}

/* --- lists --- */

static void tell_of_times(struct told *t)
{
    for (int i = 1; i <= 30; i++) {
        char url[40];
        snprintf(url, sizeof url, "http://h/%d", 31 - i); /* the last ones are the least */
        visited(
            t, url,
            &(struct fetch){.status = 200, .started = i * NS_PER_S, .taken = 3000u * (unsigned)i},
            1, NULL, NULL);
    }
}

Test(report_page, lists_the_slowest_and_the_largest_pages_first)
{
    char *html = page_of(tell_of_times);
    const char *slowest = strstr(html, "<section id=\"slowest\">");
    const char *largest = strstr(html, "<section id=\"largest\">");

    cr_assert(slowest && largest);
    cr_expect_lt(strstr(slowest, ">30.0 s<"), strstr(slowest, ">29.0 s<"));
    cr_expect_lt(strstr(largest, ">90.0 KB<"), strstr(largest, ">87.0 KB<"));
    cr_expect_not_null(strstr(slowest, ">11.0 s<"), "the 20th is not listed");
    cr_expect_null(strstr(slowest, ">10.0 s<"), "the 21st is listed");
    cr_expect_not_null(strstr(largest, ">33.0 KB<"), "the 20th is not listed");
    cr_expect_null(strstr(largest, ">30.0 KB<"), "the 21st is listed");
    free(html);
}

static void tell_of_broken(struct told *t)
{
    char from[40];

    visit(t, 404, "http://h/seldom");
    visit(t, 404, "http://h/often");
    visit(t, 404, "http://h/never");
    for (int i = 0; i < 25; i++) {
        snprintf(from, sizeof from, "http://h/from%d", i);
        linked(t, from, "http://h/often", 1);
    }
    for (uint32_t line = 11; line < 14; line++)
        linked(t, "http://h/page", "http://h/seldom", line);
}

Test(report_page, lists_what_is_broken_with_the_pages_that_link_to_it)
{
    char *html = page_of(tell_of_broken);
    const char *often = find(html, BROKEN, ">/often</a>"),
               *seldom = find(html, BROKEN, ">/seldom</a>"),
               *never = find(html, BROKEN, ">/never</a>");

    cr_assert(often && seldom && never);
    cr_expect(often < seldom && seldom < never, "not by the number of links");
    cr_expect_lt(strstr(often, ">/from19</a>"), seldom);
    cr_expect_null(strstr(often, ">/from20</a>"));
    cr_expect_lt(strstr(often, "and 5 more links"), seldom);
    cr_expect_not_null(strstr(seldom, ">/page</a> <span class=\"dim\">line 11</span> "
                                      "<span class=\"dim\">3 links</span>"));
    cr_expect_not_null(strstr(never, "no link"));
    free(html);
}

static void tell_of_many_broken(struct told *t)
{
    char url[40];

    for (int i = 0; i < 2000; i++) {
        snprintf(url, sizeof url, "http://h/%d", i);
        visit(t, 404, url);
        linked(t, "http://h/", url, 0);
        linked(t, i % 2 ? "http://h/odd" : "http://h/even", url, 0);
    }
}

Test(report_page, knows_the_links_to_each_of_many)
{
    char *html = page_of(tell_of_many_broken);
    const char *site = strstr(html, SITE);

    expect_has(html, "<dt>broken</dt><dd>2,000</dd>");
    expect_has(html, "<li class=\"more\">and 1,700 more</li>");
    cr_expect_eq(count(html, ">2 links<"), 300);
    cr_expect_lt(strstr(html, ">/even</a>"), site);
    free(html);
}

static void tell_of_refusals(struct told *t)
{
    char url[40];

    for (int i = 0; i < 12; i++) {
        snprintf(url, sizeof url, "http://other%d/", i);
        refused(t, VERDICT_SCOPE, url, NULL);
    }
    refused(t, VERDICT_TRAP, "http://h/again/again/", "a reason of its own");
}

Test(report_page, counts_what_was_refused_by_reason_with_examples)
{
    char *html = page_of(tell_of_refusals);
    const char *scope = find(html, REFUSED, "<b>scope</b>"),
               *trap = find(html, REFUSED, "<b>trap</b>");

    cr_assert(scope && trap);
    cr_expect_lt(strstr(scope, ">12</span>"), trap);
    cr_expect_not_null(strstr(scope, ">http://other7/</a>"));
    cr_expect_null(strstr(scope, ">http://other8/</a>"));
    cr_expect_not_null(strstr(scope, "and 4 more"));
    cr_expect_not_null(strstr(trap, "a reason of its own"));
    cr_expect_not_null(strstr(trap, ">/from</a>"));
    free(html);
}

Test(report_page, says_where_redirects_lead)
{
    char *html = page_of(tell_of_each_kind);

    cr_expect_not_null(find(html, "<section id=\"redirects\">",
                            "href=\"http://h/f?%27a%27&amp;b\">/f?%27a%27&amp;b</a>"));
    free(html);
}
