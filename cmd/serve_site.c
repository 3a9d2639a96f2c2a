/* The computed site.
 *
 * A page is a head, one block a link (one without a link where there are none) and a tail. A block
 * is a paragraph: the link, then text up to the block's share of the page's size. What is not text
 * is made in units that fit SERVE_SITE_ROOM, so a page can be made in pieces; text is cut anywhere.
 *
 * Every random choice is a hash of the seed, the page and what is chosen. */
#include "cmd/serve_site.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define PAGES_PER_FOLDER 100
#define SIZE_MAX_DRAWN ((double)(1 << 30))
#define SECONDS_MAX_DRAWN 3600.0

/* What is chosen by hash; links are chosen by their number. */
enum {
    CHOICE_SIZE = SERVE_SITE_LINKS,
    CHOICE_LATENCY,
    CHOICE_SENTENCE, /* and one a block, of which there are as many as links, or one */
    CHOICE_KIND = CHOICE_SENTENCE + SERVE_SITE_LINKS + 1,
    CHOICE_HOST_LATENCY,
};

static const struct {
    const char *text;
    unsigned length;
} sentences[] = {
#define SENTENCE(s)      \
    {                    \
        s, sizeof(s) - 1 \
    }
    SENTENCE("The harbour lay quiet in the first light, and the boats had not yet moved. "),
    SENTENCE("Nobody could say who had left the gate open, nor for how long. "),
    SENTENCE("A map of the valley, drawn in 1847, hangs above the counter. "),
    SENTENCE("It rained. "),
    SENTENCE(
        "Two roads leave the village: one climbs to the quarry, the other follows the river. "),
    SENTENCE("She counted the steps, as she always did, and stopped at two hundred and six. "),
    SENTENCE("In the reading room the clock was eleven minutes slow; visitors set their watches by "
             "it all the same. "),
    SENTENCE("Bread, salt, lamp oil, three yards of rope, and whatever news there is. "),
    SENTENCE("The second edition corrects most of the errors of the first and adds its own. "),
    SENTENCE("\"You will know it when you see it,\" he wrote, and enclosed a sketch. "),
    SENTENCE("From the tower one sees the sea on clear days, about forty in a year. "),
    SENTENCE("The orchard was planted before the house, and the wall before the orchard. "),
    SENTENCE("What the ledger does not mention is the cost of the bells. "),
    SENTENCE("Each spring the ferry is painted green; each autumn it is grey again. "),
    SENTENCE("They agreed on the price but not on the measure, so nothing was sold that day, and "
             "by evening both had forgotten what the quarrel was about. "),
    SENTENCE("Further notes are given at the end of the volume. "),
#undef SENTENCE
};
#define SENTENCES (sizeof sentences / sizeof *sentences)

/* The finaliser of splitmix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* What all choices of a page have in common. */
static uint64_t base_of(const struct serve_site *site, uint32_t page)
{
    return mix(site->seed + UINT64_C(0x9e3779b97f4a7c15)) + ((uint64_t)page << 32);
}

static uint64_t choose(const struct serve_site *site, uint32_t page, uint64_t what)
{
    return mix(base_of(site, page) + what);
}

/* 0 < u <= 1 */
static double unit_interval(uint64_t hash)
{
    return (double)((hash >> 11) + 1) * 0x1p-53;
}

unsigned serve_site_host(const struct serve_site *site, uint32_t page)
{
    return site->hosts > 1 ? page % site->hosts : 0;
}

static double draw(const struct serve_site_law *law, uint64_t hash, double most)
{
    double x = law->a;
    if (law->kind == SERVE_SITE_UNIFORM) {
        x += unit_interval(hash) * (law->b - law->a);
    } else if (law->kind == SERVE_SITE_LOGNORMAL) {
        double radius = sqrt(-2 * log(unit_interval(hash)));
        double angle = 2 * 3.14159265358979323846 * unit_interval(mix(hash));
        x *= exp(law->b * radius * cos(angle));
    }
    return x < most ? x : most;
}

/* A number in decimal. */
struct digits {
    unsigned count;
    char text[12];
};

