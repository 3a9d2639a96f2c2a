#include "parse/html.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* A fact about both readers of HTML: the scanner and Gumbo's tree. */
#define EACH_READER(name)      \
    static void name(void);    \
    Test(html, scanner_##name) \
    {                          \
        name();                \
    }                          \
    Test(html, tree_##name)    \
    {                          \
        read_tree = true;      \
        name();                \
    }                          \
    static void name(void)

/* The base of relative URLs in the tables. */
#define X "http://h.example/dir/x "

static const struct {
    const char *html, *urls;
} followed[] = {
    {"<a href=x>", X},
    {"<A HREF='x'>", X},
    {"<map><area href=x></map>", X},
    {"<iframe src=x></iframe>", X},
    {"<frameset><frame src=x></frameset>", X},
    {"<link rel=next href=x>", X},
    {"<link rel='alternate canonical' href=x>", X},
    {"<meta http-equiv=Refresh content='0; url=x'>", X},
    {"<meta content='0; url=x' http-equiv=refresh>", X},
    {"<svg><a href=x></a></svg>", X},
    {"<svg><a xlink:href=x></a></svg>", X},
    {"<svg><a href=x xlink:href=y></a></svg>", X},
    {"<a href='?a=1&amp;b=2&copy=3'>", "http://h.example/dir/page?a=1&b=2&copy=3 "},
    {"<a href='  x\n'>", X},
    {"<a href=''>", DOCUMENT " "},
    {"<a href='#top'>", DOCUMENT " "},
    {"<a href=x><a href=x>", X X},
    {"<a href=x href=y>", X},
    {"<a href=http://user:pw@b/>", "http://b/ "},
    {"text<a href=x", ""},
    {"text<a href='x'", ""},
    /* No links, or none that a crawler follows. */
    {"<a>", ""},
    {"<a name=x>", ""},
    {"<a ping=x>", ""},
    {"<form action=x><button formaction=x></form>", ""},
    {"<iframe src=''></iframe>", ""},
    {"<iframe srcdoc='<a href=x>'></iframe>", ""},
    {"<link href=x>", ""},
    {"<link rel=stylesheet href=x>", ""},
    {"<link rel='alternate stylesheet' href=x>", ""},
    {"<link rel=preconnect href=http://b/>", ""},
    {"<link rel=next href=''>", ""},
    {"<meta http-equiv=refresh content=5>", ""},
    {"<meta name=refresh content='0; url=x'>", ""},
    {"<img src=x>", ""},
    {"<blockquote cite=x>", ""},
    {"<a href=mailto:a@b><a href=javascript:x><a href=tel:1><a href=ftp://a/><a href=data:,x>", ""},
    {"<a href='http://['>", ""},
    {"<x href=x>", ""},
    {"<math href=x></math>", ""},
    /* What is text, and what is live. */
    {"<!-- <a href=x> -->", ""},
    {"<script><a href=x></script>", ""},
    {"<style><a href=x></style>", ""},
    {"<title><a href=x></title>", ""},
    {"<textarea><a href=x></textarea>", ""},
    {"<xmp><a href=x></xmp>", ""},
    {"<iframe><a href=x></iframe>", ""},
    {"<noembed><a href=x></noembed>", ""},
    {"<noframes><a href=x></noframes>", ""},
    {"<plaintext><a href=x>", ""},
    {"<svg><![CDATA[<a href=x>]]></svg>", ""},
    {"<noscript><a href=x></noscript>", X},
    {"<head><noscript><link rel=next href=x></noscript></head>", X},
    {"<head><noscript><a href=x></a></noscript></head>", X},
    {"<template><a href=x></template>", X},
    {"<template><template><a href=x></template></template>", X},
    {"<select><option><a href=x></select>", ""},
    {"<table><td><select></td><a href=x>", X},
    {"<table><select></td><a href=x>", ""},
    {"</body><!-- --><frameset><frame src=x></frameset>", X},
    {"<form><svg></form><a xlink:href=x>", X},
    {"<br><math></frameset><a href=x>", ""},
    {"<br><svg /><link rel=next href=x>", X},
    {"<table><a href=x><tr><td></table>", X},
    {"<svg><title><a href=x></a></title></svg>", X},
    /* What the tree drops, and what it does not. */
    {"<select><a href=x></select>", ""},
    {"<select></select><a href=x>", X},
    {"<select><select><a href=x>", X},
    {"<select><input><a href=x>", X},
    {"<select><textarea><a href=x></textarea><a href=x>", X},
    {"<select><style><a href=x></style><title></select><a href=x>", X},
    {"<select><script><a href=x></script></select>", ""},
    {"<select><template><a href=x></template><a href=x></select>", X},
    {"<select><svg><a href=x></svg></select>", ""},
    {"<select><td><a href=x>", ""},
    {"<table><tr><td><select><td><a href=x></table>", X},
    {"<table><tr><td><select></td><a href=x></table>", X},
    {"<table><tr><td><select></div><a href=x></table>", ""},
    {"<template><thead><select></table><a href=x>", ""},
    {"x<table><tr><td></td x><table></table><select><td><a href=x>", ""},
    {"x<table><tr><td><table></table><select><td><a href=x>", X},
    {"<frameset><a href=x><frame src=x></frameset>", X},
    {"<frameset><noframes><a href=x></noframes></frameset>", ""},
    {"<frameset></frameset><a href=x><frame src=x>", ""},
    {"<frameset><frameset></frameset><frame src=x></frameset><frame src=x>", X},
    {"<frame src=x>", ""},
    {"<a href=x><frameset><frame src=y>", "http://h.example/dir/y "},
    {"<link rel=next href=x><p><link rel=next href=z><frameset><frame src=y>",
     X "http://h.example/dir/y "},
    {"<body><a href=x><frameset><frame src=y>", X},
    {"text<a href=x><frameset><frame src=y>", X},
    {"&nbsp;<a href=x><frameset><frame src=y>", X},
    {"&#32;&#x0A;<a href=y><frameset><frame src=x>", X},
    {"&#32<a href=y><frameset><frame src=x>", X},
    {"&#32x<a href=x><frameset><frame src=y>", X},
    {"&Tab;&NewLine;&#9&#10<a href=y><frameset><frame src=x>", X},
    {"&<a href=x><frameset><frame src=y>", X},
    {"<img><a href=x><frameset><frame src=y>", X},
    {"<input type=hidden><frameset><frame src=x>", X},
    {"<input><frameset><frame src=x>", ""},
    {"<p><base href=/b/><a href=y><frameset><frame src=x>", X},
    {"<svg><style><a href=x></a></style></svg>", X},
    {"<svg><script><a href=x></a></script></svg>", X},
    {"<svg><g><p><a href=x>", X},
    {"<svg><desc><style><a href=x></style></desc></svg>", ""},
    {"<svg><desc></desc><style><a href=x></style></svg>", X},
    {"<svg/><style><a href=x></style>", ""},
    {"<math><mo><p><hr><mglyph><a href=x>", ""},
    {"<svg><desc><a><a></a></desc><style><a href=x></style></svg>", X},
    {"<svg><desc><p><p></p></desc><style><a href=x></style></svg>", X},
    {"<svg><g/><style><a href=x></style></svg>", X},
    {"<math><mi><style><a href=x></style></mi></math>", ""},
    {"<math><style><a href=x></style></math>", ""},
    {"<math><a href=x></math>", ""},
    {"<math><annotation-xml><svg><a href=x></svg></annotation-xml></math>", X},
    {"<math><annotation-xml encoding=TEXT/html><a href=x></annotation-xml></math>", X},
    {"<math><annotation-xml><a href=x></annotation-xml></math>", ""},
    {"<svg><font><style><a href=x></style></svg>", X},
    {"<svg><font size=1><style><a href=x></style></svg>", ""},
    {"<p><svg></p><style><a href=x></style>", ""},
    {"<template><select></template><a href=x>", X},
    {"<template><svg></template><style><a href=x></style>", ""},
    {"<template><frameset></template><a href=x>", X},
    {"<template><col><a href=x></template><a href=x>", X},
    {"<head><template></head><a href=x></template><a href=x>", X X},
    {"<head><noscript><style><a href=x></style></noscript></head>", ""},
    {"</head><link rel=next href=x>", X},
    {"<![CDATA[<a href=y>]]><a href=x>", X},
    {"<!doctype x '<a href=y>'><a href=x>", X},
    {"<script><!-- <script></script><a href=x></script>--></script><a href=x>", X},
    {"<script><!-- <script> --></script><a href=x>", X},
    {"<script><!-- </script><a href=x>", X},
    {"<script><!--></script><a href=x>", X},
    {"<title></titlex><a href=x></title ><a href=x>", X},
    {"<!--> <a href=x>", X},
    {"<!---> <a href=x>", X},
    {"<!-- --!> <a href=x>", X},
    {"<!-- -- > <a href=x>-->", ""},
    {"<!-- <a href=x>", ""},
    {"</ <a href=x>", ""},
    {"</> <a href=x>", X},
    {"<? <a href=x>", ""},
    {"<1><a href=x>", X},
    {"<p a='>' b=\">\" c = '>' d=\">\"><a href=x>", X},
    {"<p a=b\">\"<a href=x>", X},
    {"<p =\"><a href=x>", X},
    {"<p/a/=b><a href=x>", X},
    {"<a/href=x>", X},
    {"<a href = x>", X},
    {"<a href>", DOCUMENT " "},
    {"<a href=>", DOCUMENT " "},
    {"<a HREF=\"x\"href=y>", X},
    {"<a href='x", ""},
    /* A tag is one link, however often the tree repeats it. */
    {"<p><a href=x>1<p>2<p>3", X},
    {"<a href=x><div>1</a>2</div>", X},
    {"<b><a href=x>1<div>2</b>3</div>", X},
    {"<a href=x>1<table><tr><td>2</a>3</table>", X},
    {"<a href=x><p><a href=y>", X "http://h.example/dir/y "},
    /* base */
    {"<base href=/b/><a href=x>", "http://h.example/b/x "},
    {"<a href=x><base href=/b/>", "http://h.example/b/x "},
    {"<base><base href=/b/><base href=/c/><a href=x>", "http://h.example/b/x "},
    {"<base target=x><base href=/b/><a href=x>", "http://h.example/b/x "},
    {"<base href=b/><a href=x>", "http://h.example/dir/b/x "},
    {"<base href=//b><a href=x>", "http://b/x "},
    {"<base href=https://b/c/><a href=../x><a href=//d/>", "https://b/x https://d/ "},
    {"<base href=''><a href=x>", X},
    {"<base href='http://['><base href=/b/><a href=x>", X},
    {"<base href=data:,x><a href=x>", X},
    {"<base href=' Java\nScript:x'><a href=x>", X},
    {"<base href=javascripts:x><a href=x>", ""},
    {"<base href=ftp://b/><a href=x><a href=http://c/>", "http://c/ "},
    {"<base href=http://user:pw@b/><a href=x>", "http://b/x "},
    {"<template><base href=/b/></template><a href=x>", X},
    {"<p><a href=y><base href=/b/><frameset><frame src=x></frameset>", X},
    {"<noscript><base href=/b/></noscript><a href=x>", "http://h.example/b/x "},
    {"<!-- <base href=/b/> --><a href=x>", X},
    {"<svg><base href=/b/></svg><a href=x>", X},
};

EACH_READER(finds_links_to_follow)
{
    for (size_t i = 0; i < COUNT(followed); i++)
        cr_expect_str_eq(links_of("text/html", followed[i].html, false), followed[i].urls, "%s",
                         followed[i].html);
}

static const struct {
    const char *html, *urls;
} assets[] = {
    {"<template><th></tr><table background=x>", X},
    {"<template><tr><td></tbody><table background=x>", X},
    {"<template><tr><td></tr><table background=x>", ""},
    {"<img src=x>", X},
    {"<image src=x>", X},
    {"<img src='' srcset='x 1x, x 2x'>", X X},
    {"<picture><source srcset=x></picture>", X},
    {"<script src=x></script>", X},
    {"<link rel=stylesheet href=x>", X},
    {"<link rel='alternate stylesheet' href=x>", X},
    {"<link rel='shortcut icon' href=x>", X},
    {"<link rel=preload href=x imagesrcset='x 1x'>", X X},
    {"<link rel=manifest href=x>", X},
    {"<link rel=preconnect href=x>", ""},
    {"<video src=x poster=x><source src=x><track src=x></video>", X X X X},
    {"<audio src=x></audio>", X},
    {"<embed src=x>", X},
    {"<object data=x></object>", X},
    {"<input type=IMAGE src=x>", X},
    {"<input type=text src=x>", ""},
    {"<body background=x>", X},
    {"<table background=x><tbody background=x><tr background=x><td background=x></table>", X X X X},
    {"<svg><image href=x /><use xlink:href=x /><feImage href=x /></svg>", X X X},
    {"<svg><script href=x></script></svg>", X},
    {"<svg><use href=#x /></svg>", ""},
    {"<use href=x>", ""},
    {"<style>a{b:url(x)}</style>", X},
    {"<svg><style>a{b:url(x)}</style></svg>", X},
    {"<svg><style>a{b:'<';c:url(x)}</style></svg>", X},
    {"<style>a{b:url(&amp;)}</style>", "http://h.example/dir/&amp; "},
    {"<p style='a:url(x);b:url(\"x\")'>", X X},
    {"<custom-element style='a:url(x)'>", X},
    {"<p style='a:url(&quot;x&quot;)'>", X},
    {"<a href=x style='a:url(x)'>", X},
    {"<template><img src=x></template>", X},
    {"<template><html><thead background=x></template>", ""},
    {"<template><td background=x></td><tr background=x></template>", X},
    {"<template><tr background=x></tr><tbody background=x></template>", X},
    {"<template><tbody background=x></tbody><tfoot background=x></template>", X X},
    {"<math><mi><html><mglyph></html><tfoot style='a:url(x)'>", X},
    {"<noscript><img src=x></noscript>", X},
    {"<head><noscript><img src=x></noscript>", X},
    {"<base href=/b/><img src=x><style>a{b:url(y)}</style>",
     "http://h.example/b/x http://h.example/b/y "},
    {"<p><b style='a:url(x)'>1<p>2", X},
    {"<img src=data:,x><iframe src=x></iframe>", ""},
};

EACH_READER(finds_what_a_page_loads)
{
    for (size_t i = 0; i < COUNT(assets); i++)
        cr_expect_str_eq(links_of("text/html", assets[i].html, true), assets[i].urls, "%s",
                         assets[i].html);
}

/* Reads all that a page may be cut to. */
static void read_truncations(const char *html)
{
    struct links l;
    links_init(&l);
    for (size_t length = 0; html[length]; length++) {
        links_clear(&l);
        cr_expect_eq(find_links(&l, "text/html", html, length, true), 0);
        cr_expect_eq(l.error, 0, "%.*s", (int)length, html);
    }
    links_deinit(&l);
}

EACH_READER(reads_every_truncation_of_a_page)
{
    for (size_t i = 0; i < COUNT(followed); i++)
        read_truncations(followed[i].html);
    for (size_t i = 0; i < COUNT(assets); i++)
        read_truncations(assets[i].html);
}

EACH_READER(reads_random_bytes)
{
    static const char likely[] = "<<<>/!-=\"' &;a[]?\0\n";
    char html[300];
    struct links l;
    uint32_t dice = 1;
    links_init(&l);
    for (int page = 0; page < 5000; page++) {
        for (size_t i = 0; i < sizeof(html); i++) {
            dice = dice * 1664525 + 1013904223;
            html[i] = page % 2 ? (char)(dice >> 24) : likely[(dice >> 16) % sizeof(likely)];
        }
        links_clear(&l);
        cr_expect_eq(find_links(&l, "text/html", html, sizeof(html), true), 0);
        cr_expect_eq(l.error, 0, "page %d", page);
    }
    links_deinit(&l);
}

static struct links found;

static void find(const char *html, bool with_assets)
{
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), with_assets), 0);
}

