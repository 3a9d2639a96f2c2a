#include "parse/robots.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* Parses a copy of just the text's length, so that a sanitizer sees who reads on. */
static struct robots *parse(const char *text, size_t length, const char *agent)
{
    struct robots *r;
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, text, length);
    cr_assert_eq(robots_parse(&r, copy, length, agent), 0);
    free(copy);
    return r;
}

static bool allowed(const char *text, const char *agent, const char *path)
{
    struct robots *r = parse(text, strlen(text), agent);
    bool result = robots_allowed(r, path, strlen(path));
    robots_free(r);
    return result;
}

struct row {
    const char *text, *path;
    bool allowed;
};

static void check(const struct row *rows, size_t count, const char *agent)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(allowed(rows[i].text, agent, rows[i].path), rows[i].allowed, "%s on %s",
                     rows[i].path, rows[i].text);
}

Test(robots, reads_lines)
{
    static const struct row rows[] = {
        {"", "/x", true},
        {"User-agent: *\nDisallow: /x", "/x", false},
        {"User-agent: *\rDisallow: /x\r", "/x", false},
        {"User-agent: *\r\n\r\nDisallow: /x\r\n", "/x", false},
        {"\xef\xbb\xbfUser-agent: *\nDisallow: /x", "/x", false},
        {"User-agent: *\n\xef\xbb\xbf"
         "Disallow: /x",
         "/x", true},
        {"  user-AGENT\t:\t*  \n DISALLOW :/x\t ", "/x", false},
        {"User-agent: * # all\nDisallow: /x# not /xy", "/x", false},
        {"User-agent: *\nDisallow: /x#y", "/xz", false},
        {"User-agent: *\n#Disallow: /x", "/x", true},
        {"User-agent: *\n# x: y\nDisallow: /x", "/x", false},
        {"User-agent: *\nDisallow /x", "/x", true},
        {"User-agent: *\nDisallows: /x", "/x", true},
        {"User-agent: *\nDisallow: /x:y", "/x:y", false},
        {"User-agent: *\nDisallow:", "/x", true},
        {"User-agent: *\nDisallow: \t# nothing", "/x", true},
        {"Disallow: /x", "/x", true},
        {"Disallow: /x\nUser-agent: *", "/x", true},
        {"<html>User-agent: *\nDisallow: /x</html>", "/x</html>", true},
    };
    check(rows, COUNT(rows), "robot");
}

Test(robots, picks_the_groups_of_the_agent)
{
    static const struct row rows[] = {
        {"User-agent: *\nDisallow: /\nUser-agent: robot\nDisallow: /x", "/y", true},
        {"User-agent: robot\nDisallow: /x\nUser-agent: *\nDisallow: /", "/y", true},
        {"User-agent: robot\nDisallow: /x\nUser-agent: *\nDisallow: /", "/x", false},
        {"User-agent: *\nDisallow: /\nUser-agent: RoBoT", "/y", true},
        {"User-agent: *\nDisallow: /\nUser-agent: robot\nUser-agent: other\nAllow: /", "/y", true},
        {"User-agent: other\nUser-agent: robot\nDisallow: /x", "/x", false},
        {"User-agent: robot\nUser-agent: other\nDisallow: /x", "/x", false},
        {"User-agent: other\nDisallow: /x\nUser-agent: robot\nDisallow: /y", "/x", true},
        {"User-agent: robot\nDisallow: /x\nUser-agent: other\nDisallow: /y", "/y", true},
        /* Groups of one agent count as one. */
        {"User-agent: robot\nDisallow: /x\nUser-agent: o\nAllow: /\nUser-agent: robot\nDisallow: "
         "/y",
         "/x", false},
        {"User-agent: robot\nDisallow: /x\nUser-agent: o\nAllow: /\nUser-agent: robot\nDisallow: "
         "/y",
         "/y", false},
        {"User-agent: *\nDisallow: /x\nUser-agent: *\nDisallow: /y", "/x", false},
        /* Other records end neither the User-agent lines of a group nor the group. */
        {"User-agent: robot\nSitemap: /s\n\nUser-agent: other\nDisallow: /x", "/x", false},
        {"User-agent: robot\nCrawl-delay: 1\nUser-agent: other\nDisallow: /x", "/x", false},
        {"User-agent: robot\nDisallow: /y\nSitemap: /s\nDisallow: /x", "/x", false},
        /* What is no part of a product token ends it. */
        {"User-agent: robot/2.0 (x)\nDisallow: /x", "/x", false},
        {"User-agent: robot 2\nDisallow: /x", "/x", false},
        {"User-agent: robots\nDisallow: /x", "/x", true},
        {"User-agent: robot-x\nDisallow: /x", "/x", true},
        {"User-agent: rob\nDisallow: /x", "/x", true},
        {"User-agent: x robot\nDisallow: /x", "/x", true},
        {"User-agent:\nDisallow: /x", "/x", true},
        {"User-agent: * robot\nDisallow: /x", "/x", false},
        {"User-agent: *robot\nDisallow: /x", "/x", true},
    };
    check(rows, COUNT(rows), "robot");
    check(rows, COUNT(rows), "Robot/1.0 (+http://robot.example/)");
}