static inline unsigned count_digits(uint32_t n)
{
    if (n < 10000)
        return n < 100 ? 1 + (n >= 10) : 3 + (n >= 1000);
    if (n < 1000000)
        return 5 + (n >= 100000);
    return n < 100000000 ? 7 + (n >= 10000000) : 9 + (n >= 1000000000);
}

static inline struct digits digits_of(uint32_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    struct digits d = {.count = count_digits(n)};
    unsigned at = d.count;
    for (; n >= 100; n /= 100)
        memcpy(d.text + (at -= 2), pairs + n % 100 * 2, 2);
    if (n >= 10)
        memcpy(d.text, pairs + n * 2, 2);
    else
        d.text[0] = (char)('0' + n);
    return d;
}

/* The first of them, and up to 12 bytes of no meaning: a copy of one size is no call. */
static inline char *put_digits(char *o, const struct digits *d, unsigned count)
{
    memcpy(o, d->text, sizeof d->text);
    return o + count;
}

static inline char *put_number(char *o, uint32_t n)
{
    struct digits d = digits_of(n);
    return put_digits(o, &d, d.count);
}

static inline char *put_bytes(char *o, const char *s, size_t n)
{
    memcpy(o, s, n);
    return o + n;
}
#define put(o, literal) put_bytes(o, literal, sizeof(literal) - 1)

/* In these, page is a page's number. */
static inline char *put_file(char *o, const struct digits *page)
{
    return put(put_digits(put(o, "p"), page, page->count), ".html");
}

static inline bool is_first(const struct digits *page)
{
    return page->text[0] == '0';
}

static inline char *put_path(char *o, const struct digits *page)
{
    if (is_first(page))
        return put(o, "/");
    o = put(o, "/d");
    /* The folder is all but the last two digits, of which a folder has a hundred files. */
    o = page->count > 2 ? put_digits(o, page, page->count - 2) : put(o, "0");
    return put_file(put(o, "/"), page);
}

static char *put_relative(char *o, uint32_t from, uint32_t to, const struct digits *page)
{
    if (to == 0)
        return put_path(o, page);
    if (from > 0 && from / PAGES_PER_FOLDER == to / PAGES_PER_FOLDER)
        return put_file(o, page);
    return put_path(put(o, ".."), page); /* which at the root is the root */
}

static char *put_url(char *o, const struct serve_site *site, uint32_t page)
{
    struct digits number = digits_of(page);
    o = site->secure ? put(o, "https") : put(o, "http");
    o = put_number(put(o, "://127.0.0."), 1 + serve_site_host(site, page));
    if (site->port != (site->secure ? 443 : 80))
        o = put_number(put(o, ":"), site->port);
    return put_path(o, &number);
}

size_t serve_site_url(const struct serve_site *site, uint32_t page, char out[SERVE_SITE_URL])
{
    char *end = put_url(out, site, page);
    *end = '\0';
    return (size_t)(end - out);
}

size_t serve_site_path(uint32_t page, char out[SERVE_SITE_PATH])
{
    struct digits number = digits_of(page);
    char *end = put_path(out, &number);
    *end = '\0';
    return (size_t)(end - out);
}

int64_t serve_site_find(const struct serve_site *site, unsigned host, const char *path, size_t n)
{
    uint64_t page = 0;
    const char *number = memchr(path, 'p', n);
    if (number) {
        const char *end = path + n;
        for (number++; number < end && *number >= '0' && *number <= '9' && page < site->pages;)
            page = page * 10 + (uint64_t)(*number++ - '0');
    }
    if (page >= site->pages || serve_site_host(site, (uint32_t)page) != host)
        return -1;
    char exact[SERVE_SITE_PATH];
    if (serve_site_path((uint32_t)page, exact) != n || memcmp(exact, path, n) != 0)
        return -1;
    return (int64_t)page;
}

/* Of a share like 0.1, of which thirty are not quite three, three. */
static uint32_t local_links(const struct serve_site *site)
{
    double exact = site->local * site->links - 1e-6;
    return exact > 0 ? (uint32_t)exact + 1 : 1;
}

static inline uint32_t local_link(const struct serve_site *site, uint32_t page, uint32_t k)
{
    return (page + 1 + k) % site->pages;
}

static inline uint32_t far_link(const struct serve_site *site, uint64_t base, uint32_t k)
{
    return (uint32_t)((mix(base + k) >> 32) * site->pages >> 32);
}

