/* An exchange in one blocking call. Nothing but the fetch and its seat is written to here, for this
 * runs in any thread. */
#include "crawler/fetch_crew_private.h"

#include "crawler/address.h"

#include <limits.h>
#include <sys/socket.h>

/* The same as may_connect of fetch.c, from what is known here. */
static bool may_connect(struct fetch *f, const struct sockaddr *address)
{
    struct fetch_seat *s = f->seat;

    if (*f->proxy)
        return true;
    if (!address_is_private(address))
        s->met_public = true;
    else if (s->private_allowed && !s->met_public)
        s->met_private = true;
    else
        f->refused = true;
    return !f->refused;
}

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t open_socket(void *fetch, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)purpose;
    if (!may_connect(fetch, &a->addr))
        return CURL_SOCKET_BAD;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Rounded up, for 0 is libcurl's word for ever. */
static long milliseconds(int64_t ns)
{
    int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;

    return ms < INT_MAX ? (long)ms : INT_MAX;
}

void fetch_crew_prepare(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;
    int64_t connect = o->connect_timeout < o->max_time ? o->connect_timeout : o->max_time;

    curl_easy_setopt(f->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(f->easy, CURLOPT_OPENSOCKETDATA, f);
    curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, milliseconds(o->max_time));
    curl_easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect));
}

void fetch_perform(struct fetch *f)
{
    struct fetch_seat *s = f->seat;

    s->called = loop_time();
    CURLcode result = curl_easy_perform(f->easy);
    if (result == CURLE_OPERATION_TIMEDOUT)
        fetch_explain_timeout(f);
    else if (result != CURLE_OK && !f->cut)
        fetch_explain(f, result);
}
