#include "parse/sitemap.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <zlib.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static const char *follow(const char *body)
{
    return links_of("application/xml", body, false);
}

static const struct {
    const char *body, *urls;
} rows[] = {
    {"<urlset><url><loc>http://a/</loc></url></urlset>", "http://a/ "},
    {"<urlset><url><loc>\n  http://a/\t</loc></url></urlset>", "http://a/ "},
    {"<urlset><url><loc>/b</loc></url></urlset>", "http://h.example/b "},
    {"<urlset><url><loc> </loc></url></urlset>", ""},
    {"<urlset><url><loc/></url></urlset>", ""},
    {"<urlset><url><loc>mailto:x</loc></url></urlset>", ""},
    {"<urlset><url><loc><![CDATA[http://a/?b&c]]></loc></url></urlset>", "http://a/?b&c "},
    {"<urlset><url><loc>http://a/?b&amp;c&#38;d&#x26;e</loc></url></urlset>", "http://a/?b&c&d&e "},
    {"<urlset><url><loc>http://a/<!-- x -->b</loc></url></urlset>", "http://a/b "},
    {"\n <?xml version='1.0'?><urlset><url><loc>http://a/</loc></url></urlset>", "http://a/ "},
    {"\xef\xbb\xbf<urlset><url><loc>http://a/</loc></url></urlset>", "http://a/ "},
    {"<sitemapindex><sitemap><loc>http://a/s.xml</loc></sitemap></sitemapindex>",
     "http://a/s.xml "},
    /* An index without loc; blanks that XML does not know; a loc that is whole at the end. */
    {"<sitemapindex><sitemap>\nhttp://a/s.xml\n</sitemap><sitemap><loc>http://a/t.xml</loc>"
     "<lastmod>2005</lastmod></sitemap></sitemapindex>",
     "http://a/s.xml http://a/t.xml "},
    {"<urlset><url><loc>\u00a0\u2003http://a/\u3000\n\ufeff</loc></url></urlset>", "http://a/ "},
    {"<urlset><url><loc>http://a/</lo", "http://a/ "},
    {"<urlset><url><loc>http://a/", ""},
    {"<urlset><url><loc>http://a/</loc></url><url><loc>http://b/<!-", "http://a/ "},
    /* Namespaces do not matter. */
    {"<s:urlset xmlns:s='x'><s:url><s:loc>http://a/</s:loc></s:url></s:urlset>", "http://a/ "},
    {"<s:urlset><s:url><s:loc>http://a/</s:loc></s:url></s:urlset>", "http://a/ "},
    /* Other elements do. */
    {"<urlset><loc>http://a/</loc></urlset>", ""},
    {"<urlset><url><b><loc>http://a/</loc></b></url></urlset>", ""},
    {"<other><url><loc>http://a/</loc></url></other>", ""},
    {"<url><loc>http://a/</loc></url>", ""},
    {"<urlset xmlns:x='y'><url><loc>http://a/</loc><x:link rel='alternate' hreflang='de' "
     "href='http://a/de?b&amp;c'/></url></urlset>",
     "http://a/ http://a/de?b&c "},
    {"<urlset><url><link href='http://a/'/></url></urlset>", ""},
    /* Feeds. */
    {"<rss><channel><link>http://a/</link><item><link>http://a/1</link></item></channel></rss>",
     "http://a/1 "},
    {"<rdf:RDF xmlns:rdf='r'><item><link>http://a/1</link></item></rdf:RDF>", "http://a/1 "},
    {"<rss><channel><item><guid>http://a/1</guid></item></channel></rss>", "http://a/1 "},
    {"<rss><channel><item><guid isPermaLink='false'>http://a/1</guid></item></channel></rss>",
     "http://a/1 "},
    {"<rss><channel><item><guid>17</guid></item></channel></rss>", ""},
    {"<rss><channel><item><link>http://a/1</link><guid>http://a/2</guid></item></channel></rss>",
     "http://a/1 "},
    {"<rss><channel><item><link>http://a/1</link></item><item><guid>http://a/2</guid></item>"
     "</channel></rss>",
     "http://a/1 http://a/2 "},
    {"<feed><link href='http://a/'/><entry><link href='http://a/1'/></entry></feed>",
     "http://a/1 "},
    {"<feed><entry><link rel='alternate' href='1'/><link rel='edit' href='2'/>"
     "<source><link href='3'/></source></entry></feed>",
     "http://h.example/dir/1 "},
    /* What no entity can do: expand, read a file, spoil its neighbours. */
    {"<!DOCTYPE x [<!ENTITY e 'http://b/'>]><urlset><url><loc>&e;</loc></url><url>"
     "<loc>http://a/</loc></url></urlset>",
     "http://a/ "},
    {"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><urlset><url><loc>&e;http://b/</loc>"
     "</url><url><loc>http://a/&e;b</loc></url></urlset>",
     "http://a/b "},
    {"<urlset><url><loc>http://b/&e;</loc></url><url><loc>http://a/</loc></url></urlset>",
     "http://a/ "},
    {"<!DOCTYPE x [<!ENTITY e 'http://b/'>", ""}, /* nor leak */
    {"<!DOCTYPE x [<!ENTITY e 'http://b/'>]><html><a href='http://a/'></a></html>", "http://a/ "},
    {"<!DOCTYPE urlset SYSTEM 'file:///nowhere'><urlset><url><loc>http://a/</loc></url></urlset>",
     "http://a/ "},
    {"<rss><channel><item><title>&nbsp;</title><link>http://a/1</link></item></channel></rss>",
     "http://a/1 "},
    {"<feed><entry><link href='&e;x'/><link href='http://a/'/></entry></feed>", "http://a/ "},
    /* Ampersands that begin nothing. */
    {"<urlset><url><loc>http://a/?b&c=d&e</loc></url></urlset>", "http://a/?b&c=d&e "},
    {"<urlset><url><loc>http://a/?b& &amp;c</loc></url></urlset>", "http://a/?b&%20&c "},
    {"<urlset><url><loc>http://a/?&&&</loc></url></urlset>", "http://a/?&&& "},
    {"<feed><entry><link href='http://a/?b&c'/></entry></feed>", "http://a/?b&c "},
    {"<urlset><!-- & --><url><loc>http://a/?b&c</loc></url></urlset>", "http://a/?b&c "},
    /* XHTML, and a list of addresses, under the type of XML. */
    {"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><a href='x'>y</a>"
     "</body></html>",
     "http://h.example/dir/x "},
    {"http://a/\nhttp://b/\n", "http://a/ http://b/ "},
    {"this is neither", ""},
};

