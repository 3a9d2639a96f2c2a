/* URLs, relative to a base and by themselves, into a buffer of any size: what comes out is
 * printable ASCII, comes out of itself, and is described as url_describe describes it. */
#include "parse/url.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static void check_same(const struct url *a, const struct url *b)
{
    fuzz_check(a->userinfo == b->userinfo && a->host == b->host && a->port == b->port);
    fuzz_check(a->path == b->path && a->query == b->query && a->length == b->length);
    fuzz_check(a->port_number == b->port_number && a->https == b->https);
    fuzz_check(strcmp(a->text, b->text) == 0);
}

static void check_result(const struct url *url)
{
    static char buffer[URL_BUFFER];
    struct url again, described;
    fuzz_check(strlen(url->text) == url->length && url->length <= URL_MAX);
    fuzz_check(url->userinfo == (url->https ? 8u : 7u));
    fuzz_check(url->userinfo <= url->host && url->host < url->port && url->port <= url->path);
    fuzz_check(url->path < url->query && url->query <= url->length);
    fuzz_check(url->text[url->path] == '/');
    for (uint32_t i = 0; i < url->length; i++)
        fuzz_check(url->text[i] > ' ' && url->text[i] < 0x7f && url->text[i] != '#');
    url_describe(&described, url->text, url->length);
    check_same(url, &described);
    fuzz_check(url_same_host(url, &described));
    fuzz_check(url_parse(&again, buffer, sizeof(buffer), url->text, url->length, NULL, NULL, 0) ==
               0);
    check_same(url, &again);
    fuzz_check(url_parse(&again, buffer, sizeof(buffer), url->text, url->length, url, "Shift_JIS",
                         0) == 0);
    check_same(url, &again);
}

/* The result of a buffer that is too small is no other one. */
static void check_room(const struct url *whole, size_t room, const char *text, size_t length,
                       const struct url *base, const char *charset, unsigned flags)
{
    struct url url;
    char *buffer = fuzz_copy("", 0);
    if (room > 0) {
        free(buffer);
        buffer = malloc(room);
    }
    int r = url_parse(&url, buffer, room, text, length, base, charset, flags);
    fuzz_check(r != 0 || whole);
    fuzz_check(r == 0 || r == -ENAMETOOLONG || !whole);
    if (r == 0)
        check_same(&url, whole);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char base_buffer[URL_BUFFER], buffer[URL_BUFFER];
    static const char fixed[] = "https://user:pw@h.example:8080/a/b/../c?q=1";
    struct fuzz_input in = fuzz_input(data, size), given = fuzz_cut(&in);
    const char *charset = fuzz_charset(in.options);
    unsigned flags = in.options & 16 ? URL_DROP_USERINFO : 0;
    struct url base, url, *relative_to = NULL;
    char *text = fuzz_copy(in.at, in.length);
    if (given.length == 0 && in.options & 32)
        given = (struct fuzz_input){.at = fixed, .length = strlen(fixed)};
    if (given.length > 0 && url_parse(&base, base_buffer, sizeof(base_buffer), given.at,
                                      given.length, NULL, charset, 0) == 0) {
        check_result(&base);
        relative_to = &base;
    }
    int r = url_parse(&url, buffer, sizeof(buffer), text, in.length, relative_to, charset, flags);
    fuzz_check(r == 0 || r == -EINVAL || r == -EPROTONOSUPPORT || r == -ENAMETOOLONG);
    fuzz_check(*url_strerror(r));
    if (r == 0) {
        check_result(&url);
        fuzz_check(!flags || url.userinfo == url.host);
    }
    size_t room = r == 0 ? url.length + (in.options >> 6) - 1 : in.length % 64;
    check_room(r == 0 ? &url : NULL, room, text, in.length, relative_to, charset, flags);
    free(text);
    return 0;
}
