/* What bench_old_read let pass can be relied on: "levels" is an array of objects, each with words
 * for its model and selector, a concurrency above 0 and a rate of 0 or more. All else may be absent
 * or of any type, and is then not known. Text of the document is shown by message() alone, which
 * escapes it, and cut. */
#include "cmd/bench_compare.h"

#include "cmd/bench_print.h"
#include "cmd/message.h"
#include "cmd/quantity.h"
#include "cmd/text.h"
#include "crawler/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (16 << 20) /* what jansson makes of it takes 20 times as much, and up to 80 */

#define LEVEL_NAME 128
#define MOST_NAMED 4  /* levels, in a message */
#define MOST_SHOWN 80 /* bytes of a value */

/* Figures in the document have six digits: what differs by less is equal. */
#define ROUNDING 2e-5

struct bench_old {
    char *path;
    json_t *root;
};

/* --- reading --- */

static int wrong(const char *path, const char *what)
{
    message("skitter bench: --compare %s: %s", path, what);
    return 2;
}

/* Returns 0, or a negative errno: -EFBIG, it is too long. */
static int read_all(struct text *out, int fd)
{
    static const size_t step = 1 << 16;
    char *buffer = memory_new(step);
    ssize_t n;

    while ((n = read(fd, buffer, step)) != 0 && out->length <= MOST_BYTES)
        if (n > 0)
            text_add(out, buffer, (size_t)n);
        else if (errno != EINTR)
            break;
    free(buffer);
    return n < 0 ? -errno : out->length > MOST_BYTES ? -EFBIG : 0;
}

static int read_file(struct text *out, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error;

    if (fd < 0)
        return -errno;
    error = read_all(out, fd);
    close(fd);
    return error;
}

static const char *wrong_in_level(const json_t *level)
{
    const json_t *concurrency = json_object_get(level, "concurrency");
    const json_t *rate = json_object_get(level, "pages_per_second");

    if (!json_is_object(level))
        return "expected an object";
    if (!json_is_string(json_object_get(level, "model")))
        return "\"model\": expected a string";
    if (!json_is_string(json_object_get(level, "selector")))
        return "\"selector\": expected a string";
    if (!json_is_integer(concurrency) || json_integer_value(concurrency) < 1)
        return "\"concurrency\": expected a whole number above 0";
    if (!json_is_number(rate) || json_number_value(rate) < 0)
        return "\"pages_per_second\": expected a number";
    return NULL;
}

static int check(const struct bench_old *o)
{
    const json_t *levels = json_object_get(o->root, "levels");
    const json_t *version = json_object_get(o->root, "v");

    if (!json_is_integer(version) || !json_is_array(levels))
        return wrong(o->path, "expected what skitter bench --json wrote");
    if (json_integer_value(version) != 1) {
        message("skitter bench: --compare %s: expected version 1 of the format, it has %" PRId64,
                o->path, (int64_t)json_integer_value(version));
        return 2;
    }
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const char *what = wrong_in_level(json_array_get(levels, i));
        if (!what)
            continue;
        message("skitter bench: --compare %s: level %zu: %s", o->path, i + 1, what);
        return 2;
    }
    return 0;
}

static int parse(struct bench_old *o, const struct text *t)
{
    json_error_t error;

    o->root = json_loadb(t->data, t->length, JSON_REJECT_DUPLICATES, &error);
    if (o->root)
        return check(o);
    message("skitter bench: --compare %s: not JSON: line %d: %.100s", o->path, error.line,
            error.text);
    return 2;
}

int bench_old_read(struct bench_old **out, const char *path)
{
    struct bench_old *o = memory_new(sizeof *o);
    struct text t = {0};
    int error = read_file(&t, path), status;

    o->path = memory_copy(path, strlen(path));
    if (error == -EFBIG)
        status = wrong(path, "expected what skitter bench --json wrote, it is over 16 MB");
    else if (error)
        status = wrong(path, strerror(-error));
    else if (!t.length)
        status = wrong(path, "expected what skitter bench --json wrote, it is empty");
    else
        status = parse(o, &t);
    text_deinit(&t);
    if (status)
        bench_old_free(o);
    else
        *out = o;
    return status;
}

void bench_old_free(struct bench_old *o)
{
    if (!o)
        return;
    json_decref(o->root);
    free(o->path);
    free(o);
}

/* --- comparing: document with document --- */

/* One line about the document, as far as there is something to say. */
static void tell(const struct bench_old *o, const char *what, const struct text *t)
{
    if (t->length)
        message("skitter bench: --compare %s: %s: %.*s", o->path, what, (int)t->length, t->data);
}

static void add_value(struct text *t, const json_t *value)
{
    char *shown = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    text_add(t, shown ? shown : "none", shown ? strnlen(shown, MOST_SHOWN) : 4);
    free(shown);
}

static void add_differences(struct text *t, const json_t *then, const json_t *now,
                            const char *const *names)
{
    for (; *names; names++) {
        const json_t *a = json_object_get(then, *names), *b = json_object_get(now, *names);
        if (a == b || (a && b && json_equal(a, b)))
            continue;
        text_add_string(t, t->length ? ", " : "");
        text_add_string(t, *names);
        text_add_char(t, ' ');
        add_value(t, a);
        text_add_string(t, " (now ");
        add_value(t, b);
        text_add_char(t, ')');
    }
}

