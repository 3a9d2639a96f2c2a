/* What is wrong with TLS and HTTP/2, H004 and H041 to H044: see cmd/hostile_tls.c, whose addresses
 * these are, and cmd/hostile_h2.c.
 *
 * Not here:
 * - a revoked certificate (H041): libcurl asks nobody whether one is, as other crawlers do not;
 * - floods as fast as they go (H044): libcurl 7.88.1 does not come back from one call while frames
 *   come in that hold nothing for it, so that the crawl stands still meanwhile, seconds over
 *   loopback;
 * - a body without Content-Length that a protocol error ends (H044): libcurl 7.88.1 calls it whole
 *   where the error is the connection's. */
#include "tests/cmd/hostile.h"

#define NO_CONNECTION "timeout: no connection in time"
#define NO_ANSWER "timeout: no complete answer in time"
#define AT(address) "https://127.0.0." #address ":{{PORT}}"

Test(hostile_tls, certificates)
{
    static const struct hostile_case cases[] = {
        {"H041", .args = {AT(41) "/H041/a"}, .hits = "a=0",
         .says = {AT(41) "/H041/a: tls: ", "certificate has expired", "2 tls"}},
        {"H041", .args = {AT(106) "/H041/b"}, .hits = "b=0",
         .says = {AT(106) "/H041/b: tls: ", "certificate is not yet valid", "2 tls"}},
        {"H041", .args = {AT(107) "/H041/c"}, .hits = "c=0",
         .says = {AT(107) "/H041/c: tls: ", "self-signed certificate", "2 tls"}},
        {"H041", .args = {AT(108) "/H041/d"}, .hits = "d=0",
         .says = {AT(108) "/H041/d: tls: ", "2 tls"}},
        {"H041", .silent = ": tls: ",
         .args = {"-k", AT(41) "/H041/ok1", AT(106) "/H041/ok1", AT(107) "/H041/ok1",
                  AT(108) "/H041/ok1"},
         .finds = AT(41) "/H041/after1 " AT(106) "/H041/after1 " AT(107) "/H041/after1 " AT(
             108) "/H041/after1"},
    };
    hostile_run_tls(cases, COUNT(cases));
}

Test(hostile_tls, no_tls)
{
    static const struct hostile_case cases[] = {
        {"H004", .args = {AT(4) "/H004/a", "--connect-timeout", "0.3", "--retry", "1"},
         .says = {AT(4) "/H004/a: " NO_CONNECTION, "1 timeout"}},
        {"H042", .args = {AT(42) "/H042/a"}, .says = {AT(42) "/H042/a: tls: ", "1 tls"},
         .seconds = 1},
        {"H042", .args = {"http://127.0.0.1:{{PORT}}/H042/a"},
         .says = {"http://127.0.0.1:{{PORT}}/H042/a: reset: ", "1 reset"}, .seconds = 1},
    };
    hostile_run_tls(cases, COUNT(cases));
}

Test(hostile_tls, tls_where_it_is_not_expected)
{
    static const struct hostile_case cases[] = {
        {"H042", .args = {AT(1) "/H042/a", "--connect-timeout", "0.3"},
         .says = {AT(1) "/H042/a: " NO_CONNECTION, "1 timeout"}},
    };
    hostile_run(cases, COUNT(cases));
}

/* How many requests of that path hold the text in their head. */
static size_t heads_with(const char *log, const char *path, const char *text)
{
    size_t n = 0;
    for (const char *at = log; (at = strstr(at, path)); at += strlen(path)) {
        const char *end = strstr(at, "\\x0d\\x0a\\x0d\\x0a"), *found = strstr(at, text);
        n += found && end && found < end;
    }
    return n;
}

static void check_secrets(const struct result *r, const char *log, FILE *problems)
{
    (void)r;
    if (heads_with(log, "GET /H043/a ", "Authorization: ") != 1 ||
        heads_with(log, "GET /H043/a ", "X-Secret: ") != 1)
        fputs("no credentials over TLS\n", problems);
    if (heads_with(log, "GET /H043/plain ", "127.0.0.43") != 1)
        fputs("the redirect was not followed\n", problems);
    if (heads_with(log, "GET /H043/plain ", "Authorization") > 0 ||
        heads_with(log, "GET /H043/plain ", "X-Secret") > 0)
        fputs("credentials without TLS\n", problems);
}

Test(hostile_tls, a_redirect_to_http)
{
    static const struct hostile_case cases[] = {
        {"H043", .args = {AT(43) "/H043/a", "-u", "user:pass", "-H", "X-Secret: x"},
         .finds = "http://127.0.0.43:{{PORT}}/H043/plain", .check = check_secrets},
    };
    hostile_run_tls(cases, COUNT(cases));
}

Test(hostile_tls, http_2)
{
#define SLOW(address) .args = { AT(address) "/H044/", "--ignore-robots" }
#define PAGE(address, ...) .args = {AT(address) "/H044/", "--ignore-robots", "-m", "5", __VA_ARGS__}
    static const struct hostile_case cases[] = {
        {"H044", PAGE(44), .says = {"/H044/: http: ", "1 http"}},
        {"H044", PAGE(44, "--retry", "1"), .says = {"/H044/: http: ", "1 http"}},
        {"H044", .args = {AT(44) "/H044/"}, .says = {"/H044/: http: ", "1 http"}},
        {"H044", PAGE(109), .says = {"/H044/: http: ", "1 http"}},
        {"H044", PAGE(110), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(110, "--retry", "1"), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(111), .says = {"/H044/: reset: ", "INTERNAL_ERROR", "1 reset"}},
        {"H044", PAGE(112), .says = {"/H044/: reset: ", "CANCEL", "1 reset"}},
        {"H044", PAGE(113), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(114), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", SLOW(115), .says = {"/H044/: " NO_ANSWER, "1 timeout"}},
        {"H044", PAGE(116), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(117), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(118), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(119), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(120), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", SLOW(121), .says = {"/H044/: " NO_ANSWER, "1 timeout"}},
        {"H044", PAGE(122), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(123), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", SLOW(124), .says = {"/H044/: " NO_ANSWER, "1 timeout"}},
        {"H044", PAGE(125, "--max-body", "100K"), .says = {"1 cut at --max-body"}},
        {"H044", PAGE(126), .says = {"/H044/: reset: ", "1 reset"}},
        {"H044", PAGE(127), .says = {"/H044/: http: ", "PROTOCOL_ERROR", "1 http"}},
    };
#undef PAGE
#undef SLOW
    hostile_run_tls(cases, COUNT(cases));
}
