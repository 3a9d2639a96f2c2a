/* What pages hold, H045 to H061: see cmd/serve_hostile.h. */
#include "tests/cmd/hostile.h"

#define TREES 512 /* MiB: a few of them at once, each within its budget */

Test(hostile, pages_without_measure)
{
    static const struct hostile_case cases[] = {
        {"H045", .args = {"-m", "20"}, .finds = "after-10k after-100k after-1m"},
        {"H045", .args = {"--parser", "gumbo", "-m", "20"}, .seconds = 30, .memory = TREES},
        {"H045", .args = {"--parser", "gumbo", "--isolate", "-m", "20"}, .seconds = 30,
         .memory = TREES},
        {"H046", .args = {"-m", "20"}, .finds = "after-fonts after-mixed"},
        {"H046", .args = {"--parser", "gumbo", "-m", "20"}, .seconds = 30, .memory = TREES},
        {"H047", .finds = "after-attributes after-same"},
        {"H047", .args = {"--parser", "gumbo", "-m", "20"}, .seconds = 30, .memory = TREES},
        {"H048", .args = {"-l4", "-m", "20"}, .finds = "n0 n500000",
         .says = {"1 cut at --max-body"}, .seconds = 30, .memory = 256},
        {"H049", .args = {"-m", "20"},
         .finds = "before-tag before-comment before-attribute before-script before-cdata",
         .lacks = "/no"},
        {"H050", .args = {"-m", "20"}, .finds = "after-meta after-base after-entities"},
        {"H055", .args = {"-m", "20"}, .finds = "after-commas after-brackets"},
        {"H055", .args = {"--assets", "-n", "100", "-m", "20"}, .seconds = 10,
         .finds = "after-commas after-brackets a0.png a99999.png", .lacks = "(("},
        {"H056", .args = {"-m", "20"}, .finds = "after-data", .lacks = "data:"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, encodings)
{
    static const struct hostile_case cases[] = {
        {"H051", .finds = "before-nul in%EF%BF%BDside %EF%BF%BDfirst after-nul", .lacks = "/no"},
        {"H052", .finds = "invalid%EF%BF%BD overlong%EF%BF%BD%EF%BF%BD "
                          "surrogate%EF%BF%BD%EF%BF%BD%EF%BF%BD "
                          "large%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD cut%EF%BF%BD after-utf8"},
        {"H053", .finds = "from-le from-be from-utf-7 %C3%A9?%E9", .lacks = "/no"},
        {"H054", .finds = "header?%C3%A9 first?%C3%A9 from-late"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, pages_that_are_not_what_they_seem)
{
    static const struct hostile_case cases[] = {
        {"H057", .finds = "after-links", .lacks = "no: /no mailto passwd", .hits = "no=0"},
        {"H058", .finds = "from-script from-data from-invalid sub/from-second sub/from-late",
         .lacks = "evil /no"},
        {"H059", .finds = "self bare header ping pong strange from-strange",
         .lacks = "script:", .hits = "self=1 bare=1 header=1 ping=1 pong=1"},
        {"H060", .finds = "in-noscript in-template in-svg after-short-- after-dead",
         .lacks = "/no-"},
        {"H061", .finds = "before-bomb before-file from-dtd from-include from-xhtml",
         .lacks = "root: lolo /no-%2F",
         .hits = "external=0 parameter=0 external.dtd=0 external.xsl=0 external.xml=0"},
    };
    hostile_run(cases, COUNT(cases));
}
