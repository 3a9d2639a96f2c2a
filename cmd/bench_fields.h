/* What is known of a level, or of one of its runs, as named figures: the one table from which JSON
 * and CSV come. Schema: cmd/bench.schema.json. */
#ifndef CMD_BENCH_FIELDS_H
#define CMD_BENCH_FIELDS_H

#include "cmd/bench_result.h"
#include "cmd/text.h"

struct bench_field {
    const char *group; /* the object that it is a member of; NULL: of the level's own */
    const char *name;
    enum bench_field_kind {
        BENCH_COUNT,    /* uint64_t */
        BENCH_REAL,     /* double; not known where it is negative, */
        BENCH_POSITIVE, /* or 0 too */
        BENCH_FLAG,     /* bool; not known where it is false */
        BENCH_TIME,     /* double, of a struct bench_times at the offset `times` */
    } kind;
    bool of_level; /* of a struct bench_level alone; else of any struct bench_figures */
    size_t offset, times;
};

/* In the order of JSON and CSV; members of a group follow each other. The last one's name is
 * NULL. */
extern const struct bench_field bench_fields[];

/* Adds the figure as JSON and CSV write it. level: NULL, of a run. False, with nothing added: it is
 * not known. */
bool bench_field_add(struct text *out, const struct bench_field *f, const struct bench_level *level,
                     const struct bench_figures *figures);

/* Six digits, or all before the point; n is finite. An exponent from 10^15 on. */
void bench_add_number(struct text *out, double n);

/* What went wrong, by kind: no answer, by enum fetch_error, then "4xx" and "5xx". */
#define BENCH_ERRORS (FETCH_ERROR_COUNT + 1)
const char *bench_error_name(unsigned kind);
uint64_t bench_error_count(const struct bench_figures *f, unsigned kind);

#endif
