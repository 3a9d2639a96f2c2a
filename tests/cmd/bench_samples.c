/* bench_samples json|csv|svg: the fixture of benching.h in that form, for tests/cmd/schema and for
 * looking at. With a site's URL as second argument, it was that site. */
#include "cmd/bench_print.h"
#include "tests/cmd/benching.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct bench_result *r = benching_result();
    struct text t = {0};

    if (argc < 2)
        return 2;
    if (argc > 2)
        r->site = (struct bench_site){.url = argv[2], .pages = 2000};
    if (strcmp(argv[1], "json") == 0)
        bench_print_json(&t, r);
    else if (strcmp(argv[1], "csv") == 0)
        bench_print_csv(&t, r);
    else
        bench_print_svg(&t, r);
    fwrite(t.data, 1, t.length, stdout);
    text_deinit(&t);
    benching_free(r);
    return 0;
}
