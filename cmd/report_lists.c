/* The report's lists: the slowest and the largest pages, redirects, and what was not visited. */
#include "cmd/report_page_private.h"

#include "cmd/why.h"
#include "crawler/memory.h"

#include <string.h>

#define TOP 20
#define MOST_REDIRECTS 200
#define FEW_REDIRECTS 10 /* that are shown at once */

/* --- the most of something --- */

static uint64_t took_of(const struct visit *v)
{
    return v->took;
}

static uint64_t size_of(const struct visit *v)
{
    return v->size;
}

/* The visits with the most of it, the first of equals first. Returns how many there are. */
static size_t find_top(const struct visit *top[TOP], const struct report_page *r,
                       uint64_t (*of)(const struct visit *v))
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct visit *v = &r->visits[i];
        if (of(v) == 0 || (count == TOP && of(v) <= of(top[TOP - 1])))
            continue;
        size_t at = count < TOP ? count++ : TOP - 1;
        for (; at > 0 && of(top[at - 1]) < of(v); at--)
            top[at] = top[at - 1];
        top[at] = v;
    }
    return count;
}

/* The page's address, and its title. */
static void write_name(struct text *t, const struct report_page *r, const struct visit *v)
{
    report_add_url(t, r, v->url);
    if (v->kind != KIND_OK)
        text_add_string(t, " "), report_add_outcome(t, v);
    if (v->kind != KIND_REDIRECT && *visit_text(v)) {
        text_add_string(t, " <small>");
        text_add_markup(t, visit_text(v), strlen(visit_text(v)));
        text_add_string(t, "</small>");
    }
}

static void write_top(struct text *t, const struct report_page *r,
                      uint64_t (*of)(const struct visit *v), const char *heading,
                      const char *column)
{
    const struct visit *top[TOP];
    size_t count = find_top(top, r, of);

    text_add_string(t, heading);
    text_add_format(t,
                    "<table class=\"bars\"><thead><tr><th scope=\"col\">Page</th>"
                    "<th scope=\"col\" class=\"n\">%s</th></tr></thead><tbody>\n",
                    column);
    for (size_t i = 0; i < count; i++) {
        text_add_string(t, "<tr><td>");
        write_name(t, r, top[i]);
        text_add_string(t, "<i class=\"bar\"");
        report_add_width(t, (double)of(top[i]) / (double)of(top[0]));
        text_add_string(t, "></i></td><td class=\"n\">");
        if (of == took_of)
            report_add_duration(t, top[i]->took * NS_PER_US);
        else
            report_add_size(t, top[i]->size);
        text_add_string(t, "</td></tr>\n");
    }
    text_add_string(t, "</tbody></table>\n</section>\n");
}

void report_write_slowest(struct text *t, const struct report_page *r)
{
    write_top(t, r, took_of, "<section id=\"slowest\">\n<h2>The slowest</h2>\n", "Time");
}

void report_write_largest(struct text *t, const struct report_page *r)
{
    write_top(t, r, size_of, "<section id=\"largest\">\n<h2>The largest</h2>\n", "Size");
}

/* --- redirects --- */

static void write_redirect(struct text *t, const struct report_page *r, const struct visit *v)
{
    text_add_string(t, "<li>");
    report_add_outcome(t, v);
    text_add_string(t, " ");
    report_add_url(t, r, v->url);
    text_add_string(t, " <span class=\"dim\">to</span> ");
    if (*visit_text(v))
        report_add_url(t, r, visit_text(v));
    else
        text_add_string(t, "nowhere");
    text_add_string(t, "</li>\n");
}

void report_write_redirects(struct text *t, const struct report_page *r,
                            const struct report_totals *all)
{
    uint64_t count = all->kinds[KIND_REDIRECT], shown = 0;

    if (count == 0)
        return;
    text_add_string(t, "<section id=\"redirects\">\n<h2>Redirects</h2>\n<ul class=\"list\">\n");
    for (size_t i = 0; i < r->count && shown < MOST_REDIRECTS; i++)
        if (r->visits[i].kind == KIND_REDIRECT) {
            report_fold(t, shown++, FEW_REDIRECTS, count);
            write_redirect(t, r, &r->visits[i]);
        }
    report_add_more(t, count - shown, "more redirect", "more redirects");
    report_fold(t, count, FEW_REDIRECTS, count);
    text_add_string(t, "</section>\n");
}

/* --- what was not visited --- */

/* What a limit left is only counted. */
static uint64_t refused_as(const struct report_page *r, const struct stats *s, int verdict)
{
    uint64_t told = r->refused[verdict].count;

    return told > s->refused[verdict] ? told : s->refused[verdict];
}

uint64_t report_count_refused(const struct report_page *r, const struct stats *s)
{
    uint64_t n = 0;

    for (int v = VERDICT_SCOPE; v < VERDICT_COUNT; v++)
        n += refused_as(r, s, v);
    return n;
}

static void write_examples(struct text *t, const struct report_page *r, const struct refused *f,
                           uint64_t count)
{
    text_add_string(t, "<ul class=\"list\">\n");
    for (unsigned i = 0; i < f->shown; i++) {
        text_add_string(t, "<li>");
        report_add_url(t, r, f->examples[i].url);
        if (f->examples[i].why) {
            text_add_string(t, " <small>");
            text_add_markup(t, f->examples[i].why, strlen(f->examples[i].why));
            text_add_string(t, "</small>");
        }
        if (f->examples[i].from) {
            text_add_string(t, "<br><span class=\"dim\">on</span> ");
            report_add_url(t, r, f->examples[i].from);
        }
        text_add_string(t, "</li>\n");
    }
    report_add_more(t, count - f->shown, "more", "more");
    text_add_string(t, "</ul>\n");
}

void report_write_refused(struct text *t, const struct report_page *r, const struct stats *s)
{
    uint64_t most = 0;

    for (int v = VERDICT_SCOPE; v < VERDICT_COUNT; v++)
        most = refused_as(r, s, v) > most ? refused_as(r, s, v) : most;
    if (most == 0)
        return;
    text_add_string(t, "<section id=\"refused\">\n<h2>Not visited</h2>\n");
    for (int v = VERDICT_SCOPE; v < VERDICT_COUNT; v++) {
        const struct refused *f = &r->refused[v];
        uint64_t count = refused_as(r, s, v);
        if (count == 0)
            continue;
        text_add_format(t,
                        "<details class=\"item\"><summary><span class=\"p\"><b>%s</b> "
                        "<small>%s</small><i class=\"bar\"",
                        verdict_name((enum verdict)v),
                        why_phrase(&(struct refusal){.verdict = (enum verdict)v}));
        report_add_width(t, (double)count / (double)most);
        text_add_string(t, "></i></span><span class=\"n\">");
        report_add_count(t, count);
        text_add_string(t, "</span></summary>\n");
        write_examples(t, r, f, count);
        text_add_string(t, "</details>\n");
    }
    text_add_string(t, "</section>\n");
}
