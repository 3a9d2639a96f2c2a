/* robots.txt.
 *
 * Rules are kept in one normal form of percent-encoding, and paths are brought to it: unreserved
 * characters and the two special ones, '*' and '$', as they are, what is outside of URLs encoded,
 * hexadecimal digits in upper case. In a rule's text a NUL stands for the wildcard, so that the
 * other '*' and '$' are always literal.
 *
 * Plain rules, those that are nothing but the beginning of a path, stand first, in the order of
 * their bytes: the last one that is not behind a path in that order, or one of the rules that this
 * one begins with, is the longest that matches. The others follow, those that win first. */
#include "parse/robots.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A longer Crawl-delay is one of this many seconds. */
#define DELAY_MAX 1e9

#define NONE UINT32_MAX

struct rule {
    uint64_t head, mask;   /* the first 8 bytes that a path must begin with, and which of them */
    uint64_t pairs;        /* the pairs of bytes that it must hold */
    uint32_t text, length; /* in robots.text */
    uint32_t weight;       /* how long it was: the heaviest that matches wins */
    uint32_t shorter;      /* of a plain one: the longest other that it begins with, or NONE */
    bool plain;
    bool at_end; /* it ended in '$': must match to the path's end */
    bool allow;
};

struct robots {
    struct rule *rules;
    size_t plain_count, wildcards;
    uint32_t *sitemaps; /* offsets into text */
    char *text;
    size_t rule_count, rule_capacity, sitemap_count, sitemap_capacity;
    size_t text_length, text_capacity;
    double delay;
};

struct slice {
    const char *at;
    size_t length;
};

