/* Pages that are deep, long, broken, in strange encodings, or not what they seem. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTML(charset) "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=" charset "\r\n"
#define TYPE(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n"

/* --- pages without measure, which are made as they are sent --- */

/* A text, another one so many times, a last one. A %u in the second is its number. */
static const struct long_page {
    const char *target, *before, *text;
    unsigned times;
    const char *after;
} long_pages[] = {
    {"/H045/10k", "", "<div>", 10000, "<a href=after-10k>"},
    {"/H045/100k", "", "<div>", 100000, "<a href=after-100k>"},
    {"/H045/1m", "", "<div>", 1000000, "<a href=after-1m>"},
    {"/H046/fonts", "", "<font color=%u><p>", 5000, "<a href=after-fonts>"},
    {"/H046/mixed", "", "<b id=%u><i><table><tr><td>", 20000, "<a href=after-mixed>"},
    {"/H047/attributes", "<a ", "a%u=1 ", 50000, "href=after-attributes>"},
    {"/H047/same", "<a ", "a=%u ", 50000, "href=after-same>"},
    {"/H048/links", "", "<a href=n%u>", 10000000, ""},
    {"/H049/tag", "<a href=before-tag><a href=x ", "xxxxx ", 800000, ""},
    {"/H049/comment", "<a href=before-comment><!-- ", "<a href=no>", 500000, ""},
    {"/H049/attribute", "<a href=before-attribute><a href=\"", "/xxxx", 1000000, ""},
    {"/H049/script", "<a href=before-script><script>", "<!--<script></b>", 400000, ""},
    {"/H049/cdata", "<a href=before-cdata><svg><![CDATA[", "]]<a href=no>", 400000, ""},
    {"/H050/meta", "", "<meta ", 80000, "><a href=after-meta>"},
    {"/H050/base", "", "<base ", 30000, "><a href=after-base>"},
    {"/H050/entities", "<a href=\"", "&amp", 500000, "\"><a href=after-entities>"},
    {"/H054/late", "<!-- ", "x", 1100, " --><meta charset=utf-16><a href=from-late>"},
    {"/H055/commas", "<img srcset=\"", "a%u.png 1x,", 100000, "\"><a href=after-commas>"},
    {"/H055/brackets", "<img srcset=\"", "a ((((((((((,", 100000, "\"><a href=after-brackets>"},
    {"/H056/data", "<a href=\"data:text/html,", "abcdefgh", 1250000, "\"><a href=after-data>"},
};

static ASYNC int answer_long(struct hostile_client *c)
{
    const struct long_page *p = long_pages;
    while (p < long_pages + sizeof long_pages / sizeof *long_pages &&
           strcmp(p->target, c->target) != 0)
        p++;
    if (p == long_pages + sizeof long_pages / sizeof *long_pages)
        return -ENOENT;
    int error = hostile_send_text(c, HOSTILE_OK "Connection: close\r\n\r\n");
    if (error == 0)
        error = hostile_send_text(c, p->before);
    if (error == 0)
        error = strstr(p->text, "%u") ? hostile_numbered(c, p->text, p->times)
                                      : hostile_repeat(c, p->text, p->times);
    if (error == 0)
        error = hostile_send_text(c, p->after);
    return error < 0 ? error : HOSTILE_CLOSE;
}

/* So far away that --depth can keep a crawl from visiting all of them. */
static const struct hostile_answer far[] = {
    {"1", .body = "<a href=2>"},
    {"2", .body = "<a href=3>"},
    {"3", .body = "<a href=links>"},
    {.path = NULL},
};

/* --- bytes --- */

#define BYTES(text) .body = text, .length = sizeof text - 1

static const struct hostile_answer nul[] = {
    {"nul",
     BYTES("<a href=before-nul>\0</a><\0a href=no><a\0 href=no><a hr\0ef=no><a href=\"in\0side\">"
           "<a href=\0first><p title='\0'>\0</p><script>\0</script><a href=after-nul>")},
    {.path = NULL},
};

static const struct hostile_answer utf8[] = {
    {"utf8", .head = HTML("utf-8"),
     .body = "<a href=invalid\xff><a href=overlong\xc0\xaf><a href=surrogate\xed\xa0\x80>"
             "<a href=large\xf5\x90\x80\x80><a href=cut\xe2\x82><a href=after-utf8>\xe2"},
    {.path = NULL},
};

