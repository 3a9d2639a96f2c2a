#include "cmd/crawl_options.h"

#include "cmd/crawl.h"
#include "cmd/descriptors.h"
#include "cmd/message.h"
#include "crawler/memory.h"
#include "loop/selector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_LIMIT (1000000000 * NS_PER_S)

#define FIELD(name) offsetof(struct crawl_arguments, name)
#define WRONG(long_name, short_name, advice)                                  \
    {                                                                         \
        long_name, .letter = short_name, .type = OPTION_WRONG, .help = advice \
    }
#define GROUP(group, title)                        \
    {                                              \
        group, .type = OPTION_GROUP, .help = title \
    }

static const struct option table[] = {
    GROUP("crawl", "What to crawl, and how much of it"),
    {"input", .letter = 'i', .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(seed_file),
     .help = "read seeds from FILE too, one a line"},
    {"depth", .alias = "level", .letter = 'l', .argument = "N", .type = OPTION_DEPTH,
     .offset = FIELD(depth), .help = "follow links at most N away from a seed (inf)"},
    {"max-pages", .letter = 'n', .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.max_pages), .value = 1, .help = "stop after N fetches"},
    {"duration", .argument = "T", .type = OPTION_TIME, .offset = FIELD(crawl.duration),
     .more = true, .help = "stop after that time: 500ms, 30s, 5m, 1h"},
    {"quota", .argument = "SIZE", .type = OPTION_SIZE, .offset = FIELD(crawl.quota), .more = true,
     .help = "stop after that many bytes of bodies: 64K, 16M, 1G"},
    {"max-body", .argument = "SIZE", .type = OPTION_SIZE, .offset = FIELD(crawl.fetch.max_body),
     .more = true, .help = "read at most this much of one body (16M)"},
    {"bodies", .type = OPTION_FLAG, .offset = FIELD(crawl.fetch.bodies), .more = true,
     .help = "read bodies that can hold no links too"},
    {"sitemaps", .type = OPTION_FLAG, .offset = FIELD(crawl.sitemaps), .more = true,
     .help = "start also from the sitemaps of the seeds' hosts"},
    {"no-sitemaps", .type = OPTION_UNSET, .offset = FIELD(crawl.sitemaps), .more = true,
     .help = "start from the seeds alone (the default)"},
    GROUP("scope", "Which links to follow"),
    {"scope", .argument = "S", .type = OPTION_CHOICE, .offset = FIELD(scope),
     .choices = "host|domain|prefix|any", .help = "the seeds' host, domain, prefix, or any (host)"},
    {"domains", .letter = 'D', .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(domains),
     .more = true, .help = "follow links on a.org,b.net and under them too"},
    {"include", .argument = "REGEX", .type = OPTION_LIST, .offset = FIELD(includes),
     .help = "follow only URLs that match one of these"},
    {"exclude", .argument = "REGEX", .type = OPTION_LIST, .offset = FIELD(excludes),
     .help = "follow no URL that matches"},
    {"assets", .type = OPTION_FLAG, .offset = FIELD(crawl.rules.assets),
     .help = "report and check images, scripts, styles too"},
    {"check-external", .type = OPTION_FLAG, .offset = FIELD(crawl.rules.check_external),
     .help = "fetch links out of scope too, for their status"},
    {"allow-private", .type = OPTION_FLAG, .offset = FIELD(crawl.fetch.allow_private), .more = true,
     .help = "links may lead to private addresses; so they may anyway where a seed's is one"},
    GROUP("urls", "Which URLs are the same, and which are traps"),
    {"drop-query", .type = OPTION_FLAG, .offset = FIELD(crawl.rules.query.drop), .more = true,
     .help = "leave the queries of URLs out"},
    {"drop-params", .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(drop_params),
     .more = true, .choices = "tracking",
     .help = "leave these parameters out: a,b,c; tracking stands for utm_*, gclid, fbclid and "
             "their like"},
    {"sort-params", .type = OPTION_FLAG, .offset = FIELD(crawl.rules.query.sort), .more = true,
     .help = "put the parameters of a query in order"},
    {"max-url", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(crawl.rules.traps.max_url),
     .value = 1, .most = URL_MAX, .more = true, .help = "refuse URLs of more bytes (8192)"},
    {"max-repeats", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.rules.traps.max_repeats), .value = 1, .most = UINT32_MAX, .more = true,
     .help = "refuse a folder that stands more often in one path (6)"},
    {"max-params", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.rules.traps.max_params), .value = 1, .most = UINT32_MAX, .more = true,
     .help = "refuse more parameters in one query (64)"},
    {"max-sessions", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.rules.traps.max_sessions), .value = 1, .most = UINT32_MAX, .more = true,
     .help = "refuse the same URL under more session ids (16)"},
    {"max-similar", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.rules.traps.max_similar), .value = 1, .most = UINT32_MAX, .more = true,
     .help =
         "refuse more URLs that are alike, over 100 links away or of over 8 parameters (10000)"},
    {"max-hosts", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(crawl.rules.traps.max_hosts), .value = 1, .most = UINT32_MAX, .more = true,
     .help = "refuse more hosts of one domain (10000)"},
    GROUP("pace", "Politeness and speed"),
    {"concurrency", .letter = 'c', .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(concurrency), .value = 1, .help = "fetches in flight at once (32)"},
    {"per-host", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(per_host), .value = 1,
     .more = true, .help = "of them on one host (8; as -c where all seeds name one host)"},
    {"delay", .argument = "T", .type = OPTION_TIME, .offset = FIELD(crawl.delay),
     .help = "least time between two starts on a host"},
    {"rate", .argument = "N[/s]", .type = OPTION_TEXT, .offset = FIELD(rate), .more = true,
     .help = "most fetches a second, over all hosts; also N/m, N/h"},
    {"limit-rate", .argument = "SIZE", .type = OPTION_SIZE, .offset = FIELD(crawl.fetch.limit_rate),
     .more = true, .help = "most bytes a second"},
    {"retry", .alias = "retries", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(retries),
     .value = 0, .more = true, .help = "further tries after a failure that may pass (2)"},
    {"ignore-robots", .type = OPTION_FLAG, .offset = FIELD(crawl.ignore_robots),
     .help = "do not read robots.txt, nofollow or meta robots"},
    GROUP("http", "Transfers, as with curl"),
    {"max-time", .alias = "timeout", .letter = 'm', .argument = "T", .type = OPTION_TIME,
     .offset = FIELD(crawl.fetch.max_time), .more = true,
     .help = "most time for one whole fetch (30s)"},
    {"connect-timeout", .argument = "T", .type = OPTION_TIME,
     .offset = FIELD(crawl.fetch.connect_timeout), .more = true,
     .help = "most time for its connection (10s)"},
    {"max-redirs", .alias = "max-redirects", .argument = "N", .type = OPTION_COUNT,
     .offset = FIELD(max_redirects), .value = 0, .more = true,
     .help = "most redirects in a row (10)"},
    {"user-agent", .letter = 'A', .argument = "S", .type = OPTION_TEXT, .offset = FIELD(user_agent),
     .more = true,
     .help = "name of the crawler; what stands before / is what robots.txt is matched by"},
    {"header", .letter = 'H', .argument = "H", .type = OPTION_LIST, .offset = FIELD(headers),
     .more = true, .help = "a header for the seeds' origins alone"},
    {"cookie", .letter = 'b', .argument = "C", .type = OPTION_LIST, .offset = FIELD(cookies),
     .more = true, .help = "NAME=VALUE for the seeds' origins alone, or a file of cookies"},
    {"cookie-jar", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(crawl.fetch.cookie_jar),
     .more = true, .help = "keep cookies, and write them at the end"},
    {"user", .letter = 'u', .argument = "U:P", .type = OPTION_TEXT,
     .offset = FIELD(crawl.fetch.credentials), .more = true,
     .help = "credentials for the seeds' origins alone"},
    {"netrc", .type = OPTION_FLAG, .offset = FIELD(crawl.fetch.netrc), .more = true,
     .help = "credentials from ~/.netrc"},
    {"proxy", .letter = 'x', .argument = "URL", .type = OPTION_TEXT,
     .offset = FIELD(crawl.fetch.proxy), .more = true,
     .help = "proxy to go through (the environment's)"},
    {"cacert", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(crawl.fetch.cacert),
     .more = true, .help = "certificates to trust"},
    {"insecure", .letter = 'k', .type = OPTION_FLAG, .offset = FIELD(crawl.fetch.insecure),
     .more = true, .help = "accept any certificate"},
    {"resolve", .argument = "H:P:A", .type = OPTION_LIST, .offset = FIELD(resolve), .more = true,
     .help = "use address A for host H and port P"},
    {"interface", .argument = "NAME", .type = OPTION_TEXT, .offset = FIELD(crawl.fetch.interface),
     .more = true, .help = "network interface or address to connect from"},
    {"ipv4", .letter = '4', .type = OPTION_SET, .offset = FIELD(crawl.fetch.ip_resolve),
     .value = CURL_IPRESOLVE_V4, .more = true, .help = "IPv4 only"},
    {"ipv6", .letter = '6', .type = OPTION_SET, .offset = FIELD(crawl.fetch.ip_resolve),
     .value = CURL_IPRESOLVE_V6, .more = true, .help = "IPv6 only"},
    {"http1.1", .type = OPTION_SET, .offset = FIELD(crawl.fetch.http_version),
     .value = CURL_HTTP_VERSION_1_1, .more = true, .help = "HTTP/1.1 only"},
    {"http2", .type = OPTION_SET, .offset = FIELD(crawl.fetch.http_version),
     .value = CURL_HTTP_VERSION_2TLS, .more = true,
     .help = "HTTP/2 where a server offers it over TLS (the default)"},
    GROUP("print", "What is printed"),
    {"print", .argument = "STREAM", .type = OPTION_LIST, .offset = FIELD(print),
     .choices = "found|visited|ok|redirects|broken|broken-links|external|edges|refused",
     .help = "found, visited, ok, redirects, broken, broken-links, external, edges or refused"},
    {"null", .letter = '0', .type = OPTION_FLAG, .offset = FIELD(null_records), .more = true,
     .help = "records end in NUL"},
    {"json", .type = OPTION_FLAG, .offset = FIELD(json), .help = "JSON Lines"},
    {"csv", .type = OPTION_FLAG, .offset = FIELD(csv), .more = true,
     .help = "a header and rows (RFC 4180)"},
    {"write-out", .alias = "format", .letter = 'w', .argument = "FMT", .type = OPTION_TEXT,
     .offset = FIELD(write_out), .more = true, .help = "records of your own: %{url} %{status}\\n"},
    {"sorted", .type = OPTION_FLAG, .offset = FIELD(sorted), .more = true,
     .help = "print at the end, in the order of the URLs"},
    {"output", .letter = 'o', .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(output),
     .help = "write to FILE.part, which becomes FILE at the end"},
    {"why", .argument = "URL", .type = OPTION_TEXT, .offset = FIELD(why),
     .help = "how the crawl gets there, and if it is fetched"},
    {"fail", .letter = 'f', .type = OPTION_FLAG, .offset = FIELD(fail),
     .help = "status 4 if anything is broken"},
    {"ok-status", .argument = "LIST", .type = OPTION_LIST, .offset = FIELD(ok_status), .more = true,
     .help = "statuses that are not broken: 403,429,999"},
    {"quiet", .letter = 'q', .type = OPTION_FLAG, .offset = FIELD(quiet),
     .help = "errors only on standard error"},
    {"verbose", .letter = 'v', .type = OPTION_FLAG, .offset = FIELD(verbose), .more = true,
     .help = "a line for each fetch on standard error"},
    {"progress", .type = OPTION_SET, .offset = FIELD(progress), .value = PROGRESS_ON, .more = true,
     .help = "one live line on standard error (on where that is a terminal, unless records go to "
             "one)"},
    {"no-progress", .type = OPTION_SET, .offset = FIELD(progress), .value = PROGRESS_OFF,
     .more = true, .help = "no live line"},
    GROUP("files", "Files for people, and for other tools"),
    {"report", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(report),
     .help = "a page to look at (HTML)"},
    {"summary", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(summary), .more = true,
     .help = "the summary (JSON)"},
    {"write-sitemap", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(sitemap),
     .more = true, .help = "a sitemap.xml of the 2xx pages"},
    {"graph", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(graph), .more = true,
     .help = "the link graph: DOT, or GEXF where the name ends in .gexf"},
    GROUP("engine", "The engine"),
    {"selector", .argument = "NAME", .type = OPTION_CHOICE, .offset = FIELD(selector),
     .choices = selector_names, .more = true, .help = selector_names},
    {"parser", .argument = "P", .type = OPTION_CHOICE, .offset = FIELD(parser),
     .choices = "fast|gumbo", .more = true,
     .help = "what reads HTML: the scanner, or Gumbo's tree (fast)"},
    {"isolate", .type = OPTION_FLAG, .offset = FIELD(crawl.isolate), .more = true,
     .help = "read documents in processes of their own, with limits and no sockets"},
    {"debug-loop", .type = OPTION_FLAG, .offset = FIELD(debug_loop), .more = true,
     .help = "name what holds the loop for more than 100 ms"},
    WRONG("", 'L', "redirects are followed as they are; type nothing"),
    WRONG("", 's', "type -q"),
    WRONG("", 'r', "links are followed as they are; type nothing"),
    WRONG("", 'S', "errors are shown as they are; type nothing"),
    WRONG("", 'd', "for a depth type -l N"),
    WRONG("", 'e', "for robots=off type --ignore-robots"),
    WRONG("np", 0, "type --scope prefix"),
    {.name = NULL},
};

