/* --write-out: what is printed for a record, as the user wrote it down. */
#ifndef CMD_TEMPLATE_H
#define CMD_TEMPLATE_H

#include "cmd/record.h"

#define TEMPLATE_WRONG 512

struct template;

/* Reads a template for records of that type: %{name} is a field, by the name that records have for
 * it (%{status}, %{time.dns}, also %{time_dns}), or for pages by curl's, written as curl 7.88 does;
 * %{json} the whole record, %% a percent sign; \n \r \t \0 \\ are what they are in C. Anything else
 * stays as it is. Returns NULL, with what is wrong with it in wrong, for people. */
struct template *template_new(const char *text, enum record_type type,
                              char wrong[static TEMPLATE_WRONG]);
void template_free(struct template *t);

/* Whether what it writes ends in a line feed or NUL of its own. */
bool template_ends_record(const struct template *t);
void template_add(struct text *out, const struct template *t, const struct record *r);

#endif
