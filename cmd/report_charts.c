/* The report's charts: pages a second over time, an SVG without text of its own, so that it may be
 * stretched to any width; and pages over depth, a table with bars. */
#include "cmd/report_page_private.h"

#include "crawler/memory.h"

#include <stdlib.h>

#define MOST_BINS 120
#define LEAST_BINS 12
#define WIDTH 1000 /* of the drawing, in its own units */
#define HEIGHT 200
#define MOST_DEPTHS 16

/* The crawl in slices of time. */
struct bins {
    size_t count;
    uint64_t pages[MOST_BINS], failed[MOST_BINS];
    double seconds; /* of one */
    uint64_t most, failures;
    double top; /* of the scale, pages a second */
};

static bool has_failed(const struct visit *v)
{
    return v->kind == KIND_BROKEN || v->kind == KIND_FAILED;
}

/* The least of 1, 2, 5, 10, 20 ... that is not less. */
static double round_up(double n)
{
    double step = 1;

    while (step * 10 < n)
        step *= 10;
    return step >= n ? step : 2 * step >= n ? 2 * step : 5 * step >= n ? 5 * step : 10 * step;
}

static void fill(struct bins *b, const struct report_page *r, const struct report_totals *all)
{
    size_t count = r->count / 8; /* fewer a slice are noise */
    double duration = all->duration > 0 ? (double)all->duration : 1;

    b->count = count < LEAST_BINS ? LEAST_BINS : count > MOST_BINS ? MOST_BINS : count;
    b->seconds = duration / 1e9 / (double)b->count;
    for (size_t i = 0; i < r->count; i++) {
        const struct visit *v = &r->visits[i];
        double at = (double)(all->lead + v->at * NS_PER_MS) / duration * (double)b->count;
        size_t bin = at < (double)b->count ? (size_t)at : b->count - 1;
        b->pages[bin]++;
        b->failed[bin] += has_failed(v);
        b->failures += has_failed(v);
        b->most = b->pages[bin] > b->most ? b->pages[bin] : b->most;
    }
    b->top = round_up((double)b->most / b->seconds);
}

/* Through the middle of each slice. */
static void add_line(struct text *t, const struct bins *b)
{
    for (size_t i = 0; i < b->count; i++)
        text_add_format(t, "%s%.1f %.1f", i ? "L" : "",
                        ((double)i + 0.5) * WIDTH / (double)b->count,
                        HEIGHT - (double)b->pages[i] / b->seconds / b->top * HEIGHT);
}

static void draw(struct text *t, const struct bins *b)
{
    double half = 0.5 * WIDTH / (double)b->count;

    text_add_format(t, "<path class=\"grid\" d=\"M0 0H%d M0 %dH%d M0 %dH%d\"/>\n", WIDTH,
                    HEIGHT / 2, WIDTH, HEIGHT, WIDTH);
    text_add_format(t, "<path class=\"area\" d=\"M%.1f %dL", half, HEIGHT);
    add_line(t, b);
    text_add_format(t, "L%.1f %dZ\"/>\n<path class=\"line\" d=\"M", WIDTH - half, HEIGHT);
    add_line(t, b);
    text_add_string(t, "\"/>\n");
    for (size_t i = 0; i < b->count; i++)
        if (b->failed[i])
            text_add_format(t, "<path class=\"failed\" d=\"M%.1f %dV%.1f\"/>\n",
                            ((double)i + 0.5) * WIDTH / (double)b->count, HEIGHT + 18,
                            HEIGHT + 12 - 8.0 * (double)b->failed[i] / (double)b->pages[i]);
}

static void describe(struct text *t, const struct bins *b, const struct report_totals *all)
{
    text_add_string(t, "<title>Pages a second over time</title>\n<desc>At most ");
    report_add_rate(t, (double)b->most / b->seconds);
    text_add_string(t, " a second, over ");
    report_add_duration(t, all->duration);
    text_add_string(t, "; ");
    report_add_many(t, b->failures, "page was", "pages were");
    text_add_string(t, " broken or failed.</desc>\n");
}

void report_write_rate(struct text *t, const struct report_page *r, const struct report_totals *all)
{
    struct bins *b = memory_new(sizeof *b);

    fill(b, r, all);
    text_add_string(t, "<section>\n<h2>Pages a second</h2>\n<figure class=\"rate\">"
                       "<div class=\"plot\"><span class=\"top\">");
    report_add_rate(t, b->top);
    text_add_string(t, "</span><span class=\"half\">");
    report_add_rate(t, b->top / 2);
    text_add_format(
        t, "</span>\n<svg role=\"img\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">\n",
        WIDTH, HEIGHT + 20);
    describe(t, b, all);
    draw(t, b);
    text_add_string(t, "</svg></div>\n<div class=\"axis\"><span>0</span><span>");
    report_add_duration(t, all->duration / 2);
    text_add_string(t, "</span><span>");
    report_add_duration(t, all->duration);
    text_add_string(t, "</span></div>\n");
    if (b->failures)
        text_add_string(t, "<figcaption class=\"dim\"><i class=\"tick\"></i> below the line: when "
                           "pages were broken or failed</figcaption>\n");
    text_add_string(t, "</figure>\n</section>\n");
    free(b);
}

void report_write_depths(struct text *t, const struct report_page *r)
{
    uint64_t counts[MOST_DEPTHS] = {0}, most = 1;
    uint32_t deepest = 0, step;

    for (size_t i = 0; i < r->count; i++)
        deepest = r->visits[i].depth > deepest ? r->visits[i].depth : deepest;
    step = deepest / MOST_DEPTHS + 1;
    for (size_t i = 0; i < r->count; i++) {
        uint64_t *n = &counts[r->visits[i].depth / step];
        most = ++*n > most ? *n : most;
    }
    text_add_string(
        t, "<section>\n<h2>Depth</h2>\n<table class=\"bars\"><thead><tr>"
           "<th scope=\"col\">Links away</th><td></td><th scope=\"col\" class=\"n\">Pages</th>"
           "</tr></thead><tbody>\n");
    for (uint32_t i = 0; i <= deepest / step; i++) {
        text_add_string(t, "<tr><th scope=\"row\">");
        report_add_count(t, (uint64_t)i * step);
        if (step > 1) {
            text_add_string(t, "–");
            report_add_count(t, (uint64_t)i * step + step - 1);
        }
        text_add_string(t, "</th><td class=\"w\"><i class=\"bar\"");
        report_add_width(t, (double)counts[i] / (double)most);
        text_add_string(t, "></i></td><td class=\"n\">");
        report_add_count(t, counts[i]);
        text_add_string(t, "</td></tr>\n");
    }
    text_add_string(t, "</tbody></table>\n</section>\n");
}
