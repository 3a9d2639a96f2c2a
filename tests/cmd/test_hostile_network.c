/* What servers and networks do, H001 to H040: see cmd/serve_hostile.h. */
#include "tests/cmd/hostile.h"

Test(hostile, redirects)
{
    static const struct hostile_case cases[] = {
        {"H009", .hits = "a=1", .finds = "a"},
    };
    hostile_run(cases, COUNT(cases));
}
