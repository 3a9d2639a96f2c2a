/* The report's beginning: what was crawled and how it ended, the figures, and what the visits came
 * to, as one bar and by status. */
#include "cmd/report_page_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STATUSES 24
#define MOST_NAMES 3 /* of the scope */

/* --- the title --- */

/* The hosts of the seeds, each once. */
static void add_hosts(struct text *t, const struct report_page *r)
{
    struct url urls[SEEDS_SHOWN];
    uint64_t n = r->seed_count < SEEDS_SHOWN ? r->seed_count : SEEDS_SHOWN;

    for (uint64_t i = 0, k; i < n; i++) {
        url_describe(&urls[i], r->seeds[i], strlen(r->seeds[i]));
        for (k = 0; k < i && !url_same_host(&urls[k], &urls[i]); k++)
            ;
        if (k < i)
            continue;
        text_add_string(t, i ? ", " : "");
        text_add_markup(t, urls[i].text + urls[i].host, urls[i].path - urls[i].host);
    }
    if (n == 0)
        text_add_string(t, "Nothing");
}

static void write_top(struct text *t, const struct report_page *r)
{
    text_add_string(
        t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n"
           "<meta name=\"referrer\" content=\"no-referrer\">\n"
           "<meta name=\"generator\" content=\"skitter\">\n"
           "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' "
           "viewBox='0 0 16 16'%3E%3Cpath fill='%230b6e63' d='M2 12V9h3v3zm4 0V6h3v6zm4 0V3h3v9z'/"
           "%3E%3C/svg%3E\">\n<title>");
    add_hosts(t, r);
    text_add_string(t, ": crawl report</title>\n<style>\n");
    for (size_t i = 0; report_style[i]; i++)
        text_add_string(t, report_style[i]);
    text_add_string(t, "</style>\n</head>\n<body>\n<header>\n<p class=\"over\">Crawl report</p>\n"
                       "<h1>");
    add_hosts(t, r);
    text_add_string(t, "</h1>\n");
}

static void write_seeds(struct text *t, const struct report_page *r)
{
    text_add_string(t, "<p>From ");
    for (uint64_t i = 0; i < r->seed_count && i < SEEDS_SHOWN; i++) {
        text_add_string(t, i ? ", " : "");
        report_add_link(t, r->seeds[i], r->seeds[i]);
    }
    if (r->seed_count == 0)
        text_add_string(t, "no seed");
    if (r->seed_count > SEEDS_SHOWN) {
        text_add_string(t, " and ");
        report_add_count(t, r->seed_count - SEEDS_SHOWN);
        text_add_string(t, " more");
    }
}

static void write_scope(struct text *t, const struct scope *s)
{
    static const char *const modes[] = {
        [SCOPE_HOST] = "the host ",
        [SCOPE_DOMAIN] = "the domain ",
        [SCOPE_PREFIX] = "what is below ",
        [SCOPE_ANY] = "any host",
    };
    text_add_format(t, ". Scope: %s", modes[s->mode]);
    for (size_t i = 0; s->mode != SCOPE_ANY && i < s->count && i < MOST_NAMES; i++) {
        text_add_string(t, i ? ", " : "");
        report_add_shown(t, scope_name(s, i), strlen(scope_name(s, i)));
    }
    if (s->mode != SCOPE_ANY && s->count > MOST_NAMES) {
        text_add_string(t, " and ");
        report_add_count(t, s->count - MOST_NAMES);
        text_add_string(t, " more");
    }
    text_add_string(t, ".</p>\n");
}

