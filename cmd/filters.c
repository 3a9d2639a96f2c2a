/* The filters: inputs go through one parser each and come out as lines or as JSON Lines.
 *
 * A failed write ends a filter; errno is kept from where it failed. An input that is invalid gets
 * its line on standard error, and the status 1 at the end. */
#include "cmd/filters.h"

#include "cmd/message.h"
#include "cmd/options.h"
#include "cmd/record.h"
#include "crawler/memory.h"
#include "parse/links.h"
#include "parse/robots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOCUMENT_MAX (256u << 20)
#define MUCH 32768 /* bytes that are worth a read or a write */
#define SHOWN 200  /* bytes of an input that a message repeats */

struct filter {
    const char *base, *content_type, *parser, *agent; /* options */
    bool assets, json;
    struct texts operands;
    struct url base_url; /* text is NULL without --base */
    char base_text[URL_BUFFER];
    struct robots *robots;
    struct text out; /* for standard output, */
    size_t most;     /* which is not yet given so much of it */
    int error;       /* of writing: an errno */
    bool failed;
};

#define FIELD(name) offsetof(struct filter, name)

static const struct option url_options[] = {
    {"base", .argument = "URL", .type = OPTION_TEXT, .offset = FIELD(base),
     .help = "what relative inputs are relative to"},
    {"json", .type = OPTION_FLAG, .offset = FIELD(json), .help = "an object for each input"},
    {.name = NULL},
};

static const struct option links_options[] = {
    {"base", .argument = "URL", .type = OPTION_TEXT, .offset = FIELD(base),
     .help = "the document's own address; needed"},
    {"assets", .type = OPTION_FLAG, .offset = FIELD(assets), .help = "what a page loads, too"},
    {"content-type", .argument = "T", .type = OPTION_TEXT, .offset = FIELD(content_type),
     .help = "what the document is (text/html)"},
    {"parser", .argument = "P", .type = OPTION_CHOICE, .offset = FIELD(parser),
     .choices = "fast|gumbo", .help = "what reads HTML: the scanner, or Gumbo's tree (fast)"},
    {"json", .type = OPTION_FLAG, .offset = FIELD(json), .help = "an object for each link"},
    {.name = NULL},
};

static const struct option robots_options[] = {
    {"agent", .argument = "NAME", .type = OPTION_TEXT, .offset = FIELD(agent),
     .help = "whose rules count (skitter)"},
    {"json", .type = OPTION_FLAG, .offset = FIELD(json), .help = "an object for each URL"},
    {.name = NULL},
};

const struct command filters_url_command = {
    .name = "skitter url",
    .usage = "usage: skitter url [OPTIONS] [INPUT...]\n"
             "Prints the canonical URL of each INPUT, or line of standard input, without its\n"
             "fragment. Status 1 if one is invalid, or neither http nor https.\n\n",
    .options = url_options,
};

const struct command filters_links_command = {
    .name = "skitter links",
    .usage = "usage: skitter links --base URL [OPTIONS] [FILE]\n"
             "Prints the http(s) links of a document (HTML, CSS, a sitemap, a feed) in FILE or\n"
             "on standard input, each once.\n\n",
    .options = links_options,
};

const struct command filters_robots_command = {
    .name = "skitter robots",
    .usage =
        "usage: skitter robots [OPTIONS] FILE [URL...]\n"
        "Prints \"allow URL\" or \"deny URL\" for each URL, or line of standard input, as the\n"
        "robots.txt in FILE (- for standard input) says. Status 1 if one is denied.\n\n",
    .options = robots_options,
};

/* --- what all of them do --- */

static void write_out(struct filter *f)
{
    fwrite(f->out.data, 1, f->out.length, stdout);
    if (ferror(stdout) && f->error == 0)
        f->error = errno;
    f->out.length = 0;
}

/* After each input. */
static void end_output(struct filter *f)
{
    if (f->out.length > f->most)
        write_out(f);
}

static int finish(struct filter *f)
{
    if (f->error == 0 && f->out.length > 0)
        write_out(f);
    if (f->error == 0 && fclose(stdout) != 0)
        f->error = errno;
    if (f->error == EPIPE)
        return 0;
    if (f->error == 0)
        return f->failed;
    message("standard output: %s; the rest is lost", strerror(f->error));
    return 3;
}

static int parse_base(struct filter *f, unsigned flags)
{
    int r = f->base ? url_parse(&f->base_url, f->base_text, sizeof f->base_text, f->base,
                                strlen(f->base), NULL, NULL, flags)
                    : 0;
    if (r < 0)
        message("%.*s: %s (--base)", SHOWN, f->base, url_strerror(r));
    return r < 0 ? 1 : -1;
}

