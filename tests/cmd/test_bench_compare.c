/* --compare of bench: cmd/bench_compare.c. Documents and messages are in files of memory. */
#include "cmd/bench_compare.h"
#include "cmd/bench_print.h"
#include "tests/cmd/benching.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct bench_result *result;
static int file, messages;
static char path[64], said[65536];

static void begin(void)
{
    result = benching_result();
    file = memfd_create("old.json", 0);
    messages = memfd_create("messages", 0);
    cr_assert(file >= 0 && messages >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

/* With all that the fixture had, whatever a test left of it. */
static void end(void)
{
    result->curve_count = 2;
    result->curves[0].level_count = BENCHING_LEVELS;
    benching_free(result);
    close(file);
    close(messages);
}

TestSuite(bench_compare, .init = begin, .fini = end);

/* The old document becomes that text. */
static void write_old(const char *text, size_t length)
{
    cr_assert_eq(ftruncate(file, 0), 0);
    cr_assert_eq(pwrite(file, text, length, 0), (ssize_t)length);
}

static void write_result(void)
{
    struct text t = {0};

    bench_print_json(&t, result);
    write_old(t.data, t.length);
    text_deinit(&t);
}

/* What is said between these two is in said[]. */
static int listen_begin(void)
{
    int saved = dup(STDERR_FILENO);

    cr_assert_eq(ftruncate(messages, 0), 0);
    lseek(messages, 0, SEEK_SET);
    dup2(messages, STDERR_FILENO);
    return saved;
}

static void listen_end(int saved)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = pread(messages, said, sizeof said - 1, 0);
    cr_assert_geq(n, 0);
    said[n] = '\0';
}

static int read_old(struct bench_old **o, const char *name)
{
    int saved = listen_begin(), status = bench_old_read(o, name);

    listen_end(saved);
    return status;
}

/* With what the file holds. */
static int compare(double tolerance)
{
    struct bench_old *o;

    cr_assert_eq(read_old(&o, path), 0, "%s", said);
    int saved = listen_begin(), status = bench_old_compare(o, result, tolerance);
    listen_end(saved);
    bench_old_free(o);
    return status;
}

static void expect_said(const char *what)
{
    cr_expect_not_null(strstr(said, what), "no %s in %s", what, said);
}

static struct bench_figures *level(unsigned curve, unsigned i)
{
    return &result->curves[curve].levels[i].median;
}

/* --- what was measured --- */

Test(bench_compare, equal_documents_are_equal_and_nothing_is_said)
{
    write_result();
    cr_expect_eq(compare(0), 0);
    cr_expect_str_empty(said);
}

Test(bench_compare, what_is_faster_and_takes_less_is_no_failure)
{
    write_result();
    level(0, 6)->pages_per_second *= 3;
    level(0, 6)->user_us /= 3;
    cr_expect_eq(compare(0.1), 0);
    cr_expect_str_empty(said);
}

Test(bench_compare, a_level_that_is_slower_by_more_than_the_tolerance_is_named)
{
    level(0, 6)->pages_per_second = 16300;
    write_result();
    level(0, 6)->pages_per_second = 14100;
    cr_expect_eq(compare(0.1), 4);
    cr_expect_str_eq(said, "skitter bench: async epoll 64: 14,100 pages/s, 16,300 before: 13.5 % "
                           "slower (--tolerance 10%)\n");
}

Test(bench_compare, a_level_whose_pages_take_more_cpu_is_named)
{
    level(1, 0)->user_us = 40;
    level(1, 0)->system_us = 20;
    write_result();
    level(1, 0)->system_us = 50;
    cr_expect_eq(compare(0.25), 4);
    cr_expect_str_eq(said,
                     "skitter bench: threads epoll 1: 90.0 us of CPU a page, 60.0 before: 50.0 % "
                     "more (--tolerance 25%)\n");
}

Test(bench_compare, what_is_exactly_as_much_slower_as_may_be_is_no_failure)
{
    static const double rates[] = {10000, 3, 16739, 0.7, 12345.6789};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        level(0, 3)->pages_per_second = rates[i];
        level(0, 3)->user_us = rates[i];
        level(0, 3)->system_us = 0;
        write_result();
        level(0, 3)->pages_per_second = rates[i] * (1 - 0.1);
        level(0, 3)->user_us = rates[i] * (1 + 0.1);
        cr_expect_eq(compare(0.1), 0, "%s", said);
        level(0, 3)->pages_per_second = rates[i] * (1 - 0.101);
        cr_expect_eq(compare(0.1), 4);
    }
}

