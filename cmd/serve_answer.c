/* The answers of the computed site. What holds:
 * 1. A page is made after its latency has passed, piece by piece in the one buffer of the server,
 *    and each piece leaves it before the task can be suspended again: so ten thousand connections
 *    that wait hold no page.
 * 2. One compressor serves all. It forgets everything after each piece, which it ends at a byte, so
 *    that the pieces of an answer are one stream of gzip (RFC 1952) all the same, and an answer
 *    that waits holds a checksum.
 * 3. A head, and what follows it in the buffer, is one write: before each buffer is room for it. It
 *    is the server's too, for a connection's own stack is not in the processor's cache. */
#include "cmd/serve_answer.h"

#include "crawler/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define HEAD_ROOM 512
#define PIECE (64 * 1024)
#define PACKED (PIECE + 1024) /* what it may become, with what goes around it */
#define PACKER_MEMORY 5       /* of zlib's 9: its tables are cleared for each page */

struct serve_answers {
    const struct serve_site *site;
    bool gzip;
    uint64_t chance; /* another for each page; see serve_site_page */
    z_stream packer;
    char head[HEAD_ROOM];
    char text[HEAD_ROOM + PIECE];
    char packed[HEAD_ROOM + PACKED];
};

/* An answer on its way. */
struct answer {
    struct serve_answers *server;
    struct wire *wire;
    struct serve_request *request;
    struct serve_site_page page; /* where it is one */
    bool packs;
    uint32_t checksum; /* of the text so far */
    size_t length;     /* of it */
};

int serve_answers_new(struct serve_answers **out, const struct serve_site *site, bool gzip)
{
    struct serve_answers *a = malloc(sizeof *a);
    if (!a)
        return -ENOMEM;
    a->site = site;
    a->gzip = gzip;
    a->chance = site->drop > 0 ? seen_random_seed() : 0;
    a->packer = (z_stream){.zalloc = NULL};
    if (gzip && deflateInit2(&a->packer, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, PACKER_MEMORY,
                             Z_DEFAULT_STRATEGY) != Z_OK) {
        free(a);
        return -ENOMEM;
    }
    *out = a;
    return 0;
}

void serve_answers_free(struct serve_answers *a)
{
    if (a && a->gzip)
        deflateEnd(&a->packer);
    free(a);
}

/* --- heads --- */

static const char *status_line(int status)
{
    static const struct {
        int status;
        const char *text;
    } lines[] = {{302, "302 Found"},
                 {400, "400 Bad Request"},
                 {404, "404 Not Found"},
                 {405, "405 Method Not Allowed"},
                 {431, "431 Request Header Fields Too Large"},
                 {500, "500 Internal Server Error"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].status == status)
            return lines[i].text;
    return "200 OK";
}

static char *put_number(char *o, size_t n, size_t base)
{
    char text[20], *at = text + sizeof text;
    do
        *--at = "0123456789abcdef"[n % base];
    while (n /= base);
    return mempcpy(o, at, (size_t)(text + sizeof text - at));
}

static char *put_location(char *o, const struct serve_site *site, uint32_t page)
{
    uint32_t to = page + 1 < site->pages ? page + 1 : 0;
    o = stpcpy(o, "\r\nLocation: ");
    if (serve_site_host(site, to) == serve_site_host(site, page))
        return o + serve_site_path(to, o);
    return o + serve_site_url(site, to, o);
}

/* size: of the body; negative where nobody knows it yet. */
static char *put_head(const struct answer *a, char *o, int64_t size)
{
    const struct serve_request *r = a->request;
    o = stpcpy(stpcpy(o, "HTTP/1.1 "), status_line(r->status));
    o = stpcpy(o, "\r\nContent-Type: text/html; charset=utf-8");
    if (size >= 0)
        o = put_number(stpcpy(o, "\r\nContent-Length: "), (size_t)size, 10);
    else if (!r->old)
        o = stpcpy(o, "\r\nTransfer-Encoding: chunked");
    if (a->packs)
        o = stpcpy(o, "\r\nContent-Encoding: gzip");
    if (a->server->gzip)
        o = stpcpy(o, "\r\nVary: Accept-Encoding");
    if (r->status == 302)
        o = put_location(o, a->server->site, r->page);
    if (r->status == 405)
        o = stpcpy(o, "\r\nAllow: GET, HEAD");
    if (r->close)
        o = stpcpy(o, "\r\nConnection: close");
    else if (r->old)
        o = stpcpy(o, "\r\nConnection: keep-alive");
    return stpcpy(o, "\r\n\r\n");
}

/* --- bodies --- */

/* Sends the head, up to its end, and what stands in a buffer behind the room for one. */
static ASYNC int send_both(struct answer *a, const char *head_end, char *buffer, size_t size)
{
    const char *head = a->server->head;
    size_t before = (size_t)(head_end - head);
    char *start = memcpy(buffer + HEAD_ROOM - before, head, before);
    int error = wire_write(a->wire, start, before + size);
    return error < 0 ? error : wire_drain(a->wire);
}

