/* Parsers of header values. All of them go once from left to right, allocate nothing, and take
 * whatever a server sends: what does not parse is passed over up to the next comma. */
#include "parse/header.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_token(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is(struct span s, const char *word)
{
    return s.length == strlen(word) && strncasecmp(s.at, word, s.length) == 0;
}

static const char *skip_spaces(const char *p)
{
    while (is_space(*p))
        p++;
    return p;
}

static const char *skip_token(const char *p)
{
    while (is_token(*p))
        p++;
    return p;
}

/* Past the string whose opening quote p stands on; at the end where none closes it. */
static const char *skip_quoted(const char *p)
{
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1])
            p++;
    return *p ? p + 1 : p;
}

/* To the first of the characters in stop outside of quotes, or to the end. */
static const char *skip_to(const char *p, const char *stop)
{
    while (*p && !strchr(stop, *p))
        p = *p == '"' ? skip_quoted(p) : p + 1;
    return p;
}

/* Reads a parameter, p standing behind its semicolon, and goes on to the next semicolon or comma.
 * A quoted value is what stands between the quotes, escapes and all. */
static const char *parameter(const char *p, struct span *name, struct span *value)
{
    p = skip_spaces(p);
    name->at = p;
    p = skip_token(p);
    name->length = (size_t)(p - name->at);
    p = skip_spaces(p);
    *value = (struct span){p, 0};
    if (*p == '=') {
        value->at = p = skip_spaces(p + 1);
        if (*p == '"') {
            value->at++;
            p = skip_quoted(p);
            value->length = (size_t)(p - value->at) - (p > value->at && p[-1] == '"');
        } else {
            while (*p && *p != ';' && *p != ',' && !is_space(*p))
                p++;
            value->length = (size_t)(p - value->at);
        }
    }
    return skip_to(p, ";,");
}

/* Reads one MIME type and goes on to the comma behind it. An empty essence: there is none. */
static const char *media_type(const char *p, struct span *essence, struct span *charset)
{
    *charset = (struct span){NULL, 0};
    essence->at = p = skip_spaces(p);
    const char *slash = p = skip_token(p);
    if (*p == '/')
        p = skip_token(p + 1);
    bool valid = slash > essence->at && p > slash + 1;
    essence->length = valid ? (size_t)(p - essence->at) : 0;
    p = skip_spaces(p);
    if (*p && *p != ';' && *p != ',')
        essence->length = 0;
    p = skip_to(p, ";,");
    while (*p == ';') {
        struct span name, value;
        p = parameter(p + 1, &name, &value);
        if (!charset->at && value.length > 0 && is(name, "charset"))
            *charset = value;
    }
    return p;
}

void header_content_type(const char *value, char out[static 64], struct span *charset)
{
    out[0] = '\0';
    *charset = (struct span){NULL, 0};
    for (const char *p = value ? value : ""; *p; p += *p == ',') {
        struct span essence, its_charset;
        p = media_type(p, &essence, &its_charset);
        if (essence.length == 0 || essence.length > 63 || is(essence, "*/*"))
            continue;
        /* Of several values the last one counts; one that repeats the type keeps its charset. */
        if (its_charset.at || !is(essence, out))
            *charset = its_charset;
        for (size_t i = 0; i < essence.length; i++) {
            char c = essence.at[i];
            out[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        }
        out[essence.length] = '\0';
    }
}

bool header_link_next(const char **cursor, struct span *target, struct span *rel)
{
    const char *p = *cursor;
    for (;;) {
        while (is_space(*p) || *p == ',')
            p++;
        if (*p == '<' || *p == '\0')
            break;
        p = skip_to(p, ",");
    }
    const char *end = *p ? strchr(p, '>') : NULL;
    if (!end) {
        *cursor = p + strlen(p);
        return false;
    }
    *target = (struct span){p + 1, (size_t)(end - p - 1)};
    *rel = (struct span){NULL, 0};
    p = skip_to(end + 1, ";,");
    while (*p == ';') {
        struct span name, value;
        p = parameter(p + 1, &name, &value);
        if (!rel->at && is(name, "rel"))
            *rel = value;
    }
    *cursor = p;
    return true;
}

/* Past "url", spaces and "=", where they stand there as a whole; else NULL. */
static const char *skip_url_equals(const char *p, const char *end)
{
    if (end - p < 3 || strncasecmp(p, "url", 3) != 0)
        return NULL;
    for (p += 3; p < end && is_space(*p); p++)
        ;
    if (p == end || *p != '=')
        return NULL;
    for (p++; p < end && is_space(*p); p++)
        ;
    return p;
}

bool header_refresh(const char *value, size_t length, struct span *url)
{
    const char *p = value, *end = value + length;
    while (p < end && is_space(*p))
        p++;
    if (p == end || !(is_digit(*p) || *p == '.'))
        return false;
    while (p < end && (is_digit(*p) || *p == '.'))
        p++;
    if (p == end || !(is_space(*p) || *p == ';' || *p == ','))
        return false;
    while (p < end && is_space(*p))
        p++;
    if (p < end && (*p == ';' || *p == ','))
        p++;
    while (p < end && is_space(*p))
        p++;
    if (p == end)
        return false;

    /* Without a whole "url=" the rest is the URL; quotes count unless it begins like one. */
    const char *rest = skip_url_equals(p, end);
    bool quotes = rest || (*p | 0x20) != 'u';
    if (rest)
        p = rest;
    if (quotes && p < end && (*p == '"' || *p == '\'')) {
        const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
        p++;
        end = close ? close : end;
    }
    *url = (struct span){p, (size_t)(end - p)};
    return true;
}

static int month_of(const char *name)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++)
        if (strncasecmp(names + 3 * i, name, 3) == 0 && name[3] == '\0')
            return i;
    return -1;
}

