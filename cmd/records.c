/* Each event makes a record where a stream wants it, which is printed at once or kept to be sorted.
 * Lines of found URLs, the default, and of edges are many, and no records at all: they are
 * printed as they come. */
#include "cmd/records.h"

#include "cmd/sorted.h"
#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 3 /* of plain output, at most */

struct records {
    struct listener listener;
    struct records_options options;
    struct output *output;
    struct sorted *sorted;    /* NULL: they are not */
    struct record record;     /* the one being made, */
    struct fetch_facts facts; /* and what it borrows of its fetch */
    bool headed;              /* the header of CSV was printed */
};

static const struct {
    const char *name;
    enum stream stream;
    enum record_type type;
    unsigned count;
    enum field plain[COLUMNS]; /* the columns of a line */
} streams[] = {
    {"found", STREAM_FOUND, RECORD_URL, 1, {FIELD_URL}},
    {"visited", STREAM_VISITED, RECORD_PAGE, 1, {FIELD_URL}},
    {"ok", STREAM_OK, RECORD_PAGE, 1, {FIELD_URL}},
    {"redirects", STREAM_REDIRECTS, RECORD_PAGE, 2, {FIELD_URL, FIELD_REDIRECT}},
    {"broken", STREAM_BROKEN, RECORD_PAGE, 1, {FIELD_URL}},
    {"broken-links", STREAM_BROKEN_LINKS, RECORD_LINK, 3, {FIELD_FROM, FIELD_TO, FIELD_ERROR}},
    {"external", STREAM_EXTERNAL, RECORD_URL, 1, {FIELD_URL}},
    {"edges", STREAM_EDGES, RECORD_LINK, 2, {FIELD_FROM, FIELD_TO}},
    {"refused", STREAM_REFUSED, RECORD_REFUSED, 3, {FIELD_URL, FIELD_VERDICT, FIELD_REFERRER}},
};

#define STREAM_COUNT (sizeof streams / sizeof *streams)

unsigned stream_find(const char *name, size_t length)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        if (strlen(streams[i].name) == length && memcmp(streams[i].name, name, length) == 0)
            return streams[i].stream;
    return 0;
}

static size_t stream_index(unsigned stream)
{
    size_t i = 0;

    while (i + 1 < STREAM_COUNT && streams[i].stream != stream)
        i++;
    return i;
}

enum record_type stream_type(enum stream s)
{
    return streams[stream_index(s)].type;
}

static bool wants(const struct records *r, unsigned stream)
{
    return r->options.streams & stream;
}

/* --- printing --- */

static void add_plain(struct text *t, const struct records *r, const struct record *record)
{
    size_t s = stream_index(r->options.streams);

    for (unsigned i = 0; i < streams[s].count; i++) {
        enum field f = streams[s].plain[i];
        if (f == FIELD_ERROR && !record->values[f].known)
            f = FIELD_STATUS;
        if (i)
            text_add_char(t, '\t');
        record_add_value(t, record, f);
    }
}

/* Once, before the first row, or instead of one. */
static void print_header(struct records *r)
{
    if (r->options.format != FORMAT_CSV || r->headed)
        return;
    r->headed = true;
    struct text *t = output_begin(r->output);
    record_add_csv_header(t, stream_type(r->options.streams));
    text_add_string(t, "\r\n");
    output_end(r->output);
}

static void print(void *arg, const struct record *record)
{
    struct records *r = arg;
    const struct template *template = r->options.template;

    print_header(r);
    struct text *t = output_begin(r->output);
    switch (r->options.format) {
    case FORMAT_PLAIN:
        add_plain(t, r, record);
        break;
    case FORMAT_JSON:
        record_add_json(t, record);
        break;
    case FORMAT_CSV:
        record_add_csv(t, record);
        text_add_char(t, '\r');
        break;
    case FORMAT_TEMPLATE:
        template_add(t, template, record);
        break;
    }
    if (r->options.format != FORMAT_TEMPLATE || !template_ends_record(template))
        text_add_char(t, r->options.end);
    output_end(r->output);
}

static void take(struct records *r)
{
    if (r->sorted)
        sorted_add(r->sorted, &r->record);
    else
        print(r, &r->record);
}

/* --- URLs --- */

static void make_url(struct records *r, const char *url, size_t length, uint32_t depth,
                     const char *from, bool external)
{
    struct record *record = &r->record;

    record_begin(record, RECORD_URL);
    record_set_string(record, FIELD_URL, url, length);
    record_set_number(record, FIELD_DEPTH, depth);
    record_set_text(record, FIELD_REFERRER, from);
    record_set_number(record, FIELD_EXTERNAL, external);
    take(r);
}

static struct records *records_of(struct listener *l)
{
    return container_of(l, struct records, listener);
}

static void hear_found(struct listener *l, const struct finding *f)
{
    struct records *r = records_of(l);

    make_url(r, f->url, f->length, f->depth, f->from, false);
}