Test(robots, takes_an_agent_without_a_token_for_any)
{
    cr_expect(!allowed("User-agent: *\nDisallow: /x\nUser-agent: 1\nAllow: /x", "", "/x"));
    cr_expect(!allowed("User-agent: *\nDisallow: /x\nUser-agent: 1\nAllow: /x", "1", "/x"));
}

#define GROUP "User-agent: *\n"

Test(robots, lets_the_longest_match_win)
{
    static const struct row rows[] = {
        {GROUP "Disallow: /x\nAllow: /x/y", "/x/y", true},
        {GROUP "Allow: /x/y\nDisallow: /x", "/x/y", true},
        {GROUP "Allow: /x/y\nDisallow: /x", "/x/z", false},
        {GROUP "Allow: /\nDisallow: /x", "/x", false},
        {GROUP "Disallow: /x\nAllow: /x", "/x", true},
        {GROUP "Allow: /x\nDisallow: /x", "/x", true},
        {GROUP "Allow: /x\nDisallow: /*.h", "/x.h", false},
        {GROUP "Allow: /x.\nDisallow: /*.h", "/x.h", false},
        {GROUP "Allow: /x.h\nDisallow: /*.h", "/x.h", true},
        {GROUP "Allow: /$\nDisallow: /", "/", true},
        {GROUP "Allow: /$\nDisallow: /", "/x", false},
        /* One spelling of the two is not longer. */
        {GROUP "Allow: /xyz\nDisallow: /%78%79%7a", "/xyz", true},
    };
    check(rows, COUNT(rows), "robot");
}

Test(robots, matches_patterns)
{
    static const struct row rows[] = {
        {GROUP "Disallow: /x", "/xy", false},
        {GROUP "Disallow: /x", "/X", true},
        {GROUP "Disallow: /x", "/", true},
        {GROUP "Disallow: x", "/x", true},
        {GROUP "Disallow: /12345678", "/12345678", false},
        {GROUP "Disallow: /12345678", "/1234567", true},
        {GROUP "Disallow: /123456789", "/12345678x", true},
        {GROUP "Disallow: /x?y", "/x?yz", false},
        {GROUP "Disallow: *", "/", false},
        {GROUP "Disallow: /x*", "/x", false},
        {GROUP "Disallow: /x***y", "/xzy", false},
        {GROUP "Disallow: *x", "/ax", false},
        {GROUP "Disallow: /*x*y", "/axby", false},
        {GROUP "Disallow: /*x*y", "/ayx", true},
        {GROUP "Disallow: /*aab", "/aaab", false},
        {GROUP "Disallow: /x$", "/x", false},
        {GROUP "Disallow: /x$", "/xy", true},
        {GROUP "Disallow: /x$", "/x?", true},
        {GROUP "Disallow: /*x$", "/xyx", false},
        {GROUP "Disallow: /*x$", "/xy", true},
        {GROUP "Disallow: /x*x$", "/x", true},
        {GROUP "Disallow: /*$", "/x", false},
        {GROUP "Disallow: /x*ab*b$", "/xab", true},
        {GROUP "Disallow: /x*ab*b$", "/xabb", false},
        {GROUP "Disallow: /x$y", "/x$y", false},
        {GROUP "Disallow: /x$$", "/x$", false},
        {GROUP "Disallow: $", "/", true},
        {GROUP "Disallow: /", "/robots.txt", true},
        {GROUP "Disallow: /", "/robots.txt?", false},
        {GROUP "Disallow: /", "/x/robots.txt", false},
    };
    check(rows, COUNT(rows), "robot");
}