int64_t header_date(const char *s, int64_t now)
{
    struct tm t = {0};
    char month[4] = "";
    int year;
    if (sscanf(s, "%*9[A-Za-z], %2d%*1[ -]%3[A-Za-z]%*1[ -]%4d %2d:%2d:%2d", &t.tm_mday, month,
               &year, &t.tm_hour, &t.tm_min, &t.tm_sec) != 6 &&
        sscanf(s, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", month, &t.tm_mday, &t.tm_hour,
               &t.tm_min, &t.tm_sec, &year) != 6)
        return -1;
    t.tm_mon = month_of(month);
    if (t.tm_mon < 0 || year < 0 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour < 0 ||
        t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 60)
        return -1;
    if (year < 100) {
        /* Two digits that seem more than 50 years ahead mean the past. */
        int64_t this_year = 1970 + now / 31556952;
        year += (int)(this_year / 100 * 100);
        if (year > this_year + 50)
            year -= 100;
    }
    t.tm_year = year - 1900;
    return timegm(&t);
}

int64_t header_retry_after(const char *value, int64_t now)
{
    const char *p = skip_spaces(value);
    if (!is_digit(*p)) {
        int64_t date = header_date(p, now);
        return date < 0 ? -1 : date < now ? 0 : date - now;
    }
    int64_t seconds = 0;
    for (; is_digit(*p); p++)
        seconds = seconds > INT32_MAX ? seconds : seconds * 10 + (*p - '0');
    return *skip_spaces(p) == '\0' ? seconds : -1;
}

static bool next_word(const char **at, const char *end, struct span *word)
{
    const char *p = *at;
    while (p < end && (is_space(*p) || *p == ','))
        p++;
    word->at = p;
    while (p < end && !is_space(*p) && *p != ',')
        p++;
    word->length = (size_t)(p - word->at);
    *at = p;
    return word->length > 0;
}

bool header_has_word(const char *list, size_t length, const char *word)
{
    struct span w;
    const char *end = list ? list + length : NULL;
    for (const char *p = list; next_word(&p, end, &w);)
        if (is(w, word))
            return true;
    return false;
}

/* Whether a name, with a version or without, is that of the agent, or of everyone. */
static bool is_for(struct span name, const char *agent)
{
    const char *slash = memchr(name.at, '/', name.length);
    if (slash)
        name.length = (size_t)(slash - name.at);
    return is(name, "*") || (agent && is(name, agent));
}

/* Whether it may stand before a colon for an agent. The hour of a date may not, nor a rule that has
 * a value. */
static bool is_agent_name(struct span s)
{
    static const char *const valued[] = {"unavailable_after", "max-snippet", "max-image-preview",
                                         "max-video-preview"};
    for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++)
        if (is(s, valued[i]))
            return false;
    size_t n = 0;
    while (n < s.length && (is_token(s.at[n]) || s.at[n] == '/'))
        n++;
    return n > 0 && n == s.length && !is_digit(*s.at);
}

static struct span trimmed(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    while (p < end && is_space(end[-1]))
        end--;
    return (struct span){p, (size_t)(end - p)};
}

/* What stands behind the names of agents; empty where it is a rule that has a value. *ours: whether
 * the last of them was for the agent. */
static struct span behind_names(const char *p, const char *end, const char *agent, bool *ours)
{
    const char *colon;
    for (; (colon = memchr(p, ':', (size_t)(end - p))); p = colon + 1) {
        struct span name = trimmed(p, colon);
        if (!is_agent_name(name))
            return (struct span){end, 0};
        *ours = is_for(name, agent);
    }
    return (struct span){p, (size_t)(end - p)};
}

void header_robots_tag(const char *value, const char *agent, bool *nofollow, bool *noindex)
{
    bool ours = true;
    for (const char *p = value, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, ",\n");
        struct span rule = behind_names(p, end, agent, &ours);
        bool none = ours && header_has_word(rule.at, rule.length, "none");
        *nofollow |= none || (ours && header_has_word(rule.at, rule.length, "nofollow"));
        *noindex |= none || (ours && header_has_word(rule.at, rule.length, "noindex"));
        ours = ours || *end == '\n';
    }
}

bool header_rel_followed(const char *rel, size_t length)
{
    static const char *const followed[] = {"alternate", "canonical", "next",   "prev",   "help",
                                           "license",   "author",    "search", "amphtml"};
    if (header_has_word(rel, length, "stylesheet"))
        return false;
    for (size_t i = 0; i < sizeof(followed) / sizeof(*followed); i++)
        if (header_has_word(rel, length, followed[i]))
            return true;
    return false;
}