/* What stands in the normal form as it is: unreserved and reserved characters of RFC 3986. */
static const char kept[256] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0!\0#$\0&'()*+,-./0123456789:;\0=\0?"
                              "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\0]\0_"
                              "\0abcdefghijklmnopqrstuvwxyz\0\0\0~";

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Without case, in ASCII whatever the locale. */
static bool equal(struct slice a, const char *b, size_t length)
{
    if (a.length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (a.at[i] != b[i] && !(is_letter(a.at[i]) && (a.at[i] ^ b[i]) == 0x20))
            return false;
    return true;
}

/* What of s is a product token (RFC 9309, section 2.2.1). */
static struct slice product_token(struct slice s)
{
    size_t n = 0;
    while (n < s.length && (is_letter(s.at[n]) || s.at[n] == '-' || s.at[n] == '_'))
        n++;
    return (struct slice){s.at, n};
}

static bool is_everyone(struct slice agent)
{
    return agent.length > 0 && agent.at[0] == '*' &&
           (agent.length == 1 || agent.at[1] == ' ' || agent.at[1] == '\t');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Brings in to the normal form; out has room for three times its length. A literal '*' of in
 * becomes star. */
static size_t normalise(char *out, struct slice in, char star)
{
    static const char digits[] = "0123456789ABCDEF";
    char *start = out;
    for (size_t i = 0; i < in.length; i++) {
        unsigned char c = (unsigned char)in.at[i];
        int high = -1, low = -1;
        if (c == '%' && in.length - i > 2) {
            high = hex_value(in.at[i + 1]);
            low = hex_value(in.at[i + 2]);
        }
        bool encode = !kept[c] && c != '%';
        if (high >= 0 && low >= 0) {
            c = (unsigned char)(high << 4 | low);
            encode = !is_letter((char)c) && !is_digit((char)c) && (!c || !strchr("-._~*$", c));
            i += 2;
        } else if (c == '*') {
            c = (unsigned char)star;
        }
        if (encode) {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        } else {
            *out++ = (char)c;
        }
    }
    return (size_t)(out - start);
}

/* items with room for one more of size bytes, or NULL. */
static void *grown(void *items, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return items;
    size_t n = need < *capacity * 2 ? *capacity * 2 : need;
    items = realloc(items, n * size);
    if (items)
        *capacity = n;
    return items;
}

static int append_text(struct robots *r, size_t room, uint32_t *offset)
{
    char *text = grown(r->text, &r->text_capacity, r->text_length + room, 1);
    if (!text)
        return -ENOMEM;
    r->text = text;
    *offset = (uint32_t)r->text_length;
    return 0;
}

static int add_sitemap(struct robots *r, struct slice value)
{
    uint32_t offset;
    uint32_t *items =
        grown(r->sitemaps, &r->sitemap_capacity, r->sitemap_count + 1, sizeof(*items));
    if (!items)
        return -ENOMEM;
    r->sitemaps = items;
    if (append_text(r, value.length + 1, &offset) < 0)
        return -ENOMEM;
    memcpy(r->text + offset, value.at, value.length);
    r->text[offset + value.length] = '\0';
    r->text_length += value.length + 1;
    r->sitemaps[r->sitemap_count++] = offset;
    return 0;
}

static uint64_t first_bytes(const char *s, size_t length)
{
    uint64_t head = 0;
    memcpy(&head, s, length < sizeof(head) ? length : sizeof(head));
    return head;
}

/* The pairs of neighbours, each hashed to a bit; none with a NUL. */
static uint64_t pairs_of(const char *s, size_t length)
{
    uint64_t pairs = 0;
    for (size_t i = 1; i < length; i++)
        if (s[i - 1] && s[i])
            pairs |= UINT64_C(1) << ((s[i - 1] * 7 + s[i]) & 63);
    return pairs;
}

/* Makes one of several wildcards in a row, and counts them. Returns the new length. */
static size_t join_wildcards(char *text, size_t length, size_t *count)
{
    size_t n = 0;
    *count = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' && n > 0 && text[n - 1] == '\0')
            continue;
        *count += text[i] == '\0';
        text[n++] = text[i];
    }
    return n;
}

static int add_rule(struct robots *r, struct slice pattern, bool allow)
{
    struct rule rule = {.allow = allow, .shorter = NONE};
    size_t wildcards;
    struct rule *rules = grown(r->rules, &r->rule_capacity, r->rule_count + 1, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    r->rules = rules;
    if (append_text(r, 3 * pattern.length, &rule.text) < 0)
        return -ENOMEM;
    if (pattern.at[pattern.length - 1] == '$') {
        pattern.length--;
        rule.at_end = true;
    }
    char *text = r->text + rule.text;
    rule.weight = (uint32_t)normalise(text, pattern, '\0');
    rule.length = (uint32_t)join_wildcards(text, rule.weight, &wildcards);
    rule.weight += rule.at_end;
    size_t literal = strnlen(text, rule.length);
    if (wildcards > ROBOTS_WILDCARDS_MAX - r->wildcards) {
        if (allow)
            return 0;
        rule.length = (uint32_t)literal;
        rule.at_end = false;
        wildcards = 0;
    }
    r->wildcards += wildcards;
    rule.plain = rule.weight == literal;
    rule.head = first_bytes(text, literal);
    rule.mask = first_bytes("\xff\xff\xff\xff\xff\xff\xff\xff", literal);
    rule.pairs = pairs_of(text, rule.length);
    r->text_length += rule.length;
    r->rules[r->rule_count++] = rule;
    return 0;
}

/* A decimal number, or 0. */
static double parse_delay(struct slice value)
{
    double n = 0, place = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] == '.' && place == 0)
            place = 1;
        else if (!is_digit(value.at[i]))
            return 0;
        else if (place == 0)
            n = n * 10 + (value.at[i] - '0');
        else
            n += (value.at[i] - '0') * (place /= 10);
    }
    return n < DELAY_MAX ? n : DELAY_MAX;
}

static struct slice trim(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (at < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct slice){at, (size_t)(end - at)};
}

