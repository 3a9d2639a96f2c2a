/* What bench writes: cmd/bench_json.c, bench_csv.c, bench_svg.c. See tests/cmd/schema too, which
 * compares them with cmd/bench.schema.json and with each other. */
#include "cmd/bench_fields.h"
#include "cmd/bench_print.h"
#include "tests/cmd/benching.h"
#include "tests/cmd/folder.h"

#include <criterion/criterion.h>
#include <jansson.h>

typedef void print(struct text *out, const struct bench_result *r);

static struct bench_result *result;

static void begin(void)
{
    result = benching_result();
}

/* With all that the fixture had, whatever a test left of it. */
static void end(void)
{
    result->curve_count = 2;
    for (unsigned i = 0; i < 2; i++)
        result->curves[i].level_count = BENCHING_LEVELS;
    benching_free(result);
}

TestSuite(bench_files, .init = begin, .fini = end);

static char *printed(print *p)
{
    struct text t = {0};

    p(&t, result);
    text_add_char(&t, '\0');
    return t.data;
}

static json_t *document(void)
{
    char *text = printed(bench_print_json);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    cr_assert_not_null(root, "%s: %s", error.text, text);
    free(text);
    return root;
}

/* Puts a level's median where nothing is known: the printers look at no more than that. */
static void forget(struct bench_level *l)
{
    l->median = (struct bench_figures){
        .seconds = NAN,
        .plateau = NAN,
        .pages_per_second = NAN,
        .mb_per_second = INFINITY,
        .links_per_second = -INFINITY,
        .latency = {NAN, NAN, NAN, NAN, NAN, true},
        .user_us = NAN,
        .system_us = NAN,
        .switches = NAN,
        .rss_bytes = NAN,
        .connections = NAN,
        .in_flight = NAN,
        .little = INFINITY,
        .server_cpu = -1,
    };
    l->efficiency = l->per_task = l->memory_each = NAN;
}

static void expect_no(const char *text, const char *what)
{
    cr_expect_null(strstr(text, what), "%s in %s", what, text);
}

static void expect_has(const char *text, const char *what)
{
    cr_expect_not_null(strstr(text, what), "no %s in %s", what, text);
}

/* --- numbers --- */

Test(bench_files, numbers_have_six_digits_or_all_before_the_point)
{
    static const struct {
        double n;
        const char *text;
    } facts[] = {
        {0, "0"},
        {1, "1"},
        {100, "100"},
        {0.5, "0.5"},
        {-0.25, "-0.25"},
        {1234.5678, "1234.57"},
        {999999.7, "1000000"},
        {123456789, "123456789"},
        {0.00012345678, "0.000123457"},
        {1.1e-5, "0.000011"},
        {1e-300, "0"},
        {1e20, "1.00000e+20"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct text t = {0};
        bench_add_number(&t, facts[i].n);
        text_add_char(&t, '\0');
        cr_expect_str_eq(t.data, facts[i].text, "%s, not %s", t.data, facts[i].text);
        text_deinit(&t);
    }
}

/* --- JSON --- */

static void expect_members(const json_t *object, const char *const *names)
{
    for (; *names; names++)
        cr_expect_not_null(json_object_get(object, *names), "no %s", *names);
}

Test(bench_files, json_has_every_field_that_is_promised)
{
    static const char *const of_document[] = {"v",    "machine", "site",      "levels",
                                              "knee", "usl",     "same_urls", NULL};
    static const char *const of_level[] = {
        "concurrency",      "model",   "selector",   "pages",       "pages_per_second",
        "mb_per_second",    "latency", "connect",    "first_byte",  "cpu_us_per_page",
        "links_per_second", "runs",    "rss_bytes",  "connections", "errors",
        "efficiency",       "little",  "server_cpu", "in_flight",   NULL};
    static const char *const of_times[] = {"p50", "p90", "p99", "p999", "max", NULL};
    static const char *const of_cpu[] = {"user", "system", NULL};
    static const char *const of_usl[] = {"lambda", "sigma", "kappa", "peak", "r2", NULL};
    json_t *root = document(), *levels = json_object_get(root, "levels");
    expect_members(root, of_document);
    expect_members(json_object_get(root, "usl"), of_usl);
    cr_expect_eq(json_array_size(levels), 2 * BENCHING_LEVELS);
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i);
        expect_members(level, of_level);
        expect_members(json_object_get(level, "latency"), of_times);
        expect_members(json_object_get(level, "connect"), of_times);
        expect_members(json_object_get(level, "first_byte"), of_times);
        expect_members(json_object_get(level, "cpu_us_per_page"), of_cpu);
        cr_expect_eq(json_array_size(json_object_get(level, "runs")), BENCHING_RUNS);
    }
    json_decref(root);
}

