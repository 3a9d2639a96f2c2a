/* Crawls of table sites by the program, and what came of them in a form that a test can name. */
#ifndef TESTS_CMD_CRAWLING_H
#define TESTS_CMD_CRAWLING_H

#include "tests/cmd/folder.h"
#include "tests/run_program.h"
#include "tests/site.h"

/* How late something may be that is to happen at once, in seconds: 0.1. Twenty times as much where
 * the tests are built with AddressSanitizer, or SKITTER_SLOW is set because the program is slow. */
#define AT_ONCE crawling_at_once()
#define PATIENCE 30.0 /* seconds, for what may take its time */

double crawling_at_once(void);
double crawling_now(void);
void crawling_sleep(double seconds);

/* As program_start and run_program. In the arguments, {{BASE}} stands for the site's address. */
struct program *crawling_start(const struct site *s, const char *const args[]);
void crawling_run(const struct site *s, const char *const args[], struct result *r);

/* Runs a shell command in which "$SKITTER" is the program and "$BASE" the site's address. */
struct program *crawling_start_shell(const struct site *s, const char *command);
void crawling_run_shell(const struct site *s, const char *command, struct result *r);

/* Has every later run of the program load the library that this environment variable names, before
 * the C library. */
void crawling_preload(const char *variable);

/* The URLs printed, sorted, with a space between; those of the site as paths. The caller frees. */
char *crawling_found(const struct site *s, const struct result *r);

/* The same of what was requested, robots.txt left out; a path stands as often as it was. */
char *crawling_fetched(struct site *s);

/* Waits until that path was requested so often. */
void crawling_await_hits(struct site *s, const char *path, size_t hits);

/* How many requests hold that text in their head. */
size_t crawling_heads(struct site *s, const char *text);

/* Waits until that much of a text is on standard error, which is a file then (2>FILE). */
void crawling_await_text(const char *file, const char *text);

/* A kilobyte count of /proc/PID/status, e.g. "VmHWM". */
size_t crawling_memory(int pid, const char *field);

#define expect_found(s, r, expected) expect_text(crawling_found(s, r), expected, "found")
#define expect_fetched(s, expected) expect_text(crawling_fetched(s), expected, "fetched")
#define expect_status(r, expected) \
    cr_expect_eq((r)->status, expected, "status %d, not %d: %s", (r)->status, expected, (r)->err)
#define expect_said(r, text) \
    cr_expect_not_null(strstr((r)->err, text), "\"%s\" is not in: %s", text, (r)->err)

#endif