static void print_found(struct listener *l, const struct finding *f)
{
    struct records *r = records_of(l);
    struct text *t = output_begin(r->output);

    text_add(t, f->url, f->length);
    text_add_char(t, r->options.end);
    output_end(r->output);
}

static void hear_refused(struct listener *l, const struct refusal *f)
{
    struct records *r = records_of(l);
    struct record *record = &r->record;
    bool told = wants(r, STREAM_EDGES) && r->options.format == FORMAT_JSON && f->found;

    if (wants(r, STREAM_EXTERNAL) && f->verdict == VERDICT_SCOPE)
        make_url(r, f->url, strlen(f->url), f->depth, f->from, true);
    if (!wants(r, STREAM_REFUSED) && !told)
        return;
    record_begin(record, RECORD_REFUSED);
    record_set_text(record, FIELD_URL, f->url);
    record_set_number(record, FIELD_DEPTH, f->depth);
    record_set_text(record, FIELD_REFERRER, f->from);
    record_set_text(record, FIELD_VERDICT, verdict_name(f->verdict));
    record_set_text(record, FIELD_MESSAGE, f->why);
    take(r);
}

/* --- links --- */

/* A text that may be missing. */
static void set_some(struct record *record, enum field f, const char *text)
{
    record_set_text(record, f, text && *text ? text : NULL);
}

static void make_link(struct records *r, const struct broken_link *b)
{
    struct record *record = &r->record;
    enum verdict verdict = b->verdict;

    /* A URL out of scope may be followed as an asset and refused as a page: see sorted_each. */
    if (r->sorted && b->asset && verdict == VERDICT_SEEN)
        verdict = VERDICT_FOLLOW;
    record_begin(record, RECORD_LINK);
    record_set_text(record, FIELD_FROM, b->from);
    record_set_text(record, FIELD_TO, b->to);
    if (b->status)
        record_set_number(record, FIELD_STATUS, b->status);
    record_set_number(record, FIELD_DEPTH, b->depth);
    set_some(record, FIELD_ELEMENT, b->element);
    set_some(record, FIELD_ATTRIBUTE, b->attribute);
    set_some(record, FIELD_REL, b->rel);
    if (b->line)
        record_set_number(record, FIELD_LINE, b->line);
    record_set_text(record, FIELD_VERDICT, verdict_name(verdict));
    record_set_text(record, FIELD_ERROR, b->error);
    take(r);
}

/* Neither sitemaps nor redirects are pages with links. */
static bool is_edge(const struct linked *k)
{
    return k->page->item->kind != ITEM_SITEMAP && !k->page->redirect;
}

static void print_edge(struct listener *l, const struct linked *k)
{
    struct records *r = records_of(l);

    if (!is_edge(k))
        return;
    struct text *t = output_begin(r->output);
    text_add(t, k->page->item->url, k->page->item->length);
    text_add_char(t, '\t');
    text_add(t, k->to, k->length);
    text_add_char(t, r->options.end);
    output_end(r->output);
}

static void hear_link(struct listener *l, const struct linked *k)
{
    const struct link *link = k->link;

    if (!is_edge(k))
        return;
    make_link(records_of(l), &(struct broken_link){
                                 .from = k->page->item->url,
                                 .to = k->to,
                                 .element = link->element,
                                 .attribute = link->attribute,
                                 .rel = link->rel ? links_text(&k->page->links, link->rel) : NULL,
                                 .line = link->line,
                                 .depth = k->depth,
                                 .verdict = k->verdict,
                                 .asset = link->kind == LINK_ASSET,
                             });
}

void records_broken_link(struct records *r, const struct broken_link *b)
{
    if (wants(r, STREAM_BROKEN_LINKS))
        make_link(r, b);
}

/* --- pages --- */

static void set_header(struct record *record, enum field f, const struct fetch *fetch,
                       enum fetch_header h)
{
    set_some(record, f, fetch_header(fetch, h));
}

/* Content-Length, where it is a number. */
static void set_length(struct record *record, const struct fetch *f)
{
    const char *text = fetch_header(f, HEADER_CONTENT_LENGTH);
    int64_t n = 0;
    size_t digits = 0;

    for (; text && text[digits] >= '0' && text[digits] <= '9' && digits < 18; digits++)
        n = 10 * n + (text[digits] - '0');
    if (digits && !text[digits])
        record_set_number(record, FIELD_LENGTH, n);
}

static void set_time(struct record *record, enum field f, int64_t ns)
{
    if (ns >= 0)
        record_set_number(record, f, ns);
}

static void set_facts(struct records *r, const struct fetch *f)
{
    struct record *record = &r->record;
    struct fetch_facts *facts = &r->facts;

    fetch_facts_read(f, facts);
    set_some(record, FIELD_IP, facts->ip);
    record_set_text(record, FIELD_HTTP, facts->http);
    set_time(record, FIELD_TIME_START, facts->start);
    set_time(record, FIELD_TIME_DNS, facts->dns);
    set_time(record, FIELD_TIME_CONNECT, facts->connect);
    set_time(record, FIELD_TIME_TLS, facts->tls);
    set_time(record, FIELD_TIME_FIRST_BYTE, facts->first_byte);
    set_time(record, FIELD_TIME_TOTAL, facts->total);
}

