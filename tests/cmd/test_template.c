/* cmd/template.c: --write-out, with curl's names and the record's own. */
#include "cmd/template.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void expect_of(const struct record *r, const char *template, const char *want, size_t length)
{
    char wrong[TEMPLATE_WRONG];
    struct text out = {0};
    struct template *t = template_new(template, r->type, wrong);
    cr_assert(t, "%s: %s", template, wrong);
    template_add(&out, t, r);
    cr_expect_eq(out.length, length, "%s: %zu bytes", template, out.length);
    cr_expect_eq(memcmp(out.data ? out.data : "", want, length), 0, "%s: %.*s", template,
                 (int)out.length, out.data);
    text_deinit(&out);
    template_free(t);
}

static void expect(const struct record *r, const char *template, const char *want)
{
    expect_of(r, template, want, strlen(want));
}

static void expect_refused(enum record_type type, const char *template, const char *want)
{
    char wrong[TEMPLATE_WRONG];
    struct template *t = template_new(template, type, wrong);
    cr_expect_null(t, "%s", template);
    cr_expect(strncmp(wrong, want, strlen(want)) == 0, "%s: %s", template, wrong);
    template_free(t);
}

static struct record answered(void)
{
    struct record r;
    record_begin(&r, RECORD_PAGE);
    record_set_text(&r, FIELD_URL, "https://h/a%20b");
    record_set_number(&r, FIELD_STATUS, 301);
    record_set_text(&r, FIELD_REDIRECT, "http://h/");
    record_set_text(&r, FIELD_CONTENT_TYPE, "text/html");
    record_set_number(&r, FIELD_SIZE, 1234);
    record_set_text(&r, FIELD_TITLE, "a\x1b\"");
    record_set_text(&r, FIELD_IP, "::1");
    record_set_text(&r, FIELD_HTTP, "1.1");
    record_set_number(&r, FIELD_TRUNCATED, 1);
    record_set_number(&r, FIELD_TIME_START, INT64_C(1763752676000000000));
    record_set_number(&r, FIELD_TIME_DNS, 1000000);
    record_set_number(&r, FIELD_TIME_CONNECT, 2000000);
    record_set_number(&r, FIELD_TIME_TLS, 3000000);
    record_set_number(&r, FIELD_TIME_FIRST_BYTE, 4000000);
    record_set_number(&r, FIELD_TIME_TOTAL, 5000000);
    return r;
}

static struct record failed(void)
{
    struct record r;
    record_begin(&r, RECORD_PAGE);
    record_set_text(&r, FIELD_URL, "http://h/");
    record_set_text(&r, FIELD_ERROR, "connect");
    record_set_text(&r, FIELD_MESSAGE, "Connection refused");
    return r;
}

Test(template, curls_names_are_written_as_curl_does)
{
    static const struct {
        const char *name, *answered, *failed;
    } rows[] = {
        {"%{http_code}", "301", "000"},
        {"%{response_code}", "301", "000"},
        {"%{url}", "https://h/a%20b", "http://h/"},
        {"%{url_effective}", "https://h/a%20b", "http://h/"},
        {"%{redirect_url}", "http://h/", ""},
        {"%{content_type}", "text/html", ""},
        {"%{size_download}", "1234", "0"},
        {"%{time_namelookup}", "0.001000", "0.000000"},
        {"%{time_connect}", "0.002000", "0.000000"},
        {"%{time_appconnect}", "0.003000", "0.000000"},
        {"%{time_starttransfer}", "0.004000", "0.000000"},
        {"%{time_total}", "0.005000", "0.000000"},
        {"%{remote_ip}", "::1", ""},
        {"%{http_version}", "1.1", "0"},
        {"%{scheme}", "https", "http"},
        {"%{errormsg}", "", "Connection refused"},
        {"%{HTTP_Code}", "301", "000"},
    };
    struct record a = answered(), f = failed();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(&a, rows[i].name, rows[i].answered);
        expect(&f, rows[i].name, rows[i].failed);
    }
}

Test(template, our_names_are_nothing_where_nothing_is_known)
{
    static const struct {
        const char *name, *answered, *failed;
    } rows[] = {{"%{status}", "301", ""},
                {"%{size}", "1234", ""},
                {"%{time.dns}", "0.001000", ""},
                {"%{time_dns}", "0.001000", ""},
                {"%{time.total}", "0.005000", ""},
                {"%{time_start}", "1763752676.000000", ""},
                {"%{http}", "1.1", ""},
                {"%{error}", "", "connect"},
                {"%{truncated}", "true", ""},
                {"%{ip}", "::1", ""},
                {"%{time.connect}", "0.002000", ""}};
    struct record a = answered(), f = failed();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(&a, rows[i].name, rows[i].answered);
        expect(&f, rows[i].name, rows[i].failed);
    }
}

