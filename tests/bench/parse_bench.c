/* parse_bench NAME ROUNDS [SCANNER GUMBO URL]: what the parsers cost alone. The files named on
 * standard input, one a line, are read into memory, up to SAMPLE bytes evenly among them, and each
 * parser goes over all of them, in turns.
 *
 * Without bounds only the scanner is measured. With them the status is 1 if it reads less than
 * SCANNER MB/s with links left unresolved, or less than GUMBO times what Gumbo's tree gives with
 * links resolved, or if a link takes url_parse more than URL nanoseconds. All times are CPU time,
 * medians with ranges. */
#include "parse/charset.h"
#include "parse/cpu_time.h"
#include "parse/css.h"
#include "parse/html.h"
#include "parse/html_gumbo.h"
#include "parse/srcset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SAMPLE = 40 << 20, MAX_ROUNDS = 99, URLS = 200000, SRCSETS = 20000, SHEETS = 20 };

struct file {
    char *name, *body, *url_text;
    size_t length;
    struct url url;
};

static struct bench {
    struct file **files; /* the sample */
    size_t count, bytes;
    char *css;
    size_t css_length;
    struct links links;
} bench;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static void *allocate(void *p, size_t size)
{
    p = realloc(p, size);
    if (!p)
        die("parse_bench");
    return p;
}

static char *read_file(const char *name, size_t *length)
{
    FILE *f = fopen(name, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st) < 0)
        die(name);
    char *body = allocate(NULL, (size_t)st.st_size + 1);
    *length = fread(body, 1, (size_t)st.st_size, f);
    fclose(f);
    return body;
}

static void free_file(struct file *f)
{
    free(f->name);
    free(f->body);
    free(f->url_text);
    free(f);
}

/* --- what is measured: each returns how much it did, in its unit --- */

static size_t read_pages(int parse(struct links *, const struct document *), bool resolved,
                         bool assets)
{
    for (size_t i = 0; i < bench.count; i++) {
        const struct file *f = bench.files[i];
        struct document d = {f->body, f->length, resolved ? &f->url : NULL, "text/html",
                             .assets = assets};
        links_clear(&bench.links);
        if (parse(&bench.links, &d) < 0)
            die(f->name);
    }
    return bench.bytes;
}

/* Without an address, a relative link is found and then left. */
static size_t scan_alone(void)
{
    return read_pages(html_links, false, false);
}

static size_t scan(void)
{
    return read_pages(html_links, true, false);
}

static size_t scan_assets(void)
{
    return read_pages(html_links, true, true);
}

static size_t gumbo(void)
{
    return read_pages(html_gumbo_links, true, false);
}

static size_t is_utf8(void)
{
    for (size_t i = 0; i < bench.count; i++)
        if (charset_is_utf8(bench.files[i]->body, bench.files[i]->length))
            bench.links.other++;
    return bench.bytes;
}

static size_t style_sheet(void)
{
    struct document d = {.body = bench.css,
                         .length = bench.css_length,
                         .url = &bench.files[0]->url,
                         .content_type = "text/css",
                         .assets = true};
    for (int i = 0; i < SHEETS; i++) {
        links_clear(&bench.links);
        if (css_document_links(&bench.links, &d) < 0)
            die("css");
    }
    return SHEETS * d.length;
}

static size_t srcset(void)
{
    static const char text[] = "/images/harbour-320.jpg 320w, /images/harbour-640.jpg 640w, "
                               "/images/harbour-1280.jpg 1280w";
    for (int i = 0; i < SRCSETS; i++) {
        struct srcset s = {text, text + sizeof text - 1};
        struct span url;
        while (srcset_next(&s, &url))
            bench.links.other += url.length;
    }
    return SRCSETS * (sizeof text - 1);
}

static size_t parse_urls(const char *raw)
{
    static char base_text[URL_BUFFER], out_text[URL_BUFFER];
    static const char base_raw[] = "http://docs.example.org/w/cpp/container/vector/push_back.html";
    struct url base, out;
    size_t length = strlen(raw);
    if (url_parse(&base, base_text, URL_BUFFER, base_raw, strlen(base_raw), NULL, NULL, 0) < 0)
        die(base_raw);
    for (int i = 0; i < URLS; i++)
        if (url_parse(&out, out_text, URL_BUFFER, raw, length, &base, NULL, 0) < 0)
            die(raw);
    return URLS;
}

static size_t url_absolute_path(void)
{
    return parse_urls("/w/cpp/algorithm/find.html");
}

static size_t url_sibling(void)
{
    return parse_urls("emplace_back.html");
}

static size_t url_up(void)
{
    return parse_urls("../../algorithm/ranges/find.html");
}

static size_t url_whole(void)
{
    return parse_urls("http://en.cppreference.com/w/cpp/algorithm/find");
}

static size_t url_query(void)
{
    return parse_urls("/w/index.php?title=Special:Search&search=find_if#top");
}

