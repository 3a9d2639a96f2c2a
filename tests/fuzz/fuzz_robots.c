/* robots.txt and the paths that it is asked about: the first line is the path. */
#include "parse/robots.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    const char *newline = in.length > 0 ? memchr(in.at, '\n', in.length) : NULL;
    size_t path_length = newline ? (size_t)(newline - in.at) : 0;
    char *path = malloc(path_length + 1);
    char *text = fuzz_copy(in.at + path_length, in.length - path_length);
    struct robots *r;
    path[0] = '/';
    if (path_length > 0)
        memcpy(path + 1, in.at, path_length);
    fuzz_check(robots_parse(&r, text, in.length - path_length,
                            in.options & 1 ? "skitter" : "Other-Agent") == 0);
    robots_allowed(r, path, path_length + 1);
    fuzz_check(robots_allowed(r, "/robots.txt", strlen("/robots.txt")));
    double delay = robots_crawl_delay(r);
    fuzz_check(delay >= 0 && delay <= 1e9);
    for (size_t i = 0; robots_sitemap(r, i); i++)
        fuzz_check(strlen(robots_sitemap(r, i)) <= in.length);
    robots_free(r);
    free(text);
    free(path);
    return 0;
}
