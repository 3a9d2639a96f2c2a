/* Invariants:
 *
 * 1. libcurl is called from handles of the loop only, never from within its own callbacks, which
 *    only take notes.
 * 2. A socket that we opened is known from its opening to its closing, and stays registered with
 *    the loop while it idles (see loop_own). Any other descriptor (libcurl's resolver has some) is
 *    known from libcurl's first word on it to its last, and taken out with that: libcurl closes it
 *    without telling, and the number comes back with another file behind it.
 * 3. libcurl 7.88 closes a socket whose connection never came about without telling, too. So at its
 *    last word on a socket for the first time, we look whether it is still the one we opened. */
#include "crawler/fetch_multi.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than are ever live, so that libcurl evicts no warm connection, */
#define MAX_POOLED (4L * MULTI_SHARE)

/* but for this: all of them, busy ones included, are to leave descriptors for the rest. */
#define SPARE_DESCRIPTORS 12

struct sock {
    struct watcher watcher;
    struct multi *multi;
    bool ours;
    ino_t inode; /* of ours, until it has idled */
};

static void run_due(struct handle *h);

/* Connections that may be open in one multi handle of so many, before idle ones are closed. */
static long most_pooled(unsigned concurrency, unsigned multis)
{
    struct rlimit limit;
    long lookups = concurrency < MULTI_SHARE ? concurrency : MULTI_SHARE;
    long other = lookups + SPARE_DESCRIPTORS, most = MAX_POOLED;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)(other + most * multis))
        most = ((long)limit.rlim_cur - other) / multis;
    return most > 1 ? most : 1;
}

void fetch_multi_init(struct multis *m, struct loop *l, unsigned concurrency,
                      void (*done)(CURL *easy, CURLcode result),
                      bool (*permit)(struct multi **where, const struct sockaddr *address))
{
    *m = (struct multis){
        .loop = l, .most = concurrency / MULTI_SHARE + 2, .done = done, .permit = permit};
    m->pooled = most_pooled(concurrency, m->most);
    m->items = memory_new(m->most * sizeof(struct multi *));
    list_init(&m->due);
    handle_init(&m->run, run_due);
}

void fetch_multi_deinit(struct multis *m)
{
    for (unsigned i = 0; i < m->count; i++) {
        struct multi *mu = m->items[i];
        curl_multi_cleanup(mu->curl);
        loop_cancel_timer(m->loop, &mu->timer);
        free(mu);
    }
    handle_cancel(&m->run);
    free(m->socks);
    free(m->items);
}

static void want_now(struct multi *mu)
{
    if (list_empty(&mu->due))
        list_add(&mu->all->due, &mu->due);
    if (!handle_pending(&mu->all->run))
        loop_call_soon(mu->all->loop, &mu->all->run);
}

static void timer_due(struct handle *h)
{
    want_now(container_of(container_of(h, struct timer, handle), struct multi, timer));
}

/* CURLMOPT_TIMERFUNCTION: only notes the time. */
static int note_timer(CURLM *curl, long ms, void *arg)
{
    struct multi *mu = arg;

    (void)curl;
    loop_cancel_timer(mu->all->loop, &mu->timer);
    list_remove(&mu->due);
    if (ms == 0)
        want_now(mu);
    else if (ms > 0)
        loop_call_later(mu->all->loop, &mu->timer, ms * NS_PER_MS);
    return 0;
}

static void reap(struct multi *mu)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(mu->curl, &left))) {
        CURL *easy = msg->easy_handle;
        CURLcode result = msg->data.result;
        fetch_multi_remove(mu, easy); /* ends msg */
        mu->all->done(easy, result);
    }
}

static void act(struct multi *mu, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(mu->curl, fd, events, &running);
    if ((unsigned)running < mu->active)
        reap(mu);
}

/* Each handle that wants it is called once: one that wants it again waits for the next step. */
void fetch_multi_run(struct multis *m)
{
    struct list now;

    handle_cancel(&m->run);
    list_init(&now);
    list_splice(&now, &m->due);
    while (!list_empty(&now))
        act(container_of(list_pop(&now), struct multi, due), CURL_SOCKET_TIMEOUT, 0);
}

static void run_due(struct handle *h)
{
    fetch_multi_run(container_of(h, struct multis, run));
}

static void socket_ready(struct handle *h)
{
    struct sock *s = container_of(container_of(h, struct watcher, handle), struct sock, watcher);
    unsigned ready = s->watcher.ready;

    act(s->multi, s->watcher.fd,
        (ready & EVENT_READ ? CURL_CSELECT_IN : 0) | (ready & EVENT_WRITE ? CURL_CSELECT_OUT : 0) |
            (ready & EVENT_ERROR ? CURL_CSELECT_ERR : 0));
}

static struct sock *sock_find(const struct multis *m, int fd)
{
    return (size_t)fd < m->sock_count ? m->socks[fd] : NULL;
}

static void sock_free(struct multis *m, struct sock *s)
{
    int fd = s->watcher.fd;

    loop_watch(m->loop, &s->watcher, 0);
    if (s->ours) {
        loop_disown(m->loop, fd);
        s->multi->connections--;
    }
    m->socks[fd] = NULL;
    free(s);
}

