/* bare_fetch CONNECTIONS FILE: fetches every URL of FILE, one a line, and drops the bodies. The
 * yardstick for fetching: libcurl's multi interface on epoll with nothing around it.
 *
 * A descriptor that libcurl is done with stays in epoll (only those that we opened: others are
 * closed without a word), and is taken out by an event that nobody wants; a connection that is used
 * again then costs no epoll_ctl.
 *
 * Prints fetches, failures, bytes, seconds, and µs of CPU a fetch, tab-separated.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 65536, BATCH = 256 };

struct descriptor {
    bool ours;
    uint32_t wanted, registered; /* epoll's events */
};

struct fetcher {
    CURLM *multi;
    int epoll;
    int64_t due; /* when libcurl wants to be called, in ms; -1: never */
    unsigned long fetches, failures, in_flight;
    unsigned long long bytes;
    FILE *urls;
    char *line;
    size_t line_size;
    struct descriptor fds[MAX_FD];
};

static void die(const char *what)
{
    fprintf(stderr, "bare_fetch: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000) + r.ru_utime.tv_usec +
           r.ru_stime.tv_usec;
}

/* Tells epoll, if there is something to tell. */
static void set_events(struct fetcher *f, int fd, uint32_t events)
{
    struct descriptor *d = &f->fds[fd];
    if (events == d->registered)
        return;
    int op = !events ? EPOLL_CTL_DEL : d->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    struct epoll_event e = {.events = events, .data.fd = fd};
    if (epoll_ctl(f->epoll, op, fd, &e) < 0)
        die("epoll_ctl");
    d->registered = events;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct fetcher *f = arg;
    (void)purpose;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    if (fd >= MAX_FD) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    if (fd >= 0)
        f->fds[fd].ours = true;
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct fetcher *f = arg;
    f->fds[fd] = (struct descriptor){0};
    return close(fd);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct fetcher *f = arg;
    (void)easy, (void)socket_arg;
    struct descriptor *d = &f->fds[fd];
    d->wanted = what == CURL_POLL_REMOVE ? 0
                                         : (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                                               (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (d->wanted || !d->ours)
        set_events(f, fd, d->wanted);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct fetcher *f = arg;
    (void)multi;
    f->due = ms < 0 ? -1 : now_ns() / 1000000 + ms;
    return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct fetcher *f = arg;
    (void)data;
    f->bytes += size * n;
    return size * n;
}

/* Starts the next URL on an idle handle. */
static void start_next(struct fetcher *f, CURL *easy)
{
    ssize_t n = getline(&f->line, &f->line_size, f->urls);
    if (n <= 0)
        return;
    f->line[strcspn(f->line, "\r\n")] = '\0';
    curl_easy_setopt(easy, CURLOPT_URL, f->line);
    curl_multi_add_handle(f->multi, easy);
    f->in_flight++;
}

static void collect(struct fetcher *f)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(f->multi, &left))) {
        CURL *easy = m->easy_handle;
        f->fetches++;
        f->failures += m->data.result != CURLE_OK;
        f->in_flight--;
        curl_multi_remove_handle(f->multi, easy);
        start_next(f, easy);
    }
}

static void handle_events(struct fetcher *f, const struct epoll_event *events, int n)
{
    int running;
    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;
        uint32_t e = events[i].events;
        if (!f->fds[fd].wanted) {
            if (f->fds[fd].registered)
                set_events(f, fd, 0);
            continue;
        }
        int mask = (e & EPOLLIN ? CURL_CSELECT_IN : 0) | (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (e & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(f->multi, fd, mask, &running);
    }
}

static void run(struct fetcher *f)
{
    struct epoll_event events[BATCH];
    int running;
    while (f->in_flight) {
        int64_t wait = f->due < 0 ? -1 : f->due - now_ns() / 1000000;
        if (f->due >= 0 && wait <= 0) {
            f->due = -1;
            curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        } else {
            int n = epoll_wait(f->epoll, events, BATCH, (int)wait);
            if (n < 0 && errno != EINTR)
                die("epoll_wait");
            handle_events(f, events, n);
        }
        collect(f);
    }
}

static CURL *new_handle(struct fetcher *f)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        die("curl_easy_init");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, f);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
    return easy;
}

int main(int argc, char **argv)
{
    static struct fetcher f = {.due = -1};
    int connections = argc == 3 ? atoi(argv[1]) : 0;
    if (connections < 1) {
        fprintf(stderr, "usage: bare_fetch CONNECTIONS FILE\n");
        return 2;
    }
    f.urls = fopen(argv[2], "r");
    if (!f.urls)
        die(argv[2]);
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    f.multi = curl_multi_init();
    if (f.epoll < 0 || !f.multi)
        die("no memory");
    curl_multi_setopt(f.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(f.multi, CURLMOPT_SOCKETDATA, &f);
    curl_multi_setopt(f.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(f.multi, CURLMOPT_TIMERDATA, &f);
    curl_multi_setopt(f.multi, CURLMOPT_MAXCONNECTS, 2L * connections);

    CURL **handles = calloc((size_t)connections, sizeof *handles);
    for (int i = 0; i < connections; i++)
        handles[i] = new_handle(&f);

    int64_t started = now_ns(), cpu = cpu_us();
    for (int i = 0; i < connections; i++)
        start_next(&f, handles[i]);
    run(&f);
    double seconds = (double)(now_ns() - started) / 1e9;
    printf("%lu\t%lu\t%llu\t%.3f\t%.2f\n", f.fetches, f.failures, f.bytes, seconds,
           f.fetches ? (double)(cpu_us() - cpu) / (double)f.fetches : 0);

    for (int i = 0; i < connections; i++)
        curl_easy_cleanup(handles[i]);
    free(handles);
    curl_multi_cleanup(f.multi);
    curl_global_cleanup();
    close(f.epoll);
    fclose(f.urls);
    free(f.line);
    return f.failures ? 1 : 0;
}
