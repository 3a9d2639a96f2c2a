/* Answers whose framing is broken, endless, or made to poison the next answer. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define END          \
    {                \
        .path = NULL \
    }
#define CHUNKED HOSTILE_OK "Transfer-Encoding: chunked\r\n\r\n"
#define CLOSING HOSTILE_OK "Connection: close\r\n\r\n"
/* An answer to nothing: whoever takes it for the next one finds its link, /Hxxx/poison. */
#define POISON(row) HOSTILE_OK "Content-Length: 31\r\n\r\n<a href=/" row "/poison>poison</a>"
#define LINK(name) "<a href=" name ">in</a>\n"

/* --- without end --- */

static ASYNC int endless_body(struct hostile_client *c)
{
    bool page = strcmp(c->path, "page") == 0;
    if (!page && strcmp(c->path, "video") != 0)
        return -ENOENT;
    int error =
        hostile_send_text(c, page ? CLOSING : "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n");
    if (error == 0)
        error = hostile_send_text(c, LINK("from-page"));
    return error < 0 ? error : hostile_repeat(c, "<p>and so on</p>\n", UINT64_MAX);
}

static ASYNC int endless_headers(struct hostile_client *c)
{
    static const struct {
        const char *path, *start, *again;
        uint64_t times;
    } kinds[] = {
        {"endless", "", "X-Header: and one more\r\n", UINT64_MAX},
        {"one", "X-Header: ", "xxxxxxxxxxxxxxxx", 10 << 16},
        {"many", "", "X-Header: a\r\n", 100000},
    };
    size_t i = 0;
    while (i < 3 && strcmp(kinds[i].path, c->path) != 0)
        i++;
    if (i == 3)
        return -ENOENT;
    int error = hostile_send_text(c, HOSTILE_OK);
    if (error == 0)
        error = hostile_send_text(c, kinds[i].start);
    if (error == 0)
        error = hostile_repeat(c, kinds[i].again, kinds[i].times);
    if (error == 0)
        error = hostile_send_text(c, "\r\nContent-Length: 0\r\n\r\n");
    return error < 0 ? error : HOSTILE_KEEP;
}