/* body and parse_base return -1 to go on, else the exit status. */
static int run(const struct command *c, char **argv, int (*body)(struct filter *f),
               unsigned base_flags)
{
    struct filter f = {
        .agent = "skitter", .parser = "fast", .most = isatty(STDOUT_FILENO) ? 0 : MUCH};
    int status = options_parse(c, argv, &f, &f.operands);

    if (status < 0)
        status = parse_base(&f, base_flags);
    if (status < 0)
        status = body(&f);
    if (status <= 0)
        status = finish(&f);
    text_deinit(&f.out);
    texts_deinit(&f.operands);
    return status;
}

static void add_member(struct filter *f, const char *before, const char *text, size_t length)
{
    text_add_string(&f->out, before);
    text_add_json(&f->out, text, length);
}

static void refuse(struct filter *f, const char *input, size_t length, int error)
{
    const char *why = url_strerror(error);
    f->failed = true;
    if (length == 0)
        input = "an empty line";
    message("%.*s: %s", length > 0 && length < SHOWN ? (int)length : SHOWN, input, why);
    if (!f->json)
        return;
    add_member(f, "{\"input\":", input, length);
    add_member(f, ",\"error\":", why, strlen(why));
    text_add_string(&f->out, "}\n");
}

/* Standard input: what was read is answered before more is waited for. */
static ssize_t read_input(void *arg, char *room, size_t size)
{
    struct filter *f = arg;

    write_out(f);
    if (f->error == 0 && fflush(stdout) != 0)
        f->error = errno;
    return f->error == 0 ? read(STDIN_FILENO, room, size) : 0;
}

/* The operands from first on, or else the lines of standard input. */
static void each_input(struct filter *f, size_t first,
                       void (*take)(struct filter *f, const char *input, size_t length))
{
    char *line = NULL, room[MUCH];
    size_t capacity = 0;
    ssize_t n;

    for (size_t i = first; i < f->operands.count && f->error == 0; i++) {
        take(f, f->operands.items[i], strlen(f->operands.items[i]));
        end_output(f);
    }
    if (f->operands.count > first)
        return;
    FILE *in = fopencookie(f, "r", (cookie_io_functions_t){.read = read_input});
    if (!in)
        memory_out();
    setvbuf(in, room, _IOFBF, sizeof room);
    while (f->error == 0 && (n = getline(&line, &capacity, in)) >= 0) {
        take(f, line, (size_t)(n > 0 && line[n - 1] == '\n' ? n - 1 : n));
        end_output(f);
    }
    if (f->error == 0 && !feof(in)) {
        message("standard input: %s", strerror(errno));
        f->failed = true;
    }
    fclose(in);
    free(line);
}

/* Reads a file, or standard input for "-", up to a limit. */
static bool read_file(const char *path, size_t limit, char **text, size_t *length)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    size_t capacity = 65536, n = 1;

    *text = NULL;
    *length = 0;
    while (in && n > 0 && *length < limit) {
        if (!*text || *length == capacity)
            *text = memory_resize(*text, capacity *= 2);
        size_t room = (capacity < limit ? capacity : limit) - *length;
        n = fread(*text + *length, 1, room, in);
        *length += n;
    }
    bool ok = in && !ferror(in);
    if (!ok)
        message("%s: %s", in == stdin ? "standard input" : path, strerror(errno));
    if (in && in != stdin)
        fclose(in);
    if (!ok)
        free(*text);
    return ok;
}

/* --- url --- */

static void print_url(struct filter *f, const char *input, size_t length)
{
    char buffer[URL_BUFFER];
    struct url url;
    int r = url_parse(&url, buffer, sizeof buffer, input, length,
                      f->base_url.text ? &f->base_url : NULL, NULL, 0);
    if (r < 0) {
        refuse(f, input, length, r);
    } else if (f->json) {
        add_member(f, "{\"input\":", input, length);
        add_member(f, ",\"url\":", url.text, url.length);
        text_add_string(&f->out, "}\n");
    } else {
        text_add(&f->out, url.text, url.length);
        text_add_char(&f->out, '\n');
    }
}

static int run_url(struct filter *f)
{
    each_input(f, 0, print_url);
    return -1;
}

/* --- robots --- */

