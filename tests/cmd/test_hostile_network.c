/* What servers and networks do, H001 to H040: see cmd/serve_hostile.h.
 *
 * Not here:
 *     H004  TLS that is never spoken: with the rows of TLS
 *     H006  has forty hosts, not ten thousand: each takes a time limit's wait
 *     H015  as seen from a public seed, and H016, a name whose address changes: they need a network
 *           that has public addresses, see test_safety.c */
#include "tests/cmd/hostile.h"

#define NO_ANSWER "timeout: no complete answer in time"
#define LOST_REDIRECT "redirects: redirect without a usable Location"

Test(hostile, slow)
{
    static const struct hostile_case cases[] = {
        {"H001", .says = {"H001/drip: " NO_ANSWER}, .hits = "drip=1"},
        {"H002", .says = {"H002/drip: " NO_ANSWER}, .hits = "drip=1", .lacks = "H002/lost"},
        {"H003", .args = {"--retry", "1", "-m", "0.5"},
         .says = {"H003/a: " NO_ANSWER, "H003/b: " NO_ANSWER}, .hits = "a=2 b=2"},
        {"H005", .args = {"http://127.0.0.5:{{PORT}}/H005/hole", "--connect-timeout", "0.3"},
         .says = {"timeout: no connection in time"}},
        {"H006", .args = {"--scope", "any", "-m", "0.5"},
         .finds = "http://127.0.0.128:{{PORT}}/ http://127.0.0.167:{{PORT}}/",
         .says = {"40 timeout"}},
    };
    hostile_run(cases, COUNT(cases));
}

/* Each name is looked up once, or five seeds would take 2 s. */
Test(hostile, names)
{
    static const struct hostile_case cases[] = {
        {"H007",
         .args = {"http://never-400.test/1", "http://never-400.test/2", "http://never-400.test/3",
                  "http://never-400.test/4", "http://never-400.test/5", "--retry", "2"},
         .says = {"http://never-400.test/1: dns: ", "http://never-400.test/5: dns: ", "5 dns"},
         .silent = "tried again", .seconds = 1.8},
        {"H007",
         .args = {"http://never-3000.test/1", "http://never-3000.test/2", "--connect-timeout",
                  "0.3"},
         .says = {"http://never-3000.test/2: timeout: no connection in time", "2 timeout"}},
    };
    crawling_preload("SLOW_LOOKUP");
    hostile_run(cases, COUNT(cases));
}

Test(hostile, clock)
{
    static const struct hostile_case cases[] = {
        {"H008", .args = {"-m", "1.5", "--delay", "50ms"}, .finds = "after-late",
         .says = {"/H008/a: " NO_ANSWER, "1 timeout"}, .hits = "a=1 late=1", .seconds = 4},
    };
    crawling_preload("JUMPING_CLOCK");
    hostile_run(cases, COUNT(cases));
}

/* --- redirects --- */

static void all_schemes_end(const struct result *r, const char *log, FILE *problems)
{
    size_t n = hostile_count(r->err, LOST_REDIRECT);
    (void)log;
    if (n != 6)
        fprintf(problems, "%zu of 6 redirects end\n", n);
}

static void no_fragment_is_sent(const struct result *r, const char *log, FILE *problems)
{
    if (strchr(r->out, '#') || strchr(log, '#'))
        fprintf(problems, "a fragment is not left out\n");
}

/* The secrets are in all requests of the seed's host, and in none of others. */
static void secrets_stay(const struct result *r, const char *log, FILE *problems)
{
    (void)r;
    char *copy = strdup(log), *rest;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t secrets = hostile_count(line, "Basic dTpw") + hostile_count(line, "X-Key: k1") +
                         hostile_count(line, "c=k2");
        bool inside = strstr(line, "GET /H017/in") != NULL;
        if (strstr(line, "GET /H017/") && secrets != (inside ? 0 : 3))
            fprintf(problems, "%zu secrets in %s\n", secrets, line);
    }
    free(copy);
}