static struct sock *sock_new(struct multi *mu, int fd)
{
    struct multis *m = mu->all;
    struct sock *s = memory_new(sizeof *s);

    if ((size_t)fd >= m->sock_count) {
        size_t count = (size_t)fd * 2 + 64;
        m->socks = memory_resize(m->socks, count * sizeof *m->socks);
        for (size_t i = m->sock_count; i < count; i++)
            m->socks[i] = NULL;
        m->sock_count = count;
    }
    watcher_init(&s->watcher, fd, socket_ready);
    s->multi = mu;
    m->socks[fd] = s;
    return s;
}

/* Whether the descriptor is the one that we opened; true for good once it was asked. */
static bool still_open(struct sock *s)
{
    struct stat st;

    if (s->inode && (fstat(s->watcher.fd, &st) != 0 || st.st_ino != s->inode))
        return false;
    s->inode = 0;
    return true;
}

/* CURLMOPT_SOCKETFUNCTION. */
static int note_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
    struct multi *mu = arg;
    struct sock *s = sock_find(mu->all, fd);
    unsigned interest =
        (what & CURL_POLL_IN ? EVENT_READ : 0) | (what & CURL_POLL_OUT ? EVENT_WRITE : 0);

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        if (s && s->ours && still_open(s))
            loop_watch(mu->all->loop, &s->watcher, 0);
        else if (s)
            sock_free(mu->all, s);
        return 0;
    }
    if (!s)
        s = sock_new(mu, fd);
    return loop_watch(mu->all->loop, &s->watcher, interest) == 0 ? 0 : -1;
}

/* CURLOPT_OPENSOCKETFUNCTION; the handle's transfer has just been started on *arg. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct multi *mu = *(struct multi **)arg;
    if (!mu->all->permit(arg, &a->addr))
        return CURL_SOCKET_BAD;

    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    struct sock *s;
    struct stat st;

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (sock_find(mu->all, fd))
        sock_free(mu->all, sock_find(mu->all, fd));
    if (fstat(fd, &st) != 0 || loop_own(mu->all->loop, fd) != 0) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    s = sock_new(mu, fd);
    s->ours = true;
    s->inode = st.st_ino;
    mu->connections++;
    return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION. */
static int close_socket(void *arg, curl_socket_t fd)
{
    struct multis *m = arg;

    if (sock_find(m, fd))
        sock_free(m, sock_find(m, fd));
    return close(fd);
}

void fetch_multi_prepare(struct multis *m, CURL *easy, struct multi **where)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, where);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
}

static struct multi *open_multi(struct multis *m)
{
    struct multi *mu = memory_new(sizeof *mu);

    mu->all = m;
    mu->curl = curl_multi_init();
    if (!mu->curl)
        memory_out();
    list_init(&mu->due);
    timer_setup(&mu->timer, timer_due);
    curl_multi_setopt(mu->curl, CURLMOPT_SOCKETFUNCTION, note_interest);
    curl_multi_setopt(mu->curl, CURLMOPT_SOCKETDATA, mu);
    curl_multi_setopt(mu->curl, CURLMOPT_TIMERFUNCTION, note_timer);
    curl_multi_setopt(mu->curl, CURLMOPT_TIMERDATA, mu);
    curl_multi_setopt(mu->curl, CURLMOPT_MAXCONNECTS, m->pooled);
    m->items[m->count++] = mu;
    return mu;
}

static bool holds(const struct host *h, const struct multi *mu)
{
    for (unsigned i = 0; i < h->multi_count; i++)
        if (h->multis[i] == mu)
            return true;
    return false;
}

/* One more handle for a host: the first that has room, a new one if none has, the least busy one if
 * there are enough. */
static struct multi *next_multi(struct multis *m, const struct host *h)
{
    struct multi *least = NULL;

    for (unsigned i = 0; i < m->count; i++) {
        struct multi *mu = m->items[i];
        if (mu->active < MULTI_SHARE && mu->connections < MULTI_SHARE && !holds(h, mu))
            return mu;
        if (!least || mu->active < least->active)
            least = mu;
    }
    return m->count < m->most ? open_multi(m) : least;
}

static struct multi *choose(struct multis *m, struct host *h)
{
    unsigned most = h->multiplexes ? MULTI_STREAMS : MULTI_SHARE;

    for (unsigned i = 0; i < h->multi_count; i++)
        if (h->multis[i]->active < most)
            return h->multis[i];

    struct multi *mu = next_multi(m, h);
    if (!holds(h, mu)) {
        h->multis = memory_resize(h->multis, (h->multi_count + 1) * sizeof *h->multis);
        h->multis[h->multi_count++] = mu;
    }
    return mu;
}

void fetch_multi_start(struct multis *m, CURL *easy, struct host *h, struct multi **where)
{
    struct multi *mu = choose(m, h);

    *where = mu;
    mu->active++;
    if (curl_multi_add_handle(mu->curl, easy) != CURLM_OK)
        memory_out();
}

void fetch_multi_remove(struct multi *mu, CURL *easy)
{
    curl_multi_remove_handle(mu->curl, easy);
    mu->active--;
}
