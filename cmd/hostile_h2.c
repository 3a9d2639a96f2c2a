/* HTTP/2 (RFC 9113) that does not do as it should: what is said at the beginning, what a request is
 * answered, and what is then said without end, all as data. */
#include "cmd/hostile_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (16 * 1024) /* that is sent at once of what has no end; no frame is longer */
/* Between two of them: libcurl 7.88.1 stays in one call for as long as frames come in faster than
 * it reads them and hold nothing for it (lib/http2.c, cf_h2_recv), so that a crawl would stand
 * still for seconds. */
#define PAUSE NS_PER_MS
#define HEAD 9 /* bytes of a frame's header */

enum type {
    DATA,
    HEADERS,
    RST_STREAM = 3,
    SETTINGS,
    PUSH_PROMISE,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUATION,
};

enum flag {
    ACK = 1, /* of SETTINGS and PING */
    END_STREAM = 1,
    END_HEADERS = 4,
};

struct frame {
    bool there;
    enum type type;
    unsigned flags;
    bool own; /* of the request's stream; else of the connection */
    const void *payload;
    size_t length;
    size_t claims; /* a length that is not so; 0: none */
};

#define FRAME(type, flags, own, text)                      \
    {                                                      \
        true, type, flags, own, text, sizeof(text) - 1, 0, \
    }

/* RFC 7541: fields of the static table, with its values and with others. */
#define OK_200_OF_10                  \
    FRAME(HEADERS, END_HEADERS, true, \
          "\x88\x0f\x0d\x02"          \
          "10")
#define OK_200 FRAME(HEADERS, END_HEADERS, true, "\x88")
#define HINTS_103                     \
    FRAME(HEADERS, END_HEADERS, true, \
          "\x08\x03"                  \
          "103")
#define FIELD  \
    "\x00\x01" \
    "a\x01"    \
    "b"

/* A field of 4,000 bytes for the client's table, which is then meant 12,000 times. */
#define FIELD_SIZE 4000
static const unsigned char bomb[16001] = {
    0x88,
    0x40,
    1,
    'a',
    0x7f,
    0xa1,
    0x1e,
    [7 ... 6 + FIELD_SIZE] = 'v',
    [7 + FIELD_SIZE... 15999] = 0xbe,
};

static const char zeros[PIECE];

static const struct kind {
    unsigned address;
    struct frame first, answers[2], flood;
    bool cut; /* the connection ends after the answer */
} kinds[] = {
    {44, .answers = {FRAME(GOAWAY, 0, false, "\0\0\0\0\0\0\0\0")}},
    {109, .answers = {FRAME(GOAWAY, 0, false, "\0\0\0\0\0\0\0\x0b")}}, /* be calm */
    {110, .answers = {FRAME(RST_STREAM, 0, true, "\0\0\0\x07")}},      /* refused */
    {111, .answers = {OK_200, FRAME(RST_STREAM, 0, true, "\0\0\0\x02")}},
    {112, .flood = FRAME(RST_STREAM, 0, true, "\0\0\0\x08")},
    {113, .flood = FRAME(SETTINGS, 0, false, "\0\x03\0\0\0\x64")},
    {114, .flood = FRAME(PING, 0, false, "8 bytes.")},
    {115, .first = FRAME(SETTINGS, 0, false, "\0\x04\0\0\0\0"), .answers = {OK_200}},
    {116, .answers = {OK_200_OF_10, FRAME(WINDOW_UPDATE, 0, true, "\0\0\0\0")}},
    {117, .flood = FRAME(WINDOW_UPDATE, 0, false, "\x7f\xff\xff\xff")},
    {118, .answers = {FRAME(HEADERS, 0, true, "\x88")},
     .flood = FRAME(CONTINUATION, 0, true, FIELD)},
    {119, .flood = HINTS_103},
    {120, .answers = {FRAME(HEADERS, END_HEADERS, true, bomb)}},
    {121, .answers = {OK_200}, .flood = FRAME(DATA, 0, true, "")},
    {122, .answers = {FRAME(PUSH_PROMISE, END_HEADERS, true, "\0\0\0\x02\x82\x84\x87")}},
    {123, .answers = {OK_200_OF_10, {true, DATA, 0, true, "", 0, .claims = 0xffffff}}},
    {124, .first = FRAME(SETTINGS, 0, false, "\0\x03\0\0\0\0")},
    {125, .answers = {OK_200}, .flood = {true, DATA, 0, true, zeros, sizeof zeros, 0}},
    {126, .answers = {OK_200, FRAME(DATA, 0, true, "<title>half")}, .cut = true},
    {127, .answers = {FRAME(RST_STREAM, 0, true, "\0\0\0\x01")}}, /* a violation */
};

#define KINDS (sizeof kinds / sizeof *kinds)
#define AT(address) "https://127.0.0." #address ":{{PORT}}/H044/"

const struct hostile_row hostile_h2[] = {
    {"H044",
     "--tls: HTTP/2: GOAWAY, refused and broken streams, floods of RST_STREAM, SETTINGS, PING, "
     "CONTINUATION ..., windows of 0, no streams, headers that unfold",
     .links =
         AT(44) " " AT(109) " " AT(110) " " AT(111) " " AT(112) " " AT(113) " " AT(114) " " AT(115) " " AT(116) " " AT(117) " " AT(
             118) " " AT(119) " " AT(120) " " AT(121) " " AT(122) " " AT(123) " " AT(124) " " AT(125) " " AT(126) " " AT(127)},
    {.id = NULL},
};

