/* Records: what is known of one URL, page or link, as named fields. The one table of fields, from
 * which JSON Lines, CSV and --write-out all come. Schema v1: cmd/records.schema.json. */
#ifndef CMD_RECORD_H
#define CMD_RECORD_H

#include "cmd/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_type {
    RECORD_URL,     /* was found */
    RECORD_PAGE,    /* was visited */
    RECORD_LINK,    /* from a page to a URL */
    RECORD_REFUSED, /* will not be visited */
    RECORD_TYPE_COUNT,
};

/* In the order of JSON and CSV. */
enum field {
    FIELD_URL,
    FIELD_FROM,
    FIELD_TO,
    FIELD_STATUS,
    FIELD_DEPTH,
    FIELD_REFERRER,
    FIELD_REDIRECT,
    FIELD_CONTENT_TYPE,
    FIELD_CHARSET,
    FIELD_SIZE,
    FIELD_LENGTH,
    FIELD_LINKS,
    FIELD_NEW_LINKS,
    FIELD_ATTEMPTS,
    FIELD_ELEMENT,
    FIELD_ATTRIBUTE,
    FIELD_REL,
    FIELD_LINE,
    FIELD_VERDICT,
    FIELD_ERROR,
    FIELD_MESSAGE,
    FIELD_TRUNCATED, /* a flag, as the next one */
    FIELD_EXTERNAL,
    FIELD_TITLE,
    FIELD_CANONICAL,
    FIELD_LAST_MODIFIED, /* the header, as it came */
    FIELD_IP,
    FIELD_HTTP,       /* the version, as curl writes it: 1, 1.1, 2, 3 */
    FIELD_TIME_START, /* ns since 1970; the others ns */
    FIELD_TIME_DNS,
    FIELD_TIME_CONNECT,
    FIELD_TIME_TLS,
    FIELD_TIME_FIRST_BYTE,
    FIELD_TIME_TOTAL,
    FIELD_TIME_PARSE,
    FIELD_COUNT,
};

struct record_value {
    bool known;         /* else the field is absent */
    const char *string; /* of a text field: not NUL-terminated, borrowed */
    size_t length;
    int64_t number; /* of a number or a time; of a flag: not 0 */
};

struct record {
    enum record_type type;
    struct record_value values[FIELD_COUNT];
};

/* Empties it. */
void record_begin(struct record *r, enum record_type type);

/* Sets a field. It is unknown after a NULL string or a false flag, and stays so where the record's
 * type may not have it, or as something else. */
void record_set_string(struct record *r, enum field f, const char *string, size_t length);
void record_set_text(struct record *r, enum field f, const char *string); /* NUL-terminated */
void record_set_number(struct record *r, enum field f, int64_t n);

/* The type's word, and a field's name: "time.dns" is dns in the object time. */
const char *record_type_name(enum record_type type);
const char *record_field_name(enum field f);

/* Whether records of that type may have the field. */
bool record_type_has(enum record_type type, enum field f);

/* A field's value as people and CSV read it: without quotes, seconds for a time, "true" for a flag,
 * nothing where it is unknown. */
void record_add_value(struct text *t, const struct record *r, enum field f);

/* One JSON object, without an end of line. */
void record_add_json(struct text *t, const struct record *r);

/* One row of RFC 4180 without its end: a column for each field that the type may have; the header
 * names them, with '_' for '.'. */
void record_add_csv(struct text *t, const struct record *r);
void record_add_csv_header(struct text *t, enum record_type type);

/* A record in a few bytes that can be read back: see sorted.h. record_unpack borrows the bytes. */
void record_pack(struct text *t, const struct record *r);
void record_unpack(struct record *r, const char *packed);

#endif
