#include "cmd/bench_options.h"

#include "cmd/descriptors.h"
#include "cmd/message.h"
#include "crawler/address.h"
#include "loop/selector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "skitter bench"
#define MOST_IN_FLIGHT 65536

#define FIELD(name) offsetof(struct bench_arguments, name)
#define GROUP(group, title)                        \
    {                                              \
        group, .type = OPTION_GROUP, .help = title \
    }

static const struct option table[] = {
    GROUP("what", "What is measured"),
    {"levels", .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(level_lists),
     .help = "in flight: 1,8,64, or doubled: 1..64 (1..1024)"},
    {"concurrency", .letter = 'c', .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(concurrency), .value = 1, .most = MOST_IN_FLIGHT, .help = "one level"},
    {"repeat", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(repeat), .value = 1,
     .most = 1000, .help = "crawls at each level; their medians count (3)"},
    {"model", .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(model_lists),
     .choices = fetch_models, .help = "async,threads,processes,sync (async)"},
    {"selector", .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(selector_lists),
     .choices = selector_names, .help = "what the loop stands on: side by side"},
    GROUP("output", "How it is shown"),
    {"json", .type = OPTION_FLAG, .offset = FIELD(json), .help = "everything, as one document"},
    {"csv", .type = OPTION_FLAG, .offset = FIELD(csv), .help = "a header, and a row a level"},
    {"svg", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(svg),
     .help = "draw the curves there too"},
    {"compare", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(compare),
     .help = "status 4 if slower than in that --json document"},
    {"tolerance", .argument = "SHARE", .type = OPTION_TEXT, .offset = FIELD(tolerance_text),
     .help = "by more than this (10%)"},
    {"quiet", .letter = 'q', .type = OPTION_FLAG, .offset = FIELD(quiet),
     .help = "errors only on standard error"},
    GROUP("url", "A site that is there"),
    {"max-pages", .letter = 'n', .argument = "N", .type = OPTION_COUNT, .offset = FIELD(max_pages),
     .value = 1, .most = 1000000, .help = "pages to learn; all levels fetch these (2000)"},
    {"public", .type = OPTION_FLAG, .offset = FIELD(may_be_public),
     .help = "it may be a public one, whose owner agrees"},
    {"insecure", .letter = 'k', .type = OPTION_FLAG, .offset = FIELD(insecure),
     .help = "accept any certificate"},
    GROUP("site", "The own server's site"),
    {"pages", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(pages), .value = 1,
     .most = SERVE_SITE_PAGES, .help = "pages of the site (enough for 1.4 s a crawl)"},
    SITE_OPTIONS(struct bench_arguments, site_arguments),
    {.name = NULL},
};

const struct command bench_options_command = {
    .name = COMMAND,
    .usage = "usage: skitter bench [OPTIONS] [URL]\n"
             "Crawls at several levels of concurrency: a site of its own (skitter serve), or\n"
             "that of a URL. Shows speed, latency and cost as tables and curves, and how many\n"
             "fetches in flight are enough.\n" SITE_OPTIONS_USAGE "\n",
    .options = table,
};

/* --- lists --- */

static bool add_level(struct bench_arguments *a, uint64_t n)
{
    unsigned i = a->level_count;

    for (unsigned k = 0; k < a->level_count; k++)
        if (a->levels[k] == n)
            return true;
    if (n == 0 || n > MOST_IN_FLIGHT || a->level_count == BENCH_LEVELS)
        return false;
    for (; i > 0 && a->levels[i - 1] > n; i--)
        a->levels[i] = a->levels[i - 1];
    a->levels[i] = (unsigned)n;
    a->level_count++;
    return true;
}

/* "64" or "1..1024" */
static bool add_level_part(void *arguments, const char *part, size_t n)
{
    struct bench_arguments *a = arguments;
    char text[32], *dots;
    uint64_t from, to;

    if (n >= sizeof text)
        return false;
    memcpy(text, part, n);
    text[n] = '\0';
    dots = strstr(text, "..");
    if (!dots)
        return parse_count(text, 1, &from) && add_level(a, from);
    *dots = '\0';
    if (!parse_count(text, 1, &from) || !parse_count(dots + 2, from, &to) || to > MOST_IN_FLIGHT)
        return false;
    for (; from < to; from *= 2)
        if (!add_level(a, from))
            return false;
    return add_level(a, to);
}

bool bench_levels_parse(struct bench_arguments *a, const char *text)
{
    const struct texts one = {.items = &text, .count = 1};

    return texts_for_parts(&one, add_level_part, a);
}

static bool add_model(void *arguments, const char *part, size_t n)
{
    struct bench_arguments *a = arguments;

    for (enum fetch_model m = 0; m < FETCH_MODEL_COUNT; m++) {
        const char *name = fetch_model_name(m);
        if (strlen(name) != n || memcmp(name, part, n) != 0)
            continue;
        for (unsigned i = 0; i < a->model_count; i++)
            if (a->models[i] == m)
                return true;
        a->models[a->model_count++] = m;
        return true;
    }
    message(COMMAND ": --model %.*s: expected %s", (int)n, part, fetch_models);
    return false;
}

