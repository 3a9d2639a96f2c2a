/* The rules, the cheapest first. What a URL has in common with others is a fingerprint of its text
 * without the parts in which they differ, made piece by piece.
 *
 * Bounds: tables of counters have a fixed size, and where one is full a new fingerprint takes the
 * place of a small count. So a count may be too low, never too high. Hosts are remembered up to
 * HOSTS_MAX; later ones are not counted. */
#include "crawler/trap.h"

#include "crawler/domain.h"
#include "crawler/memory.h"
#include "parse/query.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define COUNTERS 65536
#define WAYS 8 /* places where a fingerprint may stand */
#define HOSTS_MAX (1 << 20)
#define SEGMENTS 16384 /* a power of two; of one path, three quarters are told apart */
#define RANDOM_LENGTH 16

struct counter {
    uint64_t fingerprint; /* 0: free */
    uint32_t count;
};

struct traps {
    const struct trap_limits *limits;
    uint64_t seed;
    struct counter *sessions, *similar, *domains; /* of COUNTERS */
    struct counter *segments;                     /* of the path at hand */
    struct seen hosts;                            /* that are not too many */
    struct domain_memo memo;
};

struct traps *traps_new(const struct trap_limits *limits, uint64_t seed)
{
    struct traps *t = memory_new(sizeof *t);

    t->limits = limits;
    t->seed = seed;
    t->sessions = memory_new(COUNTERS * sizeof *t->sessions);
    t->similar = memory_new(COUNTERS * sizeof *t->similar);
    t->domains = memory_new(COUNTERS * sizeof *t->domains);
    t->segments = memory_new(SEGMENTS * sizeof *t->segments);
    seen_init(&t->hosts, seed);
    domain_memo_init(&t->memo, seed);
    return t;
}

void traps_free(struct traps *t)
{
    if (!t)
        return;
    free(t->sessions);
    free(t->similar);
    free(t->domains);
    free(t->segments);
    seen_deinit(&t->hosts);
    free(t);
}

/* Counts a fingerprint, unless it has been counted limit times: then it is a trap. */
static bool counted_out(struct counter *table, uint64_t fingerprint, uint64_t limit)
{
    struct counter *set = &table[fingerprint % (COUNTERS / WAYS) * WAYS], *place = set;

    for (struct counter *c = set; c < set + WAYS; c++) {
        if (c->fingerprint == fingerprint) {
            place = c;
            break;
        }
        if (c->count < place->count)
            place = c;
    }
    if (place->fingerprint != fingerprint)
        *place = (struct counter){.fingerprint = fingerprint};
    if (place->count >= limit)
        return true;
    place->count++;
    return false;
}

/* --- a URL without some of its parts --- */

struct rest {
    uint64_t fingerprint;
    const char *at; /* what is not in it yet */
    bool partial;   /* something was left out */
};

static void take_up_to(struct rest *r, const char *end)
{
    r->fingerprint = XXH3_64bits_withSeed(r->at, (size_t)(end - r->at), r->fingerprint);
}

static void leave_out(struct rest *r, const char *start, const char *end)
{
    take_up_to(r, start);
    r->at = end;
    r->partial = true;
}

static uint64_t rest_end(struct rest *r, const char *end)
{
    take_up_to(r, end);
    return r->fingerprint ? r->fingerprint : 1;
}

/* --- session ids --- */

static bool looks_random(const char *value, size_t length)
{
    bool digit = false;
    for (size_t i = 0; i < length; i++) {
        bool is_digit = value[i] >= '0' && value[i] <= '9';
        char letter = value[i] | 0x20;
        if (!is_digit && !(letter >= 'a' && letter <= 'z'))
            return false;
        digit = digit || is_digit;
    }
    return digit && length >= RANDOM_LENGTH;
}

