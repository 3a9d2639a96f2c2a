/* parse_hostile [FILTER]: what the parsers cost on input that is made to hurt, at a size and at
 * twice the size. The status is 1 if twice the input takes more than GROWTH times as long, or more
 * than MEMORY bytes for each of its own. FILTER is a part of the names of the cases to be run.
 *
 * The size of a case is what takes SHORTEST, or LARGEST. Times are CPU time, medians; machines are
 * shared and caches end somewhere, so a case has missed its bound only if it does so in ATTEMPTS
 * measurements, each at twice the size of the one before. */
#include "parse/charset.h"
#include "parse/cpu_time.h"
#include "parse/css.h"
#include "parse/html.h"
#include "parse/robots.h"
#include "parse/sitemap.h"
#include "parse/srcset.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROWTH 2.2
#define SHORTEST INT64_C(20000000) /* ns */

/* In ns, at twice the size: it reads a part only, whatever the length. */
#define TOO_SHORT INT64_C(1000000)

/* The shortest link, <a href>, is 8 bytes of a page, and in the list 48 and its URL. */
#define MEMORY 16

enum { SMALLEST = 64 << 10, LARGEST = 32 << 20, ROUNDS = 5, ATTEMPTS = 3 };

static struct url base;
static char base_text[URL_BUFFER];

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- the parsers --- */

typedef void parser(const char *text, size_t length);

static void read_document(int parse(struct links *, const struct document *), const char *type,
                          const char *text, size_t length)
{
    struct links links;
    struct document d = {
        .body = text, .length = length, .url = &base, .content_type = type, .assets = true};
    links_init(&links);
    if (parse(&links, &d) < 0)
        die(type);
    links_deinit(&links);
}

static void html(const char *text, size_t length)
{
    read_document(html_links, "text/html; charset=utf-8", text, length);
}

static void html_latin1(const char *text, size_t length)
{
    read_document(html_links, "text/html; charset=iso-8859-1", text, length);
}

static void css(const char *text, size_t length)
{
    read_document(css_document_links, "text/css", text, length);
}

static void sitemap(const char *text, size_t length)
{
    read_document(sitemap_xml_links, "application/xml", text, length);
}

static void sitemap_text(const char *text, size_t length)
{
    read_document(sitemap_text_links, "text/plain", text, length);
}

static void srcset(const char *text, size_t length)
{
    struct srcset s = {text, text + length};
    struct span url;
    while (srcset_next(&s, &url))
        ;
}

static void robots(const char *text, size_t length)
{
    struct robots *r;
    if (robots_parse(&r, text, length, "skitter") < 0)
        die("robots");
    robots_allowed(r, base.text + base.path, base.length - base.path);
    robots_free(r);
}

static void url(const char *text, size_t length)
{
    static char out_text[URL_BUFFER];
    struct url out;
    (void)!url_parse(&out, out_text, URL_BUFFER, text, length, &base, NULL, 0);
}

static void refresh(const char *text, size_t length)
{
    struct span target;
    (void)!header_refresh(text, length, &target);
}

static void link_header(const char *text, size_t length)
{
    struct span target, rel;
    (void)length; /* it ends in a NUL */
    while (header_link_next(&text, &target, &rel))
        ;
}

static void sniff(const char *text, size_t length)
{
    size_t bom;
    charset_sniff_html(text, length, NULL, &bom);
    charset_sniff_xml(text, length, NULL, &bom);
    charset_sniff_css(text, length, NULL, &bom);
}

/* --- the cases --- */

/* The head, the unit n times, the tail n times, the end. In a unit # stands for its number. */
struct hostile {
    const char *name;
    parser *parse;
    const char *head, *unit, *tail, *end;
};
#define NUL "\x01"    /* in the table: becomes NUL */
#define RANDOM "\x02" /* a random byte */

