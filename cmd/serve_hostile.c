/* The pages that all rows have, and which row a request is for.
 *
 * Nothing here is checked as an honest server would: what is no request line asks for "/", which is
 * as good as any other path. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (16 * 1024) /* that is sent at once of what repeats */
#define FOLDER 6          /* the bytes of "/H009/" */

static const struct hostile_row *const tables[] = {
    hostile_slow, hostile_redirects, hostile_bodies, hostile_codings, hostile_pages,
    hostile_urls, hostile_traps,     hostile_robots, hostile_tls,     hostile_h2,
};

#define TABLES (sizeof tables / sizeof *tables)

/* --- sending --- */

int hostile_send(struct hostile_client *c, const void *data, size_t length)
{
    int error = wire_write(c->wire, data, length);
    return error < 0 ? error : wire_drain(c->wire);
}

/* A copy with {{PORT}} replaced. NULL: no memory. */
static char *expand(const struct hostile_client *c, const char *data, size_t length, size_t *out)
{
    static const char mark[] = "{{PORT}}"; /* which is longer than any port */
    char *copy = malloc(length + 1), *o = copy;
    const char *end = data + length;
    while (copy && data < end) {
        const char *at = memmem(data, (size_t)(end - data), mark, sizeof mark - 1);
        o = mempcpy(o, data, (size_t)((at ? at : end) - data));
        if (at)
            o += sprintf(o, "%u", c->port);
        data = at ? at + sizeof mark - 1 : end;
    }
    *out = (size_t)(o - copy);
    return copy;
}

static ASYNC int send_expanded(struct hostile_client *c, const char *data, size_t length)
{
    char *text = expand(c, data, length, &length);
    int error = text ? wire_write(c->wire, text, length) : -ENOMEM;
    free(text);
    return error < 0 ? error : wire_drain(c->wire);
}

int hostile_send_text(struct hostile_client *c, const char *text)
{
    return send_expanded(c, text, strlen(text));
}

static ASYNC int send_body(struct hostile_client *c, const char *head, const char *body,
                           size_t length)
{
    char *text = expand(c, body, length, &length), size[64];
    int error = text ? hostile_send_text(c, head) : -ENOMEM;
    if (error == 0)
        error =
            wire_write(c->wire, size, (size_t)sprintf(size, "Content-Length: %zu\r\n\r\n", length));
    if (error == 0)
        error = hostile_send(c, text, length);
    free(text);
    return error;
}

int hostile_page(struct hostile_client *c, const char *html)
{
    return send_body(c, HOSTILE_OK, html, strlen(html));
}

int hostile_repeat(struct hostile_client *c, const char *text, uint64_t times)
{
    size_t length = strlen(text), most = length < PIECE ? PIECE / length : 1;
    char *piece = malloc(most * length), *end = piece;
    int error = piece ? 0 : -ENOMEM;
    for (size_t i = 0; piece && i < most; i++)
        end = mempcpy(end, text, length);
    while (error == 0 && times > 0) {
        size_t n = times < most ? (size_t)times : most;
        times -= n;
        error = hostile_send(c, piece, n * length);
        if (error == 0)
            error = task_yield();
    }
    free(piece);
    return error;
}

int hostile_numbered(struct hostile_client *c, const char *text, unsigned times)
{
    const char *mark = strstr(text, "%u");
    size_t size = 0, most = strlen(text) + 16; /* of one */
    char *piece = malloc(PIECE + most);
    int error = piece ? 0 : -ENOMEM;
    for (unsigned i = 0; i < times && error == 0; i++) {
        size += (size_t)sprintf(piece + size, "%.*s%u%s", (int)(mark - text), text, i, mark + 2);
        if (size < PIECE && i + 1 < times)
            continue;
        error = hostile_send(c, piece, size);
        size = 0;
        if (error == 0)
            error = task_yield();
    }
    free(piece);
    return error;
}

int hostile_drip(struct hostile_client *c, const char *text, int64_t pause)
{
    int error = 0;
    for (size_t i = 0; error == 0; i = text[i + 1] ? i + 1 : 0) {
        error = hostile_send(c, text + i, 1);
        if (error == 0)
            error = task_sleep(pause);
    }
    return error;
}

int hostile_stall(struct wire *w)
{
    const char *data;
    ssize_t n;
    while ((n = wire_peek(w, &data)) > 0)
        wire_consume(w, (size_t)n);
    return (int)n;
}

/* --- pages that all rows have --- */

static ASYNC int finish_page(struct hostile_client *c, FILE *f, char **html)
{
    int error = ferror(f) ? -ENOMEM : 0;
    if (fclose(f) != 0)
        error = -ENOMEM;
    if (error == 0)
        error = hostile_page(c, *html);
    free(*html);
    return error < 0 ? error : HOSTILE_KEEP;
}

