#include "cmd/print_options.h"

#include "cmd/message.h"

static bool add_stream(void *arg, const char *part, size_t n)
{
    struct records_options *o = arg;
    unsigned stream = stream_find(part, n);

    o->streams |= stream;
    if (!stream)
        message("skitter: --print %.*s: expected found, visited, ok, redirects, broken, "
                "broken-links, external, edges or refused",
                (int)(n < 40 ? n : 40), part);
    return stream != 0;
}

static bool choose_format(struct records_options *o, const struct crawl_arguments *a)
{
    if (a->json + a->csv + (a->write_out != NULL) > 1) {
        message("skitter: --json, --csv, --write-out: one of them at a time");
        return false;
    }
    if (a->csv && a->null_records) {
        message("skitter: -0: the rows of --csv end in line feeds");
        return false;
    }
    o->format = a->json        ? FORMAT_JSON
                : a->csv       ? FORMAT_CSV
                : a->write_out ? FORMAT_TEMPLATE
                               : FORMAT_PLAIN;
    return true;
}

static bool choose_streams(struct records_options *o, const struct crawl_arguments *a)
{
    if (!texts_for_parts(&a->print, add_stream, o))
        return false;
    if (!o->streams)
        o->streams = o->format == FORMAT_PLAIN ? STREAM_FOUND : STREAM_VISITED;
    if (o->format == FORMAT_JSON || (o->streams & (o->streams - 1)) == 0)
        return true;
    message("skitter: --print: several streams need --json");
    return false;
}

static bool read_template(struct records_options *o, const char *text)
{
    char wrong[TEMPLATE_WRONG];

    o->template = template_new(text, stream_type(o->streams), wrong);
    if (!o->template)
        message("skitter: --write-out: %s", wrong);
    return o->template != NULL;
}

bool print_options_read(struct records_options *out, const struct crawl_arguments *a,
                        struct rules *rules)
{
    *out = (struct records_options){
        .sorted = a->sorted, .end = a->null_records ? '\0' : '\n', .ok = &a->ok};
    if (!choose_format(out, a) || !choose_streams(out, a) ||
        (a->write_out && !read_template(out, a->write_out)))
        return false;

    unsigned links = out->streams & (STREAM_EDGES | STREAM_BROKEN_LINKS);
    bool plain = out->format == FORMAT_PLAIN;
    rules->settle |= out->sorted;
    rules->all_links |= links != 0;
    rules->lines |= links && !plain;
    rules->contents |= !plain && (out->streams & STREAM_PAGES);
    rules->tell_refused |= (out->streams & (STREAM_REFUSED | STREAM_EDGES)) != 0;
    rules->keep_trail |= out->sorted || !plain || rules->tell_refused;
    return true;
}