static bool add_selector(void *arguments, const char *part, size_t n)
{
    struct bench_arguments *a = arguments;
    char name[16];

    snprintf(name, sizeof name, "%.*s", (int)n, part);
    const struct selector_ops *ops = n < sizeof name ? selector_find(name) : NULL;
    if (!ops || n == 0) {
        message(COMMAND ": --selector %.*s: expected %s", (int)n, part, selector_names);
        return false;
    }
    for (unsigned i = 0; i < a->selector_count; i++)
        if (a->selectors[i] == ops->name)
            return true;
    a->selectors[a->selector_count++] = ops->name;
    return true;
}

/* Descriptors for a fetch in flight: libcurl's blocking call has three of its own, a process is at
 * the end of two pipes. */
static uint64_t descriptors_each(const struct bench_arguments *a)
{
    uint64_t most = 1;

    for (unsigned i = 0; i < a->model_count; i++) {
        uint64_t each = a->models[i] == FETCH_THREADS ? 3 : a->models[i] == FETCH_PROCESSES ? 2 : 1;
        most = each > most ? each : most;
    }
    return most;
}

/* The levels that the descriptor limit allows: those that were asked for are refused by name. */
static bool levels_fit(struct bench_arguments *a)
{
    uint64_t descriptors = descriptors_raise();
    uint64_t most = descriptors_fetches(descriptors) / descriptors_each(a);
    unsigned last = a->levels[a->level_count - 1];

    if (last <= most)
        return true;
    message(COMMAND ": %u in flight does not fit the descriptor limit of %" PRIu64
                    " (ulimit -Hn): at most %" PRIu64,
            last, descriptors, most);
    while (!a->levels_given && a->level_count && a->levels[a->level_count - 1] > most)
        a->level_count--;
    return !a->levels_given && a->level_count;
}

static bool read_levels(struct bench_arguments *a)
{
    a->levels_given = a->level_lists.count || a->concurrency;
    for (size_t i = 0; i < a->level_lists.count; i++) {
        if (bench_levels_parse(a, a->level_lists.items[i]))
            continue;
        message(COMMAND ": --levels %s: expected levels like 1,8,64 or 1..1024, up to %d, at most "
                        "%d of them",
                a->level_lists.items[i], MOST_IN_FLIGHT, BENCH_LEVELS);
        return false;
    }
    if (a->concurrency && !add_level(a, a->concurrency))
        return false;
    if (!a->levels_given)
        bench_levels_parse(a, "1..1024");
    return levels_fit(a);
}

/* --- the rest --- */

static bool read_url(struct bench_arguments *a, const struct texts *operands)
{
    if (operands->count == 0)
        return true;
    const char *typed = operands->items[0];
    if (operands->count > 1) {
        message(COMMAND ": %s: expected one URL", operands->items[1]);
        return false;
    }
    const char *wrong = seed_parse(&a->url, typed, strlen(typed), false);
    if (wrong) {
        message(COMMAND ": %s: %s", typed, wrong);
        return false;
    }
    if (a->pages || a->site_given) {
        message(COMMAND ": %s: with a URL, options of the own server's site mean nothing", typed);
        return false;
    }
    a->has_url = true;
    a->public_url = !address_host_is_private(&a->url.url);
    if (a->public_url && !a->may_be_public) {
        message(COMMAND ": %s is not at a loopback or private address: --public, if its owner "
                        "agrees to the load",
                a->url.url.text);
        return false;
    }
    return true;
}

static bool check(struct bench_arguments *a, const struct texts *operands)
{
    if (!texts_for_parts(&a->model_lists, add_model, a) ||
        !texts_for_parts(&a->selector_lists, add_selector, a))
        return false;
    if (a->model_count == 0)
        a->models[a->model_count++] = FETCH_ASYNC;
    if (a->selector_count == 0)
        a->selectors[a->selector_count++] = selector_find(NULL)->name;
    if (!read_levels(a))
        return false;
    if (a->json && a->csv) {
        message(COMMAND ": --json and --csv: one of them");
        return false;
    }
    if (a->tolerance_text && !parse_share(a->tolerance_text, &a->tolerance)) {
        message(COMMAND ": --tolerance %s: expected a share like 10%% or 0.1", a->tolerance_text);
        return false;
    }
    return read_url(a, operands) && site_arguments_read(&a->site_arguments, COMMAND, &a->site);
}

int bench_arguments_parse(struct bench_arguments *a, char **argv)
{
    struct texts operands = {0};
    struct site_arguments before;

    *a = (struct bench_arguments){
        .repeat = 3,
        .max_pages = 2000,
        .tolerance = 0.1,
        .site_arguments = SITE_ARGUMENTS_DEFAULT,
    };
    memcpy(&before, &a->site_arguments, sizeof before); /* padding and all */
    int status = options_parse(&bench_options_command, argv, a, &operands);
    a->site_given = memcmp(&before, &a->site_arguments, sizeof before) != 0;
    if (status < 0 && !check(a, &operands))
        status = 2;
    texts_deinit(&operands);
    return status;
}

void bench_arguments_deinit(struct bench_arguments *a)
{
    texts_deinit(&a->level_lists);
    texts_deinit(&a->model_lists);
    texts_deinit(&a->selector_lists);
    free(a->url.credentials);
}
