/* TLS that is not as it should be, by the last number of the address. */
#include "cmd/hostile_tls.h"

#include "cmd/serve_tls.h"

#include <errno.h>

#define HANDSHAKE 0x16 /* the first byte of a client that speaks TLS: RFC 8446, 5.1 */

enum manner {
    MANNER_TLS,
    MANNER_SILENT, /* says nothing */
    MANNER_PLAIN,  /* says HTTP to whatever is said */
    MANNER_EITHER, /* HTTP to who speaks it, TLS to who speaks that */
};

static const struct {
    unsigned address;
    enum manner manner;
    enum serve_tls_face face;
} places[] = {
    {4, MANNER_SILENT, SERVE_TLS_GOOD},     {41, MANNER_TLS, SERVE_TLS_EXPIRED},
    {42, MANNER_PLAIN, SERVE_TLS_GOOD},     {43, MANNER_EITHER, SERVE_TLS_GOOD},
    {106, MANNER_TLS, SERVE_TLS_EARLY},     {107, MANNER_TLS, SERVE_TLS_STRANGER},
    {108, MANNER_TLS, SERVE_TLS_ELSEWHERE},
};

#define AT(address, path) "https://127.0.0." #address ":{{PORT}}" path

static const struct hostile_answer downgrade[] = {
    {"a", .head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.43:{{PORT}}/H043/plain\r\n"},
    {"plain", .body = "<title>plain</title>"},
    {.path = NULL},
};

const struct hostile_row hostile_tls[] = {
    {"H004", "--tls: accepts a connection and never speaks TLS", .links = AT(4, "/H004/a")},
    {"H041", "--tls: certificates: expired, not valid yet, signed by itself, another host's",
     .links = AT(41, "/H041/") " " AT(106, "/H041/") " " AT(107, "/H041/") " " AT(108, "/H041/")},
    {"H042", "HTTP where TLS should be (--tls), and the other way round",
     .links = AT(42, "/H042/a") " http://127.0.0.1:{{PORT}}/H042/a " AT(1, "/H042/a")},
    {"H043", "--tls: a redirect from https to http", .links = AT(43, "/H043/a"),
     .answers = downgrade},
    {.id = NULL},
};

/* Whether the client's first byte is TLS's. Leaves it where it is. */
static ASYNC int speaks_tls(struct stream *s)
{
    const char *data;
    ssize_t n = stream_peek(s, &data);
    if (n <= 0)
        return n < 0 ? (int)n : -ECONNRESET;
    bool handshake = *data == HANDSHAKE;
    stream_consume(s, 0); /* so that the next look does not wait for more */
    return handshake;
}

static ASYNC int answer_anything(struct wire *w)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    const char *data;
    ssize_t n = wire_peek(w, &data);
    int error = n > 0 ? wire_write(w, answer, sizeof answer - 1) : -ECONNRESET;
    if (error == 0)
        error = wire_end(w);
    return error < 0 ? error : hostile_stall(w);
}

int hostile_tls_open(struct wire *w, struct stream *s, struct serve_tls *t)
{
    unsigned port, address = hostile_address(s, &port);
    bool h2 = hostile_h2_address(address);
    enum manner manner = MANNER_TLS;
    enum serve_tls_face face = SERVE_TLS_GOOD;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].address == address) {
            manner = places[i].manner;
            face = places[i].face;
        }
    int r = manner == MANNER_EITHER ? speaks_tls(s) : manner == MANNER_TLS;
    if (r >= 0)
        r = wire_open(w, s, r ? t : NULL);
    if (r < 0)
        return r;
    if (w->ssl)
        serve_tls_disguise(t, w->ssl, face, h2 ? "h2" : NULL);
    if (!h2 && manner != MANNER_SILENT && manner != MANNER_PLAIN)
        return 0;
    r = h2                       ? hostile_h2_talk(w, address)
        : manner == MANNER_PLAIN ? answer_anything(w)
                                 : hostile_stall(w);
    wire_close(w);
    return r < 0 ? r : -ECONNRESET;
}
