#include "cmd/options.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void texts_deinit(struct texts *t)
{
    free(t->items);
    *t = (struct texts){0};
}

void texts_add(struct texts *t, const char *text)
{
    t->items = memory_resize(t->items, (t->count + 1) * sizeof *t->items);
    t->items[t->count++] = text;
}

bool texts_for_parts(const struct texts *lists, bool (*add)(void *arg, const char *part, size_t n),
                     void *arg)
{
    for (size_t i = 0; i < lists->count; i++) {
        const char *part = lists->items[i];
        for (bool more = true; more;) {
            size_t n = strcspn(part, ",");
            more = part[n] == ',';
            if (!add(arg, part, n))
                return false;
            part += n + 1;
        }
    }
    return true;
}

bool parse_count(const char *text, uint64_t least, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *out >= least;
}

/* A decimal number and what follows it. */
static bool parse_number(const char *text, double *out, char **unit)
{
    if ((*text < '0' || *text > '9') && *text != '.')
        return false;
    *out = strtod(text, unit);
    return *unit != text && isfinite(*out) && strpbrk(text, "xXpP") == NULL;
}

bool parse_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMG";
    double number;
    char *unit;

    if (!parse_number(text, &number, &unit))
        return false;
    const char *u = *unit ? strchr(units, *unit & ~0x20) : NULL;
    if (*unit && (!u || unit[1]))
        return false;
    number *= u ? (double)(UINT64_C(1) << (10 * (u - units + 1))) : 1;
    *out = (uint64_t)number;
    return number < 1e18;
}

bool parse_time(const char *text, int64_t *out)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
    double number;
    char *unit;

    if (!parse_number(text, &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            *out = (int64_t)(number * units[i].seconds * 1e9);
            return number * units[i].seconds < 1e9;
        }
    }
    return false;
}

bool parse_share(const char *text, double *out)
{
    char *unit;

    if (!parse_number(text, out, &unit))
        return false;
    bool percent = strcmp(unit, "%") == 0;
    *out /= percent ? 100 : 1;
    return (percent || !*unit) && *out <= 1;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    for (const char *c = choices; c; c = strchr(c, '|'), c += c != NULL)
        if (strncmp(c, text, length) == 0 && (c[length] == '|' || !c[length]))
            return true;
    return false;
}

static int complain(const struct command *c, const char *shown, const char *text,
                    const char *expected)
{
    message("%s: %s %s: expected %s", c->name, shown, *text ? text : "\"\"", expected);
    return 2;
}

static int store_number(const struct command *c, const struct option *o, void *field,
                        const char *shown, const char *text)
{
    char expected[64];

    switch (o->type) {
    case OPTION_DEPTH:
        if (strcmp(text, "inf") == 0)
            *(uint64_t *)field = UINT64_MAX;
        else if (!parse_count(text, 0, field))
            return complain(c, shown, text, "a whole number, or inf");
        return -1;
    case OPTION_SIZE:
        return parse_size(text, field) ? -1 : complain(c, shown, text, "a size: 64K, 16M, 1G");
    case OPTION_TIME:
        return parse_time(text, field) ? -1
                                       : complain(c, shown, text, "a time: 500ms, 30s, 5m, 1h");
    default:
        if (parse_count(text, (uint64_t)o->value, field) &&
            (!o->most || *(uint64_t *)field <= o->most))
            return -1;
        if (o->most)
            snprintf(expected, sizeof expected, "a whole number from %ld to %" PRIu64, o->value,
                     o->most);
        else
            snprintf(expected, sizeof expected, "a whole number from %ld on", o->value);
        return complain(c, shown, text, expected);
    }
}

/* shown: the option as it was typed. */
static int store(const struct command *c, const struct option *o, void *fields, const char *shown,
                 const char *text)
{
    void *field = (char *)fields + o->offset;

    switch (o->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return -1;
    case OPTION_UNSET:
        *(bool *)field = false;
        return -1;
    case OPTION_SET:
        *(long *)field = o->value;
        return -1;
    case OPTION_TEXT:
        *(const char **)field = text;
        return -1;
    case OPTION_LIST:
        texts_add(field, text);
        return -1;
    case OPTION_CHOICE:
        if (!is_choice(o->choices, text))
            return complain(c, shown, text, o->choices);
        *(const char **)field = text;
        return -1;
    case OPTION_WRONG:
        message("%s: %s means nothing here: %s", c->name, shown, o->help);
        return 2;
    default:
        return store_number(c, o, field, shown, text);
    }
}

bool option_is_listed(const struct option *o)
{
    return o->help && o->type != OPTION_WRONG && o->type != OPTION_GROUP;
}

void options_groups(const struct command *c, char out[OPTIONS_GROUPS_SIZE])
{
    size_t n = 0;

    for (const struct option *o = c->options; o->name; o++)
        if (o->type == OPTION_GROUP)
            n += (size_t)snprintf(out + n, OPTIONS_GROUPS_SIZE - n, "%s|", o->name);
    strcpy(out + n, n ? "all" : "");
}

#define HELP_COLUMN 31
#define HELP_WIDTH (80 - HELP_COLUMN)