Test(bench_files, json_begins_with_its_version_and_ends_with_a_line)
{
    char *text = printed(bench_print_json);
    cr_expect_eq(strncmp(text, "{\"v\":1,\"machine\":{", 18), 0);
    cr_expect_str_eq(text + strlen(text) - 2, "}\n");
    free(text);
}

Test(bench_files, json_has_the_figures_of_the_median_and_of_each_run)
{
    const struct bench_level *l = &result->curves[1].levels[3];
    json_t *root = document();
    const json_t *level = json_array_get(json_object_get(root, "levels"), BENCHING_LEVELS + 3);
    cr_expect_str_eq(json_string_value(json_object_get(level, "model")), "threads");
    cr_expect_eq(json_integer_value(json_object_get(level, "concurrency")), 8);
    cr_expect_eq(json_number_value(json_object_get(level, "pages_per_second")),
                 l->median.pages_per_second);
    for (size_t i = 0; i < BENCHING_RUNS; i++)
        cr_expect_eq(json_number_value(json_object_get(
                         json_array_get(json_object_get(level, "runs"), i), "pages_per_second")),
                     l->runs[i].pages_per_second);
    json_decref(root);
}

Test(bench_files, the_knee_and_the_law_are_the_first_curves_and_curves_has_all)
{
    json_t *root = document();
    const json_t *curves = json_object_get(root, "curves");
    cr_assert_eq(json_array_size(curves), 2);
    cr_expect(json_equal(json_object_get(root, "knee"),
                         json_object_get(json_array_get(curves, 0), "knee")));
    cr_expect(json_equal(json_object_get(root, "usl"),
                         json_object_get(json_array_get(curves, 0), "usl")));
    for (size_t i = 0; i < 2; i++) {
        const json_t *c = json_array_get(curves, i);
        cr_expect_eq(json_integer_value(json_object_get(c, "knee")), result->curves[i].knee);
        cr_expect_eq(json_integer_value(json_object_get(c, "best")), result->curves[i].best);
        cr_expect_str_eq(json_string_value(json_object_get(c, "model")), result->curves[i].model);
    }
    json_decref(root);
}

Test(bench_files, errors_are_by_kind_and_only_those_that_were)
{
    struct bench_figures *f = &result->curves[0].levels[0].median;
    memset(f->errors, 0, sizeof f->errors);
    f->errors[FETCH_TIMEOUT] = 2;
    f->errors[FETCH_PRIVATE] = 3;
    f->statuses[4] = 7;
    f->statuses[5] = 1;
    char *text = printed(bench_print_json), *first = strstr(text, "\"levels\"");
    char *errors = strstr(first, "\"errors\":");
    cr_expect_eq(
        strncmp(errors, "\"errors\":{\"timeout\":2,\"private\":3,\"4xx\":7,\"5xx\":1},", 51), 0,
        "%.60s", errors);
    expect_has(text, "\"errors\":{},");
    free(text);
}

Test(bench_files, what_is_not_known_is_absent_from_json)
{
    struct bench_level *l = &result->curves[0].levels[0];
    forget(l);
    l->run_count = 0;
    result->curve_count = 1;
    result->curves[0].level_count = 1;
    result->curves[0].fits = false;
    result->curves[0].knee = 0;
    result->machine = (struct bench_machine){.load = NAN};
    json_t *root = document();
    cr_expect_null(json_object_get(root, "knee"));
    cr_expect_null(json_object_get(root, "usl"));
    cr_expect_eq(json_object_size(json_object_get(root, "machine")), 0);
    char *level = json_dumps(json_array_get(json_object_get(root, "levels"), 0),
                             JSON_COMPACT | JSON_SORT_KEYS);
    cr_expect_str_eq(level, "{\"concurrency\":1,\"errors\":{},\"model\":\"async\",\"pages\":0,"
                            "\"runs\":[],\"selector\":\"epoll\"}");
    free(level);
    json_decref(root);
}