static const struct hostile cases[] = {
    {"nested <div>", html, .unit = "<div>"},
    {"nested <div>, closed", html, .unit = "<div>", .tail = "</div>"},
    {"nested <x>, </y>", html, .unit = "<x>", .tail = "</y>"},
    {"nested <b#>, </b#>", html, .unit = "<b#>", .tail = "</b#>"},
    {"nested <font><p>", html, .unit = "<font color=#><p>"},
    {"nested <table>", html, .unit = "<table><tr><td>", .tail = "</table>"},
    {"nested <table>, links in it", html, .unit = "<table><a href=/#>"},
    {"nested <svg>", html, .unit = "<svg>"},
    {"nested <svg>, </x>", html, .unit = "<svg><g>", .tail = "</x>"},
    {"nested <svg><desc>", html, .unit = "<svg><desc>", .tail = "</desc></svg>"},
    {"<svg><p>", html, .unit = "<svg><p>"},
    {"<svg>, then </p>", html, .head = "<svg>", .unit = "<g>", .tail = "</p>"},
    {"<math><mi><mglyph>", html, .unit = "<math><mi><mglyph>"},
    {"<math><annotation-xml>", html, .unit = "<math><annotation-xml encoding=text/html>"},
    {"<select>", html, .unit = "<select>"},
    {"<select><option>", html, .unit = "<select><option>"},
    {"<template>", html, .unit = "<template>"},
    {"<template>, </template>", html, .unit = "<template>", .tail = "</template>"},
    {"<template><tr>, <a>", html, .unit = "<template><tr>", .tail = "<a href=/#>"},
    {"<frameset>", html, .unit = "<frameset>", .tail = "</frameset>"},
    {"<form>", html, .unit = "<form>", .tail = "</form>"},
    {"<html a#=x>", html, .unit = "<html a#=x>"},
    {"<body>", html, .unit = "<body>"},
    {"</x>", html, .unit = "</x>"},
    {"</", html, .unit = "</"},
    {"<a ", html, .unit = "<a "},
    {"<a href=\"", html, .unit = "<a href=\""},
    {"<meta ", html, .unit = "<meta "},
    {"<base ", html, .unit = "<base "},
    {"<base href=/#/><a>", html, .unit = "<base href=/#/><a href=#>"},
    {"<a>, then <base>", html, .unit = "<a href=#>", .tail = "<base href=/#/>"},
    {"<meta charset=>", html, .unit = "<meta charset=x#>"},
    {"<meta refresh>", html, .unit = "<meta http-equiv=refresh content='0;url=/#'>"},
    {"one tag's attributes", html, .head = "<a", .unit = " a#=x", .end = ">"},
    {"one tag's attributes, all alike", html, .head = "<a", .unit = " href=x", .end = ">"},
    {"one tag's attributes, no value", html, .head = "<a", .unit = " a#", .end = ">"},
    {"a long attribute", html, .head = "<a href=\"/", .unit = "x", .end = "\">"},
    {"a long attribute, spaces", html, .head = "<a href=\"", .unit = " ", .end = "\">"},
    {"a long rel", html, .head = "<link href=/ rel=\"", .unit = "next ", .end = "\">"},
    {"a long attribute of &", html, .head = "<a href=\"/", .unit = "&", .end = "\">"},
    {"a long attribute of &amp", html, .head = "<a href=\"/", .unit = "&amp", .end = "\">"},
    {"a long attribute of &no", html, .head = "<a href=\"/", .unit = "&no", .end = "\">"},
    {"a long reference", html, .head = "<a href=\"/&#", .unit = "9", .end = ";\">"},
    {"a long attribute of ../", html, .head = "<a href=\"", .unit = "../", .end = "\">"},
    {"a long attribute of x/", html, .head = "<a href=\"/", .unit = "x/", .end = "\">"},
    {"a long attribute name", html, .head = "<a ", .unit = "x", .end = "=1>"},
    {"a long tag name", html, .head = "<", .unit = "x", .end = ">"},
    {"a data: URL", html, .head = "<img src='data:image/png;base64,", .unit = "A", .end = "'>"},
    {"an open comment", html, .head = "<!--", .unit = "x"},
    {"an open comment of -", html, .head = "<!--", .unit = "-"},
    {"an open comment of -- >", html, .head = "<!--", .unit = "-- >"},
    {"<!--", html, .unit = "<!--"},
    {"<!-->", html, .unit = "<!-->"},
    {"<!", html, .unit = "<!"},
    {"<?", html, .unit = "<?"},
    {"<", html, .unit = "<"},
    {"<![CDATA[ in svg", html, .head = "<svg>", .unit = "<![CDATA["},
    {"]] in CDATA", html, .head = "<svg><![CDATA[", .unit = "]]"},
    {"an open tag", html, .head = "<a ", .unit = "x "},
    {"an open attribute", html, .head = "<a href='", .unit = "<a href=/>"},
    {"an open <script>", html, .head = "<script>", .unit = "</scrip"},
    {"an open <script>, <!--", html, .head = "<script>", .unit = "<!--<script>"},
    {"an open <title>", html, .head = "<title>", .unit = "</titl"},
    {"an open <textarea>", html, .head = "<textarea>", .unit = "</textareas>"},
    {"an open <style>", html, .head = "<style>", .unit = "@import '"},
    {"<script>", html, .unit = "<script></script>"},
    {"<title>", html, .unit = "<title>x</title>"},
    {"<style>url()</style>", html, .unit = "<style>a{b:url(/#)}</style>"},
    {"<noscript>", html, .unit = "<noscript>"},
    {"<plaintext>", html, .head = "<plaintext>", .unit = "</plaintext>"},
    {"links", html, .unit = "<a href=/#>x</a>\n"},
    {"links, all alike", html, .unit = "<a href=/x>x</a>\n"},
    {"<a href>", html, .unit = "<a href>"},
    {"links with nested <p>", html, .unit = "<p><a href=?#>"},
    {"images with srcset", html, .unit = "<img srcset='/# 1x, /b# 2x'>"},
    {"one srcset", html, .head = "<img srcset='", .unit = "/# #w,", .end = "'>"},
    {"one style", html, .head = "<p style='", .unit = "a:url(#);", .end = "'>"},
    {"NUL", html, .unit = NUL},
    {"NUL in a tag", html, .head = "<a href='", .unit = NUL, .end = "'>"},
    {"NUL in tags", html, .unit = "<a" NUL " href" NUL "=" NUL ">"},
    {"random bytes", html, .unit = RANDOM},
    {"random bytes in tags", html, .unit = "<" RANDOM RANDOM " href=" RANDOM RANDOM ">"},
    {"random bytes, ISO 8859-1", html_latin1, .unit = RANDOM},
    {"links, ISO 8859-1", html_latin1, .unit = "<a href=/\xe4#?\xe4>"},
    {"text", html, .unit = "text without any tag\n"},
    {"(", css, .unit = "("},
    {"url(", css, .unit = "url("},
    {"url( ", css, .unit = "url( "},
    {"url(/#)", css, .unit = "a{b:url(/#)}"},
    {"@import", css, .unit = "@import '/#';"},
    {"@import x", css, .unit = "@import x"},
    {"image-set(", css, .unit = "image-set('/#' "},
    {"/*", css, .unit = "/*"},
    {"an open comment", css, .head = "/*", .unit = "* "},
    {"a string of escapes", css, .head = "@import '", .unit = "\\65 "},
    {"an open string", css, .head = "@import '", .unit = "\\\n"},
    {"candidates", srcset, .unit = "/# #w, "},
    {"(", srcset, .head = "/ ", .unit = "("},
    {"(, at each candidate", srcset, .unit = "/ (,"},
    {"commas", srcset, .unit = ","},
    {"a long URL", srcset, .unit = "x"},
    {"descriptors", srcset, .head = "/ ", .unit = "1x "},
    {"/a/..", url, .unit = "/a/.."},
    {"/a", url, .unit = "/a"},
    {"@", url, .head = "http://", .unit = "@"},
    {"a host of dots", url, .head = "http://", .unit = "a."},
    {"a host of %41", url, .head = "http://", .unit = "%41"},
    {"a host outside ASCII", url, .head = "http://", .unit = "\xc3\xa4."},
    {"an IPv4 address", url, .head = "http://", .unit = "1"},
    {"an IPv6 address", url, .head = "http://[", .unit = "1:"},
    {"a port", url, .head = "http://a:", .unit = "0"},
    {"tabs", url, .unit = "\t"},
    {"groups", robots, .unit = "User-agent: a#\nDisallow: /#\n"},
    {"rules", robots, .head = "User-agent: *\n", .unit = "Disallow: /*a*#$\n"},
    {"one rule of *", robots, .head = "User-agent: *\nDisallow: /", .unit = "*a"},
    {"sitemaps", robots, .unit = "Sitemap: http://a/#\n"},
    {"lines", robots, .unit = "\n"},
    {"entries", sitemap, .head = "<urlset>", .unit = "<url><loc>http://a/#</loc></url>",
     .end = "</urlset>"},
    {"nested", sitemap, .head = "<urlset>", .unit = "<url>"},
    {"a long entry", sitemap, .head = "<urlset><url><loc>http://a/", .unit = "x"},
    {"attributes", sitemap, .head = "<urlset", .unit = " a#='x'", .end = ">"},
    {"lines", sitemap_text, .unit = "http://a/#\n"},
    {"empty lines", sitemap_text, .unit = "\n"},
    {"Refresh of spaces", refresh, .unit = " "},
    {"Refresh of digits", refresh, .unit = "1"},
    {"Link", link_header, .unit = "</#>; rel=next, "},
    {"Link, open", link_header, .unit = "<"},
    {"Link, open string", link_header, .unit = "</>; a=\"\\\\"},
    {"Link, parameters", link_header, .head = "</>", .unit = "; a#=b"},
    {"sniff <meta ", sniff, .unit = "<meta "},
    {"sniff spaces", sniff, .unit = " "},
};