const struct command crawl_options_command = {
    .name = "skitter",
    .usage = "usage: skitter [OPTIONS] URL...   crawls from the URLs and prints what it finds\n"
             "       skitter bench|serve        what concurrency does; a site to try things on\n"
             "       skitter url|links|robots   filters: see skitter COMMAND --help\n\n",
    .options = table,
};

/* Of so many as were asked for, 0: nobody did. Returns 0 if they do not fit. */
static unsigned choose_concurrency(uint64_t asked)
{
    uint64_t descriptors = descriptors_raise(), modest = descriptors_modest(descriptors);
    uint64_t most = descriptors_fetches(descriptors);

    if (!asked && modest)
        return modest < 32 ? (unsigned)modest : 32;
    if (asked && asked <= most && asked <= UINT32_MAX / 2)
        return (unsigned)asked;
    message("skitter: -c %" PRIu64 " does not fit the descriptor limit of %" PRIu64
            " (ulimit -Hn): at most %" PRIu64,
            asked ? asked : 32, descriptors, most);
    return 0;
}

static bool lists_fit(struct crawl_arguments *a)
{
    struct fetch_options *f = &a->crawl.fetch;

    for (size_t i = 0; i < a->headers.count; i++) {
        const char *h = a->headers.items[i];
        if (strpbrk(h, "\r\n") || !strpbrk(h, ":;")) {
            message("skitter: -H %s: expected \"Name: value\" on one line", h);
            return false;
        }
        f->headers = curl_slist_append(f->headers, h);
    }
    for (size_t i = 0; i < a->resolve.count; i++)
        f->resolve = curl_slist_append(f->resolve, a->resolve.items[i]);
    return true;
}