/* The next "key: value" from *at on; others are passed over. False after the last. */
static bool next_line(const char **at, const char *end, struct slice *key, struct slice *value)
{
    while (*at < end) {
        const char *line = *at, *colon = NULL, *stop = NULL, *s = line;
        for (; s < end && *s != '\n' && *s != '\r'; s++) {
            if (*s == '#' && !stop)
                stop = s;
            if (*s == ':' && !stop && !colon)
                colon = s;
        }
        *at = s < end ? s + 1 : end;
        if (!colon)
            continue;
        *key = trim(line, colon);
        *value = trim(colon + 1, stop ? stop : s);
        return true;
    }
    return false;
}

#define IS(key, name) equal(key, name, sizeof(name) - 1)

/* Collects the rules of the groups for one agent, or, where agent is NULL, of those for "*", and
 * tells in *found whether there is such a group. The sitemaps come with the first. */
static int collect(struct robots *r, struct slice text, const struct slice *agent, bool *found)
{
    const char *at = text.at, *end = text.at + text.length;
    bool naming = false, ours = false; /* within User-agent lines; the group is one to collect */
    struct slice key, value;
    int error = 0;
    *found = false;
    while (error == 0 && next_line(&at, end, &key, &value)) {
        bool allow = IS(key, "allow");
        if (IS(key, "user-agent")) {
            struct slice token = product_token(value);
            ours = (ours && naming) ||
                   (agent ? token.length > 0 && equal(token, agent->at, agent->length)
                          : is_everyone(value));
            naming = true;
            *found = *found || ours;
        } else if (allow || IS(key, "disallow")) {
            naming = false;
            if (ours && value.length > 0)
                error = add_rule(r, value, allow);
        } else if (IS(key, "crawl-delay")) {
            double delay = ours ? parse_delay(value) : 0;
            r->delay = delay > r->delay ? delay : r->delay;
        } else if (agent && value.length > 0 && IS(key, "sitemap")) {
            error = add_sitemap(r, value);
        }
    }
    return error;
}

/* The order of bytes: of two, one of which the other begins with, that one comes first. */
static int compare_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* Plain ones by their text, of equal ones that which wins last; of others the one that wins first:
 * the heavier one, the one that allows. */
static int compare_rules(const void *a, const void *b, void *text)
{
    const struct rule *x = a, *y = b;
    const char *at = text;
    if (x->plain != y->plain)
        return y->plain - x->plain;
    if (!x->plain)
        return x->weight != y->weight ? (x->weight < y->weight) - (x->weight > y->weight)
                                      : y->allow - x->allow;
    int order = compare_text(at + x->text, x->length, at + y->text, y->length);
    return order ? order : x->allow - y->allow;
}

static bool begins_with(const struct robots *r, const struct rule *rule, const struct rule *shorter)
{
    return shorter->length <= rule->length &&
           memcmp(r->text + rule->text, r->text + shorter->text, shorter->length) == 0;
}

static void sort_rules(struct robots *r)
{
    if (r->rule_count == 0)
        return;
    qsort_r(r->rules, r->rule_count, sizeof(*r->rules), compare_rules, r->text);
    while (r->plain_count < r->rule_count && r->rules[r->plain_count].plain)
        r->plain_count++;
    for (size_t i = 1; i < r->plain_count; i++) {
        uint32_t j = (uint32_t)i - 1;
        while (j != NONE && !begins_with(r, &r->rules[i], &r->rules[j]))
            j = r->rules[j].shorter;
        r->rules[i].shorter = j;
    }
}

/* Without a byte order mark, and cut at the end of a line if it is too long. */
static struct slice readable(const char *text, size_t length)
{
    if (length > ROBOTS_MAX)
        for (length = ROBOTS_MAX; length > 0; length--)
            if (text[length - 1] == '\n' || text[length - 1] == '\r')
                break;
    size_t bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return (struct slice){text + bom, length - bom};
}