Test(bench_compare, each_level_that_is_slower_has_a_line)
{
    write_result();
    for (unsigned i = 0; i < BENCHING_LEVELS; i++)
        level(0, i)->pages_per_second *= 0.5;
    cr_expect_eq(compare(0.1), 4);
    size_t lines = 0;
    for (const char *c = said; *c; c++)
        lines += *c == '\n';
    cr_expect_eq(lines, BENCHING_LEVELS, "%s", said);
}

Test(bench_compare, a_rate_of_0_is_slower_than_any_and_none_is_slower_than_it)
{
    level(0, 0)->pages_per_second = 0;
    write_result();
    level(0, 0)->pages_per_second = 5000;
    cr_expect_eq(compare(0.1), 0);
    write_result();
    level(0, 0)->pages_per_second = 0;
    cr_expect_eq(compare(0.1), 4);
    expect_said("0 pages/s, 5,000 before: 100.0 % slower");
}

Test(bench_compare, a_rate_that_is_not_known_now_is_that_of_nothing)
{
    write_result();
    level(0, 0)->pages_per_second = NAN;
    cr_expect_eq(compare(0.1), 4);
}

/* --- what cannot be compared --- */

Test(bench_compare, another_machine_and_another_site_are_said_once)
{
    write_result();
    strcpy(result->machine.cpu, "Cortex-A76");
    result->machine.cores = 4;
    result->machine.virtual[0] = '\0';
    result->site.latency = "50ms";
    result->site.gzip = true;
    cr_expect_eq(compare(0.1), 0);
    expect_said("another machine: cpu \"AMD EPYC 7R13 Processor\" (now \"Cortex-A76\"), "
                "cores 2 (now 4), virtual \"kvm\" (now none)\n");
    expect_said("another site: latency \"0\" (now \"50ms\"), gzip none (now true)\n");
}

Test(bench_compare, another_day_and_load_are_not_another_machine)
{
    write_result();
    strcpy(result->machine.date, "2025-01-01T00:00:00Z");
    result->machine.load = 1;
    cr_expect_eq(compare(0.1), 0);
    cr_expect_str_empty(said);
}

Test(bench_compare, levels_that_only_one_has_are_named)
{
    result->curve_count = 1;
    result->curves[0].level_count = 3;
    write_result();
    result->curves[0].levels[1].concurrency = 3;
    cr_expect_eq(compare(0.1), 0);
    expect_said("was not measured now: async epoll 2\n");
    expect_said("does not have: async epoll 3\n");
}

Test(bench_compare, of_many_levels_that_only_one_has_some_are_named)
{
    write_result();
    result->curve_count = 1;
    cr_expect_eq(compare(0.1), 0);
    expect_said("was not measured now: threads epoll 1, threads epoll 2, threads epoll 4, "
                "threads epoll 8 and 7 more\n");
}

Test(bench_compare, another_model_and_another_selector_are_other_levels)
{
    result->curve_count = 1;
    write_result();
    result->curves[0].selector = "poll";
    cr_expect_eq(compare(0.1), 2);
    result->curves[0].selector = "epoll";
    result->curves[0].model = "sync";
    cr_expect_eq(compare(0.1), 2);
    expect_said("no level that was measured now is in it\n");
}

/* --- documents that are none --- */