Test(bench_files, nothing_measured_is_a_document_too)
{
    result->curve_count = 0;
    json_t *root = document();
    cr_expect_eq(json_array_size(json_object_get(root, "levels")), 0);
    cr_expect_eq(json_array_size(json_object_get(root, "curves")), 0);
    json_decref(root);
}

Test(bench_files, json_names_a_site_by_its_url_alone)
{
    result->site = (struct bench_site){.url = "http://h/\"\x1b[2J", .pages = 2000};
    json_t *root = document();
    const json_t *site = json_object_get(root, "site");
    cr_expect_eq(json_object_size(site), 2);
    cr_expect_str_eq(json_string_value(json_object_get(site, "url")), "http://h/\"\x1b[2J");
    cr_expect_eq(json_integer_value(json_object_get(site, "pages")), 2000);
    json_decref(root);
}

/* --- CSV --- */

Test(bench_files, csv_has_a_header_and_a_row_a_level_with_as_many_columns)
{
    char *text = printed(bench_print_csv), *rest = text;
    size_t rows = 0, columns = 0;
    for (char *row; (row = strsep(&rest, "\n")) && *row; rows++) {
        size_t commas = 0, length = strlen(row);
        for (const char *c = row; *c; c++)
            commas += *c == ',';
        cr_expect_eq(row[length - 1], '\r');
        columns = rows ? columns : commas;
        cr_expect_eq(commas, columns, "%s", row);
    }
    cr_expect_eq(rows, 1 + 2 * BENCHING_LEVELS);
    free(text);
}

Test(bench_files, csv_names_a_groups_members_flat)
{
    char *text = printed(bench_print_csv);
    expect_has(text, ",latency_p50,latency_p90,latency_p99,latency_p999,latency_max,connect_p50,");
    expect_has(text, ",cpu_us_per_page_user,cpu_us_per_page_system,");
    expect_has(text, ",errors_timeout,");
    expect_has(text, ",errors_4xx,errors_5xx\r\n");
    free(text);
}

Test(bench_files, csv_leaves_empty_what_is_not_known)
{
    forget(&result->curves[0].levels[0]);
    char *text = printed(bench_print_csv), *row = strchr(text, '\n') + 1;
    *strchr(row, '\r') = '\0';
    cr_expect_str_eq(row,
                     "async,epoll,1,3,0,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0,0,0,0,0,0,0,0,0,0,0,0",
                     "%s", row);
    free(text);
}

/* --- SVG --- */

Test(bench_files, svg_refers_to_nothing_but_its_namespace)
{
    char *text = printed(bench_print_svg);
    cr_expect_eq(crawling_count(text, "http"), 1);
    expect_has(text, "xmlns=\"http://www.w3.org/2000/svg\"");
    expect_no(text, "href");
    expect_no(text, "url(");
    expect_no(text, "@import");
    expect_no(text, "<script");
    free(text);
}

Test(bench_files, svg_is_an_image_with_a_title_and_a_description)
{
    char *text = printed(bench_print_svg);
    expect_has(text, "role=\"img\"");
    expect_has(text, "<title>");
    expect_has(text, "<desc>async on epoll: knee at ");
    free(text);
}

Test(bench_files, svg_names_every_curve_and_the_day)
{
    char *text = printed(bench_print_svg);
    expect_has(text, ">async on epoll<");
    expect_has(text, ">threads on epoll<");
    expect_has(text, result->machine.date);
    expect_has(text, result->machine.cpu);
    free(text);
}

Test(bench_files, svg_escapes_a_sites_url_and_cuts_it)
{
    char url[4096] = "http://h/<script>&\"'\x1b\xe2\x80\xae";
    memset(url + strlen(url), 'a', 2000);
    result->site = (struct bench_site){.url = url};
    char *text = printed(bench_print_svg);
    expect_has(text, "http://h/&lt;script&gt;&amp;&quot;&#39;\xef\xbf\xbd\xef\xbf\xbd"
                     "aaa");
    expect_has(text, "aaa…</text>");
    cr_expect_lt(crawling_count(text, "a"), 2000);
    expect_no(text, "<script");
    free(text);
}

