/* A getaddrinfo that takes its time, to be loaded before the C library's own (LD_PRELOAD):
 * after-N.test is 127.0.0.1 after N milliseconds, never-N.test is no name at all after N. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <time.h>

static void wait_milliseconds(unsigned n)
{
    struct timespec t = {.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    union {
        void *object;
        int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    } next = {dlsym(RTLD_NEXT, "getaddrinfo")};
    unsigned milliseconds;

    if (name && sscanf(name, "never-%u.test", &milliseconds) == 1) {
        wait_milliseconds(milliseconds);
        return EAI_NONAME;
    }
    if (name && sscanf(name, "after-%u.test", &milliseconds) == 1) {
        wait_milliseconds(milliseconds);
        name = "127.0.0.1";
    }
    return next.function(name, service, hints, out);
}