Test(robots, compares_percent_encodings)
{
    static const struct row rows[] = {
        {GROUP "Disallow: /\xc3\xa9", "/%C3%A9", false},
        {GROUP "Disallow: /%c3%a9", "/%C3%A9", false},
        {GROUP "Disallow: /%C3%A9", "/%c3%a9", false},
        {GROUP "Disallow: /%78%2D%7e", "/x-~", false},
        {GROUP "Disallow: /x-~", "/%78%2D%7e", false},
        {GROUP "Disallow: /x%2fy", "/x/y", true},
        {GROUP "Disallow: /x/y", "/x%2Fy", true},
        {GROUP "Disallow: /x%2fy", "/x%2Fy", false},
        {GROUP "Disallow: /x y", "/x%20y", false},
        {GROUP "Disallow: /{\"|}", "/%7B%22|%7D", false},
        {GROUP "Disallow: /x?{", "/x?{", false},
        {GROUP "Disallow: /%2a", "/*", false},
        {GROUP "Disallow: /%2a", "/%2A", false},
        {GROUP "Disallow: /%2a", "/x", true},
        {GROUP "Disallow: /x%24", "/x$", false},
        {GROUP "Disallow: /x%24", "/x%24y", false},
        {GROUP "Disallow: /x%24", "/x", true},
        {GROUP "Disallow: /x%", "/x%y", false},
        {GROUP "Disallow: /x%4", "/x%4", false},
        {GROUP "Disallow: /x%zz", "/x%zz", false},
        {GROUP "Disallow: /x%00", "/x%00", false},
    };
    check(rows, COUNT(rows), "robot");
}

Test(robots, compares_long_paths_too)
{
    char text[3100] = GROUP "Disallow: /*%7e$", path[2000];
    memset(path, 'x', sizeof(path));
    memcpy(path, "/%7a", 4);
    path[sizeof(path) - 1] = '~';
    struct robots *r = parse(text, strlen(text), "robot");
    cr_expect(!robots_allowed(r, path, sizeof(path)));
    cr_expect(robots_allowed(r, path, sizeof(path) - 1));
    robots_free(r);
}

Test(robots, reads_the_crawl_delay)
{
    static const struct {
        const char *text;
        double delay;
    } rows[] = {
        {GROUP "Crawl-delay: 10", 10},
        {GROUP "crawl-delay:0.5 # s", 0.5},
        {GROUP "Crawl-delay: .25", 0.25},
        {GROUP "Disallow: /x\nCrawl-delay: 2.", 2},
        {GROUP "Crawl-delay: 1\nCrawl-delay: 3\nCrawl-delay: 2", 3},
        {GROUP "Crawl-delay: 1\nUser-agent: robot\nCrawl-delay: 2\nDisallow:", 2},
        {GROUP "Crawl-delay: 1\nDisallow: /x\nUser-agent: robot\nDisallow:", 0},
        {"Crawl-delay: 1\n" GROUP, 0},
        {GROUP, 0},
        {GROUP "Crawl-delay:", 0},
        {GROUP "Crawl-delay: -1", 0},
        {GROUP "Crawl-delay: 10s", 0},
        {GROUP "Crawl-delay: 1,5", 0},
        {GROUP "Crawl-delay: 1.2.3", 0},
        {GROUP "Crawl-delay: inf", 0},
        {GROUP "Crawl-delay: nan", 0},
        {GROUP "Crawl-delay: 0x10", 0},
        {GROUP "Crawl-delay: 99999999999999999999999999", 1e9},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct robots *r = parse(rows[i].text, strlen(rows[i].text), "robot");
        cr_expect_eq(robots_crawl_delay(r), rows[i].delay, "%f of %s", robots_crawl_delay(r),
                     rows[i].text);
        robots_free(r);
    }
}

