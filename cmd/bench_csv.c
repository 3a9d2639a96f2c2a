/* --csv of bench: what --json has of each level, with '_' between a group and its member. No value
 * needs quotes: they are numbers, and words of ours. */
#include "cmd/bench_fields.h"
#include "cmd/bench_print.h"

static void add_header(struct text *out)
{
    text_add_string(out, "model,selector,concurrency,runs");
    for (const struct bench_field *f = bench_fields; f->name; f++)
        text_add_format(out, ",%s%s%s", f->group ? f->group : "", f->group ? "_" : "", f->name);
    for (unsigned kind = 0; kind < BENCH_ERRORS; kind++)
        text_add_format(out, ",errors_%s", bench_error_name(kind));
    text_add_string(out, "\r\n");
}

static void add_row(struct text *out, const struct bench_curve *c, const struct bench_level *l)
{
    text_add_format(out, "%s,%s,%u,%u", c->model, c->selector, l->concurrency, l->run_count);
    for (const struct bench_field *f = bench_fields; f->name; f++) {
        text_add_char(out, ',');
        bench_field_add(out, f, l, &l->median);
    }
    for (unsigned kind = 0; kind < BENCH_ERRORS; kind++) {
        text_add_char(out, ',');
        text_add_number(out, (int64_t)bench_error_count(&l->median, kind));
    }
    text_add_string(out, "\r\n");
}

void bench_print_csv(struct text *out, const struct bench_result *r)
{
    add_header(out);
    for (unsigned i = 0; i < r->curve_count; i++)
        for (unsigned k = 0; k < r->curves[i].level_count; k++)
            add_row(out, &r->curves[i], &r->curves[i].levels[k]);
}
