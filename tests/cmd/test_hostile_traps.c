/* Traps and cookies, H074 to H082: see cmd/serve_hostile.h. Limits are small here, so that their
 * rows end soon; that what they are by default holds too is a matter of numbers. */
#include "tests/cmd/hostile.h"

static void expect_between(const struct result *r, const char *text, size_t least, size_t most,
                           FILE *problems)
{
    size_t n = hostile_count(r->out, text);
    if (n < least || n > most)
        fprintf(problems, "%s: %zu times in the output, not %zu to %zu\n", text, n, least, most);
}

static void sessions_are_few(const struct result *r, const char *log, FILE *problems)
{
    (void)log;
    expect_between(r, "&sid=", 4, 4, problems);
    expect_between(r, ";jsessionid=", 4, 4, problems);
    expect_between(r, "/(S(", 4, 4, problems);
}

static void orders_are_all(const struct result *r, const char *log, FILE *problems)
{
    (void)log;
    expect_between(r, "/list?", 6, 6, problems);
    expect_between(r, "/grow?", 64, 64, problems);
}

static void orders_are_one(const struct result *r, const char *log, FILE *problems)
{
    (void)log;
    expect_between(r, "/list?", 1, 1, problems);
    expect_between(r, "/grow?", 8, 8, problems);
}

static void hosts_are_few(const struct result *r, const char *log, FILE *problems)
{
    (void)log;
    expect_between(r, ".h079.localhost:", 30, 30, problems);
}

static void no_cookie_is_stolen(const struct result *r, const char *log, FILE *problems)
{
    (void)r;
    if (strstr(log, "theft="))
        fprintf(problems, "a cookie went where it should not\n");
    if (!strstr(log, "Cookie: own=1"))
        fprintf(problems, "no cookie went where it should\n");
}

Test(hostile, traps)
{
    static const struct hostile_case cases[] = {
        {"H074", .args = {"--max-similar", "50"}, .finds = "cal?d=100 cal?d=150",
         .lacks = "cal?d=160", .says = {" trap"}},
        {"H075", .finds = "a/b/a/b/a/b/a/b/a/b/a/b/", .lacks = "a/b/a/b/a/b/a/b/a/b/a/b/a/b/",
         .says = {"1 trap"}},
        {"H076", .args = {"--max-sessions", "4"}, .says = {" trap"}, .check = sessions_are_few},
        {"H077", .says = {"1 trap"}, .check = orders_are_all},
        {"H077", .args = {"--sort-params", "--max-params", "8"}, .says = {"1 trap"},
         .check = orders_are_one},
        {"H078", .args = {"-n", "2000"}, .says = {"stopped by --max-pages"}},
        {"H079", .args = {"--scope", "any", "--max-hosts", "30"}, .says = {" trap"},
         .check = hosts_are_few},
        {"H080", .finds = "x/x/x/x/x/x/ x/x/x/x/x/x/file", .lacks = "x/x/x/x/x/x/x/",
         .says = {"1 trap"}},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, cookies)
{
    static const struct hostile_case cases[] = {
        {"H081", .args = {"--cookie-jar", "/dev/null"}, .finds = "check sent-little",
         .lacks = "sent-much", .says = {"/large: too_large: "}},
        {"H082", .args = {"--cookie-jar", "/dev/null", "--scope", "any"},
         .finds = "check http://127.0.0.82:{{PORT}}/H082/other "
                  "http://a.h082.localhost:{{PORT}}/named "
                  "http://b.h082.localhost:{{PORT}}/other2",
         .hits = "other=1 /other2=1", .check = no_cookie_is_stolen},
    };
    hostile_run(cases, COUNT(cases));
}