Test(bench_compare, what_is_wrong_with_a_document_is_said_in_one_line)
{
#define LEVEL(rest) "{\"v\":1,\"levels\":[{\"model\":\"async\",\"selector\":\"epoll\"" rest "}]}"
    static const struct {
        const char *document, *expected;
    } facts[] = {
        {"", "expected what skitter bench --json wrote, it is empty"},
        {"hello", "not JSON: line 1: "},
        {"{\"v\":1,\n\n}", "not JSON: line 3: "},
        {"{\"v\":1} {}", "not JSON: line 1: "},
        {"{\"v\":1,\"v\":1}", "not JSON: line 1: "},
        {"{\"v\":NaN}", "not JSON: line 1: "},
        {"{\"v\":1e999}", "not JSON: line 1: "},
        {"{\"v\":\"\\u0000\"}", "not JSON: line 1: "},
        {"{\"v\":\"\xff\"}", "not JSON: line 1: "},
        {"[]", "expected what skitter bench --json wrote"},
        {"{}", "expected what skitter bench --json wrote"},
        {"{\"v\":1}", "expected what skitter bench --json wrote"},
        {"{\"v\":\"1\",\"levels\":[]}", "expected what skitter bench --json wrote"},
        {"{\"v\":1,\"levels\":{}}", "expected what skitter bench --json wrote"},
        {"{\"v\":2,\"levels\":[]}", "expected version 1 of the format, it has 2"},
        {"{\"v\":1,\"levels\":[1]}", "level 1: expected an object"},
        {"{\"v\":1,\"levels\":[{}]}", "level 1: \"model\": expected a string"},
        {"{\"v\":1,\"levels\":[{\"model\":\"async\"}]}", "\"selector\": expected a string"},
        {LEVEL(""), "\"concurrency\": expected a whole number above 0"},
        {LEVEL(",\"concurrency\":0"), "\"concurrency\": expected a whole number above 0"},
        {LEVEL(",\"concurrency\":1.5"), "\"concurrency\": expected a whole number above 0"},
        {LEVEL(",\"concurrency\":1"), "\"pages_per_second\": expected a number"},
        {LEVEL(",\"concurrency\":1,\"pages_per_second\":\"1\""), "expected a number"},
        {LEVEL(",\"concurrency\":1,\"pages_per_second\":-1"), "expected a number"},
    };
#undef LEVEL
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct bench_old *o;
        write_old(facts[i].document, strlen(facts[i].document));
        cr_expect_eq(read_old(&o, path), 2, "%s", facts[i].document);
        cr_expect_eq(strncmp(said, "skitter bench: --compare /proc/self/fd/", 39), 0, "%s", said);
        expect_said(facts[i].expected);
        cr_expect_eq(strchr(said, '\n'), said + strlen(said) - 1, "%s", said);
    }
}

Test(bench_compare, what_does_not_matter_may_be_of_any_type)
{
    static const char text[] =
        "{\"v\":1,\"machine\":7,\"site\":[\"\\u001b[2J\"],\"levels\":[{\"model\":\"async\","
        "\"selector\":\"epoll\",\"concurrency\":1,\"pages_per_second\":1,"
        "\"cpu_us_per_page\":\"much\"},{\"model\":\"\\u001b[2J\\n\",\"selector\":\"\","
        "\"concurrency\":9223372036854775807,\"pages_per_second\":1e308}]}";
    write_old(text, sizeof text - 1);
    cr_expect_eq(compare(0.1), 0);
    expect_said("was not measured now: \\x1b[2J\\x0a  9223372036854775807\n");
}

Test(bench_compare, values_that_are_long_are_cut)
{
    char text[20000] = "{\"v\":1,\"machine\":{\"cpu\":\"";
    memset(text + strlen(text), 'x', 10000);
    strcat(text, "\"},\"levels\":[{\"model\":\"async\",\"selector\":\"epoll\",\"concurrency\":1,"
                 "\"pages_per_second\":1}]}");
    write_old(text, strlen(text));
    cr_expect_eq(compare(0.1), 0);
    expect_said("xxx (now \"AMD");
    cr_expect_lt(strlen(said), 2000);
}

Test(bench_compare, what_is_nested_without_end_is_not_json)
{
    static char text[1 << 20];
    struct bench_old *o;
    memset(text, '[', sizeof text);
    write_old(text, sizeof text);
    cr_expect_eq(read_old(&o, path), 2);
    expect_said("not JSON: line 1: ");
}

Test(bench_compare, a_file_without_end_is_not_read_to_its_end)
{
    struct bench_old *o;
    cr_expect_eq(read_old(&o, "/dev/zero"), 2);
    expect_said("skitter bench: --compare /dev/zero: expected what skitter bench --json wrote, it "
                "is over 16 MB\n");
}

Test(bench_compare, a_folder_and_a_file_that_is_not_there_are_named)
{
    struct bench_old *o;
    cr_expect_eq(read_old(&o, "/proc"), 2);
    expect_said("skitter bench: --compare /proc: Is a directory\n");
    cr_expect_eq(read_old(&o, "/nowhere/old.json"), 2);
    expect_said("skitter bench: --compare /nowhere/old.json: No such file or directory\n");
}