static const struct kind {
    const char *name;
    size_t (*run)(void);
    enum { MB_A_SECOND, NS_EACH } unit;
} kinds[] = {
    {"html_links, unresolved", scan_alone, MB_A_SECOND},
    {"html_links", scan, MB_A_SECOND},
    {"html_links, assets too", scan_assets, MB_A_SECOND},
    {"html_gumbo_links", gumbo, MB_A_SECOND},
    {"charset_is_utf8", is_utf8, MB_A_SECOND},
    {"css_document_links", style_sheet, MB_A_SECOND},
    {"srcset_next", srcset, MB_A_SECOND},
    {"url_parse: /path", url_absolute_path, NS_EACH},
    {"url_parse: sibling", url_sibling, NS_EACH},
    {"url_parse: ../../path", url_up, NS_EACH},
    {"url_parse: http://host/", url_whole, NS_EACH},
    {"url_parse: /path?query", url_query, NS_EACH},
};
enum {
    ALONE = 0,
    SCANNER = 1,
    ONLY_SCANNER = 3, /* the kinds that need no bounds */
    GUMBO = 3,
    URL_FIRST = 7, /* of those that the bound holds for: typical links of a page */
    URL_LAST = 9,
    KINDS = sizeof kinds / sizeof *kinds,
};

/* --- the rounds --- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double measure(const struct kind *k)
{
    int64_t started = cpu_time();
    size_t done = k->run();
    double ns = (double)(cpu_time() - started);
    return k->unit == MB_A_SECOND ? (double)done / ns * 1000 : ns / (double)done;
}

static void run_rounds(size_t count, int rounds, double medians[static KINDS])
{
    static double values[KINDS][MAX_ROUNDS];
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++)
            values[i][round] = measure(&kinds[i]);
    for (size_t i = 0; i < count; i++) {
        qsort(values[i], (size_t)rounds, sizeof(double), compare);
        medians[i] = values[i][rounds / 2];
        printf("  %-24s %8.1f  %8.1f..%-8.1f %s\n", kinds[i].name, medians[i], values[i][0],
               values[i][rounds - 1], kinds[i].unit == MB_A_SECOND ? "MB/s" : "ns");
    }
}

static bool check(const double medians[static KINDS], char **bounds)
{
    double scanner = atof(bounds[0]), times = atof(bounds[1]), url = atof(bounds[2]);
    double ratio = medians[SCANNER] / medians[GUMBO];
    bool good = true;
    printf("  the scanner is %.1f times as fast as Gumbo\n", ratio);
    if (medians[ALONE] < scanner || ratio < times) {
        fprintf(stderr, "the scanner: not %g MB/s alone, or not %g times Gumbo\n", scanner, times);
        good = false;
    }
    for (int i = URL_FIRST; i <= URL_LAST; i++)
        if (medians[i] > url) {
            fprintf(stderr, "%s: more than %g ns\n", kinds[i].name, url);
            good = false;
        }
    return good;
}

/* --- the sample --- */

static bool ends_in(const char *s, const char *end)
{
    return strlen(s) > strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

static void add_style_sheet(const char *name)
{
    size_t length;
    char *text = read_file(name, &length);
    bench.css = allocate(bench.css, bench.css_length + length + 1);
    memcpy(bench.css + bench.css_length, text, length);
    bench.css_length += length;
    free(text);
}

static void add_page(const char *name)
{
    static const char origin[] = "http://docs.example.org";
    static char text[URL_BUFFER];
    char raw[4096];
    struct file *f = allocate(NULL, sizeof *f);
    f->name = strdup(name);
    f->body = read_file(name, &f->length);
    int n = snprintf(raw, sizeof raw, "%s%s%s", origin, *name == '/' ? "" : "/", name);
    if (url_parse(&f->url, text, URL_BUFFER, raw, (size_t)n, NULL, NULL, 0) < 0)
        die(raw);
    f->url_text = strdup(text);
    url_describe(&f->url, f->url_text, f->url.length);
    bench.files = allocate(bench.files, (bench.count + 1) * sizeof *bench.files);
    bench.files[bench.count++] = f;
    bench.bytes += f->length;
}

/* Keeps each page at whose end the pages so far have earned another share of the sample. */
static void thin_out(void)
{
    double share = bench.bytes > SAMPLE ? (double)SAMPLE / (double)bench.bytes : 1, earned = 0;
    size_t kept = 0;
    bench.bytes = 0;
    for (size_t i = 0; i < bench.count; i++) {
        struct file *f = bench.files[i];
        earned += (double)f->length * share;
        if (earned >= (double)f->length) {
            earned -= (double)f->length;
            bench.bytes += f->length;
            bench.files[kept++] = f;
        } else {
            free_file(f);
        }
    }
    bench.count = kept;
}

static void load(void)
{
    char *line = NULL;
    size_t size = 0;
    for (ssize_t n; (n = getline(&line, &size, stdin)) > 0;) {
        line[strcspn(line, "\n")] = '\0';
        if (ends_in(line, ".css"))
            add_style_sheet(line);
        else
            add_page(line);
    }
    free(line);
    thin_out();
    if (bench.count == 0)
        die("no pages");
}

int main(int argc, char **argv)
{
    int rounds = argc == 3 || argc == 6 ? atoi(argv[2]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: parse_bench NAME ROUNDS [SCANNER GUMBO URL] <FILES\n");
        return 2;
    }
    links_init(&bench.links);
    load();
    scan();
    printf("%s: %zu pages, %.1f MB; medians of %d rounds\n", argv[1], bench.count,
           (double)bench.bytes / 1e6, rounds);
    double medians[KINDS];
    run_rounds(argc == 6 ? KINDS : ONLY_SCANNER, rounds, medians);
    bool good = argc < 6 || check(medians, argv + 3);

    for (size_t i = 0; i < bench.count; i++)
        free_file(bench.files[i]);
    free(bench.files);
    free(bench.css);
    links_deinit(&bench.links);
    return good ? 0 : 1;
}
