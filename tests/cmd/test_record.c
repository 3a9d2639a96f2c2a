/* cmd/record.c: one table of fields, three formats. */
#include "cmd/record.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "a, \"b\"\x1b\xff\xe2\x80\xae"

typedef void add_record(struct text *t, const struct record *r);

static void expect(add_record *f, const struct record *r, const char *want)
{
    struct text t = {0};
    f(&t, r);
    text_add_char(&t, '\0');
    cr_expect_str_eq(t.data, want, "%s, not %s", t.data, want);
    text_deinit(&t);
}

static void expect_header(enum record_type type, const char *want)
{
    struct text t = {0};
    record_add_csv_header(&t, type);
    text_add_char(&t, '\0');
    cr_expect_str_eq(t.data, want, "%s", t.data);
    text_deinit(&t);
}

/* A page with something of every kind. */
static void fill(struct record *r)
{
    record_begin(r, RECORD_PAGE);
    record_set_text(r, FIELD_URL, "http://h/");
    record_set_number(r, FIELD_STATUS, 200);
    record_set_number(r, FIELD_SIZE, 0);
    record_set_number(r, FIELD_TRUNCATED, 1);
    record_set_number(r, FIELD_EXTERNAL, 0);
    record_set_string(r, FIELD_TITLE, TITLE "cut", strlen(TITLE));
    record_set_text(r, FIELD_CANONICAL, NULL);
    record_set_text(r, FIELD_IP, "");
    record_set_number(r, FIELD_TIME_START, INT64_C(1763752676123456789));
    record_set_number(r, FIELD_TIME_TOTAL, 1500000);
}

Test(record, an_empty_one_has_a_version_and_a_type)
{
    static const char *const want[RECORD_TYPE_COUNT] = {
        "{\"v\":1,\"type\":\"url\"}", "{\"v\":1,\"type\":\"page\"}", "{\"v\":1,\"type\":\"link\"}",
        "{\"v\":1,\"type\":\"refused\"}"};
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct record r;
        memset(&r, 0xff, sizeof r);
        record_begin(&r, type);
        expect(record_add_json, &r, want[type]);
    }
}

Test(record, json_has_what_is_known_in_the_order_of_the_table)
{
    struct record r;
    fill(&r);
    expect(record_add_json, &r,
           "{\"v\":1,\"type\":\"page\",\"url\":\"http://h/\",\"status\":200,\"size\":0,"
           "\"truncated\":true,\"title\":\"a, \\\"b\\\"\\u001b\xef\xbf\xbd\\u202e\",\"ip\":\"\","
           "\"time\":{\"start\":1763752676.123456,\"total\":0.001500}}");
}

Test(record, the_order_in_which_fields_are_set_does_not_matter)
{
    struct record r;
    record_begin(&r, RECORD_URL);
    record_set_text(&r, FIELD_REFERRER, "http://r/");
    record_set_number(&r, FIELD_DEPTH, 1);
    record_set_text(&r, FIELD_URL, "http://u/");
    expect(record_add_json, &r,
           "{\"v\":1,\"type\":\"url\",\"url\":\"http://u/\",\"depth\":1,"
           "\"referrer\":\"http://r/\"}");
}

Test(record, a_field_can_be_set_again_or_unset)
{
    struct record r;
    record_begin(&r, RECORD_URL);
    record_set_text(&r, FIELD_URL, "http://a/");
    record_set_text(&r, FIELD_URL, "http://b/");
    record_set_number(&r, FIELD_EXTERNAL, 1);
    record_set_number(&r, FIELD_EXTERNAL, 0);
    record_set_text(&r, FIELD_REFERRER, "http://a/");
    record_set_text(&r, FIELD_REFERRER, NULL);
    expect(record_add_json, &r, "{\"v\":1,\"type\":\"url\",\"url\":\"http://b/\"}");
}

Test(record, has_no_fields_but_those_of_its_type)
{
    struct record r;
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++) {
        record_begin(&r, type);
        for (enum field f = 0; f < FIELD_COUNT; f++) {
            record_set_number(&r, f, 1);
            bool number = r.values[f].known;
            record_set_text(&r, f, "text");
            cr_expect_eq(number + r.values[f].known, record_type_has(type, f), "%s of %s",
                         record_field_name(f), record_type_name(type));
        }
    }
}

Test(record, every_field_is_had_by_a_type_and_has_a_name_of_its_own)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        bool had = false;
        for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++)
            had = had || record_type_has(type, f);
        cr_expect(had, "field %d", (int)f);
        for (enum field g = 0; g < f; g++)
            cr_expect_str_neq(record_field_name(g), record_field_name(f));
    }
}