uint32_t serve_site_link(const struct serve_site *site, uint32_t page, uint32_t k)
{
    return k < local_links(site) ? local_link(site, page, k)
                                 : far_link(site, base_of(site, page), k);
}

int64_t serve_site_latency(const struct serve_site *site, uint32_t page)
{
    uint64_t hash = site->latency_of_hosts
                        ? choose(site, serve_site_host(site, page), CHOICE_HOST_LATENCY)
                        : choose(site, page, CHOICE_LATENCY);
    return (int64_t)(1e9 * draw(&site->latency, hash, SECONDS_MAX_DRAWN));
}

enum serve_site_kind serve_site_kind(const struct serve_site *site, uint32_t page)
{
    if (page == 0 || site->errors + site->redirects <= 0)
        return SERVE_SITE_PAGE;
    uint64_t hash = choose(site, page, CHOICE_KIND);
    double at = unit_interval(hash); /* which leaves the lowest bits alone */
    if (at <= site->errors)
        return hash & 1 ? SERVE_SITE_MISSING : SERVE_SITE_BROKEN;
    return at <= site->errors + site->redirects ? SERVE_SITE_REDIRECT : SERVE_SITE_PAGE;
}

static char *put_head(char *o, uint32_t page)
{
    o = put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Page ");
    o = put(put_number(o, page), "</title></head>\n<body>\n<h1>Page ");
    return put(put_number(o, page), "</h1>\n");
}

static const char tail[] = "</body>\n</html>\n";
static const char block_end[] = "</p>\n";

static bool is_left_out(const struct serve_site_page *p)
{
    double drop = p->site->drop;
    return drop > 0 && unit_interval(mix(mix(p->chance) + p->block)) <= drop;
}

static char *put_link(const struct serve_site_page *p, char *o, uint32_t to)
{
    const struct serve_site *site = p->site;
    struct digits number = digits_of(to);
    bool left_out = is_left_out(p);
    if (!left_out) {
        o = put(o, "<a href=\"");
        if (serve_site_host(site, p->index) != serve_site_host(site, to))
            o = put_url(o, site, to);
        else
            o = p->block % 3 == 1 ? put_relative(o, p->index, to, &number) : put_path(o, &number);
        o = put(o, "\">");
    }
    o = put_digits(put(o, "Page "), &number, number.count);
    return left_out ? put(o, " ") : put(o, "</a> ");
}

/* Opens a block, and works out how much text it holds. */
static char *put_block(struct serve_site_page *p, char *o)
{
    const struct serve_site *site = p->site;
    char *start = o;
    o = put(o, "<p>");
    if (p->block < site->links)
        o = put_link(p, o,
                     p->block < p->near ? local_link(site, p->index, p->block)
                                        : far_link(site, p->base, p->block));
    p->sentence = (unsigned)(mix(p->base + CHOICE_SENTENCE + p->block) % SENTENCES);
    p->at = 0;
    p->text = p->share - (size_t)(o - start) - (sizeof block_end - 1);
    if (++p->block == p->blocks)
        p->text += p->rest;
    return o;
}

static char *put_text(struct serve_site_page *p, char *o, size_t room)
{
    size_t n = p->text < room ? p->text : room;
    p->text -= n;
    while (n > 0) {
        size_t left = sentences[p->sentence].length - p->at;
        size_t take = n < left ? n : left;
        o = put_bytes(o, sentences[p->sentence].text + p->at, take);
        n -= take;
        p->at += (unsigned)take;
        if (take == left) {
            p->sentence = (p->sentence + 1) % SENTENCES;
            p->at = 0;
        }
    }
    return o;
}