static void write_end(struct text *t, const struct report_page *r, enum crawl_stop stop)
{
    static const char *const reasons[] = {
        [STOP_PAGES] = "by --max-pages",          [STOP_QUOTA] = "by --quota",
        [STOP_DURATION] = "by --duration",        [STOP_SIGNAL] = "by a signal",
        [STOP_ANSWERED] = "as --why is answered", [STOP_OUTPUT] = "as nothing could be written",
    };
    char when[64], machine[32];
    struct tm local;

    localtime_r(&r->started, &local);
    strftime(when, sizeof when, "%-d %B %Y, %H:%M %Z", &local);
    strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%S%z", &local);
    if (stop == STOP_NONE)
        text_add_string(t, "<p><b class=\"state\">✓ Complete</b>");
    else
        text_add_format(t, "<p><b class=\"state cut\">■ Stopped</b> %s", reasons[stop]);
    text_add_format(t, " <span class=\"dim\">begun <time datetime=\"%s\">%s</time></span></p>\n",
                    machine, when);
}

/* --- the figures --- */

static void begin_figure(struct text *t, const char *class, const char *label)
{
    text_add_format(t, "<div%s><dt>%s</dt><dd>", class, label);
}

static void add_figure(struct text *t, const char *class, const char *label, uint64_t n)
{
    begin_figure(t, class, label);
    report_add_count(t, n);
    text_add_string(t, "</dd></div>\n");
}

static void write_figures(struct text *t, const struct report_page *r,
                          const struct report_totals *all)
{
    double seconds = (double)all->duration / 1e9;
    uint64_t broken = all->kinds[KIND_BROKEN] + all->kinds[KIND_FAILED];

    text_add_string(t, "<dl class=\"figures\">\n");
    add_figure(t, "", "pages", r->count);
    begin_figure(t, "", "of content");
    report_add_size(t, all->bytes);
    text_add_string(t, "</dd></div>\n");
    begin_figure(t, "", "in all");
    report_add_duration(t, all->duration);
    text_add_string(t, "</dd></div>\n");
    begin_figure(t, "", "pages a second");
    report_add_rate(t, seconds > 0 ? (double)r->count / seconds : 0);
    text_add_string(t, "</dd></div>\n");
    begin_figure(t, "", "median fetch");
    report_add_duration(t, all->median * NS_PER_US);
    text_add_string(t, "</dd></div>\n");
    add_figure(t, broken ? " class=\"bad\"" : "", "broken", broken);
    add_figure(t, "", all->kinds[KIND_REDIRECT] == 1 ? "redirect" : "redirects",
               all->kinds[KIND_REDIRECT]);
    text_add_string(t, "</dl>\n");
}

/* One bar, and what its parts mean. */
static void write_outcomes(struct text *t, const struct report_page *r,
                           const struct report_totals *all)
{
    text_add_string(t, "<div class=\"share\" aria-hidden=\"true\">");
    for (int k = 0; k < KIND_COUNT; k++)
        if (all->kinds[k]) {
            text_add_format(t, "<i class=\"%c\"", report_kind_classes[k]);
            report_add_width(t, (double)all->kinds[k] / (double)r->count);
            text_add_string(t, "></i>");
        }
    text_add_string(t, "</div>\n<ul class=\"legend\">");
    for (int k = 0; k < KIND_COUNT; k++)
        if (all->kinds[k]) {
            text_add_format(t, "<li><i class=\"%c\"></i><b class=\"k %c\">%s %s</b> ",
                            report_kind_classes[k], report_kind_classes[k], report_kind_signs[k],
                            report_kind_names[k]);
            report_add_count(t, all->kinds[k]);
            text_add_string(t, " <span class=\"dim\">");
            report_add_share(t, (double)all->kinds[k] / (double)r->count);
            text_add_string(t, "</span></li>");
        }
    text_add_string(t, "</ul>\n");
}

static void add_note(struct text *t, uint64_t n, const char *one, const char *more, bool *any)
{
    if (!n)
        return;
    text_add_string(t, *any ? "; " : "<p class=\"dim\">");
    report_add_many(t, n, one, more);
    *any = true;
}

static void write_notes(struct text *t, const struct stats *s)
{
    bool any = false;

    add_note(t, s->found, "URL was found", "URLs were found", &any);
    add_note(t, s->retries, "fetch was tried again", "fetches were tried again", &any);
    add_note(t, s->truncated, "body was cut at --max-body", "bodies were cut at --max-body", &any);
    add_note(t, s->unparsed, "page has links that could not all be read",
             "pages have links that could not all be read", &any);
    text_add_string(t, any ? ".</p>\n" : "");
}

