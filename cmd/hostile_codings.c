/* Bodies whose Content-Encoding is a bomb, a chain, a lie or unknown. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CODED(coding) HOSTILE_OK "Content-Encoding: " coding "\r\n"
#define BLOCK (1 << 20) /* of what comes out, per piece of a bomb */
#define BLOCKS 1024
#define CLOSING "Connection: close\r\n\r\n"
#define PAGE "<title>in</title><a href=in>in</a>\n"

/* Compresses so that pieces can follow each other; window_bits: zlib's. The caller frees. NULL: no
 * memory. */
static unsigned char *compress_piece(const void *data, size_t length, int window_bits, int flush,
                                     size_t *size)
{
    z_stream z = {.next_in = (unsigned char *)data, .avail_in = (unsigned)length};
    size_t room = length + 128;
    unsigned char *out = malloc(room);
    if (!out || deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(out);
        return NULL;
    }
    z.next_out = out;
    z.avail_out = (unsigned)room;
    deflate(&z, flush);
    deflateEnd(&z);
    *size = room - z.avail_out;
    return out;
}

/* A body that ends with the connection. */
static ASYNC int send_closing(struct hostile_client *c, const char *head, const unsigned char *body,
                              size_t size)
{
    int error = hostile_send_text(c, head);
    if (error == 0)
        error = hostile_send_text(c, CLOSING);
    if (error == 0)
        error = hostile_send(c, body, size);
    return error < 0 ? error : HOSTILE_CLOSE;
}

/* A member that begins, and then the same block of it again and again: a gigabyte that costs a
 * megabyte. */