Test(sitemap, finds_the_entries_of_sitemaps_and_feeds)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(follow(rows[i].body), rows[i].urls, "%s", rows[i].body);
}

Test(sitemap, has_images_and_enclosures_as_assets)
{
    const char *sitemap = "<urlset xmlns:i='i'><url><loc>http://a/</loc><i:image><i:loc>http://a/i"
                          "</i:loc></i:image><i:video><i:thumbnail_loc>http://a/t"
                          "</i:thumbnail_loc></i:video></url></urlset>";
    cr_expect_str_eq(follow(sitemap), "http://a/ ");
    cr_expect_str_eq(links_of("text/xml", sitemap, true), "http://a/i http://a/t ");
    const char *feed = "<rss><channel><item><enclosure url='http://a/e'/></item></channel></rss>";
    cr_expect_str_eq(links_of("application/rss+xml", feed, true), "http://a/e ");
}

Test(sitemap, decodes_the_charset_of_its_declaration)
{
    cr_expect_str_eq(follow("<?xml version='1.0' encoding='iso-8859-1'?><urlset><url>"
                            "<loc>http://a/\xe9?\xe9</loc></url></urlset>"),
                     "http://a/%C3%A9?%C3%A9 ");
    cr_expect_str_eq(follow("<?xml version='1.0' encoding='bogus'?><urlset><url>"
                            "<loc>http://a/\xc3\xa9</loc></url></urlset>"),
                     "http://a/%C3%A9 ");
}

Test(sitemap, survives_bytes_that_are_not_utf_8)
{
    cr_expect_str_eq(follow("<urlset><url><loc>http://a/</loc><x>\xff</x></url><url>"
                            "<loc>http://b/</loc></url></urlset>"),
                     "http://a/ http://b/ ");
}

Test(sitemap, tells_lines)
{
    struct links l;
    const char *body = "\n<urlset>\n<url>\n<loc>http://a/</loc></url></urlset>";
    links_init(&l);
    find_links(&l, "text/xml", body, strlen(body), false);
    cr_assert_eq(l.count, 1);
    cr_expect_eq(l.items[0].line, 4);
    cr_expect_str_eq(l.items[0].element, "loc");
    links_deinit(&l);
}

