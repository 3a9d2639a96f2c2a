/* What the options of a site make of it. */
#include "cmd/site_options.h"

#include "cmd/message.h"

#include <string.h>

/* Whether it is fine; what is not given leaves *out alone. */
static bool read_share(const char *command, const char *option, const char *text, double *out)
{
    if (!text || parse_share(text, out))
        return true;
    message("%s: %s %s: expected a share like 0.3 or 30%%", command, option, *text ? text : "\"\"");
    return false;
}

static bool read_size(const char *command, const char *text, struct serve_site_law *out)
{
    if (!text || serve_site_law(out, text, SERVE_SITE_BYTES) == 0)
        return true;
    message("%s: --size %s: expected a value like 5K, uniform:A..B or lognormal:MEDIAN,SIGMA",
            command, *text ? text : "\"\"");
    return false;
}

static bool read_latency(const char *command, const char *text, struct serve_site *out)
{
    static const char per_host[] = "per-host:";
    out->latency_of_hosts = text && strncmp(text, per_host, sizeof per_host - 1) == 0;
    const char *law = out->latency_of_hosts ? text + sizeof per_host - 1 : text;
    if (!text || serve_site_law(&out->latency, law, SERVE_SITE_SECONDS) == 0)
        return true;
    message("%s: --latency %s: expected a value like 100ms, uniform:A..B or "
            "lognormal:MEDIAN,SIGMA, or per-host: and such a law",
            command, *text ? text : "\"\"");
    return false;
}

bool site_arguments_read(const struct site_arguments *a, const char *command,
                         struct serve_site *out)
{
    *out = (struct serve_site){
        .pages = out->pages,
        .links = (uint32_t)a->links,
        .seed = a->seed,
        .size = {.a = 5 * 1024},
        .local = SERVE_SITE_LOCAL,
        .hosts = (unsigned)a->hosts,
        .secure = a->secure,
        .port = out->port,
    };
    if (!read_share(command, "--local", a->local, &out->local) ||
        !read_size(command, a->size, &out->size) || !read_latency(command, a->latency, out) ||
        !read_share(command, "--errors", a->errors, &out->errors) ||
        !read_share(command, "--redirects", a->redirects, &out->redirects) ||
        !read_share(command, "--drop", a->drop, &out->drop))
        return false;
    if (out->errors + out->redirects <= 1 + 1e-9)
        return true;
    message("%s: --errors %s --redirects %s: that is more than all pages", command, a->errors,
            a->redirects);
    return false;
}
