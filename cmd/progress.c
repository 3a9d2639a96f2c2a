/* A timer looks at the crawl's counters; nothing is counted for the line alone. */
#include "cmd/progress.h"

#include "cmd/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PERIOD (100 * NS_PER_MS)
#define MEMORY NS_PER_S /* of the rate */

/* --- the line --- */

static void print_time(char out[static 32], int64_t ns)
{
    int64_t s = ns > 0 ? ns / NS_PER_S : 0;

    if (s < 3600)
        snprintf(out, 32, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(out, 32, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
}

/* From left to right. */
enum column { NAME, PAGES, QUEUED, RATE, SIZE, ERRORS, TIME, COLUMNS };

/* In which order they go in: the first is left out last. */
static const enum column importance[] = {PAGES, RATE, QUEUED, ERRORS, TIME, SIZE, NAME};

static void print_columns(char cells[COLUMNS][64], const struct progress_figures *f)
{
    char text[32];

    strcpy(cells[NAME], "skitter");
    quantity_count(text, f->pages);
    sprintf(cells[PAGES], "%7s %-5s", text, f->pages == 1 ? "page" : "pages");
    quantity_count(text, f->queued);
    sprintf(cells[QUEUED], "%7s queued", text);
    quantity_count(text, (uint64_t)(f->rate + 0.5));
    sprintf(cells[RATE], "%5s/s", text);
    quantity_size(text, f->bytes);
    sprintf(cells[SIZE], "%8s", text);
    quantity_count(text, f->errors);
    sprintf(cells[ERRORS], "%5s %-6s", text, f->errors == 1 ? "error" : "errors");
    print_time(text, f->time);
    sprintf(cells[TIME], "%5s", text);
}

void progress_format(char out[static LIVE_SIZE], const struct progress_figures *f, size_t columns)
{
    char cells[COLUMNS][64];
    bool shown[COLUMNS] = {false};
    size_t room = columns < LIVE_SIZE ? columns : LIVE_SIZE, used = 0;

    print_columns(cells, f);
    for (size_t i = 0; i < COLUMNS; i++) {
        enum column c = importance[i];
        size_t width = strlen(cells[c]) + (used ? 2 : 0);
        if (used + width >= room)
            break;
        used += width;
        shown[c] = true;
    }
    char *end = out;
    *end = '\0';
    for (enum column c = NAME; c < COLUMNS; c++)
        if (shown[c])
            end = stpcpy(stpcpy(end, end > out ? "  " : ""), cells[c]);
}

/* --- the crawl's figures --- */

double progress_rate(double former, uint64_t pages, int64_t passed, int64_t since)
{
    int64_t memory = since < MEMORY ? since : MEMORY;
    double weight = passed < memory ? (double)passed / (double)memory : 1;

    return former + weight * ((double)pages * 1e9 / (double)passed - former);
}

static void take_rate(struct progress *p, int64_t now)
{
    uint64_t pages = crawl_stats(p->crawl)->pages;

    if (now - p->last < PERIOD / 2)
        return; /* too soon to tell */
    p->rate = progress_rate(p->rate, pages - p->pages, now - p->last, now - p->started);
    p->last = now;
    p->pages = pages;
}

static void take_figures(struct progress *p, struct progress_figures *f)
{
    const struct stats *s = crawl_stats(p->crawl);
    int64_t now = loop_time();

    take_rate(p, now);
    *f = (struct progress_figures){
        .pages = s->pages,
        .queued = crawl_queued(p->crawl),
        .bytes = s->bytes,
        .errors = s->statuses[4] + s->statuses[5],
        .rate = p->rate,
        .time = now - p->started,
    };
    for (int e = FETCH_OK + 1; e < FETCH_ERROR_COUNT; e++)
        f->errors += s->errors[e];
}

static void draw(struct handle *h)
{
    struct progress *p = container_of(h, struct progress, timer.handle);
    struct progress_figures f;
    char line[LIVE_SIZE];

    take_figures(p, &f);
    progress_format(line, &f, message_columns());
    message_live(line);
    loop_call_later(p->loop, &p->timer, PERIOD);
}

void progress_start(struct progress *p, struct loop *l, const struct crawl *c, bool live)
{
    *p = (struct progress){.crawl = c, .loop = l, .live = live && message_columns()};
    p->started = p->last = loop_time();
    timer_setup(&p->timer, draw);
    if (p->live)
        loop_call_later(l, &p->timer, PERIOD);
}

void progress_stop(struct progress *p)
{
    if (!p->live)
        return;
    p->live = false;
    loop_cancel_timer(p->loop, &p->timer);
    message_live("");
}

void progress_print(struct progress *p)
{
    struct progress_figures f;
    char line[LIVE_SIZE];

    take_figures(p, &f);
    progress_format(line, &f, LIVE_SIZE);
    message("%s", line);
}
