/* A malloc that fails once, or from then on, to be loaded before the C library's own (LD_PRELOAD):
 * FAIL_MALLOC_AT names the allocation, counted from 1, and FAIL_MALLOC_ON=1 says that all after it
 * fail too. FAIL_MALLOC_COUNT names a file that holds their count in the end. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

static atomic_ulong count;
static unsigned long first; /* that fails; 0: none */
static bool others;

static void __attribute__((constructor)) begin(void)
{
    const char *at = getenv("FAIL_MALLOC_AT");
    first = at ? strtoul(at, NULL, 10) : 0;
    others = getenv("FAIL_MALLOC_ON") != NULL;
    count = 0;
}

static void __attribute__((destructor)) end(void)
{
    const char *path = getenv("FAIL_MALLOC_COUNT");
    unsigned long n = count;
    FILE *f = path ? fopen(path, "we") : NULL;
    if (!f)
        return;
    fprintf(f, "%lu\n", n);
    fclose(f);
}

static bool fails(void)
{
    unsigned long n = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) + 1;
    if (first == 0 || n < first || (n > first && !others))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}
