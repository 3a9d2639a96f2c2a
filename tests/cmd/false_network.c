/* A network that has public addresses, to be loaded before the C library (LD_PRELOAD). 11.0.0.1
 * leads to 127.0.0.1, 11.0.0.2 refuses; nothing leaves the machine. Names:
 *     public.test   11.0.0.1, and so does all that ends in .public.test
 *     private.test  127.0.0.1
 *     rebound.test  11.0.0.1 when it is first asked for, 127.0.0.1 from then on
 *     mixed.test    127.0.0.1 and 11.0.0.1
 *     failing.test  11.0.0.2 and 127.0.0.1 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

typedef int lookup(const char *name, const char *service, const struct addrinfo *hints,
                   struct addrinfo **out);
typedef int connection(int fd, const struct sockaddr *address, socklen_t size);

static const char *first_of(const char *name)
{
    static atomic_int lookups;
    const char *dot = strstr(name, ".public.test");

    if (strcmp(name, "public.test") == 0 || (dot && strcmp(dot, ".public.test") == 0))
        return "11.0.0.1";
    if (strcmp(name, "rebound.test") == 0)
        return atomic_fetch_add(&lookups, 1) ? "127.0.0.1" : "11.0.0.1";
    if (strcmp(name, "failing.test") == 0)
        return "11.0.0.2";
    return strcmp(name, "private.test") == 0 || strcmp(name, "mixed.test") == 0 ? "127.0.0.1"
                                                                                : name;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    union {
        void *object;
        lookup *call;
    } next = {dlsym(RTLD_NEXT, "getaddrinfo")};
    const char *second = name && strcmp(name, "mixed.test") == 0     ? "11.0.0.1"
                         : name && strcmp(name, "failing.test") == 0 ? "127.0.0.1"
                                                                     : NULL;
    int error = next.call(name ? first_of(name) : name, service, hints, out);

    if (error || !second)
        return error;
    struct addrinfo *last = *out;
    while (last->ai_next)
        last = last->ai_next;
    return next.call(second, service, hints, &last->ai_next);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    union {
        void *object;
        connection *call;
    } next = {dlsym(RTLD_NEXT, "connect")};
    struct sockaddr_in a;

    if (address->sa_family != AF_INET || size < sizeof a)
        return next.call(fd, address, size);
    memcpy(&a, address, sizeof a);
    if (a.sin_addr.s_addr == inet_addr("11.0.0.2"))
        return errno = ECONNREFUSED, -1;
    if (a.sin_addr.s_addr == inet_addr("11.0.0.1"))
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return next.call(fd, (struct sockaddr *)&a, sizeof a);
}
