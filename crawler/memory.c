#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
