/* The table of fields is the only place that says which there are; what walks over a record walks
 * over the table. A field that the record's type may not have is never known. */
#include "cmd/record.h"

#include <string.h>

enum kind {
    KIND_STRING,
    KIND_NUMBER,
    KIND_FLAG, /* known: true */
    KIND_TIME, /* in JSON, a member of the object time */
};

#define U (1u << RECORD_URL)
#define P (1u << RECORD_PAGE)
#define L (1u << RECORD_LINK)
#define R (1u << RECORD_REFUSED)
#define MEMBER(name) .member = ",\"" name "\":", .member_length = sizeof name + 3
#define ROW(n, k, t)                                \
    {                                               \
        .name = n, MEMBER(n), .kind = k, .types = t \
    }
#define TIME(n)                                                     \
    {                                                               \
        .name = "time." n, MEMBER(n), .kind = KIND_TIME, .types = P \
    }

static const struct {
    const char *name, *member; /* as JSON writes it, after another one */
    size_t member_length;
    enum kind kind;
    unsigned types;
} table[FIELD_COUNT] = {
    [FIELD_URL] = ROW("url", KIND_STRING, U | P | R),
    [FIELD_FROM] = ROW("from", KIND_STRING, L),
    [FIELD_TO] = ROW("to", KIND_STRING, L),
    [FIELD_STATUS] = ROW("status", KIND_NUMBER, P | L),
    [FIELD_DEPTH] = ROW("depth", KIND_NUMBER, U | P | L | R),
    [FIELD_REFERRER] = ROW("referrer", KIND_STRING, U | P | R),
    [FIELD_REDIRECT] = ROW("redirect", KIND_STRING, P),
    [FIELD_CONTENT_TYPE] = ROW("content_type", KIND_STRING, P),
    [FIELD_CHARSET] = ROW("charset", KIND_STRING, P),
    [FIELD_SIZE] = ROW("size", KIND_NUMBER, P),
    [FIELD_LENGTH] = ROW("length", KIND_NUMBER, P),
    [FIELD_LINKS] = ROW("links", KIND_NUMBER, P),
    [FIELD_NEW_LINKS] = ROW("new_links", KIND_NUMBER, P),
    [FIELD_ATTEMPTS] = ROW("attempts", KIND_NUMBER, P),
    [FIELD_ELEMENT] = ROW("element", KIND_STRING, L),
    [FIELD_ATTRIBUTE] = ROW("attribute", KIND_STRING, L),
    [FIELD_REL] = ROW("rel", KIND_STRING, L),
    [FIELD_LINE] = ROW("line", KIND_NUMBER, L),
    [FIELD_VERDICT] = ROW("verdict", KIND_STRING, L | R),
    [FIELD_ERROR] = ROW("error", KIND_STRING, P | L),
    [FIELD_MESSAGE] = ROW("message", KIND_STRING, P | R),
    [FIELD_TRUNCATED] = ROW("truncated", KIND_FLAG, P),
    [FIELD_EXTERNAL] = ROW("external", KIND_FLAG, U | P),
    [FIELD_TITLE] = ROW("title", KIND_STRING, P),
    [FIELD_CANONICAL] = ROW("canonical", KIND_STRING, P),
    [FIELD_LAST_MODIFIED] = ROW("last_modified", KIND_STRING, P),
    [FIELD_IP] = ROW("ip", KIND_STRING, P),
    [FIELD_HTTP] = ROW("http", KIND_STRING, P),
    [FIELD_TIME_START] = TIME("start"),
    [FIELD_TIME_DNS] = TIME("dns"),
    [FIELD_TIME_CONNECT] = TIME("connect"),
    [FIELD_TIME_TLS] = TIME("tls"),
    [FIELD_TIME_FIRST_BYTE] = TIME("first_byte"),
    [FIELD_TIME_TOTAL] = TIME("total"),
    [FIELD_TIME_PARSE] = TIME("parse"),
};

static const char *const type_names[RECORD_TYPE_COUNT] = {
    [RECORD_URL] = "url",
    [RECORD_PAGE] = "page",
    [RECORD_LINK] = "link",
    [RECORD_REFUSED] = "refused",
};

const char *record_type_name(enum record_type type)
{
    return type_names[type];
}

const char *record_field_name(enum field f)
{
    return table[f].name;
}

bool record_type_has(enum record_type type, enum field f)
{
    return table[f].types >> type & 1;
}

void record_begin(struct record *r, enum record_type type)
{
    *r = (struct record){.type = type};
}

void record_set_string(struct record *r, enum field f, const char *string, size_t length)
{
    struct record_value v = {.known = true, .string = string, .length = length};
    bool fits = record_type_has(r->type, f) && table[f].kind == KIND_STRING;

    r->values[f] = fits && string ? v : (struct record_value){0};
}

void record_set_text(struct record *r, enum field f, const char *string)
{
    record_set_string(r, f, string, string ? strlen(string) : 0);
}

