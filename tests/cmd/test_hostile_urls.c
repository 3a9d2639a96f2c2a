/* URLs that want to be misread, H062 to H073: see cmd/serve_hostile.h. What each becomes is what
 * the URL standard says; that neither output holds a control byte is asked of all rows. */
#include "tests/cmd/hostile.h"

/* Neither a header nor a host of the attacker's is ever sent. */
static void nothing_is_smuggled(const struct result *r, const char *log, FILE *problems)
{
    (void)r;
    if (strstr(log, "\\x0aX-Evil"))
        fprintf(problems, "a header was injected\n");
    if (strstr(log, "Host: evil") || strstr(log, "Host: good"))
        fprintf(problems, "another host was asked for\n");
    if (strcasestr(log, "Authorization: "))
        fprintf(problems, "credentials were sent\n");
}

/* Those of 8,000 bytes are supported (RFC 9110, 4.1), longer ones are not cut to others. */
static void lengths_are_limited(const struct result *r, const char *log, FILE *problems)
{
    (void)log;
    const char *found = strstr(r->out, "/H071/long-");
    if (!found || strcspn(found, "\n") != 7900 + strlen("/H071/long-"))
        fprintf(problems, "the URL of 8,000 bytes is not found whole\n");
}

Test(hostile, urls_that_speak_to_others)
{
    static const struct hostile_case cases[] = {
        {"H062", .args = {"-v"},
         .finds = "esc%1B[31mred bell%07x delete%7F c1-%C2%9B bidi-%E2%80%AE "
                  "reference%1B]0;owned%07x query?%1B[2J to%1B]0;owned%07x",
         .lacks = "evil"},
        {"H063",
         .finds = "newline carriagereturn tabstop rawline enco%0Aded around query?ab scheme"},
        {"H064", .args = {"-v"},
         .finds = "pathX-Evil:%201 query?X-Evil:%202 encoded%0d%0aX-Evil:%203 "
                  "wide%E5%98%8D%E5%98%8AX-Evil:%207 to%0d%0aX-Evil:%208",
         .lacks = "/no", .hits = "encoded%0d%0aX-Evil:%203=1", .check = nothing_is_smuggled},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, urls_in_strange_spellings)
{
    static const struct hostile_case cases[] = {
        {"H065",
         .finds = "back ..%2fkept ..%5Ckept dots dots2 x/dot from-http above "
                  "http://127.0.0.1:{{PORT}}/H065////many "
                  "http://127.0.0.1:{{PORT}}//H065//authority",
         .hits = "..%2fkept=1 //H065//authority=1"},
        {"H066", .finds = "user good two empty relative from-moved", .lacks = "evil @ pw",
         .hits = "user=1 good=1 from-moved=1", .check = nothing_is_smuggled},
        {"H067", .args = {"--scope", "any"}, .finds = "zero zeros http://127.0.0.1:0/nothing",
         .lacks = "/no\n 65536 99999", .says = {"http://127.0.0.1:0/nothing: "},
         .hits = "zero=1 zeros=1"},
        {"H068", .args = {"--scope", "any"},
         .finds = "http://[::1]:{{PORT}}/H068/loopback http://[::ffff:7f00:1]:{{PORT}}/H068/mapped",
         .lacks = "/no fe80"},
        {"H069", .finds = "hex octal number short dot encoded wide ideographic", .lacks = "/no",
         .hits = "hex=1 octal=1 dot=1 wide=1"},
        {"H070", .args = {"--scope", "any"},
         .finds = "http://xn--bcher-kva.h070.localhost:{{PORT}}/u "
                  "http://xn--pypal-4ve.h070.localhost:{{PORT}}/m "
                  "http://xn--fa-hia.h070.localhost:{{PORT}}/s http://a.h070.localhost:{{PORT}}/h",
         .lacks = "/no", .hits = "/u=1"},
        {"H072",
         .finds = "letters%zz lone% one%4 nul%00end twice%2541 letter%41 high%ff case%c3%A9 "
                  "query?%00%zz%",
         .hits = "nul%00end=1 lone%=1"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, urls_without_measure)
{
    static const struct hostile_case cases[] = {
        {"H071", .finds = "after-long", .lacks = "longer longest", .says = {"traps: 1 longer than --max-url"},
         .check = lengths_are_limited},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, urls_in_which_two_parsers_see_two_hosts)
{
    static const struct hostile_case cases[] = {
        {"H073", .args = {"-l3"},
         .finds = "http://127.0.0.1:{{PORT}}/ http://127.0.0.1:{{PORT}}/?@evil.test/H073/a "
                  "http://127.0.0.1:{{PORT}}/@evil.test/H073/b c ;@evil.test/d g i "
                  "http://127.0.0.1:{{PORT}}/127.0.0.1/H073/f j%23@evil.test/ k",
         .lacks = "://evil", .hits = "c=1 i=1", .check = nothing_is_smuggled},
    };
    hostile_run(cases, COUNT(cases));
}
