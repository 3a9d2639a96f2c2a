/* bench_samples json|csv|svg [URL]: the fixture of benching.h in that form, for tests/cmd/schema
 * and for looking at: of the site at the URL, or of an own one that is all that a site can be. */
#include "cmd/bench_print.h"
#include "tests/cmd/benching.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct bench_result *r = benching_result();
    struct text t = {0};

    if (argc < 2)
        return 2;
    r->site.no_keepalive = r->site.gzip = r->site.tls = true;
    if (argc > 2)
        r->site = (struct bench_site){.url = argv[2], .pages = 2000};
    r->curves[1].levels[BENCHING_LEVELS - 1].median.short_plateau = true;
    r->curves[1].levels[BENCHING_LEVELS - 1].runs[0].short_plateau = true;
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
