/* Pages are written as they come. Where the limit is met, what the file holds is split off, and the
 * file goes on with the next sitemap; at the end the last one is split off too, for the index. */
#include "cmd/write_sitemap.h"

#include "crawler/memory.h"
#include "parse/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_URLS 50000
#define MAX_BYTES (50u << 20)

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define SCHEMA "http://www.sitemaps.org/schemas/sitemap/0.9"

static const char begin[] = XML "<urlset xmlns=\"" SCHEMA "\">\n";
static const char end[] = "</urlset>\n";

struct write_sitemap {
    struct listener listener;
    struct output *output;
    const char *name;
    size_t urls, bytes; /* of the present sitemap */
    size_t former;      /* sitemaps that were split off */
    struct text entry;
    char *origin; /* of the first page */
};

static void write_string(struct write_sitemap *w, const char *text)
{
    text_add_string(output_begin(w->output), text);
    output_end(w->output);
}

static void begin_sitemap(struct write_sitemap *w)
{
    write_string(w, begin);
    w->urls = 0;
    w->bytes = sizeof begin - 1 + sizeof end - 1;
}

/* The caller frees. */
static char *name_former(const struct write_sitemap *w, size_t number)
{
    size_t length = strlen(w->name), room = length + 32;
    char *name = memory_resize(NULL, room);

    if (length > 4 && strcmp(w->name + length - 4, ".xml") == 0)
        length -= 4;
    snprintf(name, room, "%.*s-%zu.xml", (int)length, w->name, number);
    return name;
}

static void split(struct write_sitemap *w)
{
    char *name = name_former(w, ++w->former);

    output_split(w->output, name);
    free(name);
}

static bool fits(const struct write_sitemap *w)
{
    return !output_part(w->output) ||
           (w->urls < MAX_URLS && w->bytes + w->entry.length <= MAX_BYTES);
}

/* As W3C Datetime, in UTC; past the year 9999 there is none. */
static void add_lastmod(struct text *t, const char *last_modified)
{
    time_t date = last_modified ? header_date(last_modified, time(NULL)) : -1;
    struct tm tm;
    char text[32];

    if (date < 0 || !gmtime_r(&date, &tm) || tm.tm_year > 9999 - 1900)
        return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    text_add_string(t, "<lastmod>");
    text_add_string(t, text);
    text_add_string(t, "</lastmod>");
}

static void visited(struct listener *l, const struct page *p)
{
    struct write_sitemap *w = container_of(l, struct write_sitemap, listener);
    const struct todo *todo = &p->item->todo;
    struct text *entry = &w->entry;

    if (p->error || p->fetch->status / 100 != 2 || todo->external || todo->asset)
        return;
    if (!w->origin)
        w->origin = memory_copy(p->url.text, p->url.path);
    entry->length = 0;
    text_add_string(entry, "<url><loc>");
    text_add_markup(entry, p->item->url, p->item->length);
    text_add_string(entry, "</loc>");
    add_lastmod(entry, fetch_header(p->fetch, HEADER_LAST_MODIFIED));
    text_add_string(entry, "</url>\n");
    if (!fits(w)) {
        write_string(w, end);
        split(w);
        begin_sitemap(w);
    }
    text_add(output_begin(w->output), entry->data, entry->length);
    output_end(w->output);
    w->urls++;
    w->bytes += entry->length;
}

/* A file's name as the one segment of a URL's path. */
static void add_segment(struct text *t, const char *name)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *slash = strrchr(name, '/');

    for (const char *p = slash ? slash + 1 : name; *p; p++) {
        unsigned c = (unsigned char)*p;
        if ((c | 0x20) - 'a' < 26 || c - '0' < 10 || strchr("-._~", *p)) {
            text_add_char(t, *p);
            continue;
        }
        text_add_char(t, '%');
        text_add_char(t, digits[c >> 4]);
        text_add_char(t, digits[c & 15]);
    }
}

static void write_index(struct write_sitemap *w)
{
    write_string(w, XML "<sitemapindex xmlns=\"" SCHEMA "\">\n");
    for (size_t i = 1; i <= w->former; i++) {
        char *name = name_former(w, i);
        struct text *t = output_begin(w->output);
        text_add_string(t, "<sitemap><loc>");
        text_add_markup(t, w->origin, strlen(w->origin));
        text_add_char(t, '/');
        add_segment(t, name);
        text_add_string(t, "</loc></sitemap>\n");
        output_end(w->output);
        free(name);
    }
    write_string(w, "</sitemapindex>\n");
}

static void ended(struct listener *l, struct crawl *c)
{
    struct write_sitemap *w = container_of(l, struct write_sitemap, listener);

    (void)c;
    write_string(w, end);
    if (w->former == 0)
        return;
    split(w);
    write_index(w);
}

struct write_sitemap *write_sitemap_new(struct output *o, const char *name)
{
    struct write_sitemap *w = memory_new(sizeof *w);

    w->listener = (struct listener){.visited = visited, .ended = ended};
    w->output = o;
    w->name = name;
    begin_sitemap(w);
    return w;
}

void write_sitemap_free(struct write_sitemap *w)
{
    if (!w)
        return;
    text_deinit(&w->entry);
    free(w->origin);
    free(w);
}

struct listener *write_sitemap_listener(struct write_sitemap *w)
{
    return &w->listener;
}
