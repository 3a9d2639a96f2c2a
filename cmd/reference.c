/* reference man|bash|zsh|fish: prints the manual page, or a shell's completions, from the tables of
 * options that the program itself parses by. It runs while the program is built and is not
 * installed. What is in no table, such as the exit statuses, stands here. */
#include "cmd/reference.h"

#include "cmd/commands.h"
#include "cmd/crawl_options.h"
#include "cmd/message.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

const struct command *const reference_crawl = &crawl_options_command;

void reference_each_option(const struct command *c,
                           void (*visit)(const struct option *o, const char *arg), const char *arg)
{
    static const struct option group = {"help", .type = OPTION_GROUP, .help = "Help"},
                               version = {"version", .letter = 'V',
                                          .help = "the version, and those of the libraries"};
    char groups[OPTIONS_GROUPS_SIZE];
    struct option help = {"help", .letter = 'h', .help = "the options"};

    options_groups(c, groups);
    if (*groups) {
        help.argument = "GROUP";
        help.choices = groups;
        help.help = "the usual options; with a word, those of that group, or all";
    }
    for (const struct option *o = c->options; o->name; o++)
        if (o->type == OPTION_GROUP || option_is_listed(o))
            visit(o, arg);
    if (*groups)
        visit(&group, arg);
    visit(&help, arg);
    if (c == reference_crawl)
        visit(&version, arg);
}

/* --- the manual page, man(7) --- */

struct entry {
    const char *term, *text;
};

static const char *const description[] = {
    "Fetches the URLs, follows their links without leaving their hosts, and prints every URL that "
    "it finds, each once, as it finds it. It ends when nothing is left to fetch and nothing is in "
    "flight. robots.txt is obeyed, and a public host is met gently: with two fetches at once, and "
    "more while its answers stay quick.",
    "A URL without a scheme gets http:// in front. The URL - reads URLs from standard input, one a "
    "line, and crawls them as they arrive; there and in the file of -i, blank lines and lines that "
    "begin with # are skipped.",
    "Long options work as --name value and --name=value and are not abbreviated; options and URLs "
    "come in any order; -- ends the options. A SIZE takes K, M and G (1024); a time T takes ms, s, "
    "m and h, and a bare number is seconds. A LIST is divided by commas. What an option is without "
    "being given stands in parentheses. No configuration file is read.",
};

static const char *const output[] = {
    "Standard output carries results and nothing else; all the rest goes to standard error. A slow "
    "reader pauses the crawl, and nothing is dropped. A reader that goes away ends the program at "
    "once, with status 0.",
    "With --json a record is an object on one line, \"v\", which is 1, and \"type\" first.",
    "What is printed is one of these streams, or with --json several, divided by commas:",
};

static const struct entry streams[] = {
    {"found", "every URL that the rules let pass, each once, at first sight, fetched or not; what "
              "plain output shows unless told otherwise"},
    {"visited", "every URL fetched, when it is done, whatever it answered; what --json, --csv and "
                "--write-out show unless told otherwise"},
    {"ok", "of these, what answered 2xx"},
    {"redirects", "of these, what answered 3xx: from, tab, to"},
    {"broken", "of these, what answered 4xx or 5xx, or nothing"},
    {"broken-links", "every link whose target is broken: from, tab, to, tab, status or error"},
    {"external", "the URLs found that are out of scope, each once"},
    {"edges", "every http(s) link of every page: from, tab, to"},
    {"refused", "what is not fetched: to, tab, the rule, tab, from; each URL once"},
};

static const struct entry statuses[] = {
    {"0", "the crawl ran to its end, to a limit that was asked for, or until the reader left; a "
          "page that answers 404 is a result, not a failure"},
    {"1", "no page answered 2xx; of url, links, robots and --why: an input was invalid, denied, or "
          "would not be fetched"},
    {"2", "the command line is wrong or holds no valid URL; nothing was fetched"},
    {"3", "output could not be written; what was lost is said"},
    {"4",
     "with --fail, something is broken; of bench, a crawl found another set than it had to, or "
     "it is slower than in the document of --compare"},
    {"130, 143", "ended by SIGINT, SIGTERM"},
};

static const struct entry signals[] = {
    {"SIGINT, SIGTERM",
     "no new fetch starts, those in flight end or are cut after two seconds, and "
     "everything known is written; a second signal ends the program at once"},
    {"SIGUSR1", "prints the live line once"},
};

static const struct entry environment[] = {
    {"http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
     "proxies, and the hosts to reach without one, as with curl(1); --proxy goes before them"},
    {"NO_COLOR", "if set, and not to nothing, the terminal is not coloured"},
};

