/* A template is read once, into parts: what stands between the names, with its escapes undone, and
 * the names. What curl's names stand for, and what it writes where that is not known, was looked up
 * in curl 7.88.1; but a scheme is written as in the URL, in small letters, as later ones do. */
#include "cmd/template.h"

#include "crawler/memory.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 60 /* bytes of a name that a message repeats */

enum what {
    WHAT_LITERAL,
    WHAT_FIELD,
    WHAT_SCHEME, /* of a field that is a URL */
    WHAT_JSON,
};

struct part {
    enum what what;
    enum field field;
    const char *text; /* of a literal: in template.literals; else what is written for nothing */
    size_t length;
};

struct template
{
    struct part *parts;
    size_t count;
    char *literals;
};

struct curl_name {
    const char *name, *otherwise;
    enum field field;
    enum what what;
};

static const struct curl_name curl_names[] = {
    {"content_type", "", FIELD_CONTENT_TYPE, WHAT_FIELD},
    {"errormsg", "", FIELD_MESSAGE, WHAT_FIELD},
    {"http_code", "000", FIELD_STATUS, WHAT_FIELD},
    {"http_version", "0", FIELD_HTTP, WHAT_FIELD},
    {"redirect_url", "", FIELD_REDIRECT, WHAT_FIELD},
    {"remote_ip", "", FIELD_IP, WHAT_FIELD},
    {"response_code", "000", FIELD_STATUS, WHAT_FIELD},
    {"scheme", "", FIELD_URL, WHAT_SCHEME},
    {"size_download", "0", FIELD_SIZE, WHAT_FIELD},
    {"time_appconnect", "0.000000", FIELD_TIME_TLS, WHAT_FIELD},
    {"time_connect", "0.000000", FIELD_TIME_CONNECT, WHAT_FIELD},
    {"time_namelookup", "0.000000", FIELD_TIME_DNS, WHAT_FIELD},
    {"time_starttransfer", "0.000000", FIELD_TIME_FIRST_BYTE, WHAT_FIELD},
    {"time_total", "0.000000", FIELD_TIME_TOTAL, WHAT_FIELD},
    {"url_effective", "", FIELD_URL, WHAT_FIELD},
};

static const char *const phrases[RECORD_TYPE_COUNT] = {
    [RECORD_URL] = "a URL",
    [RECORD_PAGE] = "a page",
    [RECORD_LINK] = "a link",
    [RECORD_REFUSED] = "a refused URL",
};

/* The same but for the case of letters, as with curl, and '_' for '.'. */
static bool same_name(const char *name, const char *typed, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (tolower((unsigned char)typed[i]) != name[i] && (name[i] != '.' || typed[i] != '_'))
            return false;
    return name[length] == '\0';
}

/* Appends to what is wrong, as far as there is room. */
__attribute__((format(printf, 2, 3))) static void complain(char *wrong, const char *format, ...)
{
    size_t length = strlen(wrong);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(wrong + length, TEMPLATE_WRONG - length, format, arguments);
    va_end(arguments);
}

static void complain_of_name(char *wrong, enum record_type type, const char *name, size_t length)
{
    const char *separator = "";

    complain(wrong, "%%{%.*s}: no such field; %s has ", length < SHOWN ? (int)length : SHOWN, name,
             phrases[type]);
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (!record_type_has(type, f))
            continue;
        complain(wrong, "%s%s", separator, record_field_name(f));
        separator = ", ";
    }
}

static bool find_name(struct part *p, enum record_type type, const char *name, size_t length)
{
    if (same_name("json", name, length)) {
        *p = (struct part){.what = WHAT_JSON};
        return true;
    }
    for (size_t i = 0; type == RECORD_PAGE && i < sizeof curl_names / sizeof *curl_names; i++) {
        const struct curl_name *c = &curl_names[i];
        if (same_name(c->name, name, length)) {
            *p = (struct part){c->what, c->field, c->otherwise, strlen(c->otherwise)};
            return true;
        }
    }
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (record_type_has(type, f) && same_name(record_field_name(f), name, length)) {
            *p = (struct part){.what = WHAT_FIELD, .field = f, .text = ""};
            return true;
        }
    }
    return false;
}

/* Undoes the escape at *at, if there is one, and steps over it. */
static char literal(const char **at)
{
    static const char letters[] = "nrt0\\", values[] = "\n\r\t\0\\";
    const char *c = *at, *letter = c[0] == '\\' && c[1] ? strchr(letters, c[1]) : NULL;

    *at += letter || (c[0] == '%' && c[1] == '%') ? 2 : 1;
    return letter ? values[letter - letters] : *c;
}

/* Reads the %{name} at *at and steps over it. */
static bool read_name(struct part *p, enum record_type type, const char **at, char *wrong)
{
    const char *name = *at + 2, *end = strchr(name, '}');

    if (!end) {
        complain(wrong, "%.*s: no } ends the name (%%%% is a percent sign)", SHOWN, *at);
        return false;
    }
    if (!find_name(p, type, name, (size_t)(end - name))) {
        complain_of_name(wrong, type, name, (size_t)(end - name));
        return false;
    }
    *at = end + 1;
    return true;
}

struct template *template_new(const char *text, enum record_type type,
                              char wrong[static TEMPLATE_WRONG])
{
    struct template *t = memory_new(sizeof *t);
    /* A part takes a byte of the text at least. */
    t->parts = memory_new((strlen(text) + 1) * sizeof *t->parts);
    char *end = t->literals = memory_new(strlen(text) + 1);

    wrong[0] = '\0';
    while (*text) {
        struct part *p = &t->parts[t->count++];
        if (text[0] == '%' && text[1] == '{') {
            if (read_name(p, type, &text, wrong))
                continue;
            template_free(t);
            return NULL;
        }
        *p = (struct part){.what = WHAT_LITERAL, .text = end};
        while (*text && !(text[0] == '%' && text[1] == '{'))
            *end++ = literal(&text);
        p->length = (size_t)(end - p->text);
    }
    return t;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    free(t->parts);
    free(t->literals);
    free(t);
}

bool template_ends_record(const struct template *t)
{
    const struct part *last = t->count > 0 ? &t->parts[t->count - 1] : NULL;

    if (!last || last->what != WHAT_LITERAL)
        return false;
    return last->text[last->length - 1] == '\n' || last->text[last->length - 1] == '\0';
}

static void add_part(struct text *out, const struct part *p, const struct record *r)
{
    const struct record_value *v = &r->values[p->field];

    if (p->what == WHAT_JSON) {
        record_add_json(out, r);
    } else if (p->what == WHAT_LITERAL || !v->known) {
        text_add(out, p->text, p->length);
    } else if (p->what == WHAT_SCHEME) {
        const char *colon = memchr(v->string, ':', v->length);
        text_add_plain(out, v->string, colon ? (size_t)(colon - v->string) : 0);
    } else {
        record_add_value(out, r, p->field);
    }
}

void template_add(struct text *out, const struct template *t, const struct record *r)
{
    for (size_t i = 0; i < t->count; i++)
        add_part(out, &t->parts[i], r);
}
