#include "cmd/descriptors.h"

#include <sys/resource.h>

#define SPARE 32 /* the standard streams, the loop's, files, a few lookups */
#define LEAST 12 /* of them, where there are few in all */

uint64_t descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return UINT32_MAX;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max < UINT32_MAX ? limit.rlim_max : UINT32_MAX;
}

uint64_t descriptors_modest(uint64_t descriptors)
{
    return descriptors > LEAST ? (descriptors - LEAST) / 3 : 0;
}

uint64_t descriptors_fetches(uint64_t descriptors)
{
    uint64_t modest = descriptors_modest(descriptors);

    return descriptors > modest + SPARE ? descriptors - SPARE : modest;
}