Test(sitemap, tells_what_an_index_lists_from_pages)
{
    struct links l;
    const char *body = "<sitemapindex><sitemap><loc>http://a/s</loc></sitemap><sitemap>http://a/t"
                       "</sitemap><url><loc>http://a/</loc></url></sitemapindex>";
    links_init(&l);
    find_links(&l, "text/xml", body, strlen(body), false);
    cr_assert_eq(l.count, 3);
    cr_expect_str_eq(l.items[0].element, SITEMAP_OF_INDEX);
    cr_expect_str_eq(l.items[1].element, SITEMAP_OF_INDEX);
    cr_expect_str_eq(l.items[2].element, "loc");
    links_deinit(&l);
}

Test(sitemap, that_was_asked_for_is_read_whatever_its_type_says)
{
    static const struct {
        const char *type, *body;
        size_t count;
        int error;
    } cases[] = {
        {"text/html", "<urlset><url><loc>http://a/</loc></url></urlset>", 1, 0},
        {"image/png", "<urlset><url><loc>http://a/</loc></url></urlset>", 1, 0},
        {"text/html", "http://a/\nhttp://b/\n", 2, 0},
        {"application/xml", "<urlset/>", 0, 0},
        {"application/xml", "<urlset><url><loc>http://a/</loc>", 1, -EBADMSG},
        /* Others are none, and none of their links counts. */
        {"text/html", "<!doctype html><a href=x>", 0, -ENODATA},
        {"application/xhtml+xml", "<html xmlns='http://www.w3.org/1999/xhtml'><a href='x'/></html>",
         0, -ENODATA},
        {"text/xml", "<svg><a href='x'/></svg>", 0, -ENODATA},
        {"text/xml", "<", 0, -ENODATA},
        {"text/plain", "see http://a/", 0, -ENODATA},
        {"text/css", "@import 'x'", 0, -ENODATA},
    };
    struct url base;
    url_describe(&base, "http://h/", 9);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct document d = {.body = cases[i].body,
                             .length = strlen(cases[i].body),
                             .url = &base,
                             .content_type = cases[i].type,
                             .sitemap = true};
        struct links l;
        links_init(&l);
        cr_assert_eq(document_links(&l, &d), 0);
        cr_expect_eq(l.count, cases[i].count, "%s: %zu", cases[i].body, l.count);
        cr_expect_eq(l.error, cases[i].error, "%s: %d", cases[i].body, l.error);
        links_deinit(&l);
    }
}

/* The number of links of a body, and the error. */
static size_t count(const char *type, const char *body, size_t length, int *error)
{
    struct links l;
    links_init(&l);
    cr_assert_eq(find_links(&l, type, body, length, false), 0);
    size_t n = l.count;
    *error = l.error;
    links_deinit(&l);
    return n;
}

Test(sitemap, keeps_what_came_before_a_break)
{
    static const char *const broken[] = {
        "<urlset><url><loc>http://a/</loc></url><url><loc>http://b",
        "<urlset><url><loc>http://a/</loc></url></urlset",
        "<urlset><url><loc>http://a/</loc></url><x></y>",
        "<urlset><url><loc>http://a/</loc></url>\x01",
        "<urlset><url><loc>http://a/</loc></url><",
    };
    for (size_t i = 0; i < COUNT(broken); i++) {
        int error;
        cr_expect_eq(count("text/xml", broken[i], strlen(broken[i]), &error), 1, "%s", broken[i]);
        cr_expect_eq(error, -EBADMSG, "%s", broken[i]);
    }
}

/* times copies of a piece behind a head, and a tail. */
static char *repeat(const char *head, const char *piece, size_t times, const char *tail)
{
    size_t n = strlen(piece);
    char *body = malloc(strlen(head) + n * times + strlen(tail) + 1), *p = body;
    p = stpcpy(p, head);
    for (size_t i = 0; i < times; i++)
        p = stpcpy(p, piece);
    strcpy(p, tail);
    return body;
}

Test(sitemap, stops_at_a_tag_that_is_too_long)
{
    int error;
    char *body = repeat("<urlset><url><loc>http://a/?b&c</loc></url><url ", "a=\"&\" ", 100000,
                        "><loc>http://b/</loc></url></urlset>");
    cr_expect_eq(count("text/xml", body, strlen(body), &error), 1);
    cr_expect_eq(error, -E2BIG);
    free(body);
}