static void init_found(void)
{
    links_init(&found);
}

static void deinit_found(void)
{
    links_deinit(&found);
}

TestSuite(html, .init = init_found, .fini = deinit_found);

EACH_READER(describes_a_link)
{
    find("<p>\n\n<a rel='me NoFollow'\nhref=x><area href=y>", false);
    cr_assert_eq(found.count, 2);
    const struct link *l = found.items;
    cr_expect_str_eq(l[0].element, "a");
    cr_expect_str_eq(l[0].attribute, "href");
    cr_expect_str_eq(links_text(&found, l[0].rel), "me NoFollow");
    cr_expect_eq(l[0].line, 3);
    cr_expect_eq(l[0].kind, LINK_FOLLOW);
    cr_expect(l[0].nofollow);
    cr_expect_eq(l[0].length, strlen(links_text(&found, l[0].url)));
    cr_expect_str_eq(l[1].element, "area");
    cr_expect_str_eq(links_text(&found, l[1].rel), "");
    cr_expect_eq(l[1].line, 4);
    cr_expect_not(l[1].nofollow);
}

EACH_READER(keeps_line_feeds_of_a_rel_alone)
{
    find("<a rel='me\r\nnofollow\rnext\n' href=x>", false);
    cr_assert_eq(found.count, 1);
    cr_expect_str_eq(links_text(&found, found.items[0].rel), "me\nnofollow\nnext\n");
    cr_expect(found.items[0].nofollow);
    cr_expect_str_eq(links_text(&found, found.items[0].url), "http://h.example/dir/x");
}