static void print_verdict(struct filter *f, const char *input, size_t length)
{
    char buffer[URL_BUFFER];
    struct url url;
    int r = url_parse(&url, buffer, sizeof buffer, input, length, NULL, NULL, URL_DROP_USERINFO);
    if (r < 0) {
        refuse(f, input, length, r);
        return;
    }
    bool allowed = robots_allowed(f->robots, url.text + url.path, url.length - url.path);
    f->failed = f->failed || !allowed;
    if (f->json) {
        add_member(f, "{\"input\":", input, length);
        add_member(f, ",\"url\":", url.text, url.length);
        text_add_string(&f->out, allowed ? ",\"allowed\":true}\n" : ",\"allowed\":false}\n");
    } else {
        text_add_string(&f->out, allowed ? "allow " : "deny ");
        text_add(&f->out, url.text, url.length);
        text_add_char(&f->out, '\n');
    }
}

static int run_robots(struct filter *f)
{
    char *text;
    size_t length;

    if (f->operands.count == 0) {
        message("skitter robots: needs a FILE (see skitter robots --help)");
        return 2;
    }
    const char *path = f->operands.items[0];
    if (strcmp(path, "-") == 0 && f->operands.count == 1) {
        message("skitter robots: standard input is the robots.txt, so give URLs as arguments");
        return 2;
    }
    if (!read_file(path, ROBOTS_MAX + 1, &text, &length))
        return 2;
    int r = robots_parse(&f->robots, text, length, f->agent);
    free(text);
    if (r < 0)
        memory_out();
    each_input(f, 1, print_verdict);
    robots_free(f->robots);
    return -1;
}

/* --- links --- */

static const char *text_of(const struct links *l, size_t i)
{
    return links_text(l, l->items[i].url);
}

struct place {
    const char *url;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->url, y->url);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* Which links are the first with their URL. The caller frees it. */
static bool *first_places(const struct links *l)
{
    bool *first = memory_new(l->count + 1);
    struct place *places = memory_new((l->count + 1) * sizeof *places);

    for (size_t i = 0; i < l->count; i++)
        places[i] = (struct place){text_of(l, i), i};
    qsort(places, l->count, sizeof *places, compare_places);
    for (size_t i = 0; i < l->count; i++)
        first[places[i].index] = i == 0 || strcmp(places[i].url, places[i - 1].url) != 0;
    free(places);
    return first;
}

static void print_link(struct filter *f, const struct links *l, const struct link *link)
{
    const char *to = links_text(l, link->url);

    if (f->json) {
        struct record r;
        record_begin(&r, RECORD_LINK);
        record_set_string(&r, FIELD_FROM, f->base_url.text, f->base_url.length);
        record_set_string(&r, FIELD_TO, to, link->length);
        record_set_text(&r, FIELD_ELEMENT, *link->element ? link->element : NULL);
        record_set_text(&r, FIELD_ATTRIBUTE, *link->attribute ? link->attribute : NULL);
        record_set_text(&r, FIELD_REL, link->rel ? links_text(l, link->rel) : NULL);
        if (link->line)
            record_set_number(&r, FIELD_LINE, link->line);
        record_add_json(&f->out, &r);
    } else {
        text_add(&f->out, to, link->length);
    }
    text_add_char(&f->out, '\n');
}

static void print_links(struct filter *f, const struct links *l)
{
    bool *first = first_places(l);

    for (size_t i = 0; i < l->count && f->error == 0; i++) {
        if (first[i])
            print_link(f, l, &l->items[i]);
        end_output(f);
    }
    free(first);
    if (l->error != 0) {
        message("%s: links may be missing: %s", f->base,
                l->error == -E2BIG   ? "the document goes over a limit"
                : l->error == -ETIME ? "the document takes too long to parse"
                                     : "the document is not well-formed");
        f->failed = true;
    }
}

static int run_links(struct filter *f)
{
    struct document d = {.url = &f->base_url,
                         .content_type = f->content_type,
                         .assets = f->assets,
                         .lines = f->json,
                         .tree = strcmp(f->parser, "gumbo") == 0};
    struct links l;
    char *body;

    if (!f->base || f->operands.count > 1) {
        message("skitter links: needs %s (see skitter links --help)",
                f->base ? "one FILE at most" : "--base URL");
        return 2;
    }
    const char *path = f->operands.count > 0 ? f->operands.items[0] : "-";
    if (!read_file(path, DOCUMENT_MAX, &body, &d.length))
        return 2;
    d.body = body;
    links_init(&l);
    if (document_links(&l, &d) < 0)
        memory_out();
    print_links(f, &l);
    links_deinit(&l);
    free(body);
    return -1;
}

int filters_url(char **argv)
{
    return run(&filters_url_command, argv, run_url, 0);
}

int filters_links(char **argv)
{
    return run(&filters_links_command, argv, run_links, URL_DROP_USERINFO);
}

int filters_robots(char **argv)
{
    return run(&filters_robots_command, argv, run_robots, 0);
}
