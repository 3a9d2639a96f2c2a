/* Queries under every rule: what comes out is a URL with the same text before it, no longer than it
 * was, and canonical: nothing is left to change. Without an order each parameter that stays is one
 * that was there. */
#include "parse/query.h"
#include "tests/fuzz/fuzz.h"

static void check_sorted(const struct url *u)
{
    struct query_parameter p, before;
    size_t count = 0;
    for (uint32_t at = u->query; query_next(u, &at, &p); before = p) {
        fuzz_check(p.at < p.end && p.at <= p.name_end && p.name_end <= p.end);
        if (count++ == 0)
            continue;
        size_t n = p.name_end - p.at, m = before.name_end - before.at;
        int r = memcmp(u->text + before.at, u->text + p.at, n < m ? n : m);
        fuzz_check(r < 0 || (r == 0 && m <= n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[URL_BUFFER], buffer[URL_BUFFER], again[URL_BUFFER];
    static const char *const names[] = {"a", "bc"};
    struct fuzz_input in = fuzz_input(data, size);
    struct query_rules r = {.drop = in.options & 1,
                            .sort = in.options & 2,
                            .tracking = in.options & 4,
                            .names = names,
                            .name_count = in.options & 8 ? 2 : 0};
    struct url base, u, out, same;
    url_describe(&base, "http://h/p", strlen("http://h/p"));
    if (url_parse(&u, text, sizeof text, in.at, in.length, &base, NULL, 0) < 0)
        return 0;
    char *exact = fuzz_string(u.text, u.length);
    u.text = exact;
    if (query_canonical(&out, buffer, &u, &r)) {
        fuzz_check(query_rules_apply(&r) || u.query < u.length);
        fuzz_check(out.length <= u.length && strlen(buffer) == out.length);
        fuzz_check(memcmp(buffer, exact, u.query) == 0);
        url_describe(&same, buffer, out.length);
        fuzz_check(same.query == out.query && same.path == out.path && same.host == out.host);
        fuzz_check(!query_canonical(&same, again, &out, &r));
        fuzz_check(!r.drop || out.query == out.length);
        if (r.sort)
            check_sorted(&out);
    }
    free(exact);
    return 0;
}
