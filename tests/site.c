/* The site's thread runs the loop and owns the server. The log of requests is shared with the
 * test's thread, under the mutex; it only grows, so a head that was given out stays. */
#include "tests/site.h"

#include "loop/runner.h"
#include "loop/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MOST 4096

struct site {
    const struct site_page *pages;
    size_t count;
    unsigned port;
    char base[32];
    pthread_t thread;
    sem_t listening;
    struct handle stop; /* called from the test's thread */
    struct loop *loop;
    struct future stopped;

    pthread_mutex_t mutex; /* of all below */
    char **requests;
    size_t request_count, request_room;
    size_t *hits; /* of each page, for fail_first */
    size_t in_flight, most_in_flight;
    size_t accepted, connected;
};

static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("site: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

static void *must(void *memory)
{
    if (!memory)
        die("no memory");
    return memory;
}

/* --- answers --- */

struct buffer {
    char *data;
    size_t size;
};

static void buffer_add(struct buffer *b, const char *data, size_t n)
{
    b->data = must(realloc(b->data, b->size + n + 1));
    memcpy(b->data + b->size, data, n);
    b->size += n;
}

/* Adds text with its {{BASE}} replaced. */
static void buffer_expand(struct buffer *b, const struct site *s, const char *text, size_t n)
{
    static const char mark[] = "{{BASE}}";
    const char *at;
    while (n > 0 && (at = memmem(text, n, mark, sizeof mark - 1))) {
        buffer_add(b, text, (size_t)(at - text));
        buffer_add(b, s->base, strlen(s->base));
        n -= (size_t)(at - text) + sizeof mark - 1;
        text = at + sizeof mark - 1;
    }
    buffer_add(b, text, n);
}

static void buffer_print(struct buffer *b, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        die("a header is too long: %s", text);
    buffer_add(b, text, (size_t)n);
}

/* The whole answer; *body is where its body begins. */
static struct buffer make_answer(const struct site *s, const struct site_page *page, size_t *body)
{
    struct buffer text = {0}, answer = {0};
    if (page->body)
        buffer_expand(&text, s, page->body, page->length ? page->length : strlen(page->body));
    if (page->behaviour == SITE_RAW) {
        *body = 0;
        return text;
    }
    buffer_print(&answer, "HTTP/1.1 %d Status\r\n", page->status ? page->status : 200);
    const char *type = page->type ? page->type : "text/html";
    if (*type)
        buffer_print(&answer, "Content-Type: %s\r\n", type);
    buffer_print(&answer, "Content-Length: %zu\r\n", text.size);
    if (page->headers)
        buffer_expand(&answer, s, page->headers, strlen(page->headers));
    buffer_print(&answer, "\r\n");
    *body = answer.size;
    if (text.size > 0)
        buffer_add(&answer, text.data, text.size);
    free(text.data);
    return answer;
}

/* --- requests --- */

/* The target of a request's head: its second word. */
static const char *target_of(const char *head, size_t *size)
{
    head += strcspn(head, " \r\n");
    head += *head == ' ';
    *size = strcspn(head, " \r\n");
    return head;
}

static bool is_for(const char *head, const char *path)
{
    size_t n;
    const char *target = target_of(head, &n);
    return strlen(path) == n && memcmp(path, target, n) == 0;
}

/* Writes the request down, and returns how it is to be answered. */
static struct site_page take_request(struct site *s, const char *head, size_t n)
{
    char *copy = memcpy(must(calloc(n + 1, 1)), head, n);
    struct site_page page = {.status = 404, .body = "no such page\n", .type = "text/plain"};
    pthread_mutex_lock(&s->mutex);
    if (s->request_count == s->request_room) {
        s->request_room = s->request_room ? 2 * s->request_room : 64;
        s->requests = must(realloc(s->requests, s->request_room * sizeof *s->requests));
    }
    s->requests[s->request_count++] = copy;
    if (++s->in_flight > s->most_in_flight)
        s->most_in_flight = s->in_flight;
    for (size_t i = 0; i < s->count; i++) {
        if (!is_for(copy, s->pages[i].path))
            continue;
        page = s->pages[i];
        if (s->hits[i]++ < page.fail_first)
            page = (struct site_page){.status = 503, .body = "not yet\n", .headers = page.headers};
        break;
    }
    pthread_mutex_unlock(&s->mutex);
    return page;
}

static void request_answered(struct site *s)
{
    pthread_mutex_lock(&s->mutex);
    s->in_flight--;
    pthread_mutex_unlock(&s->mutex);
}

/* Reads and drops until the client ends or the site closes. */
static ASYNC int read_to_end(struct stream *stream)
{
    const char *data;
    ssize_t n;
    while ((n = stream_peek(stream, &data)) > 0)
        stream_consume(stream, (size_t)n);
    return (int)n;
}

/* Returns 1 where the connection goes on. */
static ASYNC int answer(struct site *s, struct stream *stream, const struct site_page *page,
                        bool head_only)
{
    if (page->delay > 0 && task_sleep((int64_t)(page->delay * 1e9)) < 0)
        return -ECANCELED;
    if (page->behaviour == SITE_HANG)
        return read_to_end(stream);
    if (page->behaviour == SITE_CLOSE)
        return 0;
    size_t body;
    struct buffer b = make_answer(s, page, &body);
    size_t size = head_only && page->behaviour != SITE_RAW ? body : b.size;
    if (page->behaviour == SITE_TRUNCATE || page->behaviour == SITE_RESET)
        size = body + (size - body) / 2;
    int error = stream_write(stream, b.data, size);
    free(b.data);
    if (error == 0)
        error = stream_flush(stream);
    if (page->behaviour == SITE_RESET)
        stream_abort(stream);
    return error < 0 ? error : page->behaviour == SITE_NORMAL;
}

static ASYNC int converse(struct site *s, struct stream *stream)
{
    int more = 1;
    while (more == 1) {
        const char *head;
        ssize_t n = stream_read_until(stream, "\r\n\r\n", &head);
        if (n <= 0)
            return (int)n;
        struct site_page page = take_request(s, head, (size_t)n);
        bool head_only = strncmp(head, "HEAD ", 5) == 0;
        stream_consume(stream, (size_t)n);
        more = answer(s, stream, &page, head_only);
        request_answered(s);
        if (more == 0 && (page.behaviour == SITE_RAW || page.behaviour == SITE_TRUNCATE) &&
            stream_end(stream) == 0)
            return read_to_end(stream);
    }
    return more;
}

static ASYNC int serve(struct stream *stream, void *arg)
{
    struct site *s = arg;
    pthread_mutex_lock(&s->mutex);
    s->accepted++;
    s->connected++;
    pthread_mutex_unlock(&s->mutex);
    int r = converse(s, stream);
    pthread_mutex_lock(&s->mutex);
    s->connected--;
    pthread_mutex_unlock(&s->mutex);
    return r;
}

/* --- the thread --- */

static void stop(struct handle *h)
{
    future_set(&container_of(h, struct site, stop)->stopped, 0);
}

static ASYNC int site_main(void *arg)
{
    struct site *s = arg;
    s->loop = loop_running();
    future_init(&s->stopped, s->loop);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server *server;
    int error = server_open(&server, s->loop, (struct sockaddr *)&address, sizeof address,
                            CONNECTIONS_MOST, serve, s);
    if (error < 0)
        die("cannot listen: %s", strerror(-error));
    s->port = server_port(server);
    snprintf(s->base, sizeof s->base, "http://127.0.0.1:%u", s->port);
    sem_post(&s->listening);
    await(&s->stopped);
    server_close(server);
    return 0;
}

static void *thread_main(void *arg)
{
    int error = runner_run(NULL, site_main, arg);
    if (error < 0)
        die("cannot run: %s", strerror(-error));
    return NULL;
}

struct site *site_open(const struct site_page *pages, size_t n)
{
    struct site *s = must(calloc(1, sizeof *s));
    s->pages = pages;
    s->count = n;
    s->hits = must(calloc(n + 1, sizeof *s->hits));
    pthread_mutex_init(&s->mutex, NULL);
    sem_init(&s->listening, 0, 0);
    handle_init(&s->stop, stop);
    int error = pthread_create(&s->thread, NULL, thread_main, s);
    if (error)
        die("cannot start a thread: %s", strerror(error));
    while (sem_wait(&s->listening) < 0)
        ;
    return s;
}

void site_close(struct site *s)
{
    loop_call_soon_threadsafe(s->loop, &s->stop);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->request_count; i++)
        free(s->requests[i]);
    free(s->requests);
    free(s->hits);
    sem_destroy(&s->listening);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

/* --- what was asked --- */

unsigned site_port(const struct site *s)
{
    return s->port;
}

char *site_url(const struct site *s, const char *path, char out[SITE_URL_SIZE])
{
    int n = snprintf(out, SITE_URL_SIZE, "%s%s", s->base, path);
    if (n < 0 || n >= SITE_URL_SIZE)
        die("a URL is too long: %s", path);
    return out;
}

size_t site_hits(struct site *s, const char *path)
{
    size_t hits = 0;
    pthread_mutex_lock(&s->mutex);
    for (size_t i = 0; i < s->request_count; i++)
        hits += is_for(s->requests[i], path);
    pthread_mutex_unlock(&s->mutex);
    return hits;
}

const char *site_requests(struct site *s, size_t i)
{
    pthread_mutex_lock(&s->mutex);
    const char *head = i < s->request_count ? s->requests[i] : NULL;
    pthread_mutex_unlock(&s->mutex);
    return head;
}

char *site_order(struct site *s)
{
    struct buffer order = {0};
    buffer_add(&order, "", 0);
    pthread_mutex_lock(&s->mutex);
    for (size_t i = 0; i < s->request_count; i++) {
        size_t n;
        const char *target = target_of(s->requests[i], &n);
        if (i > 0)
            buffer_add(&order, " ", 1);
        buffer_add(&order, target, n);
    }
    pthread_mutex_unlock(&s->mutex);
    order.data[order.size] = '\0';
    return order.data;
}

static size_t read_count(struct site *s, const size_t *count)
{
    pthread_mutex_lock(&s->mutex);
    size_t n = *count;
    pthread_mutex_unlock(&s->mutex);
    return n;
}

size_t site_in_flight(struct site *s)
{
    return read_count(s, &s->in_flight);
}

size_t site_most_in_flight(struct site *s)
{
    return read_count(s, &s->most_in_flight);
}

size_t site_accepted(struct site *s)
{
    return read_count(s, &s->accepted);
}

size_t site_connected(struct site *s)
{
    return read_count(s, &s->connected);
}