Test(sitemap, stops_where_it_is_nested_too_deep)
{
    int error;
    char *body = repeat("<urlset><url><loc>http://a/</loc></url>", "<url>", 1000000, "");
    cr_expect_eq(count("text/xml", body, strlen(body), &error), 1);
    cr_expect_lt(error, 0);
    free(body);
}

Test(sitemap, passes_over_text_that_no_url_can_be)
{
    int error;
    char *body = repeat("<urlset><url><loc>http://a/", "a", 1 << 20,
                        "</loc></url><url><loc>http://b/</loc></url></urlset>");
    cr_expect_eq(count("text/xml", body, strlen(body), &error), 1);
    free(body);
}

static size_t compress_body(const char *body, size_t length, char *out, size_t size)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)body,
                  .avail_in = (uInt)length,
                  .next_out = (unsigned char *)out,
                  .avail_out = (uInt)size};
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return size - z.avail_out;
}

static const char one[] = "<urlset><url><loc>http://a/</loc></url></urlset>";

Test(sitemap, inflates_gzip_however_often_it_was_deflated)
{
    char once[512], twice[512];
    int error;
    size_t n = compress_body(one, strlen(one), once, sizeof(once));
    size_t m = compress_body(once, n, twice, sizeof(twice));
    cr_expect_eq(count("application/gzip", once, n, &error), 1);
    cr_expect_eq(count("application/x-gzip", twice, m, &error), 1);
    cr_expect_eq(count("text/xml", once, n, &error), 1);
    cr_expect_eq(count(NULL, once, n, &error), 1);
    cr_expect_eq(count("application/gzip", one, strlen(one), &error), 1);
    cr_expect_eq(error, 0);
}

Test(sitemap, joins_the_members_of_a_gzip_file)
{
    char out[512];
    int error;
    size_t n = compress_body(one, 20, out, sizeof(out));
    n += compress_body(one + 20, strlen(one) - 20, out + n, sizeof(out) - n);
    cr_expect_eq(count("application/gzip", out, n, &error), 1);
    cr_expect_eq(error, 0);
}

Test(sitemap, reads_a_text_sitemap_out_of_gzip)
{
    char out[512];
    int error;
    const char *list = "http://a/\nhttp://b/\n";
    size_t n = compress_body(list, strlen(list), out, sizeof(out));
    cr_expect_eq(count("application/gzip", out, n, &error), 2);
}

Test(sitemap, uses_what_a_cut_gzip_file_gives)
{
    char *body = repeat("<urlset>", "<url><loc>http://a/</loc></url>", 1000, "</urlset>");
    char *out = malloc(65536);
    int error;
    size_t n = compress_body(body, strlen(body), out, 65536);
    size_t links = count("application/gzip", out, n - 20, &error);
    cr_expect(links > 0 && links <= 1000, "%zu", links);
    cr_expect_eq(error, -EBADMSG);
    free(out);
    free(body);
}

Test(sitemap, inflates_no_more_than_its_limit)
{
    enum { SIZE = 1 << 20 };
    char *spaces = malloc(SITEMAP_MAX + 2), *out = malloc(SIZE);
    int error;
    memset(spaces, ' ', SITEMAP_MAX + 2);
    memcpy(spaces, "<urlset>", 8);
    size_t n = compress_body(spaces, SITEMAP_MAX + 2, out, SIZE);
    cr_expect_eq(count("application/gzip", out, n, &error), 0);
    cr_expect_eq(error, -E2BIG);
    free(spaces);
    free(out);
}

Test(sitemap, takes_a_text_only_if_every_line_is_an_address)
{
    static const char *const texts[][2] = {
        {"http://a/\nhttps://b/\n", "http://a/ https://b/ "},
        {"\xef\xbb\xbfhttp://a/\r\n\r\n  http://b/  \r\n", "http://a/ http://b/ "},
        {"HTTP://A/", "http://a/ "},
        {"\n\n", ""},
        {"http://a/\nUser-agent: *\n", ""},
        {"# list\nhttp://a/\n", ""},
        {"http://a/ is an address\n", ""},
        {"ftp://a/\n", ""},
        {"a\n", ""},
        {"http://a/\nhttp://[/\n", "http://a/ "},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        cr_expect_str_eq(links_of("text/plain", texts[i][0], false), texts[i][1], "%s",
                         texts[i][0]);
}
