#include "cmd/observer.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct observer *observer_of(struct crawl_sink *s)
{
    return container_of(s, struct observer, sink);
}

/* Calls that function of each listener that has it. */
#define tell(o, event, ...)                                               \
    do {                                                                  \
        for (size_t tell_i = 0; tell_i < (o)->listener_count; tell_i++) { \
            struct listener *tell_l = (o)->listeners[tell_i];             \
            if (tell_l->event)                                            \
                tell_l->event(tell_l, __VA_ARGS__);                       \
        }                                                                 \
    } while (0)

static void observe_found(struct crawl_sink *s, const struct finding *f)
{
    struct observer *o = observer_of(s);

    tell(o, found, f);
}

static void observe_link(struct crawl_sink *s, const struct linked *l)
{
    struct observer *o = observer_of(s);

    tell(o, linked, l);
}

/* Keeps what is wrong with a URL, if it is the first one. */
static void note_first(char **first, const char *url, const char *what)
{
    if (*first)
        return;
    *first = memory_resize(NULL, strlen(url) + strlen(what) + 3);
    stpcpy(stpcpy(stpcpy(*first, url), ": "), what);
}

static void note_visit(struct observer *o, const struct page *p)
{
    bool broken = result_of(p, &o->arguments->ok) == RESULT_BROKEN;
    char text[32];
    const char *what = p->message;

    if (!p->error && p->fetch->status / 100 == 2)
        return;
    if (!p->error) {
        snprintf(text, sizeof text, "answered %d", p->fetch->status);
        what = text;
    }
    note_first(&o->first_problem, p->item->url, what);
    if (broken)
        note_first(&o->first_broken, p->item->url, what);
    o->broken += broken;
}

static void observe_visit(struct crawl_sink *s, const struct page *p)
{
    struct observer *o = observer_of(s);
    const char *url = p->item->url;
    int status = p->fetch ? p->fetch->status : 0;
    const char *problem = page_problem(p);

    note_visit(o, p);
    tell(o, visited, p);
    if (p->error) {
        if (!o->arguments->quiet)
            message("%s: %s: %s", url, fetch_error_name(p->error), p->message);
        return;
    }
    if (problem && !o->arguments->quiet)
        message("%s: not all links could be read: %s", url, problem);
    if (o->arguments->verbose)
        message("%s: %d, %zu links", url, status, p->links.count + p->links.known);
}

static void observe_refusal(struct crawl_sink *s, const struct refusal *refusal)
{
    struct observer *o = observer_of(s);
    const char *why = why_phrase(refusal);
    bool private = refusal->verdict == VERDICT_PRIVATE;

    if (private || refusal->verdict == VERDICT_ROBOTS)
        note_first(&o->first_problem, refusal->url, why);
    if (o->arguments->verbose || (private && !o->arguments->quiet))
        message("%s: %s: %s", refusal->url, verdict_name(refusal->verdict), why);
    tell(o, refused, refusal);
    why_decided(&o->why, o->crawl, files_output(o->files, FILE_RECORDS), refusal);
}

static void observe_visiting(struct crawl_sink *s, const struct item *item, const char *from)
{
    struct observer *o = observer_of(s);
    struct refusal none = {.url = item->url, .verdict = VERDICT_FOLLOW, .from = from};

    why_decided(&o->why, o->crawl, files_output(o->files, FILE_RECORDS), &none);
}

static void observe_widening(struct crawl_sink *s, const char *name, const char *by)
{
    if (!observer_of(s)->arguments->quiet)
        message("skitter: scope: also %s: a seed redirects to %s", name, by);
}

static void observe_host(struct crawl_sink *s, const struct host *h)
{
    if (h->why && h->robots_state != ROBOTS_UNREACHABLE && !observer_of(s)->arguments->quiet)
        message("%s: %s", h->origin, h->why);
}

static void observe_problem(struct crawl_sink *s, const char *url, const char *text)
{
    if (!observer_of(s)->arguments->quiet)
        message("%s: %s", url, text);
}

static void observe_put_aside(struct crawl_sink *s, const struct host *h)
{
    if (!observer_of(s)->arguments->quiet)
        message("%s: %s", h->origin, h->why);
}

static struct future *wait_for_output(struct crawl_sink *s)
{
    return files_pressure(observer_of(s)->files);
}

void observer_init(struct observer *o, const struct crawl_arguments *arguments)
{
    *o = (struct observer){.arguments = arguments};
    o->sink = (struct crawl_sink){.found = observe_found,
                                  .visited = observe_visit,
                                  .refused = observe_refusal,
                                  .visiting = observe_visiting,
                                  .widened = observe_widening,
                                  .met = observe_host,
                                  .pressure = wait_for_output,
                                  .problem = observe_problem,
                                  .put_aside = observe_put_aside};
}

void observer_deinit(struct observer *o)
{
    free(o->why.url);
    free(o->first_broken);
    free(o->first_problem);
}

void observer_add(struct observer *o, struct listener *l)
{
    o->listeners[o->listener_count++] = l;
    if (l->linked)
        o->sink.linked = observe_link;
}

ASYNC void observer_end(struct observer *o)
{
    tell(o, ended, o->crawl);
}