static bool add_dropped(void *arg, const char *part, size_t n)
{
    struct crawl_arguments *a = arg;

    if (n == 0) {
        message("skitter: --drop-params: a name is empty");
        return false;
    }
    if (n == 8 && memcmp(part, "tracking", n) == 0)
        a->crawl.rules.query.tracking = true;
    else
        texts_add(&a->dropped, memory_copy(part, n));
    return true;
}

static bool add_ok_status(void *arg, const char *part, size_t n)
{
    struct crawl_arguments *a = arg;

    if (ok_statuses_add(&a->ok, part, n))
        return true;
    message("skitter: --ok-status %.*s: expected statuses from 100 to 999", (int)n, part);
    return false;
}

/* 0, or a negative errno. Nothing is read: it may be a pipe. */
static int file_readable(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

/* "": none, but cookies are kept, as with curl. So are they where the jar is still to be made. */
static bool add_cookie_file(struct crawl_arguments *a, const char *path)
{
    struct fetch_options *f = &a->crawl.fetch;
    int error = *path ? file_readable(path) : 0;

    if (error == -ENOENT && f->cookie_jar && strcmp(path, f->cookie_jar) == 0)
        return true;
    if (strcmp(path, "-") == 0) { /* libcurl would read standard input, which is for seeds */
        message("skitter: -b -: expected NAME=VALUE or the name of a file");
        return false;
    }
    if (error) {
        message("skitter: -b %s: %s", path, strerror(-error));
        return false;
    }
    f->cookie_files = curl_slist_append(f->cookie_files, path);
    return true;
}

/* Cookies as curl takes them: with a '=' they are cookies, else it is a file. */
static bool add_cookies(struct crawl_arguments *a)
{
    for (size_t i = 0; i < a->cookies.count; i++) {
        const char *text = a->cookies.items[i];
        if (!strchr(text, '=')) {
            if (!add_cookie_file(a, text))
                return false;
            continue;
        }
        if (strpbrk(text, "\r\n")) {
            message("skitter: -b %s: expected NAME=VALUE on one line", text);
            return false;
        }
        size_t length = a->cookie ? strlen(a->cookie) : 0;
        a->cookie = memory_resize(a->cookie, length + strlen(text) + 3);
        stpcpy(stpcpy(a->cookie + length, length ? "; " : ""), text);
    }
    a->crawl.fetch.cookies = a->cookie;
    return true;
}

/* N, N/s, N/m or N/h: the time between two starts. */
static bool parse_rate(const char *text, int64_t *spacing)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}};
    char *unit;
    double n = strtod(text, &unit);

    if ((*text < '0' || *text > '9') && *text != '.')
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            *spacing = (int64_t)(units[i].seconds / n * (double)NS_PER_S);
            return n > 0 && n <= 1e9 && units[i].seconds / n < 1e9;
        }
    }
    return false;
}

