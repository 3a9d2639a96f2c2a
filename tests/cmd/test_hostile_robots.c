/* Politeness, robots.txt and sitemaps, H083 to H091: see cmd/serve_hostile.h. */
#include "tests/cmd/hostile.h"

/* http://NAME.h084.localhost:PORT/PATH */
#define AT(name, row, path) "http://" name ".h" row ".localhost:{{PORT}}/" path
#define FORBIDS "robots.txt answers 50"

Test(hostile, answers_that_ask_to_wait)
{
    static const struct hostile_case cases[] = {
        {"H083", .seed = AT("garbage", "083", ""),
         .args = {AT("past", "083", ""), AT("negative", "083", ""), "--retry", "1"},
         .finds = AT("past", "083", "after1") " " AT("past", "083", "after2"),
         .says = {"3 tried again"}, .hits = "/busy-garbage=2 /busy-past=2 /busy-negative=2"},
        {"H083", .seed = AT("long", "083", ""),
         .args = {AT("date", "083", ""), AT("large", "083", ""), "--retry", "1", "--duration",
                  "1500ms"},
         .alone = true, .says = {"stopped by --duration"},
         .hits = "/busy-long=1 /busy-date=1 /busy-large=1"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, robots_txt_that_is_not_to_be_had)
{
    static const struct hostile_case cases[] = {
        {"H084", .seed = AT("error", "084", "lost"),
         .args = {AT("later", "084", "lost"), AT("reset", "084", "lost"),
                  AT("silent", "084", "lost")},
         .alone = true, .lacks = "/ok1",
         .says = {"error.h084.localhost:{{PORT}}: " FORBIDS,
                  "later.h084.localhost:{{PORT}}: " FORBIDS, "reset.h084.localhost:{{PORT}}",
                  "silent.h084.localhost:{{PORT}}"},
         .hits = "/lost=0"},
        {"H085", .seed = AT("forbidden", "085", ""),
         .args = {AT("private", "085", ""), AT("gone", "085", ""), AT("missing", "085", "")},
         .finds = AT("private", "085",
                     "after1") " " AT("gone", "085", "after1") " " AT("missing", "085", "after1")},
        {"H089", .seed = AT("slow", "089", ""), .alone = true, .lacks = "/ok1",
         .says = {"slow.h089.localhost:{{PORT}}"}},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, robots_txt_that_moved)
{
    static const struct hostile_case cases[] = {
        {"H086", .seed = AT("five", "086", ""),
         .args = {AT("cross", "086", ""), AT("loop", "086", ""), AT("six", "086", "")},
         .finds = AT("cross", "086", "after2") " " AT("loop", "086", "after2") " " AT("six", "086",
                                                                                      "after2"),
         .hits = "/no-five=0 /no-cross=0 /no-loop=1 /no-six=1"},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, robots_txt_without_measure)
{
    static const struct hostile_case cases[] = {
        {"H087", .seed = AT("long", "087", ""),
         .args = {AT("huge", "087", ""), AT("endless", "087", ""), "-m", "5"},
         .finds = AT("huge", "087", "after1") " " AT("endless", "087", "after1"),
         .says = {"6 robots"}, .hits = "/no-first=0 /no-late=0", .seconds = 10},
        {"H088", .seed = AT("stars", "088", ""), .args = {AT("rules", "088", ""), "-m", "5"},
         .finds = AT("rules", "088", "after1"), .seconds = 10},
    };
    hostile_run(cases, COUNT(cases));
}

Test(hostile, sitemaps)
{
    static const struct hostile_case cases[] = {
        {"H090", .seed = AT("loop", "090", ""), .args = {"--sitemaps"}, .finds = "from-leaf",
         .lacks = ".xml", .hits = "/second.xml=1 /third.xml=1 /leaf.xml=1"},
        {"H090", .seed = AT("children", "090", ""),
         .args = {"--sitemaps", "--duration", "1500ms", "-m", "5"}, .memory = 160, .seconds = 10},
        {"H090", .seed = AT("long", "090", ""), .args = {"--sitemaps", "-n", "500", "-m", "5"},
         .finds = "page0 page59999", .alone = true, .says = {"stopped by --max-pages"}},
        {"H090", .seed = AT("large", "090", ""),
         .args = {"--sitemaps", "-n", "500", "-m", "10", "--max-url", "1000"},
         .says = {"larger than is read of a sitemap"}, .memory = 256, .seconds = 10},
        {"H091", .seed = AT("a", "091", ""), .args = {"--sitemaps"}, .finds = "from-sitemap",
         .lacks = "evil passwd", .hits = "/from-sitemap=1"},
    };
    hostile_run(cases, COUNT(cases));
}