static bool is_session(const char *name, size_t length, const char *value, size_t value_length)
{
    enum kind { ALWAYS, WHERE_RANDOM, PREFIX }; /* "sid" and the like may be a story or a talk */
    static const struct {
        const char *name;
        uint8_t length;
        enum kind kind;
    } table[] = {
        {"sid", 3, WHERE_RANDOM},
        {"cfid", 4, ALWAYS},
        {"sess", 4, WHERE_RANDOM},
        {"zenid", 5, ALWAYS},
        {"oscsid", 6, ALWAYS},
        {"sessid", 6, WHERE_RANDOM},
        {"xtcsid", 6, ALWAYS},
        {"cftoken", 7, ALWAYS},
        {"session", 7, WHERE_RANDOM},
        {"phpsessid", 9, ALWAYS},
        {"sessionid", 9, WHERE_RANDOM},
        {"jsessionid", 10, ALWAYS},
        {"session_id", 10, WHERE_RANDOM},
        {"aspsessionid", 12, PREFIX},
        {"asp.net_sessionid", 17, ALWAYS},
    };
    static const uint32_t initials = 1 << ('a' & 31) | 1 << ('c' & 31) | 1 << ('j' & 31) |
                                     1 << ('o' & 31) | 1 << ('p' & 31) | 1 << ('x' & 31) |
                                     1 << ('z' & 31);
    static const uint32_t more = 1 << ('s' & 31); /* of those that want a random value */
    uint32_t mask = value_length < RANDOM_LENGTH ? initials : initials | more;
    if (value_length == 0 || length < 3 || !(mask >> (*name & 31) & 1))
        return false;
    char initial = *name | 0x20;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (initial == *table[i].name &&
            (length == table[i].length || (length > table[i].length && table[i].kind == PREFIX)) &&
            strncasecmp(name, table[i].name, table[i].length) == 0)
            return table[i].kind != WHERE_RANDOM || looks_random(value, value_length);
    return false;
}

/* The ';' of a parameter in the path; returns where that ends. */
static const char *read_path_parameter(struct rest *r, const char *at, const char *end)
{
    const char *name = at + 1, *stop = name;
    while (stop < end && *stop != ';' && *stop != '/')
        stop++;
    const char *name_end = memchr(name, '=', (size_t)(stop - name));
    if (name_end &&
        is_session(name, (size_t)(name_end - name), name_end + 1, (size_t)(stop - name_end - 1)))
        leave_out(r, name_end + 1, stop);
    return stop;
}

/* Leaves session ids out, those of ASP.NET, "/(S(...))", too. */
static void read_path_ids(struct rest *r, const char *at, const char *end)
{
    while (at < end) {
        if (*at == ';') {
            at = read_path_parameter(r, at, end);
            continue;
        }
        if (*at == '(' && at[-1] == '/' && end - at > 3 && at[1] == 'S' && at[2] == '(') {
            const char *stop = memchr(at, ')', (size_t)(end - at));
            if (stop)
                leave_out(r, at + 3, stop);
        }
        at++;
    }
}

/* Leaves session ids out, and returns the number of segments. Hardly a path may hold an id. */
static uint32_t read_path(struct rest *r, const struct url *u)
{
    const char *path = u->text + u->path, *end = u->text + u->query;
    bool ids = memchr(path, ';', (size_t)(end - path));
    uint32_t segments = 0;

    for (const char *at = path; at; at = memchr(at, '/', (size_t)(end - at))) {
        segments++;
        at++;
        ids = ids || *at == '(';
    }
    if (ids)
        read_path_ids(r, path, end);
    return segments;
}

/* Leaves session ids out, and returns the number of parameters. */
static uint32_t read_query(struct rest *r, const struct url *u)
{
    struct query_parameter p;
    uint32_t parameters = 0;

    for (uint32_t at = u->query; query_next(u, &at, &p);) {
        const char *name = u->text + p.at;
        parameters += p.at < p.end;
        if (p.name_end < p.end &&
            is_session(name, p.name_end - p.at, u->text + p.name_end + 1, p.end - p.name_end - 1u))
            leave_out(r, u->text + p.name_end + 1, u->text + p.end);
    }
    return parameters;
}

/* --- what repeats, what is alike --- */

