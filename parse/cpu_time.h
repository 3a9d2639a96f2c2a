/* What a parser has cost so far: CPU time, so that a budget does not depend on what else the
 * machine does, and the same document always gives the same links. */
#ifndef PARSE_CPU_TIME_H
#define PARSE_CPU_TIME_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of CPU time that this thread has used. */
static inline int64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

#endif