void record_set_number(struct record *r, enum field f, int64_t n)
{
    struct record_value v = {.known = true, .number = n};
    bool fits = record_type_has(r->type, f) && table[f].kind != KIND_STRING;

    r->values[f] = fits && (n != 0 || table[f].kind != KIND_FLAG) ? v : (struct record_value){0};
}

/* --- JSON --- */

void record_add_json(struct text *t, const struct record *r)
{
    bool times = false;

    text_add_string(t, "{\"v\":1,\"type\":\"");
    text_add_string(t, type_names[r->type]);
    text_add_char(t, '"');
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        const struct record_value *v = &r->values[f];
        if (!v->known)
            continue;
        bool opens = table[f].kind == KIND_TIME && !times;
        if (opens)
            text_add_string(t, ",\"time\":{");
        times = times || opens;
        text_add(t, table[f].member + opens, table[f].member_length - opens);
        if (table[f].kind == KIND_STRING)
            text_add_json(t, v->string, v->length);
        else
            record_add_value(t, r, f);
    }
    text_add_string(t, times ? "}}" : "}");
}

void record_add_value(struct text *t, const struct record *r, enum field f)
{
    const struct record_value *v = &r->values[f];

    if (!v->known)
        return;
    switch (table[f].kind) {
    case KIND_STRING:
        text_add_plain(t, v->string, v->length);
        break;
    case KIND_NUMBER:
        text_add_number(t, v->number);
        break;
    case KIND_FLAG:
        text_add_string(t, "true");
        break;
    case KIND_TIME:
        text_add_seconds(t, v->number);
        break;
    }
}

/* --- CSV --- */

/* Quoted, with the quotes in it doubled. */
static void add_quoted(struct text *t, const char *string, size_t length)
{
    const char *end = string + length, *quote;

    text_add_char(t, '"');
    for (; (quote = memchr(string, '"', (size_t)(end - string))); string = quote + 1) {
        text_add_plain(t, string, (size_t)(quote - string));
        text_add_string(t, "\"\"");
    }
    text_add_plain(t, string, (size_t)(end - string));
    text_add_char(t, '"');
}

static bool needs_quotes(const struct record_value *v)
{
    return v->string && (memchr(v->string, ',', v->length) || memchr(v->string, '"', v->length));
}

void record_add_csv(struct text *t, const struct record *r)
{
    bool first = true;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        const struct record_value *v = &r->values[f];
        if (!record_type_has(r->type, f))
            continue;
        if (!first)
            text_add_char(t, ',');
        first = false;
        if (needs_quotes(v))
            add_quoted(t, v->string, v->length);
        else
            record_add_value(t, r, f);
    }
}

void record_add_csv_header(struct text *t, enum record_type type)
{
    bool first = true;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (!record_type_has(type, f))
            continue;
        if (!first)
            text_add_char(t, ',');
        first = false;
        for (const char *c = table[f].name; *c; c++)
            text_add_char(t, *c == '.' ? '_' : *c);
    }
}

/* --- packed: the type, then each known field's number + 1 and value, then 0 --- */

/* Seven bits a byte, the lowest first; all but the last have the eighth. */
static void pack_number(struct text *t, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        text_add_char(t, (char)(n | 0x80));
    text_add_char(t, (char)n);
}

static uint64_t unpack_number(const unsigned char **packed)
{
    uint64_t n = 0;
    unsigned shift = 0;

    for (; **packed & 0x80; shift += 7)
        n |= (uint64_t)(*(*packed)++ & 0x7f) << shift;
    return n | (uint64_t) * (*packed)++ << shift;
}

/* Numbers near 0 become small ones: 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
static uint64_t fold(int64_t n)
{
    return n < 0 ? ~((uint64_t)n << 1) : (uint64_t)n << 1;
}

static int64_t unfold(uint64_t n)
{
    return (int64_t)(n & 1 ? ~(n >> 1) : n >> 1);
}

void record_pack(struct text *t, const struct record *r)
{
    text_add_char(t, (char)r->type);
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        const struct record_value *v = &r->values[f];
        if (!v->known)
            continue;
        text_add_char(t, (char)(f + 1));
        if (table[f].kind == KIND_STRING) {
            pack_number(t, v->length);
            text_add(t, v->string, v->length);
        } else {
            pack_number(t, fold(v->number));
        }
    }
    text_add_char(t, 0);
}

void record_unpack(struct record *r, const char *packed)
{
    const unsigned char *at = (const unsigned char *)packed;

    record_begin(r, *at++);
    for (unsigned n; (n = *at++) != 0;) {
        enum field f = n - 1;
        uint64_t value = unpack_number(&at);
        if (table[f].kind == KIND_STRING) {
            record_set_string(r, f, (const char *)at, value);
            at += value;
        } else {
            record_set_number(r, f, unfold(value));
        }
    }
}
