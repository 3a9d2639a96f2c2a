/* What libcurl knows of an exchange that has ended, here or in a process.
 *
 * Its clock begins when it is asked, at once after started, or when a crew comes to it; so none of
 * its times is beyond the total, which is our own. Without a new connection it gives times to looking one up in its pool,
 * and a time that has not come is 0. */
#include "crawler/fetch_crew_private.h"

#include <stdio.h>
#include <time.h>

static int64_t us_told(const struct fetch_told *t, CURLINFO info)
{
    switch (info) {
    case CURLINFO_NAMELOOKUP_TIME_T:
        return t->lookup;
    case CURLINFO_CONNECT_TIME_T:
        return t->connect;
    case CURLINFO_APPCONNECT_TIME_T:
        return t->tls;
    case CURLINFO_PRETRANSFER_TIME_T:
        return t->sent;
    default:
        return t->first_byte;
    }
}

static int64_t us_of(const struct fetch *f, CURLINFO info)
{
    curl_off_t us = 0;

    if (!f->easy)
        return us_told(&f->seat->told, info);
    curl_easy_getinfo(f->easy, info, &us);
    return us;
}

static int64_t time_of(const struct fetch *f, CURLINFO info)
{
    int64_t us = us_of(f, info), waited = f->seat ? f->seat->called - f->started : 0;

    return us > 0 ? us * NS_PER_US + waited : -1;
}

int64_t fetch_first_byte(const struct fetch *f)
{
    if (!f->begun)
        return 0;
    int64_t sent = us_of(f, CURLINFO_PRETRANSFER_TIME_T);
    int64_t came = us_of(f, CURLINFO_STARTTRANSFER_TIME_T);
    return came > sent ? (came - sent) * NS_PER_US : 0;
}

static long number_of(const struct fetch *f, CURLINFO info)
{
    long number = 0;

    if (!f->easy)
        return info == CURLINFO_NUM_CONNECTS ? f->seat->told.connections : f->seat->told.version;
    curl_easy_getinfo(f->easy, info, &number);
    return number;
}

static const char *version_of(const struct fetch *f)
{
    switch (number_of(f, CURLINFO_HTTP_VERSION)) {
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

/* Of the server; NULL: not known. */
static const char *ip_of(const struct fetch *f)
{
    const char *ip = NULL;

    if (!f->easy)
        return f->seat->told.ip;
    if (!*f->proxy)
        curl_easy_getinfo(f->easy, CURLINFO_PRIMARY_IP, &ip);
    return ip;
}

/* Whether a connection was made for it. */
static bool is_fresh(const struct fetch *f)
{
    return number_of(f, CURLINFO_NUM_CONNECTS) > 0;
}

void fetch_told_read(const struct fetch *f, struct fetch_told *out)
{
    const char *ip = ip_of(f);

    out->lookup = us_of(f, CURLINFO_NAMELOOKUP_TIME_T);
    out->connect = us_of(f, CURLINFO_CONNECT_TIME_T);
    out->tls = us_of(f, CURLINFO_APPCONNECT_TIME_T);
    out->sent = us_of(f, CURLINFO_PRETRANSFER_TIME_T);
    out->first_byte = us_of(f, CURLINFO_STARTTRANSFER_TIME_T);
    out->connections = number_of(f, CURLINFO_NUM_CONNECTS);
    out->version = number_of(f, CURLINFO_HTTP_VERSION);
    snprintf(out->ip, sizeof out->ip, "%s", ip ? ip : "");
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
    const char *ip = ip_of(f);
    if (ip)
        snprintf(out->ip, sizeof out->ip, "%s", ip);
}
