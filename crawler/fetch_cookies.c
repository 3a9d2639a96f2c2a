/* Cookies that are kept: libcurl's engine, one jar for all fetches (RFC 6265).
 *
 * libcurl takes up to 50 cookies of one answer and never has too many. So now and then, by how much
 * came, each site's cookies are cut to COOKIES_OF_A_SITE: a site is a registrable domain here, else
 * one could have a jar for each of its names. */
#include "crawler/fetch_private.h"

#include "crawler/memory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COOKIES_OF_A_SITE (64u * 1024) /* bytes */
#define LOOK_AFTER (256u * 1024)       /* bytes of Set-Cookie */
#define NEW_MODE 0600                  /* nobody else's business */

void fetch_cookies_open(struct fetcher *fr)
{
    const struct fetch_options *o = &fr->options;

    if (o->crew || (!o->cookie_files && !o->cookie_jar))
        return;
    curl_share_setopt(fr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    fr->jar = curl_easy_init();
    if (!fr->jar)
        memory_out();
    fetch_cookies_prepare(fr, fr->jar);
    for (const struct curl_slist *file = o->cookie_files; file; file = file->next)
        curl_easy_setopt(fr->jar, CURLOPT_COOKIEFILE, file->data);
    curl_easy_setopt(fr->jar, CURLOPT_COOKIELIST, "RELOAD");
}

void fetch_cookies_close(struct fetcher *fr)
{
    curl_easy_cleanup(fr->jar);
}

void fetch_cookies_prepare(const struct fetcher *fr, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SHARE, fr->share);
    if (fr->jar)
        curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* a share alone would send none */
}

/* --- their number --- */

/* A cookie as libcurl lists it, and whose it is. */
struct cookie {
    const char *line;
    char *site;
    size_t index;
};

/* The first field of a line, in lower case, as the public suffix list wants it. */
static char *site_of(const char *line)
{
    static const char http_only[] = "#HttpOnly_";

    if (strncmp(line, http_only, sizeof http_only - 1) == 0)
        line += sizeof http_only - 1;
    line += *line == '.';

    char *name = memory_copy(line, strcspn(line, "\t"));
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *domain = psl_registrable_domain(psl_builtin(), name);
    if (domain)
        memmove(name, domain, strlen(domain) + 1);
    return name;
}

static int by_site(const void *a, const void *b)
{
    const struct cookie *x = a, *y = b;
    int order = strcmp(x->site, y->site);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Sorts them, takes the line from each that is one too many, and says whether there was any. */
static bool thin_out(struct cookie *cookies, size_t count)
{
    size_t bytes = 0;
    bool any = false;

    qsort(cookies, count, sizeof *cookies, by_site);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && strcmp(cookies[i].site, cookies[i - 1].site) == 0;
        bytes = (same ? bytes : 0) + strlen(cookies[i].line);
        if (bytes > COOKIES_OF_A_SITE) {
            cookies[i].line = NULL;
            any = true;
        }
    }
    return any;
}

static void trim(struct fetcher *fr)
{
    struct curl_slist *list = NULL;
    struct cookie *cookies = NULL;
    size_t count = 0, room = 0;

    curl_easy_getinfo(fr->jar, CURLINFO_COOKIELIST, &list);
    for (const struct curl_slist *l = list; l; l = l->next, count++) {
        if (count == room) {
            room = 2 * room + 64;
            cookies = memory_resize(cookies, room * sizeof *cookies);
        }
        cookies[count] = (struct cookie){l->data, site_of(l->data), count};
    }
    if (count && thin_out(cookies, count)) {
        curl_easy_setopt(fr->jar, CURLOPT_COOKIELIST, "ALL"); /* away with them */
        for (size_t i = 0; i < count; i++)
            if (cookies[i].line)
                curl_easy_setopt(fr->jar, CURLOPT_COOKIELIST, cookies[i].line);
    }
    for (size_t i = 0; i < count; i++)
        free(cookies[i].site);
    free(cookies);
    curl_slist_free_all(list);
}

void fetch_cookies_limit(struct fetcher *fr)
{
    if (fr->cookie_bytes < LOOK_AFTER)
        return;
    fr->cookie_bytes = 0;
    if (fr->jar)
        trim(fr);
}

/* --- their file --- */

/* Returns 0 or a negative errno. */
static int write_cookies(FILE *file, const struct curl_slist *list)
{
    int error = 0;

    if (fputs("# Netscape HTTP Cookie File\n", file) < 0)
        error = -errno;
    for (; list && !error; list = list->next)
        if (fprintf(file, "%s\n", list->data) < 0)
            error = -errno;
    if (fclose(file) != 0 && !error)
        error = -errno;
    return error;
}

/* A file that is new or regular is written beside its place. */
static int write_file(const char *path, const struct curl_slist *list)
{
    struct stat st;
    bool exists = stat(path, &st) == 0, beside = !exists || S_ISREG(st.st_mode);
    char *place = exists && beside ? realpath(path, NULL) : NULL;
    if (!place)
        place = memory_copy(path, strlen(path));
    char *part = memory_resize(NULL, strlen(place) + sizeof ".part");
    stpcpy(stpcpy(part, place), beside ? ".part" : "");

    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, NEW_MODE);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    int error = file ? 0 : -errno;
    if (file && beside)
        fchmod(fd, exists ? st.st_mode & 0777 : NEW_MODE);
    if (file)
        error = write_cookies(file, list);
    if (file && beside && !error && rename(part, place) != 0)
        error = -errno;
    if (file && beside && error)
        unlink(part);
    free(part);
    free(place);
    return error;
}

int fetcher_save_cookies(struct fetcher *fr)
{
    struct curl_slist *list = NULL;

    if (!fr->jar || !fr->options.cookie_jar)
        return 0;
    curl_easy_getinfo(fr->jar, CURLINFO_COOKIELIST, &list);
    int error = write_file(fr->options.cookie_jar, list);
    curl_slist_free_all(list);
    return error;
}