static const struct hostile_answer encodings[] = {
    {"utf-16le", .head = HTML("utf-8"),
     BYTES("\xff\xfe<\0a\0 \0h\0r\0e\0f\0=\0\"\0f\0r\0o\0m\0-\0l\0e\0\"\0>\0")},
    {"utf-16be", .head = HTML("utf-8"),
     BYTES("\xfe\xff\0<\0a\0 \0h\0r\0e\0f\0=\0\"\0f\0r\0o\0m\0-\0b\0e\0\"\0>")},
    {"utf-7", .head = HTML("utf-7"), .body = "+ADw-a href=+ACI-no+ACI-+AD4-<a href=from-utf-7>"},
    {"unknown", .head = HTML("klingon"), .body = "<a href=\xe9?\xe9>"},
    {.path = NULL},
};

static const struct hostile_answer conflicts[] = {
    {"header", .head = HTML("utf-8"),
     .body = "<meta charset=windows-1252><a href=header?\xc3\xa9>"},
    {"two", .body = "<meta charset=utf-8><meta charset=windows-1252><a href=first?\xc3\xa9>"},
    {.path = NULL},
};

/* --- what is no link, or another one than it seems --- */

static const struct hostile_answer schemes[] = {
    {"links",
     .body = "<a href=\"javascript:location='/H057/no'\"><a href=\" JavaScript&colon;no()\">"
             "<a href=\"java\nscript:no\"><a href=mailto:no@127.0.0.1><a href=tel:+1>"
             "<a href=about:blank><a href=blob:http://127.0.0.1:{{PORT}}/H057/no>"
             "<a href=view-source:http://127.0.0.1:{{PORT}}/H057/no><a href=ftp://127.0.0.1/no>"
             "<a href=file:///etc/passwd><a href=ws://127.0.0.1:{{PORT}}/H057/no>"
             "<a href=filesystem:http://127.0.0.1:{{PORT}}/H057/no><a href=after-links>"},
    {.path = NULL},
};

static const struct hostile_answer bases[] = {
    {"script", .body = "<base href=javascript:no><a href=from-script>"},
    {"data", .body = "<base href=data:text/html,no><a href=from-data>"},
    {"invalid", .body = "<base href=http://><a href=from-invalid>"},
    {"mail", .body = "<base href=mailto:no><a href=no>"},
    {"second", .body = "<base target=x><base href=/H058/sub/><base href=/H058/no/>"
                       "<a href=from-second>"},
    {"late", .body = "<a href=from-late><base href=/H058/sub/>"},
    {"attack", .body = "<base href=http://evil.test/><a href=/no>"},
    {.path = NULL},
};

static const struct hostile_answer refreshes[] = {
    {"self", .body = "<meta http-equiv=refresh content='0; url=self'>"},
    {"bare", .body = "<meta http-equiv=refresh content=0>"},
    {"header", .head = HOSTILE_OK "Refresh: 0;url=header\r\n", .body = ""},
    {"ping", .body = "<meta http-equiv=refresh content='0;url=pong'>"},
    {"pong", .body = "<meta http-equiv=refresh content='0;url=ping'>"},
    {"strange", .body = "<meta http-equiv=refresh content=\"1 , uRl = 'from-strange' no\">"},
    {"script", .body = "<meta http-equiv=refresh content='0;url=javascript:no'>"},
    {.path = NULL},
};

static const struct hostile_answer dead[] = {
    {"dead", .body = "<!doctype html><title><a href=no-title></title><!-- <a href=no-comment> -->"
                     "<style><a href=no-style></style><script><a href=no-script></script>"
                     "<script><!--<script></script><a href=no-double></script>"
                     "<textarea><a href=no-textarea></textarea><xmp><a href=no-xmp></xmp>"
                     "<iframe><a href=no-iframe></iframe><noembed><a href=no-noembed></noembed>"
                     "<noframes><a href=no-noframes></noframes><!-- ><a href=no-gt> -->"
                     "<noscript><a href=in-noscript></noscript>"
                     "<template><a href=in-template></template>"
                     "<svg><title><a href=in-svg></title></svg>"
                     "<!--><a href=after-short--><a href=after-dead><plaintext><a href=no-plain>"},
    {.path = NULL},
};

