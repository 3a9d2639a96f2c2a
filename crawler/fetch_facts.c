/* What libcurl knows of an exchange that has ended.
 *
 * Its clock begins when it is asked, at once after started; so none of its times is beyond the
 * total, which is our own. Without a new connection it gives times to looking one up in its pool,
 * and a time that has not come is 0. */
#include "crawler/fetch_private.h"

#include <stdio.h>
#include <time.h>

static int64_t time_of(const struct fetch *f, CURLINFO info)
{
    curl_off_t us = 0;

    curl_easy_getinfo(f->easy, info, &us);
    return us > 0 ? us * NS_PER_US : -1;
}

static const char *version_of(const struct fetch *f)
{
    long version = CURL_HTTP_VERSION_NONE;

    curl_easy_getinfo(f->easy, CURLINFO_HTTP_VERSION, &version);
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return "1.0";
    case CURL_HTTP_VERSION_1_1:
        return "1.1";
    case CURL_HTTP_VERSION_2_0:
        return "2";
    default:
        return NULL;
    }
}

static int64_t unix_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Whether a connection was made for it. */
static bool is_fresh(const struct fetch *f)
{
    long made = 0;

    curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &made);
    return made > 0;
}

void fetch_times_read(const struct fetch *f, struct fetch_times *out)
{
    *out = (struct fetch_times){.total = f->ended - f->started, .connect = -1, .first_byte = -1};
    if (!f->begun)
        return;
    if (is_fresh(f))
        out->connect =
            time_of(f, f->host->parts.https ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T);
    if (f->header_bytes)
        out->first_byte = time_of(f, CURLINFO_STARTTRANSFER_TIME_T);
}

void fetch_facts_read(const struct fetch *f, struct fetch_facts *out)
{
    const char *ip = NULL;
    struct fetch_times times;

    *out = (struct fetch_facts){.dns = -1, .connect = -1, .tls = -1};
    out->start = unix_time() - (loop_time() - f->started);
    fetch_times_read(f, &times);
    out->total = times.total;
    out->first_byte = times.first_byte;
    if (!f->begun)
        return;
    if (is_fresh(f)) {
        out->dns = time_of(f, CURLINFO_NAMELOOKUP_TIME_T);
        out->connect = time_of(f, CURLINFO_CONNECT_TIME_T);
        out->tls = time_of(f, CURLINFO_APPCONNECT_TIME_T);
    }
    if (f->header_bytes)
        out->http = version_of(f);
    if (!*f->proxy && curl_easy_getinfo(f->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip)
        snprintf(out->ip, sizeof out->ip, "%s", ip);
}