Test(record, csv_quotes_only_where_it_must)
{
    static const struct {
        const char *title, *cell;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {" a b;c'd ", " a b;c'd "},
        {"a,b", "\"a,b\""},
        {"\"", "\"\"\"\""},
        {"a\"b\"\"c", "\"a\"\"b\"\"\"\"c\""},
        {"a\r\nb\0331", "a\xef\xbf\xbd\xef\xbf\xbd"
                        "b\xef\xbf\xbd"
                        "1"},
        {"a,\n\xff", "\"a,\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc3\xa9,", "\"\xc3\xa9,\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record r;
        char want[100];
        record_begin(&r, RECORD_REFUSED);
        record_set_text(&r, FIELD_MESSAGE, rows[i].title);
        sprintf(want, ",,,,%s", rows[i].cell);
        expect(record_add_csv, &r, want);
    }
}

Test(record, csv_has_a_column_for_each_field_of_the_type)
{
    struct record r;
    fill(&r);
    expect(record_add_csv, &r,
           "http://h/,200,,,,,,0,,,,,,,true,,\"a, \"\"b\"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
           ",,,,1763752676.123456,,,,,0.001500,");
    expect_header(RECORD_URL, "url,depth,referrer,external");
    expect_header(RECORD_PAGE,
                  "url,status,depth,referrer,redirect,content_type,charset,size,length,links,"
                  "new_links,attempts,error,message,truncated,external,title,canonical,"
                  "last_modified,ip,http,time_start,time_dns,time_connect,time_tls,"
                  "time_first_byte,time_total,time_parse");
    expect_header(RECORD_LINK, "from,to,status,depth,element,attribute,rel,line,verdict,error");
    expect_header(RECORD_REFUSED, "url,depth,referrer,verdict,message");
}

/* Unpacks what was packed, behind bytes that shift it, and compares. */
static void expect_unpacked(const struct record *r)
{
    for (size_t shift = 0; shift < 8; shift++) {
        struct text t = {0}, a = {0}, b = {0};
        struct record u;
        memset(&u, 0xff, sizeof u);
        text_add(&t, "........", shift);
        record_pack(&t, r);
        record_unpack(&u, t.data + shift);
        record_add_json(&a, r);
        record_add_json(&b, &u);
        cr_expect_eq(u.type, r->type);
        cr_expect_eq(a.length, b.length);
        cr_expect_eq(memcmp(a.data, b.data, a.length), 0);
        for (enum field f = 0; f < FIELD_COUNT; f++) {
            const struct record_value *v = &r->values[f], *w = &u.values[f];
            cr_expect_eq(w->known, v->known, "%s", record_field_name(f));
            if (!v->known)
                continue;
            cr_expect_eq(w->number, v->number, "%s", record_field_name(f));
            cr_assert_eq(w->length, v->length, "%s", record_field_name(f));
            cr_expect(!v->string || memcmp(w->string, v->string, v->length) == 0, "%s",
                      record_field_name(f));
        }
        text_deinit(&t);
        text_deinit(&a);
        text_deinit(&b);
    }
}

Test(record, what_is_packed_comes_back)
{
    struct record r;
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++) {
        record_begin(&r, type);
        expect_unpacked(&r);
    }
    fill(&r);
    expect_unpacked(&r);
}

Test(record, numbers_of_every_length_are_packed_exactly)
{
    struct record r;
    for (int shift = 0; shift < 64; shift++) {
        for (int64_t d = -1; d <= 1; d++) {
            int64_t n = (int64_t)((UINT64_C(1) << shift) + (uint64_t)d);
            record_begin(&r, RECORD_PAGE);
            record_set_number(&r, FIELD_SIZE, n);
            record_set_number(&r, FIELD_TIME_DNS, (int64_t) - (uint64_t)n);
            expect_unpacked(&r);
        }
    }
}

Test(record, strings_of_every_length_and_byte_are_packed_exactly)
{
    static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 16383, 16384, 70000};
    char *string = malloc(70000);
    for (size_t i = 0; i < 70000; i++)
        string[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct record r;
        record_begin(&r, RECORD_LINK);
        record_set_string(&r, FIELD_FROM, string, lengths[i]);
        record_set_string(&r, FIELD_ERROR, string, 300);
        expect_unpacked(&r);
    }
    free(string);
}

Test(record, a_packed_one_takes_few_bytes)
{
    struct record r;
    struct text t = {0};
    record_begin(&r, RECORD_LINK);
    record_set_text(&r, FIELD_FROM, "http://h/");
    record_set_text(&r, FIELD_TO, "http://h/a");
    record_set_number(&r, FIELD_DEPTH, 3);
    record_pack(&t, &r);
    cr_expect_eq(t.length, 9 + 10 + 8, "%zu", t.length);
    text_deinit(&t);
}