Test(robots, lists_the_sitemaps_of_all)
{
    static const char text[] = "Sitemap: /a b\nUser-agent: other\nSITEMAP: http://x/#y\n"
                               "Disallow: /\nUser-agent: robot\nSitemap: http://y/:z\nSitemap:";
    static const char *const agents[] = {"robot", "another"};
    for (size_t i = 0; i < COUNT(agents); i++) {
        struct robots *r = parse(text, strlen(text), agents[i]);
        cr_expect_str_eq(robots_sitemap(r, 0), "/a b");
        cr_expect_str_eq(robots_sitemap(r, 1), "http://x/");
        cr_expect_str_eq(robots_sitemap(r, 2), "http://y/:z");
        cr_expect_null(robots_sitemap(r, 3));
        cr_expect_null(robots_sitemap(r, SIZE_MAX));
        robots_free(r);
    }
}

Test(robots, leaves_out_the_line_that_the_limit_cuts)
{
    size_t length = ROBOTS_MAX + 10;
    char *text = malloc(length);
    memset(text, '\n', length);
    memcpy(text, GROUP, strlen(GROUP));
    memcpy(text + ROBOTS_MAX - 40, "Disallow: /x", 12);
    memcpy(text + ROBOTS_MAX - 11, "Disallow: /y/z", 14);
    struct robots *r = parse(text, length, "robot");
    cr_expect(!robots_allowed(r, "/x", 2));
    cr_expect(robots_allowed(r, "/y", 2));
    robots_free(r);
    free(text);
}