static const char page_start[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>%s</title></head>"
    "\n<body>\n<h1>%s</h1>\n";
static const char page_end[] = "</body>\n</html>\n";

static ASYNC int answer_index(struct hostile_client *c)
{
    char *html;
    size_t size;
    FILE *f = open_memstream(&html, &size);
    if (!f)
        return -ENOMEM;
    fprintf(f, page_start, "Hostile rows", "What servers and pages do to a crawler");
    fputs("<table>\n", f);
    for (size_t i = 0; i < TABLES; i++)
        for (const struct hostile_row *r = tables[i]; r->id; r++) {
            const char *host = r->own_host ? "//127.0.0." : "";
            char address[32] = "";
            if (r->own_host)
                sprintf(address, "%d:%u", atoi(r->id + 1), c->port);
            fprintf(f, "<tr><td><a href=\"%s%s/%s/\">%s</a></td><td>%s</td></tr>\n", host, address,
                    r->id, r->id, r->does);
        }
    fprintf(f, "</table>\n%s", page_end);
    return finish_page(c, f, &html);
}

static ASYNC int answer_entry(struct hostile_client *c, const struct hostile_row *r)
{
    char *html;
    size_t size;
    FILE *f = open_memstream(&html, &size);
    if (!f)
        return -ENOMEM;
    fprintf(f, page_start, r->id, r->does);
    fputs("<a href=\"ok1\">ok1</a>\n", f);
    for (const char *at = r->links ? r->links : ""; *at; at += strspn(at, " ")) {
        int n = (int)strcspn(at, " ");
        fprintf(f, "<a href=\"%.*s\">%.*s</a>\n", n, at, n, at);
        at += n;
    }
    fprintf(f, "<a href=\"ok2\">ok2</a>\n%s", page_end);
    return finish_page(c, f, &html);
}

static const struct hostile_answer healthy[] = {
    {"ok1", .body = "<title>ok1</title><a href=\"after1\">after1</a>"},
    {"ok2", .body = "<title>ok2</title><a href=\"after2\">after2</a>"},
    {"after1", .body = "<title>after1</title>"},
    {"after2", .body = "<title>after2</title>"},
    {.path = NULL},
};

static ASYNC int answer_unknown(struct hostile_client *c)
{
    int error = send_body(c, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n", "", 0);
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- requests --- */

static const struct hostile_answer *find_answer(const struct hostile_answer *a, const char *path)
{
    while (a && a->path && strcmp(a->path, path) != 0)
        a++;
    return a && a->path ? a : NULL;
}

static const struct hostile_row *find_row(const char *id)
{
    for (size_t i = 0; i < TABLES; i++)
        for (const struct hostile_row *r = tables[i]; r->id; r++)
            if (strncmp(r->id, id, 4) == 0)
                return r;
    return NULL;
}

static ASYNC int answer_canned(struct hostile_client *c, const struct hostile_answer *a)
{
    const char *data = a->raw ? a->raw : a->body ? a->body : "";
    size_t length = a->length ? a->length : strlen(data);
    int error = a->raw ? send_expanded(c, data, length)
                       : send_body(c, a->head ? a->head : HOSTILE_OK, data, length);
    return error < 0 ? error : (int)a->after;
}

/* Returns an enum hostile_after or a negative errno. */
static ASYNC int answer_row(struct hostile_client *c, const struct hostile_row *r)
{
    const struct hostile_answer *a = find_answer(r->answers, c->path);
    if (a)
        return answer_canned(c, a);
    int after = r->answer ? r->answer(c) : -ENOENT;
    if (after != -ENOENT)
        return after;
    if (!*c->path)
        return answer_entry(c, r);
    a = find_answer(healthy, c->path);
    return a ? answer_canned(c, a) : answer_unknown(c);
}

static ASYNC int answer(struct hostile_client *c)
{
    bool folder = strlen(c->target) >= FOLDER && c->target[1] == 'H' && c->target[5] == '/';
    const struct hostile_row *r = folder ? find_row(c->target + 1) : NULL;
    char id[8];
    if (r) {
        c->path = c->target + FOLDER;
    } else {
        c->path = c->target + 1;
        sprintf(id, "H%03u", c->address <= HOSTILE_ROWS ? c->address : 6);
        r = c->address > 1 ? find_row(id) : NULL;
    }
    if (r)
        return answer_row(c, r);
    return *c->path ? answer_unknown(c) : answer_index(c);
}

unsigned hostile_address(const struct stream *s, unsigned *port)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
    if (stream_local_address(s, &address, &size) < 0 || in->sin_family != AF_INET)
        return 0;
    *port = ntohs(in->sin_port);
    return ntohl(in->sin_addr.s_addr) & 255;
}

static void find_name(struct hostile_client *c)
{
    const char *host = strcasestr(c->head, "\nHost:");
    unsigned row;
    if (host && sscanf(host + 6, " %31[^.:\r\n].h%3u.localhost", c->name, &row) == 2)
        c->address = row;
    else
        c->name[0] = '\0';
}

int serve_hostile(struct wire *w, const char *head, size_t length)
{
    char *copy = calloc(length + 1, 1), *line = calloc(length + 1, 1), *rest = NULL;
    struct hostile_client c = {.wire = w, .head = copy, .target = "/"};
    int after = -ENOMEM;
    if (copy && line) {
        memcpy(copy, head, length);
        memcpy(line, head, length);
    }
    wire_consume(w, length);
    c.address = hostile_address(w->stream, &c.port);
    if (copy && line) {
        char *target = strtok_r(line, " \r\n", &rest) ? strtok_r(NULL, " \r\n", &rest) : NULL;
        if (target && *target == '/')
            c.target = target;
        find_name(&c);
        after = answer(&c);
    }
    if (after == HOSTILE_STALL)
        after = hostile_stall(w);
    free(copy);
    free(line);
    if (after == HOSTILE_RESET) {
        wire_flush(w);
        wire_abort(w);
        return -ECONNRESET;
    }
    return after == HOSTILE_CLOSE ? 1 : after;
}
