/* What tests/cmd/schema.py compares with the schema of records: a line "page<TAB>time.dns" for each
 * field that a type has, an empty line, and records in JSON: with all fields, with every word that
 * stands for a verdict or an error, with hostile strings, and bare ones. */
#include "cmd/record.h"
#include "crawler/fetch.h"
#include "crawler/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const struct record *r)
{
    struct text t = {0};
    record_add_json(&t, r);
    text_add_char(&t, '\n');
    fwrite(t.data, 1, t.length, stdout);
    text_deinit(&t);
}

/* The two fields whose words are the program's own. */
static void set_words(struct record *r, enum verdict v, enum fetch_error e)
{
    record_set_text(r, FIELD_VERDICT, verdict_name(v));
    record_set_text(r, FIELD_ERROR, fetch_error_name(e));
}

static void set_all(struct record *r, const char *string, size_t length, int64_t number)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        record_set_string(r, f, string, length);
        if (!r->values[f].known)
            record_set_number(r, f, number);
    }
    set_words(r, VERDICT_TRAP, FETCH_DNS);
}

/* What a record is never without. */
static void set_url(struct record *r)
{
    record_set_text(r, FIELD_URL, "http://h/");
    record_set_text(r, FIELD_FROM, "http://h/");
    record_set_text(r, FIELD_TO, "http://h/a");
}

static void print_words(enum record_type type)
{
    struct record r;
    record_begin(&r, type);
    set_url(&r);
    for (enum verdict v = type == RECORD_REFUSED ? VERDICT_SCOPE : 0; v < VERDICT_COUNT; v++) {
        set_words(&r, v, FETCH_DNS);
        print(&r);
    }
    for (enum fetch_error e = FETCH_OK + 1; e < FETCH_ERROR_COUNT; e++) {
        set_words(&r, VERDICT_SCOPE, e);
        print(&r);
    }
}

static void print_hostile(enum record_type type)
{
    static const char alphabet[] =
        "a\",:{}[]\\/u0\n\r\t\b\x1b\x7f\x80\xc2\x9b\xe2\x80\xa8\xae\xed\xa0"
        "\xf0\x9f\x95\xb7\xf4\x90\xff\0";
    struct record r;
    char string[64];
    record_begin(&r, type);
    for (int i = 0; i < 200; i++) {
        size_t length = (size_t)rand() % sizeof string;
        for (size_t k = 0; k < length; k++)
            string[k] = alphabet[(size_t)rand() % sizeof alphabet];
        set_all(&r, string, length, 1 + i);
        print(&r);
    }
}

int main(void)
{
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++)
        for (enum field f = 0; f < FIELD_COUNT; f++)
            if (record_type_has(type, f))
                printf("%s\t%s\n", record_type_name(type), record_field_name(f));
    putchar('\n');
    for (enum record_type type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct record r;
        record_begin(&r, type);
        set_url(&r);
        print(&r);
        set_all(&r, "text", 4, 200);
        print(&r);
        set_all(&r, "", 0, 1);
        print(&r);
        print_words(type);
        print_hostile(type);
    }
    return 0;
}
