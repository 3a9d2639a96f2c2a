#include "cmd/seeds.h"

#include "cmd/commands.h"
#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A word that names neither a host nor a path: more likely a mistyped command. */
static bool is_bare_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(".:/[\\", text[i]))
            return false;
    return !(length == 9 && strncasecmp(text, "localhost", 9) == 0);
}

#define MAX_WORD 40 /* bytes of a bare word worth a second thought */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters were left out, added, mistaken or swapped (optimal string alignment). */
static size_t mistakes(const char *word, size_t length, const char *name)
{
    size_t rows[3][MAX_WORD + 1], *row = rows[0], *above = rows[1], *second = rows[2];

    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t k = 1; name[k - 1]; k++) {
        size_t *free_row = second;
        second = above, above = row, row = free_row;
        row[0] = k;
        for (size_t i = 1; i <= length; i++) {
            size_t other = above[i - 1] + (word[i - 1] != name[k - 1]);
            row[i] = least(other, least(above[i], row[i - 1]) + 1);
            if (i > 1 && k > 1 && word[i - 1] == name[k - 2] && word[i - 2] == name[k - 1])
                row[i] = least(row[i], second[i - 2] + 1);
        }
    }
    return row[length];
}

/* The command that a word is nearest to, unless it is far from all. */
static const char *nearest_command(const char *word, size_t length)
{
    const char *nearest = NULL;
    size_t fewest = 3;

    for (const struct named_command *c = commands; c->name; c++) {
        size_t n = mistakes(word, length, c->name);
        if (n < fewest && 2 * n < strlen(c->name)) {
            fewest = n;
            nearest = c->name;
        }
    }
    return nearest;
}

static const char *refuse_bare_word(struct seed *s, const char *word, size_t length)
{
    if (length > MAX_WORD)
        return "no URL; a host is written http://NAME/";

    const char *command = nearest_command(word, length), *form;
    if (!command)
        form = "no command, no URL; %sa host is written http://%.*s/";
    else if (mistakes(word, length, command))
        form = "no command, no URL; did you mean %s? A host is written http://%.*s/";
    else
        form = "no URL; %s is a command as the first word only. A host is written http://%.*s/";
    snprintf(s->wrong, sizeof s->wrong, form, command ? command : "", (int)length, word);
    return s->wrong;
}

/* Bytes for %xx. */
static size_t decode(char *text, size_t length)
{
    size_t out = 0;

    for (size_t i = 0; i < length; i++) {
        char hex[3] = {0}, *end;
        if (text[i] == '%' && i + 2 < length) {
            memcpy(hex, text + i + 1, 2);
            char byte = (char)strtol(hex, &end, 16);
            if (end == hex + 2 && byte) {
                text[out++] = byte;
                i += 2;
                continue;
            }
        }
        text[out++] = text[i];
    }
    return out;
}

/* Takes user:password@ out of the URL. */
static char *take_credentials(struct url *u, char *text)
{
    if (u->userinfo == u->host)
        return NULL;
    size_t cut = u->host - u->userinfo;
    char *credentials = memory_copy(text + u->userinfo, cut - 1);
    char *colon = strchr(credentials, ':');
    size_t user = colon ? (size_t)(colon - credentials) : cut - 1;
    size_t plain = decode(credentials, user);

    credentials[plain++] = ':';
    if (colon) {
        size_t password = strlen(colon + 1);
        memmove(credentials + plain, colon + 1, password);
        plain += decode(credentials + plain, password);
        credentials[plain] = '\0';
    } else {
        credentials = memory_resize(credentials, plain + 1);
        credentials[plain] = '\0';
    }
    memmove(text + u->userinfo, text + u->host, u->length - u->host + 1);
    url_describe(u, text, u->length - cut);
    return credentials;
}

const char *seed_parse(struct seed *out, const char *text, size_t length, bool credentials_given)
{
    static const char http[] = "http://", https[] = "https://";
    char *typed = NULL;

    out->credentials = NULL;
    if (!memmem(text, length, "://", 3)) {
        const char *scheme = credentials_given || memchr(text, '@', length) ? https : http;
        if (length == 0)
            return "empty: a URL was expected";
        if (is_bare_word(text, length))
            return refuse_bare_word(out, text, length);
        typed = memory_resize(NULL, sizeof https + length);
        memcpy(stpcpy(typed, scheme), text, length);
        length += strlen(scheme);
        text = typed;
    }
    int r = url_parse(&out->url, out->buffer, sizeof out->buffer, text, length, NULL, NULL, 0);
    free(typed);
    if (r != 0)
        return url_strerror(r);
    out->credentials = take_credentials(&out->url, out->buffer);
    return NULL;
}