static void write_contents(struct text *t, const struct report_page *r, const struct stats *s,
                           const struct report_totals *all)
{
    text_add_string(t, "<nav aria-label=\"Parts of this page\">");
    if (all->kinds[KIND_BROKEN] + all->kinds[KIND_FAILED])
        text_add_string(t, "<a href=\"#broken\">Broken</a> ");
    text_add_string(t, "<a href=\"#site\">The site</a> <a href=\"#slowest\">Slowest</a> "
                       "<a href=\"#largest\">Largest</a> ");
    if (all->kinds[KIND_REDIRECT])
        text_add_string(t, "<a href=\"#redirects\">Redirects</a> ");
    if (report_count_refused(r, s))
        text_add_string(t, "<a href=\"#refused\">Not visited</a>");
    text_add_string(t, "</nav>\n");
}

void report_write_head(struct text *t, const struct report_page *r, const struct crawl *c,
                       const struct report_totals *all)
{
    write_top(t, r);
    write_seeds(t, r);
    write_scope(t, crawl_scope(c));
    write_end(t, r, crawl_stopped(c));
    if (r->count)
        write_contents(t, r, crawl_stats(c), all);
    text_add_string(t, "</header>\n<main>\n<section aria-label=\"In figures\">\n");
    write_figures(t, r, all);
    if (r->count)
        write_outcomes(t, r, all);
    write_notes(t, crawl_stats(c));
    text_add_string(t, "</section>\n");
}

/* --- by status --- */

/* Visits of one status, or error. */
struct status {
    struct visit like;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct status *x = a, *y = b;

    return x->count > y->count ? -1 : x->count < y->count;
}

/* Returns how many there are. */
static size_t count_statuses(struct status *statuses, const struct report_page *r)
{
    size_t count = 0, *index = memory_new((FETCH_ERROR_COUNT + 1000) * sizeof *index);

    for (size_t i = 0; i < r->count; i++) {
        const struct visit *v = &r->visits[i];
        size_t *at = &index[v->error ? v->error : FETCH_ERROR_COUNT + v->status % 1000];
        if (!*at) {
            statuses[count].like = *v;
            *at = ++count;
        }
        statuses[*at - 1].count++;
    }
    free(index);
    qsort(statuses, count, sizeof *statuses, by_count);
    return count;
}

void report_write_statuses(struct text *t, const struct report_page *r)
{
    struct status *statuses = memory_new((FETCH_ERROR_COUNT + 1000) * sizeof *statuses);
    size_t count = count_statuses(statuses, r);

    text_add_string(t,
                    "<section>\n<h2>Statuses</h2>\n<table class=\"bars\"><thead><tr>"
                    "<th scope=\"col\">Answer</th><td></td><th scope=\"col\" class=\"n\">Pages</th>"
                    "</tr></thead><tbody>\n");
    for (size_t i = 0; i < count && i < MOST_STATUSES; i++) {
        const struct visit *like = &statuses[i].like;
        text_add_string(t, "<tr><th scope=\"row\">");
        report_add_outcome(t, like);
        text_add_format(t, " <span class=\"dim\">%s</span></th><td class=\"w\"><i class=\"bar %c\"",
                        like->error ? "" : report_status_phrase(like->status),
                        report_kind_classes[like->kind]);
        report_add_width(t, (double)statuses[i].count / (double)r->count);
        text_add_string(t, "></i></td><td class=\"n\">");
        report_add_count(t, statuses[i].count);
        text_add_string(t, "</td></tr>\n");
    }
    text_add_string(t, "</tbody></table>\n");
    if (count > MOST_STATUSES)
        text_add_format(t, "<p class=\"more\">and %zu more</p>\n", count - MOST_STATUSES);
    text_add_string(t, "</section>\n");
    free(statuses);
}