EACH_READER(names_elements_and_attributes)
{
    static const char *const rows[][3] = {
        {"<meta http-equiv=refresh content='0;url=x'>", "meta", "content"},
        {"<svg><a xlink:href=x>", "a", "xlink:href"},
        {"<svg><feImage href=x>", "feimage", "href"},
        {"<img srcset=x>", "img", "srcset"},
        {"<style>a{b:url(x)}</style>", "style", ""},
        {"<p style='a:url(x)'>", "p", "style"},
        {"<link rel=icon href=x>", "link", "href"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        links_clear(&found);
        find(rows[i][0], true);
        cr_assert_eq(found.count, 1, "%s", rows[i][0]);
        cr_expect_str_eq(found.items[0].element, rows[i][1], "%s", rows[i][0]);
        cr_expect_str_eq(found.items[0].attribute, rows[i][2], "%s", rows[i][0]);
    }
}

EACH_READER(has_links_and_assets_in_document_order)
{
    find("<img src=1><a href=2><script src=3></script><a href=4>", true);
    cr_assert_eq(found.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const char *url = links_text(&found, found.items[i].url);
        cr_expect_eq(url[strlen(url) - 1], (char)('1' + i));
    }
}

EACH_READER(keeps_a_rel_once_for_a_run_of_links)
{
    find("<a rel=nofollow href=x><a rel=nofollow href=y><a href=z><a rel=nofollow href=x>", false);
    cr_assert_eq(found.count, 4);
    cr_expect_eq(found.items[1].rel, found.items[0].rel);
    cr_expect_eq(found.items[2].rel, 0);
    cr_expect_str_eq(links_text(&found, found.items[3].rel), "nofollow");
}

EACH_READER(counts_other_links)
{
    find("<a href=mailto:x><a href='http://['><a href=x>", false);
    cr_expect_eq(found.count, 1);
    cr_expect_eq(found.other, 2);
}

EACH_READER(keeps_the_title)
{
    static const char *const rows[][2] = {
        {"<title> A \n&amp;\tB </title>", "A & B"}, {"<title></title><title>B</title>", "B"},
        {"<title>A</title><title>B</title>", "A"},  {"<title> </title>", ""},
        {"<svg><title>A</title></svg>", ""},        {"<p>", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        links_clear(&found);
        find(rows[i][0], false);
        cr_expect_str_eq(links_text(&found, found.title), rows[i][1], "%s", rows[i][0]);
    }
}

EACH_READER(cuts_a_long_title_between_characters)
{
    char html[8192] = "<meta charset=utf-8><title>x";
    for (int i = 0; i < 2000; i++)
        strcat(html, "\xe2\x82\xac");
    find(html, false);
    size_t length = strlen(links_text(&found, found.title));
    cr_expect(length > 900 && length <= 1000 && length % 3 == 1, "%zu", length);
}

EACH_READER(cuts_a_title_of_odd_bytes_where_others_are_cut)
{
    char html[8192] = "<meta charset=utf-8><title>";
    for (int i = 0; i < 2000; i++)
        strcat(html, "\xff");
    find(html, false);
    cr_expect_eq(strlen(links_text(&found, found.title)), 999);
}

EACH_READER(keeps_the_canonical_url)
{
    find("<link rel=canonical href=mailto:x><link rel=Canonical href=y><link rel=canonical href=z>",
         false);
    cr_expect_str_eq(links_text(&found, found.canonical), "http://h.example/dir/y");
}

EACH_READER(reads_meta_robots)
{
    static const struct {
        const char *html;
        bool nofollow, noindex;
    } rows[] = {
        {"<meta name=robots content='noindex, nofollow'>", true, true},
        {"<meta name=ROBOTS content=NoFollow>", true, false},
        {"<meta name=robots content=none>", true, true},
        {"<meta name=robots content=noindex><meta name=robots content=nofollow>", true, true},
        {"<meta name=robots content=all>", false, false},
        {"<meta name=googlebot content=none>", false, false},
        {"<meta name=robots>", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        links_clear(&found);
        find(rows[i].html, false);
        cr_expect_eq(found.nofollow, rows[i].nofollow, "%s", rows[i].html);
        cr_expect_eq(found.noindex, rows[i].noindex, "%s", rows[i].html);
    }
}

EACH_READER(encodes_queries_in_the_documents_charset)
{
    cr_expect_str_eq(
        links_of("text/html; charset=windows-1251", "<a href='/\xe4?\xe4&yuml;'>", false),
        "http://h.example/%D0%B4?%E4%26%23255%3B ");
    cr_expect_str_eq(links_of("text/html", "<meta charset=shift_jis><a href='?\x93\xfa'>", false),
                     "http://h.example/dir/page?%93%FA ");
}

EACH_READER(reads_xhtml_as_utf_8)
{
    cr_expect_str_eq(links_of("application/xhtml+xml", "<html><a href='/\xc3\xa9'>", false),
                     "http://h.example/%C3%A9 ");
}

EACH_READER(reads_on_behind_nul_bytes)
{
    static const char html[] = "<p>\0</p><a\0b href=1><a href='2\0'><a href=x>";
    cr_assert_eq(find_links(&found, "text/html; charset=utf-8", html, sizeof(html) - 1, false), 0);
    cr_assert_eq(found.count, 2);
    cr_expect_str_eq(links_text(&found, found.items[0].url), "http://h.example/dir/2%EF%BF%BD");
    cr_expect_str_eq(links_text(&found, found.items[1].url), "http://h.example/dir/x");
}
