/* What comes back: the headers that matter, and as much of the body as is wanted. */
#include "crawler/fetch_private.h"

#include "crawler/memory.h"
#include "parse/links.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum fetch_header header_find(const char *name, size_t length)
{
    static const struct {
        size_t length;
        const char *name;
    } known[HEADER_COUNT] = {
        [HEADER_CONTENT_TYPE] = {12, "content-type"},
        [HEADER_CONTENT_LENGTH] = {14, "content-length"},
        [HEADER_LOCATION] = {8, "location"},
        [HEADER_LINK] = {4, "link"},
        [HEADER_REFRESH] = {7, "refresh"},
        [HEADER_CONTENT_LOCATION] = {16, "content-location"},
        [HEADER_RETRY_AFTER] = {11, "retry-after"},
        [HEADER_X_ROBOTS_TAG] = {12, "x-robots-tag"},
        [HEADER_LAST_MODIFIED] = {13, "last-modified"},
    };
    enum fetch_header h = 0;

    while (h < HEADER_COUNT &&
           (known[h].length != length || strncasecmp(known[h].name, name, length) != 0))
        h++;
    return h;
}

static void value_add(struct fetch_value *v, const char *text, size_t length)
{
    if (v->length + length + 1 > v->capacity) {
        v->capacity = 2 * v->capacity + length + 64;
        v->text = memory_resize(v->text, v->capacity);
    }
    memcpy(v->text + v->length, text, length);
    v->length += length;
    v->text[v->length] = '\0';
}

void fetch_answer_set(struct fetch *f, enum fetch_header h, const char *value, size_t length)
{
    struct fetch_value *v = &f->headers[h];

    if (h != HEADER_LINK && h != HEADER_X_ROBOTS_TAG)
        v->length = 0;
    else if (v->there)
        value_add(v, h == HEADER_LINK ? ", " : "\n", h == HEADER_LINK ? 2 : 1);
    v->there = true;
    value_add(v, value, length);
}

static void header_forget(struct fetch *f)
{
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++) {
        f->headers[h].there = false;
        f->headers[h].length = 0;
    }
}

/* CURLOPT_HEADERFUNCTION, called for each line, status lines and interim answers included. */
size_t fetch_answer_header(char *line, size_t one, size_t length, void *arg)
{
    struct fetch *f = arg;

    (void)one;
    f->header_bytes += length;
    if (f->header_bytes > MAX_HEADERS)
        return 0;
    if (f->judged) /* a trailer */
        return length;
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) {
        header_forget(f);
        return length;
    }
    char *colon = memchr(line, ':', length < 18 ? length : 18);
    if (!colon)
        return length;
    if (f->fetcher->jar && colon - line == 10 && strncasecmp(line, "set-cookie", 10) == 0)
        f->fetcher->cookie_bytes += length;
    enum fetch_header h = header_find(line, (size_t)(colon - line));
    if (h == HEADER_COUNT || (h == HEADER_LOCATION && f->headers[h].there))
        return length;

    const char *value = colon + 1, *stop = line + length;
    while (value < stop && (*value == ' ' || *value == '\t'))
        value++;
    while (stop > value && (unsigned char)stop[-1] <= ' ')
        stop--;
    size_t n = (size_t)(stop - value);
    if (h == HEADER_CONTENT_LENGTH && f->headers[h].there &&
        (f->headers[h].length != n || memcmp(f->headers[h].text, value, n) != 0)) {
        f->contradicts = true; /* where the answer ends is a guess (RFC 9112, 6.3) */
        return 0;
    }
    fetch_answer_set(f, h, value, n);
    return length;
}

const char *fetch_header(const struct fetch *f, enum fetch_header h)
{
    return f->headers[h].there ? f->headers[h].text : NULL;
}

bool fetch_redirects(const struct fetch *f)
{
    return f->status == 301 || f->status == 302 || f->status == 303 || f->status == 307 ||
           f->status == 308;
}

/* Decides, at its first bytes, what becomes of the body. */
static void judge(struct fetch *f)
{
    long status = 0;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    bool well = status / 100 == 2;
    enum document_kind kind = document_kind(fetch_header(f, HEADER_CONTENT_TYPE));
    bool document = well && kind != DOCUMENT_OTHER;
    f->judged = true;
    f->kept = f->want == BODY_ROBOTS || (f->want == BODY_LINKS && document) ||
              (f->want == BODY_STYLES && well && kind == DOCUMENT_CSS) ||
              (f->want == BODY_SITEMAP && well);
    f->read = f->kept || document || f->fetcher->options.bodies;
}

/* Bodies share memory: what was read last is the first to be written over, while it is in the
 * caches. Not so with a crew, for this is called in its threads then. */
struct fetch_spare {
    struct fetch_spare *next;
    size_t capacity;
};

static void body_take(struct fetch *f)
{
    struct fetch_spare *spare = f->fetcher->spare;

    if (!spare || f->fetcher->options.crew)
        return;
    f->fetcher->spare = spare->next;
    f->body_capacity = spare->capacity;
    f->body = (char *)spare;
}

static void body_give_back(struct fetch *f)
{
    struct fetch_spare *spare = (struct fetch_spare *)f->body;

    if (!f->body)
        return;
    if (f->body_capacity > MAX_UNREAD || f->body_capacity < sizeof *spare) {
        free(f->body);
    } else if (!f->fetcher->options.crew) {
        *spare = (struct fetch_spare){f->fetcher->spare, f->body_capacity};
        f->fetcher->spare = spare;
    } else {
        return;
    }
    f->body = NULL;
    f->body_capacity = 0;
}

void fetch_spare_free(struct fetch_spare *spare)
{
    for (struct fetch_spare *next; spare; spare = next) {
        next = spare->next;
        free(spare);
    }
}

static void body_add(struct fetch *f, const char *data, size_t length)
{
    size_t needed = f->body_length + length + 1;

    if (!f->body)
        body_take(f);
    if (needed > f->body_capacity) {
        f->body_capacity = needed > 2 * f->body_capacity ? needed : 2 * f->body_capacity;
        f->body = memory_resize(f->body, f->body_capacity);
    }
    memcpy(f->body + f->body_length, data, length);
    f->body_length += length;
}

/* CURLOPT_WRITEFUNCTION, called with decoded bytes. Taking less than all ends the exchange. */
size_t fetch_answer_body(char *data, size_t one, size_t length, void *arg)
{
    struct fetch *f = arg;
    uint64_t left = f->most - f->taken;

    (void)one;
    if (fetch_throttle_refuses(&f->fetcher->throttle, f))
        return CURL_WRITEFUNC_PAUSE;
    if (!f->judged)
        judge(f);
    if (length > left) {
        length = left;
        f->truncated = true;
    }
    if (f->kept)
        body_add(f, data, length);
    f->size = f->taken += length;
    fetch_throttle_take(&f->fetcher->throttle, length);
    f->cut = f->truncated || (!f->read && f->taken > MAX_UNREAD);
    return f->cut ? 0 : length;
}

void fetch_answer_reset(struct fetch *f)
{
    body_give_back(f);
    header_forget(f);
    f->body_length = f->header_bytes = 0;
    f->size = f->taken = 0;
    f->status = 0;
    f->truncated = f->judged = f->cut = f->contradicts = false;
}

void fetch_answer_deinit(struct fetch *f)
{
    free(f->body);
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++)
        free(f->headers[h].text);
}