/* The help goes on below itself where a line would get too long. */
static void print_row(const char *left, const char *help)
{
    for (printf("  %-*s", HELP_COLUMN - 2, left);; printf("%*s", HELP_COLUMN, "")) {
        int n = (int)strlen(help), end = n > HELP_WIDTH ? HELP_WIDTH : n;
        while (end > 0 && end < n && help[end] != ' ')
            end--;
        if (end == 0)
            end = n;
        printf("%.*s\n", end, help);
        if (end == n)
            break;
        help += end + 1;
    }
}

static void print_option(const struct option *o)
{
    char left[64];

    snprintf(left, sizeof left, "%c%c%s --%s %s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
             o->argument ? o->argument : "");
    print_row(left, o->help);
}

/* wanted: a group, or all; NULL: the usual options. Returns the exit status. */
static int print_help(const struct command *c, const char *wanted)
{
    char groups[OPTIONS_GROUPS_SIZE];
    bool all = wanted && strcmp(wanted, "all") == 0, chosen = all;

    options_groups(c, groups);
    if (wanted && *groups && !is_choice(groups, wanted))
        return complain(c, "--help", wanted, groups);
    if (!wanted || !*groups || all)
        fputs(c->usage, stdout);
    for (const struct option *o = c->options; o->name; o++) {
        if (o->type == OPTION_GROUP && wanted) {
            chosen = all || strcmp(o->name, wanted) == 0;
            if (chosen)
                printf("%s%s (%s)\n", all && o != c->options ? "\n" : "", o->help, o->name);
        }
        if (option_is_listed(o) && (chosen || !*groups || (!wanted && !o->more)))
            print_option(o);
    }
    if (!*groups)
        print_row("-h, --help", "this");
    else if (!wanted)
        print_row("-h, --help GROUP", groups);
    if (fflush(stdout) == 0 || errno == EPIPE)
        return 0;
    message("%s: standard output: %s", c->name, strerror(errno));
    return 3;
}

static bool is_name(const char *name, const char *text, size_t length)
{
    return strncmp(name, text, length) == 0 && !name[length];
}

static const struct option *find_long(const struct command *c, const char *name, size_t length)
{
    for (const struct option *o = c->options; o->name; o++)
        if (o->type != OPTION_GROUP &&
            (is_name(o->name, name, length) || (o->alias && is_name(o->alias, name, length))))
            return o;
    return NULL;
}

/* argv: at the option; *argv is moved on if its value is the next one. */
static int parse_long(const struct command *c, char ***argv, void *fields)
{
    const char *shown = **argv, *name = shown + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *o = find_long(c, name, length);
    const char *text = equals ? equals + 1 : NULL;
    char plain[64];

    snprintf(plain, sizeof plain, "--%.*s", (int)(length < 60 ? length : 60), name);
    if (!o) {
        message("%s: unknown option %s (see %s --help)", c->name, plain, c->name);
        return 2;
    }
    if (!o->argument && text) {
        message("%s: %s takes no value", c->name, plain);
        return 2;
    }
    if (o->argument && !text && !(text = *++*argv)) {
        message("%s: %s needs a value: %s", c->name, plain, o->argument);
        return 2;
    }
    return store(c, o, fields, plain, text);
}

static const struct option *find_letter(const struct command *c, char letter)
{
    for (const struct option *o = c->options; o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static int parse_letters(const struct command *c, char ***argv, void *fields)
{
    const struct option *whole = find_long(c, **argv + 1, strlen(**argv + 1));

    if (whole && whole->type == OPTION_WRONG)
        return store(c, whole, fields, **argv, NULL);
    for (const char *at = **argv + 1; *at; at++) {
        const struct option *o = find_letter(c, *at);
        char shown[3] = {'-', *at, '\0'};
        if (!o) {
            message("%s: unknown option %s (see %s --help)", c->name,
                    (unsigned char)*at > ' ' && (unsigned char)*at < 127 ? shown : "letter",
                    c->name);
            return 2;
        }
        if (!o->argument) {
            int status = store(c, o, fields, shown, NULL);
            if (status >= 0)
                return status;
            continue;
        }
        const char *text = at[1] ? at + 1 : *++*argv;
        if (!text) {
            message("%s: %s needs a value: %s", c->name, shown, o->argument);
            return 2;
        }
        return store(c, o, fields, shown, text);
    }
    return -1;
}

/* Whether argv is at --help; if so, *group is the word that it goes with, or NULL. */
static bool is_help(char **argv, const char **group)
{
    *group = argv[1] && *argv[1] != '-' ? argv[1] : NULL;
    if (strncmp(*argv, "--help=", 7) == 0)
        *group = *argv + 7;
    else if (strcmp(*argv, "--help") != 0 && strcmp(*argv, "-h") != 0)
        return false;
    return true;
}

int options_parse(const struct command *c, char **argv, void *fields, struct texts *operands)
{
    int status = -1;

    while (status < 0 && *++argv) {
        const char *a = *argv, *group;
        if (strcmp(a, "--") == 0) {
            while (*++argv)
                texts_add(operands, *argv);
            break;
        }
        if (is_help(argv, &group)) {
            status = print_help(c, group);
        } else if (a[0] == '-' && a[1] == '-') {
            status = parse_long(c, &argv, fields);
        } else if (a[0] == '-' && a[1]) {
            status = parse_letters(c, &argv, fields);
        } else {
            texts_add(operands, a);
        }
        if (!*argv)
            break;
    }
    return status;
}