static const struct entry examples[] = {
    {"skitter https://example.org/ | head -n 20", "the first twenty URLs of a site"},
    {"skitter --print broken-links https://example.org/",
     "broken links, with the pages that have them"},
    {"skitter -q --fail --check-external --assets https://example.org/ >/dev/null",
     "a check for a script: status 4 if a link, an image or a style leads nowhere"},
    {"skitter -q --json https://example.org/ | jq -r 'select(.time.total > 1).url'",
     "pages that take more than a second"},
    {"skitter --report report.html --write-sitemap sitemap.xml https://example.org/",
     "a page to look at, and a sitemap"},
    {"skitter --why https://example.org/some/page https://example.org/",
     "how the crawl gets to a page, or which rule keeps it away"},
    {"tail -f urls | skitter -", "URLs as they come"},
    {"skitter serve --pages 200", "a site on this machine, to try all that on"},
    {"skitter bench --latency 50ms", "how speed and latency change with the fetches in flight"},
};

/* Text that roff would take for a request or an escape. */
static void roff(const char *text, const char *end)
{
    if (text < end && (*text == '.' || *text == '\''))
        fputs("\\&", stdout);
    for (; text < end; text++) {
        switch (*text) {
        case '\\':
            fputs("\\e", stdout);
            break;
        case '-':
            fputs("\\-", stdout);
            break;
        case '~':
            fputs("\\(ti", stdout);
            break;
        case '^':
            fputs("\\(ha", stdout);
            break;
        case '`':
            fputs("\\(ga", stdout);
            break;
        case '\n':
            putchar(' ');
            break;
        default:
            putchar(*text);
        }
    }
}

static void styled(char font, const char *before, const char *text)
{
    printf("\\f%c", font);
    roff(before, before + strlen(before));
    roff(text, text + strlen(text));
    fputs("\\fR", stdout);
}

static void line(const char *text)
{
    roff(text, text + strlen(text));
    putchar('\n');
}

static void print_entries(const char *section, const struct entry *entries, size_t count)
{
    if (section)
        printf(".SH %s\n", section);
    for (size_t i = 0; i < count; i++) {
        puts(".TP");
        styled('B', "", entries[i].term);
        putchar('\n');
        line(entries[i].text);
    }
}

static void print_paragraphs(const char *section, const char *const *texts, size_t count)
{
    printf(".SH %s\n", section);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            puts(".PP");
        line(texts[i]);
    }
}

static void print_option(const struct option *o, const char *arg)
{
    char letter[] = {o->letter, '\0'};

    (void)arg;
    if (o->type == OPTION_GROUP) {
        fputs(".SS ", stdout);
        line(o->help);
        return;
    }
    puts(".TP");
    if (o->letter) {
        styled('B', "-", letter);
        fputs(", ", stdout);
    }
    styled('B', "--", o->name);
    if (o->alias) {
        fputs(", ", stdout);
        styled('B', "--", o->alias);
    }
    if (o->argument) {
        putchar(' ');
        styled('I', "", o->argument);
    }
    putchar('\n');
    line(o->help);
}

/* The first line of a usage, without what stands beside it. */
static void print_synopsis(const struct command *c)
{
    const char *text = c->usage + strlen("usage: "), *end = text + strcspn(text, "\n"),
               *beside = strstr(text, "  ");

    roff(text, beside && beside < end ? beside : end);
    putchar('\n');
}

static void print_command(const struct named_command *n)
{
    const char *text = n->command->usage + strcspn(n->command->usage, "\n") + 1;

    printf(".SS ");
    line(n->command->name);
    roff(text, strstr(text, "\n\n"));
    putchar('\n');
    reference_each_option(n->command, print_option, NULL);
}

static void print_man(void)
{
    puts(".\\\" Made by cmd/reference.c; changes are lost.");
    puts(".TH SKITTER 1 \"\" \"skitter " SKITTER_VERSION "\" \"User Commands\"");
    puts(".SH NAME\nskitter \\- crawl web sites and print what is found");
    puts(".SH SYNOPSIS");
    print_synopsis(reference_crawl);
    for (const struct named_command *n = commands; n->name; n++) {
        puts(".br");
        print_synopsis(n->command);
    }
    print_paragraphs("DESCRIPTION", description, COUNT(description));
    puts(".SH OPTIONS");
    reference_each_option(reference_crawl, print_option, NULL);
    puts(".SH COMMANDS\nOnly the first argument can name a command.");
    for (const struct named_command *n = commands; n->name; n++)
        print_command(n);
    print_paragraphs("OUTPUT", output, COUNT(output));
    print_entries(NULL, streams, COUNT(streams));
    print_entries("EXIT STATUS", statuses, COUNT(statuses));
    print_entries("SIGNALS", signals, COUNT(signals));
    print_entries("ENVIRONMENT", environment, COUNT(environment));
    print_entries("EXAMPLES", examples, COUNT(examples));
    puts(".SH SEE ALSO");
    line("curl(1), jq(1), wget(1)");
    line("RFC 9309 (robots.txt), https://url.spec.whatwg.org/, https://www.sitemaps.org/");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } kinds[] = {{"man", print_man},
                 {"bash", completions_bash},
                 {"zsh", completions_zsh},
                 {"fish", completions_fish}};

    for (size_t i = 0; argc == 2 && i < COUNT(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            kinds[i].print();
            return fclose(stdout) == 0 ? 0 : 3;
        }
    }
    message("usage: reference man|bash|zsh|fish");
    return 2;
}