static void tell_differences(const struct bench_old *o, const json_t *now)
{
    static const char *const machine[] = {
        "cpu", "cores", "crawler_cores", "virtual", "governor", "kernel", "libcurl", "tls", NULL};
    static const char *const site[] = {"url",          "pages",  "links",     "size",  "latency",
                                       "local",        "errors", "redirects", "hosts", "seed",
                                       "no_keepalive", "gzip",   "tls",       NULL};
    struct text t = {0};

    add_differences(&t, json_object_get(o->root, "machine"), json_object_get(now, "machine"),
                    machine);
    tell(o, "another machine", &t);
    t.length = 0;
    add_differences(&t, json_object_get(o->root, "site"), json_object_get(now, "site"), site);
    tell(o, "another site", &t);
    text_deinit(&t);
}

/* The level of the same model, selector and concurrency, or NULL. */
static const json_t *find(const json_t *document, const json_t *wanted)
{
    static const char *const names[] = {"concurrency", "model", "selector"};
    const json_t *levels = json_object_get(document, "levels");

    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i);
        size_t same = 0;
        while (same < 3 && json_equal(json_object_get(level, names[same]),
                                      json_object_get(wanted, names[same])))
            same++;
        if (same == 3)
            return level;
    }
    return NULL;
}

static const char *name_level(char out[static LEVEL_NAME], const json_t *level)
{
    snprintf(out, LEVEL_NAME, "%.40s %.40s %" PRId64,
             json_string_value(json_object_get(level, "model")),
             json_string_value(json_object_get(level, "selector")),
             (int64_t)json_integer_value(json_object_get(level, "concurrency")));
    return out;
}

/* Says which levels of a are not in b. */
static void tell_missing(const struct bench_old *o, const char *what, const json_t *a,
                         const json_t *b)
{
    struct text t = {0};
    const json_t *levels = json_object_get(a, "levels");
    size_t missing = 0;

    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i);
        char name[LEVEL_NAME];
        if (find(b, level))
            continue;
        if (missing++ >= MOST_NAMED)
            continue;
        text_add_string(&t, t.length ? ", " : "");
        text_add_string(&t, name_level(name, level));
    }
    if (missing > MOST_NAMED)
        text_add_format(&t, " and %zu more", missing - MOST_NAMED);
    tell(o, what, &t);
    text_deinit(&t);
}

static double rate_of(const json_t *level)
{
    return json_number_value(json_object_get(level, "pages_per_second"));
}

/* us of CPU a page; 0: not known. */
static double cpu_of(const json_t *level)
{
    const json_t *cpu = json_object_get(level, "cpu_us_per_page");

    return json_number_value(json_object_get(cpu, "user")) +
           json_number_value(json_object_get(cpu, "system"));
}

/* Says which figure of the level is worse, by what share, if that is more than the tolerance. */
static bool tell_worse(const json_t *level, const char *figure, double now, double then,
                       double share, const char *how, double tolerance)
{
    char name[LEVEL_NAME], a[QUANTITY_SIZE], b[QUANTITY_SIZE];

    if (share <= tolerance + ROUNDING)
        return false;
    quantity_figure(a, now);
    quantity_figure(b, then);
    message("skitter bench: %s: %s %s, %s before: %.1f %% %s (--tolerance %g%%)",
            name_level(name, level), a, figure, b, 100 * share, how, 100 * tolerance);
    return true;
}

static bool is_worse(const json_t *then, const json_t *now, double tolerance)
{
    double rate = rate_of(now), old_rate = rate_of(then), cpu = cpu_of(now), old_cpu = cpu_of(then);
    bool slower = old_rate > 0 && tell_worse(now, "pages/s", rate, old_rate, 1 - rate / old_rate,
                                             "slower", tolerance);
    bool more = old_cpu > 0 && tell_worse(now, "us of CPU a page", cpu, old_cpu, cpu / old_cpu - 1,
                                          "more", tolerance);

    return slower || more;
}

static int compare(const struct bench_old *o, const json_t *now, double tolerance)
{
    const json_t *levels = json_object_get(now, "levels");
    size_t common = 0, worse = 0;

    tell_differences(o, now);
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i), *then = find(o->root, level);
        common += then != NULL;
        worse += then && is_worse(then, level, tolerance);
    }
    if (!common)
        return wrong(o->path, "no level that was measured now is in it");
    tell_missing(o, "was not measured now", o->root, now);
    tell_missing(o, "does not have", now, o->root);
    return worse ? 4 : 0;
}

int bench_old_compare(const struct bench_old *o, const struct bench_result *r, double tolerance)
{
    struct text t = {0};
    json_t *now;
    int status;

    bench_print_json(&t, r);
    now = json_loadb(t.data, t.length, 0, NULL);
    text_deinit(&t);
    if (!now)
        memory_out(); /* what we wrote is JSON */
    status = compare(o, now, tolerance);
    json_decref(now);
    return status;
}