Test(template, every_field_of_a_type_has_its_name)
{
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++) {
        for (enum field f = 0; f < FIELD_COUNT; f++) {
            char text[64], wrong[TEMPLATE_WRONG];
            snprintf(text, sizeof text, "%%{%s}", record_field_name(f));
            struct template *t = template_new(text, type, wrong);
            cr_expect_eq(t != NULL, record_type_has(type, f), "%s of %s", text,
                         record_type_name(type));
            template_free(t);
        }
    }
}

Test(template, json_is_the_whole_record)
{
    struct record f = failed();
    expect(&f, "[%{json}]",
           "[{\"v\":1,\"type\":\"page\",\"url\":\"http://h/\",\"error\":\"connect\","
           "\"message\":\"Connection refused\"}]");
}

Test(template, what_comes_from_outside_steers_no_terminal)
{
    struct record a = answered();
    expect(&a, "%{title}", "a\xef\xbf\xbd\"");
}

Test(template, text_between_names_stays_but_for_escapes)
{
    static const struct {
        const char *template, *want;
    } rows[] = {
        {"", ""},
        {"a b", "a b"},
        {"\\n\\t\\r\\\\", "\n\t\r\\"},
        {"\\\\n", "\\n"},
        {"\\x\\", "\\x\\"},
        {"100%% %", "100% %"},
        {"%a%%{status}", "%a%{status}"},
        {"%%%{status}", "%301"},
        {"{status}", "{status}"},
        {"<%{status}>%{status}\n", "<301>301\n"},
        {"\\%{status}", "\\301"},
        {"\xff\x1b", "\xff\x1b"}, /* the user's own */
    };
    struct record a = answered();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(&a, rows[i].template, rows[i].want);
    expect_of(&a, "a\\0%{status}\\0",
              "a\0"
              "301\0",
              6);
}

Test(template, names_that_are_none_are_refused_with_those_there_are)
{
    expect_refused(RECORD_PAGE, "%{url} %{nmae}\n",
                   "%{nmae}: no such field; a page has url, status, depth, referrer, redirect, "
                   "content_type, charset, size, length, links, new_links, attempts, error, "
                   "message, truncated, external, title, canonical, last_modified, ip, http, "
                   "time.start, time.dns, time.connect, time.tls, time.first_byte, time.total, "
                   "time.parse");
    expect_refused(RECORD_LINK, "%{url}",
                   "%{url}: no such field; a link has from, to, status, depth, element, "
                   "attribute, rel, line, verdict, error");
    expect_refused(RECORD_URL, "%{}",
                   "%{}: no such field; a URL has url, depth, referrer, external");
    expect_refused(RECORD_REFUSED, "%{statu}", "%{statu}: no such field; a refused URL has url, ");
    expect_refused(RECORD_PAGE, "%{statuss}", "%{statuss}: ");
    expect_refused(RECORD_PAGE, "%{exitcode}", "%{exitcode}: ");
    expect_refused(RECORD_PAGE, "%{ status}", "%{ status}: ");
    expect_refused(RECORD_PAGE, "%{content.type}", "%{content.type}: ");
    expect_refused(RECORD_LINK, "%{http_code}", "%{http_code}: ");
    expect_refused(RECORD_PAGE, "%{status", "%{status: no } ends the name");
}

Test(template, a_long_name_leaves_room_for_what_is_wrong_with_it)
{
    char text[4000], wrong[TEMPLATE_WRONG];
    memset(text, 'x', sizeof text);
    memcpy(text, "%{", 2);
    strcpy(text + sizeof text - 2, "}");
    cr_expect_null(template_new(text, RECORD_PAGE, wrong));
    cr_expect(strstr(wrong, "x}: no such field; a page has url, "), "%s", wrong);
    cr_expect(strstr(wrong, ", time.parse"), "%s", wrong);
    text[sizeof text - 2] = 'x';
    cr_expect_null(template_new(text, RECORD_PAGE, wrong));
    cr_expect(strstr(wrong, "xxx: no } ends the name"), "%s", wrong);
}

Test(template, knows_whether_it_ends_the_record)
{
    static const struct {
        const char *text;
        bool ends;
    } rows[] = {
        {"", false},         {"%{url}", false},     {"%{url}\\n", true},    {"%{url}\n", true},
        {"%{url}\\0", true}, {"%{url}\\n ", false}, {"%{url}\\\\n", false}, {"\\n%{url}", false},
        {"\\n", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wrong[TEMPLATE_WRONG];
        struct template *t = template_new(rows[i].text, RECORD_PAGE, wrong);
        cr_expect_eq(template_ends_record(t), rows[i].ends, "%s", rows[i].text);
        template_free(t);
    }
}