void serve_site_page_init(struct serve_site_page *p, const struct serve_site *site, uint32_t index)
{
    char head[SERVE_SITE_ROOM];
    size_t frame = (size_t)(put_head(head, index) - head) + sizeof tail - 1;
    size_t block = sizeof "<p></p>\n" - 1;
    if (site->links > 0)
        block += sizeof "<a href=\"../d/p.html\">Page </a> " - 1 + 2 * count_digits(site->pages) +
                 count_digits(site->pages / PAGES_PER_FOLDER);
    if (site->links > 0 && site->hosts > 1)
        block += sizeof "https://127.0.0.254:65535" - 1;
    uint32_t blocks = site->links > 0 ? site->links : 1;
    size_t least = frame + blocks * block;
    size_t size = (size_t)draw(&site->size, choose(site, index, CHOICE_SIZE), SIZE_MAX_DRAWN);
    *p = (struct serve_site_page){.site = site, .index = index, .blocks = blocks};
    p->size = size > least ? size : least;
    p->base = base_of(site, index);
    p->near = local_links(site);
    p->share = (p->size - frame) / blocks;
    p->rest = (p->size - frame) % blocks;
}

size_t serve_site_page_read(struct serve_site_page *p, char *out, size_t room)
{
    char *o = out, *end = out + room;
    while (end - o >= SERVE_SITE_ROOM && p->part != PAGE_END) {
        switch (p->part) {
        case PAGE_HEAD:
            o = put_head(o, p->index);
            p->part = PAGE_BLOCK;
            break;
        case PAGE_BLOCK:
            o = put_block(p, o);
            p->part = PAGE_TEXT;
            break;
        case PAGE_TEXT:
            o = put_text(p, o, (size_t)(end - o) - (sizeof block_end - 1));
            if (p->text > 0)
                return (size_t)(o - out);
            o = put(o, block_end);
            p->part = p->block < p->blocks ? PAGE_BLOCK : PAGE_TAIL;
            break;
        case PAGE_TAIL:
            o = put(o, tail);
            p->part = PAGE_END;
            break;
        case PAGE_END:
            break;
        }
    }
    return (size_t)(o - out);
}

/* Reads digits with an optional fraction. Returns what follows, or NULL. */
static const char *parse_number(const char *s, double *out)
{
    double value = 0, place = 1;
    const char *start = s;
    for (; *s >= '0' && *s <= '9'; s++)
        value = value * 10 + (*s - '0');
    if (s == start)
        return NULL;
    if (*s == '.' && s[1] >= '0' && s[1] <= '9') /* not the first of ".." */
        while (*++s >= '0' && *s <= '9')
            value += (*s - '0') * (place /= 10);
    *out = value;
    return s;
}

static const char *parse_quantity(const char *s, enum serve_site_unit unit, double *out)
{
    static const struct {
        char name[3];
        enum serve_site_unit unit;
        double factor;
    } units[] = {
        {"K", SERVE_SITE_BYTES, 1 << 10}, {"M", SERVE_SITE_BYTES, 1 << 20},
        {"G", SERVE_SITE_BYTES, 1 << 30}, {"ms", SERVE_SITE_SECONDS, 1e-3},
        {"s", SERVE_SITE_SECONDS, 1},     {"m", SERVE_SITE_SECONDS, 60},
        {"h", SERVE_SITE_SECONDS, 3600},
    };
    s = parse_number(s, out);
    for (size_t i = 0; s && i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i].name);
        if (units[i].unit == unit && strncmp(s, units[i].name, n) == 0) {
            *out *= units[i].factor;
            return s + n;
        }
    }
    return s;
}

int serve_site_law(struct serve_site_law *out, const char *text, enum serve_site_unit unit)
{
    static const char uniform[] = "uniform:", lognormal[] = "lognormal:";
    struct serve_site_law law = {.kind = SERVE_SITE_VALUE};
    const char *s = text;
    if (strncmp(text, uniform, sizeof uniform - 1) == 0) {
        law.kind = SERVE_SITE_UNIFORM;
        s = parse_quantity(text + sizeof uniform - 1, unit, &law.a);
        if (!s || strncmp(s, "..", 2) != 0)
            return -EINVAL;
        s = parse_quantity(s + 2, unit, &law.b);
        if (law.b < law.a)
            return -EINVAL;
    } else if (strncmp(text, lognormal, sizeof lognormal - 1) == 0) {
        law.kind = SERVE_SITE_LOGNORMAL;
        s = parse_quantity(text + sizeof lognormal - 1, unit, &law.a);
        if (!s || *s != ',')
            return -EINVAL;
        s = parse_number(s + 1, &law.b);
    } else {
        s = parse_quantity(text, unit, &law.a);
    }
    if (!s || *s)
        return -EINVAL;
    *out = law;
    return 0;
}