/* The product token of a User-Agent: what stands before '/'. */
static char *product(const char *user_agent)
{
    return memory_copy(user_agent, strcspn(user_agent, "/ "));
}

static void set_rules(struct crawl_arguments *a)
{
    static const char *const scopes[] = {"host", "domain", "prefix", "any"};
    struct rules *r = &a->crawl.rules;

    while (a->scope && strcmp(a->scope, scopes[r->scope]) != 0)
        r->scope++;
    r->depth = a->depth < DEPTH_UNLIMITED ? (uint32_t)a->depth : DEPTH_UNLIMITED;
    r->ignore_nofollow = a->crawl.ignore_robots;
    r->keep_trail = r->tell_refused = a->why || a->report;
    r->all_links = a->report || a->graph;
    r->query.names = a->dropped.items;
    r->query.name_count = a->dropped.count;
}

static int check(struct crawl_arguments *a)
{
    struct crawl_options *c = &a->crawl;
    bool one_word = !strpbrk(a->user_agent, "\r\n");

    if (!one_word || !*a->user_agent) {
        message("skitter: -A: expected a name on one line");
        return 2;
    }
    c->concurrency = choose_concurrency(a->concurrency);
    if (!c->concurrency)
        return 2;
    if (!lists_fit(a) || !texts_for_parts(&a->drop_params, add_dropped, a) ||
        !texts_for_parts(&a->ok_status, add_ok_status, a))
        return 2;
    if (a->rate && !parse_rate(a->rate, &c->spacing)) {
        message("skitter: --rate %s: expected a rate: 5, 5/s, 100/m, 1000/h", a->rate);
        return 2;
    }
    if (!add_cookies(a))
        return 2;
    set_rules(a);
    c->fetch.concurrency = c->concurrency;
    c->gentle = !a->concurrency && !a->per_host;
    c->per_host = a->per_host > UINT32_MAX ? UINT32_MAX
                  : a->per_host            ? (unsigned)a->per_host
                                           : c->per_host;
    c->retries = a->retries < UINT16_MAX ? (unsigned)a->retries : UINT16_MAX;
    c->max_redirects = a->max_redirects < UINT16_MAX ? (unsigned)a->max_redirects : UINT16_MAX - 1;
    c->fetch.user_agent = a->user_agent;
    c->agent = a->agent = product(a->user_agent);
    c->tree = a->parser && strcmp(a->parser, "gumbo") == 0;
    if (c->fetch.max_time == 0)
        c->fetch.max_time = NO_LIMIT;
    if (c->fetch.connect_timeout == 0)
        c->fetch.connect_timeout = NO_LIMIT;
    if (c->ignore_robots && c->delay < 0)
        c->delay = 0;
    return -1;
}