static const struct kind *find_kind(unsigned address)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].address == address)
            return &kinds[i];
    return NULL;
}

bool hostile_h2_address(unsigned address)
{
    return find_kind(address);
}

/* --- frames --- */

static void put_head(unsigned char o[HEAD], const struct frame *f, uint32_t stream)
{
    size_t length = f->claims ? f->claims : f->length;
    uint32_t id = f->own ? stream : 0;
    for (int i = 0; i < 3; i++)
        o[i] = (unsigned char)(length >> (16 - 8 * i));
    o[3] = (unsigned char)f->type;
    o[4] = (unsigned char)f->flags;
    for (int i = 0; i < 4; i++)
        o[5 + i] = (unsigned char)(id >> (24 - 8 * i));
}

static ASYNC int send_frame(struct wire *w, const struct frame *f, uint32_t stream)
{
    unsigned char head[HEAD];
    if (!f->there)
        return 0;
    put_head(head, f, stream);
    int error = wire_write(w, head, HEAD);
    if (error == 0)
        error = wire_write(w, f->payload, f->length);
    return error < 0 ? error : wire_drain(w);
}

/* Returns why it ended. */
static ASYNC int send_flood(struct wire *w, const struct frame *f, uint32_t stream)
{
    size_t one = HEAD + f->length, n = one < PIECE ? PIECE / one : 1;
    unsigned char *piece = malloc(n * one);
    int error = piece ? 0 : -ENOMEM;
    for (size_t i = 0; piece && i < n; i++) {
        put_head(piece + i * one, f, stream);
        memcpy(piece + i * one + HEAD, f->payload, f->length);
    }
    while (error == 0) {
        error = wire_write(w, piece, n * one);
        if (error == 0)
            error = wire_drain(w);
        if (error == 0)
            error = task_sleep(PAUSE);
    }
    free(piece);
    return error;
}

/* Reads a frame and drops it. Returns its type, -ECONNRESET at the end, or a negative errno. */
static ASYNC int read_frame(struct wire *w, unsigned *flags, uint32_t *stream)
{
    const char *data;
    size_t length = 0, left = HEAD;
    int type = -1;
    while (left > 0) {
        ssize_t n = wire_peek(w, &data);
        if (n <= 0)
            return n < 0 ? (int)n : -ECONNRESET;
        if (type < 0 && n < HEAD)
            continue;
        if (type < 0) {
            const unsigned char *o = (const unsigned char *)data;
            length = (size_t)o[0] << 16 | (size_t)o[1] << 8 | o[2];
            type = o[3];
            *flags = o[4];
            *stream = (uint32_t)o[5] << 24 | (uint32_t)o[6] << 16 | (uint32_t)o[7] << 8 | o[8];
            left += length;
        }
        size_t taken = (size_t)n < left ? (size_t)n : left;
        wire_consume(w, taken);
        left -= taken;
    }
    return type;
}

/* --- connections --- */

static ASYNC int answer(struct wire *w, const struct kind *k, uint32_t stream)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < sizeof k->answers / sizeof *k->answers; i++)
        error = send_frame(w, &k->answers[i], stream);
    if (error == 0 && k->flood.there)
        error = send_flood(w, &k->flood, stream);
    return error == 0 && k->cut ? wire_flush(w), -ECONNRESET : error;
}

static ASYNC int answer_all(struct wire *w, const struct kind *k)
{
    static const struct frame settings = FRAME(SETTINGS, 0, false, ""),
                              agreed = FRAME(SETTINGS, ACK, false, "");
    int error = send_frame(w, k->first.there ? &k->first : &settings, 0);
    while (error == 0) {
        unsigned flags = 0;
        uint32_t stream = 0;
        int type = read_frame(w, &flags, &stream);
        if (type == HEADERS)
            error = answer(w, k, stream);
        else if (type == SETTINGS && !(flags & ACK))
            error = send_frame(w, &agreed, 0);
        else if (type < 0)
            error = type;
    }
    return error;
}

/* Who offered no h2 speaks HTTP/1.1 here: 505 tells that it cannot be had. */
static ASYNC int refuse(struct wire *w)
{
    static const char text[] = "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\n"
                               "Connection: close\r\n\r\n";
    int error = wire_write(w, text, sizeof text - 1);
    return error < 0 ? error : wire_end(w);
}

int hostile_h2_talk(struct wire *w, unsigned address)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\n";
    const char *head;
    ssize_t n = wire_read_until(w, "\r\n\r\n", &head);
    if (n <= 0)
        return (int)n;
    if (n != sizeof preface - 1 || memcmp(head, preface, sizeof preface - 1) != 0)
        return refuse(w);
    wire_consume(w, (size_t)n);
    n = wire_read_until(w, "SM\r\n\r\n", &head);
    if (n <= 0)
        return (int)n;
    wire_consume(w, (size_t)n);
    return answer_all(w, find_kind(address));
}