static const struct {
    parser *parse;
    const char *name;
} names[] = {
    {html, "html"},      {html_latin1, "html"},   {css, "css"},         {srcset, "srcset"},
    {url, "url"},        {robots, "robots"},      {sitemap, "sitemap"}, {sitemap_text, "text"},
    {refresh, "header"}, {link_header, "header"}, {sniff, "charset"},
};

static const char *parser_name(const struct hostile *h)
{
    size_t i = 0;
    while (names[i].parse != h->parse)
        i++;
    return names[i].name;
}

/* --- making the text --- */

struct text {
    char *at;
    size_t length;
};

static char *put(char *o, const char *s, unsigned number)
{
    static uint32_t random = 1;
    for (; s && *s; s++) {
        if (*s == '#')
            o += sprintf(o, "%u", number);
        else if (*s == *RANDOM)
            *o++ = (char)((random = random * 1664525 + 1013904223) >> 24);
        else
            *o++ = *s == *NUL ? '\0' : *s;
    }
    return o;
}

static size_t most(const char *s)
{
    size_t n = 0;
    for (; s && *s; s++)
        n += *s == '#' ? 10 : 1;
    return n;
}

/* Makes a text of n units, which ends in a NUL. */
static struct text make(const struct hostile *h, size_t n)
{
    size_t size = most(h->head) + most(h->end) + n * (most(h->unit) + most(h->tail)) + 1;
    char *start = malloc(size);
    if (!start)
        die("malloc");
    char *o = put(start, h->head, 0);
    for (size_t i = 0; i < n; i++)
        o = put(o, h->unit, (unsigned)i);
    for (size_t i = n; i-- > 0;)
        o = put(o, h->tail, (unsigned)i);
    o = put(o, h->end, 0);
    *o = '\0';
    return (struct text){start, (size_t)(o - start)};
}

