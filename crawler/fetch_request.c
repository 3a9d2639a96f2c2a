/* What is asked. Between two uses of an easy handle only what differs is set. */
#include "crawler/fetch_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_header(const struct curl_slist *list, const char *name)
{
    size_t length = strlen(name);

    for (; list; list = list->next)
        if (strncasecmp(list->data, name, length) == 0 && strchr(":;", list->data[length]))
            return true;
    return false;
}

static struct curl_slist *with_header(struct curl_slist *list, const char *name, const char *value)
{
    char *line = memory_resize(NULL, strlen(name) + strlen(value) + 3);

    stpcpy(stpcpy(stpcpy(line, name), ": "), value);
    list = curl_slist_append(list, line);
    free(line);
    if (!list)
        memory_out();
    return list;
}

/* libcurl would format these two anew for each request, character by character. What was given by
 * hand goes before. */
static struct curl_slist *make_headers(const struct curl_slist *given, const char *user_agent)
{
    const curl_version_info_data *have = curl_version_info(CURLVERSION_NOW);
    struct curl_slist *list = NULL;
    char codings[32] = "gzip, deflate";

    if (have->features & CURL_VERSION_BROTLI)
        strcat(codings, ", br");
    if (have->features & CURL_VERSION_ZSTD)
        strcat(codings, ", zstd");
    for (const struct curl_slist *h = given; h; h = h->next)
        list = curl_slist_append(list, h->data);
    if (!has_header(given, "User-Agent"))
        list = with_header(list, "User-Agent", user_agent);
    if (!has_header(given, "Accept-Encoding"))
        list = with_header(list, "Accept-Encoding", codings);
    return list;
}

void fetch_request_open(struct fetch_defaults *d, const struct fetch_options *o)
{
    d->plain = make_headers(NULL, o->user_agent);
    d->trusted = make_headers(o->headers, o->user_agent);
    fetch_proxies_find(&d->proxies, o->proxy);
}

void fetch_request_close(struct fetch_defaults *d)
{
    curl_slist_free_all(d->plain);
    curl_slist_free_all(d->trusted);
}

/* CURLOPT_PREREQFUNCTION: there is a connection, new or reused. */
static int note_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct fetch *f = arg;

    (void)ip, (void)local_ip, (void)port, (void)local_port;
    f->connected = true;
    return CURL_PREREQFUNC_OK;
}

/* What stays the same for all uses of an easy handle. */
static void prepare(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;
    CURL *e = f->easy;

    if (o->crew) {
        fetch_crew_prepare(f);
    } else {
        fetch_multi_prepare(&f->fetcher->multis, e, &f->multi);
        fetch_cookies_prepare(f->fetcher, e);
        curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 0L);
    }
    curl_easy_setopt(e, CURLOPT_PRIVATE, f);
    curl_easy_setopt(e, CURLOPT_CURLU, f->address);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);         /* do not wait for a resolver's thread */
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, -1L); /* else the cache is walked each time */
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error_text);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, fetch_answer_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, fetch_answer_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, note_connected);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, f);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, fetch_throttle_part(&f->fetcher->throttle));
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->fetcher->defaults.plain);
    curl_easy_setopt(e, CURLOPT_NOPROXY, ""); /* see set_proxy */
    curl_easy_setopt(e, CURLOPT_INTERFACE, o->interface);
    curl_easy_setopt(e, CURLOPT_IPRESOLVE, o->ip_resolve);
    curl_easy_setopt(e, CURLOPT_NETRC, o->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_RESOLVE, o->resolve);
    /* Debian's default of a bundle and a folder keeps the bundle from being cached. */
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    if (o->cacert)
        curl_easy_setopt(e, CURLOPT_CAINFO, o->cacert);
    if (o->insecure) {
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* A new path into the former address is cheaper than a whole URL, which libcurl would parse: by a
 * tenth of all that a small page costs. But it would change the case of a percent-encoded byte, and
 * a query is a part of its own. */
static CURLUcode set_address(struct fetch *f)
{
    const char *path = f->url + f->host->origin_length;
    bool plain = f->host == f->former && !strpbrk(path, "%?");

    f->former = strchr(path, '?') ? NULL : f->host;
    return curl_url_set(f->address, plain ? CURLUPART_PATH : CURLUPART_URL, plain ? path : f->url,
                        0);
}

/* A first connection is worth waiting for where it may carry all streams: over TLS, with HTTP/2. */
static void set_version(struct fetch *f)
{
    bool https = strncmp(f->url, "https:", 6) == 0;
    long version = https || f->fetcher->options.http_version != CURL_HTTP_VERSION_2TLS
                       ? f->fetcher->options.http_version
                       : CURL_HTTP_VERSION_1_1;

    if (version == f->version)
        return;
    f->version = version;
    curl_easy_setopt(f->easy, CURLOPT_HTTP_VERSION, version);
    curl_easy_setopt(f->easy, CURLOPT_PIPEWAIT, https ? 1L : 0L);
}

/* Headers, credentials and the cookies given go to seeds' origins alone. */
static void set_secrets(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;
    const char *credentials = f->host->credentials ? f->host->credentials : o->credentials;

    if (!f->host->seed)
        credentials = NULL;
    if (f->trusted != f->host->seed) {
        curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER,
                         f->host->seed ? f->fetcher->defaults.trusted : f->fetcher->defaults.plain);
        curl_easy_setopt(f->easy, CURLOPT_COOKIE, f->host->seed ? o->cookies : NULL);
    }
    if (credentials || f->credentials)
        curl_easy_setopt(f->easy, CURLOPT_USERPWD, credentials);
    f->trusted = f->host->seed;
    f->credentials = credentials;
}

static void set_proxy(struct fetch *f)
{
    const char *proxy = fetch_proxies_choose(&f->fetcher->defaults.proxies, f->host);

    if (proxy != f->proxy)
        curl_easy_setopt(f->easy, CURLOPT_PROXY, proxy);
    f->proxy = proxy;
}

bool fetch_request_set(struct fetch *f)
{
    if (!f->easy) {
        f->easy = curl_easy_init();
        f->address = curl_url();
        if (!f->easy || !f->address)
            memory_out();
        prepare(f);
    }
    if (set_address(f) != CURLUE_OK) {
        f->former = NULL;
        return false;
    }
    set_version(f);
    set_secrets(f);
    set_proxy(f);
    return true;
}
