/* The present sitemap is kept in memory, 50 MB at most: only at its end it is known where it goes.
 * To what is no file pages are written as they come. */
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
    struct sitemap_files files;
    struct text entries; /* of the present sitemap, a line each */
    size_t urls;         /* as many */
    size_t former;       /* sitemaps */
    struct text entry;
    char *origin; /* of the first page */
};

static void write_string(struct output *o, const char *text)
{
    text_add_string(output_begin(o), text);
    output_end(o);
}

/* Writes the entries so far, a record each, and forgets them. */
static void write_entries(struct write_sitemap *w, struct output *o)
{
    const char *at = w->entries.data, *stop = at + w->entries.length;

    while (at < stop) {
        const char *feed = memchr(at, '\n', (size_t)(stop - at));
        text_add(output_begin(o), at, (size_t)(feed + 1 - at));
        output_end(o);
        at = feed + 1;
    }
    w->entries.length = w->urls = 0;
}

/* The caller frees. */
static char *name_former(const struct write_sitemap *w, size_t number)
{
    const char *whole = w->files.name;
    size_t length = strlen(whole), room = length + 32;
    char *name = memory_resize(NULL, room);

    if (length > 4 && strcmp(whole + length - 4, ".xml") == 0)
        length -= 4;
    snprintf(name, room, "%.*s-%zu.xml", (int)length, whole, number);
    return name;
}

/* The present sitemap becomes a file of its own. */
static void write_former(struct write_sitemap *w)
{
    char *name = name_former(w, ++w->former);
    struct output *o = w->files.further(w->files.arg, name);

    free(name);
    if (!o) {
        w->entries.length = w->urls = 0; /* what is lost was said */
        return;
    }
    write_string(o, begin);
    write_entries(w, o);
    write_string(o, end);
}

static bool fits(const struct write_sitemap *w)
{
    size_t frame = sizeof begin - 1 + sizeof end - 1;

    return w->urls < MAX_URLS && w->entries.length + w->entry.length + frame <= MAX_BYTES;
}

static bool is_file(const struct write_sitemap *w)
{
    return output_part(w->files.output) != NULL;
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
    if (is_file(w) && !fits(w))
        write_former(w);
    text_add(&w->entries, entry->data, entry->length);
    w->urls++;
    if (!is_file(w))
        write_entries(w, w->files.output);
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
    struct output *o = w->files.output;

    write_string(o, XML "<sitemapindex xmlns=\"" SCHEMA "\">\n");
    for (size_t i = 1; i <= w->former; i++) {
        char *name = name_former(w, i);
        struct text *t = output_begin(o);
        text_add_string(t, "<sitemap><loc>");
        text_add_markup(t, w->origin, strlen(w->origin));
        text_add_char(t, '/');
        add_segment(t, name);
        text_add_string(t, "</loc></sitemap>\n");
        output_end(o);
        free(name);
    }
    write_string(o, "</sitemapindex>\n");
}

static void ended(struct listener *l, struct crawl *c)
{
    struct write_sitemap *w = container_of(l, struct write_sitemap, listener);

    (void)c;
    if (w->former) {
        write_former(w);
        write_index(w);
        return;
    }
    if (is_file(w))
        write_string(w->files.output, begin);
    write_entries(w, w->files.output);
    write_string(w->files.output, end);
}

struct write_sitemap *write_sitemap_new(const struct sitemap_files *files)
{
    struct write_sitemap *w = memory_new(sizeof *w);

    w->listener = (struct listener){.visited = visited, .ended = ended};
    w->files = *files;
    if (!is_file(w))
        write_string(files->output, begin);
    return w;
}

void write_sitemap_free(struct write_sitemap *w)
{
    if (!w)
        return;
    text_deinit(&w->entries);
    text_deinit(&w->entry);
    free(w->origin);
    free(w);
}

struct listener *write_sitemap_listener(struct write_sitemap *w)
{
    return &w->listener;
}