static ASYNC int gzip_bomb(struct hostile_client *c)
{
    static const unsigned char start[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    size_t size;
    char *zeros = calloc(1, BLOCK);
    unsigned char *piece = zeros ? compress_piece(zeros, BLOCK, -15, Z_FULL_FLUSH, &size) : NULL;
    int error = piece ? hostile_send_text(c, CODED("gzip") CLOSING) : -ENOMEM;
    free(zeros);
    if (error == 0)
        error = hostile_send(c, start, sizeof start);
    for (int i = 0; error == 0 && i < BLOCKS; i++)
        error = hostile_send(c, piece, size);
    free(piece);
    return error < 0 ? error : HOSTILE_CLOSE;
}

/* A frame of RFC 8878 whose every block says "this byte, 128 KiB times" (3.1.1.2.2). */
static ASYNC int zstd_bomb(struct hostile_client *c)
{
    static const unsigned char start[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0x38};
    static const unsigned char block[] = {0x02, 0, 0x10, 'a'};
    int error = hostile_send_text(c, CODED("zstd") CLOSING);
    if (error == 0)
        error = hostile_send(c, start, sizeof start);
    for (int i = 0; error == 0 && i < 8 * BLOCKS; i++)
        error = hostile_send(c, block, sizeof block);
    return error < 0 ? error : HOSTILE_CLOSE;
}

static ASYNC int bomb(struct hostile_client *c)
{
    if (strcmp(c->path, "gzip") == 0)
        return gzip_bomb(c);
    return strcmp(c->path, "zstd") == 0 ? zstd_bomb(c) : -ENOENT;
}

/* 16 MiB of 'a'. */
static const struct hostile_answer brotli_bomb[] = {
    {"brotli", .head = CODED("br"), .length = 14,
     .body = "\xcf\xff\xff\x7f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x7f"},
    {.path = NULL},
};

/* --- chains and lies --- */

static ASYNC int chain(struct hostile_client *c)
{
    size_t size;
    if (strcmp(c->path, "hundred") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, HOSTILE_OK "Content-Encoding: gzip");
    if (error == 0)
        error = hostile_repeat(c, ", gzip", 99);
    unsigned char *body = compress_piece(PAGE, sizeof PAGE - 1, 31, Z_FINISH, &size);
    if (error == 0)
        error = hostile_send_text(c, "\r\n" CLOSING);
    if (error == 0)
        error = body ? hostile_send(c, body, size) : -ENOMEM;
    free(body);
    return error < 0 ? error : HOSTILE_CLOSE;
}

/* A page of a few kilobytes, whole but for what the path says. */
static ASYNC int broken_gzip(struct hostile_client *c)
{
    bool cut = strcmp(c->path, "cut") == 0, checksum = strcmp(c->path, "checksum") == 0;
    bool trailing = strcmp(c->path, "trailing") == 0;
    if (!cut && !checksum && !trailing)
        return -ENOENT;
    char page[4096];
    uint32_t dice = 1;
    for (size_t i = 0; i < sizeof page; i++)
        page[i] = (char)('a' + (dice = dice * 1664525 + 1013904223) % 26);
    memcpy(page, PAGE, sizeof PAGE - 1);
    size_t size;
    unsigned char *body = compress_piece(page, sizeof page, 31, Z_FINISH, &size);
    if (!body)
        return -ENOMEM;
    if (checksum)
        body[size - 8] ^= 1;
    if (trailing) /* compress_piece leaves room */
        memcpy(body + size, "garbage", 7), size += 7;
    int after = send_closing(c, CODED("gzip"), body, cut ? size / 2 : size);
    free(body);
    return after;
}

static const struct hostile_answer plain_as_gzip[] = {
    {"plain", .head = CODED("gzip"), .body = PAGE},
    {.path = NULL},
};

static const struct hostile_answer unknown[] = {
    {"foo", .head = CODED("foo"), .body = PAGE},
    {"foo-gzip", .head = CODED("foo, gzip"), .body = PAGE},
    {"x-gzip", .head = CODED("x-gzip"), .body = PAGE}, /* which is no x-gzip either */
    {"identity", .head = CODED("identity"), .body = "<a href=from-identity>in</a>"},
    {"empty", .head = CODED(""), .body = "<a href=from-empty>in</a>"},
    {.path = NULL},
};

/* --- sitemaps --- */

/* Compressed so often, as a file; and once more by its Content-Encoding. */
static const struct {
    const char *name, *head;
    int layers;
} sitemaps[] = {
    {"plain.xml.gz", "Content-Type: application/gzip\r\n", 0},
    {"once.xml.gz", "Content-Type: application/x-gzip\r\n", 1},
    {"twice.xml.gz", "Content-Type: application/gzip\r\n", 2},
    {"coded.xml.gz", "Content-Type: application/xml\r\nContent-Encoding: gzip\r\n", 2},
};

static ASYNC int send_sitemap(struct hostile_client *c, const char *head, int layers)
{
    char text[512], whole[256];
    size_t size =
        (size_t)sprintf(text,
                        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>"
                        "http://127.0.0.1:%u/H026/from-%s</loc></url></urlset>",
                        c->port, c->path);
    unsigned char *body = (unsigned char *)strdup(text);
    while (body && layers-- > 0) {
        unsigned char *outer = compress_piece(body, size, 31, Z_FINISH, &size);
        free(body);
        body = outer;
    }
    sprintf(whole, "HTTP/1.1 200 OK\r\n%s", head);
    int after = body ? send_closing(c, whole, body, size) : -ENOMEM;
    free(body);
    return after;
}

static ASYNC int sitemap(struct hostile_client *c)
{
    for (size_t i = 0; i < sizeof sitemaps / sizeof *sitemaps; i++)
        if (strcmp(sitemaps[i].name, c->path) == 0)
            return send_sitemap(c, sitemaps[i].head, sitemaps[i].layers);
    return -ENOENT;
}

const struct hostile_row hostile_codings[] = {
    {"H022", "bombs: a megabyte that decodes to a gigabyte; 14 bytes that decode to 16 megabytes",
     "gzip zstd brotli", .answers = brotli_bomb, .answer = bomb},
    {"H023", "a Content-Encoding of gzip, a hundred times", "hundred", .answer = chain},
    {"H024", "gzip that is none, is cut, has a wrong checksum, has garbage behind it",
     "plain cut checksum trailing", .answers = plain_as_gzip, .answer = broken_gzip},
    {"H025", "Content-Encodings that nobody knows", "foo foo-gzip x-gzip identity empty",
     .answers = unknown},
    {"H026", "sitemaps that are compressed twice, or only say so",
     "plain.xml.gz once.xml.gz twice.xml.gz coded.xml.gz", .answer = sitemap},
    {.id = NULL},
};
