#include "cmd/bench_facts.h"

#include "cmd/quantity.h"

#include <math.h>
#include <string.h>

void bench_facts_add(struct text *out, const char *before, const char *item)
{
    if (!item || !*item)
        return;
    text_add_string(out, out->length ? ", " : "");
    text_add_string(out, before);
    text_add_plain(out, item, strlen(item));
}

static void add_count(struct text *out, uint64_t n, const char *one, const char *more)
{
    char count[QUANTITY_SIZE];

    quantity_count(count, n);
    text_add_format(out, "%s%s %s", out->length ? ", " : "", count, n == 1 ? one : more);
}

void bench_facts_machine(struct text *out, const struct bench_machine *m)
{
    char size[QUANTITY_SIZE];

    bench_facts_add(out, "", m->cpu);
    if (m->cores)
        add_count(out, m->cores, "core", "cores");
    if (m->crawler_cores)
        text_add_format(out, " (%u of them the crawler's)", m->crawler_cores);
    if (m->memory_bytes > 0 && m->memory_bytes < 1e18) {
        quantity_size(size, (uint64_t)m->memory_bytes);
        bench_facts_add(out, "", size);
    }
    bench_facts_add(out, "", m->virtual);
    bench_facts_add(out, "governor ", m->governor);
    if (isfinite(m->load) && m->load >= 0)
        text_add_format(out, "%sload %.2f", out->length ? ", " : "", m->load);
}

void bench_facts_software(struct text *out, const struct bench_machine *m)
{
    bench_facts_add(out, "", m->system);
    bench_facts_add(out, "", m->kernel);
    bench_facts_add(out, "skitter ", m->skitter);
    bench_facts_add(out, "libcurl ", m->libcurl);
    bench_facts_add(out, "", m->tls);
}

/* Whether an option's value, as typed, asks for anything. */
static bool asks(const char *value)
{
    return value && strpbrk(value, "123456789");
}

void bench_facts_site(struct text *out, const struct bench_site *s)
{
    bench_facts_add(out, "", s->url);
    if (s->url) {
        add_count(out, s->pages, "page", "pages");
        return;
    }
    bench_facts_add(out, "", "skitter serve");
    add_count(out, s->links, "link a page", "links a page");
    bench_facts_add(out, "size ", s->size);
    if (asks(s->latency))
        bench_facts_add(out, "latency ", s->latency);
    else
        bench_facts_add(out, "", "no latency");
    bench_facts_add(out, "local ", s->local);
    bench_facts_add(out, "errors ", asks(s->errors) ? s->errors : "");
    bench_facts_add(out, "redirects ", asks(s->redirects) ? s->redirects : "");
    if (s->hosts > 1)
        add_count(out, s->hosts, "host", "hosts");
    text_add_format(out, "%s%s%s, seed ", s->no_keepalive ? ", no keep-alive" : "",
                    s->gzip ? ", gzip" : "", s->tls ? ", TLS" : "");
    text_add_number(out, (int64_t)s->seed);
}
