#include "crawler/memory.h"

#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)
#define BLOCK (64u << 10) /* small enough for malloc to take it from the heap */
#define BLOCKS 8          /* more than what a heap has left that was not extended */

_Noreturn void memory_out(void)
{
    fputs("skitter: out of memory\n", stderr);
    exit(3);
}

static void *checked(void *p)
{
    if (!p)
        memory_out();
    return p;
}

void *memory_new(size_t size)
{
    return checked(calloc(1, size));
}

void *memory_resize(void *p, size_t size)
{
    return checked(realloc(p, size));
}

char *memory_copy(const char *text, size_t length)
{
    char *copy = checked(malloc(length + 1));
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void memory_expect(size_t bytes)
{
#ifdef M_TOP_PAD /* glibc: how much more than is needed the heap grows by */
    uintptr_t start = (uintptr_t)sbrk(0), end = start;
    void *blocks[BLOCKS];
    size_t count = 0;

    if (bytes > INT_MAX / 2)
        bytes = INT_MAX / 2;
    mallopt(M_TRIM_THRESHOLD, (int)(2 * bytes));
    mallopt(M_MMAP_THRESHOLD, 4 << 20); /* as malloc learns by itself, but not after the above */
    mallopt(M_TOP_PAD, (int)bytes);
    for (; end == start && count < BLOCKS; end = (uintptr_t)sbrk(0))
        blocks[count++] = malloc(BLOCK);
    while (count > 0)
        free(blocks[--count]);
    mallopt(M_TOP_PAD, 1 << 20);
    start = (start + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    end &= ~(HUGE_PAGE - 1);
    if (end > start)
        madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)bytes;
#endif
}