static ASYNC int interim(struct hostile_client *c)
{
    static const char early[] =
        "HTTP/1.1 103 Early Hints\r\nLink: </early.css>; rel=preload\r\n\r\n";
    bool flood = strcmp(c->path, "flood") == 0;
    if (!flood && strcmp(c->path, "some") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, "HTTP/1.1 102 Processing\r\n\r\n");
    if (error == 0)
        error = hostile_repeat(c, early, flood ? 100000 : 10);
    if (error == 0)
        error = hostile_page(c, flood ? LINK("from-flood") : LINK("from-some"));
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- chunks --- */

static const struct hostile_answer cut_chunks[] = {
    {"chunk", .raw = CHUNKED "40\r\n" LINK("cut"), .after = HOSTILE_CLOSE},
    {"last", .raw = CHUNKED "13\r\n" LINK("cut") "\r\n", .after = HOSTILE_CLOSE},
    {"size", .raw = CHUNKED "13\r\n" LINK("cut") "\r\n1", .after = HOSTILE_CLOSE},
    END,
};

static const struct hostile_answer bad_chunks[] = {
    {"huge", .raw = CHUNKED "FFFFFFFFFFFFFFF4\r\n" LINK("bad"), .after = HOSTILE_CLOSE},
    {"huger", .raw = CHUNKED "10000000000000013\r\n" LINK("bad"), .after = HOSTILE_CLOSE},
    {"negative", .raw = CHUNKED "-13\r\n" LINK("bad"), .after = HOSTILE_CLOSE},
    {"word", .raw = CHUNKED "chunk\r\n" LINK("bad"), .after = HOSTILE_CLOSE},
    {"line-feed", .raw = CHUNKED "1e\n<a href=from-line-feed>in</a>\n\n0\n\n",
     .after = HOSTILE_CLOSE},
    END,
};

static ASYNC int long_extension(struct hostile_client *c)
{
    if (strcmp(c->path, "extension") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, CHUNKED "1e;x=");
    if (error == 0)
        error = hostile_repeat(c, "0123456789abcdef", 1 << 16);
    if (error == 0)
        error = hostile_send_text(c, "\r\n<a href=from-extension>in</a>\n\r\n0\r\n\r\n");
    return error < 0 ? error : HOSTILE_CLOSE;
}

static const struct hostile_answer trailers[] = {
    {"few", .raw = CHUNKED "19\r\n<a href=from-few>in</a>\n\n\r\n0\r\nLocation: /H029/trailer\r\n"
                           "Link: </H029/trailer>; rel=next\r\nContent-Encoding: gzip\r\n\r\n"},
    END,
};

static ASYNC int endless_trailers(struct hostile_client *c)
{
    if (strcmp(c->path, "endless") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, CHUNKED "13\r\n" LINK("cut") "\r\n0\r\n");
    return error < 0 ? error : hostile_repeat(c, "X-Trailer: and one more\r\n", UINT64_MAX);
}

/* --- lengths --- */

static const struct hostile_answer lengths[] = {
    {"long", .raw = HOSTILE_OK "Content-Length: 1000\r\n\r\n" LINK("cut"), .after = HOSTILE_CLOSE},
    {"late", .raw = HOSTILE_OK "Content-Length: 1000\r\n\r\n" LINK("cut"), .after = HOSTILE_STALL},
    {"short", .raw = HOSTILE_OK "Content-Length: 25\r\n\r\n<a href=from-short>in</a> and more"},
    {"negative", .raw = HOSTILE_OK "Content-Length: -19\r\n\r\n" LINK("cut"),
     .after = HOSTILE_CLOSE},
    {"huge", .raw = HOSTILE_OK "Content-Length: 99999999999999999999\r\n\r\n" LINK("from-huge"),
     .after = HOSTILE_CLOSE},
    {"two", .raw = HOSTILE_OK "Content-Length: 19\r\nContent-Length: 4\r\n\r\n" LINK("cut"),
     .after = HOSTILE_CLOSE},
    END,
};

static const struct hostile_answer both_lengths[] = {
    {"chunked-first", .raw = HOSTILE_OK
                      "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
                      "1f\r\n<a href=from-first>chunked</a>\n\r\n0\r\n\r\n" POISON("H031")},
    {"length-first", .raw = HOSTILE_OK
                     "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "20\r\n<a href=from-second>chunked</a>\n\r\n0\r\n\r\n" POISON("H031")},
    END,
};

static const struct hostile_answer resets[] = {
    {"body", .raw = HOSTILE_OK "Content-Length: 1000\r\n\r\n" LINK("cut"), .after = HOSTILE_RESET},
    {"header", .raw = "HTTP/1.1 200 OK\r\nContent-Ty", .after = HOSTILE_RESET},
    {"status", .raw = "HTTP/1.1 200 OK\r\n", .after = HOSTILE_RESET},
    {"nothing", .raw = "", .after = HOSTILE_RESET},
    {"end", .raw = "", .after = HOSTILE_CLOSE},
    END,
};

static const struct hostile_answer not_http[] = {
    {"old", .raw = LINK("garbage"), .after = HOSTILE_CLOSE},
    {"bytes", .raw = "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\x1b[2J\x07", .length = 15,
     .after = HOSTILE_CLOSE},
    {"ssh", .raw = "SSH-2.0-OpenSSH_9.2p1\r\n", .after = HOSTILE_CLOSE},
    {"version", .raw = "HTTP/7.3 200 OK\r\n\r\n" LINK("garbage"), .after = HOSTILE_CLOSE},
    {"icy", .raw = "ICY 200 OK\r\nContent-Type: text/html\r\n\r\n" LINK("garbage"),
     .after = HOSTILE_CLOSE},
    END,
};

/* --- what is left over on a connection --- */

#define EMPTY(status) "HTTP/1.1 " status "\r\nContent-Type: text/html\r\n\r\n"

static const struct hostile_answer surplus[] = {
    {"204", .raw = EMPTY("204 No Content") POISON("H035")},
    {"304", .raw = EMPTY("304 Not Modified") POISON("H035")},
    {"205", .raw = "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n" POISON("H035")},
    {"206",
     .head = "HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\n"
             "Content-Range: bytes 0-3/1000\r\n",
     .body = LINK("from-206")},
    END,
};

static const struct hostile_answer split[] = {
    {"a", .raw = HOSTILE_OK "Content-Length: 4\r\n\r\nbody" POISON("H036") POISON("H036")},
    {"b", .raw = CHUNKED "0\r\n\r\n" POISON("H036") POISON("H036")},
    END,
};

/* --- status lines and types --- */

static const struct hostile_answer statuses[] = {
    {"999", .head = "HTTP/1.1 999 No\r\nContent-Type: text/html\r\n", .body = LINK("cut")},
    {"000", .head = "HTTP/1.1 000 No\r\nContent-Type: text/html\r\n", .body = LINK("cut")},
    {"word", .raw = "HTTP/1.1 abc OK\r\n\r\n" LINK("cut"), .after = HOSTILE_CLOSE},
    {"long", .raw = "HTTP/1.1 2000 OK\r\n\r\n" LINK("cut"), .after = HOSTILE_CLOSE},
    {"escape",
     .head = "HTTP/1.1 404 \x1b]0;owned\x07\x1b[2J\r\nContent-Type: \x1b[31mtext/html\r\n"},
    {"teapot", .head = "HTTP/1.1 418\r\n"},
    END,
};

/* A gigabyte of it, whatever it is called. */
static ASYNC int binary(struct hostile_client *c)
{
    const char *head = strcmp(c->path, "page") == 0    ? HOSTILE_OK
                       : strcmp(c->path, "iso") == 0   ? "HTTP/1.1 200 OK\r\nContent-Type: "
                                                         "application/octet-stream\r\n"
                       : strcmp(c->path, "video") == 0 ? "HTTP/1.1 200 OK\r\nContent-Type: "
                                                         "video/mp4\r\n"
                                                       : NULL;
    if (!head)
        return -ENOENT;
    int error = hostile_send_text(c, head);
    if (error == 0)
        error = hostile_send_text(c, "Content-Length: 1073741824\r\n\r\n");
    if (error == 0)
        error = hostile_repeat(c, "\x7f\x45LF\x02\x01\xff\xfe<a \x80\xc3(=\"\x1b>\r\n<", 1 << 26);
    return error < 0 ? error : HOSTILE_KEEP;
}

#define TYPED(header) "HTTP/1.1 200 OK\r\n" header

static const struct hostile_answer types[] = {
    {"none", .head = TYPED(""), .body = "<!DOCTYPE html>" LINK("from-none")},
    {"empty", .head = TYPED("Content-Type:\r\n"), .body = "<!DOCTYPE html>" LINK("from-empty")},
    {"twice", .head = TYPED("Content-Type: text/plain\r\nContent-Type: text/html\r\n"),
     .body = LINK("from-twice")},
    {"nonsense", .head = TYPED("Content-Type: ;;;/\r\n"), .body = LINK("from-nonsense")},
    {"long", .head = TYPED("Content-Type: text/html; charset=\"\\\r\n"), .body = LINK("from-long")},
    END,
};

static const struct hostile_answer disposition[] = {
    {"a", .head = HOSTILE_OK "Content-Disposition: attachment; filename=../../etc/passwd\r\n",
     .body = LINK("from-a")},
    {"b", .head = HOSTILE_OK "Content-Disposition: inline; filename*=UTF-8''%2e%2e%2fb\r\n",
     .body = LINK("from-b")},
    END,
};

const struct hostile_row hostile_bodies[] = {
    {"H020", "bodies without end", "page video", .answer = endless_body},
    {"H021", "headers without end, one of 10 MiB, 100,000", "endless one many",
     .answer = endless_headers},
    {"H027", "chunked bodies that end early", "chunk last size", .answers = cut_chunks},
    {"H028", "chunks of impossible sizes, bare line feeds, an extension of 1 MiB",
     "huge huger negative word line-feed extension", .answers = bad_chunks,
     .answer = long_extension},
    {"H029", "trailers: a few, with what belongs into a header, and without end", "few endless",
     .answers = trailers, .answer = endless_trailers},
    {"H030", "Content-Lengths that are too long, too short, negative, huge, two",
     "long late short negative huge two", .answers = lengths},
    {"H031", "both Transfer-Encoding and Content-Length", "chunked-first length-first",
     .answers = both_lengths},
    {"H032", "resets in bodies, in headers, before an answer", "body header status nothing end",
     .answers = resets},
    {"H033", "what is no HTTP/1.1", "old bytes ssh version icy", .answers = not_http},
    {"H034", "100,000 interim answers before the answer", "some flood", .answer = interim},
    {"H035", "204, 205 and 304 with a body; 206 that nobody asked for", "204 205 304 206",
     .answers = surplus},
    {"H036", "answers with another answer behind them", "a b", .answers = split},
    {"H037", "status 999, 000, abc, 2000; control bytes in the reason",
     "999 000 word long escape teapot", .answers = statuses},
    {"H038", "a gigabyte of binary, as HTML, as a file, as a video", "page iso video",
     .answer = binary},
    {"H039", "no Content-Type, an empty one, two, nonsense", "none empty twice nonsense long",
     .answers = types},
    {"H040", "a Content-Disposition that names a path", "a b", .answers = disposition},
    {.id = NULL},
};