/* --- XML --- */

#define LOCAL "http://127.0.0.1:{{PORT}}/H061/"
#define RSS(entities, items)                                                                   \
    "<?xml version=\"1.0\"?><!DOCTYPE rss [" entities "]><rss version=\"2.0\"><channel>" items \
    "</channel></rss>"
#define ITEM(path) "<item><link>" LOCAL path "</link></item>"

static const struct hostile_answer xml[] = {
    {"bomb", .head = TYPE("application/rss+xml"),
     .body = RSS("<!ENTITY a 'lolololololololololol'>"
                 "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
                 "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>"
                 "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
                 "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'>"
                 "<!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;'>"
                 "<!ENTITY g '&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;'>"
                 "<!ENTITY h '&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;'>",
                 ITEM("before-bomb") ITEM("no-&h;"))},
    {"file", .head = TYPE("application/atom+xml"),
     .body = RSS("<!ENTITY x SYSTEM 'file:///etc/passwd'>", ITEM("before-file") ITEM("no-&x;"))},
    {"outside", .head = TYPE("text/xml"),
     .body =
         RSS("<!ENTITY x SYSTEM '" LOCAL "external'><!ENTITY % y SYSTEM '" LOCAL "parameter'>%y;",
             ITEM("before-outside") ITEM("no-&x;"))},
    {"dtd", .head = TYPE("application/xml"),
     .body = "<!DOCTYPE urlset SYSTEM '" LOCAL "external.dtd'><?xml-stylesheet href='" LOCAL
             "external.xsl'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
             "<url><loc>" LOCAL "from-dtd</loc></url></urlset>"},
    {"include", .head = TYPE("application/rss+xml"),
     .body = "<rss version='2.0' xmlns:xi='http://www.w3.org/2001/XInclude'><channel>" ITEM(
         "from-include") "<xi:include href='" LOCAL
                         "external.xml'/><xi:include href='file:///etc/passwd' parse='text'/>"
                         "</channel></rss>"},
    {"xhtml", .head = TYPE("application/xhtml+xml"),
     .body = "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY x SYSTEM '" LOCAL "external'>]>"
             "<html xmlns='http://www.w3.org/1999/xhtml'><body>&x;<a href='from-xhtml'/></body>"
             "</html>"},
    {.path = NULL},
};

const struct hostile_row hostile_pages[] = {
    {"H045", "<div> in 10,000, 100,000 and 1,000,000 <div>s", "10k 100k 1m", .answer = answer_long},
    {"H046", "5,000 different <font>s that no </font> ends; tables in 20,000 tables", "fonts mixed",
     .answer = answer_long},
    {"H047", "a tag of 50,000 attributes, different ones and all the same", "attributes same",
     .answer = answer_long},
    {"H048", "a page of 10,000,000 links", "1", .answers = far, .answer = answer_long},
    {"H049", "tags, comments, attributes, scripts that do not end, of 5 megabytes",
     "tag comment attribute script cdata", .answer = answer_long},
    {"H050", "80,000 tags that begin and do not end", "meta base entities", .answer = answer_long},
    {"H051", "NUL bytes in text, names and values", "nul", .answers = nul},
    {"H052", "what is no UTF-8", "utf8", .answers = utf8},
    {"H053", "UTF-16, UTF-7, and a charset that nobody knows", "utf-16le utf-16be utf-7 unknown",
     .answers = encodings},
    {"H054", "charsets that contradict each other, or come late", "header two late",
     .answers = conflicts, .answer = answer_long},
    {"H055", "srcset with 100,000 candidates, and with brackets that do not close",
     "commas brackets", .answer = answer_long},
    {"H056", "a data: URL of 10 megabytes", "data", .answer = answer_long},
    {"H057", "links that are none: javascript:, mailto:, blob: and others", "links",
     .answers = schemes},
    {"H058", "<base> with what can be no base", "script data invalid mail second late attack",
     .answers = bases},
    {"H059", "pages that refresh themselves and each other", "self bare header ping strange script",
     .answers = refreshes},
    {"H060", "links in comments, scripts, titles and other text", "dead", .answers = dead},
    {"H061", "XML that expands to gigabytes, and asks for other files",
     "bomb file outside dtd include xhtml", .answers = xml},
    {.id = NULL},
};
