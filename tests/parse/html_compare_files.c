/* html_compare FILE...: compares the scanner with Gumbo on each of them, gzip or not, as text/html.
 * Prints the differences, and at the end how many pages were compared. Status 1 if any differs or
 * cannot be read. */
#include "tests/parse/html_compare.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned compared, different, refused, unreadable;

/* The whole file, in a block of its length; NULL: it cannot be read. */
static char *read_file(const char *path, size_t *length)
{
    gzFile file = gzopen(path, "rb");
    size_t size = 1 << 16;
    char *text = malloc(size);
    int n = file && text ? 1 : -1;
    *length = 0;
    while (n > 0) {
        if (*length == size && !(text = realloc(text, size *= 2)))
            abort();
        n = gzread(file, text + *length, (unsigned)(size - *length));
        *length += n > 0 ? (size_t)n : 0;
    }
    if (file && gzclose(file) != Z_OK)
        n = -1;
    if (n == 0 && (text = realloc(text, *length > 0 ? *length : 1)))
        return text;
    free(text);
    return NULL;
}

static void compare(const char *path)
{
    static const char base[] = "http://h.example/dir/page";
    struct url url;
    size_t length;
    char *body = read_file(path, &length);
    if (!body) {
        printf("%s: cannot be read\n", path);
        unreadable++;
        return;
    }
    url_describe(&url, base, strlen(base));
    struct document d = {
        .body = body, .length = length, .url = &url, .content_type = "text/html", .lines = true};
    int r = html_compare(&d, stdout);
    if (r > 0)
        printf("%s: differs\n", path);
    else if (r < 0)
        printf("%s: Gumbo gave up, %s\n", path, strerror(-r));
    compared += r >= 0;
    different += r > 0;
    refused += r < 0;
    free(body);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        compare(argv[i]);
    printf("%u pages compared, %u different, %u that Gumbo gave up on, %u unreadable\n", compared,
           different, refused, unreadable);
    return different > 0 || unreadable > 0 || argc < 2;
}