int crawl_arguments_parse(struct crawl_arguments *a, char **argv)
{
    *a = (struct crawl_arguments){
        .depth = UINT64_MAX,
        .user_agent = SKITTER_AGENT,
        .crawl = CRAWL_OPTIONS_DEFAULT,
    };
    a->retries = a->crawl.retries;
    a->max_redirects = a->crawl.max_redirects;
    int status = options_parse(&crawl_options_command, argv, a, &a->seeds);
    return status < 0 ? check(a) : status;
}

void crawl_arguments_deinit(struct crawl_arguments *a)
{
    texts_deinit(&a->seeds);
    texts_deinit(&a->headers);
    texts_deinit(&a->resolve);
    texts_deinit(&a->cookies);
    texts_deinit(&a->domains);
    texts_deinit(&a->includes);
    texts_deinit(&a->excludes);
    texts_deinit(&a->drop_params);
    texts_deinit(&a->print);
    texts_deinit(&a->ok_status);
    for (size_t i = 0; i < a->dropped.count; i++)
        free((char *)a->dropped.items[i]);
    texts_deinit(&a->dropped);
    free(a->cookie);
    curl_slist_free_all(a->crawl.fetch.cookie_files);
    curl_slist_free_all(a->crawl.fetch.headers);
    curl_slist_free_all(a->crawl.fetch.resolve);
    free(a->agent);
}
