#include "cmd/report.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct report *report_of(struct crawl_sink *s)
{
    return container_of(s, struct report, sink);
}

static void print_found(struct crawl_sink *s, const struct finding *f)
{
    struct report *r = report_of(s);

    if (!r->print_refused && !r->why.url)
        output_record(r->output, f->url, f->length);
}

static void note_problem(struct report *r, const char *url, const char *what)
{
    if (r->first_problem)
        return;
    r->first_problem = memory_resize(NULL, strlen(url) + strlen(what) + 3);
    stpcpy(stpcpy(stpcpy(r->first_problem, url), ": "), what);
}

static void report_visit(struct crawl_sink *s, const struct page *p)
{
    struct report *r = report_of(s);
    const char *url = p->item->url;
    int status = p->fetch ? p->fetch->status : 0;
    const char *problem = page_problem(p);
    char text[32];

    if (p->error) {
        note_problem(r, url, p->message);
        if (!r->arguments->quiet)
            message("%s: %s: %s", url, fetch_error_name(p->error), p->message);
        return;
    }
    if (status / 100 != 2) {
        snprintf(text, sizeof text, "answered %d", status);
        note_problem(r, url, text);
    }
    if (problem && !r->arguments->quiet)
        message("%s: not all links could be read: %s", url, problem);
    if (r->arguments->verbose)
        message("%s: %d, %zu links", url, status, p->links.count + p->links.known);
}

/* to, rule, from. */
static void print_refusal(struct report *r, const struct refusal *refusal)
{
    const char *rule = verdict_name(refusal->verdict), *from = refusal->from ? refusal->from : "";
    char *line = memory_resize(NULL, strlen(refusal->url) + strlen(rule) + strlen(from) + 3);
    char *end = stpcpy(stpcpy(stpcpy(line, refusal->url), "\t"), rule);

    end = stpcpy(stpcpy(end, "\t"), from);
    output_record(r->output, line, (size_t)(end - line));
    free(line);
}

static void report_refusal(struct crawl_sink *s, const struct refusal *refusal)
{
    struct report *r = report_of(s);
    const char *why = why_phrase(refusal);
    bool private = refusal->verdict == VERDICT_PRIVATE;

    if (private || refusal->verdict == VERDICT_ROBOTS)
        note_problem(r, refusal->url, why);
    if (r->arguments->verbose || (private && !r->arguments->quiet))
        message("%s: %s: %s", refusal->url, verdict_name(refusal->verdict), why);
    if (r->print_refused)
        print_refusal(r, refusal);
    why_decided(&r->why, r->crawl, r->output, refusal);
}

static void report_visiting(struct crawl_sink *s, const struct item *item, const char *from)
{
    struct report *r = report_of(s);
    struct refusal none = {.url = item->url, .verdict = VERDICT_FOLLOW, .from = from};

    why_decided(&r->why, r->crawl, r->output, &none);
}

static void report_widening(struct crawl_sink *s, const char *name, const char *by)
{
    if (!report_of(s)->arguments->quiet)
        message("skitter: scope: also %s: a seed redirects to %s", name, by);
}

static void report_host(struct crawl_sink *s, const struct host *h)
{
    if (h->why && h->robots_state != ROBOTS_UNREACHABLE && !report_of(s)->arguments->quiet)
        message("%s: %s", h->origin, h->why);
}

static void report_problem(struct crawl_sink *s, const char *url, const char *text)
{
    if (!report_of(s)->arguments->quiet)
        message("%s: %s", url, text);
}

static void report_put_aside(struct crawl_sink *s, const struct host *h)
{
    if (!report_of(s)->arguments->quiet)
        message("%s: %s", h->origin, h->why);
}

static struct future *wait_for_output(struct crawl_sink *s)
{
    return output_pressure(report_of(s)->output);
}

void report_init(struct report *r, const struct crawl_arguments *arguments)
{
    *r = (struct report){.arguments = arguments};
    r->sink = (struct crawl_sink){.found = print_found,
                                  .visited = report_visit,
                                  .refused = report_refusal,
                                  .visiting = report_visiting,
                                  .widened = report_widening,
                                  .met = report_host,
                                  .pressure = wait_for_output,
                                  .problem = report_problem,
                                  .put_aside = report_put_aside};
}

void report_deinit(struct report *r)
{
    free(r->why.url);
    free(r->first_problem);
}