int robots_parse(struct robots **out, const char *text, size_t length, const char *agent)
{
    struct robots *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    struct slice all = readable(text, length);
    struct slice token = product_token((struct slice){agent, strlen(agent)});
    bool found;
    int error = collect(r, all, &token, &found);
    if (error == 0 && !found)
        error = collect(r, all, NULL, &found);
    if (error < 0) {
        robots_free(r);
        return error;
    }
    sort_rules(r);
    *out = r;
    return 0;
}

void robots_free(struct robots *r)
{
    if (!r)
        return;
    free(r->rules);
    free(r->sitemaps);
    free(r->text);
    free(r);
}

/* The literals between wildcards are looked for from left to right, each at its first place: if the
 * rule matches at all, it matches so. */
static bool matches(const struct robots *r, const struct rule *rule, struct slice path)
{
    const char *s = r->text + rule->text, *end = s + rule->length;
    const char *p = path.at, *path_end = path.at + path.length;
    size_t n = strnlen(s, rule->length);
    if (n > path.length || memcmp(p, s, n) != 0)
        return false;
    for (p += n, s += n; s < end; p += n, s += n) {
        s++;
        n = strnlen(s, (size_t)(end - s));
        if (s + n == end && rule->at_end)
            return n <= (size_t)(path_end - p) && memcmp(path_end - n, s, n) == 0;
        p = memmem(p, (size_t)(path_end - p), s, n);
        if (!p)
            return false;
    }
    return p == path_end || !rule->at_end;
}

static bool is_normal(struct slice path)
{
    for (size_t i = 0; i < path.length; i++)
        if (!kept[(unsigned char)path.at[i]])
            return false;
    return true;
}

/* The longest plain rule that the path begins with; NULL: none. */
static const struct rule *find_plain(const struct robots *r, struct slice path)
{
    size_t low = 0, high = r->plain_count, same = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct rule *rule = &r->rules[middle];
        if (compare_text(r->text + rule->text, rule->length, path.at, path.length) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0)
        return NULL;
    const struct rule *rule = &r->rules[low - 1];
    while (same < rule->length && same < path.length && r->text[rule->text + same] == path.at[same])
        same++;
    while (rule->length > same) {
        if (rule->shorter == NONE)
            return NULL;
        rule = &r->rules[rule->shorter];
    }
    return rule;
}

/* A look at head and pairs spares almost all rules that do not match their turn. */
static bool allowed(const struct robots *r, struct slice path)
{
    const struct rule *plain = find_plain(r, path);
    uint32_t weight = plain ? plain->weight : 0;
    uint64_t head = first_bytes(path.at, path.length), pairs = 0;
    if (r->plain_count < r->rule_count)
        pairs = pairs_of(path.at, path.length);
    for (size_t i = r->plain_count; i < r->rule_count; i++) {
        const struct rule *rule = &r->rules[i];
        bool unlike = ((head ^ rule->head) & rule->mask) | (rule->pairs & ~pairs);
        if (rule->weight < weight)
            break;
        if (!unlike && matches(r, rule, path))
            return rule->allow || (rule->weight == weight && plain->allow);
    }
    return !plain || plain->allow;
}

bool robots_allowed(const struct robots *r, const char *path, size_t length)
{
    struct slice raw = {path, length};
    if (r->rule_count == 0 || (length == 11 && memcmp(path, "/robots.txt", 11) == 0))
        return true;
    if (is_normal(raw))
        return allowed(r, raw);

    char small[1024], *buffer = small;
    if (length > sizeof(small) / 3 && !(buffer = malloc(3 * length)))
        return false;
    bool result = allowed(r, (struct slice){buffer, normalise(buffer, raw, '*')});
    if (buffer != small)
        free(buffer);
    return result;
}

double robots_crawl_delay(const struct robots *r)
{
    return r->delay;
}

const char *robots_sitemap(const struct robots *r, size_t i)
{
    return i < r->sitemap_count ? r->text + r->sitemaps[i] : NULL;
}