static void set_answer(struct record *record, const struct fetch *f)
{
    record_set_number(record, FIELD_STATUS, f->status);
    set_header(record, FIELD_CONTENT_TYPE, f, HEADER_CONTENT_TYPE);
    set_header(record, FIELD_LAST_MODIFIED, f, HEADER_LAST_MODIFIED);
    record_set_number(record, FIELD_SIZE, (int64_t)f->size);
    set_length(record, f);
    record_set_number(record, FIELD_TRUNCATED, f->truncated);
}

static void set_links_text(struct record *record, enum field f, const struct links *l,
                           uint32_t offset)
{
    set_some(record, f, offset ? links_text(l, offset) : NULL);
}

/* What was read of a page, if it was looked at. */
static void set_content(struct record *record, const struct page *p)
{
    const struct links *l = &p->links;

    if (p->parsing == 0)
        return;
    record_set_number(record, FIELD_LINKS, (int64_t)(l->count + l->known));
    record_set_number(record, FIELD_NEW_LINKS, (int64_t)p->new_links);
    record_set_text(record, FIELD_CHARSET, l->charset);
    set_links_text(record, FIELD_TITLE, l, l->title);
    set_links_text(record, FIELD_CANONICAL, l, l->canonical);
    record_set_number(record, FIELD_TIME_PARSE, p->parsing);
}

/* Where a redirect leads, also if that is not gone after. */
static const char *redirect_of(const struct page *p)
{
    const struct links *l = &p->links;

    if (p->redirect || !p->fetch || !fetch_redirects(p->fetch) || l->count == 0)
        return p->redirect;
    return links_text(l, l->items[0].url);
}

static void hear_visit(struct listener *l, const struct page *p)
{
    static const unsigned of_result[] = {[RESULT_OTHER] = 0,
                                         [RESULT_OK] = STREAM_OK,
                                         [RESULT_REDIRECT] = STREAM_REDIRECTS,
                                         [RESULT_BROKEN] = STREAM_BROKEN};
    struct records *r = records_of(l);
    struct record *record = &r->record;
    const struct todo *todo = &p->item->todo;

    if (!wants(r, STREAM_VISITED | of_result[result_of(p, r->options.ok)]))
        return;
    record_begin(record, RECORD_PAGE);
    record_set_string(record, FIELD_URL, p->item->url, p->item->length);
    record_set_number(record, FIELD_DEPTH, todo->depth);
    record_set_text(record, FIELD_REFERRER, p->referrer);
    record_set_text(record, FIELD_REDIRECT, redirect_of(p));
    record_set_number(record, FIELD_EXTERNAL, todo->external);
    record_set_number(record, FIELD_ATTEMPTS, todo->attempts + (p->fetch != NULL));
    if (p->error) {
        record_set_text(record, FIELD_ERROR, fetch_error_name(p->error));
        set_some(record, FIELD_MESSAGE, p->message);
    }
    if (p->fetch && p->fetch->status)
        set_answer(record, p->fetch);
    if (p->fetch && r->options.format != FORMAT_PLAIN && !r->sorted)
        set_facts(r, p->fetch);
    set_content(record, p);
    take(r);
}

/* --- from the first to the last --- */

/* One of the sorted ones. */
ASYNC static void print_sorted(void *arg, const struct record *record)
{
    struct records *r = arg;

    print(r, record);
    output_wait(r->output);
}

ASYNC static void hear_end(struct listener *l, struct crawl *c)
{
    struct records *r = records_of(l);

    print_header(r);
    if (r->sorted)
        sorted_each(r->sorted, c, print_sorted, r);
}

struct records *records_new(const struct records_options *options, struct output *output)
{
    struct records *r = memory_new(sizeof *r);
    struct listener *l = &r->listener;
    bool at_once = options->format == FORMAT_PLAIN && !options->sorted;

    r->options = *options;
    r->output = output;
    if (options->sorted)
        r->sorted = sorted_new();
    if (wants(r, STREAM_FOUND))
        l->found = at_once ? print_found : hear_found;
    if (wants(r, STREAM_PAGES))
        l->visited = hear_visit;
    if (wants(r, STREAM_EDGES))
        l->linked = at_once ? print_edge : hear_link;
    if (wants(r, STREAM_EXTERNAL | STREAM_EDGES | STREAM_REFUSED))
        l->refused = hear_refused;
    l->ended = hear_end;
    return r;
}

void records_free(struct records *r)
{
    if (r)
        sorted_free(r->sorted);
    free(r);
}

struct listener *records_listener(struct records *r)
{
    return &r->listener;
}