Test(robots, has_nothing_to_free_where_there_is_none)
{
    robots_free(NULL);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The limit's worth of one line over and over, behind a group's head. */
static struct robots *filled_with(const char *line)
{
    size_t n = strlen(GROUP), step = strlen(line);
    char *text = malloc(ROBOTS_MAX);
    memcpy(text, GROUP, n);
    for (; n + step <= ROBOTS_MAX; n += step)
        memcpy(text + n, line, step);
    struct robots *r = parse(text, n, "robot");
    free(text);
    return r;
}

Test(robots, takes_time_linear_in_the_text)
{
    static const char *const lines[] = {
        "\n",
        "\r",
        "#",
        ":",
        " ",
        "a:b\n",
        "User-agent: *\n",
        "Sitemap: x\n",
        "Allow: /*x*y$\n",
        "Allow: \xff\xff\xff\n",
        "Crawl-delay: 1\n",
    };
    double start = seconds();
    for (size_t i = 0; i < COUNT(lines); i++)
        robots_free(filled_with(lines[i]));
    cr_assert_lt(seconds() - start, 5);
}

/* Thousands of wildcards against as long a path as there is: backtracking would never end. */
Test(robots, matches_without_backtracking)
{
    char path[65535];
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    char *text = malloc(ROBOTS_MAX);
    size_t n = (size_t)sprintf(text, GROUP "Disallow: /");
    while (n < ROBOTS_MAX - 4)
        n += (size_t)sprintf(text + n, n < 2 * ROBOTS_WILDCARDS_MAX ? "*a" : "a");
    text[n++] = 'b';
    text[n++] = '$';
    struct robots *r = parse(text, n, "robot");
    free(text);
    double start = seconds();
    path[sizeof(path) - 1] = 'b';
    cr_expect(robots_allowed(r, path, sizeof(path)));
    robots_free(r);

    static const char stars[] = GROUP "Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*c";
    r = parse(stars, strlen(stars), "robot");
    cr_expect(robots_allowed(r, path, sizeof(path)));
    robots_free(r);
    cr_assert_lt(seconds() - start, 1);
}

/* The standard's words, as plain as can be. at_end is the '$' that is none of the pattern. */
static bool plainly_matches(const char *pattern, const char *path, bool at_end)
{
    if (*pattern == '\0')
        return !at_end || *path == '\0';
    if (*pattern == '*')
        return plainly_matches(pattern + 1, path, at_end) ||
               (*path && plainly_matches(pattern, path + 1, at_end));
    return *pattern == *path && plainly_matches(pattern + 1, path + 1, at_end);
}

struct plain_rules {
    char text[64][16];
    bool allow[64];
    size_t count;
};

static bool plainly_allowed(const struct plain_rules *p, const char *path)
{
    size_t longest = 0;
    bool allow = true;
    for (size_t i = 0; i < p->count; i++) {
        size_t length = strlen(p->text[i]);
        bool at_end = p->text[i][length - 1] == '$';
        char pattern[16] = "";
        memcpy(pattern, p->text[i], length - at_end);
        if (length < longest || !plainly_matches(pattern, path, at_end))
            continue;
        allow = p->allow[i] || (length == longest && allow);
        longest = length;
    }
    return allow;
}

/* A few letters only, so that rules match, begin alike and are equal. */
static void make_up(char *out, size_t most, const char *letters, unsigned *dice)
{
    size_t n = 1 + (size_t)rand_r(dice) % (most - 1);
    out[0] = '/';
    for (size_t i = 1; i < n; i++)
        out[i] = letters[(size_t)rand_r(dice) % strlen(letters)];
    out[n] = '\0';
}

Test(robots, agrees_with_a_plain_reading_of_the_standard)
{
    unsigned dice = 1;
    for (int round = 0; round < 2000; round++) {
        struct plain_rules p = {.count = 1 + (size_t)rand_r(&dice) % 40};
        char text[4096] = GROUP, path[16], *end = text + strlen(GROUP);
        for (size_t i = 0; i < p.count; i++) {
            make_up(p.text[i], 8, round % 2 ? "ab" : "ab*", &dice);
            if (rand_r(&dice) % 8 == 0)
                strcat(p.text[i], "$");
            p.allow[i] = rand_r(&dice) % 2;
            end += sprintf(end, "%s: %s\n", p.allow[i] ? "Allow" : "Disallow", p.text[i]);
        }
        struct robots *r = parse(text, strlen(text), "robot");
        for (int i = 0; i < 20; i++) {
            make_up(path, 12, "ab", &dice);
            cr_assert_eq(robots_allowed(r, path, strlen(path)), plainly_allowed(&p, path),
                         "%s on\n%s", path, text);
        }
        robots_free(r);
    }
}

Test(robots, with_too_many_wildcards_forbids_more_and_allows_less)
{
    char *text = malloc(ROBOTS_MAX), *end = stpcpy(text, GROUP "Disallow: /a*z\nAllow: /c*x\n");
    for (int i = 0; i < ROBOTS_WILDCARDS_MAX - 2; i++)
        end += sprintf(end, "Disallow: /d/%d*\n", i);
    stpcpy(end,
           "Disallow: /a/***z$\nDisallow: /c\nAllow: /a/b*z\nAllow: /a/b/c/d/e\nDisallow: /e$\n");
    struct robots *r = parse(text, strlen(text), "robot");
    static const struct {
        const char *path;
        bool allowed;
    } rows[] = {{"/b", true},    {"/ayz", false},      {"/ay", true},   {"/c/y", false},
                {"/c/x", true},  {"/d/0", false},      {"/a/b", false}, {"/a/bz", false},
                {"/a/y", false}, {"/a/b/c/d/e", true}, {"/d/x", true},  {"/e", false},
                {"/ee", true},   {"/d/16381/x", false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(robots_allowed(r, rows[i].path, strlen(rows[i].path)), rows[i].allowed, "%s",
                     rows[i].path);
    robots_free(r);
    free(text);
}

Test(robots, tries_a_hundred_thousand_rules_quickly)
{
    struct robots *r = filled_with("allow:/x\n");
    double start = seconds();
    for (int i = 0; i < 100; i++)
        cr_assert(robots_allowed(r, "/y/z.html", 9));
    cr_assert_lt(seconds() - start, 2);
    robots_free(r);
}