/* Counts the segment in a table that is empty for each path; size is a power of two. */
static uint32_t count_segment(struct counter *table, size_t size, uint64_t fingerprint,
                              size_t *free)
{
    size_t i = fingerprint & (size - 1);
    while (table[i].fingerprint && table[i].fingerprint != fingerprint)
        i = (i + 1) & (size - 1);
    if (!table[i].fingerprint && *free == 0)
        return 0;
    *free -= !table[i].fingerprint;
    table[i].fingerprint = fingerprint;
    return ++table[i].count;
}

static bool repeats(struct traps *t, const struct url *u, uint32_t segments)
{
    const char *at = u->text + u->path, *end = u->text + u->query;
    size_t size = 16, free_places;

    if (segments <= t->limits->max_repeats)
        return false;
    while (size < SEGMENTS && size < segments * 4 / 3 + 1)
        size *= 2;
    free_places = size / 4 * 3;
    memset(t->segments, 0, size * sizeof *t->segments);
    while (at < end) {
        const char *segment = at + 1;
        at = memchr(segment, '/', (size_t)(end - segment));
        if (!at)
            at = end;
        uint64_t f = seen_fingerprint(t->seed, segment, (size_t)(at - segment));
        if (count_segment(t->segments, size, f, &free_places) > t->limits->max_repeats)
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Without numbers in the path and values in the query; or with nothing of the query. */
static uint64_t pattern(const struct traps *t, const struct url *u, bool query)
{
    struct rest r = {.fingerprint = t->seed + query, .at = u->text};
    struct query_parameter p;
    const char *end = u->text + u->query;

    for (const char *at = u->text + u->path; at < end; at++) {
        const char *start = at;
        while (at < end && is_digit(*at))
            at++;
        if (at > start)
            leave_out(&r, start, at);
    }
    for (uint32_t at = u->query; query && query_next(u, &at, &p);)
        leave_out(&r, u->text + p.name_end, u->text + p.end);
    return rest_end(&r, query ? u->text + u->length : end);
}

static bool is_host_too_many(struct traps *t, const struct url *u)
{
    uint64_t host = seen_fingerprint(t->seed, u->text + u->host, u->port - u->host);

    if (seen_has(&t->hosts, host) || t->hosts.count == HOSTS_MAX)
        return false;
    if (counted_out(t->domains, domain_fingerprint(&t->memo, u), t->limits->max_hosts))
        return true;
    seen_add(&t->hosts, host);
    return false;
}

enum trap traps_judge(struct traps *t, const struct url *u, uint32_t depth)
{
    const struct trap_limits *limits = t->limits;
    struct rest r = {.fingerprint = t->seed, .at = u->text};

    if (u->length > limits->max_url)
        return TRAP_LENGTH;
    if (repeats(t, u, read_path(&r, u)))
        return TRAP_REPEATS;
    uint32_t parameters = read_query(&r, u);
    if (parameters > limits->max_params)
        return TRAP_PARAMS;
    if (r.partial &&
        counted_out(t->sessions, rest_end(&r, u->text + u->length), limits->max_sessions))
        return TRAP_SESSIONS;
    if (depth > TRAP_FAR && counted_out(t->similar, pattern(t, u, true), limits->max_similar))
        return TRAP_SIMILAR;
    if (parameters > TRAP_MANY &&
        counted_out(t->similar, pattern(t, u, false), limits->max_similar))
        return TRAP_SIMILAR;
    return is_host_too_many(t, u) ? TRAP_HOSTS : TRAP_NONE;
}

const char *trap_phrase(enum trap t)
{
    static const char *const phrases[TRAP_COUNT] = {
        [TRAP_NONE] = "no trap",
        [TRAP_LENGTH] = "longer than --max-url",
        [TRAP_REPEATS] = "one folder more than --max-repeats times",
        [TRAP_PARAMS] = "more parameters than --max-params",
        [TRAP_SESSIONS] = "the same under more session ids than --max-sessions",
        [TRAP_SIMILAR] = "more alike than --max-similar, far away or with many parameters",
        [TRAP_HOSTS] = "on one more host of a domain than --max-hosts",
    };
    return phrases[t];
}