Test(hostile, redirects)
{
    static const struct hostile_case cases[] = {
        {"H009", .finds = "a", .hits = "a=1"},
        {"H010", .args = {"http://127.0.0.10:{{PORT}}/H010/ok1"},
         .finds = "a http://127.0.0.10:{{PORT}}/H010/b", .hits = "a=1 b=1"},
        {"H011", .finds = "r0 r10", .lacks = "/H011/r11",
         .says = {"/H011/r10: redirects: too many redirects"}, .hits = "r10=1 r11=0"},
        {"H012", .finds = "none empty bracket port two first",
         .says = {"/none: " LOST_REDIRECT, "/bracket: " LOST_REDIRECT, "/port: " LOST_REDIRECT},
         .hits = "empty=1 first=1 second=0"},
        {"H013",
         .finds = "from-name from-dots from-host query?from-query from-fragment from%20space "
                  "from-backslash from-%C3%A9",
         .hits = "from-name=1 from-dots=1 from-host=1 query?from-query=1 from-fragment=1 "
                 "fragment-only=1 from%20space=1 from-backslash=1 from-%C3%A9=1",
         .check = no_fragment_is_sent},
        {"H014", .lacks = "-in passwd", .hits = "data-in=0 javascript-in=0",
         .check = all_schemes_end},
        {"H015", .finds = "from-hex from-octal from-number from-short", .lacks = "inside meta-data",
         .hits = "from-hex=1 from-octal=1 from-number=1 from-short=1 inside=0"},
        {"H017",
         .args = {"http://127.0.0.1:{{PORT}}/H017/address", "http://127.0.0.1:{{PORT}}/H017/name",
                  "-u", "u:pw", "-H", "X-Key: k1", "-b", "c=k2"},
         .finds = "http://127.0.0.17:{{PORT}}/H017/in http://localhost:{{PORT}}/H017/in-by-name",
         .hits = "in=1 in-link=1 in-by-name=1", .check = secrets_stay},
        {"H018", .lacks = "outside", .says = {"2 scope"}, .hits = "outside=0"},
        {"H019", .finds = "9000 64k", .lacks = "long-x",
         .says = {"1 trap", "/64k: " LOST_REDIRECT}},
    };
    hostile_run(cases, COUNT(cases));
}

/* --- bodies --- */

Test(hostile, codings)
{
    static const struct hostile_case cases[] = {
        {"H022", .args = {"--max-body", "1M"}, .finds = "gzip zstd brotli",
         .says = {"3 cut at --max-body"}},
        {"H023", .says = {"/hundred: decode: "}, .lacks = "H023/in"},
        {"H024", .finds = "in", /* before the cut */
         .says = {"/plain: decode: ", "/checksum: decode: ", "/trailing: decode: "}},
        {"H025", .finds = "from-identity from-empty",
         .says = {"/foo: decode: ", "/foo-gzip: decode: ", "/x-gzip: decode: "},
         .lacks = "H025/in"},
        {"H026", .finds = "from-plain.xml.gz from-once.xml.gz from-twice.xml.gz from-coded.xml.gz"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, endless_answers)
{
    static const struct hostile_case cases[] = {
        {"H020", .args = {"--max-body", "1M"}, .finds = "page video from-page",
         .says = {"1 cut at --max-body"}, .hits = "page=1 video=1"},
        {"H021", .says = {"/endless: too_large: ", "/one: too_large: ", "/many: too_large: "},
         .hits = "endless=1 one=1 many=1"},
        {"H034", .finds = "from-some", .lacks = "from-flood", .says = {"/flood: too_large: "}},
        {"H038", .finds = "page iso video", .says = {"1 cut at --max-body"}},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, framing)
{
    static const struct hostile_case cases[] = {
        {"H027", .says = {"/chunk: reset: ", "/last: reset: ", "/size: reset: "},
         .lacks = "H027/cut"},
        {"H028", .says = {"/huge: http: ", "/huger: http: ", "/negative: http: ", "/word: http: "},
         .finds = "from-extension", .lacks = "H028/bad"},
        {"H029", .finds = "from-few", .lacks = "trailer", .says = {"/endless: too_large: "}},
        {"H030", .says = {"/long: reset: ", "/late: " NO_ANSWER, "/negative: ", "/two: http: "},
         .finds = "from-short", .lacks = "H030/cut"},
        {"H031", .finds = "from-first from-second", .lacks = "poison"},
        {"H032", .args = {"--retry", "1"},
         .says = {"/body: reset: ", "/header: reset: ", "/status: reset: ", "/nothing: reset: "},
         .hits = "body=2 header=2 status=2 nothing<5 end<5",
         /* libcurl asks anew too */ .lacks = "H032/cut"},
        {"H033", .says = {"/old: http: ", "/bytes: http: ", "/ssh: http: ", "/version: http: "},
         .lacks = "garbage"},
        {"H035", .finds = "from-206", .lacks = "poison"},
        {"H036", .lacks = "poison"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, headers)
{
    static const struct hostile_case cases[] = {
        {"H037", .says = {"/word: http: ", "/long: http: "}, .lacks = "H037/cut owned"},
        {"H039", .finds = "from-none from-empty from-twice from-nonsense from-long"},
        {"H040", .finds = "from-a from-b", .lacks = "passwd"},
    };
    hostile_run(cases, COUNT(cases));
}

/* From the list of all rows, with little time and room. */
Test(hostile, everything_at_once)
{
    static const struct hostile_case cases[] = {
        {"H000", .seed = "http://127.0.0.1:{{PORT}}/",
         .args = {"--max-body", "1M", "-n", "3000", "-m", "0.5"}, .alone = true,
         .finds = "H001/after2 H009/after2 H020/after2 H024/after2 H040/after2", .seconds = 20},
    };
    hostile_run(cases, COUNT(cases));
}
