/* Values in the report as people read them: counts, sizes, times, URLs, outcomes. */
#include "cmd/report_page_private.h"

#include "cmd/quantity.h"
#include "parse/utf8.h"

#include <stdio.h>
#include <string.h>

#define MOST_SHOWN 240 /* bytes of a URL, or its escapes */
#define MOST_LINK 2048 /* bytes of a URL that is a link */

const char *const report_kind_names[KIND_COUNT] = {
    [KIND_OK] = "OK",         [KIND_REDIRECT] = "redirect", [KIND_OTHER] = "other",
    [KIND_BROKEN] = "broken", [KIND_FAILED] = "failed",
};
const char *const report_kind_signs[KIND_COUNT] = {
    [KIND_OK] = "✓",     [KIND_REDIRECT] = "→", [KIND_OTHER] = "·",
    [KIND_BROKEN] = "✕", [KIND_FAILED] = "○",
};
const char report_kind_classes[KIND_COUNT] = {
    [KIND_OK] = 'o',     [KIND_REDIRECT] = 'r', [KIND_OTHER] = 'x',
    [KIND_BROKEN] = 'b', [KIND_FAILED] = 'f',
};

void report_add_count(struct text *t, uint64_t n)
{
    char count[QUANTITY_SIZE];

    quantity_count(count, n);
    text_add_string(t, count);
}

void report_add_many(struct text *t, uint64_t n, const char *one, const char *more)
{
    report_add_count(t, n);
    text_add_format(t, " %s", n == 1 ? one : more);
}

void report_fold(struct text *t, uint64_t i, uint64_t few, uint64_t n)
{
    if (i == few && n > few) {
        text_add_string(t, "<li><details class=\"rest\"><summary>");
        report_add_count(t, n - few);
        text_add_string(t, " more</summary>\n<ul class=\"list\">\n");
    }
    if (i == n)
        text_add_string(t, n > few ? "</ul></details></li>\n</ul>\n" : "</ul>\n");
}

void report_add_more(struct text *t, uint64_t n, const char *one, const char *more)
{
    if (n == 0)
        return;
    text_add_string(t, "<li class=\"more\">and ");
    report_add_many(t, n, one, more);
    text_add_string(t, "</li>\n");
}

/* With three digits that count. */
static void add_scaled(struct text *t, double n, const char *unit)
{
    text_add_format(t, n < 9.995 ? "%.2f %s" : n < 99.95 ? "%.1f %s" : "%.0f %s", n, unit);
}

void report_add_size(struct text *t, uint64_t bytes)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB"};
    double n = (double)bytes / 1000;
    size_t unit = 0;

    if (bytes < 1000) {
        text_add_format(t, "%d B", (int)bytes);
        return;
    }
    for (; n >= 999.5 && unit < 3; unit++)
        n /= 1000;
    add_scaled(t, n, units[unit]);
}

void report_add_duration(struct text *t, int64_t ns)
{
    double s = (double)ns / 1e9;
    int minutes = (int)(s / 60);

    if (s < 0.0095)
        text_add_format(t, "%.1f ms", s * 1e3);
    else if (s < 0.9995)
        text_add_format(t, "%.0f ms", s * 1e3);
    else if (s < 99.95)
        add_scaled(t, s, "s");
    else if (s < 3600)
        text_add_format(t, "%d min %02d s", minutes, (int)s % 60);
    else
        text_add_format(t, "%d h %02d min", minutes / 60, minutes % 60);
}

void report_add_rate(struct text *t, double rate)
{
    if (rate < 10)
        text_add_format(t, "%.3g", rate);
    else
        report_add_count(t, (uint64_t)(rate + 0.5));
}

void report_add_share(struct text *t, double of_one)
{
    if (of_one > 0 && of_one < 0.01)
        text_add_string(t, "&lt; 1 %");
    else if (of_one > 0.99 && of_one < 1)
        text_add_string(t, "&gt; 99 %");
    else
        text_add_format(t, "%.0f %%", of_one * 100);
}

void report_add_width(struct text *t, double of_one)
{
    text_add_format(t, " style=\"width:%.3g%%\"", of_one * 100);
}

/* --- URLs --- */

static int hex(unsigned char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/* A byte that is escaped at s; -1: none is. */
static int escaped(const char *s, const char *end)
{
    if (end - s < 3 || *s != '%')
        return -1;
    int high = hex((unsigned char)s[1]), low = hex((unsigned char)s[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Letters and signs; no spaces, nothing that is invisible or turns the direction. */
static bool is_visible(uint32_t c)
{
    return c > 0xa0 && c != 0xad && c != 0x61c && !(c >= 0x2000 && c <= 0x206f) && c != 0x3000 &&
           c != 0xfeff && !(c >= 0xfff0 && c <= 0xffff) && c < 0xe0000;
}

/* The character that is escaped at s, as UTF-8. Returns the length of its escapes; 0: none that
 * is to be shown. */
static size_t unescape(const char *s, const char *end, unsigned char out[4], size_t *length)
{
    uint32_t c;
    size_t n = 0;

    for (int byte; n < 4 && (byte = escaped(s + 3 * n, end)) >= 0x80; n++)
        out[n] = (unsigned char)byte;
    if (n == 0)
        return 0;
    *length = utf8_decode(out, out + n, &c);
    return is_visible(c) ? 3 * *length : 0;
}

void report_add_shown(struct text *t, const char *url, size_t length)
{
    char shown[MOST_SHOWN] = "";
    size_t n = 0;
    const char *s = url, *end = url + length;

    while (s < end && n + 4 <= sizeof shown) {
        size_t one = 1, taken = unescape(s, end, (unsigned char *)shown + n, &one);
        if (!taken) {
            shown[n] = *s;
            taken = one = 1;
        }
        s += taken;
        n += one;
    }
    text_add_markup(t, shown, n);
    if (s < end)
        text_add_string(t, "…");
}

const char *report_begin_link(struct text *t, const char *url)
{
    size_t length = strlen(url);

    if (length > MOST_LINK) {
        text_add_string(t, "<span>");
        return "</span>";
    }
    text_add_string(t, "<a rel=\"noreferrer\" href=\"");
    text_add_markup(t, url, length);
    text_add_string(t, "\">");
    return "</a>";
}

void report_add_link(struct text *t, const char *url, const char *shown)
{
    const char *end = report_begin_link(t, url);

    report_add_shown(t, shown, strlen(shown));
    text_add_string(t, end);
}

void report_add_url(struct text *t, const struct report_page *r, const char *url)
{
    const char *home = r->seed_count ? r->seeds[0] : "";
    size_t origin = strcspn(home, ":"); /* up to the path */

    if (*home)
        origin += 3 + strcspn(home + origin + 3, "/");
    const char *shown =
        origin && strncmp(url, home, origin) == 0 && url[origin] == '/' ? url + origin : url;
    report_add_link(t, url, shown);
}

/* --- outcomes --- */

void report_add_outcome(struct text *t, const struct visit *v)
{
    text_add_format(t, "<b class=\"k %c\">%s ", report_kind_classes[v->kind],
                    report_kind_signs[v->kind]);
    if (v->error)
        text_add_format(t, "%s</b>", fetch_error_name((enum fetch_error)v->error));
    else
        text_add_format(t, "%d</b>", v->status);
}

const char *report_status_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {418, "I'm a teapot"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {999, "Request Denied"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "";
}