static char *put_little(char *o, uint32_t n)
{
    for (int i = 0; i < 4; i++, n >>= 8)
        *o++ = (char)(n & 255);
    return o;
}

/* Compresses the next n bytes of the text into the other buffer. Returns what that makes. */
static size_t pack(struct answer *a, size_t n, bool last)
{
    static const char begin[] = "\x1f\x8b\x08\0\0\0\0\0\x04\xff"; /* fast, no time, any system */
    z_stream *z = &a->server->packer;
    Bytef *text = (Bytef *)a->server->text + HEAD_ROOM;
    char *start = a->server->packed + HEAD_ROOM, *o = start;
    if (a->length == 0) {
        o = mempcpy(o, begin, sizeof begin - 1);
        a->checksum = (uint32_t)crc32(0, NULL, 0);
    }
    a->checksum = (uint32_t)crc32(a->checksum, text, (uInt)n);
    a->length += n;
    deflateReset(z);
    z->next_in = text;
    z->avail_in = (uInt)n;
    z->next_out = (Bytef *)o;
    z->avail_out = (uInt)(start + PACKED - 64 - o);
    deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH); /* which always fits */
    o = (char *)z->next_out;
    if (last)
        o = put_little(put_little(o, a->checksum), (uint32_t)a->length);
    return (size_t)(o - start);
}

/* Sends all that there is: n bytes in the text. */
static ASYNC int send_whole(struct answer *a, size_t n)
{
    char *buffer = a->server->text;
    if (a->packs) {
        n = pack(a, n, true);
        buffer = a->server->packed;
    }
    char *end = put_head(a, a->server->head, (int64_t)n);
    return send_both(a, end, buffer, a->request->head_only ? 0 : n);
}

static size_t make_piece(struct answer *a)
{
    return serve_site_page_read(&a->page, a->server->text + HEAD_ROOM, PIECE);
}

/* Makes the next of a page's text, and how much that is into *n, after others had their turn:
 * whoever reads as fast as pages are made is never waited for. Returns 0, or as await. */
static ASYNC int make_next(struct answer *a, size_t *n)
{
    int error = task_yield();
    *n = error == 0 ? make_piece(a) : 0;
    return error;
}

/* Sends a page that is longer than its first n bytes, which stand in the text. */
static ASYNC int send_pieces(struct answer *a, size_t n)
{
    char *end = put_head(a, a->server->head, (int64_t)a->page.size);
    if (a->request->head_only)
        return send_both(a, end, a->server->text, 0);
    for (size_t left = a->page.size;; end = a->server->head) {
        int error = send_both(a, end, a->server->text, n);
        left -= n;
        if (error == 0 && left > 0)
            error = make_next(a, &n);
        if (error < 0 || left == 0)
            return error;
    }
}

/* The same compressed: in chunks (RFC 9112, 7.1), which HTTP/1.0 does not know. */
static ASYNC int send_packed_pieces(struct answer *a, size_t n)
{
    bool chunked = !a->request->old;
    a->request->close |= !chunked;
    char *end = put_head(a, a->server->head, -1);
    if (a->request->head_only)
        return send_both(a, end, a->server->packed, 0);
    for (;; end = a->server->head) {
        bool last = a->length + n == a->page.size;
        size_t size = pack(a, n, last);
        if (chunked) {
            char *behind = a->server->packed + HEAD_ROOM + size;
            end = stpcpy(put_number(end, size, 16), "\r\n");
            size += (size_t)(stpcpy(behind, last ? "\r\n0\r\n\r\n" : "\r\n") - behind);
        }
        int error = send_both(a, end, a->server->packed, size);
        if (error == 0 && !last)
            error = make_next(a, &n);
        if (error < 0 || last)
            return error;
    }
}

static ASYNC int answer_page(struct answer *a)
{
    serve_site_page_init(&a->page, a->server->site, a->request->page);
    a->page.chance = a->server->chance++;
    size_t n = make_piece(a);
    if (n == a->page.size)
        return send_whole(a, n);
    return a->packs ? send_packed_pieces(a, n) : send_pieces(a, n);
}

static ASYNC int answer_status(struct answer *a)
{
    char *text = a->server->text + HEAD_ROOM, *o = text;
    o = stpcpy(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>");
    o = stpcpy(o, status_line(a->request->status));
    o = stpcpy(o, "</title></head>\n</html>\n");
    return send_whole(a, (size_t)(o - text));
}

int serve_answer(struct serve_answers *s, struct wire *w, struct serve_request *r)
{
    int64_t latency = r->found ? serve_site_latency(s->site, r->page) : 0;
    int error = latency > 0 ? task_sleep(latency) : 0;
    if (error < 0)
        return error;
    struct answer a = {.server = s, .wire = w, .request = r, .packs = s->gzip && r->gzip};
    return r->status == 200 ? answer_page(&a) : answer_status(&a);
}
