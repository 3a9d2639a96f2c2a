/* --json of bench: one document, a line a level, of cmd/bench.schema.json. What is not known is
 * left out; nothing is null. */
#include "cmd/bench_fields.h"
#include "cmd/bench_print.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Between members, and between items: what was opened just now has none yet. */
static void separate(struct text *out)
{
    if (!memchr("{[\n", out->data[out->length - 1], 3))
        text_add_char(out, ',');
}

static void begin_line(struct text *out)
{
    separate(out);
    text_add_char(out, '\n');
}

static void add_name(struct text *out, const char *name)
{
    separate(out);
    text_add_json(out, name, strlen(name));
    text_add_char(out, ':');
}

static void open_member(struct text *out, const char *name, char bracket)
{
    add_name(out, name);
    text_add_char(out, bracket);
}

static void add_text(struct text *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    add_name(out, name);
    text_add_json(out, value, strlen(value));
}

static void add_count(struct text *out, const char *name, uint64_t n)
{
    add_name(out, name);
    text_add_number(out, (int64_t)n);
}

/* What is not known where it is 0. */
static void add_positive(struct text *out, const char *name, uint64_t n)
{
    if (n)
        add_count(out, name, n);
}

/* Not known where it is negative, not finite, or less than the least that it can be. */
static void add_real(struct text *out, const char *name, double n, double least)
{
    if (!isfinite(n) || n < least)
        return;
    add_name(out, name);
    bench_add_number(out, n);
}

static void add_flag(struct text *out, const char *name, bool flag)
{
    if (!flag)
        return;
    add_name(out, name);
    text_add_string(out, "true");
}

static void add_machine(struct text *out, const struct bench_machine *m)
{
    open_member(out, "machine", '{');
    add_text(out, "cpu", m->cpu);
    add_positive(out, "cores", m->cores);
    add_positive(out, "crawler_cores", m->crawler_cores);
    add_real(out, "memory_bytes", m->memory_bytes, 1);
    add_text(out, "virtual", m->virtual);
    add_text(out, "governor", m->governor);
    add_real(out, "load", m->load, 0);
    add_text(out, "kernel", m->kernel);
    add_text(out, "system", m->system);
    add_text(out, "skitter", m->skitter);
    add_text(out, "libcurl", m->libcurl);
    add_text(out, "tls", m->tls);
    add_text(out, "date", m->date);
    text_add_char(out, '}');
}

static void add_site(struct text *out, const struct bench_site *s)
{
    open_member(out, "site", '{');
    if (s->url) {
        add_text(out, "url", s->url);
        add_count(out, "pages", s->pages);
    } else {
        add_count(out, "links", s->links);
        add_text(out, "size", s->size);
        add_text(out, "latency", s->latency);
        add_text(out, "local", s->local);
        add_text(out, "errors", s->errors);
        add_text(out, "redirects", s->redirects);
        add_count(out, "hosts", s->hosts);
        add_count(out, "seed", s->seed);
        add_flag(out, "no_keepalive", s->no_keepalive);
        add_flag(out, "gzip", s->gzip);
        add_flag(out, "tls", s->tls);
    }
    text_add_char(out, '}');
}

static void add_errors(struct text *out, const struct bench_figures *f)
{
    open_member(out, "errors", '{');
    for (unsigned kind = 0; kind < BENCH_ERRORS; kind++)
        if (bench_error_count(f, kind))
            add_count(out, bench_error_name(kind), bench_error_count(f, kind));
    text_add_char(out, '}');
}

/* level: NULL, of a run. A group of which nothing is known is left out. */
static void add_figures(struct text *out, const struct bench_level *level,
                        const struct bench_figures *figures)
{
    const char *group = NULL; /* that is open */

    for (const struct bench_field *f = bench_fields; f->name; f++) {
        if (group && (!f->group || strcmp(f->group, group) != 0)) {
            text_add_char(out, '}');
            group = NULL;
        }
        size_t before = out->length;
        if (f->group && !group)
            open_member(out, f->group, '{');
        add_name(out, f->name);
        if (bench_field_add(out, f, level, figures))
            group = f->group;
        else
            out->length = before;
    }
    if (group)
        text_add_char(out, '}');
    add_errors(out, figures);
}

static void add_level(struct text *out, const struct bench_curve *c, const struct bench_level *l)
{
    begin_line(out);
    text_add_char(out, '{');
    add_count(out, "concurrency", l->concurrency);
    add_text(out, "model", c->model);
    add_text(out, "selector", c->selector);
    add_figures(out, l, &l->median);
    open_member(out, "runs", '[');
    for (unsigned i = 0; i < l->run_count; i++) {
        separate(out);
        text_add_char(out, '{');
        add_figures(out, NULL, &l->runs[i]);
        text_add_char(out, '}');
    }
    text_add_string(out, "]}");
}

static void add_usl(struct text *out, const struct bench_curve *c)
{
    if (!c->fits)
        return;
    open_member(out, "usl", '{');
    add_real(out, "lambda", c->usl.lambda, 0);
    add_real(out, "sigma", c->usl.sigma, 0);
    add_real(out, "kappa", c->usl.kappa, 0);
    add_real(out, "peak", c->usl.peak, DBL_MIN);
    add_real(out, "r2", c->usl.r2, -DBL_MAX);
    text_add_char(out, '}');
}

static void add_curve(struct text *out, const struct bench_curve *c)
{
    begin_line(out);
    text_add_char(out, '{');
    add_text(out, "model", c->model);
    add_text(out, "selector", c->selector);
    add_positive(out, "knee", c->knee);
    add_positive(out, "best", c->best);
    add_usl(out, c);
    text_add_char(out, '}');
}

void bench_print_json(struct text *out, const struct bench_result *r)
{
    text_add_string(out, "{\"v\":1");
    add_machine(out, &r->machine);
    add_site(out, &r->site);
    add_positive(out, "repeat", r->repeat);
    open_member(out, "levels", '[');
    for (unsigned i = 0; i < r->curve_count; i++)
        for (unsigned k = 0; k < r->curves[i].level_count; k++)
            add_level(out, &r->curves[i], &r->curves[i].levels[k]);
    text_add_char(out, ']');
    if (r->curve_count) {
        add_positive(out, "knee", r->curves[0].knee);
        add_usl(out, &r->curves[0]);
    }
    open_member(out, "curves", '[');
    for (unsigned i = 0; i < r->curve_count; i++)
        add_curve(out, &r->curves[i]);
    text_add_char(out, ']');
    add_name(out, "same_urls");
    text_add_string(out, r->same_urls ? "true}\n" : "false}\n");
}