/* --- measuring --- */

static int64_t time_of(const struct hostile *h, struct text t)
{
    int64_t started = cpu_time();
    h->parse(t.at, t.length);
    return cpu_time() - started;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t status_bytes(const char *field)
{
    char line[128];
    size_t kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    if (!f)
        die("/proc/self/status");
    while (fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtoul(line + strlen(field), NULL, 10);
    fclose(f);
    return kb * 1024;
}

/* How far the resident memory rises while the text is read. */
static size_t peak_of(const struct hostile *h, struct text t)
{
    malloc_trim(0);
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "5", 1) != 1) /* the peak begins anew */
        die("/proc/self/clear_refs");
    close(fd);
    size_t before = status_bytes("VmRSS:");
    h->parse(t.at, t.length);
    size_t peak = status_bytes("VmHWM:");
    return peak > before ? peak - before : 0;
}

struct result {
    size_t length;
    int64_t once, twice; /* ns */
    double memory;       /* bytes for each byte of the text */
};

static struct result measure(const struct hostile *h, size_t n)
{
    int64_t once[ROUNDS], twice[ROUNDS];
    struct text a = make(h, n), b = make(h, 2 * n);
    struct result r = {.length = a.length, .memory = (double)peak_of(h, b) / (double)b.length};
    for (int i = 0; i < ROUNDS; i++) {
        once[i] = time_of(h, a);
        twice[i] = time_of(h, b);
    }
    qsort(once, ROUNDS, sizeof *once, compare);
    qsort(twice, ROUNDS, sizeof *twice, compare);
    r.once = once[ROUNDS / 2];
    r.twice = twice[ROUNDS / 2];
    free(a.at);
    free(b.at);
    return r;
}