Test(bench_files, svg_marks_every_level_of_every_line)
{
    char *text = printed(bench_print_svg);
    /* Rate, p50 and p99 of two curves, and the table's two. */
    cr_expect_eq(crawling_count(text, "<path class=\"mark"), 3 * 2 * BENCHING_LEVELS + 2);
    cr_expect_eq(crawling_count(text, "<path class=\"law\""), 2);
    cr_expect_eq(crawling_count(text, "<circle class=\"knee\""), 2);
    expect_has(text, ">knee: 32<");
    expect_has(text, ">knee: 16<");
    free(text);
}

Test(bench_files, svg_of_one_curve_has_more_percentiles)
{
    result->curve_count = 1;
    char *text = printed(bench_print_svg);
    expect_has(text, ">p50<");
    expect_has(text, ">p90<");
    expect_has(text, ">p99<");
    expect_has(text, ">p99.9<");
    free(text);
}

Test(bench_files, svg_tells_twenty_curves_apart)
{
    for (unsigned i = 2; i < BENCH_CURVES; i++) {
        result->curves[i] = result->curves[0];
        for (unsigned k = 0; k < BENCHING_LEVELS; k++) {
            result->curves[i].levels[k].runs = NULL;
            result->curves[i].levels[k].run_count = 0;
        }
    }
    result->curve_count = BENCH_CURVES;
    char *text = printed(bench_print_svg), *looks[BENCH_CURVES], *at = text;
    for (unsigned i = 0; i < BENCH_CURVES; i++) { /* each row of the table shows its look */
        at = strstr(at, "h26\"/>");
        cr_assert_not_null(at);
        looks[i] = strndup(strchr(at, 'm'), 200);
        char *shape = strchr(strstr(looks[i], " d=\"") + 4, 'm');
        *strchr(shape, '"') = '\0';
        memmove(looks[i], shape, strlen(shape) + 1);
        at++;
    }
    for (unsigned i = 0; i < BENCH_CURVES; i++)
        for (unsigned k = 0; k < i; k++)
            cr_expect(i % 7 != k % 7 || strcmp(looks[i], looks[k]) != 0, "%u and %u", i, k);
    for (unsigned i = 0; i < BENCH_CURVES; i++)
        free(looks[i]);
    free(text);
}

/* The numbers within d="", x="" and the like, all of them. */
static void expect_within(const char *svg, const char *attribute, double most)
{
    char name[16];

    snprintf(name, sizeof name, " %s=\"", attribute);
    for (const char *s = svg; (s = strstr(s, name));) {
        double n = strtod(s += strlen(name), NULL);
        cr_expect(n >= 0 && n <= most, "%s: %g", attribute, n);
    }
}

Test(bench_files, svg_stays_within_its_frame_whatever_the_figures)
{
    static const double values[] = {NAN, INFINITY, -INFINITY, -1, 0, 1e-300, 1e300, 0.5};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        for (unsigned broken = 1; broken <= BENCHING_LEVELS; broken += 5) {
            for (unsigned k = 0; k < broken; k++) {
                struct bench_figures *f = &result->curves[0].levels[k].median;
                f->pages_per_second = f->latency.p50 = f->latency.p99 = values[v];
                result->curves[0].levels[k].runs[0] = *f;
            }
            result->curves[0].usl = (struct usl){values[v], values[v], values[v], values[v], NAN};
            char *text = printed(bench_print_svg);
            cr_expect_eq(crawling_count(text, "nan") + crawling_count(text, "inf"), 0, "%g",
                         values[v]);
            expect_within(text, "x", 960);
            expect_within(text, "y", 700);
            expect_within(text, "cx", 960);
            expect_within(text, "cy", 700);
            free(text);
        }
}

Test(bench_files, svg_of_nothing_is_a_picture_too)
{
    result->curve_count = 0;
    char *text = printed(bench_print_svg);
    expect_has(text, "</svg>\n");
    cr_expect_eq(crawling_count(text, "nan") + crawling_count(text, "inf"), 0);
    free(text);
}

Test(bench_files, svg_says_when_the_crawls_found_different_urls)
{
    char *text = printed(bench_print_svg);
    expect_no(text, "different URLs");
    free(text);
    result->same_urls = false;
    text = printed(bench_print_svg);
    expect_has(text, "different URLs");
    free(text);
}