/* How many units take long enough to be measured. */
static size_t choose_size(const struct hostile *h)
{
    for (size_t n = SMALLEST / most(h->unit) + 1;; n *= 2) {
        struct text t = make(h, n);
        int64_t ns = time_of(h, t);
        free(t.at);
        if (ns >= SHORTEST || t.length >= LARGEST)
            return n;
    }
}

static bool is_good(const struct result *r)
{
    bool linear = r->twice < TOO_SHORT || (double)r->twice <= GROWTH * (double)r->once;
    return linear && r->memory <= MEMORY;
}

static bool run(const struct hostile *h)
{
    struct result r;
    int attempt = 0;
    size_t n = choose_size(h);
    do {
        r = measure(h, n << attempt);
        printf("%-8s %-32s %6.1f MB %8.1f ms %8.1f ms %6.2f %8.0f %6.1f%s\n", parser_name(h),
               h->name, (double)r.length / 1e6, (double)r.once / 1e6, (double)r.twice / 1e6,
               (double)r.twice / (double)r.once, (double)r.length / (double)r.once * 1000, r.memory,
               is_good(&r) ? "" : "  !");
        fflush(stdout);
    } while (!is_good(&r) && ++attempt < ATTEMPTS);
    return is_good(&r);
}

int main(int argc, char **argv)
{
    static const char address[] = "http://hostile.example/a/b/c.html?q";
    int missed = 0;

    /* Memory that was freed goes back at once: else the peak of a case is hidden by the one before.
     */
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    sitemap_setup();
    if (url_parse(&base, base_text, URL_BUFFER, address, strlen(address), NULL, NULL, 0) < 0)
        die(address);
    printf("%-8s %-32s %9s %11s %11s %6s %8s %6s\n", "", "", "length", "time", "at twice", "ratio",
           "MB/s", "memory");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2 || strstr(cases[i].name, argv[1]) ||
            strcmp(parser_name(&cases[i]), argv[1]) == 0)
            missed += !run(&cases[i]);
    if (missed)
        fprintf(stderr,
                "parse_hostile: %d cases take more than %g times as long at twice the size, "
                "or more than %d bytes a byte\n",
                missed, GROWTH, MEMORY);
    return missed ? 1 : 0;
}
